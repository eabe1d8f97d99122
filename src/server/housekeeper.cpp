#include "server/housekeeper.h"

#include "base/log.h"
#include "store/replays.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace weft::server {

namespace {

constexpr seconds round{60};        // nobody sees what has expired
constexpr std::int64_t slice = 200; ///< rows of one write: a few milliseconds of the writer

} // namespace

Housekeeper::Housekeeper(store::Store& store, asio::any_io_executor executor)
    : store_(store), executor_(std::move(executor)) {}

void Housekeeper::start() { gate_.spawn(executor_, work()); }

void Housekeeper::stop() { gate_.close(); }

Task<> Housekeeper::work() {
    asio::steady_timer timer(executor_);
    for (;;) {
        Result<std::int64_t> forgotten = slice;
        while (forgotten && *forgotten == slice)
            forgotten = co_await store_.write(
                [](store::Tx& tx) { return store::replays::forget_expired(tx, slice); });
        if (!forgotten)
            log_warning("old answers were not removed", {{"why", forgotten.error().message}});
        timer.expires_after(round);
        co_await timer.async_wait(asio::use_awaitable);
    }
}

} // namespace weft::server
