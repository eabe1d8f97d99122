#pragma once

#include <cstddef>
#include <string_view>

namespace weft {

/// Bytes of the UTF-8 sequence at the start of a text that is not empty; 0: there is none. Refuses
/// overlong forms, surrogates and what lies above U+10FFFF.
std::size_t utf8_sequence_bytes(std::string_view text);

bool is_utf8(std::string_view text);

} // namespace weft
