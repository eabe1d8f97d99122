#include "engine/engine.h"

#include "engine/decide.h"
#include "engine/journal.h"
#include "engine/progress.h"
#include "engine/runner.h"
#include "engine/world_testing.h"
#include "store/claims.h"

#include <boost/asio/this_coro.hpp>
#include <gtest/gtest.h>

namespace weft::engine {

namespace {

constexpr const char* six_steps =
    "agent a: pure -> b\nagent b: keyed -> judge\nagent judge: -> c\n"
    "agent c: pure pure -> d\nagent d: checkable -> e\nagent e: pure -> end\n";
constexpr int effects_of_six_steps = 6;

Task<EffectOutcome> fail_retryably() {
    co_return EffectOutcome{
        {}, EffectError{"unavailable", "No answer.", true, seconds(60)}, {2, 0, 1, 0}};
}

/// Stops its own run in the middle of the effect, then ends as if it had not noticed.
Task<EffectOutcome> stop_and_succeed(World& world, const TheRun& run,
                                     std::atomic<std::int64_t>& stopped_at) {
    co_await asio::this_coro::throw_if_cancelled(false);
    stopped_at = co_await world.stop_from_within(run.start.id);
    co_return ScriptedExecutor::success(run);
}

/// The same, then it is cut off with what it has.
Task<EffectOutcome> stop_and_wait(World& world, const TheRun& run, Door& door, LiveSink live,
                                  std::atomic<std::int64_t>& stopped_at) {
    co_await asio::this_coro::throw_if_cancelled(false);
    stopped_at = co_await world.stop_from_within(run.start.id);
    co_return co_await door.pass(run, std::move(live));
}

Task<EffectOutcome> never(const TheRun& run, std::string, LiveSink) {
    ADD_FAILURE() << "performed after the stop";
    co_return ScriptedExecutor::success(run);
}

store::Claim claim_by_hand(World& world) {
    store::claims::Turn turn;
    return world
        .write(
            [&](store::Tx& tx) { return store::claims::claim(tx, world.store->node(), 1, turn); })
        .at(0);
}

int effects_begun(const TheRun& run) {
    int count = 0;
    for (const Step& step : run.steps) count += static_cast<int>(step.effects.size());
    return count;
}

} // namespace

TEST(Stop, of_a_ready_run_leaves_an_empty_journal) {
    World world("agent a: pure -> end\n");
    const ExecutionId id = world.create();
    const auto stopped_at = world.stop(id);
    world.start();
    const ExecutionId other = world.begin();
    world.until(other, ExecutionState::completed);
    EXPECT_TRUE(world.journal(id).empty());
    check_invariants(world, id, stopped_at);
}

TEST(Stop, of_a_running_effect_keeps_its_partial_text_and_cost) {
    Door door;
    World world("agent a: pure -> b\nagent b: pure -> end\n");
    const ExecutionId id = world.begin_at(door);
    const auto stopped_at = world.stop(id);
    EXPECT_EQ(world.find(id).state, ExecutionState::cancelled); // at once, whatever the owner does
    world.until(id, ExecutionState::cancelled);

    const TheRun run = world.load(id);
    EXPECT_EQ(kinds_of(world.journal(id)), "intent result");
    EXPECT_EQ(run.steps[0].effects[0].result.at("text").as_string(), "half");
    EXPECT_EQ(run.steps[0].effects[0].error->code, "cancelled");
    EXPECT_EQ(world.find(id).usage.cost_micro_usd, 7);
    check_invariants(world, id, stopped_at);
}

TEST(Stop, of_a_waiting_run_is_final_and_its_timer_wakes_nothing) {
    World world("agent a: pure -> end\n");
    world.executor.performing = [](const TheRun&, std::string, LiveSink) {
        return fail_retryably();
    };
    world.start();
    const ExecutionId id = world.begin();
    world.until_waiting(id);
    const auto stopped_at = world.stop(id);
    world.clock.advance(seconds(120));
    world.engine->wake();
    world.executor.performing = nullptr;
    world.until(world.begin(), ExecutionState::completed);
    EXPECT_EQ(kinds_of(world.journal(id)), "intent result wait");
    check_invariants(world, id, stopped_at);
}

TEST(Stop, of_a_paused_run_is_final) {
    Door door;
    World world("agent a: pure -> b\nagent b: pure -> end\n");
    const ExecutionId id = world.begin_at(door);
    world.pause(id);
    door.open();
    world.until(id, ExecutionState::paused);
    const auto stopped_at = world.stop(id);
    check_invariants(world, id, stopped_at);
}

TEST(Stop, storm_at_every_effect_that_ends_unaware) {
    for (int at = 1; at <= effects_of_six_steps; ++at) {
        World world(six_steps);
        std::atomic<std::int64_t> stopped_at = 0;
        world.executor.performing = [&](const TheRun& run, std::string,
                                        LiveSink) -> Task<EffectOutcome> {
            if (effects_begun(run) == at) return stop_and_succeed(world, run, stopped_at);
            return ScriptedExecutor::succeed(run);
        };
        world.start();
        const ExecutionId id = world.begin();
        world.until(id, ExecutionState::cancelled);
        check_invariants(world, id, stopped_at);
        const TheRun run = world.load(id);
        EXPECT_EQ(effects_begun(run), at);
        EXPECT_TRUE(run.steps.back().effects.empty() || run.steps.back().effects.back().ok());
    }
}

TEST(Stop, storm_at_every_effect_that_is_cut_off) {
    for (int at = 1; at <= effects_of_six_steps; ++at) {
        Door door;
        std::atomic<std::int64_t> stopped_at = 0;
        World world(six_steps);
        world.executor.performing = [&](const TheRun& run, std::string,
                                        LiveSink live) -> Task<EffectOutcome> {
            if (effects_begun(run) == at) return stop_and_wait(world, run, door, live, stopped_at);
            return ScriptedExecutor::succeed(run);
        };
        world.start();
        const ExecutionId id = world.begin();
        world.until(id, ExecutionState::cancelled);
        check_invariants(world, id, stopped_at);
        const TheRun run = world.load(id);
        EXPECT_EQ(effects_begun(run), at);
        EXPECT_EQ(run.steps.back().effects.back().error->code, "cancelled");
    }
}

/// Stops many runs from another thread, each as soon as its journal has reached a certain row.
TEST(Stop, storm_from_outside_at_every_row) {
    World world(six_steps);
    world.start();
    const std::int64_t rows_of_whole = [&] {
        const ExecutionId whole = world.begin();
        world.until(whole, ExecutionState::completed);
        return std::ssize(world.journal(whole));
    }();
    int cut = 0;
    for (int round = 0; round < 4; ++round)
        for (std::int64_t row = 0; row <= rows_of_whole; ++row) {
            const ExecutionId id = world.begin();
            world.until(id, [&](const Execution& seen) {
                return seen.next_seq > row || is_final(seen.state);
            });
            const auto stopped_at = world.stop(id);
            world.until(
                id, [](const Execution& seen) { return is_final(seen.state) && seen.owner == 0; });
            const bool cancelled = world.find(id).state == ExecutionState::cancelled;
            cut += cancelled;
            check_invariants(world, id, cancelled ? stopped_at : 0);
        }
    RecordProperty("cut", cut);
}

TEST(Stop, that_nobody_answers_is_settled_after_five_seconds_and_late_writes_bounce) {
    Door door;
    World world("agent a: pure -> b\nagent b: pure -> end\n");
    const ExecutionId id = world.begin_deaf_at(door);
    world.stop(id);
    EXPECT_TRUE(world.find(id).settling);
    world.clock.advance(seconds(4));
    world.engine->wake();
    world.executor.performing = nullptr;
    world.until(world.begin(), ExecutionState::completed); // a round has passed
    EXPECT_TRUE(world.find(id).settling);

    world.clock.advance(seconds(1));
    world.engine->wake();
    world.until(id, ExecutionState::cancelled);
    EXPECT_EQ(world.find(id).epoch, 2);
    door.open();
    world.close(); // waits for the deaf one
    world.open();
    EXPECT_EQ(kinds_of(world.journal(id)), "intent");
    EXPECT_EQ(world.find(id).usage.input_tokens, 0);
}

TEST(Stop, the_late_result_is_taken_once) {
    World world("agent a: pure -> b\nagent b: pure -> end\n");
    const ExecutionId id = world.create();
    const store::Claim claim = claim_by_hand(world);
    TheRun run;
    run.flow = world.executor.flow();
    const Limits limits;
    Decision made = decide(std::move(run), Claimed{}, world.clock.now(), limits, world.executor);
    store::StepCommit step{.project = world.scope.project, .execution = id, .epoch = claim.epoch};
    step.expected_seq = 1;
    step.intent = made.next;
    EXPECT_EQ(must(await(world.store->commit(step))), store::Verdict::committed);
    world.stop(id);

    made = decide(std::move(made.run), Aborted{{{{"text", "late"}}, {}, {5, 5, 5, 0}}},
                  world.clock.now(), limits, world.executor);
    step.expected_seq = 2;
    step.intent.reset();
    step.results = made.happened;
    step.usage = made.usage;
    EXPECT_EQ(must(await(world.store->commit(step))), store::Verdict::stopped);
    EXPECT_EQ(must(await(world.store->commit(step))), store::Verdict::fenced);
    step.expected_seq = 3;
    EXPECT_EQ(must(await(world.store->commit(step))), store::Verdict::fenced);
    check_invariants(world, id, 2);
    EXPECT_EQ(world.find(id).usage.input_tokens, 5);
}

TEST(Stop, of_a_repetition_after_a_crash_settles_it) {
    Door door;
    World world("agent a: pure -> end\n");
    const ExecutionId id = world.begin_at(door);
    world.close();
    world.open();
    world.start();
    door.await_entered(2);
    const auto stopped_at = world.stop(id);
    world.until(id, ExecutionState::cancelled);
    EXPECT_EQ(kinds_of(world.journal(id)), "intent result");
    check_invariants(world, id, stopped_at);
}

TEST(Stop, between_claim_and_load_keeps_an_open_effect_from_being_repeated) {
    Door door;
    World world("agent a: pure -> end\n");
    const ExecutionId id = world.begin_at(door);
    world.close();
    world.open();
    world.executor.performing = never;
    const store::Claim claim = claim_by_hand(world);
    world.stop(id);
    EXPECT_TRUE(world.find(id).settling);
    std::atomic<bool> told = false;
    const auto viewer = world.events.subscribe(id, {[&] { told = !world.find(id).settling; }, {}});
    Runner runner(*world.store, world.executor, world.clock, world.events, {});
    drive(runner.run(claim, std::make_shared<Live>(claim, world.threads->executors()[0])));
    EXPECT_TRUE(told) << "a viewer waits for the end for ever";
    EXPECT_EQ(kinds_of(world.journal(id)), "intent");
    EXPECT_EQ(world.find(id).owner, 0);
    EXPECT_FALSE(world.find(id).settling);
}

TEST(Stop, that_comes_while_the_intent_is_being_committed_keeps_the_effect_from_beginning) {
    World world("agent a: pure -> end\n");
    world.executor.performing = never;
    const ExecutionId id = world.create();
    const store::Claim claim = claim_by_hand(world);
    const auto live = std::make_shared<Live>(claim, world.threads->executors()[0]);
    live->stop = true; // what a cancel() leaves that finds no effect in flight
    Runner runner(*world.store, world.executor, world.clock, world.events, {});
    drive(runner.run(claim, live));
    EXPECT_EQ(kinds_of(world.journal(id)), "intent result finished");
    EXPECT_EQ(world.load(id).steps[0].effects[0].error->code, "cancelled");
}

TEST(Stop, cancelling_in_memory_alone_does_not_lose_the_run) {
    Door door;
    World world("agent a: pure heals -> b\nagent b: pure -> end\n");
    const ExecutionId id = world.begin_at(door);
    world.engine->cancel({id}); // without the stop's commit
    door.await_entered(2);
    door.open();
    world.until(id, ExecutionState::completed);
    EXPECT_EQ(kinds_of(world.journal(id)), "intent result branch intent result finished");
    check_invariants(world, id);
}

} // namespace weft::engine
