#include "engine/world_testing.h"
#include "store/agentflows.h"
#include "store/crash_disk_testing.h"
#include "store/tasks.h"

#include <gtest/gtest.h>

#include <set>

namespace weft::engine {

namespace {

constexpr const char* script = "agent a: pure -> end\nagent mend: pure -> end\n"
                               "agent last: pure -> end\n";

Task<EffectOutcome> refused() { co_return EffectOutcome{{}, EffectError{"refused", "No."}, {}}; }

/// What `agent`'s effects come to unless they are to fail.
ScriptedExecutor::Performing failing(std::set<std::string> titles) {
    return [titles](const TheRun& run, std::string, LiveSink) {
        const std::string& title = run.flow->find(run.steps.back().agent)->title;
        return titles.contains(title) ? refused() : ScriptedExecutor::succeed(run);
    };
}

AgentflowId flow_of(World& world, const ExecutionId& id) {
    return world
        .read([&](store::Rx& rx) { return store::executions::find_start(rx, world.scope, id); })
        .agentflow;
}

/// A flow of that agent alone, which takes over for `parent`.
Agentflow save_failover(World& world, const std::string& agent, const AgentflowId& parent) {
    Agentflow flow = *world.executor.flow();
    std::erase_if(flow.agents, [&](const Agent& each) { return each.title != agent; });
    flow.initial_agent = {};
    flow.name = agent;
    flow.parent = parent;
    flow.failover_goal = "Put right what " + agent + " can.";
    return world.write(
        [&](store::Tx& tx) { return store::agentflows::save(tx, world.scope, flow); });
}

store::tasks::TaskView task_of(World& world, const ExecutionId& id) {
    const TaskId task = world.find(id).task;
    return world.read([&](store::Rx& rx) { return store::tasks::find(rx, world.scope, task); });
}

/// Until nothing of the task is alive.
std::vector<TaskNode> settled(World& world, const ExecutionId& id) {
    world.until(id, [&](const Execution&) {
        const auto nodes = task_of(world, id).nodes;
        return std::ranges::all_of(nodes, [](auto& each) { return is_final(each.state); });
    });
    return task_of(world, id).nodes;
}

} // namespace

TEST(Failover, takes_over_with_its_goal_the_inputs_and_what_failed) {
    World world(script);
    world.executor.performing = failing({"a"});
    const ExecutionId id = world.create();
    const Agentflow mend = save_failover(world, "mend", flow_of(world, id));
    world.start();
    const auto nodes = settled(world, id);
    ASSERT_EQ(nodes.size(), 2U);
    EXPECT_EQ(nodes[0].state, ExecutionState::failed);
    EXPECT_EQ(nodes[1].state, ExecutionState::completed);
    EXPECT_EQ(nodes[1].parent, id);
    EXPECT_EQ(nodes[1].relation, Relation::failover);
    EXPECT_EQ(task_status(nodes), ExecutionState::completed);
    EXPECT_EQ(world.load(id).failover, nodes[1].id);

    const TheRun child = world.load(nodes[1].id);
    EXPECT_EQ(child.start.goal, "Put right what mend can.");
    EXPECT_EQ(child.start.agentflow, mend.id);
    const json::object& failed = child.start.inputs.at("failed").as_object();
    EXPECT_EQ(text_or(failed, "execution_id"), world.find(id).uuid.text());
    EXPECT_EQ(text_or(failed, "agentflow"), "scripted");
    EXPECT_EQ(text_or(failed, "agent"), "a");
    EXPECT_EQ(text_or(failed, "code"), "refused");
    EXPECT_EQ(text_or(failed, "error"), "No.");
    for (const TaskNode& node : nodes) check_invariants(world, node.id);
}

TEST(Failover, of_a_failover_only_where_there_is_one_and_never_round_in_a_circle) {
    World world(script);
    world.executor.performing = failing({"a", "mend", "last"});
    const ExecutionId id = world.create();
    const AgentflowId first = flow_of(world, id);
    const Agentflow mend = save_failover(world, "mend", first);
    save_failover(world, "last", mend.id);
    // The first flow takes over for the last one: a circle.
    world.write([&](store::Tx& tx) -> Result<> {
        Agentflow flow = TRY(store::agentflows::find(tx, world.scope, first));
        flow.parent = TRY(store::agentflows::find_failover(tx, world.scope, mend.id))
        ->agentflow;
        flow.failover_goal = "Begin again.";
        TRY(store::agentflows::save(tx, world.scope, flow));
        return {};
    });
    world.start();
    const auto nodes = settled(world, id);
    ASSERT_EQ(nodes.size(), 3U);
    EXPECT_EQ(nodes[2].parent, nodes[1].id);
    EXPECT_EQ(task_status(nodes), ExecutionState::failed);
    EXPECT_FALSE(world.load(nodes[2].id).failover);
}

TEST(Failover, never_after_a_stop_and_not_of_one_that_is_off) {
    Door door;
    World world(script);
    world.executor.performing = [&](const TheRun& run, std::string, LiveSink live) {
        return door.pass(run, live);
    };
    const ExecutionId id = world.create();
    Agentflow mend = save_failover(world, "mend", flow_of(world, id));
    world.start();
    door.await_entered(1);
    world.stop(id);
    world.until(id, ExecutionState::cancelled);
    EXPECT_EQ(task_of(world, id).nodes.size(), 1U);

    mend.is_active = false;
    world.write([&](store::Tx& tx) { return store::agentflows::save(tx, world.scope, mend); });
    world.executor.performing = failing({"a"});
    const ExecutionId other = world.begin();
    world.until(other, ExecutionState::failed);
    EXPECT_EQ(task_of(world, other).nodes.size(), 1U);
}

TEST(Failover, also_after_a_fault_of_wefts_own) {
    World world("agent dark: throws -> end\nagent mend: pure -> end\n");
    const ExecutionId id = world.create();
    save_failover(world, "mend", flow_of(world, id));
    world.start();
    EXPECT_EQ(settled(world, id).size(), 2U);
}

TEST(Failover, is_not_begun_in_a_full_task_and_the_run_says_so) {
    World world(script);
    world.executor.performing = failing({"a"});
    const ExecutionId id = world.create();
    const AgentflowId flow = flow_of(world, id);
    save_failover(world, "mend", flow);
    constexpr std::int64_t at_once = 111;
    static_assert((store::executions::per_task_max - 1) % at_once == 0);
    for (std::int64_t made = 1; made < store::executions::per_task_max; made += at_once)
        world.write([&](store::Tx& tx) -> Result<> {
            ExecutionStart start = TRY(store::executions::find_start(tx, world.scope, id));
            start.parent = id;
            for (std::int64_t i = 0; i < at_once; ++i)
                TRY(store::executions::create(tx, world.scope, start, "",
                                              store::executions::Start::when_told));
            return {};
        });
    world.start();
    world.until(id, ExecutionState::failed);
    EXPECT_EQ(world.load(id).error->message,
              "No. No other agentflow took over. The task has 1000 executions already; it may not "
              "have more.");
    EXPECT_EQ(kinds_of(world.journal(id)), "intent result finished");
    check_invariants(world, id);
}

/// The run and its failover on a disk whose power goes after each of its writes and syncs.
TEST(Failover, is_there_if_and_only_if_the_run_has_failed_whenever_the_power_goes) {
    const Directory directory;
    SystemClock clock;
    store::CrashDisk disk;
    disk.record();
    Scope scope;
    ExecutionId id;
    std::int64_t first = 0;
    {
        World world(script, {}, &clock, {.directory = directory.path, .vfs = disk.vfs()});
        scope = world.scope;
        world.executor.performing = failing({"a"});
        id = world.create();
        save_failover(world, "mend", flow_of(world, id));
        first = disk.operations();
        world.start();
        settled(world, id);
    }
    store::DiskReplay replay(disk.recorded());
    std::set<std::size_t> seen; // nodes of the task
    for (std::int64_t at = first; at <= replay.size(); ++at) {
        SCOPED_TRACE(fmt::format("the power goes after operation {}", at));
        store::CrashDisk after(replay.image_after_cut(at, static_cast<std::uint64_t>(at)));
        World world(script, {}, &clock, {.directory = directory.path, .vfs = after.vfs()}, scope);
        world.executor.performing = failing({"a"});
        const auto found = task_of(world, id).nodes;
        const bool has_failed = found[0].state == ExecutionState::failed;
        EXPECT_EQ(found.size(), has_failed ? 2U : 1U);
        seen.insert(found.size());
        world.start();
        const auto nodes = settled(world, id);
        EXPECT_EQ(nodes.size(), 2U);
        EXPECT_EQ(task_status(nodes), ExecutionState::completed);
        if (HasFailure()) return;
    }
    EXPECT_EQ(seen.size(), 2U) << "no cut came between the two";
}

} // namespace weft::engine
