#include "store/budgets.h"
#include "engine/world_testing.h"
#include "store/inbox.h"
#include "store/ledger.h"
#include "store/waits.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include <random>

namespace weft::engine {

namespace {

constexpr std::int64_t input_tokens = 10; ///< a micro-USD each, as are those of answers
constexpr std::int64_t output_tokens_max = 50;
constexpr std::int64_t worst = input_tokens + output_tokens_max;

std::int64_t max_tokens_of(const TheRun& run) {
    const json::value* given = run.steps.back().effects.back().intent.if_contains("max_tokens");
    return given ? given->as_int64() : output_tokens_max;
}

std::optional<Quote> quote_of(const TheRun& run) {
    return Quote{max_tokens_of(run), true,
                 [](std::int64_t tokens) { return Amount{input_tokens + tokens, 0}; }};
}

Usage used(std::int64_t output_tokens) {
    return {input_tokens, output_tokens, input_tokens + output_tokens, 0};
}

Task<EffectOutcome> answer_with(std::int64_t output_tokens) {
    co_return EffectOutcome{{{"text", "so"}}, {}, used(output_tokens)};
}

struct Limited : World {
    explicit Limited(const std::string& script, Limits limits = {}) : World(script, limits) {
        executor.quoting = quote_of;
        executor.performing = [](const TheRun&, std::string, LiveSink) { return answer_with(20); };
    }
    Budget budget(std::int64_t ceiling, BudgetPolicy policy = BudgetPolicy::refuse) const {
        return {.level = BudgetLevel::project,
                .subject = subject_of(scope.project),
                .window = BudgetWindow::month,
                .ceiling = ceiling,
                .policy = policy};
    }
    void set(const Budget& budget) {
        write([&](store::Tx& tx) -> Result<int> {
            TRY(store::budgets::set(tx, scope.organization, scope.project, budget,
                                    period_of(budget.window, tx.now()), {}));
            return 0;
        });
    }
    std::int64_t used_of(BudgetLevel level = BudgetLevel::project) {
        for (const auto& each :
             read([&](store::Rx& rx) { return store::budgets::list(rx, scope); }))
            if (each.budget.level == level) return each.used;
        return -1;
    }
    InboxItem item(const ExecutionId& id) {
        return read(
            [&](store::Rx& rx) { return store::inbox::find_of(rx, scope, id, InboxType::budget); });
    }
    void decide_budget(const ExecutionId& id, store::waits::OverBudget outcome) {
        const InboxItem asked = item(id);
        write([&](store::Tx& tx) -> Result<int> {
            TRY(store::inbox::answer(tx, scope, asked, InboxStatus::completed, {}));
            TRY(store::waits::decide_budget(tx, scope, id, asked.seq, outcome));
            return 0;
        });
        engine->wake();
    }
    /// Of all runs.
    Usage charged() {
        Usage sum;
        for (const auto& each :
             read([&](store::Rx& rx) { return store::ledger::list(rx, scope, 500, 0); }).charges)
            sum += each.row.usage;
        return sum;
    }
};

} // namespace

TEST(BudgetOfRuns, is_held_before_each_call_and_settled_after_it) {
    Limited world("agent a: keyed keyed -> end\n");
    world.set(world.budget(1'000));
    world.start();
    const ExecutionId id = world.begin();
    world.until(id, ExecutionState::completed);
    EXPECT_EQ(world.used_of(), 60) << "two calls of 30";
    EXPECT_EQ(world.load(id).usage.cost_micro_usd, 60);
    check_invariants(world, id);
}

TEST(BudgetOfRuns, that_has_no_room_fails_the_run_in_plain_words) {
    Limited world("agent a: keyed keyed -> end\n");
    world.set(world.budget(worst + 29));
    world.start();
    const ExecutionId id = world.begin();
    world.until(id, ExecutionState::failed);
    const TheRun run = world.load(id);
    ASSERT_TRUE(run.error);
    EXPECT_EQ(run.error->code, "budget_exceeded");
    EXPECT_EQ(run.error->http_status, 402);
    EXPECT_EQ(
        run.error->message,
        "The next call may cost up to 6e-05 USD, and of this month's budget of money for this "
        "project (8.9e-05 USD) 5.9e-05 USD is left.");
    EXPECT_EQ(world.used_of(), 30);
    EXPECT_EQ(world.charged().cost_micro_usd, 30) << "the failed step is charged, too";
    check_invariants(world, id);
}

TEST(BudgetOfRuns, that_shrinks_lets_the_model_answer_with_what_is_left) {
    Limited world("agent a: keyed keyed keyed -> end\n");
    std::vector<std::int64_t> allowed;
    world.executor.performing = [&](const TheRun& run, std::string, LiveSink) {
        allowed.push_back(max_tokens_of(run));
        return answer_with(max_tokens_of(run));
    };
    world.set(world.budget(worst + 25, BudgetPolicy::shrink));
    world.start();
    const ExecutionId id = world.begin();
    world.until(id, ExecutionState::failed);
    EXPECT_EQ(allowed, (std::vector<std::int64_t>{50, 15}));
    EXPECT_EQ(world.used_of(), worst + 25);
    check_invariants(world, id);
}

TEST(BudgetOfRuns, that_asks_waits_for_a_person_and_asks_again_while_there_is_no_room) {
    Limited world("agent a: keyed keyed -> end\n");
    world.set(world.budget(worst, BudgetPolicy::ask));
    world.start();
    const ExecutionId id = world.begin();
    world.until(id, ExecutionState::input_required);
    const InboxItem first = world.item(id);
    EXPECT_EQ(first.type, InboxType::budget);
    EXPECT_EQ(to_text(first.asked),
              R"({"level":"project","window":"month","unit":"cost_usd","ceiling":6e-05,)"
              R"("used":3e-05,"left":3e-05,"needed":6e-05})");

    world.close(); // a wait is a row
    world.open();
    world.start();
    world.decide_budget(id, store::waits::OverBudget::go_on);
    world.until(id, [&](const Execution& now) {
        return now.state == ExecutionState::input_required && world.item(id).id != first.id;
    });
    world.set(world.budget(2 * worst, BudgetPolicy::ask));
    world.decide_budget(id, store::waits::OverBudget::go_on);
    world.until(id, ExecutionState::completed);
    EXPECT_EQ(world.used_of(), 60);
    check_invariants(world, id);
}

TEST(BudgetOfRuns, a_person_may_stop_instead) {
    Limited world("agent a: keyed keyed -> end\n");
    world.set(world.budget(worst, BudgetPolicy::ask));
    world.start();
    const ExecutionId id = world.begin();
    world.until(id, ExecutionState::input_required);
    world.decide_budget(id, store::waits::OverBudget::stop);
    world.until(id, ExecutionState::cancelled);
    EXPECT_EQ(world.used_of(), 30);
}

TEST(BudgetOfRuns, keeps_what_a_call_may_have_cost_that_a_crash_cut_off) {
    Door door;
    Limited world("agent a: keyed -> end\n");
    world.set(world.budget(2 * worst));
    const ExecutionId id = world.begin_at(door);
    EXPECT_EQ(world.used_of(), worst);
    world.close();
    world.executor.performing = [](const TheRun&, std::string, LiveSink) {
        return answer_with(20);
    };
    world.open();
    world.start();
    world.until(id, ExecutionState::completed);
    const TheRun run = world.load(id);
    EXPECT_EQ(run.steps.front().effects.front().attempt, 2);
    EXPECT_EQ(run.lost.micro_usd, worst);
    EXPECT_EQ(run.usage.cost_micro_usd, 30);
    EXPECT_EQ(world.used_of(), worst + 30);
    EXPECT_EQ(kinds_of(world.journal(id)), "intent result intent result finished");
    check_invariants(world, id);
}

TEST(BudgetOfRuns, counts_for_a_run_that_had_begun_before_it_was_set) {
    Limited world("agent a: keyed keyed -> end\n");
    std::atomic<int> calls = 0;
    world.executor.performing = [&](const TheRun&, std::string, LiveSink) {
        if (++calls == 1) {
            // As whoever sets a budget does.
            world.engine->limit(world.scope.organization);
        }
        return answer_with(20);
    };
    Budget budget = world.budget(worst - 1);
    world.start();
    const ExecutionId id = world.create();
    world.engine->wake();
    world.until(id, ExecutionState::completed);
    EXPECT_EQ(calls, 2);
    world.set(budget);
    const ExecutionId next = world.begin();
    world.until(next, ExecutionState::failed);
    EXPECT_EQ(calls, 2);
}

namespace {

/// A provider that bills all of what a call may cost when it begins and corrects that only for
/// whoever hears its answer. Most calls end well; some fail, some are cut off, some last until the
/// process ends.
class Provider {
public:
    explicit Provider(unsigned seed) : random_(seed) {}

    Task<EffectOutcome> answer(const TheRun& run) {
        const std::int64_t dearest = input_tokens + max_tokens_of(run);
        int fate = 0;
        std::int64_t tokens = 0;
        {
            const Lock lock(mutex_);
            ++calls_;
            billed_ += dearest;
            most_ = std::max(most_, billed_);
            of_run_[run.start.id] += dearest;
            most_of_run_ = std::max(most_of_run_, of_run_[run.start.id]);
            fate = std::uniform_int_distribution(0, 9)(random_);
            tokens = std::uniform_int_distribution<std::int64_t>(0, max_tokens_of(run))(random_);
        }
        asked_.notify_one();
        const auto how_long = milliseconds(fate == 0 ? 60'000 : fate % 3);
        asio::steady_timer timer(co_await asio::this_coro::executor, how_long);
        const auto [cut] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
        if (cut || fate == 0)
            co_return EffectOutcome{{}, EffectError{"cancelled", "Stopped."}, used(tokens), true};
        if (fate == 1)
            co_return EffectOutcome{{},
                                    EffectError{.code = "cut", .message = "No.", .retryable = true},
                                    used(tokens),
                                    true};
        forgive(run, dearest - input_tokens - tokens);
        if (fate == 2)
            co_return EffectOutcome{
                {}, EffectError{.code = "busy", .message = "No.", .retryable = true}, used(tokens)};
        co_return EffectOutcome{{{"text", "so"}}, {}, used(tokens)};
    }

    /// Until it has been asked so often again, or nobody can.
    void await_more_calls(int count) {
        const std::int64_t until_us = monotonic_us() + 200'000;
        const Lock lock(mutex_);
        const int wanted = calls_ + count;
        while (calls_ < wanted && monotonic_us() < until_us)
            asked_.wait_for(mutex_, milliseconds(20));
    }

    std::int64_t billed() {
        const Lock lock(mutex_);
        return billed_;
    }
    std::int64_t most() {
        const Lock lock(mutex_);
        return most_;
    }
    std::int64_t most_of_run() {
        const Lock lock(mutex_);
        return most_of_run_;
    }

private:
    void forgive(const TheRun& run, std::int64_t rest) {
        const Lock lock(mutex_);
        billed_ -= rest;
        of_run_[run.start.id] -= rest;
    }

    Mutex mutex_;
    Condition asked_;
    std::mt19937 random_ GUARDED_BY(mutex_);
    int calls_ GUARDED_BY(mutex_) = 0;
    std::int64_t billed_ GUARDED_BY(mutex_) = 0;
    std::int64_t most_ GUARDED_BY(mutex_) = 0;
    std::int64_t most_of_run_ GUARDED_BY(mutex_) = 0;
    std::map<ExecutionId, std::int64_t> of_run_ GUARDED_BY(mutex_);
};

constexpr int runs = 12;

/// One history: runs at once, ended again and again by the process's end, and some by people.
void spend_all(unsigned seed, BudgetPolicy policy) {
    SCOPED_TRACE(seed);
    Provider provider(seed);
    std::mt19937 random(seed);
    const std::int64_t ceiling = 1'000 + std::uniform_int_distribution(0, 2'000)(random);
    const std::int64_t run_ceiling = 250;
    Limited world("agent a: keyed keyed keyed -> b\nagent b: keyed keyed keyed -> end\n",
                  {.backoff_first = milliseconds(1)});
    world.executor.performing = [&](const TheRun& run, std::string, LiveSink) {
        return provider.answer(run);
    };
    world.set(world.budget(ceiling, policy));
    Budget of_run = world.budget(run_ceiling, policy);
    of_run.level = BudgetLevel::execution;
    of_run.window = BudgetWindow::run;
    world.set(of_run);
    std::vector<ExecutionId> all;
    all.reserve(runs);
    for (int i = 0; i < runs; ++i) all.push_back(world.create());
    for (int life = 0; life < 4; ++life) {
        world.start();
        provider.await_more_calls(runs / 2);
        if (life == 2) world.stop(all.front());
        EXPECT_LE(world.used_of(), ceiling);
        world.close();
        world.open();
    }
    EXPECT_LE(provider.most(), ceiling);
    EXPECT_LE(provider.most_of_run(), run_ceiling);
    EXPECT_LE(provider.billed(), world.used_of()) << "less is held than was billed";
    for (const ExecutionId& id : all) {
        const Execution now = world.find(id);
        if (now.state == ExecutionState::completed || now.state == ExecutionState::failed)
            check_invariants(world, id);
    }
}

} // namespace

// Timings decide only where each history is cut.
TEST(BudgetOfRuns, are_never_exceeded_whatever_is_repeated_cut_off_or_done_at_once) {
    for (unsigned seed = 1; seed <= 6; ++seed)
        for (const BudgetPolicy policy :
             {BudgetPolicy::refuse, BudgetPolicy::shrink, BudgetPolicy::ask})
            spend_all(seed, policy);
}

} // namespace weft::engine
