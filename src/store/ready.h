#pragma once

#include "store/store.h"

/// The table of executions that may be claimed now.
namespace weft::store::ready {

/// `since`: its place in the project's turn. An execution that is in it already keeps its place.
Result<> add(Tx& tx, const ProjectId& project, const ExecutionId& execution, Instant since);
Result<> remove(Tx& tx, const ProjectId& project, const ExecutionId& execution);

} // namespace weft::store::ready
