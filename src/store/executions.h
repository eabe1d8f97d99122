#pragma once

#include "store/store.h"

/// Executions as the API sees them: made, found, listed, paused, resumed, stopped. Claiming is in
/// claims.h, the engine's steps in commit.h, a whole task's verbs in tasks.h.
namespace weft::store::executions {

inline constexpr std::int64_t per_task_max = 1'000;
inline constexpr std::int64_t page_max = 500;

/// conflict: what whoever wants one more is told.
Error task_full();

enum class Start { now, when_told };

/// Makes an execution. With `start.parent` it joins the parent's task, else it gets a task of its
/// own named `task_name`. `start.id` is ignored and minted. In a paused task it begins paused.
/// not_found: no such parent here. conflict: the parent's task was stopped or is full.
Result<Execution> create(Tx& tx, const Scope& scope, ExecutionStart start,
                         const std::string& task_name, Start when);

/// Makes a child within the commit of its parent, `start.parent`, which lives; paused where `want`
/// says so. None: the task has per_task_max executions, and nothing was made.
Result<std::optional<ExecutionId>> create_child(Tx& tx, const Scope& scope,
                                                const ExecutionStart& start, Want want);

/// Lets an execution made with Start::when_told run; anything else comes back unchanged.
Result<Execution> start(Tx& tx, const Scope& scope, const ExecutionId& id);

/// Whether it was made with Start::when_told and nobody has told it yet.
Result<bool> waits_to_be_told(Rx& rx, const Scope& scope, const ExecutionId& id);

/// not_found: no such execution in this project. All functions below as well.
Result<Execution> find(Rx& rx, const Scope& scope, const ExecutionId& id);
Result<Execution> find(Rx& rx, const Scope& scope, const Uuid& uuid);
Result<ExecutionStart> find_start(Rx& rx, const Scope& scope, const ExecutionId& id);

/// The execution that took over after this one failed; none: nobody did.
Result<ExecutionId> find_failover(Rx& rx, const Scope& scope, const ExecutionId& id);

struct Filter {
    std::optional<ExecutionState> state = {};
    AgentflowId agentflow = {}; ///< none: of all flows
    std::int64_t limit = 50;    ///< at most page_max
    std::int64_t skip = 0;
};
struct Page {
    std::vector<Execution> executions; ///< newest first
    std::int64_t total = 0;            ///< that match the filter
};
Result<Page> list(Rx& rx, const Scope& scope, const Filter& filter);

struct Watched {
    std::vector<Execution> live;  ///< newest first
    std::int64_t live_count = 0;  ///< also those that are not shown
    std::vector<Execution> ended; ///< newest first
};
/// What a flow does right now and did last: at most `limit` of each.
Result<Watched> watch(Rx& rx, const Scope& scope, const AgentflowId& flow, std::int64_t limit);

/// Shows `paused` at once; an owner works on until its open effect's result, and lets go with it.
/// Pausing what is paused changes nothing. conflict: it has ended.
Result<Execution> request_pause(Tx& tx, const Scope& scope, const ExecutionId& id);

/// Back to the state before the pause; one that nobody owns and that waits neither for a time nor
/// for a person may be claimed again (and finds what else it waits for). Lifts the task's own pause
/// too (the others stay paused each by itself). What is not paused comes back unchanged. conflict:
/// it has ended.
Result<Execution> request_resume(Tx& tx, const Scope& scope, const ExecutionId& id);

/// `cancelled` from this commit on; `settling` tells that an owner still has to let go: cancel it
/// in memory. What has ended comes back unchanged. Whose scope it was is kept: find_stopped.
Result<Execution> request_stop(Tx& tx, const Scope& scope, const ExecutionId& id);

/// A stop as it was at its commit.
struct Stopped {
    ExecutionId id;
    Instant at;
    std::string by_id;                            ///< as Principal::id
    std::string by_name;                          ///< as Principal::name
    std::int64_t next_seq = 1;                    ///< of the journal: rows from here on came late
    ExecutionState state = ExecutionState::ready; ///< before it
};
/// none: nobody stopped it.
Result<std::optional<Stopped>> find_stopped(Rx& rx, const Scope& scope, const ExecutionId& id);

} // namespace weft::store::executions
