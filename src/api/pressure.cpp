#include "api/pressure.h"

#include <fstream>

#include <unistd.h>

namespace weft::api {

namespace {

constexpr std::int64_t look_us = 100'000; // between two looks at the memory

std::int64_t page_bytes() { return sysconf(_SC_PAGESIZE); }

Error later(std::string why, seconds wait) {
    Error error{Code::rate_limited,
                fmt::format("{} No new run is taken on until that is over: try again in {} "
                            "seconds.",
                            why, wait.count())};
    error.retry_after_s = static_cast<int>(wait.count());
    return error;
}

} // namespace

Pressure::Pressure(const store::Store& store, milliseconds write_lag_max,
                   std::int64_t memory_max_bytes)
    : store_(store), write_lag_max_(write_lag_max),
      memory_max_bytes_(memory_max_bytes > 0 ? memory_max_bytes
                                             : sysconf(_SC_PHYS_PAGES) / 5 * 4 * page_bytes()) {}

Result<> Pressure::check() const {
    if (const microseconds age = store_.writer_age(); age > write_lag_max_)
        return std::unexpected(later("The server lags behind with what it has to write.",
                                     std::chrono::ceil<seconds>(age)));
    if (memory_bytes() > memory_max_bytes_)
        return std::unexpected(later("The server has used up its memory.", seconds(5)));
    return {};
}

std::int64_t Pressure::memory_bytes() const {
    const std::int64_t now_us = monotonic_us();
    std::int64_t looked_us = looked_at_us_.load();
    if (now_us - looked_us >= look_us && looked_at_us_.compare_exchange_strong(looked_us, now_us))
        seen_bytes_ = memory_used_bytes();
    return seen_bytes_;
}

/// The second number of statm: pages in memory (proc(5)).
std::int64_t Pressure::memory_used_bytes() {
    std::ifstream file("/proc/self/statm");
    std::int64_t whole = 0;
    std::int64_t resident = 0;
    if (!(file >> whole >> resident)) return 0;
    return resident * page_bytes();
}

} // namespace weft::api
