#include "models/formats.h"
#include "models/prompt.h"

#include <algorithm>

#include <fmt/format.h>

// Source: the reference of the Gemini API, generateContent, v1beta.
namespace weft::models {

namespace {

/// The part of JSON Schema that Gemini's own Schema has, under the same names.
constexpr std::string_view schema_members[] = {"type",     "format",    "title",     "description",
                                               "nullable", "enum",      "maxItems",  "minItems",
                                               "required", "minLength", "maxLength", "pattern",
                                               "minimum",  "maximum",   "anyOf"};

json::value gemini_schema(const json::value& schema);

/// {"type": ["string", "null"]} is how JSON Schema says what Gemini calls nullable.
void write_type(json::object& out, const json::value& type) {
    const json::array* several = type.if_array();
    if (!several) {
        out["type"] = type;
        return;
    }
    for (const json::value& each : *several)
        if (each == "null")
            out["nullable"] = true;
        else
            out["type"] = each;
}

json::object properties_of(const json::object& properties) {
    json::object out;
    for (const auto& [name, property] : properties) out[name] = gemini_schema(property);
    return out;
}

json::array each_schema(const json::array& schemas) {
    json::array out;
    for (const json::value& schema : schemas) out.push_back(gemini_schema(schema));
    return out;
}

json::value gemini_schema(const json::value& schema) {
    if (!schema.is_object()) return json::object();
    json::object out;
    for (const auto& [name, value] : schema.get_object()) {
        const bool known =
            std::ranges::find(schema_members, std::string_view(name)) != std::end(schema_members);
        if (name == "type")
            write_type(out, value);
        else if (name == "properties" && value.is_object())
            out["properties"] = properties_of(value.get_object());
        else if (name == "items")
            out["items"] = gemini_schema(value);
        else if (name == "anyOf" && value.is_array())
            out["anyOf"] = each_schema(value.get_array());
        else if (name == "const")
            out["enum"] = json::array{value};
        else if (known)
            out[name] = value;
    }
    return out;
}

json::object call_part(const ToolCall& call) {
    // Arguments must be an object: what was none goes back as the model wrote it, in one.
    json::value args =
        call.arguments.is_object() ? call.arguments : json::object{{"unreadable", call.arguments}};
    json::object part{
        {"functionCall", json::object{{"name", call.name}, {"args", std::move(args)}}}};
    if (!call.mark.empty()) part["thoughtSignature"] = call.mark;
    return part;
}

/// An answer is matched to its call by name and order.
json::object answer_part(const Message& message, const std::vector<ToolCall>& asked) {
    const auto call = std::ranges::find(asked, message.call_id, &ToolCall::id);
    const auto parsed = parse_json(message.text);
    json::object response;
    if (parsed && parsed->is_object())
        response = parsed->get_object();
    else
        response["result"] = parsed ? *parsed : json::value(message.text);
    return {
        {"functionResponse", json::object{{"name", call == asked.end() ? "unknown" : call->name},
                                          {"response", std::move(response)}}}};
}

json::array contents_json(const std::vector<Message>& messages) {
    json::array out;
    std::vector<ToolCall> asked;
    for (const Message& message : messages) {
        if (message.role == Message::Role::system) continue;
        const std::string_view role = message.role == Message::Role::assistant ? "model" : "user";
        json::array parts;
        if (message.role == Message::Role::tool)
            parts.push_back(answer_part(message, asked));
        else if (!message.text.empty())
            parts.push_back(json::object{{"text", message.text}});
        for (const ToolCall& call : message.calls) parts.push_back(call_part(call));
        if (!message.calls.empty()) asked = message.calls;
        if (parts.empty()) continue;
        if (!out.empty() && text_or(out.back(), "role") == role) {
            std::ranges::move(parts, std::back_inserter(out.back().at("parts").as_array()));
        } else {
            out.push_back(json::object{{"role", role}, {"parts", std::move(parts)}});
        }
    }
    return out;
}

json::object system_json(const std::vector<Message>& messages) {
    json::array parts;
    for (const Message& message : messages)
        if (message.role == Message::Role::system && !message.text.empty())
            parts.push_back(json::object{{"text", message.text}});
    return {{"parts", std::move(parts)}};
}

/// A function without parameters must not have an object without properties.
json::array tools_json(const std::vector<Tool>& tools) {
    json::array functions;
    for (const Tool& tool : tools) {
        json::object function{{"name", tool.name}, {"description", tool.description}};
        if (!tool.input.empty()) function["parameters"] = gemini_schema(to_json_schema(tool.input));
        functions.push_back(std::move(function));
    }
    return {json::object{{"functionDeclarations", std::move(functions)}}};
}

/// Beside functions a form is refused, so that there it is only checked. A schema with references
/// goes as JSON Schema, which Gemini's own has none of.
void write_form(json::object& config, const json::object& schema) {
    config["responseMimeType"] = "application/json";
    if (to_text(schema).find("\"$ref\"") == std::string::npos)
        config["responseSchema"] = gemini_schema(schema);
    else
        config["responseJsonSchema"] = schema;
}

json::object gemini_body(const ModelRequest& request) {
    json::object out{
        {"contents", contents_json(messages_with_documents(request))},
        {"generationConfig", json::object{{"temperature", number_json(request.temperature)},
                                          {"maxOutputTokens", request.max_tokens}}}};
    if (request.form && request.tools.empty())
        write_form(out["generationConfig"].as_object(), request.form->schema);
    if (json::object system = system_json(request.messages); !system["parts"].as_array().empty())
        out["systemInstruction"] = std::move(system);
    if (!request.tools.empty()) out["tools"] = tools_json(request.tools);
    if (!request.forced_tool.empty())
        out["toolConfig"] =
            json::object{{"functionCallingConfig",
                          json::object{{"mode", "ANY"},
                                       {"allowedFunctionNames",
                                        json::array{json::value(request.forced_tool)}}}}};
    return out;
}

class GeminiReader final : public AnswerReader {
public:
    explicit GeminiReader(ChunkSink on_text) : AnswerReader(Framing::events, std::move(on_text)) {}

private:
    void take(const json::value& value) override;
    ServerError read_error(const json::value& holder) const override;
    void take_usage(const json::value& usage);
    void take_candidate(const json::value& candidate);
    void take_part(const json::value& part);
    void take_reason(std::string_view reason);
};

void GeminiReader::take(const json::value& value) {
    const json::value* usage = find(value, "usageMetadata");
    if (usage) take_usage(*usage);
    const json::value* feedback = find(value, "promptFeedback");
    if (feedback && !text_or(*feedback, "blockReason").empty()) stop(StopReason::refused);
    const json::value* candidates = find(value, "candidates");
    if (!candidates) {
        if (!usage && !feedback) give_up("it sent an object without `candidates`");
        return;
    }
    if (!candidates->is_array()) return give_up("`candidates` is not an array");
    for (const json::value& candidate : candidates->get_array())
        if (int_or(candidate, "index") == 0) take_candidate(candidate);
}

/// Thoughts are charged as output; what tools of Google's own put into the prompt, as input.
void GeminiReader::take_usage(const json::value& usage) {
    if (find(usage, "promptTokenCount"))
        count_input(int_or(usage, "promptTokenCount") + int_or(usage, "toolUsePromptTokenCount"));
    if (find(usage, "candidatesTokenCount") || find(usage, "thoughtsTokenCount"))
        count_output(int_or(usage, "candidatesTokenCount") + int_or(usage, "thoughtsTokenCount"));
}

void GeminiReader::take_candidate(const json::value& candidate) {
    if (const json::value* content = find(candidate, "content"))
        if (const json::value* parts = find(*content, "parts"); parts && parts->is_array())
            for (const json::value& part : parts->get_array()) take_part(part);
    take_reason(text_or(candidate, "finishReason"));
}

void GeminiReader::take_part(const json::value& part) {
    if (const json::value* call = find(part, "functionCall")) { // always whole
        PartialCall& begun = call_at(static_cast<std::int64_t>(calls().size()));
        begun.id = text_or(*call, "id");
        begun.name = text_or(*call, "name");
        const json::value* args = find(*call, "args");
        begun.arguments = args ? to_text(*args) : "{}";
        begun.mark = text_or(part, "thoughtSignature");
        return;
    }
    if (!bool_or(part, "thought")) say(text_or(part, "text"));
}

void GeminiReader::take_reason(std::string_view reason) {
    if (reason.empty() || reason == "FINISH_REASON_UNSPECIFIED") return;
    if (reason == "STOP") return stop(StopReason::finished);
    if (reason == "MAX_TOKENS") return stop(StopReason::length);
    if (reason == "MALFORMED_FUNCTION_CALL" || reason == "UNEXPECTED_TOOL_CALL")
        return give_up("the model wrote a call of a tool that cannot be read");
    stop(StopReason::refused); // SAFETY, RECITATION, BLOCKLIST, PROHIBITED_CONTENT, SPII, …
}

/// {"error": {"code", "message", "status", "details": [{"@type": "…RetryInfo", "retryDelay": "3s"},
/// {"@type": "…ErrorInfo", "reason": "API_KEY_INVALID"}]}}
AnswerReader::ServerError GeminiReader::read_error(const json::value& holder) const {
    const json::value* error = find(holder, "error");
    if (!error || !error->is_object()) return AnswerReader::read_error(holder);
    ServerError out{
        word(*error, "message"), word(*error, "code") + " " + word(*error, "status"), {}};
    const json::value* details = find(*error, "details");
    if (!details || !details->is_array()) return out;
    for (const json::value& detail : details->get_array()) {
        if (const std::string reason = word(detail, "reason"); !reason.empty())
            out.code += " " + reason;
        const std::string delay = word(detail, "retryDelay"); // "3s" or "3.5s"
        if (delay.ends_with('s') && delay.size() <= 16)
            out.retry_after = milliseconds(
                std::max<std::int64_t>(0, std::llround(std::atof(delay.c_str()) * 1'000)));
    }
    return out;
}

std::unique_ptr<AnswerReader> gemini_reader(const ModelRequest&, ChunkSink on_text) {
    return std::make_unique<GeminiReader>(std::move(on_text));
}

std::string gemini_path(const Endpoint&, const ModelRequest& request) {
    return fmt::format("/models/{}:streamGenerateContent?alt=sse",
                       http::percent_encode(request.model));
}

void sign_gemini(const Endpoint& endpoint, http::Headers& headers) {
    headers.set("x-goog-api-key", endpoint.api_key);
}

} // namespace

const WireFormat gemini_format{
    .path = gemini_path, .sign = sign_gemini, .body = gemini_body, .reader = gemini_reader};

} // namespace weft::models
