#pragma once

#include "base/time.h"
#include "http/message.h"

#include <optional>
#include <string_view>

namespace weft::http {

/// An HTTP date (RFC 9110, 5.6.7), in any of its three forms.
std::optional<Instant> parse_http_date(std::string_view text);

/// How long an answer asks to wait: `retry-after-ms`, or `Retry-After` in seconds or as a date. A
/// date is measured from the answer's own Date where it has one, else from `now`. Not below 0, not
/// above a day; nullopt: nothing readable.
std::optional<milliseconds> retry_after(const Headers& headers, Instant now);

} // namespace weft::http
