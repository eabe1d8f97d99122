#pragma once

#include "store/invariants_testing.h"
#include "store/organizations.h"
#include "store/projects.h"
#include "store/test_rows.h"
#include "tests/support/fault_proxy.h"
#include "tests/support/postgres_cluster.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <set>
#include <thread>

/// A store on PostgreSQL to which harm is done while it is used.
namespace weft::store {

using weft::testing::FaultProxy;
using weft::testing::PostgresCluster;

/// As it stands in a message of the protocol; READ COMMITTED is something else.
inline const std::string commit_word{"COMMIT\0", 7};

/// Of tests in which nothing answers: long enough for a busy machine.
inline constexpr milliseconds short_silence{1'500};

/// A database that is reached through a proxy, of the shared cluster or of one that may be stopped.
struct Proxied {
    std::optional<OwnDatabase> own_database;
    PostgresCluster& cluster;
    std::string database;
    FaultProxy proxy{cluster.port()};
    std::string url = proxy.url_through(cluster.url(database));

    Proxied()
        : own_database(std::in_place), cluster(PostgresCluster::shared()),
          database(own_database->url) {}
    explicit Proxied(PostgresCluster& own) : cluster(own), database(own.create_database()) {}
    Proxied(const Proxied&) = delete;
    /// Asks the database, and not through the proxy.
    std::string ask(const std::string& sql) const { return cluster.psql(database, sql); }
    std::string rows() const {
        return ask("SELECT string_agg(substr(name, 5), ' ' ORDER BY substr(name, 5)::int) "
                   "FROM store_info WHERE name LIKE 'row %'");
    }
    /// Until so many of its users wait for a lock, at most ten seconds.
    void await_lock_waits(int count) const {
        const std::int64_t until_us = monotonic_us() + 10'000'000;
        while (std::stoi(ask("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
                             "AND datname = current_database()")) < count) {
            ASSERT_LT(monotonic_us(), until_us) << "nobody waits";
        }
    }
};

/// An open store at a URL, in a directory of its own.
struct RemoteHome : TemporaryDirectory, Home {
    explicit RemoteHome(std::string url, milliseconds silence = short_silence,
                        Clock* time = nullptr)
        : Home(Options{.directory = path,
                       .url = std::move(url),
                       .master_key = std::string(64, 'a'),
                       .read_ms_max = seconds(60),
                       .silence_ms_max = silence},
               time) {}
};

inline Result<Scope> new_project(Tx& tx) {
    Scope scope;
    scope.organization = TRY(organizations::create(tx, "Org"))
    .id;
    scope.project = TRY(projects::create(tx, scope, {.name = "P"}))
    .id;
    return scope;
}

/// New executions that this node owns, each with its first intent to come.
inline Result<std::vector<Claim>> claim_new(Tx& tx, const Scope& scope, std::int64_t node,
                                            int count) {
    for (int i = 0; i < count; ++i) {
        ExecutionStart start;
        start.agentflow = tx.minter().mint<AgentflowTag>(scope.project.ordinal());
        start.version = tx.minter().mint<VersionTag>(scope.project.ordinal());
        TRY(executions::create(tx, scope, start, "flow", executions::Start::now));
    }
    claims::Turn turn;
    return claims::claim(tx, node, count, turn);
}

/// The same in a project of their own.
inline std::vector<Claim> claimed(Home& home, int count) {
    return must(home.wait(home.store->write([&](Tx& tx) -> Result<std::vector<Claim>> {
        const Scope scope = TRY(new_project(tx));
        return claim_new(tx, scope, home.store->node(), count);
    })));
}

/// The n-th step of an execution, beginning with 0: one result, paid for, and the next intent.
inline StepCommit nth_step(Home& home, const Claim& claim, int n) {
    const auto row = [&](JournalKind kind, int number, const char* more) {
        return JournalRow{0, kind, home.clock.now(),
                          fmt::format(R"({{"s":0,"n":{},"a":1{}}})", number, more)};
    };
    StepCommit step{.project = claim.project,
                    .execution = claim.execution,
                    .epoch = claim.epoch,
                    .expected_seq = n == 0 ? 1 : 2 * n,
                    .intent = row(JournalKind::intent, n + 1, "")};
    if (n == 0) return step;
    step.results.push_back(row(JournalKind::result, n, R"(,"u":[1,2,3,4])"));
    step.usage = {1, 2, 3, 4};
    step.ledger.push_back({home.minter.mint<AgentTag>(1), "Agent", "weft/rehearsal", step.usage});
    return step;
}

/// Writes and steps without pause, and keeps account of what was acknowledged. Harm is done by
/// another thread.
class Hammer {
public:
    explicit Hammer(Home& home) : home_(home), claims_(claimed(home, steppers)) {
        for (int i = 0; i < writers; ++i) home_.begin(write(), ended_.emplace_back());
        for (int i = 0; i < steppers; ++i) home_.begin(step(i), ended_.emplace_back());
    }
    /// `harm` is done while it hammers; it ends when all of that is over.
    void run(std::function<void()> harm) {
        std::thread other([this, harm = std::move(harm)] {
            await_more();
            harm();
            stopping_ = true;
        });
        home_.run();
        other.join();
    }
    /// Until more was acknowledged, of both kinds; at most a minute.
    void await_more() {
        const std::int64_t until_us = monotonic_us() + 60'000'000;
        const int writes = writes_ + more_least;
        const int steps = steps_ + more_least;
        while (writes_ < writes || steps_ < steps) {
            ASSERT_LT(monotonic_us(), until_us) << "it did not come back";
            std::this_thread::yield();
        }
    }
    void expect_all_there(const Proxied& world) {
        RemoteHome looker(world.cluster.url(world.database), seconds(60));
        EXPECT_EQ(must(looker.wait(looker.store->read(violations))), std::vector<std::string>{});
        std::string wanted;
        for (const int n : acknowledged_) wanted += (wanted.empty() ? "" : " ") + std::to_string(n);
        EXPECT_EQ(world.rows(), wanted);
        for (std::size_t i = 0; i < claims_.size(); ++i) {
            const int rows = done_[i] == 0 ? 0 : 2 * done_[i] - 1;
            EXPECT_EQ(world.ask(fmt::format(
                          "SELECT count(*) || ' ' || coalesce(max(total_input_tokens), 0) || ' ' ||"
                          " coalesce(max(total_credits_micro), 0) FROM journal"
                          " WHERE execution_id = '\\x{}'",
                          claims_[i].execution.hex())),
                      fmt::format("{} {} {}", rows, done_[i] - 1, 4 * (done_[i] - 1)));
        }
        std::printf("%d writes and %d steps were acknowledged, %d were refused\n", writes_.load(),
                    steps_.load(), refused_);
    }

private:
    static constexpr int writers = 4;
    static constexpr int steppers = 6;
    static constexpr int more_least = 20;

    Task<bool> write() {
        while (!stopping_) {
            const int n = next_++;
            const auto put = co_await store::put(*home_.store, n);
            if (put) acknowledged_.insert(n), ++writes_;
            if (!put) co_await was_refused(put.error());
        }
        co_return true;
    }
    Task<bool> step(int i) {
        int& done = done_[static_cast<std::size_t>(i)];
        while (!stopping_) {
            const auto verdict = co_await home_.store->commit(
                nth_step(home_, claims_[static_cast<std::size_t>(i)], done));
            if (!verdict) {
                co_await was_refused(verdict.error());
                continue;
            }
            EXPECT_EQ(*verdict, Verdict::committed) << "step " << done << " of " << i;
            if (*verdict != Verdict::committed) co_return false;
            ++done, ++steps_;
        }
        co_return true;
    }
    Task<> was_refused(Error why) {
        ++refused_;
        EXPECT_EQ(why.code, Code::unavailable) << why.log_text;
        EXPECT_TRUE(why.retry_after_s) << why.log_text;
        asio::steady_timer timer(home_.io, milliseconds(10));
        co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    }

    Home& home_;
    std::vector<Claim> claims_;
    std::array<int, steppers> done_{};
    std::deque<std::optional<bool>> ended_;
    std::set<int> acknowledged_;
    int next_ = 1;
    int refused_ = 0;
    std::atomic<int> writes_{0};
    std::atomic<int> steps_{0};
    std::atomic<bool> stopping_{false};
};

} // namespace weft::store
