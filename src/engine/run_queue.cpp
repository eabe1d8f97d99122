#include "engine/run_queue.h"

#include "base/log.h"
#include "store/run_slots.h"

#include <boost/asio/this_coro.hpp>

namespace weft::engine {

namespace {

constexpr microseconds poll{100'000};      // while somebody waits: a run may end at another node
constexpr microseconds tidy{2'000'000};    // while places are taken
constexpr microseconds look_s{300'000'000}; // who makes a run wait calls, here or by a node's beat
constexpr microseconds retry{2'000'000};   // after the store refused

} // namespace

void RunQueue::start() { gate_.spawn(waker_->executor, serve()); }

void RunQueue::ask_to_stop() {
    stopping_ = true;
    waker_->wake();
    gate_.ask_to_stop();
}

void RunQueue::stop() {
    ask_to_stop();
    gate_.close();
}

Task<> RunQueue::serve() {
    co_await asio::this_coro::throw_if_cancelled(false);
    while (!stopping_) {
        waker_->woken = false;
        const auto rest = co_await round();
        if (!rest && !stopping_)
            log_error("Runs that wait for a place are not started.",
                      {{"reason", rest.error().log_text}});
        if (!stopping_) co_await waker_->rest(rest.value_or(retry));
    }
}

Task<Result<microseconds>> RunQueue::round() {
    microseconds rest = look_s;
    bool any_waits = false;
    ProjectId after;
    while (!stopping_) {
        const auto project = CO_TRY(store_.read_point(
            [&after](store::Rx& rx) { return store::run_slots::next_project(rx, after); }));
        if (!project) break;
        after = *project;
        rest = std::min(rest, tidy);
        if (CO_TRY(go_round(*project))) any_waits = true;
    }
    any_waits_ = any_waits;
    co_return any_waits ? poll : rest;
}

/// Whether somebody waits still.
Task<Result<bool>> RunQueue::go_round(ProjectId project) {
    for (;;) {
        const auto seen = CO_TRY(store_.read(
            [&](store::Rx& rx) { return store::run_slots::look(rx, project, clock_.now()); }));
        if (seen.is_empty() || stopping_) co_return seen.any_waits;
        const Scope scope{.organization = {}, .project = project, .principal = {}};
        const auto done = CO_TRY(store_.write(
            [&scope](store::Tx& tx) { return store::run_slots::go_round(tx, scope); }));
        if (!done.next.empty()) on_ready_();
    }
}

} // namespace weft::engine
