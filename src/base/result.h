#pragma once

#include <expected>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weft {

/// Every way an operation may be refused or fail. `http_status_of` (src/api) maps each to one HTTP
/// status.
enum class Code {
    malformed,        ///< 400: the bytes are not what their media type says
    unauthenticated,  ///< 401: no key, or one we do not know
    payment_required, ///< 402: out of credits or budget
    forbidden,        ///< 403: known, but not allowed here
    not_found,        ///< 404: absent, or another organization's
    conflict,         ///< 409: the thing is in a state that does not allow this
    too_large,        ///< 413
    media_type,       ///< 415
    invalid,          ///< 422: understood, but a field is wrong
    rate_limited,     ///< 429: try again later
    internal,         ///< 500: our fault
    not_implemented,  ///< 501: a documented operation that this version does not have
    unavailable,      ///< 503: a disk, a network or a peer does not answer
    timed_out,        ///< 504: a deadline passed
    cancelled,        ///< never sent: the caller asked for a stop
};

struct FieldError {
    std::string field;   ///< as the client wrote it, nested ones with dots: "records.2.version"
    std::string message; ///< a plain sentence
};

/// An expected failure. `message` is shown to people; `log_text` never leaves the process.
struct Error {
    Code code = Code::internal;
    std::string message;
    std::string log_text = {};
    std::vector<FieldError> fields = {};
    std::optional<int> retry_after_s = {};
};

template <class T = void> using Result = std::expected<T, Error>;

/// `return fail(Code::not_found, "There is no such task.");`
inline std::unexpected<Error> fail(Code code, std::string message, std::string log_text = {}) {
    return std::unexpected(Error{code, std::move(message), std::move(log_text)});
}

/// One wrong field: 422.
inline std::unexpected<Error> fail_field(std::string field, std::string message) {
    Error error{Code::invalid, field + ": " + message};
    error.fields.push_back({std::move(field), std::move(message)});
    return std::unexpected(std::move(error));
}

} // namespace weft

/// The value of a Result, or return its error from this function.
#define TRY(...)                                                                                   \
    ({                                                                                             \
        auto&& try_result_ = (__VA_ARGS__);                                                        \
        if (!try_result_) return std::unexpected(std::move(try_result_).error());                  \
        *std::move(try_result_);                                                                   \
    })

/// The same in a coroutine: `auto row = CO_TRY(store.read(...));` awaits the task it is given.
#define CO_TRY(...)                                                                                \
    ({                                                                                             \
        auto&& try_result_ = (co_await (__VA_ARGS__));                                             \
        if (!try_result_) co_return std::unexpected(std::move(try_result_).error());               \
        *std::move(try_result_);                                                                   \
    })
