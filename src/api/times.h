#pragma once

#include "base/result.h"
#include "base/time.h"

#include <optional>
#include <string>

namespace weft::api {

/// A time in a query: seconds since 1970, or a date; empty: none. invalid: neither.
Result<std::optional<Instant>> read_time(const std::string& text, const char* field);

/// ISO-8601 with microseconds and no zone (UTC), as customers and credits have it.
std::string zoneless(Instant at);

} // namespace weft::api
