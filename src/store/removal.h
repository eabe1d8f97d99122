#pragma once

#include "domain/organization.h"
#include "store/store.h"

/// What a deleted project leaves behind, removed in slices that hold the writer a few milliseconds
/// each. The project's own row, which says that it is deleted, goes last: whatever interrupts the
/// work, pending() tells what is left of it. Only the engine calls these.
namespace weft::store::removal {

/// Projects that were marked by projects::mark_deleted and still have rows or files, and those that
/// were begun and are not gone on with any more: whose time to be filled had passed at `now`.
Result<std::vector<Project>> pending(Rx& rx, Instant now);
/// Whether there is a project that somebody fills, or has left so.
Result<bool> any_filled(Rx& rx);
/// Projects in the trash of which something still runs.
Result<std::vector<Project>> alive_in_trash(Rx& rx);

/// Stops at most `max` of the project's live executions.
struct Stopped {
    std::int64_t count = 0;
    std::vector<ExecutionId> owned; ///< somebody carries them out: cancel them in memory
};
Result<Stopped> stop_some(Tx& tx, const Project& project, int max);

/// How many of its executions are still carried out by somebody.
Result<std::int64_t> held(Rx& rx, const ProjectId& project);

/// Removes rows for some milliseconds. True: no table holds one any more.
Result<bool> remove_some(Tx& tx, const ProjectId& project);

/// Removes the project's own row, and its name from invitations into it. False: another write put
/// something into the project meanwhile (from now on none can): begin again with remove_some.
Result<bool> finish(Tx& tx, const Project& project);

} // namespace weft::store::removal
