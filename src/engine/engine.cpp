#include "engine/engine.h"

#include "base/log.h"
#include "engine/late_charges.h"
#include "engine/removal.h"
#include "engine/run_queue.h"
#include "engine/runner.h"
#include "engine/waker.h"
#include "store/claims.h"

#include <boost/asio/this_coro.hpp>

#include <limits>

namespace weft::engine {

namespace {

constexpr int claims_per_write_max = 64; // keeps the writer far below its 10 ms
constexpr int rows_per_round_max = 256;  // woken, recovered or settled in one write
constexpr milliseconds poll_ms{2'000};   // between two looks at the clock: it may be set
constexpr seconds look_s{10};            // between two looks at the store when nobody calls wake()
constexpr seconds patience_s{10};        // until stop() says in the log whom it waits for
constexpr std::int64_t never_us = std::numeric_limits<std::int64_t>::max();

/// Lowers `to` to `value` unless it is lower already.
void lower(std::atomic<std::int64_t>& to, std::int64_t value) {
    std::int64_t seen = to.load();
    while (value < seen && !to.compare_exchange_weak(seen, value)) {}
}

} // namespace

/// The claim loop runs on the first io thread; runs are spread over all.
struct Engine::Impl {
    Impl(store::Store& of, std::vector<asio::any_io_executor> on, StepExecutor& executor,
         Clock& time, EventHub& hub, Limits given)
        : store(of), threads(std::move(on)), clock(time), events(hub), limits(given),
          runner(of, executor, time, hub, given),
          streams(of, time, hub, given.stream_beat, threads.front()),
          waker(std::make_shared<Waker>(threads.front())),
          removal(of, threads.front(), time,
                  [this](const std::vector<ExecutionId>& stopped) { cancel(stopped); }),
          queue(of, threads.front(), time,
                [this] {
                    waker->wake();
                    store.hint();
                }),
          charges(of, threads.front(), runner, hub) {
        runner.streams = &streams;
        runner.on_ready = [this] { waker->wake(); };
        runner.on_deadline = [this](Instant at) {
            if (at.us < deadline_at_us.load()) {
                lower(deadline_at_us, at.us);
                waker->wake();
            }
        };
        runner.on_wait = [this](Instant at) {
            if (at.us < next_wake_us.load()) {
                lower(next_wake_us, at.us);
                waker->wake();
            }
        };
    }

    Task<> serve();
    void watch();
    Task<Result<>> recover();
    Task<Result<>> hear_stops();
    Task<bool> anything_due();
    Task<Result<>> round();
    Task<Result<std::vector<store::Claim>>> claim(int most);
    Task<Result<>> settle();
    Task<Result<>> expire();
    void start_run(store::Claim claim, Runner::Begin begin);
    void cancel(const std::vector<ExecutionId>& executions);
    Task<> carry(std::shared_ptr<Live> of, Runner::Begin begin);
    Task<> rest(microseconds at_least);
    microseconds time_to_next();

    store::Store& store;
    const std::vector<asio::any_io_executor> threads;
    Clock& clock;
    EventHub& events;
    const Limits limits;
    Runner runner;
    Streams streams; ///< outlives the runs
    std::shared_ptr<Waker> waker;
    LiveTable live;
    store::claims::Turn turn; ///< only inside the writer, and by whoever awaited it
    std::size_t next_thread = 0;
    std::atomic<bool> stopping{false};
    std::atomic<bool> others_lost{true}; ///< at the start: what was left by an earlier process
    std::atomic<bool> stops_asked{false};
    std::atomic<std::int64_t> next_wake_us{0}; ///< when a waiting run is due; 0 = ask the store
    std::atomic<std::int64_t> settle_at_us{
        never_us}; ///< when stops that nobody answered are overdue
    std::atomic<std::int64_t> deadline_at_us{
        never_us}; ///< when the time of an effect in flight is up, or not before
    std::atomic<std::int64_t> last_cancel_us{0};
    std::int64_t look_at_us = 0; ///< monotonic; when the store is asked although nobody called
    Gate runs;
    Gate loop; ///< closed first
    Removal removal;
    RunQueue queue;
    LateCharges charges;
};

Task<> Engine::Impl::serve() {
    co_await asio::this_coro::throw_if_cancelled(false);
    while (!stopping) {
        const bool called = waker->woken.exchange(false);
        const bool lost = others_lost.exchange(false);
        Result<> done;
        if (lost) done = co_await recover();
        if (!done) others_lost = true;
        if (done && stops_asked.exchange(false)) done = co_await hear_stops();
        if (done && (called || lost || co_await anything_due())) done = co_await round();
        if (!done) log_error("Runs cannot be claimed.", {{"reason", done.error().log_text}});
        co_await rest(done ? microseconds(0) : poll_ms);
    }
}

/// Cancels what was stopped at another node.
Task<Result<>> Engine::Impl::hear_stops() {
    const auto stopped = CO_TRY(
        store.read([this](store::Rx& rx) { return store::claims::stopping(rx, store.node()); }));
    cancel(stopped);
    co_return Result<>{};
}

/// What an earlier process owned, or another node that is gone, may be claimed again.
Task<Result<>> Engine::Impl::recover() {
    std::int64_t moved = 1;
    while (moved > 0 && !stopping)
        moved = CO_TRY(store.write([this](store::Tx& tx) {
            turn.all_from = {};
            return store::claims::recover(tx, store.node(), rows_per_round_max);
        }));
    co_return Result<>{};
}

/// Whether there is something to do although nobody called. Reads, and that seldom: a server at
/// rest writes nothing. On a database that nodes share the node's beat looks and calls.
Task<bool> Engine::Impl::anything_due() {
    const std::int64_t now_us = clock.now().us;
    if (now_us >= next_wake_us.load() || now_us >= settle_at_us.load() ||
        now_us >= deadline_at_us.load())
        co_return true;
    if (store.is_shared() || monotonic_us() < look_at_us) co_return false;
    look_at_us = monotonic_us() + microseconds(look_s).count();
    const auto ready =
        co_await store.read_point([](store::Rx& rx) { return store::claims::any_ready(rx); });
    co_return !ready || *ready;
}

/// Everything that can be done now: overdue stops, due waits, ready runs.
Task<Result<>> Engine::Impl::round() {
    if (clock.now().us >= settle_at_us.load()) CO_TRY(settle());
    if (clock.now().us >= deadline_at_us.load()) CO_TRY(expire());
    while (!stopping && store.holds_lease()) {
        const int room = limits.runs_live_max - static_cast<int>(live.size());
        const int most = std::min(room, claims_per_write_max);
        if (most <= 0) break; // a run that ends wakes the loop
        auto claims = CO_TRY(claim(most));
        for (const store::Claim& each : claims) start_run(each, Runner::Begin::claimed);
        if (!turn.more) break;
    }
    co_return Result<>{};
}

Task<Result<std::vector<store::Claim>>> Engine::Impl::claim(int most) {
    // A wait that is committed after this is read back lowers it again.
    const bool due = clock.now().us >= next_wake_us.exchange(never_us);
    struct Taken {
        std::vector<store::Claim> claims;
        std::optional<Instant> next_wake;
    };
    auto taken = co_await store.write([this, most, due](store::Tx& tx) -> Result<Taken> {
        Taken taken;
        if (due) TRY(store::claims::wake_due(tx, rows_per_round_max));
        taken.claims = TRY(store::claims::claim(tx, store.node(), most, turn));
        taken.next_wake = TRY(store::claims::next_wake(tx));
        return taken;
    });
    if (!taken) {
        next_wake_us = 0;
        co_return std::unexpected(std::move(taken).error());
    }
    if (taken->next_wake) lower(next_wake_us, taken->next_wake->us);
    co_return std::move(taken->claims);
}

/// Takes stopped runs away from owners that have not let go in time.
Task<Result<>> Engine::Impl::settle() {
    settle_at_us = never_us;
    const Instant before = clock.now() + -microseconds(limits.settle_s_max) + microseconds(1);
    const auto settled = CO_TRY(store.write([before](store::Tx& tx) {
        return store::claims::settle_overdue(tx, before, rows_per_round_max);
    }));
    for (const ExecutionId& each : settled) events.changed(each);
    if (!settled.empty())
        log_warning("Stopped runs did not let go in time and were overruled.",
                    {{"count", std::ssize(settled)}});
    const std::int64_t last_us = last_cancel_us.load() + microseconds(limits.settle_s_max).count();
    if (settled.size() == rows_per_round_max)
        lower(settle_at_us, clock.now().us);
    else if (last_us > clock.now().us)
        lower(settle_at_us, last_us);
    co_return Result<>{};
}

/// Cancels effects whose time is up, and takes the run of one that does not hear it away from its
/// coroutine: a new one goes on with it, and what the old one still writes bounces.
Task<Result<>> Engine::Impl::expire() {
    // An effect that begins after this lowers it again.
    deadline_at_us = never_us;
    LiveTable::Expiry expiry = live.expire(clock.now(), limits.settle_s_max);
    lower(deadline_at_us, expiry.next_us);
    for (const std::shared_ptr<Live>& each : expiry.deaf) {
        const auto taken = co_await store.write(
            [&each](store::Tx& tx) { return store::claims::overrule(tx, each->claim); });
        if (!taken) {
            lower(deadline_at_us, clock.now().us);
            co_return std::unexpected(taken.error());
        }
        if (!*taken) continue; // it let go just now
        log_warning("A call did not end when its time was up and was overruled.",
                    {{"execution", each->execution.hex()}});
        live.remove(*each);
        start_run(**taken, Runner::Begin::overruled);
    }
    co_return Result<>{};
}

void Engine::Impl::start_run(store::Claim claim, Runner::Begin begin) {
    const asio::any_io_executor& thread = threads[next_thread++ % threads.size()];
    auto of = std::make_shared<Live>(claim, thread);
    live.start(runs, of, carry(of, begin));
}

Task<> Engine::Impl::carry(std::shared_ptr<Live> of, Runner::Begin begin) {
    co_await runner.run(of->claim, of, begin);
    const bool was_full = live.remove(*of) >= static_cast<std::size_t>(limits.runs_live_max);
    if (was_full) waker->wake();
    queue.run_ended();
}

microseconds Engine::Impl::time_to_next() {
    // With all places taken a wait that is due cannot be gone on with: a run that ends wakes the
    // loop.
    const bool full = live.size() >= static_cast<std::size_t>(limits.runs_live_max);
    const std::int64_t next_us = std::min(
        {full ? never_us : next_wake_us.load(), settle_at_us.load(), deadline_at_us.load()});
    if (next_us == never_us) return poll_ms;
    return std::clamp<microseconds>(microseconds(next_us - clock.now().us), microseconds(0),
                                    poll_ms);
}

Task<> Engine::Impl::rest(microseconds at_least) {
    if (!stopping) co_await waker->rest(std::max(at_least, time_to_next()));
}

Engine::Engine(store::Store& store, std::vector<asio::any_io_executor> threads,
               StepExecutor& executor, Clock& clock, EventHub& events, Limits limits)
    : impl_(std::make_shared<Impl>(store, std::move(threads), executor, clock, events, limits)) {}

Engine::~Engine() { stop(); }

/// The store's thread calls these until ask_to_stop.
void Engine::Impl::watch() {
    store.watch_nodes({.beat =
                           [this](const store::NodeWatch::Seen& seen) {
                               if (seen.lost) others_lost = true;
                               if (seen.stops) stops_asked = true;
                               if (seen.lost || seen.stops || seen.ready) waker->wake();
                               if (seen.queued) queue.wake();
                               if (seen.uncharged) charges.wake();
                           },
                       .lease_ended = [this] { live.leave(); }});
}

Result<> Engine::start() {
    impl_->watch();
    if (!impl_->loop.spawn(impl_->threads.front(), impl_->serve()))
        return fail(Code::conflict, "The engine has been stopped.");
    impl_->streams.start();
    impl_->removal.start();
    impl_->queue.start();
    impl_->charges.start();
    return {};
}

void Engine::ask_to_stop() {
    impl_->store.watch_nodes({});
    impl_->runner.shut_down();
    impl_->removal.ask_to_stop();
    impl_->queue.ask_to_stop();
    impl_->charges.ask_to_stop();
    impl_->stopping = true;
    impl_->waker->wake();
    impl_->loop.ask_to_stop();
    impl_->live.shut_down();
    impl_->streams.ask_to_stop();
}

void Engine::stop() {
    ask_to_stop();
    impl_->removal.stop();
    impl_->queue.stop();
    impl_->charges.stop();
    impl_->loop.close();
    impl_->live.shut_down(); // also what the loop has started since
    while (!impl_->runs.wait_for(patience_s))
        log_warning("Waiting for runs to let go.", {{"count", impl_->runs.size()}});
    impl_->streams.stop();
}

void Engine::wake() {
    impl_->waker->wake();
    impl_->store.hint();
}

void Engine::Impl::cancel(const std::vector<ExecutionId>& executions) {
    if (executions.empty()) return;
    const std::int64_t now_us = clock.now().us;
    last_cancel_us = now_us;
    lower(settle_at_us, now_us + microseconds(limits.settle_s_max).count());
    for (const ExecutionId& each : executions) live.stop(each);
    waker->wake();
    store.hint();
}

void Engine::limit(const OrganizationId& organization) { impl_->runner.limit(organization); }

void Engine::cancel(const std::vector<ExecutionId>& executions) { impl_->cancel(executions); }

Task<Result<>> Engine::remove(Project project) {
    auto stopped = co_await impl_->removal.stop_runs(std::move(project));
    impl_->removal.wake();
    co_return stopped;
}

Task<Result<>> Engine::stop_all(Project project) {
    co_return co_await impl_->removal.stop_runs(std::move(project));
}

void Engine::wake_queue() { impl_->queue.wake(); }

void Engine::wake_removal() { impl_->removal.wake(); }

Task<Result<Loaded>> Engine::load(Scope scope, ExecutionId id, json::storage_ptr in) {
    return impl_->runner.load(std::move(scope), id, std::move(in));
}

Task<Result<LoadedTask>> Engine::load_task(Scope scope, TaskId id, json::storage_ptr in) {
    return impl_->runner.load_task(std::move(scope), id, std::move(in));
}

Task<Result<std::shared_ptr<const Agentflow>>> Engine::version(const Scope& scope,
                                                               VersionId version) {
    return impl_->runner.version(scope, version);
}

} // namespace weft::engine
