#pragma once

#include "store/blobs.h"
#include "store/store.h"

/// One step of the engine, applied.
namespace weft::store {

/// A step with its large payloads packed: made on the caller's thread, applied on the writer's.
struct PackedStep {
    StepCommit step;
    std::vector<std::optional<Packed>> packed; ///< one for each row: results, then the intent
};

/// too_large: a payload is beyond payload_bytes_max.
Result<PackedStep> pack(StepCommit step);

/// Checks owner, epoch, seq and what people asked for, then writes what may be written:
///
///   the execution is                        | result rows | intent | becomes
///   another's, of an old epoch, ended       | no          | no     | unchanged: fenced
///   live, nothing asked                     | yes         | yes    | next_state: committed
///   to be paused, next_state not final      | yes         | no     | paused, let go: paused
///   to be paused, next_state final          | yes         | yes    | next_state: committed
///   cancelled and settling                  | yes, once   | no     | settled: stopped
Result<Verdict> apply(Tx& tx, const PackedStep& packed);

} // namespace weft::store
