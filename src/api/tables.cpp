#include "store/tables.h"
#include "api/quotas.h"
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
        TRY(check_quotas(rq, tx, {Quota::tables}));
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

struct CreateStorage {
    ProjectId project;
    static constexpr auto params() {
        return std::tuple{query("projectID", &CreateStorage::project, "The project")};
    }
};

struct ViewTable {
    TableId table;
    ProjectId project;
    static constexpr auto params() {
        using In = ViewTable;
        return std::tuple{path("T", &In::table, "The table"),
                          query("projectID", &In::project, "The project of the table")};
    }
};

struct RenameTable {
    ProjectId project;
    TableId table;
    TableId table_too;
    std::string name;
    std::string name_too;
    std::optional<json::array> triggers;
    static constexpr auto params() {
        using In = RenameTable;
        return std::tuple{
            path("P", &In::project, "The project"),
            body("table_id", &In::table, "The table"),
            body("tableId", &In::table_too, "The same as table_id"),
            body("table_name", &In::name, "The new name, unique in the project"),
            body("newName", &In::name_too, "The same as table_name"),
            body("triggers", &In::triggers, "Kept as given; left out: they stay as they are")
                .shaped(R"({"type":"array","items":{"type":"object"}})"),
        };
    }
};

/// A project has its storage from the start: there is nothing left to do.
Task<Result<Answer<"Storage">>> create_storage(Request& rq, CreateStorage) {
    co_return Answer<"Storage">{{{"projectID", rq.scope.project.hex()}, {"status", "ready"}}};
}

Task<Result<Answer<"Table">>> view(Request& rq, ViewTable in) {
    const Table table = CO_TRY(
        rq.store.read([&](store::Rx& rx) { return store::tables::find(rx, rq.scope, in.table); }));
    co_return Answer<"Table">{table_view(table, rq.scope.project)};
}

Task<Result<Answer<"Table">>> rename(Request& rq, RenameTable in) {
    if (!in.table) in.table = in.table_too;
    if (in.name.empty()) in.name = in.name_too;
    if (in.triggers) {
        const json::object given{{"table_name", "t"}, {"triggers", *in.triggers}};
        CO_TRY(ready(table_from_json(given, "")));
    }
    if (!in.table) co_return fail_field("table_id", "Is required.");
    co_return co_await rq.commit([&](store::Tx & tx) -> Result<Answer<"Table">> {
        const Table table =
            TRY(store::tables::rename(tx, rq.scope, in.table, in.name, in.triggers));
        return Answer<"Table">{table_view(table, rq.scope.project)};
    });
}

constexpr Route routes[] = {
    {http::Method::post, "/storage", "tables.create_storage", needs(Role::editor),
     "Make the project's storage; every project has one, so this changes nothing",
     handler<&create_storage>, Audit::read},
    {http::Method::get, "/table/view/{T}", "tables.view", needs(Role::viewer),
     "A table with its columns", handler<&view>},
    {http::Method::put, "/table/rename/{P}", "tables.rename", needs(Role::editor),
     "Rename a table; 409 when another one has the name", handler<&rename>, Audit::change},
    {http::Method::post, "/table/rename/{P}", "tables.rename_by_post", needs(Role::editor),
     "The same as PUT", handler<&rename>, Audit::change},
    {http::Method::post, "/create/table", "tables.create", needs(Role::editor), "Make a table",
     handler<&create>, Audit::change},
    {http::Method::get, "/storage/{P}", "tables.list", needs(Role::viewer), "The project's tables",
     handler<&list>},
    {http::Method::get, "/storage/{P}/names", "tables.names", needs(Role::viewer),
     "Ids and names of the project's tables", handler<&list_names>},
};
static_assert(consistent(routes));

} // namespace

std::span<const Route> table_routes() { return routes; }

} // namespace weft::api
