#include "tests/support/scripted_answer.h"

#include "json/json.h"

namespace weft::testing {

namespace {

constexpr int input_tokens = 11;
constexpr int output_tokens = 7;

std::vector<std::string> cut(const std::string& text, int pieces) {
    std::vector<std::string> out;
    const std::size_t step =
        std::max<std::size_t>(1, (text.size() + pieces - 1) / std::max(1, pieces));
    for (std::size_t at = 0; at < text.size(); at += step) out.push_back(text.substr(at, step));
    return out;
}

std::string finish_reason(const Scripted& answer) {
    if (!answer.finish_reason.empty()) return answer.finish_reason;
    return answer.calls.empty() ? "stop" : "tool_calls";
}

json::object usage() {
    return {{"prompt_tokens", input_tokens},
            {"completion_tokens", output_tokens},
            {"total_tokens", input_tokens + output_tokens}};
}

std::string event(json::array choices, const json::object& more = {}) {
    json::object chunk{
        {"id", "chatcmpl-1"}, {"object", "chat.completion.chunk"}, {"created", 1}, {"model", "m"}};
    chunk["choices"] = std::move(choices);
    for (const auto& [name, value] : more) chunk[name] = value;
    return "data: " + weft::to_text(chunk) + "\n\n";
}

std::string delta_event(json::object delta, json::value finish = nullptr) {
    return event({json::object{
        {"index", 0}, {"delta", std::move(delta)}, {"finish_reason", std::move(finish)}}});
}

json::object function_call(const ScriptedCall& call, const std::string& arguments) {
    return {{"id", call.id},
            {"type", "function"},
            {"function", json::object{{"name", call.name}, {"arguments", arguments}}}};
}

void add_calls(const Scripted& answer, std::vector<std::string>& out) {
    std::vector<std::vector<std::string>> pieces;
    for (std::size_t at = 0; at < answer.calls.size(); ++at) {
        pieces.push_back(cut(answer.calls[at].arguments, answer.chunks));
        json::object first = function_call(answer.calls[at], "");
        first["index"] = at;
        out.push_back(delta_event({{"tool_calls", json::array{std::move(first)}}}));
    }
    // The arguments of all calls in turns, as a server may send them.
    for (std::size_t piece = 0; piece < static_cast<std::size_t>(answer.chunks); ++piece) {
        for (std::size_t at = 0; at < pieces.size(); ++at) {
            if (piece >= pieces[at].size()) continue;
            json::object more{{"index", at},
                              {"function", json::object{{"arguments", pieces[at][piece]}}}};
            out.push_back(delta_event({{"tool_calls", json::array{std::move(more)}}}));
        }
    }
}

} // namespace

std::vector<std::string> completion_chunks(const Scripted& answer, bool with_usage) {
    std::vector<std::string> out;
    for (const std::string& piece : cut(answer.text, answer.chunks))
        out.push_back(delta_event({{"content", piece}}));
    add_calls(answer, out);
    out.push_back(delta_event({}, json::string(finish_reason(answer))));
    if (with_usage && answer.usage) out.push_back(event({}, {{"usage", usage()}}));
    return out;
}

std::string completion_object(const Scripted& answer) {
    json::object message{{"role", "assistant"}, {"content", answer.text}};
    json::array calls;
    for (const ScriptedCall& call : answer.calls)
        calls.push_back(function_call(call, call.arguments));
    if (!calls.empty()) message["tool_calls"] = std::move(calls);
    json::object choice{
        {"index", 0}, {"message", std::move(message)}, {"finish_reason", finish_reason(answer)}};
    json::object out{{"id", "chatcmpl-1"},
                     {"object", "chat.completion"},
                     {"choices", json::array{std::move(choice)}}};
    if (answer.usage) out["usage"] = usage();
    return weft::to_text(out);
}

} // namespace weft::testing
