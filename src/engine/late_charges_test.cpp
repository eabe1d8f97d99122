// A step is charged for what it has used although its run was stopped when nobody carried it.
#include "engine/late_charges.h"

#include "engine/world_testing.h"

#include "store/executions.h"
#include "store/uncharged.h"

#include <gtest/gtest.h>

namespace weft::engine {

namespace {

constexpr const char* two_effects = "agent a: pure pure -> b\nagent b: pure -> end\n";

std::size_t noted(World& world) {
    return world.read([](store::Rx& rx) { return store::uncharged::oldest(rx, 10); }).size();
}

void expect_charged_once(World& world, const ExecutionId& id, std::string_view kinds) {
    world.until(id, [&](const Execution&) { return world.ledger_size() == 1; });
    EXPECT_EQ(kinds_of(world.journal(id)), kinds) << world.journal(id).back().payload;
    EXPECT_GT(world.find(id).usage.credits_micro, 0);
    EXPECT_EQ(world.load(id).steps[0].charged.input_tokens, world.find(id).usage.input_tokens);
    EXPECT_EQ(noted(world), 0u);
    world.stop(id); // once more
    EXPECT_EQ(noted(world), 0u);
}

/// Stops its own run in the middle of the effect, of which the engine hears too late.
Task<EffectOutcome> stop_and_succeed(World& world, const TheRun& run) {
    const ExecutionId id = run.start.id;
    must(co_await world.store->write(
        [&](store::Tx& tx) { return store::executions::request_stop(tx, world.scope, id); }));
    co_return ScriptedExecutor::success(run);
}

} // namespace

TEST(LateCharges, of_a_run_that_is_stopped_while_it_is_paused) {
    Door door;
    World world(two_effects);
    const ExecutionId id = world.begin_at(door);
    world.pause(id);
    door.open();
    world.until(id, ExecutionState::paused);
    EXPECT_EQ(kinds_of(world.journal(id)), "intent result");
    EXPECT_EQ(world.ledger_size(), 0);
    world.stop(id);
    expect_charged_once(world, id, "intent result charged");
}

TEST(LateCharges, of_a_run_that_is_stopped_before_another_process_takes_it) {
    Door door;
    World world(two_effects);
    world.executor.performing = [&](const TheRun& run, std::string,
                                    LiveSink live) -> Task<EffectOutcome> {
        if (run.steps.back().effects.size() == 2) return door.pass(run, std::move(live));
        return ScriptedExecutor::succeed(run);
    };
    world.start();
    const ExecutionId id = world.begin();
    door.await_entered(1);
    world.close();
    world.open();
    world.stop(id);
    EXPECT_EQ(noted(world), 1u);
    EXPECT_EQ(world.ledger_size(), 0);
    world.start();
    expect_charged_once(world, id, "intent result intent charged");
}

TEST(LateCharges, of_a_stop_that_comes_just_before_the_result) {
    World world(two_effects);
    world.executor.performing = [&](const TheRun& run, std::string, LiveSink) {
        return stop_and_succeed(world, run);
    };
    world.start();
    const ExecutionId id = world.begin();
    world.until(id, ExecutionState::cancelled);
    expect_charged_once(world, id, "intent result charged");
}

TEST(LateCharges, nothing_of_a_run_that_has_used_nothing_or_was_charged) {
    Door door;
    World world(two_effects);
    const ExecutionId unused = world.create();
    world.stop(unused);
    EXPECT_EQ(noted(world), 0u);
    const ExecutionId cut = world.begin_at(door);
    world.stop(cut);
    world.until(cut, ExecutionState::cancelled);
    EXPECT_EQ(kinds_of(world.journal(cut)), "intent result");
    EXPECT_EQ(world.ledger_size(), 1);
    EXPECT_EQ(noted(world), 0u);
}

} // namespace weft::engine
