#pragma once

#include "sim/machine.h"

namespace weft::sim {

/// What must hold whenever the server has come up, and at the end: what was acknowledged is there,
/// journals fold and have only grown, counters are their sums, nothing began without its intent,
/// what has ended stays so.
void check_all(Machine& machine, const Book& book, Trace& trace);

/// What must hold once the server has recovered: each live execution is ready, owned by this
/// process, or waits with a reason.
void check_nothing_is_lost(Machine& machine, Trace& trace);

struct Tally {
    std::int64_t taken_over = 0; ///< executions of another flow than `first`
    std::int64_t timed_out = 0;  ///< rows of calls, steps and runs whose time was up
};
Tally tally_of(Machine& machine, const AgentflowId& first);

} // namespace weft::sim
