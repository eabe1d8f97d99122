#include "store/records.h"

#include "domain/limits.h"
#include "domain/record_filter.h"
#include "store/tables.h"

#include <limits>
#include <set>

namespace weft::store::records {

namespace {

constexpr std::int64_t everything = std::numeric_limits<std::int64_t>::max(); ///< as a limit

constexpr Query<std::int64_t, ProjectId, TableId> count_sql{"record_pages.count", R"sql(
    SELECT count(*) FROM record WHERE project_id = $1 AND table_id = $2)sql"};

constexpr Query<Record, ProjectId, TableId, std::int64_t, std::int64_t> by_creation_sql{
    "record_pages.by_creation", R"sql(
    SELECT id, body, created_at, updated_at FROM record
     WHERE project_id = $1 AND table_id = $2 ORDER BY created_at, id LIMIT $3 OFFSET $4)sql"};

constexpr Query<Record, ProjectId, TableId, std::int64_t, std::int64_t> by_creation_down_sql{
    "record_pages.by_creation_down", R"sql(
    SELECT id, body, created_at, updated_at FROM record
     WHERE project_id = $1 AND table_id = $2
     ORDER BY created_at DESC, id DESC LIMIT $3 OFFSET $4)sql"};

// The other orders have no index: only ids are sorted, so that a large table's rows need no memory.

constexpr Query<RecordId, ProjectId, TableId, std::int64_t, std::int64_t> by_update_sql{
    "record_pages.by_update", R"sql(
    SELECT id FROM record WHERE project_id = $1 AND table_id = $2
     ORDER BY updated_at, id LIMIT $3 OFFSET $4)sql"};

constexpr Query<RecordId, ProjectId, TableId, std::int64_t, std::int64_t> by_update_down_sql{
    "record_pages.by_update_down", R"sql(
    SELECT id FROM record WHERE project_id = $1 AND table_id = $2
     ORDER BY updated_at DESC, id DESC LIMIT $3 OFFSET $4)sql"};

// $5: the column's id. In PostgreSQL's JSON there is no \u0000.

constexpr Query<RecordId, ProjectId, TableId, std::int64_t, std::int64_t, std::string> by_value_sql{
    "record_pages.by_value", R"sql(
    SELECT id FROM record WHERE project_id = $1 AND table_id = $2
     ORDER BY json_extract(body, '$."' || $5 || '"') ASC NULLS LAST, id LIMIT $3 OFFSET $4)sql",
    R"sql(
    SELECT id FROM record
     CROSS JOIN LATERAL
           (SELECT replace(body, '\u0000', '\u0001')::json -> $5 AS value OFFSET 0) AS given
     WHERE project_id = $1 AND table_id = $2
     ORDER BY CASE WHEN json_typeof(given.value) IN ('number', 'boolean') THEN 0
                   WHEN json_typeof(given.value) <> 'null' THEN 1 END ASC NULLS LAST,
              CASE json_typeof(given.value)
                   WHEN 'number' THEN CAST(given.value #>> '{}' AS NUMERIC)
                   WHEN 'boolean' THEN CASE given.value #>> '{}' WHEN 'true' THEN 1 ELSE 0 END
              END ASC NULLS LAST,
              CASE WHEN json_typeof(given.value) NOT IN ('number', 'boolean')
                   THEN given.value #>> '{}' END COLLATE "C" ASC, id LIMIT $3 OFFSET $4)sql"};

constexpr Query<RecordId, ProjectId, TableId, std::int64_t, std::int64_t, std::string>
    by_value_down_sql{"record_pages.by_value_down", R"sql(
    SELECT id FROM record WHERE project_id = $1 AND table_id = $2
     ORDER BY json_extract(body, '$."' || $5 || '"') DESC NULLS LAST, id DESC
     LIMIT $3 OFFSET $4)sql",
                      R"sql(
    SELECT id FROM record
     CROSS JOIN LATERAL
           (SELECT replace(body, '\u0000', '\u0001')::json -> $5 AS value OFFSET 0) AS given
     WHERE project_id = $1 AND table_id = $2
     ORDER BY CASE WHEN json_typeof(given.value) IN ('number', 'boolean') THEN 0
                   WHEN json_typeof(given.value) <> 'null' THEN 1 END DESC NULLS LAST,
              CASE json_typeof(given.value)
                   WHEN 'number' THEN CAST(given.value #>> '{}' AS NUMERIC)
                   WHEN 'boolean' THEN CASE given.value #>> '{}' WHEN 'true' THEN 1 ELSE 0 END
              END DESC NULLS LAST,
              CASE WHEN json_typeof(given.value) NOT IN ('number', 'boolean')
                   THEN given.value #>> '{}' END COLLATE "C" DESC, id DESC LIMIT $3 OFFSET $4)sql"};

// $6: 1, or -1 for the descending order. PostgreSQL fails on a text that is no date: it is given
// only what looks like one, and of the day just the month, in a year that is never before the
// first.

constexpr Query<RecordId, ProjectId, TableId, std::int64_t, std::int64_t, std::string, std::int64_t>
    by_date_sql{"record_pages.by_date", R"sql(
    SELECT id FROM record WHERE project_id = $1 AND table_id = $2
     ORDER BY $6 * CASE json_type(body, '$."' || $5 || '"')
                        WHEN 'text' THEN unixepoch(json_extract(body, '$."' || $5 || '"'), 'subsec')
                        ELSE json_extract(body, '$."' || $5 || '"') END NULLS LAST,
              CASE WHEN $6 > 0 THEN id END, CASE WHEN $6 < 0 THEN id END DESC
     LIMIT $3 OFFSET $4)sql",
                R"sql(
    SELECT id FROM record
     CROSS JOIN LATERAL
           (SELECT replace(body, '\u0000', '\u0001')::json -> $5 AS value OFFSET 0) AS given
     CROSS JOIN LATERAL
           (SELECT given.value #>> '{}' AS text, substr(given.value #>> '{}', 12) AS time OFFSET 0)
           AS date
     WHERE project_id = $1 AND table_id = $2
     ORDER BY $6 * CASE
              WHEN json_typeof(given.value) = 'number' THEN CAST(date.text AS NUMERIC)
              WHEN json_typeof(given.value) = 'boolean'
              THEN CASE date.text WHEN 'true' THEN 1 ELSE 0 END
              WHEN json_typeof(given.value) = 'string'
               AND date.text ~ ('^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?:$|[T ]' ||
                                '(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?' ||
                                '(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)?$)')
              THEN (make_date(CAST(left(date.text, 4) AS INTEGER) + 4000,
                              CAST(substr(date.text, 6, 2) AS INTEGER), 1)
                    - DATE '5970-01-01' + CAST(substr(date.text, 9, 2) AS INTEGER) - 1) * 86400.0
                   + extract(epoch FROM CAST('1970-01-01 ' || CASE
                                 WHEN date.time = '' THEN '00:00Z'
                                 WHEN right(date.time, 1) = 'Z' THEN date.time
                                 WHEN left(right(date.time, 6), 1) IN ('+', '-') THEN date.time
                                 ELSE date.time || 'Z' END AS TIMESTAMPTZ))
              END NULLS LAST,
              CASE WHEN $6 > 0 THEN id END, CASE WHEN $6 < 0 THEN id END DESC
     LIMIT $3 OFFSET $4)sql"};

constexpr Query<Record, ProjectId, TableId, Blob, std::int64_t> after_sql{"record_pages.after",
                                                                          R"sql(
    SELECT id, body, created_at, updated_at FROM record
     WHERE project_id = $1 AND table_id = $2 AND id > $3 ORDER BY id LIMIT $4)sql"};

/// Of columns that were deleted nothing is shown.
void keep_columns(std::vector<Record>& records, const Table& table) {
    std::set<std::string_view> known;
    for (const weft::Column& column : table.columns) known.insert(column.id);
    for (Record& record : records)
        for (auto at = record.values.begin(); at != record.values.end();)
            at = known.contains(at->key()) ? at + 1 : record.values.stable_erase(at);
}

bool is_up(const Filter& filter) { return filter.order == Order::ascending; }
bool is_by_creation(const Filter& filter) {
    return filter.sort_key.empty() || filter.sort_key == "created_at";
}

/// Shows `see` every record of the table that matches, by creation.
template <class See>
Result<> each_matching(Rx& rx, const Scope& scope, const TableId& table, const Filter& filter,
                       See see) {
    const auto matcher = TRY(RecordMatcher::from_text(filter.matching));
    return rx.each(
        is_up(filter) ? by_creation_sql : by_creation_down_sql,
        [&](Record& record) {
            if (matcher->matches(record.values, record.id.hex(), record.created_at.us,
                                 record.updated_at.us))
                see(record);
            return true;
        },
        scope.project, table, everything, 0);
}

/// The ids of the table in the order of the filter, which is not that of creation.
template <class See>
Result<> each_id(Rx& rx, const Scope& scope, const Table& table, const Filter& filter,
                 std::int64_t limit, std::int64_t skip, See see) {
    const bool up = is_up(filter);
    if (filter.sort_key == "updated_at")
        return rx.each(up ? by_update_sql : by_update_down_sql, see, scope.project, table.id, limit,
                       skip);
    const auto column = std::ranges::find(table.columns, filter.sort_key, &weft::Column::id);
    if (column == table.columns.end())
        return fail_field("sort_key", "is not a column of this table: " +
                                          filter.sort_key.substr(0, limits::column_id_bytes_max));
    if (column->type == ColumnType::date)
        return rx.each(by_date_sql, see, scope.project, table.id, limit, skip, column->id,
                       up ? 1 : -1);
    return rx.each(up ? by_value_sql : by_value_down_sql, see, scope.project, table.id, limit, skip,
                   column->id);
}

/// In this order; those that are gone are left out.
Result<std::vector<Record>> records_of(Rx& rx, const Scope& scope, const TableId& table,
                                       const std::vector<RecordId>& ids) {
    std::vector<Record> records;
    for (const RecordId& id : ids) {
        auto record = find(rx, scope, table, id);
        if (record)
            records.push_back(*std::move(record));
        else if (record.error().code != Code::not_found)
            return std::unexpected(std::move(record).error());
    }
    return records;
}

/// What of a filter's order is on its page.
struct Window {
    std::int64_t size;
    std::int64_t skip;

    bool has(std::int64_t at) const { return at >= skip && at - skip < size; }
};

Result<std::vector<Record>> page_of_all(Rx& rx, const Scope& scope, const Table& table,
                                        const Filter& filter, Window window) {
    if (is_by_creation(filter))
        return rx.all(is_up(filter) ? by_creation_sql : by_creation_down_sql, scope.project,
                      table.id, window.size, window.skip);
    std::vector<RecordId> ids;
    TRY(each_id(rx, scope, table, filter, window.size, window.skip, [&](const RecordId& id) {
        ids.push_back(id);
        return true;
    }));
    return records_of(rx, scope, table.id, ids);
}

/// Reads the whole table once to know which match, and its ids once more in any other order than
/// that of creation.
Result<Page> page_of_matching(Rx& rx, const Scope& scope, const Table& table, const Filter& filter,
                              Window window) {
    Page page;
    if (is_by_creation(filter)) {
        TRY(each_matching(rx, scope, table.id, filter, [&](Record& record) {
            if (window.has(page.total++)) page.records.push_back(std::move(record));
        }));
        return page;
    }
    std::set<RecordId> matching;
    TRY(each_matching(rx, scope, table.id, filter,
                      [&](const Record& record) { matching.insert(record.id); }));
    page.total = std::ssize(matching);
    std::vector<RecordId> ids;
    std::int64_t at = 0;
    TRY(each_id(rx, scope, table, filter, everything, 0, [&](const RecordId& id) {
        if (matching.contains(id) && window.has(at++)) ids.push_back(id);
        return std::ssize(ids) < window.size;
    }));
    page.records = TRY(records_of(rx, scope, table.id, ids));
    return page;
}

} // namespace

Result<Page> list(Rx& rx, const Scope& scope, const TableId& table_id, const Filter& filter) {
    const Table table = TRY(tables::find(rx, scope, table_id));
    const std::int64_t size = std::clamp<std::int64_t>(filter.page_size, 1, page_size_max);
    const std::int64_t number = std::clamp<std::int64_t>(filter.page, 1, 1'000'000'000);
    const Window window{size, (number - 1) * size};
    Page page;
    if (!filter.matching.empty()) {
        page = TRY(page_of_matching(rx, scope, table, filter, window));
    } else {
        page.records = TRY(page_of_all(rx, scope, table, filter, window));
        // A page that is not full is the last one: then nothing need be counted.
        const auto got = std::ssize(page.records);
        const bool is_last = got < size && (got > 0 || number == 1);
        page.total = is_last ? window.skip + got : TRY(count(rx, scope, table_id, ""));
    }
    keep_columns(page.records, table);
    return page;
}

Result<std::int64_t> count(Rx& rx, const Scope& scope, const TableId& table,
                           const std::string& matching) {
    TRY(tables::find(rx, scope, table));
    if (matching.empty()) return TRY(rx.maybe(count_sql, scope.project, table))
    .value_or(0);
    std::int64_t total = 0;
    TRY(each_matching(rx, scope, table, {.matching = matching}, [&](const Record&) { ++total; }));
    return total;
}

Result<std::vector<Record>> after(Rx& rx, const Scope& scope, const Table& table,
                                  const RecordId& id, std::int64_t most) {
    auto records =
        TRY(rx.all(after_sql, scope.project, table.id, Blob{{id.bytes.begin(), id.bytes.end()}},
                   std::clamp<std::int64_t>(most, 1, page_size_max)));
    keep_columns(records, table);
    return records;
}

} // namespace weft::store::records
