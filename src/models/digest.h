#pragma once

#include "json/json.h"

#include <string>
#include <string_view>

/// Markdown about JSON values that nobody described: for people who read what a rehearsal did.
namespace weft::models {

/// How the first records of a list are shown.
enum class Rows { table, bullets };

/// What a value holds: its scalars by name, and each list of records in it (objects at most 4 deep)
/// with
/// - their number,
/// - counts by each scalar member that takes few different values,
/// - the different elements of each member that is a list,
/// - the first `rows_shown` records, and a sentence saying how many more there are.
/// Members whose names begin with an underscore and those that Weft gives every record are not
/// shown.
std::string digest(const json::value& value, Rows rows);
bool has_records(const json::value& value);

inline constexpr std::size_t rows_shown = 10;

/// One line: blanks and line ends run together, cut at `points_max` code points with "…".
std::string one_line(std::string_view text, std::size_t points_max);

} // namespace weft::models
