#pragma once

#include "engine/limits.h"
#include "engine/step.h"
#include "store/store.h"

/// What a run does next. Pure: no clock, no I/O, no randomness; the executor's `next` is pure too.
namespace weft::engine {

/// The run was claimed, at its start or after a wait, a pause or a crash: its journal tells where
/// it is.
struct Claimed {};
/// The open effect was carried out, or failed.
struct Performed {
    EffectOutcome outcome;
};
/// The run was taken from an owner whose open effect did not end when its time was up.
struct Overruled {};
/// The same as Performed, but a stop was asked for meanwhile: what happened is recorded and nothing
/// is begun.
struct Aborted {
    EffectOutcome outcome;
};
/// The run was stopped and nobody carries it on: nothing is left but to charge its last step for
/// what it has used.
struct Stopped {};
/// The run cannot go on; `why` is a plain sentence.
struct Broken {
    std::string why;
};
using Signal = std::variant<Claimed, Performed, Overruled, Aborted, Stopped, Broken>;

enum class Act {
    perform, ///< the last effect of the run, once `next` is durable (no `next`: it was already)
    wait,    ///< let go; run.wake_at says until when, none = until it is answered
    end,     ///< let go: the run is final
    record,  ///< nothing but what has happened
};

struct Decision {
    Run run; ///< after all rows below
    std::vector<JournalRow>
        happened; ///< results, finished steps, waits: a pause does not touch them
    std::optional<JournalRow>
        next; ///< intent or finished: not if somebody asked for a pause or a stop meanwhile
    std::optional<ExecutionStart> child; ///< to be made with `next`, which may wait for it
    std::vector<LedgerRow> ledger;
    std::optional<LedgerRow> last_charge;    ///< of the step with which the run fails: with `next`
    std::optional<store::Settlement> settle; ///< of what was reserved for the effect that has ended
    std::optional<Ask> ask;                  ///< the item of the inbox that the last row waits for
    Usage usage;                             ///< what `happened` adds to the run's counters
    Usage first_usage;                       ///< what the first row of `happened` alone adds of it
    std::size_t first_ledger_rows = 0;       ///< and of `ledger`
    Act act = Act::end;
};

/// What `made` is about to perform holds so much in budgets.
void reserve(Decision& made, const Reserved& reserved);

/// Takes the run over and gives it back in the decision. `now` stamps the rows.
Decision decide(Run run, Signal signal, Instant now, const Limits& limits,
                const StepExecutor& executor);

} // namespace weft::engine
