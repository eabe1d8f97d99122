#include "json/outline.h"

#include <boost/json/basic_parser_impl.hpp>
#include <fmt/format.h>

#include <set>

namespace weft {

namespace {

constexpr std::string_view blanks = " \t\r\n";

/// Walks over the parts of one object or array.
class Walk {
public:
    explicit Walk(std::string_view text) : text_(text) {}

    Result<> open(char bracket, std::string_view what) {
        skip_blanks();
        if (next() != bracket)
            return fail(Code::malformed, fmt::format("This is not {} of JSON.", what));
        ++at_;
        return {};
    }
    /// Whether another part follows; after the last one, nothing may stand behind the bracket.
    Result<bool> another(char bracket) {
        skip_blanks();
        if (next() == bracket) {
            if (after_comma_) return broken("a comma is followed by nothing");
            ++at_;
            skip_blanks();
            if (at_ < text_.size()) return broken("something follows the end");
            return false;
        }
        if (any_) {
            if (next() != ',') return broken("a comma is missing");
            ++at_;
            after_comma_ = true;
            skip_blanks();
            if (next() == bracket) return broken("a comma is followed by nothing");
        }
        after_comma_ = false;
        any_ = true;
        return true;
    }
    Result<std::string> name() {
        skip_blanks();
        if (next() != '"') return broken("a member's name is missing");
        const json::value name = TRY(parse_json(TRY(part())));
        skip_blanks();
        if (next() != ':') return broken("a colon is missing");
        ++at_;
        return std::string(name.get_string());
    }
    /// The text of the value that begins here.
    Result<std::string_view> part() {
        skip_blanks();
        const std::size_t begin = at_;
        int depth = 0;
        for (; at_ < text_.size(); ++at_) {
            const char c = text_[at_];
            if (c == '"') {
                TRY(skip_text());
                if (depth == 0) break; // on its last quotation mark
                continue;
            }
            if (c == '{' || c == '[') ++depth;
            const bool closes = c == '}' || c == ']';
            if (depth == 0 && (closes || c == ',' || c == ':' || blanks.contains(c))) break;
            if (closes && --depth == 0) break;
        }
        if (depth > 0) return broken("it ends early");
        const bool is_closed = at_ < text_.size() && (text_[at_] == '"' || at_ > begin) &&
                               std::string_view("\"}]").contains(text_[at_]) && opens(begin);
        if (is_closed) ++at_;
        if (at_ == begin) return broken("a value is missing");
        return text_.substr(begin, at_ - begin);
    }

private:
    bool opens(std::size_t begin) const { return std::string_view("\"{[").contains(text_[begin]); }
    char next() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    void skip_blanks() { at_ = std::min(text_.find_first_not_of(blanks, at_), text_.size()); }
    /// From a quotation mark to the one that ends the text.
    Result<> skip_text() {
        for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_)
            if (text_[at_] == '\\') ++at_;
        if (at_ >= text_.size()) return broken("it ends early");
        return {};
    }
    std::unexpected<Error> broken(std::string_view what) const {
        return fail(Code::malformed, fmt::format("This is not valid JSON: {} at byte {}.", what,
                                                 std::min(at_, text_.size())));
    }

    std::string_view text_;
    std::size_t at_ = 0;
    bool any_ = false;
    bool after_comma_ = false;
};

/// Stops at the second member of one name.
struct NameWatch {
    static constexpr std::size_t max_object_size = json::object::max_size();
    static constexpr std::size_t max_array_size = json::array::max_size();
    static constexpr std::size_t max_key_size = json::string::max_size();
    static constexpr std::size_t max_string_size = json::string::max_size();
    using Text = json::string_view;
    using ErrorCode = boost::system::error_code;

    std::vector<std::set<std::string>> names; ///< of the objects that are open
    std::string name;
    bool twice = false;

    bool on_object_begin(ErrorCode&) {
        names.emplace_back();
        return true;
    }
    bool on_object_end(std::size_t, ErrorCode&) {
        names.pop_back();
        return true;
    }
    bool on_key_part(Text part, std::size_t, ErrorCode&) {
        name += part;
        return true;
    }
    bool on_key(Text rest, std::size_t, ErrorCode& error) {
        name += rest;
        twice = !names.back().insert(name).second;
        if (twice) {
            error = json::error::extra_data;
            return false;
        }
        name.clear();
        return true;
    }
    bool on_document_begin(ErrorCode&) { return true; }
    bool on_document_end(ErrorCode&) { return true; }
    bool on_array_begin(ErrorCode&) { return true; }
    bool on_array_end(std::size_t, ErrorCode&) { return true; }
    bool on_string_part(Text, std::size_t, ErrorCode&) { return true; }
    bool on_string(Text, std::size_t, ErrorCode&) { return true; }
    bool on_number_part(Text, ErrorCode&) { return true; }
    bool on_int64(std::int64_t, Text, ErrorCode&) { return true; }
    bool on_uint64(std::uint64_t, Text, ErrorCode&) { return true; }
    bool on_double(double, Text, ErrorCode&) { return true; }
    bool on_bool(bool, ErrorCode&) { return true; }
    bool on_null(ErrorCode&) { return true; }
    bool on_comment_part(Text, ErrorCode&) { return true; }
    bool on_comment(Text, ErrorCode&) { return true; }
};

std::unexpected<Error> named_twice(std::string_view name) {
    constexpr std::size_t shown_bytes_max = 100;
    std::size_t end = std::min(name.size(), shown_bytes_max);
    while (end < name.size() && (name[end] & 0xC0) == 0x80) --end; // not within a character
    return fail(Code::malformed,
                fmt::format("An object has two members \"{}\".", name.substr(0, end)));
}

constexpr std::size_t line_bytes_max = 100;

bool has_parts(const json::value& value) {
    if (const json::array* items = value.if_array()) return !items->empty();
    if (const json::object* members = value.if_object()) return !members->empty();
    return false;
}

void write(std::string& out, const json::value& value, int depth);

/// The parts between brackets, each by `part`; on one line if `flat`.
template <class Parts, class Part> void write_parts(std::string& out, const Parts& parts,
                                                    std::string_view brackets, bool flat, int depth,
                                                    Part part) {
    out += brackets[0];
    bool first = true;
    for (const auto& each : parts) {
        if (!first) out += flat ? ", " : ",";
        if (!flat) out.append("\n").append(2 * (static_cast<std::size_t>(depth) + 1), ' ');
        first = false;
        part(each);
    }
    if (!flat) out.append("\n").append(2 * static_cast<std::size_t>(depth), ' ');
    out += brackets[1];
}

void write_array(std::string& out, const json::array& items, bool flat, int depth) {
    write_parts(out, items, "[]", flat, depth,
                [&](const json::value& item) { write(out, item, depth + 1); });
}

void write_object(std::string& out, const json::object& members, bool flat, int depth) {
    write_parts(out, members, "{}", flat, depth, [&](const json::key_value_pair& member) {
        out.append(to_text(json::value(member.key()))).append(": ");
        write(out, member.value(), depth + 1);
    });
}

void write(std::string& out, const json::value& value, int depth) {
    if (!has_parts(value)) {
        out += to_text(value);
        return;
    }
    const auto write_as = [&](bool flat) {
        if (const json::array* items = value.if_array())
            write_array(out, *items, flat, depth);
        else
            write_object(out, value.get_object(), flat, depth);
    };
    bool flat = true;
    if (const json::array* items = value.if_array())
        for (const json::value& each : *items) flat = flat && !has_parts(each);
    else
        for (const auto& each : value.get_object()) flat = flat && !has_parts(each.value());
    const std::size_t before = out.size();
    write_as(flat);
    if (!flat || out.size() - before <= line_bytes_max) return;
    out.resize(before);
    write_as(false);
}

} // namespace

Result<std::vector<JsonMember>> members_in(std::string_view text) {
    Walk walk(text);
    TRY(walk.open('{', "an object"));
    std::vector<JsonMember> members;
    std::set<std::string> names;
    while (TRY(walk.another('}'))) {
        std::string name = TRY(walk.name());
        if (!names.insert(name).second) return named_twice(name);
        members.push_back({ std::move(name), TRY(walk.part()) });
    }
    return members;
}

Result<std::vector<std::string_view>> items_in(std::string_view text) {
    Walk walk(text);
    TRY(walk.open('[', "an array"));
    std::vector<std::string_view> items;
    while (TRY(walk.another(']'))) items.push_back(TRY(walk.part()));
    return items;
}

Result<json::value> parse_unambiguous(std::string_view text) {
    json::parse_options options;
    options.max_depth = json_depth_max;
    json::basic_parser<NameWatch> parser(options);
    boost::system::error_code error;
    parser.write_some(false, text.data(), text.size(), error);
    if (parser.handler().twice) return named_twice(parser.handler().name);
    return parse_json(text);
}

std::string to_pretty_text(const json::value& value, int depth) {
    std::string out;
    write(out, value, depth);
    return out;
}

} // namespace weft
