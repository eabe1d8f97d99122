#include "store/columns.h"

#include "api/routes.h"
#include "api/table_view.h"
#include "domain/column_mapping.h"
#include "domain/members.h"
#include "store/tables.h"

#include <boost/json/array.hpp>

namespace weft::api {

namespace {

struct ListColumns {
    ProjectId project;
    std::string table;
    static constexpr auto params() {
        using In = ListColumns;
        return std::tuple{path("P", &In::project, "The project"),
                          path("T", &In::table, "The table's id or name")};
    }
};

struct AddColumns {
    ProjectId project;
    std::string table;
    bool ignore_existing = false;
    json::array columns;
    static constexpr auto params() {
        using In = AddColumns;
        return std::tuple{
            path("P", &In::project, "The project"),
            path("T", &In::table, "The table's id or name"),
            query("ignore_existing_columns", &In::ignore_existing,
                  "true: those that the table has by id or name are passed over, not refused"),
            whole_body(&In::columns, "The columns to add behind the others")
                .required()
                .shaped(R"({"type":"array","items":{"$ref":"#/components/schemas/ColumnInput"}})"),
        };
    }
};

struct RenameColumn {
    ProjectId project;
    TableId table;
    std::string column;
    std::string name;
    static constexpr auto params() {
        using In = RenameColumn;
        return std::tuple{
            path("id", &In::project, "The project"),
            body("table_id", &In::table, "The table").required(),
            body("column_id", &In::column, "The column; it keeps this id").required(),
            body("column_name", &In::name, "Its new name").required(),
        };
    }
};

struct ChangeColumn {
    TableId table;
    ProjectId project;
    std::string column;
    json::object changes;
    static constexpr auto params() {
        using In = ChangeColumn;
        return std::tuple{
            path("id", &In::table, "The table"),
            query("projectID", &In::project, "The project of the table"),
            whole_body(&In::changes, "column_id names the column; the other members change it")
                .required()
                .shaped(R"({"$ref":"#/components/schemas/ColumnPatch"})"),
        };
    }
};

struct DeleteColumn {
    ProjectId project;
    TableId table;
    std::string column;
    std::string column_too;
    static constexpr auto params() {
        using In = DeleteColumn;
        return std::tuple{
            path("P", &In::project, "The project"),
            body("table_id", &In::table, "The table; unneeded when one table has the column"),
            body("column_id", &In::column, "The column"),
            body("columnId", &In::column_too, "The same as column_id"),
        };
    }
};

struct MapColumns {
    json::array columns;
    std::vector<std::string> headers;
    static constexpr auto params() {
        using In = MapColumns;
        return std::tuple{
            body("column_names", &In::columns, "Columns of a table")
                .required()
                .shaped(R"({"type":"array","items":{"type":"object","properties":{
                    "column_name":{"type":"string"},"column_id":{"type":"string"}}}})"),
            body("csv_headers", &In::headers, "Headers to find a column for").required(),
        };
    }
};

using TableAnswer = Answer<"Table">;
using ColumnsAnswer = Answer<"ColumnList">;

ColumnsAnswer columns_view(const Table& table) {
    json::array columns;
    for (const Column& column : table.columns) columns.push_back(to_json(column));
    return {std::move(columns)};
}

Task<Result<Table>> table_of(Request& rq, std::string name) {
    co_return co_await rq.store.read(
        [&](store::Rx& rx) { return store::tables::find_any(rx, rq.scope, name); });
}

Task<Result<ColumnsAnswer>> list(Request& rq, ListColumns in) {
    co_return columns_view(CO_TRY(table_of(rq, std::move(in.table))));
}

Task<Result<ColumnsAnswer>> add(Request& rq, AddColumns in) {
    Faults faults;
    std::vector<Column> wanted;
    for (std::size_t i = 0; i < in.columns.size(); ++i) {
        auto column = column_from_json(in.columns[i], std::to_string(i));
        if (column)
            wanted.push_back(*std::move(column));
        else
            faults.add(column.error());
    }
    CO_TRY(ready(faults.result()));
    const Table table = CO_TRY(table_of(rq, std::move(in.table)));
    rq.audited.object = table.id.hex();
    // Values of a deleted column must not come back with a new one of its id.
    CO_TRY(store::columns::forget_dropped(rq.store, rq.scope, table.id));
    using store::columns::Existing;
    const Existing existing = in.ignore_existing ? Existing::ignored : Existing::refused;
    co_return co_await rq.commit([&](store::Tx& tx) -> Result<ColumnsAnswer> {
        return columns_view(
            TRY(store::columns::add(tx, rq.scope, table.id, std::move(wanted), existing)));
    });
}

Task<Result<TableAnswer>> rename(Request& rq, RenameColumn in) {
    co_return co_await rq.commit([&](store::Tx& tx) -> Result<TableAnswer> {
        const Table table = TRY(store::columns::rename(tx, rq.scope, in.table, in.column, in.name));
        return TableAnswer{table_view(table, rq.scope.project)};
    });
}

/// Whether values that fitted before may not fit now.
bool says_something_else(const Column& before, const Column& after) {
    return before.type != after.type || before.array_type != after.array_type ||
           before.object_fields != after.object_fields || before.enum_options != after.enum_options;
}

Task<Result<TableAnswer>> change(Request& rq, ChangeColumn in) {
    const std::string id(text_or(in.changes, "column_id"));
    if (id.empty()) co_return fail_field("column_id", "Must be text that names a column.");
    const Table table = CO_TRY(table_of(rq, in.table.hex()));
    const auto before = std::ranges::find(table.columns, id, &Column::id);
    const json::value changes(in.changes);
    if (before == table.columns.end()) {
        CO_TRY(ready(change_column({.name = id, .id = id}, changes, "")));
        co_return fail(Code::not_found, "There is no such column.");
    }
    const Column column = CO_TRY(ready(change_column(*before, changes, "")));
    std::optional<std::int64_t> checked;
    if (says_something_else(*before, column))
        checked = CO_TRY(rq.store.read([&](store::Rx& rx) {
            return store::columns::check_values(rx, rq.scope, table.id, column);
        }));
    co_return co_await rq.commit([&](store::Tx& tx) -> Result<TableAnswer> {
        const Table changed = TRY(store::columns::change(tx, rq.scope, table.id, column, checked));
        return TableAnswer{table_view(changed, rq.scope.project)};
    });
}

/// The table that a column to delete is in: the one named, else the only one that has it.
Result<TableId> table_with(store::Rx& rx, const Scope& scope, const DeleteColumn& in) {
    if (in.table) return in.table;
    std::vector<TableId> found;
    for (const Table& table : TRY(store::tables::list(rx, scope)))
        if (std::ranges::find(table.columns, in.column, &Column::id) != table.columns.end())
            found.push_back(table.id);
    if (found.empty()) return fail(Code::not_found, "There is no such column.");
    if (found.size() > 1)
        return fail_field("table_id", "Is required: several tables have such a column.");
    return found.front();
}

Task<Result<TableAnswer>> remove(Request& rq, DeleteColumn in) {
    if (in.column.empty()) in.column = in.column_too;
    if (in.column.empty()) co_return fail_field("column_id", "Is required.");
    const TableId id =
        CO_TRY(rq.store.read([&](store::Rx& rx) { return table_with(rx, rq.scope, in); }));
    auto answer = CO_TRY(rq.commit([&](store::Tx& tx) -> Result<TableAnswer> {
        const Table table = TRY(store::columns::remove(tx, rq.scope, id, in.column));
        return TableAnswer{table_view(table, rq.scope.project)};
    }));
    // Out of sight already; what of this fails is done when a column is added.
    (void)co_await store::columns::forget_dropped(rq.store, rq.scope, id);
    co_return answer;
}

Task<Result<Answer<"ColumnMapping">>> map(Request&, MapColumns in) {
    if (in.columns.size() > limits::columns_per_table_max)
        co_return fail_field("column_names",
                             fmt::format("At most {} items.", limits::columns_per_table_max));
    if (in.headers.size() > limits::columns_per_table_max)
        co_return fail_field("csv_headers",
                             fmt::format("At most {} items.", limits::columns_per_table_max));
    Faults faults;
    std::vector<std::pair<std::string, std::string>> columns;
    for (std::size_t i = 0; i < in.columns.size(); ++i) {
        auto& [name, id] = columns.emplace_back();
        Members members(in.columns[i], join_path("column_names", i), faults);
        members.text("column_name", name, limits::name_bytes_max);
        members.text("column_id", id, limits::name_bytes_max);
    }
    for (std::size_t i = 0; i < in.headers.size(); ++i)
        if (in.headers[i].size() > limits::name_bytes_max)
            faults.add(join_path("csv_headers", i),
                       fmt::format("is longer than {} bytes", limits::name_bytes_max));
    CO_TRY(ready(faults.result()));
    json::array mapping;
    const auto mapped = map_columns(in.headers, columns);
    for (std::size_t i = 0; i < mapped.size(); ++i) {
        const auto& to = mapped[i].column;
        mapping.push_back(
            {{"csv_header", in.headers[i]},
             {"column_id", to ? json::value(columns[*to].second) : json::value(nullptr)},
             {"column_name", to ? json::value(columns[*to].first) : json::value(nullptr)},
             {"likeness", mapped[i].likeness}});
    }
    co_return Answer<"ColumnMapping">{{{"mapping", std::move(mapping)}}};
}

constexpr Route routes[] = {
    {http::Method::get, "/column/storage/{P}/{T}", "columns.list", needs(Role::viewer),
     "A table's columns", handler<&list>},
    {http::Method::post, "/column/storage/{P}/{T}", "columns.add", needs(Role::editor),
     "Add columns to a table; answers all its columns", handler<&add>, Audit::change},
    {http::Method::put, "/edit/columns/{id}", "columns.rename", needs(Role::editor),
     "Rename a column; its id stays. {id} is the project here", handler<&rename>, Audit::change},
    {http::Method::patch, "/edit/columns/{id}", "columns.patch", needs(Role::editor),
     "Change a column; 409 names a record whose value would not fit. {id} is the table here",
     handler<&change>, Audit::change},
    {http::Method::post, "/edit/columns/{id}", "columns.change", needs(Role::editor),
     "The same as PATCH", handler<&change>, Audit::change},
    {http::Method::delete_, "/delete/column/{P}", "columns.delete", needs(Role::editor),
     "Delete a column with its values", handler<&remove>, Audit::change},
    {http::Method::post, "/table/column_mapper", "tables.map_columns",
     in_organization(Role::viewer),
     "Find the column for each header of a file, by likeness of names", handler<&map>, Audit::read},
};
static_assert(consistent(routes));

} // namespace

std::span<const Route> column_routes() { return routes; }

} // namespace weft::api
