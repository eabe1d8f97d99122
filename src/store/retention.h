#pragma once

#include "store/store.h"

/// Removes runs that ended longer ago than their project keeps them: the executions of a task, once
/// all of it is over, with their journal, questions and large texts that nobody else needs. What
/// they have used stays in the ledger. In slices of a few milliseconds; a crash loses nothing of
/// the work. Only the housekeeper calls these.
namespace weft::store::retention {

/// How long a project keeps its runs.
struct Rule {
    ProjectId project;
    std::int64_t runs_days = 0;
};
/// Of the projects after `after`, at most some hundreds in order; empty: there are no more.
Result<std::vector<Rule>> rules(Rx& rx, const ProjectId& after);

/// Whether a project has something to remove that ended before then.
Result<bool> any(Rx& rx, const ProjectId& project, Instant ended_before);
/// Removes for some milliseconds. True: nothing is left.
Result<bool> remove_some(Tx& tx, const ProjectId& project, Instant ended_before);

} // namespace weft::store::retention
