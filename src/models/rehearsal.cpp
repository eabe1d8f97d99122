#include "models/rehearsal.h"

#include "expr/text.h"
#include "models/digest.h"
#include "models/fill.h"

namespace weft::models {

namespace {

constexpr std::size_t chunk_bytes_max = 256;
constexpr std::size_t excerpt_points_max = 400;
constexpr std::int64_t bytes_per_token = 4;
constexpr std::string_view label =
    "*Written by weft/rehearsal: a rehearsal, not a language model.*\n\n";

/// One call of the conversation and its answer.
struct Called {
    const ToolCall* call = nullptr;
    const Message* answer = nullptr; ///< nullptr: none came
    json::value result;              ///< the answer's JSON; null when it is none
};

std::vector<Called> calls_of(const std::vector<Message>& messages) {
    std::vector<Called> out;
    for (const Message& message : messages) {
        if (message.role == Message::Role::assistant)
            for (const ToolCall& call : message.calls) out.push_back({&call, nullptr, {}});
        if (message.role != Message::Role::tool) continue;
        const auto called = std::ranges::find_if(out, [&](const Called& each) {
            return !each.answer && each.call->id == message.call_id;
        });
        if (called == out.end()) continue;
        called->answer = &message;
        if (auto parsed = parse_json(message.text)) called->result = *std::move(parsed);
    }
    return out;
}

/// Why a call failed, or nothing.
std::optional<std::string> failure_of(const Called& called) {
    if (!called.answer) return "it was not answered";
    const json::value* error = find(called.result, "error");
    if (!error || error->is_null()) return std::nullopt;
    if (const auto* text = error->if_string()) return one_line(*text, excerpt_points_max);
    const std::string_view message = text_or(*error, "message");
    return one_line(message.empty() ? std::string_view(to_text(*error)) : message,
                    excerpt_points_max);
}

const Tool* next_tool(const ModelRequest& request, const std::vector<Called>& called) {
    for (const Tool& tool : request.tools) {
        const bool done = std::ranges::any_of(
            called, [&](const Called& each) { return each.call->name == tool.name; });
        if (!done) return &tool;
    }
    return nullptr;
}

std::string call_section(const Called& called) {
    std::string out = fmt::format("### `{}`\n\n", called.call->name);
    if (const auto why = failure_of(called)) return out + fmt::format("It failed: {}\n\n", *why);
    out += "Its answer:\n\n";
    out += called.result.is_null() ? one_line(called.answer->text, excerpt_points_max) + "\n"
                                   : digest(called.result, Rows::table);
    if (!has_records(called.result) && has_records(called.call->arguments))
        out += "\nIt was given:\n\n" + digest(called.call->arguments, Rows::table);
    return out + "\n";
}

std::string agent_section(std::string_view title, const json::value& agent) {
    std::string out = fmt::format("### From {}\n\n", one_line(title, excerpt_points_max));
    const json::value* data = find(agent, "data");
    if (data && has_records(*data)) return out + digest(*data, Rows::bullets) + "\n";
    std::string_view text = text_or(agent, "text");
    if (text.starts_with(label)) text.remove_prefix(label.size());
    if (data && data->is_object() && !data->get_object().empty())
        out += digest(*data, Rows::bullets) + "\n";
    if (!text.empty()) out += "> " + one_line(text, excerpt_points_max) + "\n\n";
    return out;
}

std::string conclusion(const ModelRequest& request, const std::vector<Called>& called) {
    std::string out(label);
    const json::value* goal = request.facts.if_contains("goal");
    if (const auto* text = goal ? goal->if_string() : nullptr; text && !text->empty())
        out += "**Goal**: " + one_line(*text, excerpt_points_max) + "\n\n";
    for (const Document& document : request.documents)
        out += fmt::format("**Document**: {}, {} bytes\n\n",
                           one_line(document.name, excerpt_points_max), document.text.size());
    for (const Called& each : called) out += call_section(each);

    const json::value* agents = request.facts.if_contains("agents");
    if (const auto* by_title = agents ? agents->if_object() : nullptr)
        for (const auto& agent : *by_title) out += agent_section(agent.key(), agent.value());
    const bool alone = !agents || !agents->is_object() || agents->get_object().empty();
    if (called.empty() && alone) out += "There was no tool to call.\n";
    return out;
}

/// Cuts after a paragraph, else after a line, else anywhere but inside a code point.
std::size_t chunk_bytes(std::string_view text) {
    const std::string_view most = text.substr(0, chunk_bytes_max);
    if (const std::size_t paragraph = most.find("\n\n"); paragraph != most.npos)
        return paragraph + 2;
    if (most.size() == text.size()) return text.size();
    if (const std::size_t line = most.rfind('\n'); line != most.npos) return line + 1;
    std::size_t end = most.size();
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    return std::max<std::size_t>(end, 1);
}

void stream(std::string_view text, const ChunkSink& on_text) {
    while (on_text && !text.empty()) {
        const std::size_t bytes = chunk_bytes(text);
        on_text(text.substr(0, bytes));
        text.remove_prefix(bytes);
    }
}

std::int64_t input_bytes(const ModelRequest& request, const std::vector<Called>& called) {
    std::size_t bytes = 0;
    for (const Message& message : request.messages) bytes += message.text.size();
    for (const Tool& tool : request.tools) bytes += tool.name.size() + tool.description.size();
    for (const Document& document : request.documents)
        bytes += document.name.size() + document.text.size();
    for (const Called& each : called) bytes += to_text(each.call->arguments).size();
    return static_cast<std::int64_t>(bytes);
}

std::int64_t tokens(std::int64_t bytes) { return (bytes + bytes_per_token - 1) / bytes_per_token; }

ModelAnswer refuse(std::string message) {
    ModelFailure failure;
    failure.error_class = ErrorClass::refused;
    failure.message = std::move(message);
    return std::unexpected(std::move(failure));
}

ModelAnswer call_tool(const ModelRequest& request, const Tool& tool,
                      const std::vector<Called>& called) {
    std::vector<json::value> results;
    for (const Called& each : called)
        if (!failure_of(each)) results.push_back(each.result);
    auto arguments = fill(tool.input, Known{request.facts, request.documents, results});
    if (!arguments) return refuse(fmt::format("{}: {}", tool.name, arguments.error().message));

    Completion out;
    out.stop = StopReason::tool_calls;
    out.calls.push_back(
        {fmt::format("call_{}", called.size() + 1), tool.name, *std::move(arguments)});
    out.output_tokens = tokens(static_cast<std::int64_t>(to_text(out.calls[0].arguments).size()));
    return out;
}

ModelAnswer answer(const ModelRequest& request, const ChunkSink& on_text) {
    if (!request.forced_tool.empty())
        return refuse(
            "The rehearsal model is not a language model and cannot judge sentences: write "
            "each condition as an expression in {{ … }}, or choose a language model.");
    if (request.form)
        return refuse("The rehearsal model cannot answer in a form: choose a language model.");
    const std::vector<Called> called = calls_of(request.messages);
    ModelAnswer out;
    if (const Tool* tool = next_tool(request, called)) {
        out = call_tool(request, *tool, called);
        if (!out) return out;
    } else {
        out->text = conclusion(request, called);
        out->output_tokens = tokens(static_cast<std::int64_t>(out->text.size()));
        stream(out->text, on_text);
    }
    out->input_tokens = tokens(input_bytes(request, called));
    out->usage_estimated = true;
    return out;
}

class Rehearsal final : public Model {
public:
    Task<ModelAnswer> complete(ModelRequest request, ChunkSink on_text) override {
        co_return answer(request, on_text);
    }

    ModelLimits limits(std::string_view) const override {
        // Reads documents directly: nothing it is given can be too long for it.
        return {.window_tokens = std::numeric_limits<std::int32_t>::max(), .free_of_charge = true};
    }
};

} // namespace

std::unique_ptr<Model> make_rehearsal_model() { return std::make_unique<Rehearsal>(); }

bool is_rehearsal(const Model& model) { return dynamic_cast<const Rehearsal*>(&model) != nullptr; }

} // namespace weft::models
