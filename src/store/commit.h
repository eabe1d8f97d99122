#pragma once

#include "store/blobs.h"
#include "store/store.h"

/// One step of the engine, applied.
namespace weft::store {

/// A step with its large payloads packed: made on the caller's thread, applied on the writer's.
struct PackedStep {
    StepCommit step;
    std::vector<std::optional<Packed>> packed; ///< one for each row: results, then the intent
    std::optional<Packed> asked;               ///< of the item for the inbox
};

/// too_large: a payload is beyond payload_bytes_max.
Result<PackedStep> pack(StepCommit step);

/// Checks owner, epoch, seq and what people asked for, then writes what may be written:
///
///   the execution is                        | result rows | intent | becomes
///   another's, of an old epoch, ended       | no          | no     | unchanged: fenced
///   live, nothing asked                     | yes         | yes    | next_state: committed
///   the same, no room for its child         | yes         | no     | unchanged: no_child
///   the same, no room in a budget           | yes         | no     | unchanged: no_budget
///   to be paused, next_state not final      | yes         | no     | paused, let go: paused
///   to be paused, next_state final          | yes         | yes    | next_state: committed
///   … and the intent begins a wait          | yes         | no     | paused, resumes as running
///   cancelled and settling                  | a late result, once | no | settled: stopped
///
/// One of `progress` leaves the execution as it is: fenced in the first case, `stopped` in the
/// last, else `committed`, with its rows and usage recorded.
Result<Verdict> apply(Tx& tx, const PackedStep& packed);

} // namespace weft::store
