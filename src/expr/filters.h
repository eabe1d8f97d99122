#pragma once

#include "expr/operand.h"

#include <span>
#include <string_view>
#include <vector>

namespace weft::expr {

enum class FilterName {
    default_,
    upper,
    lower,
    trim,
    length,
    first,
    last,
    join,
    json_,
    date,
    round,
    truncate,
};

/// One `| name(arguments)`, checked.
struct Filter {
    FilterName name{};
    std::vector<json::value> arguments;
    std::size_t at = 0; ///< byte in the source
};

/// A filter with its arguments checked: number, types and ranges.
/// invalid: a sentence without a position.
Result<Filter> make_filter(std::string_view name, std::vector<json::value> arguments);

/// Applies a filter to a value that is there. Makes at most text_bytes_max bytes.
/// invalid: a sentence without a position.
Result<Operand> apply(const Filter& filter, const Operand& value, Fuel& fuel);

} // namespace weft::expr
