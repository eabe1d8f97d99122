#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weft {

/// How alike two names are, from 0 to 1: 1 when they differ only in case and in what is neither
/// letter nor digit; else by how many characters must be changed.
double likeness(std::string_view a, std::string_view b);

struct Mapped {
    std::optional<std::size_t> column; ///< none is like enough
    double likeness = 0;
};
/// For each header the column whose name (or id, its second) is most like it; each column once, the
/// likest pairs first, the earlier ones where two are equally like.
std::vector<Mapped> map_columns(std::span<const std::string> headers,
                                std::span<const std::pair<std::string, std::string>> columns);

} // namespace weft
