#pragma once

#include "json/json.h"

#include <optional>
#include <string>
#include <string_view>

namespace weft {

/// The kinds of value that schema fields and table columns share.
enum class ValueKind { text, number, boolean, date, array, object, file };

/// "text", "number" … and the names that clients use for them ("String", "Integer", "datetime", …),
/// in any case.
std::optional<ValueKind> value_kind_from(std::string_view name);
std::string_view to_text(ValueKind kind);

/// YYYY-MM-DD, alone or with T or a blank, hh:mm, seconds with a fraction, Z or ±hh:mm; a day of
/// the calendar.
bool is_iso8601(std::string_view text);

/// What is wrong with `value` as a value of that kind ("must be a number, not string"), or nothing.
/// Members and items are not looked at. A date is an ISO-8601 text or epoch seconds; a file is its
/// id or address.
std::optional<std::string> kind_fault(ValueKind kind, const json::value& value);

} // namespace weft
