#pragma once

#include "engine/step.h"

/// The only ways in which a Run changes. The fold of a journal and the runner's decisions both go
/// through these, so that a run in memory and the same run read back are alike. The caller has
/// checked that the change fits.
namespace weft::engine {

Step& open_step(Run& run, AgentId agent, Instant at);
/// The next effect of the last step.
Effect& open_effect(Run& run, EffectClass effect_class, json::object intent, Instant at);
/// The same, of class `awaited`: the run waits.
Effect& open_await(Run& run, WaitReason reason, std::string name, std::optional<Instant> until,
                   json::object intent, Instant at);
/// Another attempt of the last effect, which failed.
Effect& reopen_effect(Run& run, Instant at);
/// The open effect has brought this much more.
void stream_effect(Run& run, std::string_view text, const Usage& more);
/// What the open effect had brought when a crash cut it off; it begins anew.
void abandon_stream(Run& run);
/// The last effect has its outcome, which tells all that this attempt used.
void close_effect(Run& run, EffectOutcome outcome, Instant at);
/// The last effect, which is closed, may have cost so much more.
void lose(Run& run, const Amount& more);
/// All that the step has used is charged now, for so much more; one that does not finish is charged
/// all the same.
void charge_step(Run& run, std::int64_t credits_micro);
/// `credits_micro`: what the step is charged beside what its effects used.
void close_step(Run& run, StepOutput output, AgentId next, std::int64_t credits_micro, Instant at);
inline bool is_for_a_person(WaitReason reason) {
    return reason == WaitReason::uncertain_effect || reason == WaitReason::person ||
           reason == WaitReason::budget;
}
/// A wait before an effect is over.
void go_on(Run& run, Instant at);
void set_wait(Run& run, WaitReason reason, std::optional<Instant> wake_at, Instant at);
void set_finished(Run& run, ExecutionState state, std::string conclusion,
                  std::optional<EffectError> error);

/// The last effect of a step in progress when it has no outcome yet, else nullptr.
const Effect* open_effect_of(const Run& run);
Usage difference(const Usage& of, const Usage& without);
/// What its rows have not counted yet of all that a closed effect used.
Usage uncounted(const Effect& effect);
/// Attempts of all effects so far.
std::int64_t attempts_of(const Run& run);

/// Code of an effect's error: the process ended meanwhile. It is attempted once more.
inline constexpr std::string_view interrupted_code = "interrupted";
inline constexpr std::string_view interrupted_sentence =
    "Weft stopped while this was being done. It is done again.";

/// What is said of a run that waits for a person to tell whether an effect happened.
inline constexpr std::string_view uncertain_sentence =
    "Weft stopped while this was being done, and nobody can tell whether it happened. It is not "
    "done again until a person decides.";

/// What is said of a run whose next call no budget has room for.
std::string shortfall_sentence(const Shortfall& shortfall);

/// Every field of a run as text, one line each: for comparing runs in tests and in `weft doctor`.
std::string describe(const Run& run);

} // namespace weft::engine
