#include "base/time.h"

#include <ctime>

#include <fmt/format.h>

namespace weft {

std::string to_iso8601(Instant at) {
    std::int64_t whole = at.us / 1'000'000;
    std::int64_t fraction = at.us % 1'000'000;
    if (fraction < 0) {
        fraction += 1'000'000;
        --whole;
    }
    const std::time_t whole_s = whole;
    std::tm parts{};
    gmtime_r(&whole_s, &parts);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", parts.tm_year + 1900,
                       parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                       fraction);
}

Instant SystemClock::now() {
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    return {std::chrono::duration_cast<microseconds>(since).count()};
}

std::int64_t monotonic_us() {
    const auto since = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration_cast<microseconds>(since).count();
}

} // namespace weft
