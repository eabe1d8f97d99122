#pragma once

#include "http/message.h"
#include "http/sse_parser.h"
#include "models/model.h"

namespace weft::models {

/// Reads one answer of a provider as it arrives: a stream of JSON objects, one JSON object, or an
/// error. What is the same for all wire formats is here; a format says what its objects mean. One
/// per call, on its io thread.
class AnswerReader {
public:
    /// How the objects of a stream are told apart: server-sent events, or one a line.
    enum class Framing { events, lines };

    AnswerReader(Framing framing, ChunkSink on_text)
        : framing_(framing), on_text_(std::move(on_text)) {}
    virtual ~AnswerReader() = default;
    AnswerReader(const AnswerReader&) = delete;
    AnswerReader& operator=(const AnswerReader&) = delete;

    void head(int status, const http::Headers& headers);
    void body(std::string_view piece);
    /// The transport is done; reads what only the end makes complete.
    void end();

    int status() const { return status_; }
    const http::Headers& headers() const { return headers_; }
    const std::string& text() const { return text_; }
    /// What the provider counted; nullopt: it did not say, or not yet.
    std::optional<std::int64_t> input_tokens() const { return input_tokens_; }
    std::optional<std::int64_t> output_tokens() const { return output_tokens_; }
    /// What the model wrote: text, names and arguments of calls.
    std::string written() const;

    /// Everything was there: the end of the stream, or a reason why the model stopped.
    bool complete() const { return !malformed_ && !error_ && (ended_ || stop_.has_value()); }
    /// What could not be read, in a sentence; nullptr: nothing.
    const std::string* malformed() const { return malformed_ ? &*malformed_ : nullptr; }
    /// What the server says went wrong: with an error status, or in the middle of a stream.
    struct ServerError {
        std::string message;
        std::string code; ///< its words for the kind of error, separated by blanks
        std::optional<milliseconds> retry_after; ///< where the body says it
    };
    /// nullptr: nothing.
    const ServerError* error() const { return error_ ? &*error_ : nullptr; }

    /// The answer; only when complete(). Tokens that the server did not report are 0 here.
    Completion completion() const;

protected:
    struct PartialCall {
        std::int64_t index = 0;
        std::string id;
        std::string name;
        std::string arguments;
        std::string mark;
    };

    /// One object of the stream, or the whole answer.
    virtual void take(const json::value& object) = 0;
    /// The body of an error status, or an object that is one. For formats whose errors look
    /// otherwise than {"error": {"message", "code", "type"}} or {"error": "…", "message"}.
    virtual ServerError read_error(const json::value& holder) const;

    void say(std::string_view piece);
    /// The call with that index, begun when there is none.
    PartialCall& call_at(std::int64_t index);
    std::vector<PartialCall>& calls() { return calls_; }
    void count_input(std::int64_t tokens) { input_tokens_ = std::max<std::int64_t>(0, tokens); }
    void count_output(std::int64_t tokens) { output_tokens_ = std::max<std::int64_t>(0, tokens); }
    /// Why the model stopped. `finished` becomes `tool_calls` where there are calls.
    void stop(StopReason reason) { stop_ = reason; }
    /// Nothing after this counts.
    void end_stream() { ended_ = true; }
    void give_up(std::string what) { malformed_ = std::move(what); }
    void take_error(const json::value& holder) { error_ = read_error(holder); }

    /// A call of this name is the answer itself: its arguments become the text.
    void take_call_as_text(std::string name) { text_call_ = std::move(name); }
    /// The text is a call of this name: it becomes its arguments, and is not streamed.
    void take_text_as_call(std::string name) { call_text_ = std::move(name); }

private:
    enum class Form { unknown, stream, object, error, foreign };

    void choose_form(std::string_view piece);
    void take_stream(std::string_view piece);
    void take_events(std::string_view piece);
    void take_lines(std::string_view piece);
    void take_text(std::string_view text);
    void take_checked(const json::value& value);
    bool over() const { return malformed_ || error_ || ended_; }
    std::vector<ToolCall> whole_calls() const;

    Framing framing_;
    ChunkSink on_text_;
    Form form_ = Form::unknown;
    int status_ = 0;
    http::Headers headers_;
    http::SseParser parser_;
    std::string raw_; ///< of an object, an error or an unfinished line
    std::string text_;
    std::vector<PartialCall> calls_;
    std::string text_call_;
    std::string call_text_;
    std::optional<StopReason> stop_;
    bool ended_ = false;
    std::optional<std::int64_t> input_tokens_;
    std::optional<std::int64_t> output_tokens_;
    std::optional<std::string> malformed_;
    std::optional<ServerError> error_;
};

/// A member that is a string or a number, as text; "" when it is absent.
std::string word(const json::value& object, std::string_view name);

} // namespace weft::models
