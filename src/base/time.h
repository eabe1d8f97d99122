#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <string>

namespace weft {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// A point in UTC, in microseconds since 1970. Leap seconds are not counted, as in POSIX.
struct Instant {
    std::int64_t us = 0;

    friend auto operator<=>(Instant, Instant) = default;
    friend Instant operator+(Instant at, microseconds by) { return {at.us + by.count()}; }
    friend microseconds operator-(Instant a, Instant b) { return microseconds(a.us - b.us); }

    /// Seconds with a fraction: how agentflows, tasks and executions show a time.
    double epoch_seconds() const { return static_cast<double>(us) / 1e6; }
};

/// "2026-01-31T12:00:00.000001Z"
std::string to_iso8601(Instant at);

/// Where all time comes from, so that tests need not sleep.
class Clock {
public:
    virtual ~Clock() = default;
    virtual Instant now() = 0;
};

/// The machine's clock. The only caller of std::chrono::system_clock::now.
class SystemClock final : public Clock {
public:
    Instant now() override;
};

/// A clock that tests move by hand.
class FakeClock final : public Clock {
public:
    explicit FakeClock(Instant start = {1'700'000'000'000'000}) : now_(start) {}
    Instant now() override { return now_; }
    void advance(microseconds by) { now_ = now_ + by; }

private:
    Instant now_;
};

/// Monotonic microseconds from an arbitrary start: for durations only.
std::int64_t monotonic_us();

} // namespace weft
