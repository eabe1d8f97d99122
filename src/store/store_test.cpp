#include "store/store.h"

#include "store/blobs.h"
#include "store/claims.h"
#include "store/executions.h"
#include "store/journal.h"
#include "store/projects.h"
#include "store/test_home.h"
#include "store/test_world.h"
#include "store/vault.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <gmock/gmock.h>
#include <sqlite3.h>

#include <thread>

#include <sys/stat.h>

namespace weft::store {

namespace {

constexpr SystemQuery<void, std::int64_t, std::string_view> put_sql{"test.put", R"sql(
    INSERT INTO store_info (name, value) VALUES ('row ' || CAST($1 AS TEXT), $2))sql"};
constexpr SystemQuery<std::int64_t> count_sql{"test.count", R"sql(
    SELECT count(*) FROM store_info WHERE name LIKE 'row %')sql"};
constexpr SystemQuery<std::string, std::int64_t> get_sql{"test.get", R"sql(
    SELECT value FROM store_info WHERE name = 'row ' || CAST($1 AS TEXT))sql"};
constexpr SystemQuery<std::int64_t> endless_sql{"test.endless", R"sql(
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n)sql"};
constexpr SystemQuery<std::int64_t> synchronous_sql{"test.synchronous", "PRAGMA synchronous"};
constexpr SystemQuery<std::int64_t> auto_vacuum_sql{"test.auto_vacuum", "PRAGMA auto_vacuum"};
constexpr SystemQuery<std::int64_t> mmap_sql{"test.mmap", "PRAGMA mmap_size"};
constexpr SystemQuery<std::string> journal_mode_sql{"test.journal_mode", "PRAGMA journal_mode"};

Task<Result<Changes>> put(Store& store, std::int64_t number) {
    return store.write([number](Tx& tx) { return tx.run(put_sql, number, "x"); });
}

std::int64_t rows(Home& home) {
    return must(home.wait(home.store->read([](Rx& rx) { return rx.maybe(count_sql); }))).value();
}

/// Holds the writer inside a job until open() is called.
struct Gate {
    std::atomic<bool> entered = false;
    std::atomic<bool> opened = false;

    Task<Result<Changes>> hold(Store& store) {
        return store.write([this](Tx&) -> Result<Changes> {
            entered = true;
            entered.notify_all();
            opened.wait(false);
            return Changes{};
        });
    }
    void wait_until_entered() { entered.wait(false); }
    void open() {
        opened = true;
        opened.notify_all();
    }
};

/// Executions of a project of their own, each owned by node 1.
std::pair<Scope, std::vector<Claim>> claimed(Home& home, int count) {
    Scope scope;
    scope.project = home.minter.mint<ProjectTag>(1);
    scope.organization = home.minter.mint<OrganizationTag>(1);
    claims::Turn turn;
    auto claims = must(home.wait(home.store->write([&](Tx& tx) -> Result<std::vector<Claim>> {
        TRY(projects::create(tx, scope, {.name = "p", .id = scope.project}));
        for (int i = 0; i < count; ++i) {
            ExecutionStart start{.agentflow = tx.minter().mint<AgentflowTag>(1),
                                 .version = tx.minter().mint<VersionTag>(1)};
            TRY(executions::create(tx, scope, start, "flow", executions::Start::now));
        }
        return claims::claim(tx, 1, count, turn);
    })));
    return {scope, std::move(claims)};
}

} // namespace

TEST(Store, runs_the_library_that_was_compiled_in) {
    EXPECT_GE(sqlite3_libversion_number(), 3'051'003);
    EXPECT_EQ(sqlite3_libversion_number(), SQLITE_VERSION_NUMBER);
    EXPECT_STREQ(sqlite3_sourceid(), SQLITE_SOURCE_ID);
    EXPECT_EQ(sqlite3_threadsafe(), 2);
}

TEST(Store, makes_its_directory_for_its_owner_alone) {
    const TemporaryDirectory temporary;
    const auto path = temporary.path / "deep" / "data";
    {
        Home home(path);
        for (const char* name : {"", "weft.db", "weft.db-wal", "master.key", "lock"}) {
            struct stat about{};
            ASSERT_EQ(stat((path / name).c_str(), &about), 0) << name;
            EXPECT_EQ(about.st_mode & 077, 0U) << name;
        }
    }
}

TEST(Store, commits_are_synced_and_the_file_can_shrink) {
    const TemporaryDirectory temporary;
    Home home(temporary.path);
    const auto settings = [](Rx& rx) -> Result<std::string> {
        return fmt::format("{} {} {} {}", TRY(rx.maybe(synchronous_sql)).value(),
                           TRY(rx.maybe(auto_vacuum_sql)).value(), TRY(rx.maybe(mmap_sql)).value(),
                           TRY(rx.maybe(journal_mode_sql)).value());
    };
    EXPECT_EQ(must(home.wait(home.store->write(settings))), "2 2 0 wal");
    EXPECT_EQ(must(home.store->read_point(settings)).substr(2), "2 0 wal");
}

TEST(Store, what_is_acknowledged_is_seen_by_every_reader_and_after_reopening) {
    const TemporaryDirectory temporary;
    std::int64_t node = 0;
    {
        Home home(temporary.path);
        node = home.store->node();
        EXPECT_GT(node, 0);
        must(home.wait(put(*home.store, 7)));
        EXPECT_EQ(rows(home), 1);
        EXPECT_EQ(must(home.store->read_point([](Rx& rx) { return rx.maybe(get_sql, 7); })), "x");
    }
    Home again(temporary.path);
    EXPECT_EQ(rows(again), 1);
    EXPECT_EQ(again.store->node(), node + 1);
}

TEST(Store, a_second_one_on_the_same_directory_is_refused) {
    const TemporaryDirectory temporary;
    Home home(temporary.path);
    const auto second = Store::open({.directory = temporary.path}, home.clock, home.minter);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Code::conflict);
    EXPECT_TRUE(second.error().message.contains("Another process")) << second.error().message;
}

TEST(Store, a_directory_that_cannot_be_made_is_a_plain_sentence) {
    SystemClock clock;
    IdMinter minter(clock);
    const auto refused = Store::open({.directory = "/proc/self/nowhere/data"}, clock, minter);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::unavailable);
    EXPECT_TRUE(refused.error().message.contains("--data")) << refused.error().message;
}

TEST(Store, the_master_key_may_be_given_and_must_stay_the_same) {
    const TemporaryDirectory temporary;
    SystemClock clock;
    IdMinter minter(clock);
    const auto open = [&](const std::string& key) {
        return Store::open({.directory = temporary.path, .master_key = key}, clock, minter);
    };
    must(open(std::string(64, 'a')));
    EXPECT_FALSE(std::filesystem::exists(temporary.path / "master.key"));
    EXPECT_EQ(open(std::string(64, 'b')).error().code, Code::invalid);
    EXPECT_EQ(open("").error().code, Code::invalid);
    EXPECT_TRUE(open(std::string(64, 'A')));
}

TEST(Store, writes_that_gather_share_one_commit) {
    const TemporaryDirectory temporary;
    Home home(temporary.path);
    Gate gate;
    std::optional<Result<Changes>> held;
    home.begin(gate.hold(*home.store), held);
    home.poll();
    gate.wait_until_entered();
    const auto before = home.store->stats();
    std::vector<std::optional<Result<Changes>>> results(100);
    for (int i = 0; i < 100; ++i) home.begin(put(*home.store, i), results[i]);
    home.poll();
    gate.open();
    home.run();
    for (const auto& each : results) EXPECT_TRUE(each && each->has_value());
    const auto after = home.store->stats();
    EXPECT_EQ(after.writes - before.writes, 101);
    EXPECT_EQ(after.commits - before.commits, 1);
    EXPECT_EQ(rows(home), 100);
}

TEST(Store, a_failing_write_does_not_undo_those_beside_it) {
    const TemporaryDirectory temporary;
    Home home(temporary.path);
    Gate gate;
    std::optional<Result<Changes>> held;
    home.begin(gate.hold(*home.store), held);
    home.poll();
    gate.wait_until_entered();
    const auto failing = [](Tx& tx) -> Result<Changes> {
        TRY(tx.run(put_sql, 1'000, "undone"));
        return fail(Code::forbidden, "no");
    };
    const auto broken = [](Tx& tx) -> Result<Changes> {
        TRY(tx.run(put_sql, 2'000, "undone"));
        CHECK(false);
        return Changes{};
    };
    const auto twice = [](Tx& tx) -> Result<Changes> {
        TRY(tx.run(put_sql, 3'000, "undone"));
        return tx.run(put_sql, 3'000, "again");
    };
    std::vector<std::optional<Result<Changes>>> results(9);
    for (int i = 0; i < 9; ++i) {
        if (i == 2)
            home.begin(home.store->write(failing), results[i]);
        else if (i == 4)
            home.begin(home.store->write(broken), results[i]);
        else if (i == 6)
            home.begin(home.store->write(twice), results[i]);
        else
            home.begin(put(*home.store, i), results[i]);
    }
    home.poll();
    gate.open();
    home.run();
    for (int i = 0; i < 9; ++i) EXPECT_EQ(results[i]->has_value(), i != 2 && i != 4 && i != 6) << i;
    EXPECT_EQ(results[2]->error().code, Code::forbidden);
    EXPECT_EQ(results[4]->error().code, Code::internal);
    EXPECT_EQ(results[6]->error().code, Code::conflict);
    EXPECT_EQ(rows(home), 6);
}

TEST(Store, a_write_that_fails_alone_leaves_nothing) {
    const TemporaryDirectory temporary;
    Home home(temporary.path);
    const auto failed = home.wait(home.store->write([](Tx& tx) -> Result<Changes> {
        TRY(tx.run(put_sql, 1, "x"));
        return fail(Code::forbidden, "No.");
    }));
    EXPECT_EQ(failed.error().code, Code::forbidden);
    EXPECT_EQ(rows(home), 0);
    must(home.wait(put(*home.store, 2)));
    EXPECT_EQ(rows(home), 1);
}

TEST(Store, steps_share_a_savepoint_and_still_fail_alone) {
    const TemporaryDirectory temporary;
    Home home(temporary.path);
    constexpr int count = 20;
    const auto [scope, claims] = claimed(home, count);
    ASSERT_EQ(claims.size(), static_cast<std::size_t>(count));
    const auto step = [&](int i, int epoch_off) {
        return StepCommit{
            .project = scope.project,
            .execution = claims[i].execution,
            .epoch = claims[i].epoch + epoch_off,
            .expected_seq = 1,
            .results = {{0, JournalKind::result, Instant{1}, "{}"}},
            .intent = JournalRow{0, JournalKind::intent, Instant{1}, std::string(10'000, 'x')}};
    };
    constexpr SystemQuery<void, ProjectId, ExecutionId> spoil_sql{"test.spoil", R"sql(
        INSERT INTO journal (project_id, execution_id, seq, kind, at)
        VALUES ($1, $2, 1, 1, 0))sql"};
    must(home.wait(home.store->write(
        [&](Tx& tx) { return tx.run(spoil_sql, scope.project, claims[7].execution); })));

    Gate gate;
    std::optional<Result<Changes>> held;
    home.begin(gate.hold(*home.store), held);
    home.poll();
    gate.wait_until_entered();
    std::vector<std::optional<Result<Verdict>>> verdicts(count);
    for (int i = 0; i < count; ++i)
        home.begin(home.store->commit(step(i, i == 3 ? 1 : 0)), verdicts[i]);
    home.poll();
    gate.open();
    home.run();
    for (int i = 0; i < count; ++i) {
        if (i == 7)
            EXPECT_EQ(verdicts[i]->error().code, Code::conflict);
        else
            EXPECT_EQ(must(*verdicts[i]), i == 3 ? Verdict::fenced : Verdict::committed) << i;
        const auto after = must(home.store->read_point(
            [&](Rx& rx) { return executions::find(rx, scope, claims[i].execution); }));
        EXPECT_EQ(after.next_seq, i == 3 || i == 7 ? 1 : 3) << i;
    }
}

TEST(Store, a_large_payload_is_written_piece_by_piece_and_not_again) {
    const TemporaryDirectory temporary;
    Home home(temporary.path);
    const auto [scope, claims] = claimed(home, 1);
    const std::string large(3 * piece_bytes_max + 1, 'x');
    const auto writes_of_a_step = [&](std::int64_t seq) {
        const std::int64_t before = home.store->stats().writes;
        EXPECT_EQ(must(home.wait(home.store->commit(
                      {.project = scope.project,
                       .execution = claims.at(0).execution,
                       .epoch = claims[0].epoch,
                       .expected_seq = seq,
                       .results = {{0, JournalKind::result, Instant{1}, large}}}))),
                  Verdict::committed);
        return home.store->stats().writes - before;
    };
    EXPECT_EQ(writes_of_a_step(1), 5);
    EXPECT_EQ(writes_of_a_step(2), 1);
    const auto rows = must(home.store->read_point(
        [&](Rx& rx) { return journal::read(rx, scope, claims[0].execution, 1); }));
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[1].payload, large);
}

TEST(Store, a_cancelled_caller_still_gets_what_it_asked_for) {
    const TemporaryDirectory temporary;
    Home home(temporary.path);
    Gate gate;
    std::optional<Result<Changes>> held;
    home.begin(gate.hold(*home.store), held);
    home.poll();
    gate.wait_until_entered();
    asio::cancellation_signal signal;
    std::optional<Result<Changes>> result;
    asio::co_spawn(home.io, put(*home.store, 1),
                   asio::bind_cancellation_slot(
                       signal.slot(), [&](const std::exception_ptr&, Result<Changes> done) {
                           result.emplace(std::move(done));
                       }));
    home.poll();
    signal.emit(asio::cancellation_type::terminal);
    home.poll();
    gate.open();
    home.run();
    ASSERT_TRUE(result);
    EXPECT_TRUE(*result);
    EXPECT_EQ(rows(home), 1);
}

TEST(Store, a_read_that_takes_too_long_is_given_up) {
    const TemporaryDirectory temporary;
    Home home(Options{.directory = temporary.path, .readers = 1, .read_ms_max = milliseconds(30)});
    const auto endless = [](Rx& rx) { return rx.maybe(endless_sql); };
    std::optional<Result<std::optional<std::int64_t>>> first;
    std::optional<Result<std::optional<std::int64_t>>> second;
    home.begin(home.store->read(endless), first);
    home.begin(home.store->read(endless),
               second); // its time passes while it waits for the one reader
    home.run();
    EXPECT_EQ(first->error().code, Code::timed_out);
    EXPECT_EQ(second->error().code, Code::timed_out);
    EXPECT_EQ(home.store->read_point(endless).error().code, Code::timed_out);
    EXPECT_EQ(rows(home), 0); // the reader is well
}

TEST(Store, a_broken_invariant_fails_one_read) {
    const TemporaryDirectory temporary;
    Home home(temporary.path);
    const auto broken = [](Rx&) -> Result<int> {
        CHECK(false);
        return 1;
    };
    EXPECT_EQ(home.wait(home.store->read(broken)).error().code, Code::internal);
    EXPECT_THROW((void)home.store->read_point(broken), InvariantBroken);
    EXPECT_EQ(must(home.store->read_point([](Rx& rx) { return rx.maybe(count_sql); })), 0);
}

TEST(Store, tells_how_long_the_oldest_write_waits) {
    const TemporaryDirectory temporary;
    Home home(temporary.path);
    EXPECT_EQ(home.store->writer_age(), microseconds(0));
    Gate gate;
    std::optional<Result<Changes>> held;
    std::optional<Result<Changes>> waiting;
    home.begin(gate.hold(*home.store), held);
    home.begin(put(*home.store, 1), waiting);
    home.poll();
    gate.wait_until_entered();
    const auto first = home.store->writer_age();
    while (home.store->writer_age() < first + milliseconds(2)) std::this_thread::yield();
    gate.open();
    home.run();
    must(home.wait(put(*home.store, 2)));
    while (home.store->writer_age() != microseconds(0)) std::this_thread::yield();
}

TEST(Store, drained_it_has_finished_what_it_accepted_and_takes_no_more) {
    const TemporaryDirectory temporary;
    Home home(temporary.path);
    std::vector<std::optional<Result<Changes>>> accepted(50);
    for (int i = 0; i < 50; ++i) home.begin(put(*home.store, i), accepted[i]);
    home.poll();
    home.store->drain();
    home.run();
    for (const auto& each : accepted) EXPECT_TRUE(each->has_value());
    EXPECT_EQ(home.wait(put(*home.store, 99)).error().code, Code::unavailable);
    EXPECT_EQ(home.wait(home.store->read([](Rx& rx) { return rx.maybe(count_sql); })).error().code,
              Code::unavailable);
    EXPECT_EQ(std::filesystem::file_size(temporary.path / "weft.db-wal"), 0U);
    home.store.reset();
    Home again(temporary.path);
    EXPECT_EQ(rows(again), 50);
}

TEST(Store, the_log_is_moved_into_the_database_as_it_grows) {
    const TemporaryDirectory temporary;
    Home home(temporary.path);
    const std::string large(1'000'000, 'x');
    for (int i = 0; i < 60; ++i)
        must(home.wait(home.store->write([&, i](Tx& tx) { return tx.run(put_sql, i, large); })));
    EXPECT_GE(home.store->stats().checkpoints, 2);
    EXPECT_LT(std::filesystem::file_size(temporary.path / "weft.db-wal"), 30'000'000U);
}

TEST(Store, keeps_files_beside_the_database) {
    const TemporaryDirectory temporary;
    Home home(temporary.path);
    const auto project = home.minter.mint<ProjectTag>(1);
    const auto other = home.minter.mint<ProjectTag>(2);
    const auto file = home.minter.mint<FileTag>(1);
    std::string bytes(3'000'000, '\0');
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 31);
    EXPECT_EQ(home.wait(home.store->read_file(project, file)).error().code, Code::not_found);
    must(home.wait(home.store->write_file(project, file, bytes)));
    EXPECT_EQ(must(home.wait(home.store->read_file(project, file))), bytes);
    EXPECT_EQ(home.wait(home.store->read_file(other, file)).error().code, Code::not_found);
    must(home.wait(home.store->write_file(project, file, "")));
    EXPECT_EQ(must(home.wait(home.store->read_file(project, file))), "");
    must(home.wait(home.store->remove_file(project, file)));
    must(home.wait(home.store->remove_file(project, file)));
    EXPECT_EQ(home.wait(home.store->read_file(project, file)).error().code, Code::not_found);
}

TEST(Store, a_link_out_of_the_directory_is_not_followed) {
    const TemporaryDirectory temporary;
    const TemporaryDirectory outside;
    Home home(temporary.path);
    std::filesystem::create_directory_symlink(outside.path, temporary.path / "files");
    const auto project = home.minter.mint<ProjectTag>(1);
    const auto file = home.minter.mint<FileTag>(1);
    EXPECT_EQ(home.wait(home.store->write_file(project, file, "secret")).error().code,
              Code::unavailable);
    for (const auto& found : std::filesystem::recursive_directory_iterator(outside.path))
        EXPECT_FALSE(found.is_regular_file()) << found.path();
}

TEST(Store, many_threads_at_once) {
    const TemporaryDirectory temporary;
    SystemClock clock;
    IdMinter minter(clock);
    auto store = must(Store::open({.directory = temporary.path}, clock, minter));
    constexpr int threads = 4;
    constexpr int each = 50;
    std::atomic<int> good = 0;
    std::vector<std::thread> running;
    for (int t = 0; t < threads; ++t)
        running.emplace_back([&, t] {
            asio::io_context io{1};
            for (int i = 0; i < each; ++i)
                asio::co_spawn(
                    io, put(*store, t * each + i),
                    [&, number = t * each + i](const std::exception_ptr&, Result<Changes> done) {
                        const auto seen =
                            store->read_point([&](Rx& rx) { return rx.maybe(get_sql, number); });
                        if (done && seen && *seen) ++good;
                        asio::co_spawn(io, store->read([](Rx& rx) { return rx.maybe(count_sql); }),
                                       asio::detached);
                    });
            io.run();
        });
    for (std::thread& thread : running) thread.join();
    EXPECT_EQ(good, threads * each);
    EXPECT_GT(store->stats().commits, 0);
    store->drain();
}

TEST(Store, the_caller_does_the_work) {
    const TemporaryDirectory temporary;
    Home home(Options{.directory = temporary.path, .hands = Hands::caller});
    std::optional<Result<Changes>> first;
    std::optional<Result<Changes>> second;
    home.begin(put(*home.store, 1), first);
    home.begin(put(*home.store, 2), second);
    home.poll();
    EXPECT_TRUE(home.store->has_writes());
    EXPECT_TRUE(home.store->work_writes());
    EXPECT_FALSE(first) << "it resumes on its own executor";
    home.poll();
    EXPECT_TRUE(first && *first && second && *second);
    EXPECT_EQ(home.store->stats().commits, 1);
    EXPECT_FALSE(home.store->work_writes());

    std::optional<Result<std::optional<std::int64_t>>> count;
    home.begin(home.store->read([](Rx& rx) { return rx.maybe(count_sql); }), count);
    home.poll();
    EXPECT_TRUE(home.store->has_reads());
    EXPECT_TRUE(home.store->work_reads());
    home.poll();
    EXPECT_EQ(must(*count), 2);
}

TEST(Store, what_is_abandoned_neither_happens_nor_resumes) {
    const TemporaryDirectory temporary;
    Home home(Options{.directory = temporary.path, .hands = Hands::caller});
    std::optional<Result<Changes>> never;
    home.begin(put(*home.store, 1), never);
    home.poll();
    home.store->abandon();
    EXPECT_FALSE(home.store->has_writes());
    home.poll();
    EXPECT_FALSE(never);
}

} // namespace weft::store
