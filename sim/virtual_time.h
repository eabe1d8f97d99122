#pragma once

#include "base/time.h"

/// Time of the whole process, which passes only when nothing else can happen. The program that
/// links this has its own std::chrono::steady_clock::now(), epoll_wait() and timerfd_create():
/// every timer of Asio and every monotonic_us() follows it, whoever sets them, and no wait lasts.
/// One thread; sockets and pipes would never become ready.
namespace weft::sim::virtual_time {

std::int64_t now_us();
/// Back to the beginning, for the next seed.
void reset();
/// Passes while no event loop runs.
void pass(microseconds by);
/// How often in a row an event loop had nothing to do; set to 0 by whoever sees it do something.
int& idle_waits();

} // namespace weft::sim::virtual_time
