#pragma once

#include <span>
#include <string>
#include <string_view>

namespace weft {

/// The one of `known` that a person most likely meant by `written`, for "Did you mean …?": fewest
/// insertions, deletions, replacements and swaps of neighbours, at most a third of its length (and
/// two for the shortest). Empty: none is near.
std::string nearest(std::string_view written, std::span<const std::string> known);

/// " Did you mean X?" with its leading blank, or nothing.
std::string did_you_mean(std::string_view written, std::span<const std::string> known);

} // namespace weft
