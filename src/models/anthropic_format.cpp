#include "models/formats.h"
#include "models/prompt.h"

#include <algorithm>
#include <cctype>

// Source: the reference of Anthropic's Messages API, version 2023-06-01.
namespace weft::models {

namespace {

constexpr double temperature_max = 1;

/// Ids of calls are letters, digits, "_" and "-"; another provider's may hold more.
std::string plain_id(std::string id) {
    for (char& c : id)
        if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '_' && c != '-') c = '_';
    return id;
}

json::object text_block(const std::string& text) { return {{"type", "text"}, {"text", text}}; }

json::object call_block(const ToolCall& call) {
    // Input must be an object: what was none goes back as the model wrote it, in one.
    json::value input =
        call.arguments.is_object() ? call.arguments : json::object{{"unreadable", call.arguments}};
    return {{"type", "tool_use"},
            {"id", plain_id(call.id)},
            {"name", call.name},
            {"input", std::move(input)}};
}

json::array blocks_of(const Message& message) {
    json::array out;
    if (message.role == Message::Role::tool)
        out.push_back(json::object{{"type", "tool_result"},
                                   {"tool_use_id", plain_id(message.call_id)},
                                   {"content", message.text}});
    else if (!message.text.empty()) // an empty block is an error
        out.push_back(text_block(message.text));
    for (const ToolCall& call : message.calls) out.push_back(call_block(call));
    return out;
}

/// The two roles in turns: messages of one side that follow each other become one, so that all
/// results of one turn's calls stand together, as is required.
json::array messages_json(const std::vector<Message>& messages) {
    json::array out;
    for (const Message& message : messages) {
        if (message.role == Message::Role::system) continue;
        json::array blocks = blocks_of(message);
        if (blocks.empty()) continue;
        const std::string_view role =
            message.role == Message::Role::assistant ? "assistant" : "user";
        if (!out.empty() && text_or(out.back(), "role") == role) {
            json::array& before = out.back().at("content").as_array();
            std::ranges::move(blocks, std::back_inserter(before));
        } else {
            out.push_back(json::object{{"role", role}, {"content", std::move(blocks)}});
        }
    }
    return out;
}

std::string system_of(const std::vector<Message>& messages) {
    std::string out;
    for (const Message& message : messages)
        if (message.role == Message::Role::system)
            out += (out.empty() ? "" : "\n\n") + message.text;
    return out;
}

json::array tools_json(const ModelRequest& request) {
    json::array out;
    for (const Tool& tool : request.tools)
        out.push_back(json::object{{"name", tool.name},
                                   {"description", tool.description},
                                   {"input_schema", to_json_schema(tool.input)}});
    if (request.form)
        out.push_back(json::object{{"name", request.form->name},
                                   {"description", "Gives the answer in the form asked for."},
                                   {"input_schema", request.form->schema}});
    return out;
}

/// An answer in a form is the call of a tool with that form; beside others it is one of them.
json::object choice_json(const ModelRequest& request) {
    if (!request.forced_tool.empty()) return {{"type", "tool"}, {"name", request.forced_tool}};
    if (request.tools.empty()) return {{"type", "tool"}, {"name", request.form->name}};
    return {{"type", "any"}};
}

json::object anthropic_body(const ModelRequest& request) {
    json::object out{
        {"model", request.model},
        {"max_tokens", request.max_tokens},
        {"temperature", number_json(std::clamp(request.temperature, 0.0, temperature_max))},
        {"stream", true}};
    if (const std::string system = system_of(request.messages); !system.empty())
        out["system"] = system;
    out["messages"] = messages_json(messages_with_documents(request));
    if (json::array tools = tools_json(request); !tools.empty()) out["tools"] = std::move(tools);
    if (!request.forced_tool.empty() || request.form) out["tool_choice"] = choice_json(request);
    return out;
}

class AnthropicReader final : public AnswerReader {
public:
    AnthropicReader(const ModelRequest& request, ChunkSink on_text)
        : AnswerReader(Framing::events, std::move(on_text)) {
        if (request.form) take_call_as_text(request.form->name);
    }

private:
    void take(const json::value& value) override;
    void take_message(const json::value& message);
    void take_usage(const json::value* usage);
    void begin_block(std::int64_t index, const json::value& block);
    void take_delta(std::int64_t index, const json::value& delta);
    void take_stop(const json::value& holder);
};

/// Kinds of events that are not known are passed over, as the reference asks.
void AnthropicReader::take(const json::value& value) {
    const std::string_view type = text_or(value, "type");
    const json::value* delta = find(value, "delta");
    if (type == "message_start") {
        if (const json::value* message = find(value, "message"))
            take_usage(find(*message, "usage"));
    } else if (type == "content_block_start") {
        if (const json::value* block = find(value, "content_block"))
            begin_block(int_or(value, "index"), *block);
    } else if (type == "content_block_delta" && delta) {
        take_delta(int_or(value, "index"), *delta);
    } else if (type == "message_delta") {
        take_usage(find(value, "usage"));
        if (const json::value* usage = find(value, "usage"))
            count_output(int_or(*usage, "output_tokens"));
        if (delta) take_stop(*delta);
    } else if (type == "message_stop") {
        end_stream();
    } else if (type == "message") {
        take_message(value);
    } else if (type.empty()) {
        give_up("it sent an object without `type`");
    }
}

/// A whole message although a stream was asked for.
void AnthropicReader::take_message(const json::value& message) {
    const json::value* content = find(message, "content");
    if (!content || !content->is_array()) return give_up("its message has no `content`");
    std::int64_t index = 0;
    for (const json::value& block : content->get_array()) begin_block(index++, block);
    take_usage(find(message, "usage"));
    if (const json::value* usage = find(message, "usage"))
        count_output(int_or(*usage, "output_tokens"));
    take_stop(message);
}

/// What was read from a cache, or written into one, is input too.
void AnthropicReader::take_usage(const json::value* usage) {
    if (!usage || !find(*usage, "input_tokens")) return;
    count_input(int_or(*usage, "input_tokens") + int_or(*usage, "cache_creation_input_tokens") +
                int_or(*usage, "cache_read_input_tokens"));
}

void AnthropicReader::begin_block(std::int64_t index, const json::value& block) {
    const std::string_view type = text_or(block, "type");
    if (type == "text") return say(text_or(block, "text"));
    if (type != "tool_use") return;
    PartialCall& call = call_at(index);
    call.id = text_or(block, "id");
    call.name = text_or(block, "name");
    const json::value* input = find(block, "input"); // whole here, or {} and then in pieces
    if (input && input->is_object() && !input->get_object().empty())
        call.arguments = to_text(*input);
}

void AnthropicReader::take_delta(std::int64_t index, const json::value& delta) {
    const std::string_view type = text_or(delta, "type");
    if (type == "text_delta") say(text_or(delta, "text"));
    if (type == "input_json_delta") call_at(index).arguments += text_or(delta, "partial_json");
}

void AnthropicReader::take_stop(const json::value& holder) {
    const std::string_view reason = text_or(holder, "stop_reason");
    if (reason.empty()) return;
    if (reason == "max_tokens" || reason == "model_context_window_exceeded")
        stop(StopReason::length);
    else
        stop(reason == "refusal" ? StopReason::refused : StopReason::finished);
}

std::unique_ptr<AnswerReader> anthropic_reader(const ModelRequest& request, ChunkSink on_text) {
    return std::make_unique<AnthropicReader>(request, std::move(on_text));
}

std::string anthropic_path(const Endpoint&, const ModelRequest&) { return "/v1/messages"; }

void sign_anthropic(const Endpoint& endpoint, http::Headers& headers) {
    headers.set("x-api-key", endpoint.api_key);
}

} // namespace

const WireFormat anthropic_format{.path = anthropic_path,
                                  .sign = sign_anthropic,
                                  .body = anthropic_body,
                                  .reader = anthropic_reader,
                                  .version_header = {"anthropic-version", "2023-06-01"}};

} // namespace weft::models
