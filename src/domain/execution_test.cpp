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

} // namespace weft
