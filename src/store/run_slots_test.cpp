#include "store/run_slots.h"

#include "store/tasks.h"
#include "store/test_world.h"

#include <gmock/gmock.h>

namespace weft::store {

namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct SlotWorld : World {
    AgentflowId flow = minter.mint<AgentflowTag>(1);
    AgentflowId other = minter.mint<AgentflowTag>(1);
    ProjectLimits limits;

    void put() {
        execute(fmt::format("INSERT INTO project_setting VALUES ({}, 'limits', '{}', 1) ON "
                            "CONFLICT (project_id, name) DO UPDATE SET body = excluded.body",
                            bytes(scope.project), to_text(to_json(limits))));
    }
    /// Asks for a run of the flow; what comes of it.
    struct Asked {
        std::string word; ///< goes, waits, or why not
        Execution run = {};
        int retry_after_s = 0;
    };
    Asked ask(const AgentflowId& of) {
        clock.advance(milliseconds(1)); // who came first
        Tx to = tx();
        const auto admitted = run_slots::admit(to, scope.project, limits, of);
        if (!admitted)
            return {admitted.error().code == Code::conflict ? "conflict" : "rate_limited",
                    {},
                    admitted.error().retry_after_s.value_or(0)};
        for (const TaskId& each : admitted->replaces) must(tasks::request_stop(to, scope, each));
        ExecutionStart start;
        start.agentflow = of;
        start.version = minter.mint<VersionTag>(1);
        const Execution run = must(executions::create(to, scope, start, "flow",
                                                      admitted->waits ? executions::Start::when_told
                                                                      : executions::Start::now));
        must(run_slots::add(to, scope.project, run, of, admitted->waits));
        return {admitted->waits ? "waits" : "goes", run};
    }
    Asked ask() { return ask(flow); }
    /// Which runs were let go.
    std::vector<ExecutionId> round() {
        put();
        Tx to = tx();
        const auto seen = must(run_slots::look(to, scope.project, clock.now()));
        const auto done = must(run_slots::go_round(to, scope));
        EXPECT_TRUE(!seen.is_empty() || done.next.empty()) << "nobody would have gone round";
        return done.next;
    }
    void end(const Execution& run) { set(run.id, "state = 4"); }
    ExecutionState state(const Execution& run) { return find(run.id).state; }
};

} // namespace

TEST(RunSlots, as_many_go_as_may_and_the_others_wait_in_order) {
    SlotWorld world;
    world.limits.agentflows[world.flow] = {.concurrent_runs = 2};
    const auto first = world.ask();
    const auto second = world.ask();
    const auto third = world.ask();
    const auto fourth = world.ask();
    EXPECT_EQ(first.word + second.word + third.word + fourth.word, "goesgoeswaitswaits");
    EXPECT_EQ(world.ready(first.run.id), 1);
    EXPECT_EQ(world.ready(third.run.id), 0);
    EXPECT_THAT(world.round(), IsEmpty());
    world.end(second.run);
    EXPECT_THAT(world.round(), ElementsAre(third.run.id));
    EXPECT_EQ(world.ready(third.run.id), 1);
    EXPECT_THAT(world.round(), IsEmpty());
    world.end(first.run);
    const auto fifth = world.ask();
    EXPECT_EQ(fifth.word, "waits") << "the fourth has waited longer";
    EXPECT_THAT(world.round(), ElementsAre(fourth.run.id));
}

TEST(RunSlots, a_flow_that_is_full_keeps_no_other_waiting) {
    SlotWorld world;
    world.limits.project = {.concurrent_runs = 3};
    world.limits.agentflows[world.flow] = {.concurrent_runs = 1};
    const auto first = world.ask();
    for (int i = 0; i < 200; ++i) EXPECT_EQ(world.ask().word, "waits");
    EXPECT_EQ(world.ask(world.other).word, "waits") << "behind those of the project";
    EXPECT_EQ(world.round().size(), 1U) << "the other flow's";
    EXPECT_THAT(world.round(), IsEmpty());
    world.end(first.run);
    EXPECT_EQ(world.round().size(), 1U);
}

TEST(RunSlots, refuse_or_replace_when_that_is_asked_for) {
    SlotWorld world;
    world.limits.agentflows[world.flow] = {.concurrent_runs = 1, .when_full = WhenFull::skip};
    const auto first = world.ask();
    EXPECT_EQ(first.word, "goes");
    EXPECT_EQ(world.ask().word, "conflict");
    world.limits.agentflows[world.flow].when_full = WhenFull::replace;
    const auto second = world.ask();
    EXPECT_EQ(second.word, "goes");
    EXPECT_EQ(world.state(first.run), ExecutionState::cancelled);
    EXPECT_EQ(world.state(second.run), ExecutionState::ready);
    EXPECT_EQ(world.ask(world.other).word, "goes");
}

TEST(RunSlots, starts_of_a_minute_are_counted_also_of_what_is_over) {
    SlotWorld world;
    world.limits.project = {.starts_per_minute = 2, .when_full = WhenFull::skip};
    world.end(world.ask().run);
    world.clock.advance(seconds(10));
    world.end(world.ask().run);
    const auto refused = world.ask();
    EXPECT_EQ(refused.word, "rate_limited");
    EXPECT_EQ(refused.retry_after_s, 50);
    world.limits.project.when_full = WhenFull::queue;
    const auto waiting = world.ask();
    EXPECT_EQ(waiting.word, "waits");
    EXPECT_THAT(world.round(), IsEmpty());
    world.clock.advance(seconds(51));
    EXPECT_THAT(world.round(), ElementsAre(waiting.run.id));
    world.clock.advance(seconds(61));
    world.end(waiting.run);
    world.round();
    world.round();
    EXPECT_EQ(world.count("run_slot"), 0) << "nothing is left behind";
}

TEST(RunSlots, who_was_stopped_while_it_waited_takes_no_place) {
    SlotWorld world;
    world.limits.agentflows[world.flow] = {.concurrent_runs = 1};
    const auto first = world.ask();
    const auto second = world.ask();
    const auto third = world.ask();
    Tx tx = world.tx();
    must(executions::request_stop(tx, world.scope, second.run.id));
    world.end(first.run);
    world.round();
    world.round();
    EXPECT_EQ(world.ready(third.run.id), 1);
    EXPECT_EQ(world.state(second.run), ExecutionState::cancelled);
}

TEST(RunSlots, a_run_keeps_its_place_until_its_children_are_over) {
    SlotWorld world;
    world.limits.agentflows[world.flow] = {.concurrent_runs = 1};
    const auto first = world.ask();
    const Execution child = world.make(executions::Start::now, first.run.id);
    world.end(first.run);
    EXPECT_EQ(world.ask().word, "waits");
    EXPECT_THAT(world.round(), IsEmpty());
    world.end(child);
    EXPECT_EQ(world.round().size(), 1U);
}

TEST(RunSlots, without_limits_everybody_goes) {
    SlotWorld world;
    world.limits.agentflows[world.flow] = {.concurrent_runs = 1};
    world.ask();
    for (int i = 0; i < 120; ++i) world.ask();
    world.limits = {};
    std::size_t let_go = 0;
    for (int i = 0; i < 4; ++i) let_go += world.round().size();
    EXPECT_EQ(let_go, 120U);
}

} // namespace weft::store
