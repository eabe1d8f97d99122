#pragma once

#include "base/result.h"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <string>
#include <string_view>

namespace weft {

namespace json = boost::json;

/// Limits of every JSON text that comes from outside.
inline constexpr std::size_t json_depth_max = 64;

/// Parses one JSON text (RFC 8259, UTF-8 checked, nothing after it).
/// malformed: says what is wrong and at which byte.
Result<json::value> parse_json(std::string_view text);

/// Compact JSON text.
std::string to_text(const json::value& value);

/// The member `name` of an object, or nullptr: also when `value` is not an object.
const json::value* find(const json::value& value, std::string_view name);
const json::value* find(const json::object& object, std::string_view name);

/// The string member `name`, or `otherwise` when it is absent or no string. The view lives as long
/// as `value`.
std::string_view text_or(const json::value& value, std::string_view name,
                         std::string_view otherwise = {});
std::string_view text_or(const json::object& object, std::string_view name,
                         std::string_view otherwise = {});

// What these two answer would outlive a temporary.
const json::value* find(json::value&& value, std::string_view name) = delete;
const json::value* find(json::object&& object, std::string_view name) = delete;
std::string_view text_or(json::value&& value, std::string_view name,
                         std::string_view otherwise = {}) = delete;
std::string_view text_or(json::object&& object, std::string_view name,
                         std::string_view otherwise = {}) = delete;

/// The integer member `name` (a double with an integral value counts), or `otherwise`.
std::int64_t int_or(const json::value& value, std::string_view name, std::int64_t otherwise = 0);

double double_or(const json::value& value, std::string_view name, double otherwise = 0);

bool bool_or(const json::value& value, std::string_view name, bool otherwise = false);

/// The type's name for error messages: "null", "boolean", "number", "string", "array", "object".
std::string_view type_name(const json::value& value);

} // namespace weft
