#include "models/openai_answer.h"

#include <set>

namespace weft::models {

namespace {

constexpr std::size_t error_bytes_max = 64 * 1024;
constexpr std::size_t calls_max = 128;

/// A member that is a string or a number, as text.
std::string word(const json::value& object, std::string_view name) {
    const json::value* value = find(object, name);
    if (!value || value->is_null()) return {};
    return value->is_string() ? std::string(value->get_string()) : to_text(*value);
}

/// What the model wrote, when it is an object, else the text itself for the caller to refuse.
json::value arguments_of(const std::string& text) {
    if (text.find_first_not_of(" \t\r\n") == std::string::npos) return json::object();
    auto parsed = parse_json(text);
    if (parsed && parsed->is_object()) return *std::move(parsed);
    return json::value(text);
}

} // namespace

void OpenAiAnswer::head(int status, const http::Headers& headers) {
    status_ = status;
    headers_ = headers;
    if (status < 200 || status > 299) form_ = Form::error;
}

void OpenAiAnswer::body(std::string_view piece) {
    if (form_ == Form::unknown) choose_form(piece);
    if (form_ == Form::events) return take_events(piece);
    const std::size_t room = form_ == Form::object
                                 ? piece.size()
                                 : error_bytes_max - std::min(error_bytes_max, raw_.size());
    raw_ += piece.substr(0, room);
}

/// By its first character, not by its declared type, which servers get wrong. No event begins with
/// "{" or "<".
void OpenAiAnswer::choose_form(std::string_view piece) {
    const std::size_t first = piece.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return;
    form_ = piece[first] == '{' ? Form::object : piece[first] == '<' ? Form::foreign : Form::events;
}

void OpenAiAnswer::end() {
    if (form_ == Form::error) return read_error_body();
    if (form_ == Form::foreign) malformed_ = "it answered with a web page; is the base URL right?";
    if (form_ != Form::object) return;
    const auto parsed = parse_json(raw_);
    if (!parsed) {
        malformed_ = "its answer is not JSON: " + parsed.error().message;
        return;
    }
    take_object(*parsed);
    if (!malformed_ && !has_error_) done_ = true;
}

void OpenAiAnswer::take_events(std::string_view piece) {
    if (malformed_ || has_error_) return;
    std::vector<http::SseEvent> events;
    const auto fed = parser_.feed(piece, events);
    for (const http::SseEvent& event : events) take_event(event.data);
    if (!fed && !malformed_) malformed_ = fed.error().message;
}

void OpenAiAnswer::take_event(const std::string& data) {
    if (malformed_ || has_error_ || done_) return;
    if (data == "[DONE]") {
        done_ = true;
        return;
    }
    const auto parsed = parse_json(data);
    if (!parsed) {
        malformed_ = "a piece of its stream is not JSON: " + parsed.error().message;
        return;
    }
    take_object(*parsed);
}

void OpenAiAnswer::take_object(const json::value& value) {
    if (!value.is_object()) {
        malformed_ = "it sent " + std::string(type_name(value)) + " where an object belongs";
        return;
    }
    if (const json::value* error = find(value, "error"); error && !error->is_null())
        return take_error(value);
    if (const json::value* usage = find(value, "usage")) take_usage(*usage);
    const json::value* choices = find(value, "choices");
    if (!choices || choices->is_null()) {
        if (!find(value, "usage")) malformed_ = "it sent an object without `choices`";
        return;
    }
    if (!choices->is_array()) {
        malformed_ = "`choices` is not an array";
        return;
    }
    for (const json::value& choice : choices->get_array())
        if (int_or(choice, "index") == 0) take_choice(choice);
}

void OpenAiAnswer::take_choice(const json::value& choice) {
    const json::value* delta = find(choice, "delta");
    if (!delta) delta = find(choice, "message"); // of one whole object
    if (delta) take_delta(*delta);
    const std::string_view reason = text_or(choice, "finish_reason");
    if (!reason.empty()) finish_reason_ = reason;
}

void OpenAiAnswer::take_delta(const json::value& delta) {
    std::string_view piece = text_or(delta, "content");
    if (const std::string_view refusal = text_or(delta, "refusal"); !refusal.empty()) {
        refusal_ = true;
        if (piece.empty()) piece = refusal;
    }
    if (!piece.empty()) {
        text_ += piece;
        if (on_text_) on_text_(piece);
    }
    if (const json::value* calls = find(delta, "tool_calls"); calls && calls->is_array())
        take_calls(*calls);
}

void OpenAiAnswer::take_calls(const json::value& calls) {
    for (const json::value& piece : calls.get_array()) {
        PartialCall& call = call_at(piece);
        if (const std::string_view id = text_or(piece, "id"); !id.empty()) call.id = id;
        const json::value* function = find(piece, "function");
        if (!function) continue;
        call.name += text_or(*function, "name");
        const json::value* arguments = find(*function, "arguments");
        if (arguments && arguments->is_object())
            call.arguments = to_text(*arguments); // some servers send the object itself
        else
            call.arguments += text_or(*function, "arguments");
        if (calls_.size() > calls_max) {
            malformed_ = "it calls more than " + std::to_string(calls_max) + " tools at once";
            return;
        }
    }
}

/// By `index`. Servers that send none: a piece with an id or a name begins a call, another
/// continues the last one.
OpenAiAnswer::PartialCall& OpenAiAnswer::call_at(const json::value& piece) {
    if (find(piece, "index")) {
        const std::int64_t index = int_or(piece, "index");
        for (PartialCall& call : calls_)
            if (call.index == index) return call;
        return calls_.emplace_back(PartialCall{.index = index});
    }
    const std::string_view id = text_or(piece, "id");
    for (PartialCall& call : calls_)
        if (!id.empty() && call.id == id) return call;
    const json::value* function = find(piece, "function");
    const bool begins =
        !id.empty() || calls_.empty() || (function && !text_or(*function, "name").empty());
    if (!begins) return calls_.back();
    return calls_.emplace_back(PartialCall{.index = static_cast<std::int64_t>(calls_.size())});
}

void OpenAiAnswer::take_usage(const json::value& value) {
    if (!value.is_object()) return;
    has_usage_ = true;
    input_tokens_ = std::max<std::int64_t>(0, int_or(value, "prompt_tokens"));
    output_tokens_ = std::max<std::int64_t>(0, int_or(value, "completion_tokens"));
}

void OpenAiAnswer::take_error(const json::value& holder) {
    has_error_ = true;
    const json::value* error = find(holder, "error");
    if (!error || !error->is_object()) { // {"error": "name", "message": "…"}
        error_.message = word(holder, "message");
        if (error && error_.message.empty()) error_.message = word(holder, "error");
        error_.code = word(holder, "code");
        return;
    }
    error_.message = word(*error, "message");
    error_.code = word(*error, "code") + " " + word(*error, "type");
}

void OpenAiAnswer::read_error_body() {
    has_error_ = true;
    if (const auto parsed = parse_json(raw_); parsed && parsed->is_object()) take_error(*parsed);
}

std::size_t OpenAiAnswer::bytes_written() const {
    std::size_t bytes = text_.size();
    for (const PartialCall& call : calls_) bytes += call.name.size() + call.arguments.size();
    return bytes;
}

Completion OpenAiAnswer::completion() const {
    Completion out{.text = text_, .input_tokens = input_tokens_, .output_tokens = output_tokens_};
    std::set<std::string> ids;
    for (const PartialCall& call : calls_) {
        std::string id = call.id;
        for (std::size_t n = out.calls.size() + 1; id.empty() || ids.contains(id); ++n)
            id = "call_" + std::to_string(n);
        ids.insert(id);
        out.calls.push_back({std::move(id), call.name, arguments_of(call.arguments)});
    }
    if (finish_reason_ == "length")
        out.stop = StopReason::length;
    else if (finish_reason_ == "content_filter" || refusal_)
        out.stop = StopReason::refused;
    else
        out.stop = out.calls.empty() ? StopReason::finished : StopReason::tool_calls;
    return out;
}

} // namespace weft::models
