#include "expr/text.h"

#include <cmath>

#include <boost/json/serialize.hpp>

namespace weft::expr {

namespace {

constexpr int print_depth_max = 2 * static_cast<int>(json_depth_max);

bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

struct Decoded {
    char32_t code;
    std::size_t bytes;
    bool valid;
};

/// The code point at `at`; an invalid byte is one of its own.
Decoded decode(std::string_view text, std::size_t at) {
    const auto first = static_cast<unsigned char>(text[at]);
    if (first < 0x80) return {first, 1, true};
    const std::size_t bytes = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || at + bytes > text.size()) return {first, 1, false};
    char32_t code = first & (0xFF >> (bytes + 1));
    for (std::size_t i = 1; i < bytes; ++i) {
        if (!is_continuation(text[at + i])) return {first, 1, false};
        code = (code << 6) | (static_cast<unsigned char>(text[at + i]) & 0x3F);
    }
    return {code, bytes, true};
}

void append_code(std::string& out, char32_t code) {
    if (code < 0x80) {
        out.push_back(static_cast<char>(code));
    } else if (code < 0x800) {
        out.push_back(static_cast<char>(0xC0 | (code >> 6)));
        out.push_back(static_cast<char>(0x80 | (code & 0x3F)));
    } else {
        out.push_back(static_cast<char>(0xE0 | (code >> 12)));
        out.push_back(static_cast<char>(0x80 | ((code >> 6) & 0x3F)));
        out.push_back(static_cast<char>(0x80 | (code & 0x3F)));
    }
}

/// A run of letters with their partners. distance 0: upper and lower case alternate, `first` is
/// upper case; otherwise first … last are lower case and upper case lies `distance` below.
struct CaseRange {
    char32_t first, last;
    char32_t distance;
};

// From the Unicode Character Database: simple mappings that go both ways and stay below U+10000.
constexpr CaseRange case_ranges[] = {
    {0xE0, 0xF6, 32},    {0xF8, 0xFE, 32},    {0x100, 0x12F, 0},  {0x132, 0x137, 0},
    {0x139, 0x148, 0},   {0x14A, 0x177, 0},   {0x179, 0x17E, 0},  {0x3AC, 0x3AC, 38},
    {0x3AD, 0x3AF, 37},  {0x3B1, 0x3C1, 32},  {0x3C3, 0x3CB, 32}, {0x3CC, 0x3CC, 64},
    {0x3CD, 0x3CE, 63},  {0x430, 0x44F, 32},  {0x450, 0x45F, 80}, {0x460, 0x481, 0},
    {0x48A, 0x4BF, 0},   {0x4C1, 0x4CE, 0},   {0x4D0, 0x52F, 0},  {0x561, 0x586, 48},
    {0x1E00, 0x1E95, 0}, {0x1EA0, 0x1EFF, 0},
};

char32_t upper_of(char32_t code) {
    if (code == 0xFF) return 0x178;
    for (const CaseRange& range : case_ranges) {
        if (code < range.first || code > range.last) continue;
        if (range.distance) return code - range.distance;
        return (code - range.first) % 2 ? code - 1 : code;
    }
    return code;
}

char32_t lower_of(char32_t code) {
    if (code == 0x178) return 0xFF;
    for (const CaseRange& range : case_ranges) {
        const char32_t by = range.distance;
        if (by && code >= range.first - by && code <= range.last - by) return code + by;
        if (!by && code >= range.first && code <= range.last)
            return (code - range.first) % 2 ? code : code + 1;
    }
    return code;
}

template <class Ascii, class Wide> std::string map_case(std::string_view text, Ascii ascii,
                                                        Wide wide) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const Decoded point = decode(text, at);
        if (point.code < 0x80)
            out.push_back(ascii(text[at]));
        else if (point.valid && point.code < 0x10000)
            append_code(out, wide(point.code));
        else
            out.append(text.substr(at, point.bytes));
        at += point.bytes;
    }
    return out;
}

/// Unicode's White_Space property.
bool is_space(char32_t code) {
    return code == ' ' || (code >= 9 && code <= 13) || code == 0x85 || code == 0xA0 ||
           code == 0x1680 || (code >= 0x2000 && code <= 0x200A) || code == 0x2028 ||
           code == 0x2029 || code == 0x202F || code == 0x205F || code == 0x3000;
}

class JsonWriter {
public:
    JsonWriter(std::string& out, std::size_t bytes_max) : out_(out), bytes_max_(bytes_max) {}

    bool write(const json::value& value) {
        if (const auto* array = value.if_array()) return write(*array);
        if (const auto* object = value.if_object()) return write(*object);
        if (const auto* string = value.if_string()) return write_string(*string);
        if (value.is_number()) return put(number_text(value));
        if (value.is_bool()) return put(value.get_bool() ? "true" : "false");
        return put("null");
    }

    bool write(const json::array& array) {
        if (++depth_ > print_depth_max || !put("[")) return false;
        bool first = true;
        for (const json::value& each : array) {
            if (!first && !put(",")) return false;
            if (!write(each)) return false;
            first = false;
        }
        --depth_;
        return put("]");
    }

    bool write(const json::object& object) {
        if (++depth_ > print_depth_max || !put("{")) return false;
        bool first = true;
        for (const auto& member : object) {
            if (!first && !put(",")) return false;
            if (!write_string(member.key()) || !put(":") || !write(member.value())) return false;
            first = false;
        }
        --depth_;
        return put("}");
    }

private:
    bool put(std::string_view text) {
        if (out_.size() + text.size() > bytes_max_) return false;
        out_.append(text);
        return true;
    }

    bool write_string(std::string_view text) {
        if (out_.size() + text.size() > bytes_max_) return false;
        return put(json::serialize(json::string_view(text.data(), text.size())));
    }

    std::string& out_;
    std::size_t bytes_max_;
    int depth_ = 0;
};

template <class Value>
bool append_any(std::string& out, const Value& value, std::size_t bytes_max) {
    const std::size_t before = out.size();
    if (JsonWriter(out, bytes_max).write(value)) return true;
    out.resize(before);
    return false;
}

} // namespace

std::size_t code_points(std::string_view text) {
    std::size_t count = 0;
    for (std::size_t at = 0; at < text.size(); ++count) at += decode(text, at).bytes;
    return count;
}

std::string_view head(std::string_view text, std::size_t count) {
    std::size_t at = 0;
    for (; count > 0 && at < text.size(); --count) at += decode(text, at).bytes;
    return text.substr(0, at);
}

std::string upper(std::string_view text) {
    return map_case(
        text, [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; },
        upper_of);
}

std::string lower(std::string_view text) {
    return map_case(
        text, [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; },
        lower_of);
}

std::string_view trim(std::string_view text) {
    while (!text.empty()) {
        const Decoded point = decode(text, 0);
        if (!is_space(point.code) || !point.valid) break;
        text.remove_prefix(point.bytes);
    }
    while (!text.empty()) {
        std::size_t at = text.size() - 1;
        while (at > 0 && is_continuation(text[at]) && text.size() - at < 4) --at;
        const Decoded point = decode(text, at);
        if (!point.valid || at + point.bytes != text.size() || !is_space(point.code)) break;
        text.remove_suffix(point.bytes);
    }
    return text;
}

std::string number_text(const json::value& number) {
    if (const auto* whole = number.if_int64()) return fmt::format("{}", *whole);
    if (const auto* whole = number.if_uint64()) return fmt::format("{}", *whole);
    const double value = number.as_double();
    constexpr double exact_max = 9'007'199'254'740'992.0; // 2^53
    if (std::trunc(value) == value && std::abs(value) <= exact_max)
        return fmt::format("{}", static_cast<std::int64_t>(value));
    return fmt::format("{}", value);
}

bool append_json(std::string& out, const json::value& value, std::size_t bytes_max) {
    return append_any(out, value, bytes_max);
}

bool append_json(std::string& out, const json::object& value, std::size_t bytes_max) {
    return append_any(out, value, bytes_max);
}

bool append_json(std::string& out, const json::array& value, std::size_t bytes_max) {
    return append_any(out, value, bytes_max);
}

bool append_text(std::string& out, const json::value& value, std::size_t bytes_max) {
    const json::string* string = value.if_string();
    if (!string) return append_json(out, value, bytes_max);
    if (out.size() + string->size() > bytes_max) return false;
    out.append(string->data(), string->size());
    return true;
}

} // namespace weft::expr
