#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Dates of the years 1 to 9999 in UTC, as seconds since 1970.
namespace weft::expr {

inline constexpr std::int64_t date_first_s = -62'135'596'800; ///< 0001-01-01T00:00:00Z
inline constexpr std::int64_t date_last_s = 253'402'300'799;  ///< 9999-12-31T23:59:59Z

/// Reads "2026-01-31", "2026-01-31T12:00[:05[.25]][Z|±hh:mm]" (a blank may stand for the T) and
/// "[Sat, ]31 Jan 2026 12:00[:05] +0100" (RFC 5322). Without a zone: UTC. Fractions of a second are
/// dropped.
std::optional<std::int64_t> read_date(std::string_view text);

/// Whether every % in it is followed by one of Y y m d e j H M S F T a A b B s z %.
bool is_date_format(std::string_view format);

/// `format` as strftime with English names; is_date_format must hold.
std::string format_date(std::int64_t at_s, std::string_view format);

} // namespace weft::expr
