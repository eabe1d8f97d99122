#pragma once

#include "domain/ids.h"
#include "json/json.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weft {

/// Stored as these numbers. completed, failed and cancelled are final.
enum class ExecutionState : int {
    ready = 0,
    running = 1,
    input_required = 2,
    paused = 3,
    completed = 4,
    failed = 5,
    cancelled = 6,
};

std::string_view to_text(ExecutionState state);
std::optional<ExecutionState> execution_state_from(std::string_view text);
inline bool is_final(ExecutionState state) { return state >= ExecutionState::completed; }

/// What a person asked for; stands on the task and on the execution, the higher one counts.
enum class Want : int { run = 0, pause = 1, stop = 2 };

/// Why an execution waits. Stored as these numbers. From `uncertain_effect` on it is answered from
/// outside, save `time`.
enum class WaitReason : int {
    none = 0,
    retry = 1, ///< an effect failed and is tried again at `wake_at`
    uncertain_effect =
        2, ///< nobody knows whether an effect of class `once` happened: a person decides
    time = 3,
    person = 4,
    event = 5,
    child = 6,  ///< another execution's end
    budget = 7, ///< no budget has room for the next call: a person decides
};
std::string_view to_text(WaitReason reason);

struct Usage {
    std::int64_t input_tokens = 0;
    std::int64_t output_tokens = 0;
    std::int64_t cost_micro_usd = 0;
    std::int64_t credits_micro = 0;

    Usage& operator+=(const Usage& other) {
        input_tokens += other.input_tokens;
        output_tokens += other.output_tokens;
        cost_micro_usd += other.cost_micro_usd;
        credits_micro += other.credits_micro;
        return *this;
    }
    bool operator==(const Usage&) const = default;
};

/// What claiming and stopping touch, and where the journal, to which each step adds, ends.
struct Execution {
    ExecutionId id;
    Uuid uuid;
    TaskId task;
    ExecutionState state = ExecutionState::ready;
    ExecutionState paused_from = ExecutionState::ready; ///< where resume returns to
    Want want = Want::run;
    bool settling = false;     ///< stopped, but its owner has not let go yet
    std::int64_t owner = 0;    ///< the process run (Store::node()) that holds it; 0 = nobody
    std::int64_t epoch = 0;    ///< + 1 at every claim; a commit with an older one is fenced
    std::int64_t next_seq = 1; ///< of the journal
    std::optional<Instant> wake_at;
    Instant created_at;
    Instant updated_at;
    std::optional<Instant> ended_at;
    microseconds paused_for{0}; ///< until the last resume
    Usage usage;
};

/// How an execution came from its parent. Stored as these numbers.
enum class Relation : int {
    none = 0,     ///< it has no parent, or a client named one
    failover = 1, ///< the parent failed, and this one takes its place
    sub_flow = 2, ///< the parent waits for it
};

/// What was given at the start; never changes.
struct ExecutionStart {
    ExecutionId id;
    AgentflowId agentflow;
    VersionId version; ///< the flow and agents that run, whatever is edited later
    std::string goal;
    json::object inputs;
    std::vector<FileId> files;
    AgentId start_from; ///< none: the flow's first
    AgentId stop_after; ///< the run ends with its output, whatever would come next; none: nowhere
    ExecutionId parent;
    std::string executed_by_id;
    std::string executed_by_name;
    std::string executed_by_type = "api"; ///< manual | schedule | trigger | table | api
    Relation relation = Relation::none;
};

struct TaskRow {
    TaskId id;
    Want want = Want::run;
    std::string name; ///< the flow's
    std::string created_by;
    Instant created_at;
    Instant updated_at;
};

/// One link of a task's tree: what its status is derived from.
struct TaskNode {
    ExecutionId id;
    Uuid uuid;
    ExecutionId parent;
    ExecutionState state = ExecutionState::ready;
    Relation relation = Relation::none;
};

/// The status of a tree: that of its liveliest execution, else failed before cancelled before
/// completed. One whose failover took over counts as that one. No nodes: ready.
ExecutionState task_status(const std::vector<TaskNode>& nodes);

// --- the journal
// -------------------------------------------------------------------------------------

/// Stored as these numbers; the payloads are JSON objects, written and read by engine/journal.h
/// alone.
enum class JournalKind : int {
    intent = 1,   ///< an effect is about to happen: committed before it does
    result = 2,   ///< it happened (or failed); may also say that its step is done
    wait = 3,     ///< nothing to do until wake_at or an event
    finished = 4, ///< the execution reached its final state
    branch = 5,   ///< a step ended without an effect (a decision by expression)
    partial = 7,  ///< more of what an open effect streams, and what that has cost
    answer = 6,   ///< what was waited for came from outside; written by store/waits.h
    charged = 8,  ///< what the step had used was charged after the run was stopped
};

struct JournalRow {
    std::int64_t seq = 0;
    JournalKind kind = JournalKind::intent;
    Instant at;
    std::string payload; ///< JSON text
};

/// One charge: a credit row for each finished agent step.
struct LedgerRow {
    AgentId agent;
    std::string agent_title;
    std::string model;
    Usage usage;
};

} // namespace weft
