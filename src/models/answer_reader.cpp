#include "models/answer_reader.h"

#include <set>

namespace weft::models {

namespace {

constexpr std::size_t error_bytes_max = 64 * 1024;
constexpr std::size_t line_bytes_max = 4 * 1024 * 1024;
constexpr std::size_t calls_max = 128;
constexpr std::string_view blanks = " \t\r\n";

/// What the model wrote, when it is an object, else the text itself for the caller to refuse.
json::value arguments_of(const std::string& text) {
    if (text.find_first_not_of(blanks) == std::string::npos) return json::object();
    auto parsed = parse_json(text);
    if (parsed && parsed->is_object()) return *std::move(parsed);
    return json::value(text);
}

} // namespace

std::string word(const json::value& object, std::string_view name) {
    const json::value* value = find(object, name);
    if (!value || value->is_null()) return {};
    return value->is_string() ? std::string(value->get_string()) : to_text(*value);
}

void AnswerReader::head(int status, const http::Headers& headers) {
    status_ = status;
    headers_ = headers;
    if (status < 200 || status > 299) form_ = Form::error;
}

void AnswerReader::body(std::string_view piece) {
    if (form_ == Form::unknown) {
        choose_form(piece);
        // The blanks before it belong to its first line.
        if (form_ == Form::stream) take_stream(std::exchange(raw_, {}));
    }
    if (form_ == Form::stream) return take_stream(piece);
    const std::size_t room = form_ == Form::object
                                 ? piece.size()
                                 : error_bytes_max - std::min(error_bytes_max, raw_.size());
    raw_ += piece.substr(0, room);
}

/// By its first character, not by its declared type, which servers get wrong. No event begins with
/// "{" or "<".
void AnswerReader::choose_form(std::string_view piece) {
    const std::size_t first = piece.find_first_not_of(blanks);
    if (first == std::string_view::npos) return;
    if (piece[first] == '<')
        form_ = Form::foreign;
    else
        form_ = piece[first] == '{' && framing_ == Framing::events ? Form::object : Form::stream;
}

void AnswerReader::end() {
    if (form_ == Form::error) {
        const auto parsed = parse_json(raw_);
        error_ = parsed && parsed->is_object() ? read_error(*parsed) : ServerError{};
        return;
    }
    if (form_ == Form::foreign) malformed_ = "it answered with a web page; is the base URL right?";
    if (form_ == Form::stream && framing_ == Framing::lines && !over() && !raw_.empty())
        take_text(raw_);
    if (form_ != Form::object) return;
    take_text(raw_);
    if (!malformed_ && !error_) ended_ = true;
}

void AnswerReader::take_stream(std::string_view piece) {
    if (over()) return;
    if (framing_ == Framing::events)
        take_events(piece);
    else
        take_lines(piece);
}

void AnswerReader::take_events(std::string_view piece) {
    std::vector<http::SseEvent> events;
    const auto fed = parser_.feed(piece, events);
    for (const http::SseEvent& event : events)
        if (!over()) take_text(event.data);
    if (!fed && !malformed_) malformed_ = fed.error().message;
}

void AnswerReader::take_lines(std::string_view piece) {
    while (!over()) {
        const std::size_t end = piece.find('\n');
        raw_ += piece.substr(0, end);
        if (raw_.size() > line_bytes_max) give_up("a line of its stream is too long");
        if (end == std::string_view::npos || over()) return;
        if (raw_.find_first_not_of(blanks) != std::string::npos) take_text(raw_);
        raw_.clear();
        piece.remove_prefix(end + 1);
    }
}

/// One JSON text; "[DONE]" is how the OpenAI format ends a stream.
void AnswerReader::take_text(std::string_view text) {
    if (text == "[DONE]") return end_stream();
    const auto parsed = parse_json(text);
    if (!parsed)
        return give_up((form_ == Form::object ? "its answer is not JSON: "
                                              : "a piece of its stream is not JSON: ") +
                       parsed.error().message);
    take_checked(*parsed);
}

void AnswerReader::take_checked(const json::value& value) {
    if (!value.is_object())
        return give_up("it sent " + std::string(type_name(value)) + " where an object belongs");
    if (const json::value* error = find(value, "error"); error && !error->is_null())
        return take_error(value);
    take(value);
    if (calls_.size() > calls_max)
        give_up("it calls more than " + std::to_string(calls_max) + " tools at once");
}

AnswerReader::ServerError AnswerReader::read_error(const json::value& holder) const {
    const json::value* error = find(holder, "error");
    if (!error || !error->is_object()) { // {"error": "name", "message": "…"}
        std::string message = word(holder, "message");
        if (error && message.empty()) message = word(holder, "error");
        return {std::move(message), word(holder, "code"), {}};
    }
    return {word(*error, "message"), word(*error, "code") + " " + word(*error, "type"), {}};
}

void AnswerReader::say(std::string_view piece) {
    if (piece.empty()) return;
    text_ += piece;
    if (on_text_ && call_text_.empty()) on_text_(piece);
}

AnswerReader::PartialCall& AnswerReader::call_at(std::int64_t index) {
    for (PartialCall& call : calls_)
        if (call.index == index) return call;
    return calls_.emplace_back(PartialCall{.index = index});
}

std::string AnswerReader::written() const {
    std::string out = text_;
    for (const PartialCall& call : calls_) out += call.name + call.arguments;
    return out;
}

std::vector<ToolCall> AnswerReader::whole_calls() const {
    std::vector<ToolCall> out;
    std::set<std::string> ids;
    for (const PartialCall& call : calls_) {
        std::string id = call.id;
        for (std::size_t n = out.size() + 1; id.empty() || ids.contains(id); ++n)
            id = "call_" + std::to_string(n);
        ids.insert(id);
        out.push_back({std::move(id), call.name, arguments_of(call.arguments), call.mark});
    }
    return out;
}

Completion AnswerReader::completion() const {
    Completion out{.text = text_,
                   .calls = whole_calls(),
                   .stop = stop_.value_or(StopReason::finished),
                   .input_tokens = input_tokens_.value_or(0),
                   .output_tokens = output_tokens_.value_or(0)};
    if (!text_call_.empty())
        if (const auto at = std::ranges::find(out.calls, text_call_, &ToolCall::name);
            at != out.calls.end()) {
            const json::string* unreadable = at->arguments.if_string();
            out.text = unreadable ? std::string(*unreadable) : to_text(at->arguments);
            out.calls.clear();
            if (out.stop == StopReason::tool_calls) out.stop = StopReason::finished;
        }
    if (!call_text_.empty() && out.stop != StopReason::refused) {
        out.calls = {{"call_1", call_text_, arguments_of(out.text), {}}};
        out.text.clear();
    }
    if (out.stop == StopReason::finished && !out.calls.empty()) out.stop = StopReason::tool_calls;
    if (out.stop == StopReason::tool_calls && out.calls.empty()) out.stop = StopReason::finished;
    return out;
}

} // namespace weft::models
