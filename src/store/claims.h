#pragma once

#include "store/store.h"

/// Who works on what: rows of `ready` become claims of a node; timers, crashes and stops that
/// nobody answered put executions back in order. Only the engine calls these.
namespace weft::store::claims {

/// Whose turn it is: the project that was served last, and whether the last claim ended at its
/// limit, so that more may be ready. Owned by the engine, which passes the same
/// one to every claim; touched only inside the writer.
struct Turn {
    ProjectId after;
    bool more = false;
    /// On PostgreSQL most claims look only at what became ready lately: dead rows, which somebody's
    /// long transaction keeps, cost nothing then. The next one looks at all from this time on; set
    /// it to nothing after recover().
    Instant all_from;
};

/// Takes at most `max` ready executions for `node`, in equal shares from the projects that have
/// any, in order of readiness within each. Each becomes `running`, gets the owner and a new epoch.
/// The cost grows with `max` (some 10 us each: at most 500 at once) and not with how many are
/// ready.
Result<std::vector<Claim>> claim(Tx& tx, std::int64_t node, int max, Turn& turn);

/// Whether anything is ready. One look into an index.
Result<bool> any_ready(Rx& rx);

/// Makes at most `max` executions ready whose wake_at has come; how many they were. Who waited for
/// a person runs on.
Result<std::int64_t> wake_due(Tx& tx, int max);
/// The earliest wake_at of an execution that waits; paused ones do not.
Result<std::optional<Instant>> next_wake(Rx& rx);

/// Takes a run away from a coroutine of this process, whose writes bounce from then on: the claim
/// with which another one goes on. None: it is final, or the old one has let go.
Result<std::optional<Claim>> overrule(Tx& tx, const Claim& claim);

/// Gives a claim back without a step: live executions may be claimed again, paused and cancelled
/// ones are let go. An older epoch changes nothing.
Result<> let_go(Tx& tx, const Claim& claim);

/// At start: what other nodes own and did not give back becomes ready again, before all that was
/// ready and not begun; what they were stopping is settled. At most `max`; call until it answers 0.
Result<std::int64_t> recover(Tx& tx, std::int64_t node, int max);

/// What the node owns although it was stopped.
Result<std::vector<ExecutionId>> stopping(Rx& rx, std::int64_t node);

/// Settles executions stopped before `stopped_before` whose owner has not let go: its late writes
/// are fenced. Which they were.
Result<std::vector<ExecutionId>> settle_overdue(Tx& tx, Instant stopped_before, int max);

} // namespace weft::store::claims
