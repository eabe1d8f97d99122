#include "store/files.h"

#include "domain/limits.h"
#include "domain/members.h"
#include "store/projects.h"

namespace weft::store::files {

namespace {

struct Row {
    FileId id;
    std::string name;
    std::string media_type;
    std::int64_t size = 0;
    FileStatus status{};
    std::string reason;
    json::array tags;
    std::int64_t pages = 0;
    Instant created_at;
};

constexpr Query<void, ProjectId, FileId, std::string, std::string, json::array, Instant> insert_sql{
    "files.insert", R"sql(
    INSERT INTO file (project_id, id, name, media_type, size, status, reason, tags, pages,
                      created_at)
    VALUES ($1, $2, $3, $4, 0, 0, '', $5, 0, $6))sql"};

constexpr Query<Row, ProjectId, FileId> find_sql{"files.find", R"sql(
    SELECT id, name, media_type, size, status, reason, tags, pages, created_at
      FROM file WHERE project_id = $1 AND id = $2)sql"};

constexpr Query<Row, ProjectId, FileId, FileStatus, std::int64_t, std::string, std::string,
                std::int64_t>
    mark_sql{"files.mark", R"sql(
    UPDATE file SET status = $3, size = $4, media_type = $5, reason = $6, pages = $7
     WHERE project_id = $1 AND id = $2 AND status <> 2
    RETURNING id, name, media_type, size, status, reason, tags, pages, created_at)sql"};

constexpr Query<void, ProjectId, FileId, std::int64_t> set_pages_sql{"files.set_pages", R"sql(
    UPDATE file SET pages = $3 WHERE project_id = $1 AND id = $2)sql"};

constexpr Query<void, ProjectId, FileId, json::array> set_tags_sql{"files.set_tags", R"sql(
    UPDATE file SET tags = $3 WHERE project_id = $1 AND id = $2)sql"};

constexpr Query<Row, ProjectId, std::string, std::string, std::int64_t, std::int64_t> list_sql{
    "files.list",
    R"sql(
    SELECT id, name, media_type, size, status, reason, tags, pages, created_at
      FROM file
     WHERE project_id = $1
       AND ($2 = ''
            OR EXISTS (SELECT 1 FROM json_each(file.tags) AS tag WHERE tag.value = $2))
     AND lower(name) LIKE $3 ESCAPE '!'
     ORDER BY created_at DESC, id DESC LIMIT $4 OFFSET $5)sql",
    R"sql(
    SELECT id, name, media_type, size, status, reason, tags, pages, created_at
      FROM file
     WHERE project_id = $1
       AND ($2 = ''
            OR EXISTS (SELECT 1 FROM json_array_elements_text(file.tags::json) AS tag (value)
                        WHERE tag.value = $2))
     AND lower(name) LIKE $3 ESCAPE '!'
     ORDER BY created_at DESC, id DESC LIMIT $4 OFFSET $5)sql"};

constexpr Query<void, ProjectId, FileId> remove_sql{"files.remove", R"sql(
    DELETE FROM file WHERE project_id = $1 AND id = $2)sql"};
constexpr Query<std::int64_t, ProjectId, std::string, std::string> count_sql{"files.count", R"sql(
    SELECT count(*)
      FROM file
     WHERE project_id = $1
       AND ($2 = ''
            OR EXISTS (SELECT 1 FROM json_each(file.tags) AS tag WHERE tag.value = $2))
       AND lower(name) LIKE $3 ESCAPE '!')sql",
                                                                             R"sql(
    SELECT count(*)
      FROM file
     WHERE project_id = $1
       AND ($2 = ''
            OR EXISTS (SELECT 1 FROM json_array_elements_text(file.tags::json) AS tag (value)
                        WHERE tag.value = $2))
       AND lower(name) LIKE $3 ESCAPE '!')sql"};

constexpr Query<Tag, ProjectId> tags_sql{"files.tags", R"sql(
    SELECT tag.value, count(*)
      FROM file, json_each(file.tags) AS tag
     WHERE file.project_id = $1 GROUP BY tag.value ORDER BY tag.value)sql",
                                         R"sql(
    SELECT tag.value, count(*)
      FROM file CROSS JOIN json_array_elements_text(file.tags::json) AS tag (value)
     WHERE file.project_id = $1 GROUP BY tag.value ORDER BY tag.value COLLATE "C")sql"};

File file_of(Row row) {
    File file{.id = row.id,
              .name = std::move(row.name),
              .media_type = std::move(row.media_type),
              .size = row.size,
              .status = row.status,
              .reason = std::move(row.reason),
              .pages = row.pages,
              .created_at = row.created_at};
    for (const json::value& tag : row.tags)
        if (const json::string* text = tag.if_string())
            file.tags.emplace_back(text->data(), text->size());
    return file;
}

std::unexpected<Error> absent() { return fail(Code::not_found, "There is no such file."); }

std::unexpected<Error> has_bytes() {
    return fail(Code::conflict, "This file has its content already.");
}

/// Without repetitions.
Result<json::array> checked_tags(const std::vector<std::string>& tags) {
    if (tags.size() > limits::tags_per_file_max)
        return fail_field("tags", fmt::format("has more than {} items", limits::tags_per_file_max));
    json::array array;
    for (std::size_t i = 0; i < tags.size(); ++i) {
        const json::value tag(TRY(checked_name(tags[i], join_path("tags", i))));
        if (std::ranges::find(array, tag) == array.end()) array.push_back(tag);
    }
    return array;
}

Result<std::string> checked_media_type(const std::string& given) {
    if (given.empty()) return "application/octet-stream";
    const auto fits = [](char c) { return c >= 0x20 && c < 0x7F; };
    if (given.size() > limits::name_bytes_max || !std::ranges::all_of(given, fits) ||
        !given.contains('/'))
        return fail_field("type", "must be a media type such as text/plain");
    return given;
}

Result<File> mark(Tx& tx, const Scope& scope, const FileId& id, FileStatus status,
                  std::int64_t size, const std::string& media_type, const std::string& reason,
                  std::int64_t pages) {
    if (auto row =
            TRY(tx.maybe(mark_sql, scope.project, id, status, size, media_type, reason, pages)))
        return file_of(*std::move(row));
    if (TRY(tx.maybe(find_sql, scope.project, id))) return has_bytes();
    return absent();
}

/// In small letters (a to z), with the signs that LIKE gives a meaning marked by '!'.
std::string escaped_for_like(const std::string& text) {
    std::string out;
    for (const char c : text) {
        if (c == '%' || c == '_' || c == '!') out += '!';
        out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return out;
}

} // namespace

Result<File> create(Tx& tx, const Scope& scope, const Draft& draft) {
    const std::string name = TRY(checked_name(draft.name, "filename"));
    const std::string media_type = TRY(checked_media_type(draft.media_type));
    const json::array tags = TRY(checked_tags(draft.tags));
    const FileId id =
        draft.id ? draft.id : tx.minter().mint<FileTag>(TRY(projects::ordinal_of(tx, scope)));
    TRY(tx.run(insert_sql, scope.project, id, name, media_type, tags, tx.now()));
    return find(tx, scope, id);
}

Task<Result<Kept>> keep_bytes(Store& store, Scope scope, FileId id, std::string bytes,
                              std::string media_type) {
    if (bytes.size() > limits::file_bytes_max)
        co_return fail(Code::too_large,
                       fmt::format("A file holds at most {} bytes.", limits::file_bytes_max));
    const File pending = CO_TRY(store.read_point([&](Rx& rx) { return find(rx, scope, id); }));
    if (pending.status == FileStatus::ready) co_return has_bytes();
    const auto size = static_cast<std::int64_t>(bytes.size());
    const auto type = media_type.empty() ? Result<std::string>(pending.media_type)
                                         : checked_media_type(media_type);
    if (!type) co_return std::unexpected(type.error());
    CO_TRY(store.write_file(scope.project, id, std::move(bytes)));
    co_return Kept{size, *type};
}

Task<Result<File>> put_bytes(Store& store, Scope scope, FileId id, std::string bytes,
                             std::string media_type) {
    const Kept kept = CO_TRY(keep_bytes(store, scope, id, std::move(bytes), std::move(media_type)));
    co_return co_await store.write(
        [&](Tx& tx) { return mark_ready(tx, scope, id, kept.size, kept.media_type, 0); });
}

Task<Result<std::string>> get_bytes(Store& store, Scope scope, FileId id) {
    const File file = CO_TRY(store.read_point([&](Rx& rx) { return find(rx, scope, id); }));
    if (file.status != FileStatus::ready)
        co_return fail(Code::conflict, file.reason.empty()
                                           ? "This file has no content yet."
                                           : "This file has no content: " + file.reason);
    co_return co_await store.read_file(scope.project, id);
}

Result<File> mark_ready(Tx& tx, const Scope& scope, const FileId& id, std::int64_t size,
                        const std::string& media_type, std::int64_t pages) {
    return mark(tx, scope, id, FileStatus::ready, size, TRY(checked_media_type(media_type)), "",
                pages);
}

Result<File> mark_failed(Tx& tx, const Scope& scope, const FileId& id, const std::string& reason) {
    const File file = TRY(find(tx, scope, id));
    return mark(tx, scope, id, FileStatus::failed, file.size, file.media_type, reason, 0);
}

Result<> set_pages(Tx& tx, const Scope& scope, const FileId& id, std::int64_t pages) {
    if (TRY(tx.run(set_pages_sql, scope.project, id, pages)).count == 0) return absent();
    return {};
}

Result<File> find(Rx& rx, const Scope& scope, const FileId& id) {
    if (auto row = TRY(rx.maybe(find_sql, scope.project, id))) return file_of(*std::move(row));
    return absent();
}

Result<Page> list(Rx& rx, const Scope& scope, const Filter& filter) {
    const std::string pattern = "%" + escaped_for_like(filter.search) + "%";
    Page page;
    page.total = TRY(rx.maybe(count_sql, scope.project, filter.tag, pattern))
    .value_or(0);
    const auto rows = TRY(rx.all(list_sql, scope.project, filter.tag, pattern,
                                 std::clamp<std::int64_t>(filter.limit, 1, page_max),
                                 std::max<std::int64_t>(filter.skip, 0)));
    for (const Row& row : rows) page.files.push_back(file_of(row));
    return page;
}

Result<> remove(Tx& tx, const Scope& scope, const FileId& id) {
    if (TRY(tx.run(remove_sql, scope.project, id)).count == 0) return absent();
    return {};
}

Result<> set_tags(Tx& tx, const Scope& scope, const FileId& id,
                  const std::vector<std::string>& tags) {
    if (TRY(tx.run(set_tags_sql, scope.project, id, TRY(checked_tags(tags)))).count == 0)
        return absent();
    return {};
}

Result<std::vector<Tag>> tags(Rx& rx, const Scope& scope) {
    return rx.all(tags_sql, scope.project);
}

} // namespace weft::store::files
