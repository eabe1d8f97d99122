#include "store/tables.h"

#include "domain/limits.h"
#include "domain/members.h"
#include "store/projects.h"

namespace weft::store::tables {

namespace {

struct Row {
    TableId id;
    std::string name;
    json::array columns;
    json::array triggers;
    Instant created_at;
    Instant updated_at;
};

constexpr Query<void, ProjectId, TableId, std::string, json::array, json::array, Instant>
    insert_sql{"tables.insert", R"sql(
    INSERT INTO data_table (project_id, id, name, columns, triggers, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $6))sql"};

constexpr Query<std::int64_t, ProjectId> count_sql{"tables.count", R"sql(
    SELECT count(*) FROM data_table WHERE project_id = $1)sql"};

constexpr Query<Row, ProjectId, TableId> find_sql{"tables.find", R"sql(
    SELECT id, name, columns, triggers, created_at, updated_at
      FROM data_table WHERE project_id = $1 AND id = $2)sql"};

constexpr Query<Row, ProjectId, std::string> find_by_name_sql{"tables.find_by_name", R"sql(
    SELECT id, name, columns, triggers, created_at, updated_at
      FROM data_table WHERE project_id = $1 AND name = $2)sql"};

constexpr Query<Row, ProjectId> list_sql{"tables.list", R"sql(
    SELECT id, name, columns, triggers, created_at, updated_at
      FROM data_table WHERE project_id = $1 ORDER BY created_at, id)sql"};

constexpr Query<void, ProjectId, TableId, std::string, json::array, Instant> rename_sql{
    "tables.rename", R"sql(
    UPDATE data_table SET name = $3, triggers = $4, updated_at = $5
     WHERE project_id = $1 AND id = $2)sql"};

/// internal: what is stored is no column.
Result<Table> table_of(Row row) {
    Table table{.id = row.id,
                .name = std::move(row.name),
                .triggers = std::move(row.triggers),
                .created_at = row.created_at,
                .updated_at = row.updated_at};
    for (const json::value& each : row.columns) {
        auto column = column_from_json(each, "columns");
        if (!column)
            return fail(Code::internal, "A stored table cannot be read.", column.error().message);
        table.columns.push_back(*std::move(column));
    }
    return table;
}

Result<Table> found(std::optional<Row> row) {
    if (!row) return fail(Code::not_found, "There is no such table.");
    return table_of(*std::move(row));
}

} // namespace

Result<Table> create(Tx& tx, const Scope& scope, Table table) {
    table.name = TRY(checked_name(table.name, "table_name"));
    TRY(complete_columns(table.columns, "columns"));
    if (TRY(tx.maybe(find_by_name_sql, scope.project, table.name)))
        return fail(Code::conflict, "There is already a table named \"" + table.name + "\".");
    if (TRY(tx.maybe(count_sql, scope.project)).value_or(0) >=
        static_cast<std::int64_t>(limits::tables_per_project_max))
        return fail(Code::conflict, fmt::format("A project has at most {} tables.",
                                                limits::tables_per_project_max));
    table.id = tx.minter().mint<TableTag>(TRY(projects::ordinal_of(tx, scope)));
    table.created_at = table.updated_at = tx.now();
    TRY(insert(tx, scope, table));
    return table;
}

Result<> insert(Tx& tx, const Scope& scope, const Table& table) {
    json::array columns;
    for (const weft::Column& column : table.columns) columns.push_back(to_json(column));
    TRY(tx.run(insert_sql, scope.project, table.id, table.name, columns, table.triggers, tx.now()));
    return {};
}

Result<Table> find(Rx& rx, const Scope& scope, const TableId& id) {
    return found(TRY(rx.maybe(find_sql, scope.project, id)));
}

Result<Table> find_by_name(Rx& rx, const Scope& scope, const std::string& name) {
    return found(TRY(rx.maybe(find_by_name_sql, scope.project, name)));
}

Result<Table> find_any(Rx& rx, const Scope& scope, const std::string& id_or_name) {
    if (const auto id = TableId::parse(id_or_name))
        if (auto row = TRY(rx.maybe(find_sql, scope.project, *id)))
            return table_of(*std::move(row));
    return find_by_name(rx, scope, id_or_name);
}

Result<Table> rename(Tx& tx, const Scope& scope, const TableId& id, const std::string& name,
                     const std::optional<json::array>& triggers) {
    Table table = TRY(find(tx, scope, id));
    table.name = TRY(checked_name(name, "table_name"));
    const auto holder = TRY(tx.maybe(find_by_name_sql, scope.project, table.name));
    if (holder && holder->id != id)
        return fail(Code::conflict, "There is already a table named \"" + table.name + "\".");
    if (triggers) table.triggers = *triggers;
    table.updated_at = tx.now();
    TRY(tx.run(rename_sql, scope.project, id, table.name, table.triggers, table.updated_at));
    return table;
}

Result<std::vector<Table>> list(Rx& rx, const Scope& scope) {
    std::vector<Table> tables;
    for (Row& row : TRY(rx.all(list_sql, scope.project)))
        tables.push_back(TRY(table_of(std::move(row))));
    return tables;
}

} // namespace weft::store::tables
