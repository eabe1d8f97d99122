#pragma once

#include "http/message.h"
#include "http/sse_parser.h"
#include "models/model.h"

namespace weft::models {

/// Reads one answer of POST /chat/completions as it arrives: a stream of events, one JSON object,
/// or an error. One per call, on its io thread.
class OpenAiAnswer {
public:
    explicit OpenAiAnswer(ChunkSink on_text) : on_text_(std::move(on_text)) {}

    void head(int status, const http::Headers& headers);
    void body(std::string_view piece);
    /// The transport is done; reads what only the end makes complete.
    void end();

    int status() const { return status_; }
    const http::Headers& headers() const { return headers_; }
    const std::string& text() const { return text_; }
    bool has_usage() const { return has_usage_; }
    std::int64_t input_tokens() const { return input_tokens_; }
    std::int64_t output_tokens() const { return output_tokens_; }
    /// How many bytes the model wrote: text, names and arguments of calls.
    std::size_t bytes_written() const;

    /// Everything was there: "[DONE]" or a reason why the model stopped.
    bool complete() const {
        return !malformed_ && !has_error_ && (done_ || !finish_reason_.empty());
    }
    /// What could not be read, in a sentence; nullptr: nothing.
    const std::string* malformed() const { return malformed_ ? &*malformed_ : nullptr; }
    /// What the server says went wrong: with an error status, or in the middle of a stream.
    struct ServerError {
        std::string message;
        std::string code; ///< `code` and `type`, separated by a blank
    };
    bool has_error() const { return has_error_; }
    const ServerError& error() const { return error_; }

    /// The answer; only when complete(). Usage is not filled in here when the server sent none.
    Completion completion() const;

private:
    enum class Form { unknown, events, object, error, foreign };
    struct PartialCall {
        std::int64_t index = 0;
        std::string id;
        std::string name;
        std::string arguments;
    };

    void choose_form(std::string_view piece);
    void take_events(std::string_view piece);
    void take_event(const std::string& data);
    void take_object(const json::value& value);
    void take_choice(const json::value& choice);
    void take_delta(const json::value& delta);
    void take_calls(const json::value& calls);
    PartialCall& call_at(const json::value& piece);
    void take_usage(const json::value& value);
    void take_error(const json::value& error);
    void read_error_body();

    ChunkSink on_text_;
    Form form_ = Form::unknown;
    int status_ = 0;
    http::Headers headers_;
    http::SseParser parser_;
    std::string raw_; ///< of an object or an error
    std::string text_;
    std::vector<PartialCall> calls_;
    std::string finish_reason_;
    bool done_ = false;
    bool refusal_ = false;
    bool has_usage_ = false;
    std::int64_t input_tokens_ = 0;
    std::int64_t output_tokens_ = 0;
    std::optional<std::string> malformed_;
    bool has_error_ = false;
    ServerError error_;
};

} // namespace weft::models
