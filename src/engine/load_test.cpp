#include "engine/progress.h"
#include "engine/world_testing.h"
#include "store/executions.h"

#include <gtest/gtest.h>

namespace weft::engine {

namespace {

ExecutionId begin_child(World& world, const Execution& parent) {
    const ExecutionId id = world.write([&](store::Tx& tx) -> Result<ExecutionId> {
        ExecutionStart start = TRY(store::executions::find_start(tx, world.scope, parent.id));
        start.parent = parent.id;
        return TRY(store::executions::create(tx, world.scope, std::move(start), "",
                                             store::executions::Start::now))
        .id;
    });
    world.engine->wake();
    return id;
}

/// A task of one execution and `children` more, all completed.
TaskId completed_task(World& world, int children) {
    const Execution root = world.find(world.begin());
    std::vector<ExecutionId> all{root.id};
    for (int i = 0; i < children; ++i) all.push_back(begin_child(world, root));
    for (const ExecutionId& each : all) world.until(each, ExecutionState::completed);
    return root.task;
}

std::string script_of(int effects) {
    std::string script = "agent a: ";
    for (int i = 0; i < effects; ++i) script += "pure ";
    return script + "-> end\n";
}

} // namespace

// What is read inline and what is too much for that comes out the same: few and many executions,
// short and long journals.
TEST(LoadTask, holds_each_execution_as_load_tells_it) {
    struct Case {
        int children;
        int effects;
    };
    for (const auto& [children, effects] :
         {Case{0, 1}, {2, 3}, {7, 1}, {8, 1}, {30, 1}, {1, 20}, {0, 31}, {0, 32}, {3, 60}}) {
        SCOPED_TRACE(fmt::format("{} children, {} effects", children, effects));
        World world(script_of(effects));
        world.start();
        const TaskId task = completed_task(world, children);
        const LoadedTask loaded = must(await(world.engine->load_task(world.scope, task)));
        EXPECT_EQ(loaded.view.task.id, task);
        ASSERT_EQ(loaded.view.nodes.size(), static_cast<std::size_t>(children) + 1);
        ASSERT_EQ(loaded.executions.size(), loaded.view.nodes.size());
        for (std::size_t i = 0; i < loaded.executions.size(); ++i) {
            const Loaded& each = loaded.executions[i];
            EXPECT_EQ(each.execution.id, loaded.view.nodes[i].id);
            EXPECT_EQ(each.run.steps.at(0).effects.size(), static_cast<std::size_t>(effects));
            EXPECT_EQ(describe(each.run), describe(world.load(each.execution.id)));
        }
    }
}

TEST(LoadTask, is_confined_to_the_scope) {
    World world(script_of(1));
    const Execution execution = world.find(world.create());
    Scope other = world.scope;
    other.project.bytes[11] ^= 1;
    const auto loaded = await(world.engine->load_task(other, execution.task));
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().code, Code::not_found);
}

} // namespace weft::engine
