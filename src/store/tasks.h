#pragma once

#include "store/executions.h"

/// Tasks: a started execution and the tree of its children.
namespace weft::store::tasks {

inline constexpr std::int64_t page_max = 500;

struct TaskView {
    TaskRow task;
    std::vector<TaskNode> nodes; ///< oldest first; at most executions::per_task_max
};

/// With at most `nodes_max` nodes, the oldest. not_found: no such task in this project.
Result<TaskView> find(Rx& rx, const Scope& scope, const TaskId& id,
                      std::int64_t nodes_max = executions::per_task_max);

struct Filter {
    std::string created_by = {}; ///< empty: by anybody
    /// Only those with an execution in one of these, from the first to the last.
    std::optional<std::pair<ExecutionState, ExecutionState>> states = {};
    std::int64_t limit = 50;     ///< at most page_max
    std::int64_t skip = 0;
};
struct Page {
    std::vector<TaskView> tasks; ///< newest first
    std::int64_t total = 0;
};
Result<Page> list(Rx& rx, const Scope& scope, const Filter& filter);

/// What a verb on a whole tree left behind.
struct Changed {
    TaskView view;
    Usage usage; ///< of all its executions so far
    std::vector<ExecutionId>
        execution_ids; ///< owned right now: to be cancelled in memory after a stop
};

/// The verbs of executions.h on every live execution of the tree, and on the task's own row, so
/// that children made later are under it too. not_found: no such task. conflict: pausing or
/// resuming a task of which nothing is alive.
Result<Changed> request_pause(Tx& tx, const Scope& scope, const TaskId& id);
Result<Changed> request_resume(Tx& tx, const Scope& scope, const TaskId& id);
Result<Changed> request_stop(Tx& tx, const Scope& scope, const TaskId& id);

/// The stops of its executions, whoever asked for each; oldest first.
Result<std::vector<executions::Stopped>> stops(Rx& rx, const Scope& scope, const TaskId& id);

} // namespace weft::store::tasks
