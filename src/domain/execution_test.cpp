#include "domain/execution.h"

#include <gtest/gtest.h>

namespace weft {

TEST(ExecutionState, words_and_back) {
    for (const char* word :
         {"ready", "running", "input_required", "paused", "completed", "failed", "cancelled"})
        EXPECT_EQ(to_text(execution_state_from(word).value()), word);
    EXPECT_FALSE(execution_state_from("Running"));
    EXPECT_FALSE(execution_state_from(""));
}

TEST(TaskStatus, the_first_that_any_execution_is_in) {
    const std::pair<std::vector<const char*>, const char*> cases[] = {
        {{}, "ready"},
        {{"completed"}, "completed"},
        {{"completed", "cancelled"}, "cancelled"},
        {{"completed", "cancelled", "failed"}, "failed"},
        {{"failed", "paused", "cancelled"}, "paused"},
        {{"paused", "input_required", "failed"}, "input_required"},
        {{"input_required", "ready", "completed"}, "ready"},
        {{"failed", "ready", "running", "paused", "input_required"}, "running"},
    };
    for (const auto& [states, expected] : cases) {
        std::vector<TaskNode> nodes;
        for (const char* state : states) nodes.push_back({.state = *execution_state_from(state)});
        EXPECT_EQ(to_text(task_status(nodes)), expected);
    }
}

TEST(TaskStatus, an_execution_counts_as_the_failover_that_took_over) {
    const auto id = [](std::uint8_t n) {
        ExecutionId made;
        made.bytes.back() = n;
        return made;
    };
    using State = ExecutionState;
    std::vector<TaskNode> nodes{{.id = id(1), .state = State::failed},
                                {.id = id(2), .parent = id(1), .state = State::failed}};
    EXPECT_EQ(task_status(nodes), State::failed);
    nodes.push_back(
        {.id = id(3), .parent = id(2), .state = State::completed, .relation = Relation::failover});
    EXPECT_EQ(task_status(nodes), State::failed) << "the first one failed all the same";
    nodes[1].relation = Relation::failover;
    EXPECT_EQ(task_status(nodes), State::completed);
    nodes[2].state = State::running;
    EXPECT_EQ(task_status(nodes), State::running);
}

} // namespace weft
