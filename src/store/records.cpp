#include "store/records.h"

#include "domain/limits.h"
#include "domain/members.h"
#include "store/effects.h"
#include "store/projects.h"
#include "store/tables.h"

namespace weft::store::records {

namespace {

constexpr Query<void, ProjectId, TableId, RecordId, json::object, Instant> insert_sql{
    "records.insert", R"sql(
    INSERT INTO record (project_id, table_id, id, body, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $5))sql"};

constexpr Query<Record, ProjectId, TableId, RecordId> find_sql{"records.find", R"sql(
    SELECT id, body, created_at, updated_at
      FROM record WHERE project_id = $1 AND table_id = $2 AND id = $3)sql"};

constexpr Query<Instant, ProjectId, TableId> newest_sql{"records.newest", R"sql(
    SELECT created_at FROM record WHERE project_id = $1 AND table_id = $2
     ORDER BY created_at DESC, id DESC LIMIT 1)sql"};

constexpr Query<std::int64_t, ProjectId, TableId> count_sql{"records.count", R"sql(
    SELECT count(*) FROM record WHERE project_id = $1 AND table_id = $2)sql"};

constexpr Query<Record, ProjectId, TableId, std::int64_t, std::int64_t> by_creation_sql{
    "records.by_creation", R"sql(
    SELECT id, body, created_at, updated_at FROM record WHERE project_id = $1 AND table_id = $2
     ORDER BY created_at, id LIMIT $3 OFFSET $4)sql"};

constexpr Query<Record, ProjectId, TableId, std::int64_t, std::int64_t> by_creation_down_sql{
    "records.by_creation_down", R"sql(
    SELECT id, body, created_at, updated_at FROM record WHERE project_id = $1 AND table_id = $2
     ORDER BY created_at DESC, id DESC LIMIT $3 OFFSET $4)sql"};

constexpr Query<Record, ProjectId, TableId, std::int64_t, std::int64_t> by_update_sql{
    "records.by_update", R"sql(
    SELECT id, body, created_at, updated_at FROM record WHERE project_id = $1 AND table_id = $2
     ORDER BY updated_at, id LIMIT $3 OFFSET $4)sql"};

constexpr Query<Record, ProjectId, TableId, std::int64_t, std::int64_t> by_update_down_sql{
    "records.by_update_down", R"sql(
    SELECT id, body, created_at, updated_at FROM record WHERE project_id = $1 AND table_id = $2
     ORDER BY updated_at DESC, id DESC LIMIT $3 OFFSET $4)sql"};

// $5: the column's path in the body, such as $."version".

constexpr Query<Record, ProjectId, TableId, std::int64_t, std::int64_t, std::string> by_value_sql{
    "records.by_value", R"sql(
    SELECT id, body, created_at, updated_at FROM record WHERE project_id = $1 AND table_id = $2
     ORDER BY json_extract(body, $5) ASC NULLS LAST, id LIMIT $3 OFFSET $4)sql"};

constexpr Query<Record, ProjectId, TableId, std::int64_t, std::int64_t, std::string>
    by_value_down_sql{"records.by_value_down", R"sql(
    SELECT id, body, created_at, updated_at FROM record WHERE project_id = $1 AND table_id = $2
     ORDER BY json_extract(body, $5) DESC NULLS LAST, id DESC LIMIT $3 OFFSET $4)sql"};

constexpr Query<Record, ProjectId, TableId, std::int64_t, std::int64_t, std::string> by_date_sql{
    "records.by_date", R"sql(
    SELECT id, body, created_at, updated_at FROM record WHERE project_id = $1 AND table_id = $2
     ORDER BY CASE json_type(body, $5) WHEN 'text' THEN unixepoch(json_extract(body, $5), 'subsec')
                                       ELSE json_extract(body, $5) END ASC NULLS LAST, id
     LIMIT $3 OFFSET $4)sql"};

constexpr Query<Record, ProjectId, TableId, std::int64_t, std::int64_t, std::string>
    by_date_down_sql{"records.by_date_down", R"sql(
    SELECT id, body, created_at, updated_at FROM record WHERE project_id = $1 AND table_id = $2
     ORDER BY CASE json_type(body, $5) WHEN 'text' THEN unixepoch(json_extract(body, $5), 'subsec')
                                       ELSE json_extract(body, $5) END DESC NULLS LAST, id DESC
     LIMIT $3 OFFSET $4)sql"};

/// When the next record of a table is created: later than every one before, whatever the clock
/// says, so that creation tells the order in which they were given and new ones come after the last
/// page.
Result<Instant> first_creation(Tx& tx, const Scope& scope, const TableId& table) {
    const auto newest = TRY(tx.maybe(newest_sql, scope.project, table));
    return newest ? std::max(tx.now(), *newest + microseconds(1)) : tx.now();
}

Result<std::vector<Record>> insert_now(Tx& tx, const Scope& scope, const Table& table,
                                       const std::vector<json::value>& given,
                                       const std::string& at) {
    const std::uint32_t ordinal = TRY(projects::ordinal_of(tx, scope));
    const Instant first = TRY(first_creation(tx, scope, table.id));
    Faults faults;
    std::vector<Record> records;
    for (std::size_t i = 0; i < given.size(); ++i) {
        const std::string where = at.empty() && given.size() == 1 ? at : join_path(at, i);
        auto values = check_record(table, given[i], where);
        if (!values) {
            faults.add(values.error());
            continue;
        }
        const Instant created = first + microseconds(i);
        records.push_back(
            {tx.minter().mint<RecordTag>(ordinal), *std::move(values), created, created});
    }
    TRY(faults.result());
    for (const Record& record : records)
        TRY(tx.run(insert_sql, scope.project, table.id, record.id, record.values,
                   record.created_at));
    return records;
}

Result<std::vector<Record>> still_there(Rx& rx, const Scope& scope, const TableId& table,
                                        const json::value& ids) {
    std::vector<Record> records;
    if (!ids.is_array()) return fail(Code::internal, "A stored result cannot be read.");
    for (const json::value& each : ids.get_array()) {
        const auto id = each.is_string() ? RecordId::parse(each.get_string()) : std::nullopt;
        if (!id) return fail(Code::internal, "A stored result cannot be read.");
        if (auto record = TRY(rx.maybe(find_sql, scope.project, table, *id)))
            records.push_back(*std::move(record));
    }
    return records;
}

Result<std::vector<Record>> sorted_page(Rx& rx, const Scope& scope, const Table& table,
                                        const Filter& filter, std::int64_t size,
                                        std::int64_t skip) {
    const bool up = filter.order == Order::ascending;
    if (filter.sort_key.empty() || filter.sort_key == "created_at")
        return rx.all(up ? by_creation_sql : by_creation_down_sql, scope.project, table.id, size,
                      skip);
    if (filter.sort_key == "updated_at")
        return rx.all(up ? by_update_sql : by_update_down_sql, scope.project, table.id, size, skip);
    const auto column = std::ranges::find(table.columns, filter.sort_key, &weft::Column::id);
    if (column == table.columns.end())
        return fail_field("sort_key", "is not a column of this table: " +
                                          filter.sort_key.substr(0, limits::column_id_bytes_max));
    const std::string path = "$.\"" + column->id + "\"";
    if (column->type == ColumnType::date)
        return rx.all(up ? by_date_sql : by_date_down_sql, scope.project, table.id, size, skip,
                      path);
    return rx.all(up ? by_value_sql : by_value_down_sql, scope.project, table.id, size, skip, path);
}

} // namespace

Result<std::vector<Record>> insert(Tx& tx, const Scope& scope, const TableId& table_id,
                                   const std::vector<json::value>& given, const std::string& at,
                                   const std::string& effect_key) {
    const Table table = TRY(tables::find(tx, scope, table_id));
    if (given.size() > limits::records_per_insert_max)
        return fail_field(at,
                          fmt::format("has more than {} records", limits::records_per_insert_max));
    std::optional<std::vector<Record>> inserted;
    const auto ids = TRY(effects::once(tx, scope, effect_key, [&]() -> Result<json::value> {
        inserted = TRY(insert_now(tx, scope, table, given, at));
        json::array ids;
        for (const Record& record : *inserted) ids.push_back(json::value(record.id.hex()));
        return ids;
    }));
    if (inserted) return *std::move(inserted);
    return still_there(tx, scope, table_id, ids);
}

Result<Record> find(Rx& rx, const Scope& scope, const TableId& table, const RecordId& id) {
    if (auto record = TRY(rx.maybe(find_sql, scope.project, table, id))) return *std::move(record);
    return fail(Code::not_found, "There is no such record.");
}

Result<Record> find_in(Rx& rx, const Scope& scope, const std::string& table_id_or_name,
                       const RecordId& id) {
    // By id, as most ask, it is one look-up: the record's key holds its table's id.
    if (const auto table = TableId::parse(table_id_or_name))
        if (auto record = TRY(rx.maybe(find_sql, scope.project, *table, id)))
            return *std::move(record);
    const Table table = TRY(tables::find_any(rx, scope, table_id_or_name));
    return find(rx, scope, table.id, id);
}

Result<Page> list(Rx& rx, const Scope& scope, const TableId& table_id, const Filter& filter) {
    const Table table = TRY(tables::find(rx, scope, table_id));
    const std::int64_t size = std::clamp<std::int64_t>(filter.page_size, 1, page_size_max);
    const std::int64_t page = std::clamp<std::int64_t>(filter.page, 1, 1'000'000'000);
    Page answer;
    answer.total = TRY(rx.maybe(count_sql, scope.project, table_id))
    .value_or(0);
    answer.records = TRY(sorted_page(rx, scope, table, filter, size, (page - 1) * size));
    return answer;
}

} // namespace weft::store::records
