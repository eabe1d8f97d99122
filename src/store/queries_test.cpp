#include "store/test_queries.h"
#include "store/test_world.h"

#include <map>
#include <set>

namespace weft::store {

namespace {

/// A migrated database in memory.
std::unique_ptr<SqliteConnection> in_memory() {
    auto connection = must(SqliteConnection::open(":memory:", SqliteConnection::Access::write));
    must(migrate(*connection, migrations(), Instant{}));
    return connection;
}

/// Of a table that only PostgreSQL has.
bool is_for_postgres(const Found& query) {
    return query.file == "file_pieces.cpp" || query.file.starts_with("postgres_");
}

} // namespace

TEST(Queries, each_compiles_and_takes_exactly_its_parameters) {
    const auto connection = in_memory();
    const auto all = all_queries();
    EXPECT_EQ(static_cast<int>(all.size()), constants_in_sources())
        << "a query is written in a way this test cannot read";
    EXPECT_GT(all.size(), 60U);
    for (const Found& query : all) {
        if (is_for_postgres(query)) continue;
        const auto prepared =
            connection->prepare(query.name.c_str(), query.sqlite.c_str(), query.types.size());
        EXPECT_TRUE(prepared) << query.file << " " << query.name << ": "
                              << (prepared ? "" : prepared.error().log_text);
    }
}

TEST(Queries, names_are_unique_and_begin_with_their_file) {
    std::map<std::string, std::string> seen;
    for (const Found& query : all_queries()) {
        EXPECT_TRUE(seen.emplace(query.name, query.file).second) << query.name;
        const std::string stem = query.file.substr(0, query.file.find('.'));
        EXPECT_TRUE(query.name.starts_with(stem + ".")) << query.file << " " << query.name;
    }
}

TEST(Queries, those_of_a_tenant_confine_themselves_to_it) {
    static const RE2 confined(
        R"((project_id|organization_id|\bid) = \$1|VALUES \(\$1|VALUES \(\$2, \$1)");
    for (const Found& query : all_queries())
        if (query.kind == "Query")
            for (const std::string& sql : {query.sqlite, query.postgres})
                EXPECT_TRUE(RE2::PartialMatch(sql, confined))
                    << query.file << " " << query.name << sql;
}

namespace {

/// Tables whose rows lie with their project's: each key begins with project_id.
std::set<std::string> distributed_tables() {
    static constexpr SystemQuery<std::string> tables{"test.tables", R"sql(
        SELECT t.name FROM pragma_table_list t JOIN pragma_table_info(t.name) c
         WHERE t.schema = 'main' AND c.name = 'project_id'
           AND (c.pk = 1 OR t.name = 'journal'))sql"};
    const auto connection = in_memory();
    std::set<std::string> names;
    for (std::string& name : must(connection->all<std::string>(tables.text())))
        names.insert(std::move(name));
    return names;
}

/// Tables that `sql` names, each with what stands for it there: its alias, or "".
std::vector<std::pair<std::string, std::string>> tables_of(const std::string& sql) {
    static const RE2 pattern(R"((?:FROM|JOIN|INTO|UPDATE|,)\s+(\w+)(?:\s+(?:AS\s+)?([a-z]\w*))?)");
    std::vector<std::pair<std::string, std::string>> all;
    re2::StringPiece rest(sql);
    std::string table, alias;
    while (RE2::FindAndConsume(&rest, pattern, &table, &alias)) all.emplace_back(table, alias);
    return all;
}

int count_of(const std::string& sql, const std::string& pattern) {
    const RE2 sought(pattern);
    re2::StringPiece rest(sql);
    int count = 0;
    while (RE2::FindAndConsume(&rest, sought)) ++count;
    return count;
}

/// Whether every one of `distributed` that `sql` names is confined to $1, or to the project of
/// another one of them.
bool names_the_project(const std::string& sql, const std::set<std::string>& distributed) {
    int bare = 0;
    for (const auto& [table, alias] : tables_of(sql)) {
        if (!distributed.contains(table)) continue;
        const std::string as = alias.empty() ? table : alias;
        const bool joined = count_of(sql, "\\b" + as + R"(\.project_id = (\$1|\w+\.project_id))") +
                                count_of(sql, R"(\w+\.project_id = )" + as + R"(\.project_id\b)") >
                            0;
        const bool filled =
            RE2::PartialMatch(sql, "INTO " + table +
                                       R"(\s+\(project_id, [^)]*\)\s+)"
                                       R"((VALUES \(\$1,|SELECT \$1,|SELECT project_id,))");
        if (!joined && !filled) ++bare;
    }
    return bare <= count_of(sql, R"((^|[^.\w])project_id = \$1)");
}

} // namespace

// With that, each is carried out by the one node of a cluster that has the project's rows.
TEST(Queries, each_on_a_table_of_projects_names_the_project) {
    const auto distributed = distributed_tables();
    EXPECT_GT(distributed.size(), 15U);
    EXPECT_TRUE(distributed.contains("journal"));
    static const std::map<std::string, std::string> of_all_projects{
        {"claims.next_project", "asks which project has something ready"},
        {"claims.due", "asks who is to be woken; each is then woken in its project"},
        {"claims.next_wake", "asks for the next time of all"},
        {"claims.lost", "asks what a dead node owned; each is then disowned in its project"},
        {"postgres_claims.since", "asks which projects have something ready"},
        {"claims.stopping", "asks what a node must let go of"},
        {"claims.overdue", "asks whose owner does not let go; each is then disowned"},
        {"effects.forget", "takes the oldest away, whosever they are"},
        {"inbox_people.due", "asks whose time is up; each is then answered in its project"},
        {"inbox_notices.notes", "asks who is to be told; each is then told in its project"},
        {"inbox_people.next_due", "asks when somebody's time is up, and nothing else"},
        {"inbox_notices.next_call", "asks when a call is due, and nothing else"},
        {"inbox_notices.due_call", "asks which call is due; it is then claimed in its project"},
        {"inbox_notices.forget_links", "takes the oldest away, whosever they are"},
        {"data_keys.page", "seals those of all under another master key"},
        {"data_keys.count", "counts those of all for the operator"},
        {"data_keys.renewing", "asks which has a former key"},
        {"uncharged.oldest", "asks which stopped runs are to be charged; each then is"},
        {"run_slots.next_project", "asks which projects limit their runs"},
        {"retention.rules", "asks which projects keep their runs for a time"},
    };
    std::set<std::string> others;
    for (const Found& query : all_queries())
        for (const std::string& sql : {query.sqlite, query.postgres}) {
            if (names_the_project(sql, distributed)) continue;
            EXPECT_TRUE(of_all_projects.contains(query.name)) << query.name << sql;
            EXPECT_EQ(query.kind, "SystemQuery") << query.name;
            others.insert(query.name);
        }
    EXPECT_EQ(others.size(), of_all_projects.size()) << "an exception that is none any more";
}

// PostgreSQL may take the index that begins with project and state for one that asks for an id and
// a state, and then meets a dead version of each row that has gone through that state: as many as
// somebody's open transaction keeps. `+state` goes by no index.
TEST(Queries, none_that_knows_the_execution_goes_by_its_state) {
    static const RE2 known(R"(WHERE (e\.)?project_id = \$1 AND (e\.)?(task_)?id = )");
    static const RE2 by_state(R"(AND (e\.)?state (<|=|>|IN))");
    int with_state = 0;
    for (const Found& query : all_queries())
        for (const std::string& sql : {query.sqlite, query.postgres}) {
            if (!sql.contains("execution") || !RE2::PartialMatch(sql, known)) continue;
            EXPECT_FALSE(RE2::PartialMatch(sql, by_state)) << query.name << sql;
            with_state += RE2::PartialMatch(sql, R"(AND \+(e\.)?state)") ? 1 : 0;
        }
    EXPECT_GT(with_state, 12);
}

// A scan of a table that grows with use is a query without its index.
TEST(Queries, none_scans_a_table_that_grows) {
    const auto connection = in_memory();
    std::vector<std::unique_ptr<std::string>> texts;
    // Tables that stay small, and a page of its own subquery.
    static const std::set<std::string> meant{"migrate.newest",
                                             "organizations.any",
                                             "organizations.first",
                                             "agentflows.list",
                                             "columns.slice_end",
                                             "audit.chains",
                                             "data_keys.count",
                                             "data_keys.renewing",
                                             "inbox_notices.notes",
                                             "inbox_pages.reach",
                                             "plans.all",
                                             "plans.list",
                                             "usage.executions",
                                             "removal.keep_charges",
                                             "removal.keep_executions"};
    for (const Found& query : all_queries()) {
        if (meant.contains(query.name) || is_for_postgres(query)) continue;
        // The cache is keyed by the pointer: the text must live as long as the connection.
        // Parameters stay unbound.
        const std::string& sql = *texts.emplace_back(
            std::make_unique<std::string>("EXPLAIN QUERY PLAN " + query.sqlite));
        auto prepared = connection->prepare("plan", sql.c_str(), query.types.size());
        ASSERT_TRUE(prepared) << query.name;
        SqliteCursor cursor;
        cursor.begin(connection->handle(), **prepared, "plan");
        while (must(cursor.step())) {
            const std::string detail(cursor.text(3));
            const bool scan =
                detail.starts_with("SCAN") && !detail.contains("CONSTANT ROW") &&
                !detail.contains("VIRTUAL TABLE") && !detail.contains("execution_waking") &&
                !detail.contains("execution_owned") && !detail.contains("execution_settling");
            EXPECT_FALSE(scan) << query.name << ": " << detail;
        }
        cursor.end();
    }
}

} // namespace weft::store
