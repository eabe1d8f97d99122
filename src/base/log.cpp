#include "base/log.h"

#include "base/utf8.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>

#include <fmt/format.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace weft {

namespace {

// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): one level for the process
std::atomic<LogLevel> level_min{LogLevel::info};

/// A JSON string; bytes that are not UTF-8 become U+FFFD.
void append_quoted(std::string& out, std::string_view text) {
    out += '"';
    while (!text.empty()) {
        const std::size_t length = utf8_sequence_bytes(text);
        const char first = text.front();
        if (length == 0)
            out += "\uFFFD";
        else if (first == '"' || first == '\\')
            (out += '\\') += first;
        else if (static_cast<unsigned char>(first) < 0x20)
            fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<int>(first));
        else
            out += text.substr(0, length);
        text.remove_prefix(length == 0 ? 1 : length);
    }
    out += '"';
}

bool names_a_secret(std::string_view key) {
    static constexpr std::array words{"key",           "token",  "password",   "secret",
                                      "authorization", "cookie", "credential", "credentials"};
    const std::string_view last = key.substr(key.find_last_of("_-.") + 1);
    return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
        return std::equal(word.begin(), word.end(), last.begin(), last.end(),
                          [](char a, char b) { return a == (b | 0x20); });
    });
}

void append_value(std::string& out, const LogField& field) {
    std::visit(
        [&](const auto& value) {
            using T = std::decay_t<decltype(value)>;
            if constexpr (std::is_same_v<T, std::string_view>)
                append_quoted(out, names_a_secret(field.key) ? "(not written)" : value);
            else if constexpr (std::is_same_v<T, double>)
                out += std::isfinite(value) ? fmt::format("{}", value) : "null";
            else
                fmt::format_to(std::back_inserter(out), "{}", value);
        },
        field.value.get());
}

spdlog::logger& logger() {
    static spdlog::logger instance = [] {
        spdlog::logger made("weft", std::make_shared<spdlog::sinks::stderr_sink_mt>());
        made.set_formatter(std::make_unique<spdlog::pattern_formatter>(
            R"({"time":"%Y-%m-%dT%H:%M:%S.%fZ","level":"%l",%v})", spdlog::pattern_time_type::utc));
        made.set_level(spdlog::level::debug);
        made.flush_on(spdlog::level::debug);
        return made;
    }();
    return instance;
}

void write(LogLevel level, std::string_view message, LogFields fields) {
    if (level < level_min.load(std::memory_order_relaxed)) return;
    static constexpr std::array levels{spdlog::level::debug, spdlog::level::info,
                                       spdlog::level::warn, spdlog::level::err};
    std::string line = "\"message\":";
    append_quoted(line, message);
    for (const LogField& field : fields) {
        line += ',';
        append_quoted(line, field.key);
        line += ':';
        append_value(line, field);
    }
    logger().log(levels[static_cast<std::size_t>(level)], spdlog::string_view_t(line));
}

} // namespace

void log_debug(std::string_view message, LogFields fields) {
    write(LogLevel::debug, message, fields);
}
void log_info(std::string_view message, LogFields fields) {
    write(LogLevel::info, message, fields);
}
void log_warning(std::string_view message, LogFields fields) {
    write(LogLevel::warning, message, fields);
}
void log_error(std::string_view message, LogFields fields) {
    write(LogLevel::error, message, fields);
}

void set_log_level(LogLevel level) { level_min.store(level, std::memory_order_relaxed); }

std::optional<LogLevel> log_level_from(std::string_view text) {
    static constexpr std::array<std::string_view, 5> names{"debug", "info", "warning", "error",
                                                           "off"};
    for (std::size_t i = 0; i < names.size(); ++i)
        if (names[i] == text) return static_cast<LogLevel>(i);
    return std::nullopt;
}

} // namespace weft
