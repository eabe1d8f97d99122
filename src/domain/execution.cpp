#include "domain/execution.h"

#include <set>

namespace weft {

namespace {

constexpr std::pair<std::string_view, ExecutionState> state_names[] = {
    {"ready", ExecutionState::ready},
    {"running", ExecutionState::running},
    {"input_required", ExecutionState::input_required},
    {"paused", ExecutionState::paused},
    {"completed", ExecutionState::completed},
    {"failed", ExecutionState::failed},
    {"cancelled", ExecutionState::cancelled},
};

/// The first of these that any execution of the tree is in is the task's.
constexpr ExecutionState precedence[] = {
    ExecutionState::running, ExecutionState::ready,  ExecutionState::input_required,
    ExecutionState::paused,  ExecutionState::failed, ExecutionState::cancelled,
};

} // namespace

std::string_view to_text(ExecutionState state) {
    for (const auto& [name, known] : state_names)
        if (known == state) return name;
    return "failed";
}

std::optional<ExecutionState> execution_state_from(std::string_view text) {
    for (const auto& [name, state] : state_names)
        if (name == text) return state;
    return std::nullopt;
}

std::string_view to_text(WaitReason reason) {
    constexpr std::string_view words[] = {
        "", "retry", "uncertain_effect", "time", "person", "event", "child", "budget"};
    const auto at = static_cast<std::size_t>(reason);
    return at < std::size(words) ? words[at] : std::string_view{};
}

ExecutionState task_status(const std::vector<TaskNode>& nodes) {
    if (nodes.empty()) return ExecutionState::ready;
    std::set<ExecutionId> replaced;
    for (const TaskNode& node : nodes)
        if (node.relation == Relation::failover) replaced.insert(node.parent);
    std::set<ExecutionState> states;
    for (const TaskNode& node : nodes)
        if (!replaced.contains(node.id)) states.insert(node.state);
    for (const ExecutionState state : precedence)
        if (states.contains(state)) return state;
    return ExecutionState::completed;
}

} // namespace weft
