#pragma once

#include "engine/limits.h"
#include "engine/step.h"

/// What a flow's version says about trying again and about time, and when which time is up. Pure.
///
/// Where is tried again: here alone. A run's call of a model is one attempt (agents let
/// models::Caller ask each model of the agent once, fallbacks in turn; connectors that ask a model
/// do the same), so that attempts do not multiply, each stands in the journal, and the waits
/// between them are rows.
///
/// What counts. A call's time begins with its intent, a step's with its first row, a run's with the
/// first row of its first step; all three are journalled, so that a crash starts none anew, and
/// time without a server counts. Waits between attempts count for the step and the run. What does
/// not count for those two: while it is paused, and while it waits for a person.
namespace weft::engine {

/// The same for every attempt and every repetition: see StepExecutor::perform.
std::string effect_key(const Run& run);

/// Of the last effect.
RetryPolicy retry_policy_of(const Run& run, const StepExecutor& executor, const Limits& limits);

FailureClass class_of(const EffectError& error);
bool may_retry(const Effect& failed, const RetryPolicy& policy);

/// A moment at which time is up, and what is told then.
struct Deadline {
    Instant at;
    EffectError error;
};
/// The sooner of the step's and the run's; none: neither has one.
std::optional<Deadline> deadline_of_run(const Run& run);
/// When a run that waits must be looked at again: what it waits for is due, or its time is up.
std::optional<Instant> wake_of(const Run& run);
/// Of the open effect: its own or the run's, whichever is sooner.
Deadline deadline_of_call(const Run& run, const StepExecutor& executor, const Limits& limits);

} // namespace weft::engine
