#include "engine/journal.h"

#include "base/check.h"
#include "engine/payload.h"
#include "engine/progress.h"

namespace weft::engine {

namespace {

std::vector<std::int64_t> numbers(const Usage& usage) {
    return {usage.input_tokens, usage.output_tokens, usage.cost_micro_usd, usage.credits_micro};
}

void add_usage(PayloadWriter& to, std::string_view name, const Usage& usage) {
    const auto all = numbers(usage);
    if (std::ranges::any_of(all, [](std::int64_t each) { return each != 0; })) to.add(name, all);
}

void add_error(PayloadWriter& to, const EffectError& error) {
    PayloadWriter inner;
    inner.add("c", error.code);
    inner.add("m", error.message);
    if (error.retryable) inner.add("y", 1);
    if (error.retry_after) inner.add("ra", error.retry_after->count());
    if (error.http_status) inner.add("h", error.http_status);
    if (error.failure) inner.add("f", static_cast<int>(*error.failure));
    to.add_raw("e", inner.finish());
}

/// The executor's words about an effect that viewers are shown.
void add_shown(PayloadWriter& to, const Effect& effect) {
    for (const auto& [name, member] : {std::pair{"k", "kind"}, std::pair{"t", "tool"}})
        if (const auto text = text_or(effect.intent, member); !text.empty()) to.add(name, text);
}

void add_place(PayloadWriter& to, const Run& run) {
    to.add("s", static_cast<std::int64_t>(run.steps.size()) - 1);
    to.add("g", run.steps.back().agent.hex());
}

void add_attempt(PayloadWriter& to, const Run& run) {
    add_place(to, run);
    to.add("n", run.steps.back().effects.back().number);
    to.add("a", run.steps.back().effects.back().attempt);
}

void add_charge(PayloadWriter& to, const Ended& ended) {
    if (ended.credits_micro) to.add("cr", *ended.credits_micro);
}

void add_done(PayloadWriter& to, const Step& step, const Ended& ended) {
    PayloadWriter done;
    done.add("t", step.output->text);
    if (!step.output->data.empty()) done.add("o", step.output->data);
    if (!step.output->decision_reason.empty()) done.add("b", step.output->decision_reason);
    if (step.next) done.add("x", step.next.hex());
    done.add("us", (step.ended - step.started).count());
    add_usage(done, "u", step.usage);
    add_charge(done, ended);
    to.add_raw("d", done.finish());
}

std::string intent_payload(const Run& run, const Ended& ended) {
    const Effect& effect = run.steps.back().effects.back();
    PayloadWriter payload;
    add_attempt(payload, run);
    payload.add("c", static_cast<std::int64_t>(effect.effect_class));
    if (effect.awaits != WaitReason::none) {
        payload.add("w", static_cast<std::int64_t>(effect.awaits));
        if (run.wake_at) payload.add("at", run.wake_at->us);
        if (!effect.awaited_name.empty()) payload.add("x", effect.awaited_name);
    }
    payload.add("i", effect.intent);
    if (const auto& held = effect.reserved)
        payload.add("b", std::vector<std::int64_t>{held->worst.micro_usd, held->worst.micro_credits,
                                                   held->credits_before});
    if (const auto held_us = run.steps.back().held_before.count();
        held_us > 0 && effect.number == 1 && effect.attempt == 1)
        payload.add("h", held_us);
    add_charge(payload, ended);
    return payload.finish();
}

std::string result_payload(const Run& run, const Ended& ended) {
    const Step& step = run.steps.back();
    const Effect& effect = step.effects.back();
    PayloadWriter payload;
    add_attempt(payload, run);
    add_shown(payload, effect);
    if (effect.awaits != WaitReason::none) {
        payload.add("w", static_cast<std::int64_t>(effect.awaits));
        payload.add("o", std::string_view(effect.awaits == WaitReason::time ? "due" : "timed_out"));
    }
    payload.add("us", (effect.ended - effect.started).count());
    payload.add("r", effect.result);
    if (effect.error) add_error(payload, *effect.error);
    add_usage(payload, "u", uncounted(effect));
    add_usage(payload, "v", effect.streamed.usage);
    if (ended.lost)
        payload.add("l", std::vector<std::int64_t>{ended.lost.micro_usd, ended.lost.micro_credits});
    if (step.output)
        add_done(payload, step, ended);
    else
        add_charge(payload, ended);
    return payload.finish();
}

std::string abandoned_payload(const Run& run) {
    PayloadWriter payload;
    add_attempt(payload, run);
    payload.add("x", 1);
    return payload.finish();
}

std::string branch_payload(const Run& run, const Ended& ended) {
    PayloadWriter payload;
    add_place(payload, run);
    add_done(payload, run.steps.back(), ended);
    return payload.finish();
}

std::string wait_sentence(const Run& run) {
    if (run.waiting_for == WaitReason::uncertain_effect) return std::string(uncertain_sentence);
    if (run.waiting_for == WaitReason::budget && run.shortfall)
        return shortfall_sentence(*run.shortfall);
    const std::vector<Effect>& effects = run.steps.back().effects;
    return effects.empty() || !effects.back().error ? std::string{} : effects.back().error->message;
}

std::string wait_payload(const Run& run, const Ended& ended) {
    PayloadWriter payload;
    add_place(payload, run);
    payload.add("w", static_cast<std::int64_t>(run.waiting_for));
    if (run.wake_at) payload.add("at", run.wake_at->us);
    payload.add("m", wait_sentence(run));
    add_charge(payload, ended);
    return payload.finish();
}

std::string charged_payload(const Run& run, const Ended& ended) {
    PayloadWriter payload;
    add_place(payload, run);
    add_charge(payload, ended);
    return payload.finish();
}

std::string finished_payload(const Run& run, const Ended& ended) {
    PayloadWriter payload;
    if (!run.steps.empty()) add_place(payload, run);
    payload.add("st", static_cast<std::int64_t>(run.state));
    payload.add("c", run.conclusion);
    add_charge(payload, ended);
    if (run.error) add_error(payload, *run.error);
    return payload.finish();
}

/// An object's text without its braces.
std::string members_of(std::string object) {
    object.pop_back();
    object.erase(0, 1);
    return object;
}

std::string payload_of(const Run& run, JournalKind kind, const Ended& ended) {
    switch (kind) {
    case JournalKind::intent: return intent_payload(run, ended);
    case JournalKind::result: return result_payload(run, ended);
    case JournalKind::branch: return branch_payload(run, ended);
    case JournalKind::partial: return abandoned_payload(run);
    case JournalKind::wait: return wait_payload(run, ended);
    case JournalKind::finished: return finished_payload(run, ended);
    case JournalKind::charged: return charged_payload(run, ended);
    case JournalKind::answer: break; // the store's
    }
    CHECK(!"a journal kind");
    return {};
}

} // namespace

std::string place_of(const Run& run) {
    PayloadWriter place;
    add_place(place, run);
    if (run.waiting_for == WaitReason::budget) {
        place.add("w", static_cast<std::int64_t>(run.waiting_for));
        if (run.person_since) place.add("f", run.person_since->us);
        return members_of(place.finish());
    }
    const Effect& effect = run.steps.back().effects.back();
    place.add("n", effect.number);
    place.add("a", effect.attempt);
    add_shown(place, effect);
    place.add("w", static_cast<std::int64_t>(run.waiting_for));
    place.add("f", effect.started.us);
    return members_of(place.finish());
}

std::string answer_for_parent(const Run& run) {
    json::object output{{"timed_out", false},
                        {"execution_id", run.uuid.text()},
                        {"status", to_text(run.state)},
                        {"conclusion", run.conclusion}};
    if (run.error) output["error"] = run.error->message;
    PayloadWriter answer;
    answer.add("r", json::object{{"output", std::move(output)}});
    return members_of(answer.finish());
}

JournalRow record(const Run& run, JournalKind kind, Instant at, const Ended& ended) {
    return {run.next_seq, kind, at, payload_of(run, kind, ended)};
}

JournalRow record_partial(const Run& run, std::int64_t offset, std::string_view text,
                          const Usage& usage, Instant at) {
    PayloadWriter payload;
    add_attempt(payload, run);
    payload.add("o", offset);
    payload.add("t", text);
    add_usage(payload, "u", usage);
    return {run.next_seq, JournalKind::partial, at, payload.finish()};
}

} // namespace weft::engine
