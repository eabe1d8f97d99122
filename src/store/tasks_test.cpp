#include "store/tasks.h"

#include "store/test_world.h"

#include <gmock/gmock.h>

namespace weft::store {

namespace {

using executions::Start;
using State = ExecutionState;

std::string states(const tasks::TaskView& view) {
    std::string text;
    for (const TaskNode& node : view.nodes) text += std::to_string(static_cast<int>(node.state));
    return text;
}

/// A task of four: running (owned), ready, input_required, completed.
struct Tree : World {
    Execution root = make();
    Claim claimed = claim_one();
    Execution ready_child = make(Start::now, root.id);
    Execution waiting_child = make(Start::now, root.id);
    Execution ended_child = make(Start::now, ready_child.id);

    Tree() {
        execute("DELETE FROM ready");
        execute(fmt::format("INSERT INTO ready VALUES ({}, 1, {})", bytes(scope.project),
                            bytes(ready_child.id)));
        set(waiting_child.id, "state = 2");
        set(ended_child.id, "state = 4, ended_at = 5");
    }
};

} // namespace

TEST(Tasks, children_join_the_task_of_their_parent) {
    Tree tree;
    Tx tx = tree.tx();
    const auto view = must(tasks::find(tx, tree.scope, tree.root.task));
    EXPECT_EQ(states(view), "1024");
    EXPECT_FALSE(view.nodes[0].parent);
    EXPECT_EQ(view.nodes[1].parent, tree.root.id);
    EXPECT_EQ(view.nodes[3].parent, tree.ready_child.id);
    EXPECT_EQ(must(tasks::list(tx, tree.scope, {})).total, 1);
}

TEST(Tasks, stop_cancels_every_live_execution_and_names_the_owned) {
    Tree tree;
    Tx tx = tree.tx();
    const auto stopped = must(tasks::request_stop(tx, tree.scope, tree.root.task));
    EXPECT_EQ(states(stopped.view), "6664");
    EXPECT_EQ(stopped.view.task.want, Want::stop);
    EXPECT_THAT(stopped.execution_ids, testing::ElementsAre(tree.root.id));
    EXPECT_EQ(tree.count("ready"), 0);
    EXPECT_TRUE(tree.find(tree.root.id).settling);
    EXPECT_FALSE(tree.find(tree.ready_child.id).settling);
    EXPECT_EQ(tree.find(tree.ended_child.id).ended_at, Instant{5});

    EXPECT_EQ(states(must(tasks::request_stop(tx, tree.scope, tree.root.task)).view), "6664");
    const auto resumed = tasks::request_resume(tx, tree.scope, tree.root.task);
    EXPECT_EQ(resumed.error().code, Code::conflict);
    EXPECT_TRUE(resumed.error().message.contains("was stopped")) << resumed.error().message;
    EXPECT_EQ(tasks::request_pause(tx, tree.scope, tree.root.task).error().code, Code::conflict);
    ExecutionStart child{.parent = tree.root.id};
    EXPECT_EQ(executions::create(tx, tree.scope, child, "", Start::now).error().code,
              Code::conflict);
}

TEST(Tasks, pause_and_resume_bring_every_execution_back) {
    Tree tree;
    Tx tx = tree.tx();
    for (int twice = 0; twice < 2; ++twice) {
        const auto paused = must(tasks::request_pause(tx, tree.scope, tree.root.task));
        EXPECT_EQ(states(paused.view), "3334");
        EXPECT_THAT(paused.execution_ids, testing::ElementsAre(tree.root.id));
        EXPECT_EQ(tree.count("ready"), 0);
    }
    for (int twice = 0; twice < 2; ++twice) {
        const auto resumed = must(tasks::request_resume(tx, tree.scope, tree.root.task));
        EXPECT_EQ(states(resumed.view), "1024");
        EXPECT_EQ(resumed.view.task.want, Want::run);
        EXPECT_EQ(tree.count("ready"), 1);
        EXPECT_EQ(tree.ready(tree.ready_child.id), 1);
    }
}

TEST(Tasks, verbs_on_a_task_that_has_ended) {
    World world;
    const Execution made = world.make();
    world.execute("DELETE FROM ready");
    world.set(made.id, "state = 4, ended_at = 5");
    Tx tx = world.tx();
    EXPECT_EQ(tasks::request_pause(tx, world.scope, made.task).error().code, Code::conflict);
    EXPECT_EQ(tasks::request_resume(tx, world.scope, made.task).error().code, Code::conflict);
    const auto unchanged = must(tasks::request_stop(tx, world.scope, made.task));
    EXPECT_EQ(states(unchanged.view), "4");
    EXPECT_EQ(unchanged.view.task.want, Want::run);
}

TEST(Tasks, a_child_of_a_paused_task_begins_paused) {
    World world;
    const Execution root = world.make();
    Tx tx = world.tx();
    must(tasks::request_pause(tx, world.scope, root.task));
    const Execution child = world.make(Start::now, root.id);
    EXPECT_EQ(child.state, State::paused);
    EXPECT_EQ(world.ready(child.id), 0);
    must(tasks::request_resume(tx, world.scope, root.task));
    EXPECT_EQ(world.find(child.id).state, State::ready);
    EXPECT_EQ(world.ready(child.id), 1);
}

TEST(Tasks, resuming_one_execution_leaves_the_others_paused) {
    World world;
    const Execution root = world.make();
    const Execution child = world.make(Start::now, root.id);
    Tx tx = world.tx();
    must(tasks::request_pause(tx, world.scope, root.task));
    must(executions::request_resume(tx, world.scope, child.id));
    EXPECT_EQ(world.find(root.id).state, State::paused);
    const Claim claim = world.claim_one();
    EXPECT_EQ(claim.execution, child.id);
    EXPECT_EQ(world.commit(world.step(claim)), Verdict::committed);
}

TEST(Tasks, a_task_holds_a_thousand_executions) {
    World world;
    const Execution root = world.make();
    for (std::int64_t i = 1; i < executions::per_task_max; ++i) world.make(Start::now, root.id);
    Tx tx = world.tx();
    ExecutionStart child{.parent = root.id};
    EXPECT_EQ(executions::create(tx, world.scope, child, "", Start::now).error().code,
              Code::conflict);
    EXPECT_EQ(must(tasks::find(tx, world.scope, root.task)).nodes.size(), 1'000U);
    EXPECT_EQ(states(must(tasks::request_stop(tx, world.scope, root.task)).view),
              std::string(1'000, '6'));
}

TEST(Tasks, lists_page_newest_first_and_by_creator) {
    World world;
    std::vector<TaskId> ids;
    for (int i = 0; i < 4; ++i) {
        world.scope.principal.id = i % 2 == 0 ? "even" : "odd";
        ids.push_back(world.make().task);
        world.clock.advance(seconds(1));
    }
    Tx tx = world.tx();
    const auto list = [&](tasks::Filter filter) {
        const auto page = must(tasks::list(tx, world.scope, filter));
        std::string text = std::to_string(page.total) + ":";
        for (const auto& each : page.tasks) {
            EXPECT_EQ(each.nodes.size(), 1U);
            text += " " + std::to_string(std::ranges::find(ids, each.task.id) - ids.begin());
        }
        return text;
    };
    EXPECT_EQ(list({}), "4: 3 2 1 0");
    EXPECT_EQ(list({.limit = 2, .skip = 1}), "4: 2 1");
    EXPECT_EQ(list({.created_by = "odd"}), "2: 3 1");
    EXPECT_EQ(list({.created_by = "nobody"}), "0:");
    must(tasks::request_stop(tx, world.scope, ids[1]));
    constexpr std::pair live{ExecutionState::ready, ExecutionState::paused};
    constexpr std::pair cancelled{ExecutionState::cancelled, ExecutionState::cancelled};
    EXPECT_EQ(list({.states = live}), "3: 3 2 0");
    EXPECT_EQ(list({.created_by = "odd", .states = live}), "1: 3");
    EXPECT_EQ(list({.states = cancelled}), "1: 1");
}

} // namespace weft::store
