#pragma once

#include "store/store.h"

/// Claiming many at once, where each statement is a journey to another machine.
namespace weft::store::postgres_claims {

struct Taken {
    ExecutionId id;
    std::int64_t epoch = 0; ///< 0: it was not ready in truth, and is no longer in `ready`
};

/// The projects of all that became ready since then, by their ids; none: there is so much that this
/// may not be all of them.
Result<std::optional<std::vector<ProjectId>>> projects_since(Tx& tx, Instant since);

/// The first of the project's executions that became ready since then, `max` at most; those that
/// another node is taking are passed over.
Result<std::vector<Taken>> take(Tx& tx, const ProjectId& project, Instant since, std::int64_t node,
                                std::int64_t max);

} // namespace weft::store::postgres_claims
