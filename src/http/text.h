#pragma once

#include <string_view>

// Small readers of protocol text, shared by the files of this folder.
namespace weft::http {

/// A-Z as a-z, all else as it is.
char ascii_lower(char c);
/// What may stand in no header and no URL: bytes below 0x20 other than a tab, and 0x7F.
bool has_control_character(std::string_view text);
/// One or more characters that a field name or method may have (RFC 9110, token).
bool is_token(std::string_view text);
/// Only 0-9, at least one.
bool is_digits(std::string_view text);
/// ASCII letters compare without case.
bool equal_without_case(std::string_view a, std::string_view b);
/// Without spaces and tabs at both ends.
std::string_view trimmed(std::string_view text);

} // namespace weft::http
