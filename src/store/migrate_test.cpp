#include "store/test_world.h"

namespace weft::store {

namespace {

std::unique_ptr<SqliteConnection> memory() {
    return must(SqliteConnection::open(":memory:", SqliteConnection::Access::write));
}

std::int64_t number(Connection& connection, const char* sql) {
    return must(connection.maybe<std::int64_t>(Sql{"number", sql})).value();
}

} // namespace

TEST(Migrate, from_nothing_to_the_newest_and_again_without_effect) {
    const auto opened = memory();
    SqliteConnection& connection = *opened;
    must(migrate(connection, migrations(), Instant{1}));
    const auto tables =
        number(connection, "SELECT count(*) FROM sqlite_schema WHERE type = 'table'");
    EXPECT_GT(tables, 15);
    must(migrate(connection, migrations(), Instant{2}));
    EXPECT_EQ(number(connection, "SELECT count(*) FROM sqlite_schema WHERE type = 'table'"),
              tables);
    EXPECT_EQ(number(connection, "SELECT max(applied_at) FROM schema_version"), 1);
    EXPECT_EQ(number(connection,
                     "SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND strict = 0 "
                     "AND name NOT LIKE 'sqlite_%'"),
              0);
}

TEST(Migrate, words_are_substituted) {
    EXPECT_EQ(
        in_sqlite("CREATE TABLE t (a @id, b @blob, c @i64, d @f64, e @text) @strict; @clustered"),
        "CREATE TABLE t (a BLOB, b BLOB, c INTEGER, d REAL, e TEXT) STRICT; STRICT, WITHOUT ROWID");
    EXPECT_EQ(in_postgres("CREATE TABLE t (a @id, b @blob, c @i64, d @f64, e @text) @strict;"
                          "CREATE TABLE u (a @text NOT NULL DEFAULT '') @clustered"),
              "CREATE TABLE t (a BYTEA, b BYTEA, c BIGINT, d DOUBLE PRECISION, "
              "e TEXT COLLATE \"C\") ;"
              "CREATE TABLE u (a TEXT COLLATE \"C\" NOT NULL DEFAULT '') ");
}

TEST(Migrate, a_failing_one_leaves_nothing_of_itself_and_those_before_it_stand) {
    const auto opened = memory();
    SqliteConnection& connection = *opened;
    const std::vector<Migration> all{
        {"0001_a.sql", "CREATE TABLE a (x @i64) @strict"},
        {"0002_b.sql", "CREATE TABLE b (x @i64) @strict; INSERT INTO nowhere VALUES (1)"},
        {"0003_c.sql", "CREATE TABLE c (x @i64) @strict"}};
    const auto failed = migrate(connection, all, Instant{1});
    ASSERT_FALSE(failed);
    EXPECT_TRUE(failed.error().message.contains("0002_b.sql")) << failed.error().message;
    EXPECT_EQ(number(connection, "SELECT max(number) FROM schema_version"), 1);
    EXPECT_EQ(
        number(connection, "SELECT count(*) FROM sqlite_schema WHERE name IN ('a', 'b', 'c')"), 1);
    EXPECT_FALSE(connection.in_transaction());
}

TEST(Migrate, each_once_in_order_and_only_those_of_this_store) {
    const auto opened = memory();
    SqliteConnection& connection = *opened;
    std::vector<Migration> all{{"0001_a.sql", "CREATE TABLE a (x @i64) @strict"}};
    must(migrate(connection, all, Instant{1}));
    all.push_back({"0002_b.postgres.sql", "CREATE EXTENSION nothing"});
    all.push_back({"0003_c.sqlite.sql", "INSERT INTO a VALUES (3)"});
    must(migrate(connection, all, Instant{2}));
    must(migrate(connection, all, Instant{3}));
    EXPECT_EQ(number(connection, "SELECT count(*) FROM a"), 1);
    EXPECT_EQ(number(connection, "SELECT max(number) FROM schema_version"), 3);
}

TEST(Migrate, a_newer_database_is_refused) {
    const auto opened = memory();
    SqliteConnection& connection = *opened;
    must(migrate(connection, migrations(), Instant{1}));
    must(connection.execute("INSERT INTO schema_version VALUES (9999, 'later', 1)"));
    EXPECT_EQ(migrate(connection, migrations(), Instant{2}).error().code, Code::conflict);
}

TEST(Migrate, each_of_this_program_has_a_number_of_its_own_in_each_dialect_in_order) {
    for (const char* other : {".postgres.sql", ".sqlite.sql"}) {
        std::string before = "0000";
        for (const Migration& each : migrations()) {
            if (each.name.ends_with(other)) continue;
            const std::string number = each.name.substr(0, 4);
            EXPECT_GT(number, before) << each.name;
            before = number;
        }
    }
}

TEST(Migrate, what_a_run_has_used_moves_into_its_journal) {
    const auto opened = memory();
    SqliteConnection& connection = *opened;
    std::vector<Migration> older = migrations();
    std::erase_if(older, [](const Migration& each) { return number_of(each) > 14; });
    must(migrate(connection, older, Instant{1}));
    must(connection.execute(R"sql(
        INSERT INTO execution (project_id, id, uuid, task_id, agentflow_id, state, paused_from,
                               want, settling, owner, epoch, next_seq, started, created_at,
                               updated_at, input_tokens, output_tokens, cost_micro_usd,
                               credits_micro)
        VALUES (x'01', x'0a', x'0a', x'02', x'03', 1, 0, 0, 0, 0, 1, 3, 1, 5, 6, 10, 20, 30, 40),
               (x'01', x'0b', x'0b', x'02', x'03', 0, 0, 0, 0, 0, 0, 1, 1, 5, 6, 0, 0, 0, 0);
        INSERT INTO journal (project_id, execution_id, seq, kind, at, payload)
        VALUES (x'01', x'0a', 1, 1, 7, '{}'), (x'01', x'0a', 2, 2, 8, '{}'))sql"));
    must(migrate(connection, migrations(), Instant{2}));
    EXPECT_EQ(number(connection, R"sql(
        SELECT total_input_tokens + 100 * total_output_tokens + 10000 * total_cost_micro_usd
               + 1000000 * total_credits_micro FROM journal WHERE seq = 2)sql"),
              40'302'010);
    EXPECT_EQ(number(connection, "SELECT count(*) FROM execution"), 2);
}

} // namespace weft::store
