#include "store/file_pieces.h"

namespace weft::store::file_pieces {

namespace {

constexpr Query<void, ProjectId, FileId, std::int64_t, BytesView> put_sql{"file_pieces.put", R"sql(
    INSERT INTO file_piece (project_id, file_id, number, body) VALUES ($1, $2, $3, $4)
    ON CONFLICT (project_id, file_id, number) DO UPDATE SET body = excluded.body)sql"};

constexpr Query<void, ProjectId, FileId, std::int64_t> remove_sql{"file_pieces.remove", R"sql(
    DELETE FROM file_piece WHERE project_id = $1 AND file_id = $2 AND number >= $3)sql"};

constexpr Query<void, ProjectId> remove_some_sql{"file_pieces.remove_some", R"sql(
    DELETE FROM file_piece WHERE project_id = $1 AND (file_id, number) IN
        (SELECT file_id, number FROM file_piece WHERE project_id = $1 LIMIT 16))sql"};

constexpr Query<Blob, ProjectId, FileId> get_sql{"file_pieces.get", R"sql(
    SELECT body FROM file_piece WHERE project_id = $1 AND file_id = $2 ORDER BY number)sql"};

} // namespace

std::int64_t count(std::size_t size) {
    return std::max<std::int64_t>(
        1, static_cast<std::int64_t>((size + bytes_at_once_max - 1) / bytes_at_once_max));
}

Result<> put(Tx& tx, const ProjectId& project, const FileId& file, std::int64_t number,
             std::string_view bytes) {
    TRY(tx.run(put_sql, project, file, number,
               BytesView(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size())));
    return {};
}

Result<> remove(Tx& tx, const ProjectId& project, const FileId& file, std::int64_t first) {
    TRY(tx.run(remove_sql, project, file, first));
    return {};
}

Result<bool> remove_some(Tx& tx, const ProjectId& project) {
    return TRY(tx.run(remove_some_sql, project))
    .count > 0;
}

Result<std::string> get(Rx& rx, const ProjectId& project, const FileId& file) {
    const auto pieces = TRY(rx.all(get_sql, project, file));
    if (pieces.empty()) return fail(Code::not_found, "The file has no content yet.");
    std::string bytes;
    for (const Blob& each : pieces)
        bytes.append(reinterpret_cast<const char*>(each.bytes.data()), each.bytes.size());
    return bytes;
}

} // namespace weft::store::file_pieces
