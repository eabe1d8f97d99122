#include "domain/values.h"

#include "domain/members.h"

#include <chrono>

namespace weft {

namespace {

constexpr std::pair<std::string_view, ValueKind> kind_names[] = {
    {"text", ValueKind::text},      {"string", ValueKind::text},  {"number", ValueKind::number},
    {"integer", ValueKind::number}, {"float", ValueKind::number}, {"boolean", ValueKind::boolean},
    {"bool", ValueKind::boolean},   {"date", ValueKind::date},    {"datetime", ValueKind::date},
    {"date-time", ValueKind::date}, {"array", ValueKind::array},  {"list", ValueKind::array},
    {"object", ValueKind::object},  {"json", ValueKind::object},  {"file", ValueKind::file},
};

/// Takes fixed-width numbers and separators off the front of a text.
struct Cursor {
    std::string_view rest;

    bool skip(char c) {
        if (rest.empty() || rest.front() != c) return false;
        rest.remove_prefix(1);
        return true;
    }
    /// `width` digits between `min` and `max`, or -1.
    int digits(std::size_t width, int min, int max) {
        if (rest.size() < width) return -1;
        int value = 0;
        for (const char c : rest.substr(0, width)) {
            if (c < '0' || c > '9') return -1;
            value = value * 10 + (c - '0');
        }
        rest.remove_prefix(width);
        return value >= min && value <= max ? value : -1;
    }
};

bool skip_time(Cursor& at) {
    if (at.digits(2, 0, 23) < 0 || !at.skip(':') || at.digits(2, 0, 59) < 0) return false;
    if (at.skip(':')) {
        if (at.digits(2, 0, 59) < 0) return false;
        if (at.skip('.')) {
            if (at.digits(1, 0, 9) < 0) return false;
            while (at.digits(1, 0, 9) >= 0) {}
        }
    }
    if (at.skip('Z')) return true;
    if (at.skip('+') || at.skip('-'))
        return at.digits(2, 0, 14) >= 0 && at.skip(':') && at.digits(2, 0, 59) >= 0;
    return true;
}

std::string expected(ValueKind kind) {
    switch (kind) {
    case ValueKind::text: return "a text";
    case ValueKind::number: return "a number";
    case ValueKind::boolean: return "true or false";
    case ValueKind::date: return "an ISO-8601 date or epoch seconds";
    case ValueKind::array: return "an array";
    case ValueKind::object: return "an object";
    case ValueKind::file: return "a file's id";
    }
    return "something else";
}

bool is_of(ValueKind kind, const json::value& value) {
    switch (kind) {
    case ValueKind::text:
    case ValueKind::file: return value.is_string();
    case ValueKind::number: return value.is_number();
    case ValueKind::boolean: return value.is_bool();
    case ValueKind::date:
        return value.is_number() || (value.is_string() && is_iso8601(value.get_string()));
    case ValueKind::array: return value.is_array();
    case ValueKind::object: return value.is_object();
    }
    return false;
}

} // namespace

std::optional<ValueKind> value_kind_from(std::string_view name) {
    const std::string lower = lower_ascii(name);
    for (const auto& [known, kind] : kind_names)
        if (known == lower) return kind;
    return std::nullopt;
}

std::string_view to_text(ValueKind kind) {
    for (const auto& [name, known] : kind_names)
        if (known == kind) return name; // the first of a kind is ours
    return "text";
}

bool is_iso8601(std::string_view text) {
    Cursor at{text};
    const int year = at.digits(4, 1, 9999);
    if (year < 0 || !at.skip('-')) return false;
    const int month = at.digits(2, 1, 12);
    if (month < 0 || !at.skip('-')) return false;
    const int day = at.digits(2, 1, 31);
    if (day < 0) return false;
    const std::chrono::year_month_day date{std::chrono::year(year),
                                           std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    if (!date.ok()) return false;
    if (at.rest.empty()) return true;
    return (at.skip('T') || at.skip(' ')) && skip_time(at) && at.rest.empty();
}

std::optional<std::string> kind_fault(ValueKind kind, const json::value& value) {
    if (is_of(kind, value)) return std::nullopt;
    if (kind == ValueKind::date && value.is_string())
        return "must be a date such as 2026-01-31 or 2026-01-31T12:00:00Z";
    return fmt::format("must be {}, not {}", expected(kind), type_name(value));
}

} // namespace weft
