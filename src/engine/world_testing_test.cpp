#include "engine/world_testing.h"

#include "engine/journal.h"
#include "engine/progress.h"
#include "store/agentflows.h"
#include "store/database_testing.h"
#include "store/executions.h"
#include "store/journal.h"
#include "store/ledger.h"
#include "store/organizations.h"
#include "store/projects.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

namespace weft::engine {

void drive(Task<> task) {
    asio::io_context loop;
    std::exception_ptr broken;
    asio::co_spawn(loop, std::move(task), [&](std::exception_ptr why) { broken = why; });
    loop.run();
    if (broken) std::rethrow_exception(broken);
}

Directory::Directory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "weft-engine-XXXXXX").string();
    path = ::mkdtemp(pattern.data());
}
Directory::~Directory() { store::remove_test_directory(path); }

Threads::Threads(int count) {
    for (int i = 0; i < count; ++i) {
        One& one = *all_.emplace_back(std::make_unique<One>());
        one.thread = std::thread([&one] {
            const auto work = asio::make_work_guard(one.context);
            one.context.run();
        });
    }
}
Threads::~Threads() {
    for (auto& one : all_) one->context.stop();
    for (auto& one : all_) one->thread.join();
}
std::vector<asio::any_io_executor> Threads::executors() {
    std::vector<asio::any_io_executor> executors;
    for (auto& one : all_) executors.emplace_back(one->context.get_executor());
    return executors;
}

World::World(std::string script, Limits given, Clock* time, store::Options at, Scope known)
    : executor(script), limits(given), scope(std::move(known)), time_(time ? *time : clock),
      at_(std::move(at)) {
    if (at_.directory.empty()) at_.directory = own_.emplace().path;
    if (at_.vfs.empty() && at_.url.empty()) at_.url = store::store_url(at_.directory);
    open();
}

World::~World() { close(); }

void World::open() {
    minter = std::make_unique<IdMinter>(time_);
    store = must(store::Store::open(at_, time_, *minter));
    threads = std::make_unique<Threads>(2);
    engine =
        std::make_unique<Engine>(*store, threads->executors(), executor, time_, events, limits);
    if (!scope.project) found();
}

void World::close() {
    if (engine) engine->stop();
    engine.reset();
    if (store) store->drain();
    threads.reset();
    store.reset();
}

void World::found() {
    flow_ = *executor.flow();
    flow_.name = "scripted";
    write([this](store::Tx& tx) -> Result<> {
        scope.organization = TRY(store::organizations::create(tx, "Org"))
        .id;
        scope.project = TRY(store::projects::create(tx, scope, {.name = "Project"}))
        .id;
        flow_ = TRY(store::agentflows::save(tx, scope, flow_));
        return {};
    });
}

ExecutionId World::create() {
    return write([this](store::Tx& tx) {
               ExecutionStart start;
               start.agentflow = flow_.id;
               start.version = flow_.version;
               return store::executions::create(tx, scope, start, "task",
                                                store::executions::Start::now);
           })
        .id;
}

ExecutionId World::begin() {
    const ExecutionId id = create();
    engine->wake();
    return id;
}

ExecutionId World::arrive_at(Door& door) {
    start();
    const ExecutionId id = begin();
    door.await_entered(1);
    return id;
}

ExecutionId World::begin_at(Door& door) {
    executor.performing = [&door](const Run& run, std::string, LiveSink live) {
        return door.pass(run, std::move(live));
    };
    return arrive_at(door);
}

ExecutionId World::begin_deaf_at(Door& door) {
    executor.performing = [&door](const Run& run, std::string, LiveSink) {
        return door.pass_deaf(run);
    };
    return arrive_at(door);
}

Execution World::find(const ExecutionId& id) {
    return read([&](store::Rx& rx) { return store::executions::find(rx, scope, id); });
}

Run World::load(const ExecutionId& id) { return must(await(engine->load(scope, id))).run; }

std::vector<JournalRow> World::journal(const ExecutionId& id) {
    return read([&](store::Rx& rx) { return store::journal::read(rx, scope, id, 1); });
}

std::int64_t World::ledger_size() {
    return read([&](store::Rx& rx) { return store::ledger::list(rx, scope, 1, 0); }).total;
}

void World::pause(const ExecutionId& id) {
    write([&](store::Tx& tx) { return store::executions::request_pause(tx, scope, id); });
}

void World::resume(const ExecutionId& id) {
    write([&](store::Tx& tx) { return store::executions::request_resume(tx, scope, id); });
    engine->wake();
}

Task<std::int64_t> World::stop_from_within(ExecutionId id) {
    auto stopped = co_await store->write(
        [this, id](store::Tx& tx) { return store::executions::request_stop(tx, scope, id); });
    engine->cancel({id});
    co_return must(std::move(stopped)).next_seq;
}

std::int64_t World::stop(const ExecutionId& id) { return await(stop_from_within(id)); }

void World::until(const ExecutionId& id, const std::function<bool(const Execution&)>& done) {
    struct Seen {
        Mutex mutex;
        Condition changed;
    };
    const auto shared = std::make_shared<Seen>();
    const auto watching = events.subscribe(id, {[shared] { shared->changed.notify_all(); }, {}});
    const std::int64_t deadline_us = monotonic_us() + 60'000'000;
    for (;;) {
        const Execution seen = find(id);
        if (done(seen)) return;
        if (monotonic_us() > deadline_us) {
            FAIL() << "still " << to_text(seen.state) << ", owner " << seen.owner << "\n"
                   << describe(load(id));
        }
        Lock lock(shared->mutex);
        shared->changed.wait_for(shared->mutex, milliseconds(20));
    }
}

void World::until(const ExecutionId& id, ExecutionState state) {
    until(id, [&](const Execution& seen) { return seen.state == state && seen.owner == 0; });
}

void World::until_waiting(const ExecutionId& id) {
    until(id, [](const Execution& seen) { return seen.wake_at && seen.owner == 0; });
}

struct Door::Waiting {
    explicit Waiting(const asio::any_io_executor& on)
        : executor(on), timer(on, std::chrono::hours(1)) {}
    asio::any_io_executor executor;
    asio::steady_timer timer;
    bool open = false; ///< like the timer only on its executor
};

std::shared_ptr<Door::Waiting> Door::enter(asio::any_io_executor executor) {
    auto here = std::make_shared<Waiting>(executor);
    Lock lock(mutex_);
    here->open = open_;
    waiting_.push_back(here);
    ++entered_;
    changed_.notify_all();
    return here;
}

void Door::leave(const std::shared_ptr<Waiting>& here) {
    Lock lock(mutex_);
    std::erase(waiting_, here);
}

Task<EffectOutcome> Door::pass(const Run& run, LiveSink live) {
    live("half"); // whoever has awaited the entry knows that it is said
    const auto here = enter(co_await asio::this_coro::executor);
    if (!here->open) co_await here->timer.async_wait(asio::as_tuple(asio::use_awaitable));
    leave(here);
    const auto cancelled = (co_await asio::this_coro::cancellation_state).cancelled();
    if (cancelled == asio::cancellation_type::none) co_return ScriptedExecutor::success(run);
    co_return EffectOutcome{{{"text", "half"}}, EffectError{"cancelled", "Stopped."}, {3, 1, 7, 0}};
}

void Door::nudge() {
    Lock lock(mutex_);
    nudged_ = true;
    changed_.notify_all();
}

void Door::await_nudged() {
    const std::int64_t deadline_us = monotonic_us() + 60'000'000;
    Lock lock(mutex_);
    while (!nudged_ && monotonic_us() < deadline_us) changed_.wait_for(mutex_, seconds(1));
    EXPECT_TRUE(nudged_);
}

Task<EffectOutcome> Door::pass_deaf(const Run& run) {
    co_await asio::this_coro::throw_if_cancelled(false);
    const auto here = enter(co_await asio::this_coro::executor);
    while (!here->open) {
        co_await here->timer.async_wait(asio::as_tuple(asio::use_awaitable));
        if (!here->open) nudge();
    }
    leave(here);
    co_return ScriptedExecutor::success(run);
}

void Door::await_entered(int count) {
    const std::int64_t deadline_us = monotonic_us() + 60'000'000;
    Lock lock(mutex_);
    while (entered_ < count && monotonic_us() < deadline_us) changed_.wait_for(mutex_, seconds(1));
    EXPECT_GE(entered_, count);
}

void Door::open() {
    Lock lock(mutex_);
    open_ = true;
    for (const auto& each : waiting_)
        asio::post(each->executor, [each] {
            each->open = true;
            each->timer.cancel();
        });
}

std::string kinds_of(const std::vector<JournalRow>& rows) {
    static constexpr const char* kinds[] = {"",       "intent", "result",  "wait",   "finished",
                                            "branch", "answer", "partial", "charged"};
    std::string text;
    for (const JournalRow& row : rows)
        text += (text.empty() ? "" : " ") + std::string(kinds[static_cast<int>(row.kind)]);
    return text;
}

void check_invariants(World& world, const ExecutionId& id, std::int64_t stopped_at,
                      LateResult late_result) {
    const Execution execution = world.find(id);
    const Run run = world.load(id);
    const auto rows = world.journal(id);
    EXPECT_EQ(execution.owner, 0);
    EXPECT_FALSE(execution.settling);
    EXPECT_EQ(execution.next_seq, std::ssize(rows) + 1);
    EXPECT_EQ(execution.usage.input_tokens, run.usage.input_tokens);
    EXPECT_EQ(execution.usage.output_tokens, run.usage.output_tokens);
    EXPECT_EQ(execution.usage.cost_micro_usd, run.usage.cost_micro_usd);
    EXPECT_EQ(execution.usage.credits_micro, run.usage.credits_micro);
    if (stopped_at == 0) return;
    EXPECT_EQ(execution.state, ExecutionState::cancelled);
    EXPECT_TRUE(execution.ended_at);
    std::string late;
    for (const JournalRow& row : rows)
        if (row.seq >= stopped_at) late += kinds_of({row}) + " ";
    while (late.starts_with("partial ")) late.erase(0, std::string_view("partial ").size());
    EXPECT_TRUE(late.empty() || late == "charged " || late.starts_with("result ")) << late;
    EXPECT_EQ(late.find("intent"), std::string::npos) << late;
    EXPECT_EQ(late.find("finished"), std::string::npos) << late;
    EXPECT_EQ(late.find("result", 1), std::string::npos) << late;
    // A wait ends with the stop: nobody answers it any more.
    EXPECT_TRUE(!open_effect_of(run) || run.waiting_for != WaitReason::none ||
                late_result == LateResult::may_be_lost)
        << describe(run);
}

} // namespace weft::engine
