#include "sim/virtual_time.h"

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include <sys/epoll.h>
#include <sys/timerfd.h>

namespace weft::sim::virtual_time {

namespace {

constexpr std::int64_t start_us = 1'000'000'000;
constexpr int idle_waits_max = 1'000; // of at most five minutes each

// NOLINTBEGIN(cppcoreguidelines-avoid-non-const-global-variables): a process has one clock
std::int64_t now = start_us;
int idle = 0;
// NOLINTEND(cppcoreguidelines-avoid-non-const-global-variables)

} // namespace

std::int64_t now_us() { return now; }
void reset() {
    now = start_us;
    idle = 0;
}
void pass(microseconds by) { now += by.count(); }
int& idle_waits() { return idle; }

} // namespace weft::sim::virtual_time

std::chrono::steady_clock::time_point std::chrono::steady_clock::now() noexcept {
    return time_point(std::chrono::microseconds(weft::sim::virtual_time::now));
}

/// Without it Asio hands epoll_wait the time until its next timer.
extern "C" int timerfd_create(int, int) noexcept {
    errno = ENOSYS;
    return -1;
}

extern "C" int epoll_wait(int, epoll_event*, int, int timeout_ms) {
    using namespace weft::sim::virtual_time;
    if (timeout_ms == 0) return 0;
    if (++idle > idle_waits_max) {
        std::fputs("The event loop waits for something that never comes.\n", stderr);
        std::abort();
    }
    now += std::int64_t{1'000} * timeout_ms;
    return 0;
}
