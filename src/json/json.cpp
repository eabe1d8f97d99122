#include "json/json.h"

namespace weft {

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
