#include "base/latch.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace weft {

/// Lives in the frame of the coroutine that waits; its timer is touched on that one's thread alone.
struct Latch::Waiter {
    explicit Waiter(const asio::any_io_executor& on) : executor(on), timer(on) {}
    asio::any_io_executor executor;
    asio::steady_timer timer;
};

void Latch::open() {
    std::vector<std::weak_ptr<Waiter>> waiting;
    {
        const Lock lock(mutex_);
        open_ = true;
        waiting.swap(waiters_);
    }
    for (const std::weak_ptr<Waiter>& each : waiting)
        if (const auto waiter = each.lock()) {
            const asio::any_io_executor executor = waiter->executor;
            asio::post(executor, [each] {
                if (const auto still = each.lock()) still->timer.cancel();
            });
        }
}

bool Latch::is_open() const {
    const Lock lock(mutex_);
    return open_;
}

/// False: it is open already.
bool Latch::admit(const std::shared_ptr<Waiter>& waiter) {
    const Lock lock(mutex_);
    if (open_) return false;
    std::erase_if(waiters_, [](const std::weak_ptr<Waiter>& each) { return each.expired(); });
    waiters_.push_back(waiter);
    return true;
}

Task<bool> Latch::wait(milliseconds at_most) {
    const auto waiter = std::make_shared<Waiter>(co_await asio::this_coro::executor);
    // Set before others can see it: open() then cancels a wait that has begun, on this thread.
    waiter->timer.expires_after(at_most);
    if (!admit(waiter)) co_return true;
    co_await waiter->timer.async_wait(asio::as_tuple(asio::use_awaitable));
    co_return is_open();
}

} // namespace weft
