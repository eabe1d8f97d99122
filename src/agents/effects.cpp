#include "agents/effects.h"

#include "base/check.h"

namespace weft::agents {

namespace {

constexpr std::pair<models::StopReason, std::string_view> stop_names[] = {
    {models::StopReason::finished, "finished"},
    {models::StopReason::tool_calls, "tool_calls"},
    {models::StopReason::length, "length"},
    {models::StopReason::refused, "refused"},
};

constexpr std::pair<std::string_view, EffectKind> kind_names[] = {
    {"model", EffectKind::model},     {"tool", EffectKind::tool}, {"preview", EffectKind::preview},
    {"files", EffectKind::files},     {"form", EffectKind::form}, {"judge", EffectKind::judge},
    {"anomaly", EffectKind::anomaly},
};

const json::array no_calls{};
const json::value no_call = json::object();

} // namespace

std::string_view text_member(const json::object& object, std::string_view name) {
    const json::value* member = object.if_contains(name);
    const json::string* text = member ? member->if_string() : nullptr;
    return text ? std::string_view(*text) : std::string_view();
}

std::int64_t int_member(const json::object& object, std::string_view name, std::int64_t otherwise) {
    const json::value* member = object.if_contains(name);
    const std::int64_t* number = member ? member->if_int64() : nullptr;
    return number ? *number : otherwise;
}

EffectKind kind_of(const engine::Effect& effect) {
    const std::string_view kind = text_member(effect.intent, "kind");
    for (const auto& [name, known] : kind_names)
        if (name == kind) return known;
    CHECK(kind == "model");
    return EffectKind::model;
}

const engine::Effect* last_of(const engine::Step& step, EffectKind kind) {
    for (std::size_t i = step.effects.size(); i-- > 0;)
        if (kind_of(step.effects[i]) == kind) return &step.effects[i];
    return nullptr;
}

engine::Perform ask_model(int turn) {
    return {EffectClass::keyed, {{"kind", "model"}, {"turn", turn}}};
}

engine::Perform call_tool(std::string_view tool, EffectClass effect_class, int turn,
                          std::size_t call) {
    return {effect_class,
            {{"kind", "tool"},
             {"tool", tool},
             {"turn", turn},
             {"call", static_cast<std::int64_t>(call)}}};
}

json::object preview_intent(std::string_view tool, int turn, std::size_t call) {
    return {{"kind", "preview"},
            {"tool", tool},
            {"turn", turn},
            {"call", static_cast<std::int64_t>(call)}};
}

json::object approved(const std::optional<json::object>& changed_input) {
    json::object answer{{"decision", "approved"}};
    if (changed_input) answer["input"] = *changed_input;
    return answer;
}
json::object rejected(std::string_view reason) {
    return {{"decision", "rejected"}, {"reason", reason}};
}

json::object submitted(json::object values) { return {{"values", std::move(values)}}; }

std::string_view name_of(FormTime when) { return when == FormTime::pre ? "pre" : "post"; }

json::object form_intent(FormTime when) { return {{"kind", "form"}, {"when", name_of(when)}}; }

json::object anomaly_intent(std::string_view finding) {
    return {{"kind", "anomaly"}, {"finding", finding}};
}

const json::object* values_of(const engine::Effect& effect) {
    if (kind_of(effect) != EffectKind::form) return nullptr;
    const json::value* values = answer_to(effect).if_contains("values");
    return values ? values->if_object() : nullptr;
}

const engine::Effect* form_of(const engine::Step& step, FormTime when) {
    for (const engine::Effect& effect : step.effects)
        if (kind_of(effect) == EffectKind::form &&
            text_member(effect.intent, "when") == name_of(when))
            return &effect;
    return nullptr;
}

json::object inputs_of(const engine::Run& run) {
    json::object inputs = run.start.inputs;
    for (const engine::Step& step : run.steps)
        for (const engine::Effect& effect : step.effects)
            if (const json::object* values = values_of(effect))
                for (const auto& [name, value] : *values) inputs[name] = value;
    return inputs;
}

engine::Perform read_file_names() { return {EffectClass::pure, {{"kind", "files"}}}; }

json::array recorded_files(const engine::Step& step) {
    const engine::Effect* read = last_of(step, EffectKind::files);
    const json::value* files = read ? read->result.if_contains("files") : nullptr;
    return files && files->is_array() ? files->get_array() : json::array();
}

engine::Perform ask_judge() { return {EffectClass::keyed, {{"kind", "judge"}}}; }

std::string_view name_of(models::StopReason stop) {
    for (const auto& [reason, name] : stop_names)
        if (reason == stop) return name;
    return "finished";
}

json::object result_of(const models::Completion& completion, std::string_view model) {
    json::array calls;
    calls.reserve(completion.calls.size());
    for (const models::ToolCall& call : completion.calls) {
        json::object made{{"id", call.id}, {"name", call.name}, {"arguments", call.arguments}};
        if (!call.mark.empty()) made["mark"] = call.mark;
        calls.push_back(std::move(made));
    }
    return {{"text", completion.text},
            {"calls", std::move(calls)},
            {"stop", name_of(completion.stop)},
            {"input_tokens", completion.input_tokens},
            {"output_tokens", completion.output_tokens},
            {"model", model},
            {"estimated", completion.usage_estimated}};
}

Answer answer_of(const json::object& result) {
    Answer answer;
    answer.text = text_member(result, "text");
    const json::value* calls = result.if_contains("calls");
    answer.calls = calls && calls->is_array() ? &calls->get_array() : &no_calls;
    const std::string_view stop = text_member(result, "stop");
    for (const auto& [reason, name] : stop_names)
        if (name == stop) answer.stop = reason;
    return answer;
}

Position position_of(const engine::Step& step) {
    Position at;
    for (std::size_t i = 0; i < step.effects.size(); ++i) {
        const engine::Effect& effect = step.effects[i];
        const EffectKind kind = kind_of(effect);
        if (kind == EffectKind::model)
            at = {.model = i, .turn = static_cast<int>(int_member(effect.intent, "turn"))};
        if (kind == EffectKind::tool || (kind == EffectKind::preview && is_rejected(effect)))
            ++at.tools;
        at.is_approved = kind == EffectKind::preview && effect.ok() && !is_rejected(effect);
    }
    return at;
}

const json::value* find_call(const json::object& model, const engine::Effect& effect) {
    const std::int64_t index = int_member(effect.intent, "call", -1);
    const json::array& calls = *answer_of(model).calls;
    if (index < 0 || static_cast<std::size_t>(index) >= calls.size()) return nullptr;
    return &calls[static_cast<std::size_t>(index)];
}

const json::value& arguments_of(const json::value& call) {
    const json::value* arguments = find(call, "arguments");
    return arguments ? *arguments : no_call;
}

const json::value* changed_input_of(const engine::Step& step, std::size_t index) {
    if (index == 0 || kind_of(step.effects[index - 1]) != EffectKind::preview) return nullptr;
    return answer_to(step.effects[index - 1]).if_contains("input");
}

const json::value& input_of(const engine::Step& step, std::size_t index) {
    if (const json::value* changed = changed_input_of(step, index)) return *changed;
    for (std::size_t i = index; i-- > 0;) {
        if (kind_of(step.effects[i]) != EffectKind::model) continue;
        const json::value* call = find_call(step.effects[i].result, step.effects[index]);
        return arguments_of(call ? *call : no_call);
    }
    return no_call;
}

const json::object& answer_to(const engine::Effect& asked) {
    static const json::object none;
    const json::value* output = asked.result.if_contains("output");
    return output && output->is_object() ? output->get_object() : none;
}

bool is_rejected(const engine::Effect& asked) {
    return text_member(answer_to(asked), "decision") == "rejected";
}

const json::value* output_of(const engine::Effect& effect) {
    return effect.ok() ? effect.result.if_contains("output") : nullptr;
}

} // namespace weft::agents
