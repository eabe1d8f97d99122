#include "json/text_writer.h"

#include "base/utf8.h"

#include <charconv>
#include <cmath>
#include <cstring>
#include <iterator>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>
#include <fmt/compile.h>

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

/// Each of the eight bytes from here stands for itself: ASCII that needs no escape. The
/// subtractions find bytes below a bound in all eight at once: the borrow sets their top bit.
bool eight_are_plain(const char* at) {
    constexpr std::uint64_t each = 0x0101'0101'0101'0101;
    constexpr std::uint64_t top_bits = 0x80 * each;
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    const std::uint64_t quotes = word ^ ('"' * each);
    const std::uint64_t backslashes = word ^ ('\\' * each);
    const std::uint64_t found =
        word | (word - 0x20 * each) | (quotes - each) | (backslashes - each);
    return (found & top_bits) == 0;
}

/// Where the next byte stands that the table does not let through; text.size(): none.
std::size_t next_escape(std::string_view text, std::size_t from) {
    while (from + 8 <= text.size() && eight_are_plain(text.data() + from)) from += 8;
    if (text.size() >= 8 && eight_are_plain(text.data() + text.size() - 8) &&
        from + 8 > text.size())
        return text.size(); // those before `from` are looked at again: cheaper than one by one
    while (from < text.size() && escapes[static_cast<unsigned char>(text[from])] == 0) ++from;
    return from;
}

/// Bytes that are no UTF-8 become U+FFFD: what comes out is JSON whatever a header held.
void write_text(std::string& out, std::string_view text) {
    out += '"';
    std::size_t done = 0;
    for (std::size_t at = next_escape(text, 0); at < text.size(); at = next_escape(text, at)) {
        const char escape = escapes[static_cast<unsigned char>(text[at])];
        if (escape == '8')
            if (const std::size_t bytes = utf8_sequence_bytes(text.substr(at))) {
                at += bytes;
                continue;
            }
        out.append(text, done, at - done);
        if (escape == '8')
            out += "\xef\xbf\xbd";
        else if (escape == 'u')
            fmt::format_to(std::back_inserter(out), "\\u{:04x}",
                           static_cast<unsigned char>(text[at]));
        else
            out.append({'\\', escape});
        done = ++at;
    }
    out.append(text, done);
    out += '"';
}

template <class Integer> void write_integer(std::string& out, Integer number) {
    std::array<char, 24> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), end);
}

/// The shortest digits that read back as the same double, with a point or an exponent so that it
/// stays a double.
void write_double(std::string& out, double number) {
    if (!std::isfinite(number)) { // JSON has no such number
        out += "null";
        return;
    }
    std::array<char, 32> digits{};
    const std::string_view text(digits.data(),
                                fmt::format_to(digits.data(), FMT_COMPILE("{}"), number));
    out += text;
    if (text.find_first_of(".e") == text.npos) out += ".0";
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
    case json::kind::int64: write_integer(out, value.get_int64()); break;
    case json::kind::uint64: write_integer(out, value.get_uint64()); break;
    case json::kind::double_: write_double(out, value.get_double()); break;
    case json::kind::string: write_text(out, value.get_string()); break;
    case json::kind::array: write_array(out, value.get_array()); break;
    case json::kind::object: write_object(out, value.get_object()); break;
    }
}

} // namespace

std::string to_text(const json::value& value) {
    // Grown once for a thread, not for each answer; a huge one is not kept.
    constexpr std::size_t kept_bytes_max = 256 * 1024;
    static thread_local std::string scratch;
    if (scratch.capacity() > kept_bytes_max) scratch = {};
    scratch.clear();
    write_value(scratch, value);
    return scratch;
}

void TextWriter::begin(char bracket) {
    separate();
    text_ += bracket;
    comma_due_ = false;
}

void TextWriter::end(char bracket) {
    text_ += bracket;
    comma_due_ = true;
}

void TextWriter::name(std::string_view name) {
    separate();
    text_ += '"';
    text_ += name;
    text_ += "\":";
    comma_due_ = false;
}

void TextWriter::raw(std::string_view text) {
    separate();
    text_ += text;
}

void TextWriter::integer(std::int64_t number) {
    separate();
    write_integer(text_, number);
}

void TextWriter::value(std::string_view text) {
    separate();
    write_text(text_, text);
}

void TextWriter::value(double number) {
    separate();
    write_double(text_, number);
}

void TextWriter::value(const json::value& tree) {
    separate();
    write_value(text_, tree);
}

void TextWriter::value(const json::object& tree) {
    separate();
    write_object(text_, tree);
}

} // namespace weft
