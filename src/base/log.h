#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace weft {

enum class LogLevel { debug, info, warning, error, off };

/// What may stand in a log line. A view: lives as long as the call it is an argument of.
class LogValue {
public:
    // NOLINTBEGIN(google-explicit-constructor): so that fields are written {"key", value}
    LogValue(const char* text) : value_(std::string_view(text)) {}
    LogValue(std::string_view text) : value_(text) {}
    LogValue(const std::string& text) : value_(std::string_view(text)) {}
    LogValue(bool flag) : value_(flag) {}
    template <std::signed_integral T> LogValue(T number) : value_(std::int64_t{number}) {}
    template <std::unsigned_integral T>
    requires(!std::same_as<T, bool>) LogValue(T number) : value_(std::uint64_t{number}) {}
    LogValue(double number) : value_(number) {}
    // NOLINTEND(google-explicit-constructor)

    const auto& get() const { return value_; }

private:
    std::variant<std::string_view, bool, std::int64_t, std::uint64_t, double> value_;
};

struct LogField {
    std::string_view key;
    LogValue value;
};
using LogFields = std::initializer_list<LogField>;

/// Each writes one line of JSON to standard error: {"time", "level", "message", and the fields}.
/// From any thread; blocks as long as the write does. Text of a field whose key ends in a word such
/// as key, token, password or secret is not written, whatever it is: secrets do not belong in a
/// log.
void log_debug(std::string_view message, LogFields fields = {});
void log_info(std::string_view message, LogFields fields = {});
void log_warning(std::string_view message, LogFields fields = {});
void log_error(std::string_view message, LogFields fields = {});

/// Lines below it are not written. Starts as info.
void set_log_level(LogLevel level);
/// "debug", "info", "warning", "error" or "off".
std::optional<LogLevel> log_level_from(std::string_view text);

} // namespace weft
