#include "engine/policies.h"

#include "engine/progress.h"

namespace weft::engine {

namespace {

std::string shown(milliseconds time) {
    return fmt::format("{} s", static_cast<double>(time.count()) / 1e3);
}

EffectError timed_out(std::string code, std::string message) {
    EffectError error{std::move(code), std::move(message)};
    error.failure = FailureClass::timed_out;
    return error;
}

std::optional<Deadline> deadline_of_step(const Run& run) {
    if (run.steps.empty() || run.steps.back().output) return std::nullopt;
    const Step& step = run.steps.back();
    const Agent* agent = run.flow->find(step.agent);
    if (!agent || !agent->step_timeout) return std::nullopt;
    const milliseconds time = *agent->step_timeout;
    return Deadline{
        step.started + time + (run.held() - step.held_before),
        timed_out("step_timed_out",
                  fmt::format("The agent \"{}\" did not come to an end within {} (step_timeout_s).",
                              agent->title, shown(time)))};
}

std::optional<Deadline> deadline_of_execution(const Run& run) {
    if (run.steps.empty() || !run.flow->execution_timeout) return std::nullopt;
    const milliseconds time = *run.flow->execution_timeout;
    return Deadline{run.steps.front().started + time + run.held(),
                    timed_out("run_timed_out", fmt::format("The run did not come to an end within "
                                                           "{} (execution_timeout_s).",
                                                           shown(time)))};
}

Deadline deadline_of_attempt(const Effect& effect, milliseconds time) {
    EffectError error =
        timed_out("timed_out", fmt::format("The call did not come to an end within {} "
                                           "(call_timeout_s).",
                                           shown(time)));
    error.retryable = effect.effect_class != EffectClass::once;
    if (!error.retryable) error.message += " It may have happened all the same.";
    return {effect.started + time, std::move(error)};
}

} // namespace

std::string effect_key(const Run& run) {
    return fmt::format("{}/{}/{}", run.uuid.text(), run.steps.size(),
                       run.steps.back().effects.size());
}

RetryPolicy retry_policy_of(const Run& run, const StepExecutor& executor, const Limits& limits) {
    if (auto own = executor.rules(run).retry) return *std::move(own);
    RetryPolicy policy;
    policy.attempts_max = limits.attempts_max;
    policy.first = limits.backoff_first;
    policy.jitter = limits.backoff_jitter;
    return policy;
}

FailureClass class_of(const EffectError& error) {
    return error.failure.value_or(FailureClass::unavailable);
}

bool may_retry(const Effect& failed, const RetryPolicy& policy) {
    return failed.error->retryable && failed.attempt < policy.attempts_max &&
           policy.on.contains(class_of(*failed.error));
}

std::optional<Deadline> deadline_of_run(const Run& run) {
    auto step = deadline_of_step(run);
    auto execution = deadline_of_execution(run);
    if (!step || (execution && execution->at < step->at)) return execution;
    return step;
}

std::optional<Instant> wake_of(const Run& run) {
    const auto deadline = is_for_a_person(run.waiting_for) ? std::nullopt : deadline_of_run(run);
    if (!deadline || (run.wake_at && *run.wake_at <= deadline->at)) return run.wake_at;
    return deadline->at;
}

Deadline deadline_of_call(const Run& run, const StepExecutor& executor, const Limits& limits) {
    Deadline call = deadline_of_attempt(run.steps.back().effects.back(),
                                        executor.rules(run).timeout.value_or(limits.call_timeout));
    auto whole = deadline_of_run(run);
    return whole && whole->at <= call.at ? std::move(*whole) : std::move(call);
}

} // namespace weft::engine
