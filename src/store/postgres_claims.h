#pragma once

#include "store/store.h"

/// Claiming many at once, where each statement is a journey to another machine.
namespace weft::store::postgres_claims {

struct Taken {
    ExecutionId id;
    std::int64_t epoch = 0; ///< 0: it was not ready in truth, and is no longer in `ready`
};

/// The first of the project's ready executions, `max` at most; those that another node is taking
/// are passed over.
Result<std::vector<Taken>> take(Tx& tx, const ProjectId& project, std::int64_t node,
                                std::int64_t max);

} // namespace weft::store::postgres_claims
