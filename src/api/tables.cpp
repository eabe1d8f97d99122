#include "store/tables.h"
#include "api/routes.h"
#include "api/table_view.h"

#include <boost/json/array.hpp>

namespace weft::api {

namespace {

struct CreateTable {
    ProjectId project;
    std::string name;
    json::array columns;
    json::array triggers;
    static constexpr auto params() {
        using In = CreateTable;
        return std::tuple{
            query_or_body("projectID", &In::project, "The project"),
            body("table_name", &In::name, "Unique in the project").required(),
            body("columns", &In::columns, "In the order in which they are shown")
                .shaped(R"({"type":"array","items":{"$ref":"#/components/schemas/ColumnInput"}})"),
            body("triggers", &In::triggers, "Kept as given"),
        };
    }
};

struct ListTables {
    ProjectId project;
    static constexpr auto params() {
        return std::tuple{path("P", &ListTables::project, "The project")};
    }
};

Task<Result<Answer<"Table">>> create(Request& rq, CreateTable in) {
    const json::object given{{"table_name", std::move(in.name)},
                             {"columns", std::move(in.columns)},
                             {"triggers", std::move(in.triggers)}};
    const Table table = CO_TRY(ready(table_from_json(given, "")));
    co_return co_await rq.commit([&](store::Tx & tx) -> Result<Answer<"Table">> {
        const Table made = TRY(store::tables::create(tx, rq.scope, table));
        return Answer<"Table">{table_view(made, rq.scope.project)};
    });
}

Task<Result<std::vector<Table>>> all_tables(Request& rq) {
    return rq.store.read([&rq](store::Rx& rx) { return store::tables::list(rx, rq.scope); });
}

Task<Result<Answer<"TableList">>> list(Request& rq, ListTables) {
    json::array tables;
    for (const Table& table : CO_TRY(all_tables(rq)))
        tables.push_back(table_view(table, rq.scope.project));
    co_return Answer<"TableList">{std::move(tables)};
}

Task<Result<Answer<"TableNames">>> list_names(Request& rq, ListTables) {
    json::array names;
    for (const Table& table : CO_TRY(all_tables(rq)))
        names.push_back({{"_id", table.id.hex()}, {"table_name", table.name}});
    co_return Answer<"TableNames">{std::move(names)};
}

constexpr Route routes[] = {
    {http::Method::post, "/create/table", "tables.create", needs(Role::editor), "Make a table",
     handler<&create>},
    {http::Method::get, "/storage/{P}", "tables.list", needs(Role::viewer), "The project's tables",
     handler<&list>},
    {http::Method::get, "/storage/{P}/names", "tables.names", needs(Role::viewer),
     "Ids and names of the project's tables", handler<&list_names>},
};
static_assert(consistent(routes));

} // namespace

std::span<const Route> table_routes() { return routes; }

} // namespace weft::api
