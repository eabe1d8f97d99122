#include "store/writer.h"

#include "store/blobs.h"
#include "store/claims.h"
#include "store/executions.h"
#include "store/journal.h"
#include "store/projects.h"
#include "store/test_rows.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <gmock/gmock.h>

namespace weft::store {

namespace {

/// Holds the writer inside a job until open() is called.
class Gate {
public:
    explicit Gate(Home& home) {
        home.begin(hold(*home.store), held_);
        home.poll();
        entered_.wait(false);
    }
    void open() {
        opened_ = true;
        opened_.notify_all();
    }

private:
    Task<Result<Changes>> hold(Store& store) {
        return store.write([this](Tx&) -> Result<Changes> {
            entered_ = true;
            entered_.notify_all();
            opened_.wait(false);
            return Changes{};
        });
    }

    std::atomic<bool> entered_ = false;
    std::atomic<bool> opened_ = false;
    std::optional<Result<Changes>> held_;
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

TEST(Writer, writes_that_gather_share_a_commit) {
    const TemporaryDirectory temporary;
    Home home(temporary.path);
    Gate gate(home);
    const auto before = home.store->stats();
    std::vector<std::optional<Result<Changes>>> results(100);
    for (int i = 0; i < 100; ++i) home.begin(put(*home.store, i), results[i]);
    home.poll();
    gate.open();
    home.run();
    for (const auto& each : results) EXPECT_TRUE(each && each->has_value());
    const auto after = home.store->stats();
    EXPECT_EQ(after.writes - before.writes, 101);
    EXPECT_GE(after.commits - before.commits, 1);
    EXPECT_LE(after.commits - before.commits, 10); // one, but that it is held for a time at most
    EXPECT_EQ(rows(home), 100);
}

TEST(Writer, a_failing_write_does_not_undo_those_beside_it) {
    const TemporaryDirectory temporary;
    Home home(temporary.path);
    Gate gate(home);
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

TEST(Writer, a_write_that_fails_alone_leaves_nothing) {
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

TEST(Writer, steps_share_a_savepoint_and_still_fail_alone) {
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
            .results = {{0, JournalKind::result, Instant{1}, "{}"},
                        {0, JournalKind::result, Instant{1}, i == 7 ? "spoilt" : "{}"}},
            .intent = JournalRow{0, JournalKind::intent, Instant{1}, std::string(10'000, 'x')}};
    };
    constexpr SystemQuery<void> spoil_sql{"test.spoil", R"sql(
        CREATE TRIGGER spoilt BEFORE INSERT ON journal WHEN new.payload = 'spoilt'
        BEGIN SELECT raise(ABORT, 'spoilt'); END)sql"};
    must(home.wait(home.store->write([&](Tx& tx) { return tx.run(spoil_sql); })));

    Gate gate(home);
    std::vector<std::optional<Result<Verdict>>> verdicts(count);
    for (int i = 0; i < count; ++i)
        home.begin(home.store->commit(step(i, i == 3 ? 1 : 0)), verdicts[i]);
    home.poll();
    gate.open();
    home.run();
    for (int i = 0; i < count; ++i) {
        if (i == 7)
            EXPECT_EQ(verdicts[i]->error().code, Code::internal);
        else
            EXPECT_EQ(must(*verdicts[i]), i == 3 ? Verdict::fenced : Verdict::committed) << i;
        const auto after = must(home.store->read_here(
            [&](Rx& rx) { return executions::find(rx, scope, claims[i].execution); }));
        EXPECT_EQ(after.next_seq, i == 3 || i == 7 ? 1 : 4) << i;
    }
}

TEST(Writer, a_large_payload_is_written_piece_by_piece_and_not_again) {
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
    const auto rows = must(home.store->read_here(
        [&](Rx& rx) { return journal::read(rx, scope, claims[0].execution, 1); }));
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[1].payload, large);
}

TEST(Writer, a_cancelled_caller_still_gets_what_it_asked_for) {
    const TemporaryDirectory temporary;
    Home home(temporary.path);
    Gate gate(home);
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

TEST(Writer, tells_how_long_the_oldest_write_waits) {
    const TemporaryDirectory temporary;
    Home home(temporary.path);
    EXPECT_EQ(home.store->writer_age(), microseconds(0));
    Gate gate(home);
    std::optional<Result<Changes>> waiting;
    home.begin(put(*home.store, 1), waiting);
    home.poll();
    const auto first = home.store->writer_age();
    while (home.store->writer_age() < first + milliseconds(2)) std::this_thread::yield();
    gate.open();
    home.run();
    must(home.wait(put(*home.store, 2)));
    while (home.store->writer_age() != microseconds(0)) std::this_thread::yield();
}

TEST(Writer, drained_it_has_finished_what_it_accepted_and_takes_no_more) {
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

TEST(Writer, the_log_is_moved_into_the_database_as_it_grows) {
    const TemporaryDirectory temporary;
    Home home(temporary.path);
    const std::string large(1'000'000, 'x');
    for (int i = 0; i < 60; ++i)
        must(home.wait(home.store->write([&, i](Tx& tx) { return tx.run(put_sql, i, large); })));
    EXPECT_GE(home.store->stats().checkpoints, 2);
    EXPECT_LT(std::filesystem::file_size(temporary.path / "weft.db-wal"), 30'000'000U);
}

} // namespace weft::store
