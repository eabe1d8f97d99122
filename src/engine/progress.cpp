#include "engine/progress.h"

#include <boost/json/serialize.hpp>

namespace weft::engine {

void go_on(Run& run, Instant at) {
    if (run.person_since) run.person_held += at - *run.person_since;
    run.person_since.reset();
    run.state = ExecutionState::running;
    run.waiting_for = WaitReason::none;
    run.wake_at.reset();
}

Step& open_step(Run& run, AgentId agent, Instant at) {
    go_on(run, at);
    Step& step = run.steps.emplace_back();
    step.agent = agent;
    step.started = at;
    step.held_before = run.held();
    return step;
}

Effect& open_effect(Run& run, EffectClass effect_class, json::object intent, Instant at) {
    go_on(run, at);
    std::vector<Effect>& effects = run.steps.back().effects;
    const int number = static_cast<int>(effects.size()) + 1;
    return effects.emplace_back(Effect{.number = number,
                                       .effect_class = effect_class,
                                       .intent = std::move(intent),
                                       .result = json::object(run.storage),
                                       .started = at});
}

Effect& open_await(Run& run, WaitReason reason, std::string name, std::optional<Instant> until,
                   json::object intent, Instant at) {
    Effect& effect = open_effect(run, EffectClass::awaited, std::move(intent), at);
    effect.awaits = reason;
    effect.awaited_name = std::move(name);
    set_wait(run, reason, until, at);
    return effect;
}

Effect& reopen_effect(Run& run, Instant at) {
    go_on(run, at);
    Effect& effect = run.steps.back().effects.back();
    if (effect.error) effect.earlier_errors.push_back(std::move(*effect.error));
    effect.error.reset();
    effect.result.clear();
    effect.usage = {};
    effect.streamed = {};
    effect.reserved.reset();
    effect.done = false;
    effect.repeated = effect.effect_class == EffectClass::checkable && !effect.redo;
    effect.redo = false;
    ++effect.attempt;
    effect.started = at;
    effect.ended = {};
    return effect;
}

void stream_effect(Run& run, std::string_view text, const Usage& more) {
    Step& step = run.steps.back();
    Effect& effect = step.effects.back();
    effect.streamed.text += text;
    effect.streamed.usage += more;
    effect.usage += more;
    step.usage += more;
    run.usage += more;
}

void abandon_stream(Run& run) {
    Effect& effect = run.steps.back().effects.back();
    effect.abandoned.push_back(std::exchange(effect.streamed, {}));
    effect.usage = {};
}

void close_effect(Run& run, EffectOutcome outcome, Instant at) {
    go_on(run, at);
    Step& step = run.steps.back();
    Effect& effect = step.effects.back();
    effect.done = true;
    effect.result = std::move(outcome.result);
    effect.error = std::move(outcome.error);
    effect.usage = outcome.usage;
    effect.streamed.text.clear();
    effect.redo = effect.error && effect.error->code == interrupted_code;
    effect.ended = at;
    const Usage rest = uncounted(effect);
    step.usage += rest;
    run.usage += rest;
}

void lose(Run& run, const Amount& more) { run.lost += more; }

void charge_step(Run& run, std::int64_t credits_micro) {
    Step& step = run.steps.back();
    step.usage.credits_micro += credits_micro;
    step.charged = step.usage;
    run.usage.credits_micro += credits_micro;
}

Usage difference(const Usage& of, const Usage& without) {
    return {of.input_tokens - without.input_tokens, of.output_tokens - without.output_tokens,
            of.cost_micro_usd - without.cost_micro_usd, of.credits_micro - without.credits_micro};
}

Usage uncounted(const Effect& effect) { return difference(effect.usage, effect.streamed.usage); }

void close_step(Run& run, StepOutput output, AgentId next, std::int64_t credits_micro, Instant at) {
    Step& step = run.steps.back();
    step.output = std::move(output);
    step.next = next;
    step.ended = at;
    charge_step(run, credits_micro);
}

void set_wait(Run& run, WaitReason reason, std::optional<Instant> wake_at, Instant at) {
    const bool for_a_person = is_for_a_person(reason);
    if (for_a_person && !run.person_since) run.person_since = at;
    run.state = for_a_person ? ExecutionState::input_required : ExecutionState::running;
    run.waiting_for = reason;
    run.wake_at = wake_at;
}

void set_finished(Run& run, ExecutionState state, std::string conclusion,
                  std::optional<EffectError> error) {
    run.state = state;
    run.waiting_for = WaitReason::none;
    run.wake_at.reset();
    run.conclusion = std::move(conclusion);
    run.error = std::move(error);
}

const Effect* open_effect_of(const Run& run) {
    if (run.steps.empty() || run.steps.back().output || run.steps.back().effects.empty())
        return nullptr;
    const Effect& last = run.steps.back().effects.back();
    return last.done ? nullptr : &last;
}

std::string shortfall_sentence(const Shortfall& shortfall) {
    const Budget& budget = shortfall.of.budget;
    std::string sentence = fmt::format(
        "The next call may cost up to {}, and of {} ({}) {} is left.",
        amount_text(shortfall.needed, budget.unit), name_of(budget),
        amount_text(budget.ceiling, budget.unit), amount_text(shortfall.of.left(), budget.unit));
    return sentence;
}

std::int64_t attempts_of(const Run& run) {
    std::int64_t attempts = 0;
    for (const Step& step : run.steps)
        for (const Effect& effect : step.effects) attempts += effect.attempt;
    return attempts;
}

namespace {

std::string text_of(const Usage& usage) {
    return fmt::format("{}/{}/{}/{}", usage.input_tokens, usage.output_tokens, usage.cost_micro_usd,
                       usage.credits_micro);
}

std::string text_of(const EffectError& error) {
    return fmt::format("{} ({}) {} {}ms {} {}", error.code, error.message,
                       error.retryable ? "retryable" : "final",
                       error.retry_after ? error.retry_after->count() : -1, error.http_status,
                       error.failure ? to_text(*error.failure) : "");
}

void describe(std::string& out, const Effect& effect) {
    out += fmt::format("  effect {} #{} class {} {} intent {}\n", effect.number, effect.attempt,
                       static_cast<int>(effect.effect_class), effect.done ? "done" : "open",
                       json::serialize(effect.intent));
    out += fmt::format("    {} .. {} usage {} result {}\n", effect.started.us, effect.ended.us,
                       text_of(effect.usage), json::serialize(effect.result));
    if (!effect.streamed.text.empty() || effect.streamed.usage != Usage{})
        out += fmt::format("    streamed {} ({})\n", text_of(effect.streamed.usage),
                           effect.streamed.text);
    for (const Streamed& cut : effect.abandoned)
        out += fmt::format("    abandoned {} ({})\n", text_of(cut.usage), cut.text);
    if (effect.awaits != WaitReason::none)
        out += fmt::format("    awaits {} ({})\n", to_text(effect.awaits), effect.awaited_name);
    if (effect.redo) out += "    to be done again\n";
    if (effect.reserved)
        out += fmt::format("    reserved {}/{}\n", effect.reserved->worst.micro_usd,
                           effect.reserved->worst.micro_credits);
    for (const EffectError& earlier : effect.earlier_errors)
        out += "    earlier " + text_of(earlier) + "\n";
    if (effect.error) out += "    error " + text_of(*effect.error) + "\n";
}

} // namespace

std::string describe(const Run& run) {
    std::string out = fmt::format("{} seq {} usage {} wait {} {}\n", to_text(run.state),
                                  run.next_seq, text_of(run.usage), to_text(run.waiting_for),
                                  run.wake_at ? run.wake_at->us : -1);
    if (run.lost) out += fmt::format("lost {}/{}\n", run.lost.micro_usd, run.lost.micro_credits);
    for (const Step& step : run.steps) {
        out += fmt::format("step {} {} .. {} usage {}\n", step.agent.hex(), step.started.us,
                           step.ended.us, text_of(step.usage));
        if (step.charged != Usage{}) out += fmt::format("  charged {}\n", text_of(step.charged));
        for (const Effect& effect : step.effects) describe(out, effect);
        if (step.output)
            out += fmt::format("  output ({}) {} because ({}) next {}\n", step.output->text,
                               json::serialize(step.output->data), step.output->decision_reason,
                               step.next ? step.next.hex() : "none");
    }
    if (!run.conclusion.empty()) out += "conclusion " + run.conclusion + "\n";
    if (run.error) out += "error " + text_of(*run.error) + "\n";
    return out;
}

} // namespace weft::engine
