#include "json/json.h"

#include "base/utf8.h"

#include <cmath>
#include <iterator>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>

// Boost.JSON writes 1795473140.5 as 1.7954731405E9. That is valid, but people read these answers
// too.

namespace weft {

namespace {

/// What stands for a byte inside quotes: 0 itself, 'u' a \u00XX escape, '8' itself if it begins a
/// UTF-8 sequence, else the letter after a backslash.
constexpr std::array<char, 256> escapes = [] {
    std::array<char, 256> table{};
    for (int c = 0; c < 0x20; ++c) table[c] = 'u';
    for (int c = 0x80; c < 0x100; ++c) table[c] = '8';
    for (const auto& [c, letter] : {std::pair{'\b', 'b'},
                                    {'\f', 'f'},
                                    {'\n', 'n'},
                                    {'\r', 'r'},
                                    {'\t', 't'},
                                    {'"', '"'},
                                    {'\\', '\\'}})
        table[static_cast<unsigned char>(c)] = letter;
    return table;
}();

/// Bytes that are no UTF-8 become U+FFFD: what comes out is JSON whatever a header held.
void write_text(std::string& out, std::string_view text) {
    out += '"';
    std::size_t done = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char escape = escapes[static_cast<unsigned char>(text[i])];
        if (escape == 0) continue;
        if (escape == '8')
            if (const std::size_t bytes = utf8_sequence_bytes(text.substr(i))) {
                i += bytes - 1;
                continue;
            }
        out.append(text, done, i - done);
        done = i + 1;
        if (escape == '8')
            out += "\xef\xbf\xbd";
        else if (escape == 'u')
            fmt::format_to(std::back_inserter(out), "\\u{:04x}",
                           static_cast<unsigned char>(text[i]));
        else
            out.append({'\\', escape});
    }
    out.append(text, done);
    out += '"';
}

/// The shortest digits that read back as the same double, with a point or an exponent so that it
/// stays a double.
void write_double(std::string& out, double number) {
    if (!std::isfinite(number)) { // JSON has no such number
        out += "null";
        return;
    }
    const std::size_t start = out.size();
    fmt::format_to(std::back_inserter(out), "{}", number);
    if (out.find_first_of(".e", start) == std::string::npos) out += ".0";
}

void write_value(std::string& out, const json::value& value);

void write_array(std::string& out, const json::array& array) {
    char before = '[';
    for (const json::value& each : array) {
        out += before;
        write_value(out, each);
        before = ',';
    }
    out += array.empty() ? "[]" : "]";
}

void write_object(std::string& out, const json::object& object) {
    char before = '{';
    for (const auto& [name, each] : object) {
        out += before;
        write_text(out, name);
        out += ':';
        write_value(out, each);
        before = ',';
    }
    out += object.empty() ? "{}" : "}";
}

void write_value(std::string& out, const json::value& value) {
    switch (value.kind()) {
    case json::kind::null: out += "null"; break;
    case json::kind::bool_: out += value.get_bool() ? "true" : "false"; break;
    case json::kind::int64: fmt::format_to(std::back_inserter(out), "{}", value.get_int64()); break;
    case json::kind::uint64:
        fmt::format_to(std::back_inserter(out), "{}", value.get_uint64());
        break;
    case json::kind::double_: write_double(out, value.get_double()); break;
    case json::kind::string: write_text(out, value.get_string()); break;
    case json::kind::array: write_array(out, value.get_array()); break;
    case json::kind::object: write_object(out, value.get_object()); break;
    }
}

} // namespace

std::string to_text(const json::value& value) {
    std::string out;
    write_value(out, value);
    return out;
}

} // namespace weft
