#include "api/stop_view.h"

#include <boost/json/object.hpp>

#include <ranges>

namespace weft::api {

namespace {

using engine::Effect;
using engine::Loaded;
using engine::Step;

constexpr std::size_t shown_max = 100; ///< of the effects that may have acted

std::int64_t milliseconds_between(Instant from, Instant to) {
    return to.us > from.us ? (to - from).count() / 1000 : 0;
}

/// Whether it may have changed something outside: a model is asked, not made to act.
bool may_act(const Effect& effect) {
    return effect.effect_class != EffectClass::pure && text_or(effect.intent, "kind") == "tool";
}

/// What was open when the stop came, if it did not come to a good end all the same.
const Effect* aborted_of(const Loaded& loaded) {
    const auto& steps = loaded.run.steps;
    if (steps.empty() || steps.back().effects.empty()) return nullptr;
    const Effect& last = steps.back().effects.back();
    if (!last.done) return &last;
    const bool late = loaded.stopped ? loaded.execution.next_seq > loaded.stopped->next_seq
                                     : last.error && last.error->code == "cancelled";
    return late && !last.ok() ? &last : nullptr;
}

Instant stopped_at(const Loaded& loaded) {
    if (loaded.stopped) return loaded.stopped->at;
    return loaded.execution.ended_at.value_or(loaded.execution.updated_at);
}

std::string_view fate_of(const Effect& effect, const Loaded& loaded) {
    if (effect.effect_class == EffectClass::awaited) return "aborted"; // nobody was at work on it
    if (!effect.done) return loaded.execution.settling ? "aborting" : "unknown";
    return effect.error->code == "cancelled" ? "aborted" : "failed";
}

struct Counts {
    std::int64_t done = 0;
    std::int64_t may_have_acted = 0;
};

/// Of the effects before the one that was cut off.
Counts counts_of(const Loaded& loaded) {
    Counts counts;
    const Effect* aborted = aborted_of(loaded);
    for (const Step& step : loaded.run.steps)
        for (const Effect& effect : step.effects) {
            if (&effect == aborted) continue;
            ++counts.done;
            counts.may_have_acted += may_act(effect);
        }
    return counts;
}

void write_effect(TextWriter& to, const Loaded& loaded, const Step& step, const Effect& effect) {
    const Agent* agent = loaded.run.flow->find(step.agent);
    const std::string_view tool = text_or(effect.intent, "tool");
    to.member("agent_id", step.agent.hex());
    to.member("title", agent ? std::string_view(agent->title) : "");
    to.member("call", text_or(effect.intent, "kind"));
    if (!tool.empty()) to.member("tool", tool);
    to.member("effect_class", to_text(effect.effect_class));
    to.member("attempt", effect.attempt);
}

void write_aborted(TextWriter& to, const Loaded& loaded) {
    to.name("aborted");
    const Effect* effect = aborted_of(loaded);
    if (!effect) return to.value(nullptr);
    const Step& step = loaded.run.steps.back();
    to.begin_object();
    write_effect(to, loaded, step, *effect);
    const std::string_view kind = text_or(effect->intent, "kind");
    if (kind == "model" || kind == "judge") {
        const std::string_view answered = text_or(effect->result, "model");
        const Agent* agent = loaded.run.flow->find(step.agent);
        to.member("model", answered.empty() && agent ? agent->llm.model : answered);
    }
    to.member("status", fate_of(*effect, loaded));
    to.member("may_have_acted", may_act(*effect));
    to.member(
        "duration_ms",
        milliseconds_between(effect->started, effect->done ? effect->ended : stopped_at(loaded)));
    to.member("output", effect->done ? text_or(effect->result, "text")
                                     : std::string_view(effect->streamed.text));
    to.end_object();
}

/// The latest, in the order in which they happened.
void write_acts(TextWriter& to, const Loaded& loaded) {
    std::vector<std::pair<const Step*, const Effect*>> acts;
    const Effect* aborted = aborted_of(loaded);
    for (const Step& step : loaded.run.steps)
        for (const Effect& effect : step.effects)
            if (&effect != aborted && may_act(effect)) acts.emplace_back(&step, &effect);
    to.name("may_have_acted");
    to.begin_array();
    const std::size_t skipped = acts.size() > shown_max ? acts.size() - shown_max : 0;
    for (const auto& [step, effect] : acts | std::views::drop(skipped)) {
        to.begin_object();
        write_effect(to, loaded, *step, *effect);
        to.member("status", effect->ok() ? "completed" : "failed");
        to.member("ended_at", effect->ended.epoch_seconds());
        to.end_object();
    }
    to.end_array();
}

void write_who(TextWriter& to, const std::optional<store::executions::Stopped>& stopped) {
    to.name("stopped_by");
    if (!stopped) return to.value(nullptr);
    to.begin_object();
    to.member("_id", stopped->by_id);
    to.member("name", stopped->by_name);
    to.end_object();
}

} // namespace

void write_usage(TextWriter& to, std::string_view name, const Usage& usage) {
    const auto whole = [](std::int64_t micro) { return static_cast<double>(micro) / 1e6; };
    to.name(name);
    to.begin_object();
    to.member("input_tokens", usage.input_tokens);
    to.member("output_tokens", usage.output_tokens);
    to.member("credits", whole(usage.credits_micro));
    to.member("cost_usd", whole(usage.cost_micro_usd));
    to.end_object();
}

void write_stop(TextWriter& to, const Loaded& loaded) {
    to.name("stop");
    if (loaded.execution.state != ExecutionState::cancelled) return to.value(nullptr);
    const Counts counts = counts_of(loaded);
    to.begin_object();
    to.member("stopped_at", stopped_at(loaded).epoch_seconds());
    write_who(to, loaded.stopped);
    to.name("status_before");
    if (loaded.stopped)
        to.value(to_text(loaded.stopped->state));
    else
        to.value(nullptr);
    to.member("settling", loaded.execution.settling);
    write_aborted(to, loaded);
    to.member("done_count", counts.done);
    to.member("may_have_acted_count", counts.may_have_acted);
    write_acts(to, loaded);
    write_usage(to, "paid", loaded.execution.usage);
    to.end_object();
}

void write_task_stop(TextWriter& to, const std::vector<Loaded>& executions) {
    const Loaded* first = nullptr;
    std::int64_t stopped = 0;
    std::int64_t aborted = 0;
    bool settling = false;
    Counts counts;
    Usage paid;
    for (const Loaded& each : executions) {
        paid += each.execution.usage;
        if (each.execution.state != ExecutionState::cancelled) continue;
        ++stopped;
        settling |= each.execution.settling;
        if (!first || stopped_at(each) < stopped_at(*first)) first = &each;
        aborted += aborted_of(each) != nullptr;
        const Counts its = counts_of(each);
        counts.done += its.done;
        counts.may_have_acted += its.may_have_acted;
    }
    to.name("stop");
    if (!first) return to.value(nullptr);
    to.begin_object();
    to.member("stopped_at", stopped_at(*first).epoch_seconds());
    write_who(to, first->stopped);
    to.member("executions_count", stopped);
    to.member("settling", settling);
    to.member("aborted_count", aborted);
    to.member("done_count", counts.done);
    to.member("may_have_acted_count", counts.may_have_acted);
    write_usage(to, "paid", paid);
    to.end_object();
}

json::value task_stop_view(const std::vector<store::executions::Stopped>& stops,
                           const Usage& paid) {
    if (stops.empty()) return nullptr;
    const store::executions::Stopped& first = stops.front();
    const auto whole = [](std::int64_t micro) { return static_cast<double>(micro) / 1e6; };
    return {{"stopped_at", first.at.epoch_seconds()},
            {"stopped_by", {{"_id", first.by_id}, {"name", first.by_name}}},
            {"executions_count", stops.size()},
            {"paid",
             {{"input_tokens", paid.input_tokens},
              {"output_tokens", paid.output_tokens},
              {"credits", whole(paid.credits_micro)},
              {"cost_usd", whole(paid.cost_micro_usd)}}}};
}

} // namespace weft::api
