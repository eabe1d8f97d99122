#include "models/formats.h"
#include "models/prompt.h"

#include <cctype>

#include <fmt/format.h>

namespace weft::models {

namespace {

std::string_view role_name(Message::Role role) {
    switch (role) {
    case Message::Role::system: return "system";
    case Message::Role::user: return "user";
    case Message::Role::assistant: return "assistant";
    case Message::Role::tool: return "tool";
    }
    return "user";
}

/// Where those who speak this format differ.
enum class Dialect { openai, mistral };

/// Nine letters and digits, the same for the same id.
std::string short_id(const std::string& id) {
    constexpr std::size_t length = 9;
    const bool fits = id.size() == length &&
                      std::ranges::all_of(id, [](unsigned char c) { return std::isalnum(c) != 0; });
    return fits ? id : fmt::format("{:016x}", hash_of(id)).substr(0, length);
}

std::string id_in(Dialect dialect, const std::string& id) {
    return dialect == Dialect::mistral ? short_id(id) : id;
}

json::object call_json(const ToolCall& call, Dialect dialect) {
    // Arguments that were no JSON object came as text: they go back as the model wrote them.
    const json::string* raw = call.arguments.if_string();
    std::string arguments = raw ? std::string(*raw) : to_text(call.arguments);
    return {{"id", id_in(dialect, call.id)},
            {"type", "function"},
            {"function", json::object{{"name", call.name}, {"arguments", std::move(arguments)}}}};
}

json::object message_json(const Message& message, Dialect dialect) {
    json::object out{{"role", role_name(message.role)}, {"content", message.text}};
    if (message.role == Message::Role::tool) out["tool_call_id"] = id_in(dialect, message.call_id);
    if (!message.calls.empty()) {
        json::array calls;
        for (const ToolCall& call : message.calls) calls.push_back(call_json(call, dialect));
        out["tool_calls"] = std::move(calls);
        if (message.text.empty()) out["content"] = nullptr;
    }
    return out;
}

json::array messages_json(const ModelRequest& request, Dialect dialect) {
    json::array out;
    for (const Message& message : messages_with_documents(request))
        out.push_back(message_json(message, dialect));
    return out;
}

/// The models that think before they answer take no temperature, and count their thoughts against
/// the limit.
bool is_reasoning(std::string_view model) {
    for (const std::string_view family : {"o1", "o3", "o4", "gpt-5"})
        if (model == family || (model.starts_with(family) && model[family.size()] == '-'))
            return true;
    return false;
}

/// What OpenAI's strict mode asks of a schema: every member of every object is required, and no
/// other is allowed.
bool is_strict(const json::value& schema) {
    if (const json::array* several = schema.if_array())
        return std::ranges::all_of(*several, is_strict);
    const json::object* object = schema.if_object();
    if (!object) return true;
    if (const json::value* properties = object->if_contains("properties");
        properties && properties->is_object()) {
        const json::value* required = object->if_contains("required");
        const json::value* more = object->if_contains("additionalProperties");
        if (!more || *more != false || !required || !required->is_array() ||
            required->get_array().size() != properties->get_object().size())
            return false;
    }
    return std::ranges::all_of(*object, [](const auto& each) { return is_strict(each.value()); });
}

json::object form_json(const AnswerForm& form) {
    return {{"type", "json_schema"},
            {"json_schema", json::object{{"name", form.name},
                                         {"schema", form.schema},
                                         {"strict", is_strict(form.schema)}}}};
}

json::object body_in(const ModelRequest& request, Dialect dialect) {
    json::object out{
        {"model", request.model}, {"messages", messages_json(request, dialect)}, {"stream", true}};
    if (dialect == Dialect::openai) out["stream_options"] = json::object{{"include_usage", true}};
    if (dialect == Dialect::openai && is_reasoning(request.model)) {
        out["max_completion_tokens"] = request.max_tokens;
    } else {
        out["max_tokens"] = request.max_tokens;
        out["temperature"] = number_json(request.temperature);
    }
    if (!request.tools.empty()) out["tools"] = function_tools_json(request.tools);
    if (!request.forced_tool.empty())
        out["tool_choice"] = json::object{
            {"type", "function"}, {"function", json::object{{"name", request.forced_tool}}}};
    if (request.form) out["response_format"] = form_json(*request.form);
    return out;
}

json::object openai_body(const ModelRequest& request) { return body_in(request, Dialect::openai); }
json::object mistral_body(const ModelRequest& request) {
    return body_in(request, Dialect::mistral);
}

class OpenAiReader final : public AnswerReader {
public:
    explicit OpenAiReader(ChunkSink on_text) : AnswerReader(Framing::events, std::move(on_text)) {}

private:
    void take(const json::value& value) override;
    void take_choice(const json::value& choice);
    void take_delta(const json::value& delta);
    void take_call(const json::value& piece);
    PartialCall& call_of(const json::value& piece);

    bool refusal_ = false;
};

void OpenAiReader::take(const json::value& value) {
    const json::value* usage = find(value, "usage");
    if (usage && usage->is_object()) {
        count_input(int_or(*usage, "prompt_tokens"));
        count_output(int_or(*usage, "completion_tokens"));
    }
    const json::value* choices = find(value, "choices");
    if (!choices || choices->is_null()) {
        if (!usage) give_up("it sent an object without `choices`");
        return;
    }
    if (!choices->is_array()) return give_up("`choices` is not an array");
    for (const json::value& choice : choices->get_array())
        if (int_or(choice, "index") == 0) take_choice(choice);
}

void OpenAiReader::take_choice(const json::value& choice) {
    const json::value* delta = find(choice, "delta");
    if (!delta) delta = find(choice, "message"); // of one whole object
    if (delta) take_delta(*delta);
    const std::string_view reason = text_or(choice, "finish_reason");
    if (reason.empty()) return;
    if (reason == "length" || reason == "model_length")
        stop(StopReason::length);
    else
        stop(reason == "content_filter" || refusal_ ? StopReason::refused : StopReason::finished);
}

void OpenAiReader::take_delta(const json::value& delta) {
    std::string_view piece = text_or(delta, "content");
    if (const std::string_view refusal = text_or(delta, "refusal"); !refusal.empty()) {
        refusal_ = true;
        if (piece.empty()) piece = refusal;
    }
    say(piece);
    if (const json::value* list = find(delta, "tool_calls"); list && list->is_array())
        for (const json::value& call : list->get_array()) take_call(call);
}

void OpenAiReader::take_call(const json::value& piece) {
    PartialCall& call = call_of(piece);
    if (const std::string_view id = text_or(piece, "id"); !id.empty()) call.id = id;
    const json::value* function = find(piece, "function");
    if (!function) return;
    call.name += text_or(*function, "name");
    const json::value* arguments = find(*function, "arguments");
    if (arguments && arguments->is_object())
        call.arguments = to_text(*arguments); // some servers send the object itself
    else
        call.arguments += text_or(*function, "arguments");
}

/// By `index`. Servers that send none: a piece with an id or a name begins a call, another
/// continues the last one.
AnswerReader::PartialCall& OpenAiReader::call_of(const json::value& piece) {
    if (find(piece, "index")) return call_at(int_or(piece, "index"));
    const std::string_view id = text_or(piece, "id");
    for (PartialCall& call : calls())
        if (!id.empty() && call.id == id) return call;
    const json::value* function = find(piece, "function");
    const bool begins =
        !id.empty() || calls().empty() || (function && !text_or(*function, "name").empty());
    if (!begins) return calls().back();
    return call_at(static_cast<std::int64_t>(calls().size()));
}

std::unique_ptr<AnswerReader> openai_reader(const ModelRequest&, ChunkSink on_text) {
    return std::make_unique<OpenAiReader>(std::move(on_text));
}

std::string openai_path(const Endpoint&, const ModelRequest&) { return "/chat/completions"; }

void sign_bearer(const Endpoint& endpoint, http::Headers& headers) {
    headers.set("Authorization", "Bearer " + endpoint.api_key);
}

std::string azure_path(const Endpoint& endpoint, const ModelRequest& request) {
    return fmt::format("/openai/deployments/{}/chat/completions?api-version={}",
                       http::percent_encode(request.model),
                       http::percent_encode(endpoint.api_version));
}

void sign_azure(const Endpoint& endpoint, http::Headers& headers) {
    headers.set("api-key", endpoint.api_key);
}

} // namespace

const WireFormat openai_format{.path = openai_path,
                               .sign = sign_bearer,
                               .body = openai_body,
                               .reader = openai_reader,
                               .takes_idempotency_key = true};

const WireFormat groq_format{
    .path = openai_path, .sign = sign_bearer, .body = openai_body, .reader = openai_reader};

const WireFormat mistral_format{
    .path = openai_path, .sign = sign_bearer, .body = mistral_body, .reader = openai_reader};

const WireFormat azure_format{
    .path = azure_path, .sign = sign_azure, .body = openai_body, .reader = openai_reader};

} // namespace weft::models
