#pragma once

#include "json/json.h"

#include <string>
#include <string_view>

/// UTF-8 and printing. Bytes that are no UTF-8 count as one code point each and are kept.
namespace weft::expr {

std::size_t code_points(std::string_view text);
/// The first `count` code points.
std::string_view head(std::string_view text, std::size_t count);

/// One code point at a time: Latin, Greek, Cyrillic and Armenian letters that have one partner
/// (docs/templates.md); others stay as they are.
std::string upper(std::string_view text);
std::string lower(std::string_view text);

/// Without Unicode white space at both ends.
std::string_view trim(std::string_view text);

/// 3, 2.5, 1e+21: the shortest decimal that reads back as the same number; whole numbers without a
/// point.
std::string number_text(const json::value& number);

/// Appends compact JSON, numbers as above. False once `out` would pass `bytes_max`; what was
/// appended is then cut off.
bool append_json(std::string& out, const json::value& value, std::size_t bytes_max);
bool append_json(std::string& out, const json::object& value, std::size_t bytes_max);
bool append_json(std::string& out, const json::array& value, std::size_t bytes_max);

/// A string as it is, anything else as JSON: how a template prints a value.
bool append_text(std::string& out, const json::value& value, std::size_t bytes_max);

} // namespace weft::expr
