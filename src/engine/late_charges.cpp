#include "engine/late_charges.h"

#include "base/log.h"

#include <boost/asio/this_coro.hpp>

namespace weft::engine {

namespace {

constexpr seconds look_s{1};
constexpr seconds look_shared_s{300}; // who finds some calls
constexpr seconds retry_s{2};         // after the store refused
constexpr std::int64_t at_once = 50;

} // namespace

void LateCharges::start() { gate_.spawn(waker_->executor, serve()); }

void LateCharges::ask_to_stop() {
    stopping_ = true;
    waker_->wake();
    gate_.ask_to_stop();
}

void LateCharges::stop() {
    ask_to_stop();
    gate_.close();
}

bool LateCharges::may_find() {
    const std::int64_t before = std::exchange(commits_, store_.stats().commits);
    return store_.is_shared() || commits_ != before;
}

Task<> LateCharges::serve() {
    co_await asio::this_coro::throw_if_cancelled(false);
    while (!stopping_) {
        waker_->woken = false;
        Result<> done;
        if (may_find()) done = co_await charge_all();
        if (!done && !stopping_) {
            commits_ = -1;
            log_error("Stopped runs are not charged; this is tried again.",
                      {{"reason", done.error().log_text}});
        }
        const seconds look = store_.is_shared() ? look_shared_s : look_s;
        if (!stopping_) co_await waker_->rest(done ? look : retry_s);
    }
}

/// One that cannot be charged now keeps none of the others waiting.
Task<Result<>> LateCharges::charge_all() {
    Result<> done;
    for (;;) {
        const auto some = CO_TRY(
            store_.read_point([](store::Rx& rx) { return store::uncharged::oldest(rx, at_once); }));
        for (const store::uncharged::Uncharged& each : some) {
            if (stopping_) co_return done;
            if (auto charged = co_await charge(each); !charged) done = std::move(charged);
        }
        if (!done || std::ssize(some) < at_once) co_return done;
    }
}

Task<Result<>> LateCharges::charge(store::uncharged::Uncharged of) {
    const Scope scope{of.organization, of.project, {}};
    std::optional<store::uncharged::LateCharge> late;
    auto found = co_await runner_.late_charge(scope, of.execution);
    if (found)
        late = *std::move(found);
    else if (found.error().code == Code::unavailable || found.error().code == Code::timed_out)
        co_return std::unexpected(std::move(found).error());
    else // it is gone, or its journal cannot be read: nobody will charge it
        log_warning("A stopped run was not charged.",
                    {{"execution", of.execution.hex()}, {"why", found.error().log_text}});
    CO_TRY(store_.write([&](store::Tx& tx) { return store::uncharged::settle(tx, of, late); }));
    events_.changed(of.execution);
    co_return Result<>{};
}

} // namespace weft::engine
