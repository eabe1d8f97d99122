#include "server/inbox_clock.h"

#include "agents/effects.h"
#include "base/log.h"
#include "store/executions.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace weft::server {

namespace {

/// What became of an item.
struct Settled {
    ExecutionId execution;   ///< none: no run waited for it, or it was answered meanwhile
    bool is_cut_off = false; ///< the run is stopped, and somebody carries it out
};

std::string words_for(const InboxItem& item, OnExpiry outcome) {
    const std::string at = to_iso8601(*item.expires_at);
    if (outcome == OnExpiry::approve)
        return fmt::format("Nobody answered until {}: it was approved for that case.", at);
    if (outcome == OnExpiry::stop && item.execution)
        return fmt::format("Nobody answered until {}: the run was stopped.", at);
    if (outcome == OnExpiry::stop) return fmt::format("Nobody answered until {}.", at);
    if (item.on_expiry == OnExpiry::approve)
        return fmt::format("Nobody answered until {}, and somebody had changed the input without "
                           "approving it: it was rejected.",
                           at);
    return fmt::format("Nobody answered until {}: it was rejected for that case.", at);
}

/// What nobody approved as it now stands is not approved by time.
OnExpiry outcome_of(const InboxItem& item) {
    const bool is_changed = item.answer.contains("input");
    if (item.on_expiry == OnExpiry::approve && (is_changed || item.four_eyes))
        return OnExpiry::reject;
    return item.on_expiry;
}

Result<Settled> settle(store::Tx& tx, const store::inbox::Due& due) {
    const Scope scope{due.organization,
                      due.project,
                      {Principal::Kind::system, "", "The end of its time", Role::owner}};
    const InboxItem item = TRY(store::inbox::find(tx, scope, due.id));
    if (!is_open(item.status) || !item.expires_at || *item.expires_at > tx.now()) return Settled{};
    const OnExpiry outcome = outcome_of(item);
    const std::string words = words_for(item, outcome);
    json::object answer{{"expiry", words}};
    if (outcome == OnExpiry::stop) {
        TRY(store::inbox::answer(tx, scope, item, InboxStatus::expired, std::move(answer)));
        if (!item.execution) return Settled{};
        const Execution now = TRY(store::executions::request_stop(tx, scope, item.execution));
        return Settled{item.execution, now.settling};
    }
    InboxStatus status =
        outcome == OnExpiry::approve ? InboxStatus::approved : InboxStatus::rejected;
    if (status == InboxStatus::rejected) answer["reason"] = words;
    const auto told = store::inbox::tell_run(
        tx, scope, item,
        status == InboxStatus::approved ? agents::approved(std::nullopt) : agents::rejected(words));
    if (!told && told.error().code != Code::conflict) return std::unexpected(told.error());
    if (!told) status = InboxStatus::expired; // it went on without an answer
    TRY(store::inbox::answer(tx, scope, item, status, std::move(answer)));
    return Settled{item.execution};
}

} // namespace

InboxClock::InboxClock(store::Store& store, engine::Engine& engine, engine::EventHub& events,
                       Clock& clock, asio::any_io_executor executor)
    : store_(store), engine_(engine), events_(events), clock_(clock),
      executor_(std::move(executor)) {}

void InboxClock::start() { gate_.spawn(executor_, work()); }

void InboxClock::stop() { gate_.close(); }

Task<Result<>> InboxClock::settle_due() {
    const auto all =
        CO_TRY(store_.read([this](store::Rx& rx) { return store::inbox::due(rx, clock_.now()); }));
    for (const store::inbox::Due& due : all) {
        const auto settled =
            co_await store_.write([&due](store::Tx& tx) { return settle(tx, due); });
        if (!settled) {
            log_warning("what was to become of an item of the inbox was not carried out",
                        {{"item", due.id.hex()}, {"why", settled.error().message}});
            continue;
        }
        if (!settled->execution) continue;
        engine_.wake();
        if (settled->is_cut_off) engine_.cancel({settled->execution});
        events_.changed(settled->execution);
    }
    co_return Result<>{};
}

/// What could not be looked at is looked at again.
Task<> InboxClock::look(Pace& pace) {
    auto next =
        co_await store_.read_point([](store::Rx& rx) { return store::inbox::next_due(rx); });
    if (next && *next && **next <= clock_.now()) co_await settle_due();
    pace.looked(next ? *next : Instant{});
}

Task<> InboxClock::work() {
    asio::steady_timer timer(executor_);
    Pace pace(store_);
    for (;;) {
        if (pace.may_find(clock_.now())) co_await look(pace);
        timer.expires_after(Pace::rest);
        co_await timer.async_wait(asio::use_awaitable);
    }
}

} // namespace weft::server
