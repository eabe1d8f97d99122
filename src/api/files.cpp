#include "store/files.h"

#include "api/quotas.h"
#include "api/routes.h"
#include "base/log.h"
#include "store/projects.h"
#include "store/vault.h"

#include <boost/json/array.hpp>

namespace weft::api {

namespace {

constexpr std::size_t files_per_upload_max = 100;
constexpr seconds upload_link_valid{3600};

struct Upload {
    ProjectId project;
    std::vector<std::string> file_names;
    std::vector<std::string> tags;
    static constexpr auto params() {
        using In = Upload;
        return std::tuple{
            query_or_body("projectID", &In::project, "The project"),
            body("filenames", &In::file_names,
                 "Names of files whose bytes follow by PUT to their upload_url"),
            body("tags", &In::tags, "Tags of all these files"),
        };
    }
};

struct PutBytes {
    FileId id;
    std::int64_t expires = 0;
    std::string signature;
    static constexpr auto params() {
        using In = PutBytes;
        return std::tuple{
            path("F", &In::id, "The file"),
            query("expires", &In::expires, "Until when the link is valid, in seconds since 1970")
                .required(),
            query("signature", &In::signature, "Made by POST /files/upload").required(),
        };
    }
};

struct OneFile {
    FileId id;
    static constexpr auto params() { return std::tuple{path("F", &OneFile::id, "The file")}; }
};

struct TagsOf {
    ProjectId project;
    static constexpr auto params() {
        return std::tuple{path("P", &TagsOf::project, "The project")};
    }
};

struct ListFiles {
    ProjectId project;
    std::string tag;
    std::string search;
    std::int64_t limit = 50;
    std::int64_t skip = 0;
    static constexpr auto params() {
        using In = ListFiles;
        return std::tuple{
            path("P", &In::project, "The project"),
            query("tag", &In::tag, "Only those with this tag"),
            query("search_key", &In::search, "Only those with this in their name"),
            query("limit", &In::limit, "How many, at most 500").clamped(1, store::files::page_max),
            query("skip", &In::skip, "How many to pass over").clamped(0, 1'000'000'000),
        };
    }
};

json::object file_view(const File& file, const ProjectId& project) {
    json::object view = to_json(file);
    view["projectID"] = project.hex();
    view["chunks"] = nullptr; // the knowledge base's; this version has none
    return view;
}

json::object uploaded_view(const File& file, json::value upload_url) {
    return {{"_id", file.id.hex()},
            {"filename", file.name},
            {"upload_url", std::move(upload_url)},
            {"tags", json::array(file.tags.begin(), file.tags.end())},
            {"status", to_text(file.status)}};
}

std::string signature_of(Request& rq, const FileId& id, std::int64_t expires) {
    return to_hex(rq.store.vault().sign("upload", fmt::format("{} {}", id.hex(), expires)).bytes);
}

std::string upload_url(Request& rq, const File& file) {
    const std::string* host = rq.http.headers.find("host");
    const std::string origin = host ? (rq.http.is_secure ? "https://" : "http://") + *host : "";
    const std::int64_t expires = file.created_at.us / 1'000'000 + upload_link_valid.count();
    return fmt::format("{}/upload/{}?expires={}&signature={}", origin, file.id.hex(), expires,
                       signature_of(rq, file.id, expires));
}

using UploadAnswer = Answer<"UploadedFiles">;

/// A file's fault with the field as the client wrote it.
Error at_name(Error error, std::size_t index) {
    for (FieldError& each : error.fields)
        if (each.field == "filename") {
            each.field = fmt::format("filenames.{}", index);
            error.message = each.field + ": " + each.message;
        }
    return error;
}

/// JSON: names now, bytes later by a signed link each.
Task<Result<UploadAnswer>> announce(Request& rq, const Upload& in) {
    if (in.file_names.empty())
        co_return fail_field("filenames", "Name at least one file, or send multipart/form-data.");
    if (in.file_names.size() > files_per_upload_max)
        co_return fail_field("filenames",
                             fmt::format("At most {} files at once.", files_per_upload_max));
    co_return co_await rq.commit([&](store::Tx& tx) -> Result<UploadAnswer> {
        json::array views;
        for (const std::string& name : in.file_names) {
            const auto file = store::files::create(tx, rq.scope, {name, {}, in.tags});
            if (!file) return std::unexpected(at_name(file.error(), views.size()));
            views.push_back(uploaded_view(*file, json::value(upload_url(rq, *file))));
        }
        TRY(check_quotas(rq, tx, {Quota::files}));
        return UploadAnswer{{{"files", std::move(views)}}};
    });
}

/// Tags of a form: repeated fields, a JSON array of texts, or texts between commas.
Result<std::vector<std::string>> form_tags(const std::vector<http::Part>& parts) {
    std::vector<std::string> tags;
    for (const http::Part& part : parts) {
        if (part.name != "tags" || !part.file_name.empty()) continue;
        if (part.body.starts_with('[')) {
            if (!from_json(TRY(parse_json(part.body)), tags))
                return fail_field("tags", "Must be an array of texts.");
            continue;
        }
        for (std::size_t at = 0; at <= part.body.size();) {
            const std::size_t comma = std::min(part.body.find(',', at), part.body.size());
            if (comma > at) tags.push_back(part.body.substr(at, comma - at));
            at = comma + 1;
        }
    }
    return tags;
}

/// A file of a form whose bytes are durable and whose row is still to come.
struct FormFile {
    store::files::Draft draft;
    std::int64_t size = 0;
};
Task<Result<std::vector<FormFile>>> write_files(Request& rq, const std::vector<std::string>& tags) {
    std::vector<http::Part>& parts = rq.form;
    std::erase_if(parts, [](const http::Part& part) { return part.file_name.empty(); });
    if (parts.empty()) co_return fail_field("files", "The form holds no file.");
    if (parts.size() > files_per_upload_max)
        co_return fail_field("files",
                             fmt::format("At most {} files at once.", files_per_upload_max));
    std::int64_t bytes = 0;
    for (const http::Part& part : parts) bytes += std::ssize(part.body);
    if (rq.holder.has_plan)
        CO_TRY(check_storage(rq.store, rq.scope.organization, bytes, rq.services.clock.now()));
    std::vector<FormFile> files;
    for (http::Part& part : parts) {
        const auto id = rq.services.ids.mint<FileTag>(rq.scope.project.ordinal());
        files.push_back({{part.file_name, part.media_type, tags, id},
                         static_cast<std::int64_t>(part.body.size())});
        CO_TRY(rq.store.write_file(rq.scope.project, id, std::move(part.body)));
    }
    co_return files;
}

/// A form: names and bytes in one call. The bytes first: rows and answer are then one commit, and
/// a crash before it leaves only bytes that nothing names.
Task<Result<UploadAnswer>> take_form(Request& rq) {
    const std::vector<std::string> tags = CO_TRY(ready(form_tags(rq.form)));
    const std::vector<FormFile> files = CO_TRY(write_files(rq, tags));
    auto answer = co_await rq.commit([&](store::Tx& tx) -> Result<UploadAnswer> {
        json::array views;
        for (const FormFile& each : files) {
            const auto made = TRY(store::files::create(tx, rq.scope, each.draft));
            const auto file =
                TRY(store::files::mark_ready(tx, rq.scope, made.id, each.size, made.media_type, 0));
            views.push_back(uploaded_view(file, nullptr));
        }
        TRY(check_quotas(rq, tx, {Quota::files, Quota::storage_mb}));
        return UploadAnswer{{{"files", std::move(views)}}};
    });
    if (!answer)
        for (const FormFile& each : files)
            CO_TRY(rq.store.remove_file(rq.scope.project, each.draft.id));
    co_return answer;
}

Task<Result<UploadAnswer>> upload(Request& rq, Upload in) {
    if (media_type_of(rq.http) == form_media_type) co_return co_await take_form(rq);
    co_return co_await announce(rq, in);
}

/// Putting the same bytes again, as a retry does, changes nothing.
Task<Result<Answer<"File">>> repeated_put(Request& rq, Scope scope, FileId id) {
    const File file = CO_TRY(
        rq.store.read_point([&](store::Rx& rx) { return store::files::find(rx, scope, id); }));
    if (CO_TRY(store::files::get_bytes(rq.store, scope, id)) != rq.http.body)
        co_return fail(Code::conflict, "This file has other content already.");
    co_return Answer<"File">{file_view(file, scope.project)};
}

constexpr Quota stored[] = {Quota::storage_mb};

/// A signed link needs no key: the signature says that its holder was given this file to fill.
Task<Result<Answer<"File">>> put_bytes(Request& rq, PutBytes in) {
    const std::string signature = signature_of(rq, in.id, in.expires);
    const store::Blob given{{in.signature.begin(), in.signature.end()}};
    if (!store::same_secret({{signature.begin(), signature.end()}}, given))
        co_return fail(Code::forbidden, "This link is not valid.");
    if (rq.services.clock.now().us / 1'000'000 > in.expires)
        co_return fail(Code::forbidden, "This link has expired: ask for a new one.");
    const Project project = CO_TRY(rq.store.read_point(
        [&](store::Rx& rx) { return store::projects::find_by_ordinal(rx, in.id.ordinal()); }));
    CO_TRY(ready(store::projects::check_in_use(project)));
    const Scope scope{project.organization, project.id, {}};
    CO_TRY(check_storage(rq.store, scope.organization, std::ssize(rq.http.body),
                         rq.services.clock.now()));
    const std::string* type = rq.http.headers.find("content-type");
    const auto outcome =
        co_await store::files::keep_bytes(rq.store, scope, in.id, rq.http.body, type ? *type : "");
    if (!outcome && outcome.error().code == Code::conflict)
        co_return co_await repeated_put(rq, scope, in.id);
    const auto kept = CO_TRY(ready(outcome));
    co_return co_await rq.commit([&](store::Tx & tx) -> Result<Answer<"File">> {
        const File file =
            TRY(store::files::mark_ready(tx, scope, in.id, kept.size, kept.media_type, 0));
        TRY(store::plans::check(tx, scope.organization, stored));
        return Answer<"File">{file_view(file, scope.project)};
    });
}

Task<Result<Answer<"File">>> get_file(Request& rq, OneFile in) {
    const File file = CO_TRY(rq.store.read_point(
        [&](store::Rx& rx) { return store::files::find(rx, rq.scope, in.id); }));
    co_return Answer<"File">{file_view(file, rq.scope.project)};
}

/// Always an attachment of opaque bytes: nothing that a user uploads is shown on this origin.
Task<Result<Bytes<"application/octet-stream">>> get_content(Request& rq, OneFile in) {
    const File file = CO_TRY(rq.store.read_point(
        [&](store::Rx& rx) { return store::files::find(rx, rq.scope, in.id); }));
    http::Response response;
    response.body = CO_TRY(store::files::get_bytes(rq.store, rq.scope, in.id));
    response.headers.set("content-disposition",
                         "attachment; filename*=UTF-8''" + http::percent_encode(file.name));
    co_return Bytes<"application/octet-stream">{std::move(response)};
}

Task<Result<Answer<"FileList">>> list_files(Request& rq, ListFiles in) {
    const store::files::Filter filter{std::move(in.tag), std::move(in.search), in.limit, in.skip};
    const auto page = CO_TRY(
        rq.store.read([&](store::Rx& rx) { return store::files::list(rx, rq.scope, filter); }));
    json::array files;
    for (const File& each : page.files) files.push_back(file_view(each, rq.scope.project));
    co_return Answer<"FileList">{{{"files", std::move(files)}, {"total_count", page.total}}};
}

Task<Result<Answer<"TagList">>> list_tags(Request& rq, TagsOf) {
    const auto tags =
        CO_TRY(rq.store.read([&](store::Rx& rx) { return store::files::tags(rx, rq.scope); }));
    json::array list;
    for (const store::files::Tag& each : tags)
        list.push_back({{"_id", each.name}, {"name", each.name}, {"count", each.count}});
    co_return Answer<"TagList">{std::move(list)};
}

/// The row first: nobody finds it from then on, and runs that had it are told that it is gone.
Task<Result<Answer<"Done">>> remove_file(Request& rq, OneFile in) {
    auto done = CO_TRY(rq.commit([&](store::Tx & tx) -> Result<Answer<"Done">> {
        TRY(store::files::remove(tx, rq.scope, in.id));
        return Answer<"Done">{{{"done", true}}};
    }));
    if (const auto removed = co_await rq.store.remove_file(rq.scope.project, in.id); !removed)
        log_warning("the bytes of a file that was deleted are still there",
                    {{"file", in.id.hex()}, {"why", removed.error().log_text}});
    co_return done;
}

constexpr Route routes[] = {
    {http::Method::post, "/files/upload", "files.upload", needs(Role::operator_),
     "Upload files: announce them as JSON and PUT the bytes, or send both as a form",
     handler<&upload>, Audit::data, Media::json_or_form},
    {http::Method::put, "/upload/{F}", "files.put_bytes", everybody(),
     "The bytes of an announced file, at its signed upload_url", handler<&put_bytes>, Audit::data,
     Media::bytes},
    {http::Method::get, "/file/{F}", "files.get", needs(Role::viewer), "What is known of a file",
     handler<&get_file>},
    {http::Method::delete_, "/file/{F}", "files.remove", needs(Role::editor),
     "Delete a file, for good", handler<&remove_file>, Audit::change},
    {http::Method::get, "/files/{P}", "files.list", needs(Role::viewer),
     "The project's files, newest first", handler<&list_files>},
    {http::Method::get, "/tagsbyprojectId/{P}", "tags.list", needs(Role::viewer),
     "The tags of the project's files, by name", handler<&list_tags>},
    {http::Method::get, "/file/{F}/content", "files.content", needs(Role::viewer),
     "The bytes of a file", handler<&get_content>},
};
static_assert(consistent(routes));

} // namespace

std::span<const Route> file_routes() { return routes; }

} // namespace weft::api
