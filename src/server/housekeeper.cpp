#include "server/housekeeper.h"

#include "base/log.h"
#include "store/inbox_notices.h"
#include "store/key_renewal.h"
#include "store/mails.h"
#include "store/password_resets.h"
#include "store/plans.h"
#include "store/replays.h"
#include "store/retention.h"
#include "store/root_key.h"
#include "store/sessions.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace weft::server {

namespace {

constexpr seconds round{60}; // nobody sees what has expired
constexpr seconds late_charges{3'600};
constexpr std::int64_t slice = 50; ///< rows of each kind in one write: a few milliseconds of it

/// Removes at most so many; answers how many.
using Forget = Result<std::int64_t> (*)(store::Tx&, std::int64_t);
constexpr Forget expiring[] = {&store::replays::forget_expired, &store::sessions::forget_expired,
                               &store::mails::forget_expired,
                               &store::inbox_notices::forget_expired_links,
                               &store::password_resets::forget_expired};

/// Organizations with billing cycles that ended at `before` or earlier.
struct Due {
    Instant before;
    std::vector<OrganizationId> organizations;
};

} // namespace

Housekeeper::Housekeeper(store::Store& store, Clock& clock, asio::any_io_executor executor)
    : store_(store), clock_(clock), executor_(std::move(executor)) {}

void Housekeeper::start() { gate_.spawn(executor_, work()); }

void Housekeeper::stop() { gate_.close(); }

/// One write for all: mostly nothing has.
Task<> Housekeeper::forget_what_has_expired() {
    Result<bool> is_more = true;
    while (is_more && *is_more)
        is_more = co_await store_.write([](store::Tx& tx) -> Result<bool> {
            bool full = false;
            for (const Forget some : expiring) {
                const std::int64_t forgotten = TRY(some(tx, slice));
                full |= forgotten == slice;
            }
            return full;
        });
    if (!is_more)
        log_warning("what has expired was not removed", {{"why", is_more.error().message}});
}

Task<> Housekeeper::look_after_keys() {
    auto done = co_await store_.read(
        [this](store::Rx& rx) { return store::root_key::settle(rx, store_.vault()); });
    if (done) done = co_await store::finish_key_renewal(store_);
    if (!done) log_warning("keys were not looked after", {{"why", done.error().message}});
}

Task<Result<>> Housekeeper::remove_old_runs() {
    ProjectId after;
    for (;;) {
        const auto rules = CO_TRY(
            store_.read([&after](store::Rx& rx) { return store::retention::rules(rx, after); }));
        if (rules.empty()) co_return Result<>{};
        after = rules.back().project;
        for (const auto& [project, days] : rules) {
            if (days == 0) continue;
            const Instant before = clock_.now() + -microseconds(std::chrono::days(days));
            bool empty = !CO_TRY(store_.read(
                [&](store::Rx& rx) { return store::retention::any(rx, project, before); }));
            while (!empty)
                empty = CO_TRY(store_.write([&](store::Tx& tx) {
                    return store::retention::remove_some(tx, project, before);
                }));
        }
    }
}

/// What was charged shortly before a cycle's end may still be on its way into the ledger.
Task<> Housekeeper::settle_cycles() {
    const auto due = co_await store_.read([now = clock_.now()](store::Rx& rx) -> Result<Due> {
        const Instant before = now + -microseconds(late_charges);
        return Due { before, TRY(store::plans::unsettled(rx, before)) };
    });
    Result<> done = due ? Result<>{} : std::unexpected(due.error());
    if (due)
        for (const OrganizationId& each : due->organizations)
            if (done)
                done = co_await store_.write([&due, each](store::Tx& tx) {
                    return store::plans::settle(tx, each, due->before);
                });
    if (!done)
        log_warning("billing cycles were not settled; this is tried again every minute",
                    {{"why", done.error().message}});
}

Task<> Housekeeper::work() {
    asio::steady_timer timer(executor_);
    for (;;) {
        co_await forget_what_has_expired();
        co_await look_after_keys();
        if (const auto done = co_await remove_old_runs(); !done)
            log_warning("old runs were not removed", {{"why", done.error().message}});
        co_await settle_cycles();
        timer.expires_after(round);
        co_await timer.async_wait(asio::use_awaitable);
    }
}

} // namespace weft::server
