#include "store/connection.h"

#include "store/test_world.h"

#include <gmock/gmock.h>
#include <sqlite3.h>

namespace weft::store {

namespace {

std::unique_ptr<SqliteConnection> memory() {
    auto connection = must(SqliteConnection::open(":memory:", SqliteConnection::Access::write));
    must(connection->execute("CREATE TABLE t (a BLOB, b INTEGER, c TEXT, d REAL) STRICT"));
    return connection;
}

struct All {
    ExecutionId id;
    Uuid uuid;
    Instant at;
    std::int64_t number = 0;
    int small = 0;
    bool yes = false;
    ExecutionState state = ExecutionState::ready;
    double real = 0;
    std::string text;
    Blob blob;
    std::optional<std::string> none;
    std::optional<Instant> some;
    json::object object;
    json::array array;
    json::value value;
    TaskId no_task;
};

} // namespace

TEST(Connection, parameters_are_bound_by_name_and_not_by_order) {
    const auto opened = memory();
    SqliteConnection& connection = *opened;
    struct Row {
        std::string c;
        std::int64_t b = 0;
        double d = 0;
    };
    const auto row =
        must(connection.maybe<Row>(Sql{"out_of_order", "SELECT $3, $1 + 0, $2 + $1"},
                                   std::int64_t{7}, std::int64_t{1}, std::string("three")));
    ASSERT_TRUE(row);
    EXPECT_EQ(row->c, "three");
    EXPECT_EQ(row->b, 7);
    EXPECT_EQ(row->d, 8);
}

TEST(Connection, a_statement_is_compiled_once_whatever_is_bound) {
    const auto opened = memory();
    SqliteConnection& connection = *opened;
    static constexpr const char* sql = "SELECT b FROM t WHERE b >= $1 ORDER BY b LIMIT $2";
    for (std::int64_t limit = 1; limit < 4; ++limit)
        must(connection.all<std::int64_t>(Sql{"page", sql}, limit, 10 * limit));
    const Prepared* page = must(connection.prepare("page", sql, 2));
    EXPECT_EQ(sqlite3_stmt_status(page->statement, SQLITE_STMTSTATUS_REPREPARE, 0), 0);
}

TEST(Connection, every_type_comes_back_as_it_went) {
    const auto opened = memory();
    SqliteConnection& connection = *opened;
    FakeClock clock;
    IdMinter minter(clock);
    const auto id = minter.mint<ExecutionTag>(5);
    const Uuid uuid = minter.mint_uuid(5);
    const Blob blob{{0, 1, 255, 0}};
    const std::string text("nul\0and ünï", 12);
    const auto row = must(connection.maybe<All>(
        Sql{"all", "SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16"},
        id, uuid, clock.now(), std::int64_t{-5}, 6, true, ExecutionState::failed, 0.25, text, blob,
        std::optional<std::string>(), std::optional<Instant>(Instant{3}), json::object{{"k", 1}},
        json::array{1, "x"}, json::value(nullptr), TaskId{}));
    ASSERT_TRUE(row);
    EXPECT_EQ(row->id, id);
    EXPECT_EQ(row->uuid, uuid);
    EXPECT_EQ(row->at, clock.now());
    EXPECT_EQ(row->number, -5);
    EXPECT_EQ(row->small, 6);
    EXPECT_TRUE(row->yes);
    EXPECT_EQ(row->state, ExecutionState::failed);
    EXPECT_EQ(row->real, 0.25);
    EXPECT_EQ(row->text, text);
    EXPECT_EQ(row->blob, blob);
    EXPECT_FALSE(row->none);
    EXPECT_EQ(row->some, Instant{3});
    EXPECT_EQ(to_text(row->object), R"({"k":1})");
    EXPECT_EQ(to_text(row->array), R"([1,"x"])");
    EXPECT_TRUE(row->value.is_null());
    EXPECT_FALSE(row->no_task);
}

TEST(Connection, a_row_that_does_not_fit_is_an_error_that_names_the_column) {
    const auto opened = memory();
    SqliteConnection& connection = *opened;
    const auto error = [](const auto& result) {
        return result ? std::string("none") : result.error().log_text;
    };
    EXPECT_EQ(error(connection.maybe<std::int64_t>(Sql{"q", "SELECT 'text'"})),
              "q: column 0 is not an integer");
    EXPECT_EQ(error(connection.maybe<std::int64_t>(Sql{"q", "SELECT NULL"})),
              "q: column 0 is not an integer");
    EXPECT_EQ(error(connection.maybe<std::string>(Sql{"q", "SELECT 1"})),
              "q: column 0 is not text");
    EXPECT_EQ(error(connection.maybe<TaskId>(Sql{"q", "SELECT x'0102'"})),
              "q: column 0 is not an id");
    EXPECT_EQ(error(connection.maybe<json::object>(Sql{"q", "SELECT '[1]'"})),
              "q: column 0 is not a JSON object");
    EXPECT_EQ(error(connection.maybe<json::value>(Sql{"q", "SELECT '{'"})),
              "q: column 0 is not JSON");
    EXPECT_EQ(error(connection.maybe<std::int64_t>(Sql{"q", "SELECT 1, 2"})),
              "q: column 0 is not a row of one column");
    struct Two {
        std::int64_t a = 0;
        std::int64_t b = 0;
    };
    EXPECT_EQ(error(connection.maybe<Two>(Sql{"q", "SELECT 1, 2, 3"})),
              "q: column 0 is not as many columns as the row has members");
    EXPECT_EQ(error(connection.maybe<Two>(Sql{"q", "SELECT 1, 2"})), "none");
}

TEST(Connection, wrong_parameters_and_several_statements_are_refused) {
    const auto opened = memory();
    SqliteConnection& connection = *opened;
    const std::int64_t one = 1;
    EXPECT_EQ(connection.run(Sql{"q", "SELECT $1"}).error().code, Code::internal);
    EXPECT_EQ(connection.run(Sql{"q", "SELECT $1, $3"}, one, one).error().log_text,
              "q: wrong parameters");
    EXPECT_EQ(connection.run(Sql{"q", "SELECT $1"}, one, one).error().log_text,
              "q: wrong parameters");
    EXPECT_EQ(connection.run(Sql{"q", "SELECT 1; SELECT 2"}).error().log_text,
              "q: more than one statement");
    EXPECT_EQ(connection.run(Sql{"q", "SELECT frob"}).error().code, Code::internal);
    EXPECT_TRUE(connection.run(Sql{"q", "SELECT $2, $1 ; "}, one, one));
}

TEST(Connection, a_taken_key_is_a_conflict_and_a_broken_rule_is_ours) {
    const auto opened = memory();
    SqliteConnection& connection = *opened;
    must(connection.execute(
        "CREATE TABLE u (a INTEGER NOT NULL PRIMARY KEY, b TEXT NOT NULL UNIQUE) STRICT"));
    must(connection.run(Sql{"q", "INSERT INTO u VALUES (1, 'x')"}));
    EXPECT_EQ(connection.run(Sql{"q", "INSERT INTO u VALUES (1, 'y')"}).error().code,
              Code::conflict);
    EXPECT_EQ(connection.run(Sql{"q", "INSERT INTO u VALUES (2, 'x')"}).error().code,
              Code::conflict);
    EXPECT_EQ(connection.run(Sql{"q", "INSERT INTO u VALUES (2, NULL)"}).error().code,
              Code::internal);
    EXPECT_EQ(connection.run(Sql{"q", "INSERT INTO u VALUES (2, x'01')"}).error().code,
              Code::internal);
}

TEST(Connection, limits_of_rows_and_values) {
    const auto opened = memory();
    SqliteConnection& connection = *opened;
    constexpr const char* numbers = R"(
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
        SELECT i FROM n)";
    EXPECT_EQ(must(connection.all<std::int64_t>(Sql{"n", numbers}, std::int64_t{rows_max})).size(),
              rows_max);
    EXPECT_EQ(
        connection.all<std::int64_t>(Sql{"n", numbers}, std::int64_t{rows_max + 1}).error().code,
        Code::too_large);

    const std::string large(value_bytes_max + 1, 'x');
    EXPECT_EQ(connection.run(Sql{"q", "INSERT INTO t (c) VALUES ($1)"}, large).error().code,
              Code::too_large);
    EXPECT_EQ(connection.run(Sql{"q", "SELECT zeroblob(200000000)"}).error().code, Code::too_large);
}

TEST(Connection, a_deadline_ends_a_long_statement) {
    const auto opened = memory();
    SqliteConnection& connection = *opened;
    constexpr const char* endless = R"(
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n)";
    connection.set_deadline(monotonic_us() + 1'000);
    EXPECT_EQ(connection.maybe<std::int64_t>(Sql{"endless", endless}).error().code,
              Code::timed_out);
    connection.set_deadline(0);
    EXPECT_EQ(must(connection.maybe<std::int64_t>(Sql{"q", "SELECT 1"})), 1);
}

TEST(Connection, returning_has_its_whole_effect_even_if_only_one_row_is_read) {
    const auto opened = memory();
    SqliteConnection& connection = *opened;
    must(connection.execute("INSERT INTO t (b) VALUES (1), (2), (3)"));
    EXPECT_TRUE(
        must(connection.maybe<std::int64_t>(Sql{"q", "UPDATE t SET b = b + 10 RETURNING b"})));
    EXPECT_THAT(must(connection.all<std::int64_t>(Sql{"q", "SELECT b FROM t ORDER BY b"})),
                testing::ElementsAre(11, 12, 13));
}

TEST(ConnectionDeathTest, a_damaged_database_ends_the_process) {
    const auto damage = [] {
        const std::string path = testing::TempDir() + "weft_damaged.db";
        std::remove(path.c_str());
        {
            const auto opened = must(SqliteConnection::open(path, SqliteConnection::Access::write));
            SqliteConnection& connection = *opened;
            must(connection.execute(
                "CREATE TABLE t (a TEXT); INSERT INTO t VALUES (hex(zeroblob(20000)))"));
        }
        if (FILE* file = std::fopen(path.c_str(), "r+b")) {
            std::fseek(file, 4096, SEEK_SET);
            for (int i = 0; i < 4096; ++i) std::fputc(0xEE, file);
            std::fclose(file);
        }
        const auto opened = must(SqliteConnection::open(path, SqliteConnection::Access::write));
        SqliteConnection& connection = *opened;
        (void)connection.all<std::string>(Sql{"read_damaged", "SELECT a FROM t"});
        std::exit(0); // NOLINT(concurrency-mt-unsafe)
    };
    testing::GTEST_FLAG(death_test_style) = "threadsafe";
    EXPECT_EXIT(damage(), testing::ExitedWithCode(3), "");
    std::remove((testing::TempDir() + "weft_damaged.db").c_str());
}

} // namespace weft::store
