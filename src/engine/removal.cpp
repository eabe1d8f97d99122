#include "engine/removal.h"

#include "base/log.h"
#include "store/audit.h"
#include "store/projects.h"
#include "store/removal.h"

#include <boost/asio/this_coro.hpp>

namespace weft::engine {

namespace {

constexpr int stops_per_write_max = 64;
constexpr milliseconds free_poll_ms{20};
constexpr seconds retry_s{2};   // after the store refused
constexpr seconds rest_s{3600}; // nobody but wake() brings anything to do
constexpr seconds watch_s{30};  // while a project is filled: who dies at that wakes nobody

/// The project's own row, with what the audit log has to say of its end: once, whichever node it
/// was.
Result<bool> finish(store::Tx& tx, store::Store& store, const Project& project, Instant before) {
    const auto pending = TRY(store::removal::pending(tx, before));
    if (std::ranges::find(pending, project.id, &Project::id) == pending.end()) return true;
    if (!TRY(store::removal::finish(tx, project))) return false;
    const Scope scope{
        project.organization, project.id, {Principal::Kind::system, "", "removal", Role::owner}};
    TRY(store::audit::append(tx, store.vault(), scope,
                             {.what = "projects.removed", .object = project.id.hex()}));
    return true;
}

} // namespace

void Removal::start() { gate_.spawn(waker_->executor, serve()); }

void Removal::ask_to_stop() {
    stopping_ = true;
    waker_->wake();
    gate_.ask_to_stop();
}

void Removal::stop() {
    ask_to_stop();
    gate_.close();
}

Task<> Removal::serve() {
    co_await asio::this_coro::throw_if_cancelled(false);
    while (!stopping_) {
        waker_->woken = false;
        const auto done = co_await round();
        if (!done && !stopping_)
            log_error("Deleted projects cannot be removed.", {{"reason", done.error().log_text}});
        if (!stopping_)
            co_await waker_->rest(!done   ? microseconds(retry_s)
                                  : *done ? microseconds(watch_s)
                                          : microseconds(rest_s));
    }
}

/// What was being filled in a store of its own when its process ended, nobody goes on with.
Instant Removal::given_up_before() const {
    const Instant now = clock_.now();
    return store_.is_shared()
               ? now
               : std::max(now, started_at_ + (store::projects::fill_time - microseconds(1)));
}

Task<Result<bool>> Removal::round() {
    const auto alive =
        CO_TRY(store_.read([](store::Rx& rx) { return store::removal::alive_in_trash(rx); }));
    for (const Project& project : alive) CO_TRY(stop_runs(project));
    const Instant before = given_up_before();
    const auto projects = CO_TRY(
        store_.read([before](store::Rx& rx) { return store::removal::pending(rx, before); }));
    for (const Project& project : projects) {
        if (stopping_) break;
        CO_TRY(remove(project, before));
    }
    co_return co_await store_.read([](store::Rx& rx) { return store::removal::any_filled(rx); });
}

Task<Result<>> Removal::stop_runs(Project project) {
    for (;;) {
        const auto stopped = CO_TRY(store_.write([&project](store::Tx& tx) {
            return store::removal::stop_some(tx, project, stops_per_write_max);
        }));
        cancel_(stopped.owned);
        if (stopped.count < stops_per_write_max) co_return Result<>{};
    }
}

/// Who was stopped lets go by itself, or is overruled by the engine after a while.
Task<Result<>> Removal::wait_until_free(ProjectId project) {
    asio::steady_timer timer(waker_->executor);
    while (!stopping_) {
        const auto held = CO_TRY(
            store_.read([&project](store::Rx& rx) { return store::removal::held(rx, project); }));
        if (held == 0) break;
        timer.expires_after(free_poll_ms);
        co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    co_return Result<>{};
}

Task<Result<>> Removal::remove(Project project, Instant before) {
    CO_TRY(stop_runs(project));
    CO_TRY(wait_until_free(project.id));
    bool gone = false;
    while (!gone && !stopping_) {
        bool empty = false;
        while (!empty && !stopping_)
            empty = CO_TRY(store_.write(
                [&project](store::Tx& tx) { return store::removal::remove_some(tx, project.id); }));
        if (stopping_) break;
        CO_TRY(store_.remove_files_of(project.id));
        gone = CO_TRY(
            store_.write([&](store::Tx& tx) { return finish(tx, store_, project, before); }));
    }
    if (gone) log_info("A deleted project was removed.", {{"project", project.id.hex()}});
    co_return Result<>{};
}

} // namespace weft::engine
