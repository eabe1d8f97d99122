// Each query of the sources as PostgreSQL takes it.
#include "store/test_postgres.h"

#include <set>

namespace weft::store {

namespace {

/// The types of its parameters as SQL.
std::string declared(const Found& query) {
    static const std::map<Oid, std::string> names{
        {oid_int8, "int8"}, {oid_float8, "float8"}, {oid_text, "text"}, {oid_bytea, "bytea"}};
    std::string list;
    for (const std::string& type : query.types)
        list += (list.empty() ? "NULL::" : ", NULL::") + names.at(oid_of(type));
    return list.empty() ? list : "(" + list + ")";
}

void prepare(PostgresDatabase& database, const Found& query) {
    std::vector<Oid> types;
    for (const std::string& type : query.types) types.push_back(oid_of(type));
    database.checked(PQprepare(database.handle(), query.name.c_str(), query.postgres.c_str(),
                               static_cast<int>(types.size()), types.data()));
}

bool is_growing(const std::string& table) {
    static const std::set<std::string> small{"organization", "schema_version", "store_info",
                                             "project",      "data_key",       "node",
                                             "budget_slice"};
    return !small.contains(table);
}

/// Indexes that hold few rows, whatever their table does.
bool is_small(const std::string& index) {
    return index.starts_with("organization_") || index.starts_with("project_") ||
           index == "execution_waking" || index == "execution_owned" ||
           index == "execution_settling" || index == "node_pkey" || index == "budget_slice_pkey";
}

/// What of a plan reads all of a table that grows.
void find_scans(const json::object& node, std::vector<std::string>& found) {
    const auto text = [&node](const char* name) {
        const json::value* value = node.if_contains(name);
        return value ? std::string(value->as_string()) : std::string();
    };
    const std::string type = text("Node Type");
    const bool by_index = type.contains("Index") && type.contains("Scan");
    if ((type == "Seq Scan" && is_growing(text("Relation Name"))) ||
        (by_index && !node.contains("Index Cond") && !is_small(text("Index Name"))))
        found.push_back(type + " " + text("Relation Name") + text("Index Name"));
    if (const json::value* plans = node.if_contains("Plans"))
        for (const json::value& each : plans->as_array()) find_scans(each.as_object(), found);
}

} // namespace

TEST(PostgresQueries, each_compiles_with_its_parameters_and_answers_what_can_be_read) {
    PostgresDatabase database;
    static const std::set<Oid> readable{oid_bool,    oid_int2,   oid_int4,   oid_int8, oid_text,
                                        oid_varchar, oid_float4, oid_float8, oid_bytea};
    for (const Sources which : {Sources::store, Sources::testing})
        for (const Found& query : all_queries(which)) {
            ASSERT_NO_THROW(prepare(database, query)) << query.name << query.postgres;
            const auto described =
                database.checked(PQdescribePrepared(database.handle(), query.name.c_str()));
            for (std::size_t n = 1; n <= query.types.size() + 1; ++n) {
                const bool used = RE2::PartialMatch(query.postgres, fmt::format(R"(\${}\b)", n));
                EXPECT_EQ(used, n <= query.types.size()) << query.name << " $" << n;
            }
            for (int column = 0; column < PQnfields(described.get()); ++column)
                EXPECT_TRUE(readable.contains(PQftype(described.get(), column)))
                    << query.name << " column " << column << " is of type "
                    << PQftype(described.get(), column);
        }
}

TEST(PostgresQueries, none_scans_a_table_that_grows) {
    PostgresDatabase database;
    database.execute("SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan");
    for (const Found& query : all_queries()) {
        prepare(database, query);
        const auto plan =
            database.ask("EXPLAIN (FORMAT JSON) EXECUTE \"" + query.name + "\"" + declared(query));
        const auto parsed = parse_json(PQgetvalue(plan.get(), 0, 0));
        ASSERT_TRUE(parsed);
        std::vector<std::string> scans;
        find_scans(parsed->at(0).at("Plan").as_object(), scans);
        EXPECT_EQ(scans, std::vector<std::string>{}) << query.name << query.postgres;
    }
}

// See query.h.
TEST(PostgresQueries, no_page_asks_whether_something_exists_beside_an_or) {
    static const RE2 beside(R"((?s)OR\s+(NOT )?EXISTS.*\bLIMIT \$)");
    static const std::set<std::string> few{"projects.list", "files.list"}; // members; a file's tags
    for (const Found& query : all_queries())
        if (!few.contains(query.name))
            EXPECT_FALSE(RE2::PartialMatch(query.postgres, beside)) << query.name << query.postgres;
}

TEST(PostgresQueries, every_table_of_projects_has_a_key_that_begins_with_the_project) {
    PostgresDatabase database;
    const auto keys = database.ask(R"sql(
        SELECT c.relname, min(CASE k.attnum WHEN i.indkey[0] THEN 0 ELSE 1 END)
          FROM pg_class c
          JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
          JOIN pg_attribute k ON k.attrelid = c.oid AND k.attname = 'project_id'
          JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
         WHERE c.relkind = 'r' GROUP BY c.relname)sql");
    int tables = 0;
    for (int row = 0; row < PQntuples(keys.get()); ++row) {
        const std::string table = PQgetvalue(keys.get(), row, 0);
        // Belong to an organization, or to a person.
        if (table == "api_key" || table == "audit" || table == "project_member") continue;
        EXPECT_STREQ(PQgetvalue(keys.get(), row, 1), "0") << table;
        ++tables;
    }
    EXPECT_GT(tables, 20);
}

} // namespace weft::store
