#pragma once

#include <algorithm>
#include <string_view>

namespace weft::fuzz {

/// Cuts what stands before the first `mark` off `rest`; all of it when there is none.
inline std::string_view take_until(std::string_view& rest, char mark) {
    const std::size_t end = rest.find(mark);
    const std::string_view taken = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    return taken;
}

/// The first byte of `rest`, cut off, as a size of pieces from 1 to 64.
inline std::size_t take_piece_size(std::string_view& rest) {
    if (rest.empty()) return 1;
    const auto byte = static_cast<unsigned char>(rest.front());
    rest.remove_prefix(1);
    return byte % 64 + 1;
}

/// Calls `take` with `bytes` in pieces of `size`.
template <class Take> void in_pieces(std::string_view bytes, std::size_t size, const Take& take) {
    for (std::size_t at = 0; at < bytes.size(); at += size) take(bytes.substr(at, size));
}

} // namespace weft::fuzz
