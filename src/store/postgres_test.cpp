// One connection to PostgreSQL: its limits, its errors, and that it is of use after each of them.
#include "store/postgres.h"

#include "store/test_proxied.h"

#include <gmock/gmock.h>
#include <poll.h>

namespace weft::store {

namespace {

constexpr Sql numbers_sql{"test.numbers", R"sql(
    SELECT n FROM generate_series(CAST(1 AS BIGINT), $1) AS t(n))sql"};
constexpr Sql broken_sql{"test.broken", R"sql(
    SELECT 1000 / (500 - n) FROM generate_series(CAST(1 AS BIGINT), $1) AS t(n))sql"};
constexpr Sql sleep_sql{"test.sleep", R"sql(
    SELECT 1 FROM pg_sleep(CAST($1 AS float)))sql"};
constexpr Sql echo_sql{"test.echo", R"sql(
    SELECT value FROM store_info WHERE name = 'row ' || CAST($1 AS TEXT))sql"};

struct Connected : Proxied {
    Reach reach{url, short_silence};
    PostgresConnection connection{reach};

    Result<Changes> put(std::int64_t n, std::string_view text = "x") {
        return connection.run(put_sql.text(), n, text);
    }
    Result<std::optional<std::int64_t>> sleep(std::int64_t for_s) {
        return connection.maybe<std::int64_t>(sleep_sql, for_s);
    }
    /// A transaction works.
    void expect_use(std::int64_t n) {
        must(connection.begin_writing());
        must(put(n));
        must(connection.commit());
        must(connection.begin_reading());
        EXPECT_EQ(must(connection.maybe<std::string>(echo_sql, n)), "x");
        connection.end_reading();
    }
};

} // namespace

TEST(Postgres, a_text_that_cannot_be_kept_is_refused_and_the_transaction_goes_on) {
    Connected world;
    must(world.connection.begin_writing());
    must(world.put(1));
    const auto refused = world.put(2, std::string_view("a\0b", 3));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::invalid);
    must(world.put(3));
    must(world.connection.commit());
    EXPECT_EQ(world.rows(), "1 3");
    must(world.connection.begin_writing());
    const auto no_utf8 = world.put(4, "\xff");
    ASSERT_FALSE(no_utf8);
    EXPECT_EQ(no_utf8.error().code, Code::invalid);
    world.connection.roll_back();
    world.expect_use(5);
}

TEST(Postgres, a_large_value_comes_back_and_one_too_large_is_refused) {
    Connected world;
    const std::string large(20'000'000, 'x');
    must(world.connection.begin_writing());
    must(world.put(1, large));
    const auto refused = world.put(2, std::string(value_bytes_max + 1, 'x'));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::too_large);
    must(world.connection.commit());
    must(world.connection.begin_reading());
    EXPECT_TRUE(must(world.connection.maybe<std::string>(echo_sql, std::int64_t{1})) == large);
    world.connection.end_reading();
    world.expect_use(3);
}

TEST(Postgres, an_answer_has_ten_thousand_rows_at_most) {
    Connected world;
    must(world.connection.begin_reading());
    const auto over = world.connection.all<std::int64_t>(numbers_sql, std::int64_t{10'001});
    ASSERT_FALSE(over);
    EXPECT_EQ(over.error().code, Code::too_large);
    const auto all = must(world.connection.all<std::int64_t>(numbers_sql, std::int64_t{10'000}));
    EXPECT_EQ(all.size(), 10'000U);
    EXPECT_EQ(all.back(), 10'000);
    world.connection.end_reading();
    world.expect_use(1);
}

TEST(Postgres, each_row_comes_in_pieces_until_it_is_told_to_stop) {
    Connected world;
    for (const std::int64_t wanted : {0, 1, 255, 256, 257, 512, 1'000}) {
        SCOPED_TRACE(wanted);
        std::int64_t seen = 0;
        const auto see = [&seen](std::int64_t n) { return n == ++seen; };
        must(world.connection.begin_reading());
        must(world.connection.each<std::int64_t>(numbers_sql, see, wanted));
        EXPECT_EQ(seen, wanted);
        world.connection.end_reading();
    }
    for (const std::int64_t stop_at : {1, 256, 300}) {
        std::int64_t seen = 0;
        const auto see = [&](std::int64_t n) { return (seen = n) < stop_at; };
        must(world.connection.begin_writing());
        must(world.connection.each<std::int64_t>(numbers_sql, see, std::int64_t{1'000}));
        EXPECT_EQ(seen, stop_at);
        must(world.connection.each<std::int64_t>(numbers_sql, see, std::int64_t{1'000}));
        must(world.put(stop_at));
        must(world.put(stop_at + 1'000));
        must(world.connection.commit());
    }
    world.expect_use(2);
}

TEST(Postgres, each_that_breaks_off_with_an_error_does_no_harm_to_what_comes_after_it) {
    Connected world;
    std::int64_t seen = 0;
    const auto see = [&seen](std::int64_t) { return ++seen > 0; };
    must(world.connection.begin_reading());
    const auto broken = world.connection.each<std::int64_t>(broken_sql, see, std::int64_t{1'000});
    ASSERT_FALSE(broken);
    EXPECT_EQ(broken.error().code, Code::internal);
    world.connection.end_reading();
    world.expect_use(1);

    // As the writer does it.
    must(world.connection.begin_writing());
    world.connection.post("SAVEPOINT job");
    must(world.put(2));
    EXPECT_FALSE(world.connection.each<std::int64_t>(broken_sql, see, std::int64_t{1'000}));
    world.connection.post("ROLLBACK TO job");
    world.connection.post("RELEASE job");
    world.connection.post("SAVEPOINT job");
    must(world.put(3));
    world.connection.post("RELEASE job");
    must(world.connection.commit());
    EXPECT_EQ(world.rows(), "1 3");
}

TEST(Postgres, a_commit_that_was_refused_leaves_nothing_open) {
    Connected world;
    must(world.connection.begin_writing());
    must(world.put(1));
    world.connection.post("SELECT 1 / 0");
    const auto refused = world.connection.commit();
    ASSERT_FALSE(refused);
    EXPECT_FALSE(world.connection.in_doubt());
    EXPECT_EQ(world.rows(), "");
    world.expect_use(2);
}

TEST(Postgres, what_runs_past_its_deadline_is_given_up_at_the_server_too) {
    Connected world;
    must(world.connection.begin_reading());
    world.connection.set_deadline(monotonic_us() + 100'000);
    const auto late = world.sleep(600);
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, Code::timed_out);
    world.connection.set_deadline(0);
    world.connection.end_reading();
    EXPECT_FALSE(world.reach.away());
    while (world.ask("SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND "
                     "pid <> pg_backend_pid() AND datname = current_database()") != "0") {}
    world.expect_use(1);
}

TEST(Postgres, a_deadline_is_kept_although_nothing_answers) {
    Connected world;
    world.expect_use(1);
    must(world.connection.begin_reading());
    world.proxy.black_hole();
    world.connection.set_deadline(monotonic_us() + 100'000);
    const auto late = world.sleep(0);
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, Code::timed_out);
    world.connection.set_deadline(0);
    world.connection.end_reading();
    world.proxy.pass();
    world.expect_use(2);
}

TEST(Postgres, one_that_never_answers_again_is_given_up) {
    Connected world;
    world.expect_use(1);
    for (const auto direction :
         {FaultProxy::Direction::to_server, FaultProxy::Direction::to_client}) {
        must(world.connection.begin_writing());
        world.proxy.half_open(direction);
        const auto put = world.put(2);
        ASSERT_FALSE(put);
        EXPECT_EQ(put.error().code, Code::unavailable);
        EXPECT_TRUE(put.error().retry_after_s);
        EXPECT_TRUE(world.reach.away());
        EXPECT_FALSE(world.connection.commit());
        EXPECT_FALSE(world.connection.in_doubt());
        world.proxy.pass();
        world.reach.note_back();
    }
    world.expect_use(3);
    EXPECT_EQ(world.rows(), "1 3");
}

TEST(Postgres, one_that_the_server_closed_while_it_was_idle_is_opened_again) {
    Connected world;
    for (int n = 1; n < 5; ++n) {
        world.expect_use(n); // the answer to its last COMMIT has not been read
        EXPECT_EQ(world.cluster.kill_backends(world.database), 1);
        // The server forgets a process a moment before its end of the connection is closed.
        pollfd look{.fd = world.connection.socket(), .events = POLLRDHUP, .revents = 0};
        EXPECT_EQ(::poll(&look, 1, 10'000), 1);
    }
    world.expect_use(9);
    EXPECT_FALSE(world.reach.away());
}

TEST(Postgres, errors_are_told_apart) {
    Connected world;
    world.expect_use(1);
    must(world.connection.begin_writing());
    const auto twice = world.put(1);
    ASSERT_FALSE(twice);
    EXPECT_EQ(twice.error().code, Code::conflict);
    world.connection.roll_back();
    world.ask("SET client_min_messages = error; "
              "DO 'BEGIN EXECUTE ''ALTER DATABASE '' || quote_ident(current_database()) || "
              "'' SET default_transaction_read_only = on''; END'");
    world.cluster.kill_backends(world.database);
    must(world.connection.begin_writing());
    const auto read_only = world.put(2);
    ASSERT_FALSE(read_only);
    EXPECT_EQ(read_only.error().code, Code::unavailable);
    world.connection.roll_back();
}

} // namespace weft::store
