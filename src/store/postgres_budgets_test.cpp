// Budgets that two nodes of one database spend by slices.
#include "store/postgres_budgets.h"

#include "store/removal.h"
#include "store/test_proxied.h"

#include <gmock/gmock.h>

#include <random>

namespace weft::store {

namespace {

constexpr std::int64_t day_us = 86'400'000'000;

struct Node : RemoteHome {
    Node(const std::string& url, FakeClock& clock) : RemoteHome(url, short_silence, &clock) {}
};

template <class F> auto write(Node& node, F fn) {
    return must(node.wait(node.store->write(std::move(fn))));
}

/// A run as its node carries it out.
struct Spender {
    Node* node = nullptr;
    Claim claim;
    AgentflowId agentflow;
    std::int64_t next_seq = 1;
    std::int64_t held = 0; ///< for its open call
    Instant held_at;
};

/// Two nodes, one of them behind a proxy, and a project.
struct Nodes {
    explicit Nodes(std::int64_t ceiling) {
        clock.advance(microseconds(10 * day_us));
        one.emplace(world.url, clock);
        other.emplace(world.cluster.url(world.database), clock);
        scope = write(*other, new_project);
        set(ceiling);
    }

    void set(std::int64_t ceiling, BudgetLevel level = BudgetLevel::project,
             BudgetWindow window = BudgetWindow::day) {
        const bool of_project = level != BudgetLevel::organization;
        const Budget budget{.level = level,
                            .subject = of_project ? subject_of(scope.project)
                                                  : subject_of(scope.organization),
                            .window = window,
                            .ceiling = ceiling};
        write(*other, [&](Tx& tx) -> Result<int> {
            TRY(budgets::set(tx, scope.organization, of_project ? scope.project : ProjectId{},
                             budget, period_of(budget.window, tx.now()), {}));
            return 0;
        });
    }
    std::deque<Spender> runs(Node& node, int count) {
        const auto claims =
            write(node, [&](Tx& tx) { return claim_new(tx, scope, node.store->node(), count); });
        std::deque<Spender> all;
        for (const Claim& each : claims)
            all.push_back({.node = &node,
                           .claim = each,
                           .agentflow = node.minter.mint<AgentflowTag>(1),
                           .held_at = {}});
        return all;
    }
    Spender run(Node& node) { return runs(node, 1).front(); }

    /// The open call has cost `used`, the next may cost `worst`.
    StepCommit step(const Spender& run, std::int64_t used, std::int64_t worst) {
        const auto row = [&](JournalKind kind) {
            return JournalRow{0, kind, clock.now(), fmt::format(R"({{"n":{}}})", run.next_seq)};
        };
        StepCommit step{.project = run.claim.project,
                        .execution = run.claim.execution,
                        .epoch = run.claim.epoch,
                        .expected_seq = run.next_seq,
                        .intent = row(JournalKind::intent),
                        .reserve = Reservation{.worst = {worst, 0}, .before = {}},
                        .organization = scope.organization,
                        .agentflow = run.agentflow};
        if (run.held == 0) return step;
        step.results.push_back(row(JournalKind::result));
        step.settle = {{run.held, 0}, {used, 0}, run.held_at};
        return step;
    }
    static void note(Spender& run, const StepCommit& step, Verdict verdict) {
        EXPECT_THAT(verdict, ::testing::AnyOf(Verdict::committed, Verdict::no_budget));
        const bool goes_on = verdict == Verdict::committed;
        run.next_seq += static_cast<std::int64_t>(step.results.size()) + (goes_on ? 1 : 0);
        run.held = goes_on ? step.reserve->worst.micro_usd : 0;
        run.held_at = step.intent->at;
    }
    Verdict call(Spender& run, std::int64_t used, std::int64_t worst) {
        const StepCommit next = step(run, used, worst);
        const Verdict verdict = must(run.node->wait(run.node->store->commit(next)));
        note(run, next, verdict);
        return verdict;
    }

    /// What does not hold of budgets; the steps' journals are not as an engine writes them.
    std::string violations() const {
        RemoteHome looker(world.cluster.url(world.database), seconds(60));
        std::string all;
        for (const auto& each : must(looker.wait(looker.store->read(store::violations))))
            if (each.starts_with("invariants.budgets")) all += each + "\n";
        return all;
    }
    /// As the API tells it.
    std::int64_t used() {
        const auto all =
            must(other->wait(other->store->read([&](Rx& rx) { return budgets::list(rx, scope); })));
        return all.at(0).used_at(clock.now());
    }
    std::string ask(const std::string& sql) const { return world.ask(sql); }
    std::string slices() const {
        return ask("SELECT string_agg(free::text, ' ' ORDER BY node) FROM budget_slice");
    }
    std::string row() const { return ask("SELECT used FROM budget"); }

    Proxied world;
    FakeClock clock;
    std::optional<Node> one;
    std::optional<Node> other;
    Scope scope;
};

} // namespace

TEST(PostgresBudgets, a_node_leases_a_slice_and_counts_against_it) {
    Nodes world(100'000);
    Spender run = world.run(*world.one);
    EXPECT_EQ(world.call(run, 0, 60), Verdict::committed);
    EXPECT_EQ(world.row(), "1000") << "1 % of it";
    EXPECT_EQ(world.slices(), "940");
    EXPECT_EQ(world.used(), 60);
    EXPECT_EQ(world.call(run, 25, 70), Verdict::committed);
    EXPECT_EQ(world.row(), "1000");
    EXPECT_EQ(world.slices(), "905");
    EXPECT_EQ(world.used(), 95);
    EXPECT_EQ(world.call(run, 70, 5'000), Verdict::committed) << "more than 1 %";
    EXPECT_EQ(world.row(), "5095");
    EXPECT_EQ(world.slices(), "0");
}

TEST(PostgresBudgets, what_one_node_has_left_another_may_spend) {
    Nodes world(1'000);
    Spender run = world.run(*world.one);
    EXPECT_EQ(world.call(run, 0, 300), Verdict::committed);
    EXPECT_EQ(world.call(run, 20, 50), Verdict::committed);
    EXPECT_EQ(world.slices(), "230");
    auto others = world.runs(*world.other, 10);
    for (int i = 0; i < 9; ++i) {
        SCOPED_TRACE(i);
        EXPECT_EQ(world.call(others[static_cast<std::size_t>(i)], 0, 100), Verdict::committed);
    }
    EXPECT_EQ(world.call(others[9], 0, 100), Verdict::no_budget);
    EXPECT_EQ(world.used(), 970);
    EXPECT_EQ(world.call(run, 50, 30), Verdict::committed) << "and the first finds what is left";
    EXPECT_EQ(world.call(run, 30, 31), Verdict::no_budget);
    EXPECT_EQ(world.used(), 1'000);
}

TEST(PostgresBudgets, a_change_counts_for_the_next_step_of_every_node) {
    Nodes world(100'000);
    Spender run = world.run(*world.one);
    EXPECT_EQ(world.call(run, 0, 60), Verdict::committed);
    world.set(500);
    EXPECT_EQ(world.slices(), "") << "taken back";
    EXPECT_EQ(world.row(), "60");
    EXPECT_EQ(world.call(run, 60, 441), Verdict::no_budget);
    EXPECT_EQ(world.call(run, 0, 440), Verdict::committed);
    world.set(100'000);
    EXPECT_EQ(world.call(run, 440, 441), Verdict::committed);
    world.set(7, BudgetLevel::execution, BudgetWindow::run);
    EXPECT_EQ(world.call(run, 441, 8), Verdict::no_budget) << "a budget that is new";
    world.set(3, BudgetLevel::organization, BudgetWindow::month);
    EXPECT_EQ(world.call(run, 0, 4), Verdict::no_budget);
    EXPECT_EQ(world.call(run, 0, 3), Verdict::committed);
}

TEST(PostgresBudgets, a_slice_that_was_taken_back_is_forgotten_before_more_is_leased) {
    Nodes world(100'000);
    Spender run = world.run(*world.one);
    EXPECT_EQ(world.call(run, 0, 60), Verdict::committed);
    world.set(50'000);
    EXPECT_EQ(world.call(run, 60, 2'000), Verdict::committed);
    EXPECT_EQ(world.row(), "2060");
    EXPECT_EQ(world.slices(), "0");
}

TEST(PostgresBudgets, a_ceiling_that_was_lowered_holds_whatever_comes_back) {
    Nodes world(100'000);
    Spender run = world.run(*world.one);
    Spender second = world.run(*world.one);
    EXPECT_EQ(world.call(run, 0, 600), Verdict::committed);
    EXPECT_EQ(world.call(second, 0, 600), Verdict::committed);
    world.set(1'000);
    EXPECT_EQ(world.call(run, 100, 400), Verdict::no_budget) << "600 are held, 100 were spent";
    EXPECT_EQ(world.used(), 700);
    EXPECT_EQ(world.call(run, 0, 300), Verdict::committed);
}

TEST(PostgresBudgets, what_cost_more_than_it_could_leaves_others_no_more_than_there_is) {
    Nodes world(1'000);
    Spender run = world.run(*world.one);
    EXPECT_EQ(world.call(run, 0, 500), Verdict::committed);
    EXPECT_EQ(world.call(run, 100, 100), Verdict::committed);
    EXPECT_EQ(world.slices(), "300");
    Spender second = world.run(*world.other);
    EXPECT_EQ(world.call(second, 0, 500), Verdict::committed);
    EXPECT_EQ(world.call(second, 750, 60), Verdict::no_budget) << "950 are used";
    EXPECT_EQ(world.used(), 950);
    EXPECT_EQ(world.call(second, 0, 50), Verdict::committed);
    EXPECT_EQ(world.used(), 1'000);
}

TEST(PostgresBudgets, a_node_that_stops_gives_back_what_it_has_left) {
    Nodes world(100'000);
    Spender run = world.run(*world.one);
    EXPECT_EQ(world.call(run, 0, 60), Verdict::committed);
    world.one.reset();
    EXPECT_EQ(world.slices(), "");
    EXPECT_EQ(world.row(), "60");
}

TEST(PostgresBudgets, what_a_node_had_left_that_is_no_more_is_given_back_at_the_next_start) {
    Nodes world(100'000);
    Spender run = world.run(*world.one);
    EXPECT_EQ(world.call(run, 0, 60), Verdict::committed);
    world.ask("UPDATE budget_slice SET node = 999999");
    EXPECT_EQ(world.used(), 60);
    const Node third(world.world.cluster.url(world.world.database), world.clock);
    EXPECT_EQ(world.slices(), "");
    EXPECT_EQ(world.row(), "60");
    EXPECT_EQ(world.call(run, 20, 70), Verdict::committed) << "it hears of it";
    EXPECT_EQ(world.used(), 90);
}

TEST(PostgresBudgets, many_that_are_no_more_give_back_in_several_writes) {
    Nodes world(100'000);
    Spender run = world.run(*world.one);
    EXPECT_EQ(world.call(run, 0, 60), Verdict::committed);
    world.ask("UPDATE budget SET used = used + 500 * 7; INSERT INTO budget_slice SELECT "
              "s.organization_id, s.subject_id, s.level, s.span, s.unit, 1000000 + n, "
              "s.window_from, 7 FROM budget_slice s, generate_series(1, 500) AS n");
    EXPECT_EQ(world.used(), 60);
    const Node third(world.world.cluster.url(world.world.database), world.clock);
    EXPECT_EQ(world.row(), "1000");
    EXPECT_EQ(world.slices(), "940") << "of a node that is there";
}

// As after a fail-over to a server that has not heard of the last commits.
TEST(PostgresBudgets, a_new_connection_finds_out_what_is_leased) {
    Nodes world(100'000);
    Spender run = world.run(*world.other);
    EXPECT_EQ(world.call(run, 0, 60), Verdict::committed);
    world.ask("DELETE FROM budget_slice; UPDATE budget SET used = 0");
    world.world.cluster.kill_backends(world.world.database);
    EXPECT_EQ(world.call(run, 60, 70), Verdict::committed);
    EXPECT_EQ(world.row(), "1000");
    EXPECT_EQ(world.slices(), "930");
}

TEST(PostgresBudgets, a_removed_project_leaves_the_others_as_they_were) {
    Nodes world(100'000);
    world.set(50'000, BudgetLevel::organization, BudgetWindow::month);
    Spender run = world.run(*world.one);
    EXPECT_EQ(world.call(run, 0, 60), Verdict::committed);
    const std::string before = world.ask("SELECT number FROM budget_revision");
    write(*world.other, [&](Tx& tx) -> Result<int> {
        const Project project = TRY(projects::mark_deleted(tx, world.scope, world.scope.project));
        while (!TRY(removal::finish(tx, project))) {}
        return 0;
    });
    EXPECT_EQ(world.slices(), "440");
    EXPECT_NE(world.ask("SELECT number FROM budget_revision"), before) << "every node hears of it";
}

TEST(PostgresBudgets, a_new_day_begins_with_new_slices) {
    Nodes world(100'000);
    Spender run = world.run(*world.one);
    Spender second = world.run(*world.other);
    EXPECT_EQ(world.call(run, 0, 60), Verdict::committed);
    EXPECT_EQ(world.call(second, 0, 70), Verdict::committed);
    world.clock.advance(microseconds(day_us));
    EXPECT_EQ(world.used(), 0);
    EXPECT_EQ(world.call(run, 60, 50), Verdict::committed);
    EXPECT_EQ(world.used(), 50) << "what the other has left of yesterday is no part of it";
    EXPECT_EQ(world.call(second, 70, 40), Verdict::committed);
    EXPECT_EQ(world.used(), 90);
}

namespace {

/// Runs of both nodes that spend as fast as they can, and what was acknowledged of it.
class Spending {
public:
    explicit Spending(Nodes& world) : world_(world) {
        for (Node* node : {&*world_.one, &*world_.other}) {
            auto made = world_.runs(*node, runs_each);
            for (Spender& run : made) runs_.push_back(std::move(run));
        }
        for (Spender& run : runs_) run.node->begin(spend(run), ended_.emplace_back());
    }
    void run(const std::function<void()>& harm) {
        std::thread second([this] { world_.other->run(); });
        std::thread third([&] {
            harm();
            stopping_ = true;
        });
        world_.one->run();
        second.join();
        third.join();
    }
    /// Until more calls began, or many found no room; at most a minute.
    void await_more() const {
        const std::int64_t until_us = monotonic_us() + 60'000'000;
        const int wanted = steps_ + 40;
        while (steps_ < wanted) {
            ASSERT_LT(monotonic_us(), until_us) << "nobody gets on";
            std::this_thread::yield();
        }
    }
    std::int64_t expected() const { return spent_; }
    int begun() const { return begun_; }
    int refused() const { return steps_ - begun_; }

private:
    static constexpr int runs_each = 5;

    Task<bool> spend(Spender& run) {
        std::mt19937 random(run.claim.execution.bytes.back());
        const auto dice = [&random](std::int64_t most) {
            return std::uniform_int_distribution<std::int64_t>(0, most)(random);
        };
        while (!stopping_) {
            const std::int64_t used = dice(run.held);
            const StepCommit next = world_.step(run, used, 1 + dice(99));
            const std::int64_t change = run.held == 0 ? 0 : used - run.held;
            auto verdict = co_await run.node->store->commit(next);
            while (!verdict) {
                asio::steady_timer timer(run.node->io, milliseconds(10));
                co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
                verdict = co_await run.node->store->commit(next);
            }
            Nodes::note(run, next, *verdict);
            spent_ += change + run.held;
            ++steps_;
            if (*verdict == Verdict::committed) ++begun_;
        }
        co_return true;
    }

    Nodes& world_;
    std::deque<Spender> runs_;
    std::deque<std::optional<bool>> ended_;
    std::atomic<std::int64_t> spent_{0};
    std::atomic<int> steps_{0};
    std::atomic<int> begun_{0};
    std::atomic<bool> stopping_{false};
};

} // namespace

// Timings decide only when the harm is done.
TEST(PostgresBudgets, no_ceiling_is_passed_and_nothing_is_lost_whatever_happens_on_the_way) {
    constexpr std::int64_t ceiling = 3'000;
    Nodes world(ceiling);
    Spending spending(world);
    spending.run([&] {
        const auto look = [&] {
            spending.await_more();
            EXPECT_EQ(world.violations(), "");
        };
        for (int round = 0; round < 2; ++round) {
            look();
            world.world.proxy.cut_after(commit_word, commit_word);
            look();
            world.world.proxy.cut_before(commit_word);
            look();
            world.world.cluster.kill_backends(world.world.database);
            look();
        }
    });
    EXPECT_EQ(world.used(), spending.expected());
    EXPECT_LE(world.used(), ceiling);
    EXPECT_GT(world.used(), ceiling - 100) << "money was left that nobody found";
    EXPECT_GT(spending.begun(), 60);
    EXPECT_GT(spending.refused(), 10);
    std::printf("%d calls began, %d found no room\n", spending.begun(), spending.refused());
}

} // namespace weft::store
