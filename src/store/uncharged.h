#pragma once

#include "store/store.h"

/// Stopped runs that nobody carries on, and whose last step may have used what it is not charged
/// yet: who was paused, or belonged to a process that died, has no coroutine that could charge it.
/// Noted in the commit that takes the run away from everybody; the engine charges them
/// (engine/late_charges.h), after a crash too.
namespace weft::store::uncharged {

struct Uncharged {
    OrganizationId organization;
    ProjectId project;
    ExecutionId execution;
};

/// Notes a stopped run without an owner, unless it has used nothing.
Result<> note(Tx& tx, const ProjectId& project, const ExecutionId& execution);
/// The same of all runs of a task that were stopped at this transaction's time.
Result<> note_of_task(Tx& tx, const ProjectId& project, const TaskId& task);

/// The oldest, at most `max`.
Result<std::vector<Uncharged>> oldest(Rx& rx, std::int64_t max);

/// What a step is charged late: a row of the journal, whose number is that of the row, and one of
/// the ledger.
struct LateCharge {
    JournalRow row;
    LedgerRow charge;
};
/// Writes the charge, if there is one, and takes the note away: once, whoever else tries.
/// conflict: the run is somebody's, or its journal has gone on.
Result<> settle(Tx& tx, const Uncharged& of, const std::optional<LateCharge>& late);

} // namespace weft::store::uncharged
