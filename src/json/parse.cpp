#include "json/json.h"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value_stack.hpp>
#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace weft {

namespace {

/// Builds the value that Boost's parser reads, as its own handler does, but for doubles: Boost
/// rounds them to within a few units in the last place, so that a number would come back as
/// another one than was sent.
struct ValueBuilder {
    static constexpr std::size_t max_object_size = json::object::max_size();
    static constexpr std::size_t max_array_size = json::array::max_size();
    static constexpr std::size_t max_key_size = json::string::max_size();
    static constexpr std::size_t max_string_size = json::string::max_size();
    using Text = json::string_view;
    using ErrorCode = boost::system::error_code;

    json::value_stack stack;
    bool too_large = false; ///< a number beyond every double, which no JSON text can say again

    bool on_document_begin(ErrorCode&) {
        stack.reset();
        return true;
    }
    bool on_document_end(ErrorCode&) { return true; }
    bool on_object_begin(ErrorCode&) { return true; }
    bool on_object_end(std::size_t members, ErrorCode&) {
        stack.push_object(members);
        return true;
    }
    bool on_array_begin(ErrorCode&) { return true; }
    bool on_array_end(std::size_t items, ErrorCode&) {
        stack.push_array(items);
        return true;
    }
    bool on_key_part(Text part, std::size_t, ErrorCode&) {
        stack.push_chars(part);
        return true;
    }
    bool on_key(Text rest, std::size_t, ErrorCode&) {
        stack.push_key(rest);
        return true;
    }
    bool on_string_part(Text part, std::size_t, ErrorCode&) {
        stack.push_chars(part);
        return true;
    }
    bool on_string(Text rest, std::size_t, ErrorCode&) {
        stack.push_string(rest);
        return true;
    }
    bool on_number_part(Text, ErrorCode&) { return true; } // never: the text is in one piece
    bool on_int64(std::int64_t number, Text, ErrorCode&) {
        stack.push_int64(number);
        return true;
    }
    bool on_uint64(std::uint64_t number, Text, ErrorCode&) {
        stack.push_uint64(number);
        return true;
    }
    bool on_double(double rounded, Text text, ErrorCode&) {
        double exact = rounded; // stays when it is beyond every double, or below
        std::from_chars(text.data(), text.data() + text.size(), exact);
        too_large = too_large || !std::isfinite(exact);
        stack.push_double(exact);
        return true;
    }
    bool on_bool(bool value, ErrorCode&) {
        stack.push_bool(value);
        return true;
    }
    bool on_null(ErrorCode&) {
        stack.push_null();
        return true;
    }
    bool on_comment_part(Text, ErrorCode&) { return true; }
    bool on_comment(Text, ErrorCode&) { return true; }
};

} // namespace

Result<json::value> parse_json(std::string_view text) {
    json::parse_options options;
    options.max_depth = json_depth_max;
    json::basic_parser<ValueBuilder> parser(options);
    boost::system::error_code error;
    const std::size_t used = parser.write_some(false, text.data(), text.size(), error);
    if (!error && used < text.size()) error = json::error::extra_data;
    if (error)
        return fail(Code::malformed,
                    fmt::format("This is not valid JSON: {} at byte {}.", error.message(), used));
    if (parser.handler().too_large)
        return fail(Code::malformed, "This is not valid JSON: a number in it is too large.");
    return parser.handler().stack.release();
}

} // namespace weft
