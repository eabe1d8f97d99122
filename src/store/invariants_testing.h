#pragma once

#include "store/store.h"

namespace weft::store {

/// What must hold of every execution in the store at every moment, whatever went wrong before: one
/// line for each that it does not hold of, with the execution's id. Empty: all is well.
///
/// The journal is numbered without gaps; the counters are its sum, and the ledger's credits too;
/// each attempt has one intent and at most one result after it; there is one `finished`, the last
/// row, exactly in completed and failed executions; a live execution is owned, ready, due at a
/// time, or waits with a reason; the inbox is counted as it is, and found by its words; nodes have
/// leased no more of a budget than it says is used, nor anything of one that is passed. Executions
/// with payloads too large for their rows are looked at without their payloads.
Result<std::vector<std::string>> violations(Rx& rx);

} // namespace weft::store
