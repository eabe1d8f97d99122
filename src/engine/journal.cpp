#include "engine/journal.h"

#include "engine/payload.h"
#include "engine/progress.h"

namespace weft::engine {

namespace {

std::unexpected<Error> wrong_row(const JournalRow& row, std::string_view why) {
    return fail(
        Code::internal, "The record of this run cannot be read.",
        fmt::format("journal row {} of kind {}: {}", row.seq, static_cast<int>(row.kind), why));
}

/// Far above what a run can use; thousands of them can be added.
constexpr std::int64_t amount_max = std::int64_t{1} << 50;

std::int64_t bounded(std::int64_t amount) { return std::clamp(amount, -amount_max, amount_max); }

Usage usage_of(const json::object& payload, std::string_view name) {
    const json::value* found = payload.if_contains(name);
    const json::array* all = found ? found->if_array() : nullptr;
    if (!all || all->size() != 4) return {};
    const auto at = [&](std::size_t i) {
        return (*all)[i].is_int64() ? bounded((*all)[i].as_int64()) : 0;
    };
    return {at(0), at(1), at(2), at(3)};
}

/// The numbers of such an array; none that is missing.
std::vector<std::int64_t> numbers_of(const json::object& payload, std::string_view name,
                                     std::size_t count) {
    const json::value* found = payload.if_contains(name);
    const json::array* all = found ? found->if_array() : nullptr;
    if (!all || all->size() != count) return {};
    std::vector<std::int64_t> numbers;
    for (const json::value& each : *all)
        numbers.push_back(each.is_int64() ? bounded(each.as_int64()) : 0);
    return numbers;
}

std::optional<Reserved> reserved_of(const json::object& payload) {
    const auto numbers = numbers_of(payload, "b", 3);
    if (numbers.empty()) return std::nullopt;
    return Reserved{{numbers[0], numbers[1]}, numbers[2]};
}

std::optional<EffectError> error_of(const json::object& payload) {
    const json::value* found = payload.if_contains("e");
    const json::object* given = found ? found->if_object() : nullptr;
    if (!given) return std::nullopt;
    EffectError error;
    error.code = text_or(*given, "c");
    error.message = text_or(*given, "m");
    error.retryable = int_member(*given, "y") != 0;
    if (given->contains("ra")) error.retry_after = milliseconds(int_member(*given, "ra"));
    error.http_status = static_cast<int>(int_member(*given, "h"));
    if (const auto failure = int_member(*given, "f"))
        error.failure = static_cast<FailureClass>(failure);
    return error;
}

std::optional<Instant> instant_of(const json::object& payload, std::string_view name) {
    if (!payload.contains(name)) return std::nullopt;
    return Instant{int_member(payload, name)};
}

AgentId agent_of(const json::object& payload, std::string_view name) {
    return AgentId::parse(text_or(payload, name)).value_or(AgentId{});
}

void fold_done(Run& run, json::object& payload, Instant at) {
    json::object done = take_object(payload, "d");
    StepOutput output{std::string(text_or(done, "t")), take_object(done, "o"),
                      std::string(text_or(done, "b"))};
    close_step(run, std::move(output), agent_of(done, "x"), bounded(int_member(done, "cr")), at);
}

void fold_charge(Run& run, const json::object& payload) {
    if (payload.contains("cr")) charge_step(run, bounded(int_member(payload, "cr")));
}

/// Opens the step that the row names when it is the next one. False: the row belongs to neither
/// step.
bool reach_step(Run& run, const json::object& payload, Instant at) {
    const std::int64_t index = int_member(payload, "s", -1);
    const auto steps = static_cast<std::int64_t>(run.steps.size());
    const bool in_progress = steps > 0 && !run.steps.back().output;
    if (in_progress) return index == steps - 1;
    if (index != steps) return false;
    open_step(run, agent_of(payload, "g"), at);
    return true;
}

Result<> fold_intent(Run& run, const JournalRow& row, json::object& payload) {
    if (!reach_step(run, payload, row.at)) return wrong_row(row, "an intent of another step");
    const std::vector<Effect>& effects = run.steps.back().effects;
    const std::int64_t number = int_member(payload, "n");
    const std::int64_t attempt = int_member(payload, "a");
    const auto count = static_cast<std::int64_t>(effects.size());
    if (count > 0 && !effects.back().done) return wrong_row(row, "an intent while another is open");
    if (number == count + 1 && attempt == 1 && payload.contains("w")) {
        open_await(run, static_cast<WaitReason>(int_member(payload, "w")),
                   std::string(text_or(payload, "x")), instant_of(payload, "at"),
                   take_object(payload, "i"), row.at);
        fold_charge(run, payload);
        if (number == 1) run.steps.back().held_before = microseconds(int_member(payload, "h"));
        return {};
    }
    if (number == count + 1 && attempt == 1) {
        const auto effect_class = static_cast<EffectClass>(int_member(payload, "c"));
        open_effect(run, effect_class, take_object(payload, "i"), row.at).reserved =
            reserved_of(payload);
        if (number == 1) run.steps.back().held_before = microseconds(int_member(payload, "h"));
        return {};
    }
    if (number != count || count == 0 || attempt != effects.back().attempt + 1)
        return wrong_row(row, "an intent out of order");
    Effect& reopened = reopen_effect(run, row.at);
    reopened.intent = take_object(payload, "i");
    reopened.reserved = reserved_of(payload);
    return {};
}

/// The open effect, if it is the one that the row belongs to.
const Effect* open_effect_of(const Run& run, const json::object& payload) {
    const Effect* open = open_effect_of(run);
    const bool same = open && open->number == int_member(payload, "n") &&
                      open->attempt == int_member(payload, "a");
    return same ? open : nullptr;
}

Result<> fold_partial(Run& run, const JournalRow& row, const json::object& payload) {
    const Effect* open = open_effect_of(run, payload);
    if (!open) return wrong_row(row, "more of an effect that is not open");
    if (int_member(payload, "x") != 0) {
        abandon_stream(run);
        return {};
    }
    if (int_member(payload, "o") != std::ssize(open->streamed.text))
        return wrong_row(row, "more of an effect, but not what follows");
    stream_effect(run, text_or(payload, "t"), usage_of(payload, "u"));
    return {};
}

Result<> fold_result(Run& run, const JournalRow& row, json::object& payload) {
    const Effect* open = open_effect_of(run, payload);
    if (!open) return wrong_row(row, "a result without its intent");
    Usage usage = open->streamed.usage;
    usage += usage_of(payload, "u");
    close_effect(run, {take_object(payload, "r"), error_of(payload), usage}, row.at);
    if (const auto lost = numbers_of(payload, "l", 2); !lost.empty()) lose(run, {lost[0], lost[1]});
    fold_charge(run, payload);
    if (payload.contains("d")) fold_done(run, payload, row.at);
    return {};
}

Result<> fold_answer(Run& run, const JournalRow& row, json::object& payload) {
    const Effect* open = open_effect_of(run);
    if (!open && run.waiting_for == WaitReason::budget) {
        go_on(run, row.at);
        return {};
    }
    if (!open || open->number != int_member(payload, "n") ||
        open->attempt != int_member(payload, "a") || run.waiting_for == WaitReason::none)
        return wrong_row(row, "an answer that nothing waited for");
    const std::string_view outcome = text_or(payload, "o");
    close_effect(run, {take_object(payload, "r"), error_of(payload), {}}, row.at);
    run.steps.back().effects.back().redo = outcome == "not_done";
    return {};
}

Result<> fold_branch(Run& run, const JournalRow& row, json::object& payload) {
    if (!reach_step(run, payload, row.at) || !payload.contains("d"))
        return wrong_row(row, "a branch out of order");
    fold_done(run, payload, row.at);
    return {};
}

void fold_wait(Run& run, const JournalRow& row, const json::object& payload) {
    set_wait(run, static_cast<WaitReason>(int_member(payload, "w")), instant_of(payload, "at"),
             row.at);
    if (!run.steps.empty()) fold_charge(run, payload);
}

Result<> fold_charged(Run& run, const JournalRow& row, const json::object& payload) {
    if (run.steps.empty()) return wrong_row(row, "a charge of no step");
    fold_charge(run, payload);
    return {};
}

/// A step may fail before its first effect: then only this row tells of it.
Result<> fold_finished(Run& run, const JournalRow& row, const json::object& payload) {
    const auto state = static_cast<ExecutionState>(int_member(payload, "st"));
    if (state != ExecutionState::completed && state != ExecutionState::failed)
        return wrong_row(row, "an end that is none");
    if (payload.contains("s")) reach_step(run, payload, row.at);
    if (state == ExecutionState::completed && !run.steps.empty() && !run.steps.back().output)
        return wrong_row(row, "completed with a step in progress");
    if (!run.steps.empty()) fold_charge(run, payload);
    set_finished(run, state, std::string(text_or(payload, "c")), error_of(payload));
    return {};
}

Result<> fold_payload(Run& run, const JournalRow& row, json::object& payload) {
    switch (row.kind) {
    case JournalKind::intent: return fold_intent(run, row, payload);
    case JournalKind::result: return fold_result(run, row, payload);
    case JournalKind::branch: return fold_branch(run, row, payload);
    case JournalKind::partial: return fold_partial(run, row, payload);
    case JournalKind::wait: fold_wait(run, row, payload); return {};
    case JournalKind::finished: return fold_finished(run, row, payload);
    case JournalKind::charged: return fold_charged(run, row, payload);
    case JournalKind::answer: return fold_answer(run, row, payload);
    }
    return wrong_row(row, "no such kind");
}

void tell_agent(json::object& data, const json::object& payload, const Agentflow& flow,
                std::string_view title_name) {
    const AgentId id = agent_of(payload, "g");
    const Agent* agent = flow.find(id);
    data["agent_id"] = id.hex();
    data[title_name] = agent ? std::string_view(agent->title) : std::string_view{};
}

void tell_usage(json::object& data, const Usage& usage) {
    data["input_tokens"] = usage.input_tokens;
    data["output_tokens"] = usage.output_tokens;
    data["cost_usd"] = static_cast<double>(usage.cost_micro_usd) / 1e6;
}

void tell_error(json::object& data, const std::optional<EffectError>& error) {
    if (!error) return;
    json::object told{{"code", error->code}, {"message", error->message}};
    if (error->http_status) told["http_status"] = error->http_status;
    data["error"] = std::move(told);
}

double duration_ms(const json::object& payload) {
    return static_cast<double>(int_member(payload, "us")) / 1e3;
}

/// Members that effect.started and effect.finished share.
json::object tell_effect(const json::object& payload, const json::object& words,
                         std::string_view kind, std::string_view tool, const Agentflow& flow) {
    json::object data;
    tell_agent(data, payload, flow, "agent_title");
    data["kind"] = text_or(words, kind);
    if (const auto name = text_or(words, tool); !name.empty()) data["tool"] = name;
    data["number"] = int_member(payload, "n");
    data["attempt"] = int_member(payload, "a");
    return data;
}

/// What a model had written when its call ended; a tool's result has no such text.
std::string_view model_text(const json::object& payload) {
    const json::value* result = payload.if_contains("r");
    const bool of_model = text_or(payload, "k") == "model";
    return of_model && result ? text_or(*result, "text") : std::string_view{};
}

Event tell_result(const json::object& payload, const Agentflow& flow) {
    json::object data = tell_effect(payload, payload, "k", "t", flow);
    const auto error = error_of(payload);
    data["ok"] = !error;
    data["duration_ms"] = duration_ms(payload);
    Usage usage = usage_of(payload, "v");
    usage += usage_of(payload, "u");
    tell_usage(data, usage);
    tell_error(data, error);
    return {0, "effect.finished", std::move(data)};
}

Event tell_done(json::object& payload, const Agentflow& flow) {
    json::object data;
    tell_agent(data, payload, flow, "title");
    json::object done = take_object(payload, "d");
    json::object output{{"text", text_or(done, "t")}, {"data", take_object(done, "o")}};
    if (const auto reason = text_or(done, "b"); !reason.empty()) output["decision_reason"] = reason;
    data["output"] = std::move(output);
    const auto next = text_or(done, "x");
    data["next_agent"] = next.empty() ? json::value(nullptr) : json::value(next);
    data["duration_ms"] = duration_ms(done);
    tell_usage(data, usage_of(done, "u"));
    return {0, "agent.finished", std::move(data)};
}

std::string await_sentence(const json::object& payload) {
    switch (static_cast<WaitReason>(int_member(payload, "w"))) {
    case WaitReason::time: return "This waits for a time.";
    case WaitReason::person: return "This waits for a person's answer.";
    case WaitReason::event:
        return fmt::format("This waits for the event \"{}\".", text_or(payload, "x"));
    case WaitReason::child: return "This waits for the end of another execution.";
    default: return {};
    }
}

Event tell_wait(const json::object& payload, const Agentflow& flow) {
    json::object data;
    tell_agent(data, payload, flow, "agent_title");
    data["reason"] = to_text(static_cast<WaitReason>(int_member(payload, "w")));
    data["message"] =
        payload.contains("m") ? std::string(text_or(payload, "m")) : await_sentence(payload);
    if (const auto name = text_or(payload, "x"); !name.empty()) data["name"] = name;
    if (payload.contains("at"))
        data["wake_at"] = Instant{int_member(payload, "at")}.epoch_seconds();
    return {0, "execution.waiting", std::move(data)};
}

/// What ended a wait from outside, or that its time came.
Event tell_answered(const json::object& payload, const Agentflow& flow) {
    json::object data;
    tell_agent(data, payload, flow, "agent_title");
    data["reason"] = to_text(static_cast<WaitReason>(int_member(payload, "w")));
    data["outcome"] = text_or(payload, "o");
    if (const json::value* by = payload.if_contains("by")) data["by"] = *by;
    return {0, "execution.answered", std::move(data)};
}

Event tell_finished(const json::object& payload) {
    Event event = finished_event(static_cast<ExecutionState>(int_member(payload, "st")));
    event.data["conclusion"] = text_or(payload, "c");
    tell_error(event.data, error_of(payload));
    return event;
}

} // namespace

Result<> fold(Run& run, const JournalRow& row) {
    if (row.seq != run.next_seq) return wrong_row(row, fmt::format("{} was due", run.next_seq));
    if (is_final(run.state)) return wrong_row(row, "the run had ended");
    auto payload = read_payload(row.payload, run.storage);
    if (!payload) return wrong_row(row, payload.error().log_text);
    TRY(fold_payload(run, row, *payload));
    ++run.next_seq;
    return {};
}

Result<std::vector<Event>> events_of(const JournalRow& row, const Agentflow& flow) {
    auto payload = read_payload(row.payload);
    if (!payload) return wrong_row(row, payload.error().log_text);
    std::vector<Event> events;
    switch (row.kind) {
    case JournalKind::intent:
        events.push_back({0, "effect.started",
                          tell_effect(*payload, take_object(*payload, "i"), "kind", "tool", flow)});
        if (payload->contains("w")) events.push_back(tell_wait(*payload, flow));
        break;
    case JournalKind::answer: {
        const std::int64_t since_us = int_member(*payload, "f", row.at.us);
        (*payload)["us"] = row.at.us - since_us;
        events.push_back(tell_answered(*payload, flow));
        if (payload->contains("n")) events.push_back(tell_result(*payload, flow));
        break;
    }
    case JournalKind::result:
        if (const auto text = model_text(*payload); !text.empty())
            events.push_back(text_event(0, text));
        if (payload->contains("w")) events.push_back(tell_answered(*payload, flow));
        events.push_back(tell_result(*payload, flow));
        break;
    case JournalKind::branch:
    case JournalKind::charged: break;
    case JournalKind::partial:
        events.push_back(text_event(int_member(*payload, "o"), text_or(*payload, "t")));
        break;
    case JournalKind::wait: events.push_back(tell_wait(*payload, flow)); break;
    case JournalKind::finished: events.push_back(tell_finished(*payload)); break;
    }
    if (payload->contains("d")) events.push_back(tell_done(*payload, flow));
    // Who comes back in the middle of a stream gets its text from the beginning.
    if (!events.empty() && row.kind != JournalKind::partial) events.back().id = row.seq;
    return events;
}

Event text_event(std::int64_t offset, std::string_view text) {
    return {0, std::string(text_event_name), {{"offset", offset}, {"text", text}}};
}

Event finished_event(ExecutionState state) {
    json::object data{{"status", to_text(state)}, {"conclusion", ""}, {"error", nullptr}};
    return {0, "execution.finished", std::move(data)};
}

} // namespace weft::engine
