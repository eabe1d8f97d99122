#pragma once

#include <atomic>
#include <memory>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace weft::engine {

/// What a background loop rests on: set `woken` to false, do all there is to do, rest(). Outlives
/// its owner in handlers that were posted and not yet run.
struct Waker : std::enable_shared_from_this<Waker> {
    explicit Waker(asio::any_io_executor on) : executor(on), timer(on) {}

    /// From any thread.
    void wake() {
        if (!woken.exchange(true))
            asio::post(executor, [self = shared_from_this()] { self->timer.cancel(); });
    }
    /// Until then, or until somebody wakes it. Only on the executor's thread.
    Task<> rest(microseconds at_most) {
        if (woken) co_return;
        timer.expires_after(at_most);
        co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    }

    asio::any_io_executor executor;
    asio::steady_timer timer; ///< only on the executor's thread
    std::atomic<bool> woken{false};
};

} // namespace weft::engine
