// The store on PostgreSQL while the database, or the way to it, is harmed: what was acknowledged is
// there once, what was refused is not there, and it comes back by itself.
#include "store/postgres_backend.h"

#include "store/invariants_testing.h"
#include "store/postgres_lanes.h"
#include "store/test_proxied.h"
#include "tests/support/pgbouncer.h"

#include <gmock/gmock.h>
#include <libpq-fe.h>

namespace weft::store {

namespace {

using Direction = FaultProxy::Direction;
using weft::testing::PgBouncer;

constexpr Query<void, ProjectId> want_pause_sql{"test.want_pause", R"sql(
    UPDATE execution SET want = 1 WHERE project_id = $1)sql"};

/// Holds what every write and every step waits for.
class Held {
public:
    explicit Held(const Proxied& world) : reach_(world.database) {
        must(connection_.begin_writing());
        must(connection_.ask("SELECT 1 FROM store_info WHERE name = 'writer' FOR UPDATE"));
    }
    void let_go() { must(connection_.commit()); }

private:
    Reach reach_;
    PostgresConnection connection_{reach_};
};

/// Steps of which all but the first are merged into one statement, on their way.
struct Merged {
    Home& home;
    std::vector<Claim> claims;
    std::deque<std::optional<Result<Verdict>>> verdicts;

    explicit Merged(Home& of, int count) : home(of), claims(claimed(of, count)) {}
    /// Returns when the first of them waits for what is held, and the others behind it.
    void begin(const Proxied& world) {
        for (std::size_t i = 0; i < claims.size(); ++i) {
            home.begin(home.store->commit(nth_step(home, claims[i], 0)), verdicts.emplace_back());
            home.poll();
            if (i == 0) world.await_lock_waits(1);
        }
    }
    std::vector<Verdict> all() const {
        std::vector<Verdict> found;
        for (const auto& each : verdicts) found.push_back(must(*each));
        return found;
    }
    void expect_journals(const Proxied& world, const std::vector<std::string>& wanted) const {
        std::vector<std::string> found;
        for (const Claim& each : claims)
            found.push_back(
                world.ask(fmt::format("SELECT count(*) FROM journal WHERE execution_id = '\\x{}'",
                                      each.execution.hex())));
        EXPECT_EQ(found, wanted);
    }
};

void expect_refused(const std::optional<Result<Verdict>>& verdict) {
    ASSERT_FALSE(*verdict);
    EXPECT_EQ(verdict->error().code, Code::unavailable);
    EXPECT_TRUE(verdict->error().retry_after_s);
}

/// Tries until the store takes it; how often it was refused.
int put_until_taken(Home& home, std::int64_t number) {
    for (int refused = 0;; ++refused) {
        const auto done = home.wait(put(*home.store, number));
        if (done) return refused;
        EXPECT_EQ(done.error().code, Code::unavailable) << done.error().log_text;
        EXPECT_TRUE(done.error().retry_after_s) << done.error().log_text;
    }
}

} // namespace

TEST(PostgresBackend, a_database_of_a_newer_version_is_refused_and_stays_as_it_is) {
    const OwnDatabase database;
    const PostgresCluster& cluster = PostgresCluster::shared();
    cluster.psql(database.url, "INSERT INTO schema_version VALUES (9999, '9999_later.sql', 1)");
    const std::string before = everything_in(database.url);
    const TemporaryDirectory directory;
    SystemClock clock;
    IdMinter minter(clock);
    const Options options{
        .directory = directory.path, .url = database.url, .master_key = std::string(64, 'a')};
    const auto refused = Store::open(options, clock, minter);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::conflict);
    EXPECT_EQ(refused.error().message,
              "A newer version of Weft has written this database: use that version.");
    EXPECT_EQ(everything_in(database.url), before);
    EXPECT_EQ(cluster.psql(database.url, "SELECT count(*) FROM node"), "0");
    cluster.psql(database.url, "DELETE FROM schema_version WHERE number = 9999");
    EXPECT_TRUE(Store::open(options, clock, minter));
}

TEST(PostgresBackend, a_write_that_was_cut_off_before_its_commit_did_not_happen) {
    Proxied world;
    RemoteHome home(world.url);
    world.proxy.cut_before(commit_word);
    const auto cut = home.wait(put(*home.store, 1));
    ASSERT_FALSE(cut);
    EXPECT_EQ(cut.error().code, Code::unavailable);
    EXPECT_TRUE(cut.error().retry_after_s);
    EXPECT_EQ(world.rows(), "");
    put_until_taken(home, 1);
    EXPECT_EQ(world.rows(), "1");
}

TEST(PostgresBackend, a_write_that_was_cut_off_after_its_commit_is_acknowledged_once) {
    Proxied world;
    RemoteHome home(world.url);
    for (int n = 1; n < 4; ++n) {
        world.proxy.cut_after(commit_word, commit_word);
        must(home.wait(put(*home.store, n)));
        EXPECT_EQ(world.proxy.counts().cut, n);
    }
    EXPECT_EQ(world.rows(), "1 2 3");
}

TEST(PostgresBackend, whoever_asks_twice_whether_it_was_committed_is_answered_the_same) {
    Proxied world;
    Reach reach(world.url, short_silence);
    PostgresConnection connection(reach);
    BatchMarks marks(7, 1);
    for (const bool wanted : {true, false}) {
        must(connection.begin_writing());
        connection.post(marks.next());
        if (wanted)
            must(connection.commit());
        else
            connection.roll_back();
        for (int times = 0; times < 3; ++times) {
            world.proxy.cut_after(commit_word, commit_word);
            EXPECT_FALSE(marks.was_committed(connection)); // the answer is lost
            EXPECT_EQ(must(marks.was_committed(connection)), wanted);
        }
    }
}

TEST(PostgresBackend, a_write_whose_connection_ends_before_its_commit_is_not_acknowledged) {
    Proxied world;
    RemoteHome home(world.url);
    const auto ended = home.wait(home.store->write([&](Tx& tx) {
        auto done = tx.run(put_sql, 1, "x");
        world.cluster.kill_backends(world.database);
        return done;
    }));
    ASSERT_FALSE(ended);
    EXPECT_EQ(ended.error().code, Code::unavailable);
    EXPECT_EQ(world.rows(), "");
    put_until_taken(home, 2);
    EXPECT_EQ(world.rows(), "2");
}

TEST(PostgresBackend, steps_that_were_cut_off_before_their_commit_did_not_happen) {
    Proxied world;
    RemoteHome home(world.url);
    Merged steps(home, 4);
    Held held(world);
    steps.begin(world);
    world.proxy.cut_before(commit_word);
    held.let_go();
    home.run();
    EXPECT_EQ(must(*steps.verdicts[0]), Verdict::committed);
    for (std::size_t i = 1; i < 4; ++i) expect_refused(steps.verdicts[i]);
    steps.expect_journals(world, {"1", "0", "0", "0"});
}

TEST(PostgresBackend, steps_that_were_cut_off_after_their_commit_have_their_own_verdicts) {
    Proxied world;
    RemoteHome home(world.url);
    Merged steps(home, 6);
    steps.claims[2].epoch += 1; // of another's claim
    for (const int n : {0, 1})  // its number is taken
        must(home.wait(home.store->commit(nth_step(home, steps.claims[3], n))));
    world.ask(fmt::format("UPDATE execution SET want = 1 WHERE id = '\\x{}'",
                          steps.claims[4].execution.hex())); // to be paused
    Held held(world);
    steps.begin(world);
    world.proxy.cut_after(commit_word, commit_word);
    held.let_go();
    home.run();
    EXPECT_EQ(world.proxy.counts().cut, 1);
    EXPECT_EQ(steps.all(), (std::vector{Verdict::committed, Verdict::committed, Verdict::fenced,
                                        Verdict::fenced, Verdict::paused, Verdict::committed}));
    steps.expect_journals(world, {"1", "1", "0", "3", "0", "1"});
    EXPECT_EQ(must(home.wait(home.store->read(violations))), std::vector<std::string>{});
}

TEST(PostgresBackend, a_step_that_cannot_be_kept_spoils_none_of_those_it_was_merged_with) {
    Proxied world;
    RemoteHome home(world.url);
    Merged steps(home, 2);
    const Claim third = claimed(home, 1).front();
    Held held(world);
    steps.begin(world);
    StepCommit bad = nth_step(home, third, 0);
    bad.intent->payload = std::string("\"\0\"", 3);
    std::optional<Result<Verdict>> refused;
    home.begin(home.store->commit(bad), refused);
    home.poll();
    held.let_go();
    home.run();
    EXPECT_EQ(steps.all(), (std::vector{Verdict::committed, Verdict::committed}));
    ASSERT_FALSE(*refused);
    EXPECT_EQ(refused->error().code, Code::invalid);
    EXPECT_EQ(must(home.wait(home.store->commit(nth_step(home, third, 0)))), Verdict::committed);
}

/// A stop is acknowledged in one commit: a step that waits for it sees it, one before it is done.
TEST(PostgresBackend, a_stop_and_the_steps_come_one_after_the_other) {
    Proxied world;
    RemoteHome home(world.url);
    RemoteHome stopper(world.cluster.url(world.database));
    const Claim claim = claimed(home, 1).front();
    Held held(world);
    std::optional<Result<Changes>> stopped;
    stopper.begin(
        stopper.store->write([&](Tx& tx) { return tx.run(want_pause_sql, claim.project); }),
        stopped);
    stopper.poll();
    world.await_lock_waits(1);
    std::optional<Result<Verdict>> verdict;
    home.begin(home.store->commit(nth_step(home, claim, 0)), verdict);
    home.poll();
    world.await_lock_waits(2);
    held.let_go();
    stopper.run();
    home.run();
    EXPECT_EQ(must(*stopped).count, 1);
    EXPECT_EQ(must(*verdict), Verdict::paused);
    EXPECT_EQ(world.ask("SELECT count(*) FROM journal"), "0");
}

TEST(PostgresBackend, refuses_at_once_while_the_database_is_away_and_comes_back_by_itself) {
    Proxied world;
    RemoteHome home(world.url);
    put_until_taken(home, 1);
    const Claim claim = claimed(home, 1).front();
    world.proxy.refuse();
    world.proxy.cut();
    EXPECT_FALSE(home.wait(put(*home.store, 2)));
    const std::int64_t from_us = monotonic_us();
    for (int i = 0; i < 200; ++i) {
        const auto read = home.wait(home.store->read([](Rx& rx) { return rx.maybe(count_sql); }));
        ASSERT_FALSE(read);
        EXPECT_EQ(read.error().code, Code::unavailable);
        EXPECT_TRUE(read.error().retry_after_s);
        EXPECT_FALSE(home.wait(put(*home.store, 3)));
        EXPECT_FALSE(home.wait(home.store->commit(nth_step(home, claim, 0))));
    }
    std::printf("refused 600 times in %lld ms\n",
                static_cast<long long>((monotonic_us() - from_us) / 1'000));
    // Who refused the first one may still be on the way back to its queue.
    while (home.store->writer_age() != microseconds(0)) std::this_thread::yield();
    world.proxy.pass();
    put_until_taken(home, 4);
    EXPECT_EQ(rows(home), 2);
    EXPECT_EQ(must(home.wait(home.store->commit(nth_step(home, claim, 0)))), Verdict::committed);
    EXPECT_EQ(world.rows(), "1 4");
}

TEST(PostgresBackend, a_write_that_an_administrator_cancels_is_refused_and_the_next_is_not) {
    Proxied world;
    RemoteHome home(world.url);
    Held held(world);
    std::optional<Result<Changes>> first;
    home.begin(put(*home.store, 1), first);
    home.poll();
    world.await_lock_waits(1);
    world.ask("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
              "AND datname = current_database()");
    home.run();
    EXPECT_FALSE(*first);
    held.let_go();
    must(home.wait(put(*home.store, 2)));
    EXPECT_EQ(world.rows(), "2");
}

/// What it holds, others wait for.
TEST(PostgresBackend, a_node_that_falls_silent_in_a_write_holds_up_the_others_for_seconds_only) {
    Proxied world;
    RemoteHome silent(world.url, seconds(60));
    RemoteHome other(world.cluster.url(world.database), seconds(60));
    std::atomic<bool> told = false;
    std::optional<Result<Changes>> done;
    silent.begin(silent.store->write([&](Tx& tx) -> Result<Changes> {
        TRY(tx.run(put_sql, 1, "x"));
        world.proxy.black_hole();
        told = true;
        return tx.run(put_sql, 2, "x");
    }),
                 done);
    silent.poll();
    const std::int64_t from_us = monotonic_us();
    while (!told) ASSERT_LT(monotonic_us() - from_us, 10'000'000) << "it never began to write";
    must(other.wait(put(*other.store, 3)));
    std::printf("held up for %lld ms\n",
                static_cast<long long>((monotonic_us() - from_us) / 1'000));
    EXPECT_TRUE(told);
    EXPECT_EQ(world.rows(), "3");
    world.proxy.cut();
    world.proxy.pass();
    silent.run();
    ASSERT_TRUE(done);
    EXPECT_FALSE(*done);
    EXPECT_EQ(world.rows(), "3");
}

TEST(PostgresBackend, nothing_is_lost_and_nothing_doubled_whatever_happens_to_the_way) {
    Proxied world;
    RemoteHome home(world.url);
    Hammer hammer(home);
    hammer.run([&] {
        for (int round = 0; round < 2; ++round) {
            world.proxy.cut_after(commit_word, commit_word);
            hammer.await_more();
            world.proxy.cut_before(commit_word);
            hammer.await_more();
            world.proxy.cut();
            hammer.await_more();
            world.cluster.kill_backends(world.database);
            hammer.await_more();
        }
        for (const auto direction : {Direction::to_server, Direction::to_client}) {
            world.proxy.half_open(direction);
            world.ask("SELECT pg_sleep(2)");
            world.proxy.pass();
            hammer.await_more();
        }
        world.proxy.black_hole();
        world.ask("SELECT pg_sleep(2)");
        world.proxy.pass();
        hammer.await_more();
    });
    hammer.expect_all_there(world);
}

TEST(PostgresBackend, nothing_is_lost_and_nothing_doubled_when_the_server_crashes) {
    PostgresCluster cluster;
    Proxied world(cluster);
    RemoteHome home(cluster.url(world.database));
    Hammer hammer(home);
    hammer.run([&] {
        for (const auto how : {PostgresCluster::Stop::immediate, PostgresCluster::Stop::fast,
                               PostgresCluster::Stop::immediate}) {
            cluster.stop(how);
            cluster.start();
            hammer.await_more();
        }
    });
    hammer.expect_all_there(world);
}

TEST(PostgresBackend, behind_a_pooler_each_transaction_may_have_another_server_process) {
    Proxied world;
    const PgBouncer bouncer(world.cluster, {{"default_pool_size", "3"}});
    RemoteHome home(bouncer.url(world.database));
    const std::unique_ptr<PGconn, decltype(&PQfinish)> console(
        PQconnectdb(bouncer.url("pgbouncer").c_str()), &PQfinish);
    ASSERT_EQ(PQstatus(console.get()), CONNECTION_OK) << PQerrorMessage(console.get());
    Hammer hammer(home);
    hammer.run([&] {
        for (int round = 0; round < 3; ++round) {
            PQclear(PQexec(console.get(), "RECONNECT"));
            hammer.await_more();
            world.cluster.kill_backends(world.database);
            hammer.await_more();
        }
    });
    hammer.expect_all_there(world);
    EXPECT_EQ(world.ask("SELECT count(*) <= 3 FROM pg_stat_activity WHERE datname = "
                        "current_database() AND pid <> pg_backend_pid() "
                        "AND backend_type = 'client backend'"),
              "t");
}

} // namespace weft::store
