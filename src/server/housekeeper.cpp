#include "server/housekeeper.h"

#include "base/log.h"
#include "store/inbox_notices.h"
#include "store/key_renewal.h"
#include "store/mails.h"
#include "store/password_resets.h"
#include "store/replays.h"
#include "store/root_key.h"
#include "store/sessions.h"

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

Task<> Housekeeper::forget(const char* what, Forget some) {
    Result<std::int64_t> forgotten = slice;
    while (forgotten && *forgotten == slice)
        forgotten = co_await store_.write([some](store::Tx& tx) { return some(tx, slice); });
    if (!forgotten)
        log_warning("what has expired was not removed",
                    {{"what", what}, {"why", forgotten.error().message}});
}

Task<> Housekeeper::look_after_keys() {
    auto done = co_await store_.read(
        [this](store::Rx& rx) { return store::root_key::settle(rx, store_.vault()); });
    if (done) done = co_await store::finish_key_renewal(store_);
    if (!done) log_warning("keys were not looked after", {{"why", done.error().message}});
}

Task<> Housekeeper::work() {
    asio::steady_timer timer(executor_);
    for (;;) {
        co_await forget("old answers", &store::replays::forget_expired);
        co_await forget("expired sessions", &store::sessions::forget_expired);
        co_await forget("old mails", &store::mails::forget_expired);
        co_await forget("old links of the inbox", &store::inbox_notices::forget_expired_links);
        co_await forget("old password resets", &store::password_resets::forget_expired);
        co_await look_after_keys();
        timer.expires_after(round);
        co_await timer.async_wait(asio::use_awaitable);
    }
}

} // namespace weft::server
