#pragma once

#include "domain/project_limits.h"
#include "store/store.h"

/// Who may run now where a project limits its runs, and who waits for it. A run that waits was made
/// with executions::Start::when_told and is started when there is a place; a run has its place
/// until nothing of its task is alive. Projects without limits have no rows here.
namespace weft::store::run_slots {

/// The project's limits; none: it has none. One look by primary key.
Result<std::optional<ProjectLimits>> limits(Rx& rx, const ProjectId& project);

/// What becomes of a run that is asked for.
struct Admission {
    bool waits = false;           ///< it is to be made with Start::when_told
    std::vector<TaskId> replaces; ///< what must be stopped first, in the same write
};
/// conflict (skip): as many go as may; says which. rate_limited: too many starts in a minute; says
/// when the next one may be.
Result<Admission> admit(Tx& tx, const ProjectId& project, const ProjectLimits& limits,
                        const AgentflowId& flow);
/// The run that was admitted, in the same write.
Result<> add(Tx& tx, const ProjectId& project, const Execution& run, const AgentflowId& flow,
             bool waits);
/// Whether the run waits for its turn or has had it.
Result<bool> has(Rx& rx, const ProjectId& project, const ExecutionId& run);

/// The next project after `after` that has rows here; none: there is no further one.
Result<std::optional<ProjectId>> next_project(Rx& rx, const ProjectId& after);

/// What can be done in a project now: places that are free again, and runs whose turn it is.
struct Round {
    std::vector<ExecutionId> over;
    std::vector<ExecutionId> next;
    bool any_waits = false; ///< somebody waits still

    bool is_empty() const { return over.empty() && next.empty(); }
};
Result<Round> look(Rx& rx, const ProjectId& project, Instant now);
/// Does it, as it is by then; at most some tens of runs. The ones that were let go.
Result<Round> go_round(Tx& tx, const Scope& scope);

} // namespace weft::store::run_slots
