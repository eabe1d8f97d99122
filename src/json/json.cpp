#include "json/json.h"

#include <boost/json/parse.hpp>
#include <boost/json/stream_parser.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace weft {

namespace {

/// Whether every number in it has a value: the parser reads 1e999 as infinity, which no JSON text
/// can say. As deep as the parser lets it be.
bool is_finite(const json::value& value) {
    if (const double* number = value.if_double()) return std::isfinite(*number);
    if (const json::array* items = value.if_array())
        return std::all_of(items->begin(), items->end(), is_finite);
    if (const json::object* object = value.if_object())
        return std::all_of(object->begin(), object->end(),
                           [](const auto& member) { return is_finite(member.value()); });
    return true;
}

} // namespace

Result<json::value> parse_json(std::string_view text) {
    json::parse_options options;
    options.max_depth = json_depth_max;
    json::stream_parser parser({}, options);
    boost::system::error_code error;
    const std::size_t used = parser.write_some(text, error);
    if (!error && used < text.size()) error = json::error::extra_data;
    if (!error) parser.finish(error);
    if (error)
        return fail(Code::malformed,
                    fmt::format("This is not valid JSON: {} at byte {}.", error.message(), used));
    json::value value = parser.release();
    if (!is_finite(value))
        return fail(Code::malformed, "This is not valid JSON: a number in it is too large.");
    return value;
}

const json::value* find(const json::value& value, std::string_view name) {
    const json::object* object = value.if_object();
    return object ? object->if_contains(name) : nullptr;
}

const json::value* find(const json::object& object, std::string_view name) {
    return object.if_contains(name);
}

namespace {

std::string_view text_of(const json::value* member, std::string_view otherwise) {
    const json::string* text = member ? member->if_string() : nullptr;
    return text ? std::string_view(*text) : otherwise;
}

} // namespace

std::string_view text_or(const json::value& value, std::string_view name,
                         std::string_view otherwise) {
    return text_of(find(value, name), otherwise);
}

std::string_view text_or(const json::object& object, std::string_view name,
                         std::string_view otherwise) {
    return text_of(find(object, name), otherwise);
}

std::int64_t int_or(const json::value& value, std::string_view name, std::int64_t otherwise) {
    const json::value* member = find(value, name);
    if (!member) return otherwise;
    boost::system::error_code error;
    const auto number = member->is_number() ? member->to_number<std::int64_t>(error) : otherwise;
    return error ? otherwise : number;
}

double double_or(const json::value& value, std::string_view name, double otherwise) {
    const json::value* member = find(value, name);
    return member && member->is_number() ? member->to_number<double>() : otherwise;
}

bool bool_or(const json::value& value, std::string_view name, bool otherwise) {
    const json::value* member = find(value, name);
    const bool* flag = member ? member->if_bool() : nullptr;
    return flag ? *flag : otherwise;
}

std::string_view type_name(const json::value& value) {
    switch (value.kind()) {
    case json::kind::null: return "null";
    case json::kind::bool_: return "boolean";
    case json::kind::int64:
    case json::kind::uint64:
    case json::kind::double_: return "number";
    case json::kind::string: return "string";
    case json::kind::array: return "array";
    case json::kind::object: return "object";
    }
    return "unknown";
}

} // namespace weft
