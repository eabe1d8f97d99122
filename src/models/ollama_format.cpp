#include "models/formats.h"
#include "models/prices.h"
#include "models/prompt.h"
#include "models/tokens.h"

#include <algorithm>
#include <bit>

// Source: Ollama's API reference, POST /api/chat.
namespace weft::models {

namespace {

constexpr std::int64_t window_tokens_min = 4'096; ///< Ollama's default

json::object message_json(const Message& message, const std::vector<ToolCall>& asked) {
    constexpr std::string_view roles[] = {"system", "user", "assistant", "tool"};
    json::object out{{"role", roles[static_cast<int>(message.role)]}, {"content", message.text}};
    if (message.role == Message::Role::tool) {
        const auto call = std::ranges::find(asked, message.call_id, &ToolCall::id);
        if (call != asked.end()) out["tool_name"] = call->name;
    }
    json::array calls;
    for (const ToolCall& call : message.calls) {
        json::value arguments = call.arguments.is_object()
                                    ? call.arguments
                                    : json::object{{"unreadable", call.arguments}};
        calls.push_back(json::object{
            {"function", json::object{{"name", call.name}, {"arguments", std::move(arguments)}}}});
    }
    if (!calls.empty()) out["tool_calls"] = std::move(calls);
    return out;
}

const Tool* forced(const ModelRequest& request) {
    const auto tool = std::ranges::find(request.tools, request.forced_tool, &Tool::name);
    return tool == request.tools.end() ? nullptr : &*tool;
}

json::array messages_json(const ModelRequest& request) {
    json::array out;
    std::vector<ToolCall> asked;
    for (const Message& message : messages_with_documents(request)) {
        out.push_back(message_json(message, asked));
        if (!message.calls.empty()) asked = message.calls;
    }
    if (const Tool* tool = forced(request))
        out.push_back(json::object{
            {"role", "system"},
            {"content",
             "Answer with the input of the tool \"" + tool->name + "\" (" + tool->description +
                 ") as one JSON object of this schema: " + to_text(to_json_schema(tool->input))}});
    return out;
}

/// A power of two, so that a conversation that grows does not load the model anew at every turn.
/// With a quarter to spare: what does not fit is cut off and nobody is told.
std::int64_t window_for(const ModelRequest& request) {
    const std::int64_t needed =
        std::max<std::int64_t>(1, count_input_tokens(request) * 5 / 4 + request.max_tokens);
    return std::clamp(static_cast<std::int64_t>(std::bit_ceil(static_cast<std::uint64_t>(needed))),
                      window_tokens_min, ollama_window_tokens);
}

json::object ollama_body(const ModelRequest& request) {
    json::object out{
        {"model", request.model}, {"messages", messages_json(request)}, {"stream", true}};
    if (const Tool* tool = forced(request))
        out["format"] = to_json_schema(tool->input);
    else if (!request.tools.empty())
        out["tools"] = function_tools_json(request.tools);
    if (request.form && request.tools.empty()) out["format"] = request.form->schema;
    out["options"] = json::object{{"temperature", number_json(request.temperature)},
                                  {"num_predict", request.max_tokens},
                                  {"num_ctx", window_for(request)}};
    return out;
}

class OllamaReader final : public AnswerReader {
public:
    OllamaReader(const ModelRequest& request, ChunkSink on_text)
        : AnswerReader(Framing::lines, std::move(on_text)) {
        if (const Tool* tool = forced(request)) take_text_as_call(tool->name);
    }

private:
    void take(const json::value& value) override;
    void take_message(const json::value& message);
};

void OllamaReader::take(const json::value& value) {
    const json::value* message = find(value, "message");
    const bool done = bool_or(value, "done");
    if (!message && !done) return give_up("it sent an object without `message`");
    if (message) take_message(*message);
    if (!done) return;
    if (find(value, "prompt_eval_count")) count_input(int_or(value, "prompt_eval_count"));
    if (find(value, "eval_count")) count_output(int_or(value, "eval_count"));
    stop(text_or(value, "done_reason") == "length" ? StopReason::length : StopReason::finished);
    end_stream();
}

void OllamaReader::take_message(const json::value& message) {
    say(text_or(message, "content"));
    const json::value* list = find(message, "tool_calls");
    if (!list || !list->is_array()) return;
    for (const json::value& each : list->get_array()) { // always whole
        const json::value* function = find(each, "function");
        if (!function) continue;
        PartialCall& call = call_at(static_cast<std::int64_t>(calls().size()));
        call.id = text_or(each, "id");
        call.name = text_or(*function, "name");
        if (const json::value* arguments = find(*function, "arguments"))
            call.arguments =
                arguments->is_string() ? std::string(arguments->get_string()) : to_text(*arguments);
    }
}

std::unique_ptr<AnswerReader> ollama_reader(const ModelRequest& request, ChunkSink on_text) {
    return std::make_unique<OllamaReader>(request, std::move(on_text));
}

std::string ollama_path(const Endpoint&, const ModelRequest&) { return "/api/chat"; }

void sign_ollama(const Endpoint& endpoint, http::Headers& headers) {
    headers.set("Authorization", "Bearer " + endpoint.api_key);
}

} // namespace

const WireFormat ollama_format{.path = ollama_path,
                               .sign = sign_ollama,
                               .body = ollama_body,
                               .reader = ollama_reader,
                               .accepts = "application/x-ndjson"};

} // namespace weft::models
