#include "store/executions.h"

#include "store/test_world.h"

#include <gmock/gmock.h>

namespace weft::store {

namespace {

using executions::Start;
using State = ExecutionState;

/// An execution in `state`, as it comes about: owned when it runs, waiting when input is required.
Execution in_state(World& world, State state) {
    const Execution made = world.make();
    if (state == State::ready) return made;
    const Claim claim = world.claim_one();
    EXPECT_EQ(claim.execution, made.id);
    Tx tx = world.tx();
    switch (state) {
    case State::running: break;
    case State::paused: must(executions::request_pause(tx, world.scope, made.id)); break;
    case State::cancelled: must(executions::request_stop(tx, world.scope, made.id)); break;
    default: {
        StepCommit step = world.step(claim);
        step.intent.reset();
        step.next_state = state;
        step.release = true;
        EXPECT_EQ(world.commit(step), Verdict::committed);
    }
    }
    return world.find(made.id);
}

constexpr State all_states[] = {State::ready,    State::running,   State::input_required,
                                State::paused,   State::completed, State::failed,
                                State::cancelled};

} // namespace

TEST(Executions, create_makes_task_execution_start_and_ready_row) {
    World world;
    Tx tx = world.tx();
    ExecutionStart start{.agentflow = world.minter.mint<AgentflowTag>(1),
                         .version = world.minter.mint<VersionTag>(1),
                         .goal = "the goal",
                         .inputs = {{"a", 1}, {"b", "two"}},
                         .files = {world.minter.mint<FileTag>(1), world.minter.mint<FileTag>(1)},
                         .start_from = world.minter.mint<AgentTag>(1),
                         .stop_after = world.minter.mint<AgentTag>(1),
                         .executed_by_id = "id",
                         .executed_by_name = "name",
                         .executed_by_type = "manual"};
    const Execution made = must(executions::create(tx, world.scope, start, "the flow", Start::now));
    EXPECT_EQ(made.state, State::ready);
    EXPECT_EQ(made.next_seq, 1);
    EXPECT_EQ(made.epoch, 0);
    EXPECT_EQ(made.created_at, world.clock.now());
    EXPECT_EQ(made.id.ordinal(), world.scope.project.ordinal());
    EXPECT_EQ(world.ready(made.id), 1);

    EXPECT_EQ(must(executions::find(tx, world.scope, made.uuid)).id, made.id);
    const ExecutionStart found = must(executions::find_start(tx, world.scope, made.id));
    EXPECT_EQ(found.id, made.id);
    EXPECT_EQ(found.agentflow, start.agentflow);
    EXPECT_EQ(found.version, start.version);
    EXPECT_EQ(found.goal, start.goal);
    EXPECT_EQ(found.inputs, start.inputs);
    EXPECT_EQ(found.files, start.files);
    EXPECT_EQ(found.start_from, start.start_from);
    EXPECT_EQ(found.stop_after, start.stop_after);
    EXPECT_FALSE(found.parent);
    EXPECT_EQ(found.executed_by_type, "manual");

    const auto task = must(tasks::find(tx, world.scope, made.task));
    EXPECT_EQ(task.task.name, "the flow");
    EXPECT_EQ(task.task.created_by, world.scope.principal.id);
    ASSERT_EQ(task.nodes.size(), 1U);
    EXPECT_EQ(task.nodes[0].uuid, made.uuid);
}

TEST(Executions, another_project_finds_nothing_and_changes_nothing) {
    World world;
    const Execution made = world.make();
    const Scope other = world.project();
    Tx tx = world.tx();
    const auto code = [](const auto& result) {
        return result ? Code::internal : result.error().code;
    };
    EXPECT_EQ(code(executions::find(tx, other, made.id)), Code::not_found);
    EXPECT_EQ(code(executions::find(tx, other, made.uuid)), Code::not_found);
    EXPECT_EQ(code(executions::find_start(tx, other, made.id)), Code::not_found);
    EXPECT_EQ(code(executions::start(tx, other, made.id)), Code::not_found);
    EXPECT_EQ(code(executions::request_pause(tx, other, made.id)), Code::not_found);
    EXPECT_EQ(code(executions::request_resume(tx, other, made.id)), Code::not_found);
    EXPECT_EQ(code(executions::request_stop(tx, other, made.id)), Code::not_found);
    EXPECT_EQ(code(tasks::find(tx, other, made.task)), Code::not_found);
    EXPECT_EQ(code(tasks::request_pause(tx, other, made.task)), Code::not_found);
    EXPECT_EQ(code(tasks::request_resume(tx, other, made.task)), Code::not_found);
    EXPECT_EQ(code(tasks::request_stop(tx, other, made.task)), Code::not_found);
    ExecutionStart child{.parent = made.id};
    EXPECT_EQ(code(executions::create(tx, other, child, "", Start::now)), Code::not_found);
    EXPECT_EQ(must(executions::list(tx, other, {})).total, 0);
    EXPECT_EQ(must(tasks::list(tx, other, {})).total, 0);
    EXPECT_EQ(world.find(made.id).state, State::ready);
    EXPECT_EQ(world.ready(made.id), 1);
}

TEST(Executions, lists_filter_page_and_count_newest_first) {
    World world;
    std::vector<ExecutionId> ids;
    for (int i = 0; i < 5; ++i) {
        ids.push_back(world.make().id);
        world.clock.advance(seconds(1));
    }
    const auto flow = world.minter.mint<AgentflowTag>(1);
    world.set(ids[1], fmt::format("agentflow_id = {}", world.bytes(flow)));
    world.set(ids[3], fmt::format("agentflow_id = {}, state = 4", world.bytes(flow)));
    world.set(ids[4], "state = 4");
    Tx tx = world.tx();
    const auto list = [&](executions::Filter filter) {
        const auto page = must(executions::list(tx, world.scope, filter));
        std::string text = std::to_string(page.total) + ":";
        for (const Execution& each : page.executions)
            text += " " + std::to_string(std::ranges::find(ids, each.id) - ids.begin());
        return text;
    };
    EXPECT_EQ(list({}), "5: 4 3 2 1 0");
    EXPECT_EQ(list({.limit = 2, .skip = 1}), "5: 3 2");
    EXPECT_EQ(list({.limit = 2, .skip = 9}), "5:");
    EXPECT_EQ(list({.limit = -1, .skip = -4}), "5:");
    EXPECT_EQ(list({.state = State::completed}), "2: 4 3");
    EXPECT_EQ(list({.agentflow = flow}), "2: 3 1");
    EXPECT_EQ(list({.state = State::completed, .agentflow = flow}), "1: 3");
    EXPECT_EQ(list({.state = State::failed}), "0:");
}

TEST(Executions, one_made_to_wait_runs_when_told_and_only_then) {
    World world;
    const Execution made = world.make(Start::when_told);
    claims::Turn turn;
    EXPECT_TRUE(world.claim(9, turn).empty());
    Tx tx = world.tx();
    must(executions::request_pause(tx, world.scope, made.id));
    EXPECT_EQ(must(executions::request_resume(tx, world.scope, made.id)).state, State::ready);
    EXPECT_TRUE(world.claim(9, turn).empty()); // resume brings it back to where it was
    must(executions::start(tx, world.scope, made.id));
    must(executions::start(tx, world.scope, made.id));
    EXPECT_EQ(world.ready(made.id), 1);
    EXPECT_EQ(world.claim(9, turn).size(), 1U);
    EXPECT_EQ(must(executions::start(tx, world.scope, made.id)).state, State::running);
    EXPECT_EQ(world.ready(made.id), 0);
}

TEST(Executions, one_told_to_start_while_paused_runs_after_the_resume) {
    World world;
    const Execution made = world.make(Start::when_told);
    Tx tx = world.tx();
    must(executions::request_pause(tx, world.scope, made.id));
    EXPECT_EQ(must(executions::start(tx, world.scope, made.id)).state, State::paused);
    EXPECT_EQ(world.ready(made.id), 0);
    must(executions::request_resume(tx, world.scope, made.id));
    EXPECT_EQ(world.ready(made.id), 1);
}

TEST(Executions, pause_in_every_state) {
    for (const State from : all_states) {
        World world;
        const Execution before = in_state(world, from);
        ASSERT_EQ(before.state, from);
        Tx tx = world.tx();
        for (int twice = 0; twice < 2; ++twice) {
            const auto paused = executions::request_pause(tx, world.scope, before.id);
            if (is_final(from)) {
                ASSERT_FALSE(paused);
                EXPECT_EQ(paused.error().code, Code::conflict);
                EXPECT_EQ(world.find(before.id).state, from);
                continue;
            }
            ASSERT_TRUE(paused);
            EXPECT_EQ(paused->state, State::paused);
            EXPECT_EQ(paused->want, Want::pause);
            EXPECT_EQ(paused->paused_from, from == State::paused ? State::running : from);
            EXPECT_EQ(paused->owner, before.owner);
            EXPECT_EQ(world.ready(before.id), 0);
        }
    }
}

TEST(Executions, resume_in_every_state) {
    for (const State from : all_states) {
        World world;
        const Execution before = in_state(world, from);
        Tx tx = world.tx();
        for (int twice = 0; twice < 2; ++twice) {
            const auto resumed = executions::request_resume(tx, world.scope, before.id);
            if (is_final(from)) {
                ASSERT_FALSE(resumed);
                EXPECT_EQ(resumed.error().code, Code::conflict);
                continue;
            }
            ASSERT_TRUE(resumed);
            EXPECT_EQ(resumed->state, from == State::paused ? State::running : from);
            EXPECT_EQ(resumed->want, Want::run);
            EXPECT_EQ(resumed->owner, before.owner); // the owner never noticed
            EXPECT_EQ(world.ready(before.id), from == State::ready ? 1 : 0);
        }
    }
}

TEST(Executions, stop_in_every_state) {
    for (const State from : all_states) {
        World world;
        const Execution before = in_state(world, from);
        world.clock.advance(seconds(1));
        Tx tx = world.tx();
        const Execution stopped = must(executions::request_stop(tx, world.scope, before.id));
        EXPECT_EQ(world.ready(before.id), 0);
        if (is_final(from)) {
            EXPECT_EQ(stopped.state, from);
            EXPECT_EQ(stopped.ended_at, before.ended_at);
            EXPECT_EQ(stopped.want, before.want);
            continue;
        }
        EXPECT_EQ(stopped.state, State::cancelled);
        EXPECT_EQ(stopped.settling, before.owner != 0);
        EXPECT_EQ(stopped.ended_at, world.clock.now());
        world.clock.advance(seconds(1));
        EXPECT_EQ(must(executions::request_stop(tx, world.scope, before.id)).ended_at,
                  stopped.ended_at);
        EXPECT_EQ(executions::request_resume(tx, world.scope, before.id).error().code,
                  Code::conflict);
    }
}

TEST(Executions, resume_of_what_nobody_owns_makes_it_ready_unless_it_waits) {
    struct Case {
        State from;
        std::int64_t wake_in_s; ///< 0: no timer
        int ready;
    };
    for (const Case& each :
         {Case{State::ready, 0, 1}, Case{State::running, 0, 1}, Case{State::running, 60, 0},
          Case{State::running, -60, 1}, Case{State::input_required, 0, 0},
          Case{State::input_required, 60, 0}, Case{State::input_required, -60, 1}}) {
        World world;
        const Execution made = world.make();
        world.execute("DELETE FROM ready");
        const std::string wake =
            each.wake_in_s == 0 ? "NULL"
                                : std::to_string(world.clock.now().us + each.wake_in_s * 1'000'000);
        world.set(made.id,
                  fmt::format("state = {}, wake_at = {}", static_cast<int>(each.from), wake));
        Tx tx = world.tx();
        must(executions::request_pause(tx, world.scope, made.id));
        EXPECT_EQ(must(executions::request_resume(tx, world.scope, made.id)).state, each.from);
        EXPECT_EQ(world.ready(made.id), each.ready)
            << static_cast<int>(each.from) << " " << each.wake_in_s;
    }
}

} // namespace weft::store
