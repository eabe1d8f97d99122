#include "models/failures.h"

#include "base/utf8.h"
#include "http/retry_after.h"

#include <fmt/format.h>

namespace weft::models {

namespace {

constexpr std::size_t shown_bytes_max = 300;

std::string lower(std::string text) {
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return text;
}

bool names_any(const std::string& text, std::initializer_list<std::string_view> words) {
    return std::ranges::any_of(
        words, [&](std::string_view word) { return text.find(word) != std::string::npos; });
}

/// OpenAI's own code, and how Anthropic, Gemini, llama.cpp, vLLM, Ollama and gateways put it.
bool is_out_of_context(const std::string& code, const std::string& message) {
    return names_any(code, {"context_length_exceeded", "exceed_context_size"}) ||
           names_any(message, {"maximum context length", "context window", "context size",
                               "context length", "context limit", "prompt is too long",
                               "input is too long", "exceeds the maximum number of tokens"});
}

/// A quota that is used up does not fill again by waiting.
bool is_out_of_credit(int status, const std::string& code, const std::string& message) {
    return status == 402 ||
           names_any(code, {"insufficient_quota", "billing", "insufficient_credits"}) ||
           names_any(message, {"credit balance is too low"});
}

/// An error in the middle of a stream has no status of its own; its words have one.
int status_from(const std::string& code) {
    struct Words {
        int status = 0;
        std::initializer_list<std::string_view> any;
    };
    static const Words table[] = {
        {529, {"overloaded"}},
        {429, {"rate_limit", "too_many_requests", "resource_exhausted"}},
        {401, {"authentication", "invalid_api_key", "unauthenticated"}},
        {403, {"permission"}},
        {413, {"request_too_large"}},
        {400, {"invalid_request", "not_found", "content_policy", "invalid_argument"}},
    };
    if (code.size() >= 3 && (code[0] == '4' || code[0] == '5') && std::isdigit(code[1]) &&
        std::isdigit(code[2]))
        return std::atoi(code.substr(0, 3).c_str());
    for (const Words& row : table)
        if (names_any(code, row.any)) return row.status;
    return 500;
}

ErrorClass class_of(int status, bool says_when) {
    switch (status) {
    case 429: return ErrorClass::retry_after;
    case 503:
    case 529: return says_when ? ErrorClass::retry_after : ErrorClass::retry;
    case 408: // the server grew tired of waiting
    case 409: // the same idempotency key is still at work
    case 425: return ErrorClass::retry;
    default: return status >= 500 ? ErrorClass::retry : ErrorClass::refused;
    }
}

std::string_view meaning_of(int status) {
    switch (status) {
    case 402: return "wants payment";
    case 404: return "does not know the model or the address";
    case 413: return "finds the request too large";
    case 429: return "is receiving too many requests";
    case 529: return "is overloaded";
    default: break;
    }
    if (status >= 500) return "has a fault of its own";
    return status >= 300 && status < 400 ? "points to another address, which is not followed"
                                         : "refused the request";
}

std::string_view meaning(const ModelFailure& failure, int status, const std::string& code) {
    if (failure.error_class == ErrorClass::out_of_context)
        return "finds the request longer than the model's window";
    if (failure.out_of_credit) return "says that the account has no credit left";
    if (names_any(code, {"content_filter", "responsibleaipolicyviolation"}))
        return "did not let the request pass its content filter";
    return meaning_of(status);
}

} // namespace

/// What a server wrote, fit for a sentence: the key taken out, one line, not long.
std::string Failures::shown(const std::string& server_text) const {
    const std::string text = mask_.text(server_text);
    std::string out;
    for (std::size_t at = 0; at < text.size() && out.size() < shown_bytes_max;) {
        const std::size_t size = utf8_sequence_bytes(std::string_view(text).substr(at));
        const bool control = size == 1 && static_cast<unsigned char>(text[at]) < 0x20;
        out += size == 0 ? "?" : control ? " " : text.substr(at, size);
        at += std::max<std::size_t>(1, size);
    }
    return out;
}

/// A key that is not accepted: what the server wrote may hold a part of it, so it is not shown.
std::string Failures::of_key(int status) const {
    if (key_setting_.empty())
        return fmt::format("The model provider {} does not let us in ({}).", provider_, status);
    return fmt::format("The model provider {} did not accept the key ({}): check {}.", provider_,
                       status, key_setting_);
}

ModelFailure Failures::of_server(const AnswerReader& answer) const {
    const std::string code = lower(answer.error()->code);
    const std::string& message = answer.error()->message;
    const bool in_stream = answer.status() >= 200 && answer.status() <= 299;
    const int status = in_stream ? status_from(code) : answer.status();
    SystemClock clock;
    ModelFailure out{.http_status = answer.status(),
                     .retry_after = http::retry_after(answer.headers(), clock.now())};
    if (!out.retry_after) out.retry_after = answer.error()->retry_after;
    if (status == 401 || status == 403 || names_any(code, {"api_key_invalid"})) {
        out.error_class = ErrorClass::refused;
        out.message = of_key(status);
        return out;
    }
    out.error_class = class_of(status, out.retry_after.has_value());
    if ((in_stream || status < 500) && is_out_of_context(code, lower(message)))
        out.error_class = ErrorClass::out_of_context;
    out.out_of_credit = status < 500 && is_out_of_credit(status, code, lower(message));
    if (out.out_of_credit) out.error_class = ErrorClass::refused;
    out.message =
        fmt::format("The model provider {} {} ({}){}", provider_, meaning(out, status, code),
                    in_stream ? "in the middle of its answer" : std::to_string(answer.status()),
                    message.empty() ? "." : ": " + shown(message));
    return out;
}

ModelFailure Failures::of_transport(const http::ClientError& error) const {
    using http::ClientFailure;
    ModelFailure out{.http_status = error.status};
    switch (error.failure) {
    case ClientFailure::cancelled: out.error_class = ErrorClass::cancelled; break;
    case ClientFailure::refused_address:
    case ClientFailure::too_large: out.error_class = ErrorClass::refused; break;
    default: out.error_class = ErrorClass::retry;
    }
    out.timed_out = error.failure == ClientFailure::timed_out;
    if (error.failure == ClientFailure::cancelled)
        out.message = "The call to the model was stopped.";
    else
        out.message = fmt::format("The model provider {} did not answer: {}", provider_,
                                  shown(error.message));
    if (error.failure == ClientFailure::refused_address)
        out.message +=
            " The settings allow-address and allow-private-network let models on this machine or "
            "network be called.";
    return out;
}

ModelFailure Failures::of_malformed(const std::string& what) const {
    return {.error_class = ErrorClass::retry,
            .message = fmt::format("The answer of the model provider {} cannot be read: {}",
                                   provider_, shown(what)),
            .http_status = 200};
}

ModelFailure Failures::of_cut_stream() const {
    return {.error_class = ErrorClass::retry,
            .message =
                fmt::format("The model provider {} ended its answer in the middle.", provider_),
            .http_status = 200};
}

ModelFailure Failures::of_limit(milliseconds wait) const {
    return {.error_class = ErrorClass::retry_after,
            .message = fmt::format("The key of the model provider {} is at its limit for another "
                                   "{:.1f} s; nothing was sent.",
                                   provider_, static_cast<double>(wait.count()) / 1'000),
            .retry_after = wait};
}

} // namespace weft::models
