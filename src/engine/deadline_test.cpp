#include "engine/world_testing.h"

#include <gtest/gtest.h>

namespace weft::engine {

namespace {

void pass_time(World& world, milliseconds time) {
    world.clock.advance(time);
    world.engine->wake();
}

const EffectError& last_error(const Run& run) { return *run.steps.back().effects.back().error; }

} // namespace

TEST(Deadline, a_call_is_cancelled_when_its_time_is_up_and_tried_again) {
    Door door;
    World world("agent a: pure -> end\nrules a {\"call_timeout_s\":30}\n");
    const ExecutionId id = world.begin_at(door);
    pass_time(world, milliseconds(30'000));
    world.until_waiting(id);
    const TheRun waiting = world.load(id);
    EXPECT_EQ(last_error(waiting).code, "timed_out");
    EXPECT_EQ(last_error(waiting).message,
              "The call did not come to an end within 30 s (call_timeout_s).");
    EXPECT_EQ(text_or(waiting.steps[0].effects[0].result, "text"), "half");
    EXPECT_EQ(world.find(id).usage.input_tokens, 3) << "what had arrived was paid for";

    pass_time(world, milliseconds(1'000));
    door.await_entered(2);
    door.open();
    world.until(id, ExecutionState::completed);
    EXPECT_EQ(world.find(id).epoch, 2);
    check_invariants(world, id);
}

TEST(Deadline, an_answer_in_time_stands) {
    Door door;
    World world("agent a: pure -> end\nrules a {\"call_timeout_s\":30}\n");
    const ExecutionId id = world.begin_at(door);
    pass_time(world, milliseconds(29'999));
    door.open();
    world.until(id, ExecutionState::completed);
    const TheRun run = world.load(id);
    const Effect& effect = run.steps[0].effects[0];
    EXPECT_TRUE(effect.ok());
    EXPECT_EQ(effect.attempt, 1);
}

TEST(Deadline, a_deaf_call_is_overruled_after_a_grace_and_its_late_result_bounces) {
    Door door;
    World world("agent a: pure -> end\nrules a {\"call_timeout_s\":30}\n");
    const ExecutionId id = world.begin_deaf_at(door);
    pass_time(world, milliseconds(30'000));
    door.await_nudged();
    EXPECT_EQ(world.find(id).epoch, 1);
    world.executor.performing = nullptr;
    pass_time(world, milliseconds(5'000));
    world.until_waiting(id);
    EXPECT_EQ(world.find(id).epoch, 2);
    EXPECT_EQ(last_error(world.load(id)).code, "timed_out");
    pass_time(world, milliseconds(1'000));
    world.until(id, ExecutionState::completed);
    const std::int64_t tokens = world.find(id).usage.input_tokens;
    door.open();
    world.close(); // waits for the deaf one
    world.open();
    EXPECT_EQ(kinds_of(world.journal(id)), "intent result wait intent result finished");
    EXPECT_EQ(world.find(id).usage.input_tokens, tokens);
    check_invariants(world, id);
}

TEST(Deadline, a_deaf_call_of_a_paused_run_is_overruled_too_and_the_run_rests) {
    Door door;
    World world("agent a: pure -> end\nrules a {\"call_timeout_s\":30}\n");
    const ExecutionId id = world.begin_deaf_at(door);
    world.pause(id);
    pass_time(world, milliseconds(30'000));
    door.await_nudged();
    pass_time(world, milliseconds(5'000));
    world.until(id, ExecutionState::paused);
    door.open();
    world.close();
    world.open();
    EXPECT_EQ(kinds_of(world.journal(id)), "intent result wait");
    EXPECT_EQ(world.find(id).state, ExecutionState::paused);
}

TEST(Deadline, what_happens_once_is_not_repeated_when_it_was_deaf) {
    Door door;
    World world("agent pay: once -> end\nrules pay {\"call_timeout_s\":30}\n");
    const ExecutionId id = world.begin_deaf_at(door);
    pass_time(world, milliseconds(30'000));
    door.await_nudged();
    pass_time(world, milliseconds(5'000));
    world.until(id, ExecutionState::failed);
    EXPECT_EQ(world.load(id).error->message,
              "The call did not come to an end within 30 s (call_timeout_s). It may have happened "
              "all the same.");
    door.open();
}

TEST(Deadline, a_steps_and_a_runs_time_cancel_the_call_and_end_the_run_in_plain_words) {
    struct Case {
        const char* rules;
        const char* message;
    };
    const Case cases[] = {
        {"rules a {\"step_timeout_s\":10}\n",
         "The agent \"a\" did not come to an end within 10 s (step_timeout_s)."},
        {"flow {\"execution_timeout_s\":10}\n",
         "The run did not come to an end within 10 s (execution_timeout_s)."},
    };
    for (const Case& each : cases) {
        Door door;
        World world(std::string("agent a: pure -> end\n") + each.rules);
        const ExecutionId id = world.begin_at(door);
        pass_time(world, milliseconds(10'000));
        world.until(id, ExecutionState::failed);
        EXPECT_EQ(world.load(id).error->message, each.message);
        check_invariants(world, id);
    }
}

TEST(Deadline, survives_the_process_and_counts_the_time_without_one) {
    Door door;
    World world(
        "agent a: pure -> end\nrules a {\"call_timeout_s\":30,\"retry\":{\"attempts\":1}}\n");
    const ExecutionId id = world.begin_at(door);
    world.clock.advance(milliseconds(20'000));
    world.close(); // leaves the call open, as a kill does
    world.open();
    EXPECT_FALSE(world.load(id).steps[0].effects[0].done);
    world.start();
    door.await_entered(2);
    pass_time(world, milliseconds(10'000));
    world.until(id, ExecutionState::failed);
    EXPECT_EQ(world.load(id).error->code, "timed_out");
}

TEST(Deadline, of_a_run_stands_still_while_it_is_paused) {
    Door door;
    World world("agent a: pure -> b\nagent b: pure -> end\nflow {\"execution_timeout_s\":10}\n");
    const ExecutionId id = world.begin_at(door);
    world.clock.advance(milliseconds(4'000));
    world.pause(id);
    door.open();
    world.until(id, ExecutionState::paused);
    world.clock.advance(milliseconds(3'600'000));
    world.resume(id);
    world.until(id, ExecutionState::completed);
    EXPECT_EQ(world.find(id).paused_for, seconds(3'600));
}

} // namespace weft::engine
