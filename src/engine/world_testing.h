#pragma once

#include "base/mutex.h"
#include "engine/engine.h"
#include "engine/scripted_testing.h"

#include <boost/asio/io_context.hpp>

#include <filesystem>
#include <thread>

namespace weft::engine {

/// Runs a task to its end on a loop of its own.
void drive(Task<> task);

template <class T> Task<> keep(Task<T> task, std::optional<T>& out) {
    out = co_await std::move(task);
}

template <class T> T await(Task<T> task) {
    std::optional<T> out;
    drive(keep(std::move(task), out));
    return std::move(*out);
}

/// The value of a result that a test expects to be there.
template <class T> T must(Result<T> result) {
    if (!result) throw std::runtime_error(result.error().message + " | " + result.error().log_text);
    if constexpr (!std::is_void_v<T>) return *std::move(result);
}

/// A clock that a test moves while other threads read it.
class SharedClock final : public Clock {
public:
    Instant now() override { return {us_.load()}; }
    void advance(microseconds by) { us_ += by.count(); }

private:
    std::atomic<std::int64_t> us_{1'700'000'000'000'000};
};

/// A directory of its own, gone with it.
struct Directory {
    Directory();
    ~Directory();
    std::filesystem::path path;
};

/// Threads with one io_context each.
class Threads {
public:
    explicit Threads(int count);
    ~Threads();
    std::vector<asio::any_io_executor> executors();

private:
    struct One {
        asio::io_context context{1};
        std::thread thread;
    };
    std::vector<std::unique_ptr<One>> all_;
};

class Door;

/// A real store in a directory, an engine with a scripted executor on two threads, one project with
/// one flow. `open` begins and `close` ends what a process would: the store, the threads, the
/// engine.
class World {
public:
    /// `at`: the store's directory (none: one of its own) and, where they are not those of this run
    /// of the tests, its vfs (of a store::CrashDisk that outlives this) or its url. `known`: where
    /// an earlier World founded its project there.
    explicit World(std::string script, Limits limits = {}, Clock* clock = nullptr,
                   store::Options at = {}, Scope known = {});
    ~World();

    void open();
    void close();
    void start() { must(engine->start()); }

    ExecutionId create();
    /// create() and wake the engine.
    ExecutionId begin();
    /// Starts the engine and begins a run; returns when its first effect has come to the door.
    ExecutionId arrive_at(Door& door);
    /// The same with effects that all go to the door, or go there deaf to cancellation.
    ExecutionId begin_at(Door& door);
    ExecutionId begin_deaf_at(Door& door);
    Execution find(const ExecutionId& id);
    Run load(const ExecutionId& id);
    std::vector<JournalRow> journal(const ExecutionId& id);
    std::int64_t ledger_size();
    void pause(const ExecutionId& id);
    void resume(const ExecutionId& id);
    /// Asks the store, then the engine. Answers the number of the next journal row at the stop's
    /// commit.
    std::int64_t stop(const ExecutionId& id);
    Task<std::int64_t> stop_from_within(ExecutionId id);

    /// Waits until `done` says so, looking again whenever the execution changes. Fails the test
    /// after a minute.
    void until(const ExecutionId& id, const std::function<bool(const Execution&)>& done);
    void until(const ExecutionId& id, ExecutionState state);
    /// Until it waits for its `wake_at`.
    void until_waiting(const ExecutionId& id);

    template <class F> auto write(F fn) { return must(await(store->write(std::move(fn)))); }
    template <class F> auto read(F fn) { return must(await(store->read(std::move(fn)))); }

    SharedClock clock;
    ScriptedExecutor executor;
    Limits limits;
    EventHub events;
    std::unique_ptr<IdMinter> minter;
    std::unique_ptr<Threads> threads;
    std::unique_ptr<store::Store> store;
    std::unique_ptr<Engine> engine;
    Scope scope;

private:
    void found();

    Clock& time_;
    std::optional<Directory> own_;
    store::Options at_;
    Agentflow flow_;
};

/// Where effects stay until a test lets them go on. Outlives the World whose effects come to it:
/// declare it first.
class Door {
public:
    /// For ScriptedExecutor::performing: waits here, then succeeds; cancelled, it answers what it
    /// had: the text "half" and three tokens in, one out.
    Task<EffectOutcome> pass(const Run& run, LiveSink live);
    /// The same, but deaf to cancellation, of which it only takes note.
    Task<EffectOutcome> pass_deaf(const Run& run);
    /// Until so many effects in all have come to the door.
    void await_entered(int count);
    /// Until a deaf one has been cancelled.
    void await_nudged();
    void open();

private:
    struct Waiting;
    std::shared_ptr<Waiting> enter(asio::any_io_executor executor);
    /// No timer outlives its io_context.
    void leave(const std::shared_ptr<Waiting>& here);

    Mutex mutex_;
    Condition changed_;
    int entered_ GUARDED_BY(mutex_) = 0;
    bool nudged_ GUARDED_BY(mutex_) = false;
    bool open_ GUARDED_BY(mutex_) = false;
    void nudge();
    std::vector<std::shared_ptr<Waiting>> waiting_ GUARDED_BY(mutex_);
};

/// What must hold for every execution that has ended or rests: the counters are the sum of the
/// journal, every result follows its intent, nobody owns it, nothing was begun after row
/// `stopped_at`. After a stop the effect that was open has its late result, unless the store was
/// away when its owner wanted to write it.
enum class LateResult { there, may_be_lost };
void check_invariants(World& world, const ExecutionId& id, std::int64_t stopped_at = 0,
                      LateResult late_result = LateResult::there);

/// "intent result intent …"
std::string kinds_of(const std::vector<JournalRow>& rows);

} // namespace weft::engine
