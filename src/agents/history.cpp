#include "agents/history.h"

#include "agents/effects.h"

namespace weft::agents {

namespace {

constexpr std::size_t worth_leaving_out = 256; ///< bytes: shorter texts stay
constexpr std::int64_t answer_bytes_min = 4'096;

models::Message said(const json::object& result) {
    const Answer answer = answer_of(result);
    models::Message message{models::Message::Role::assistant, std::string(answer.text)};
    message.calls.reserve(answer.calls->size());
    for (const json::value& call : *answer.calls) {
        const json::value* arguments = find(call, "arguments");
        message.calls.push_back({std::string(text_or(call, "id")),
                                 std::string(text_or(call, "name")),
                                 arguments ? *arguments : json::value(json::object{}),
                                 std::string(text_or(call, "mark"))});
    }
    return message;
}

/// `changed`: the input as a person made it, of which the model must know.
std::string answer_text(const engine::Effect& effect, const AgentPlan& plan,
                        const json::value* changed) {
    json::object told;
    if (changed) {
        told["note"] = "A person changed the input before this was done.";
        told["input"] = *changed;
    }
    const json::value* output = effect.result.if_contains("output");
    if (!output) {
        told["error"] = text_member(effect.result, "error");
        return to_text(told);
    }
    const ToolPlan* tool = plan.find_tool(text_member(effect.intent, "tool"));
    json::value shown =
        tool && tool->connector ? tool->connector->shown(tool->action->sort, *output) : *output;
    if (!changed) return to_text(shown);
    told["output"] = std::move(shown);
    return to_text(told);
}

std::string rejection_text(const engine::Effect& preview) {
    const std::string_view reason = text_member(answer_to(preview), "reason");
    return to_text(json::object{
        {"error",
         reason.empty()
             ? "A person rejected this call; it was not made."
             : fmt::format("A person rejected this call; it was not made. Their reason: {}",
                           reason)}});
}

std::string left_out(std::size_t bytes) {
    return fmt::format("{} bytes, left out here to stay within the model's window", bytes);
}

std::size_t shortened(std::string text, std::size_t bytes) {
    return text.size() < bytes ? bytes - text.size() : 0;
}

/// How many bytes the message takes.
std::int64_t bytes_of(const models::Message& message) {
    std::size_t bytes = message.text.size();
    for (const models::ToolCall& call : message.calls)
        bytes += call.name.size() + to_text(call.arguments).size();
    return static_cast<std::int64_t>(bytes);
}

/// Puts a word where long texts were; how many bytes that saves.
std::int64_t shorten(models::Message& message) {
    std::size_t saved = 0;
    if (message.role == models::Message::Role::tool && message.text.size() > worth_leaving_out) {
        std::string instead = to_text(json::object{{"left_out", left_out(message.text.size())}});
        saved += shortened(instead, message.text.size());
        message.text = std::move(instead);
    }
    for (models::ToolCall& call : message.calls) {
        const std::size_t bytes = to_text(call.arguments).size();
        if (bytes <= worth_leaving_out) continue;
        call.arguments = json::object{{"left_out", left_out(bytes)}};
        saved += shortened(to_text(call.arguments), bytes);
    }
    return static_cast<std::int64_t>(saved);
}

std::size_t last_turn(const std::vector<models::Message>& turns) {
    for (std::size_t i = turns.size(); i-- > 0;)
        if (turns[i].role == models::Message::Role::assistant) return i;
    return 0;
}

} // namespace

std::vector<models::Message> history_of(const engine::Step& step, const AgentPlan& plan) {
    std::vector<models::Message> messages;
    const json::object* model = nullptr;
    for (std::size_t i = 0; i < step.effects.size(); ++i) {
        const engine::Effect& effect = step.effects[i];
        if (!effect.ok()) continue;
        const EffectKind kind = kind_of(effect);
        if (kind == EffectKind::model) {
            model = &effect.result;
            messages.push_back(said(effect.result));
        } else if (model && (kind == EffectKind::tool ||
                             (kind == EffectKind::preview && is_rejected(effect)))) {
            const json::value* call = find_call(*model, effect);
            messages.push_back({.role = models::Message::Role::tool,
                                .text = kind == EffectKind::tool
                                            ? answer_text(effect, plan, changed_input_of(step, i))
                                            : rejection_text(effect),
                                .call_id = call ? std::string(text_or(*call, "id")) : ""});
        }
    }
    return messages;
}

void cut_text(std::string& text, std::size_t bytes_max) {
    if (text.size() <= bytes_max) return;
    std::size_t end = bytes_max;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    const std::size_t missing = text.size() - end;
    text.resize(end);
    text += fmt::format(
        " [cut here: {} more bytes do not fit into the model's window; ask for less at a time]",
        missing);
}

void fit(std::vector<models::Message>& turns, std::int64_t bytes) {
    const std::int64_t room = std::max(bytes, answer_bytes_min);
    std::int64_t total = 0;
    for (const models::Message& message : turns) total += bytes_of(message);
    if (total <= room) return;
    const std::size_t kept = last_turn(turns);
    for (std::size_t i = 0; i < kept && total > room; ++i) total -= shorten(turns[i]);
    if (total <= room) return;
    for (std::size_t i = kept; i < turns.size(); ++i)
        if (turns[i].role == models::Message::Role::tool)
            cut_text(turns[i].text, static_cast<std::size_t>(room / 2));
}

} // namespace weft::agents
