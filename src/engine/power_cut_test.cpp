// A history of runs on a disk in memory, cut short at each of its writes and syncs: what a reader
// of the disk finds then, and that it goes on from there.
#include "base/log.h"
#include "engine/progress.h"
#include "engine/world_testing.h"
#include "store/crash_disk_testing.h"
#include "store/invariants_testing.h"
#include "store/waits.h"

#include <gmock/gmock.h>

#include <map>

namespace weft::engine {

namespace {

using ::testing::IsEmpty;

const std::string script = "agent a: pure keyed -> b\n"
                           "agent b: checkable time:1 -> c\n"
                           "agent c: once event -> d\n"
                           "agent d: -> e\n"
                           "agent e: pure child=f -> end\n"
                           "agent f: keyed -> end\n";

/// Which losses are tried after the operation: one kind in turn, all of them with
/// WEFT_CRASH_ALL.
std::vector<std::uint64_t> seeds_of(std::int64_t operation) {
    static const bool all = std::getenv("WEFT_CRASH_ALL") != nullptr;
    std::vector<std::uint64_t> seeds;
    const auto first = static_cast<std::uint64_t>(operation) * (store::crash_losses + 1);
    for (std::uint64_t each = first; each < first + store::crash_losses;
         each += all ? 1 : store::crash_losses)
        seeds.push_back(each);
    return seeds;
}

/// When something had happened: after how many operations of the disk.
struct Performed {
    ExecutionId run;
    std::size_t step = 0;
    std::size_t effect = 0;
    int attempt = 0;
    std::int64_t at = 0;

    bool same(const Performed& other) const {
        return run == other.run && step == other.step && effect == other.effect &&
               attempt == other.attempt;
    }
};
struct Acknowledged {
    ExecutionId run;
    std::int64_t at = 0;
};

/// A conclusion names the child that was waited for, whose id differs.
std::string without_child(std::string text) {
    constexpr std::string_view before = "execution_id\":\"";
    if (const auto at = text.find(before); at != text.npos) text.erase(at + before.size(), 36);
    return text;
}

/// What the run waits for from outside, if it does.
WaitReason open_wait(World& world, const ExecutionId& id) {
    const auto open =
        world.read([&](store::Rx& rx) { return store::waits::find(rx, world.scope, id); });
    return open ? open->reason : WaitReason::none;
}

void answer_event(World& world, const ExecutionId& id) {
    world.write([&](store::Tx& tx) {
        return store::waits::answer(tx, world.scope, {.execution = id, .name = "go"}, {{"x", 1}});
    });
    world.engine->wake();
}

std::vector<std::string> lines_of(const std::vector<JournalRow>& rows) {
    std::vector<std::string> lines;
    for (const JournalRow& row : rows)
        lines.push_back(fmt::format("{} {} {} {}", row.seq, static_cast<int>(row.kind), row.at.us,
                                    row.payload));
    return lines;
}

/// Four runs, one after another: to its end with a retry and waits of three kinds, failed, stopped
/// and paused in the middle of an effect.
class History {
public:
    History() { disk_.record(); }

    void play() {
        World world(script, limits, &clock, {.directory = directory.path, .vfs = disk_.vfs()});
        scope = world.scope;
        const auto perform = [this](const TheRun& run, std::string, LiveSink live) {
            return note_and_perform(run, std::move(live));
        };
        world.executor.performing = perform;
        world.start();
        const ExecutionId whole = begin(world);
        answer(world, whole);
        world.until(whole, ExecutionState::completed);
        refuses_ = true;
        const ExecutionId refused = begin(world);
        answer(world, refused);
        world.until(refused, ExecutionState::failed);
        refuses_ = false;
        stop_one(world);
        pause_one(world);
        for (const Acknowledged& each : started) {
            journals[each.run] = lines_of(world.journal(each.run));
            conclusions[each.run] = world.load(each.run).conclusion;
        }
    }
    store::DiskReplay replay() const { return store::DiskReplay(disk_.recorded()); }
    std::vector<Performed> performed() {
        Lock lock(mutex_);
        return performed_;
    }

    const Limits limits{.backoff_first = milliseconds(1)};
    SystemClock clock;
    const Directory directory;
    Scope scope;
    std::vector<Acknowledged> started;
    std::vector<Acknowledged> stopped;
    std::vector<Acknowledged> answered;
    std::map<ExecutionId, std::vector<std::string>> journals;
    std::map<ExecutionId, std::string> conclusions;

private:
    ExecutionId begin(World& world) {
        const ExecutionId id = world.create();
        started.push_back({id, disk_.operations()});
        world.engine->wake();
        return id;
    }
    void answer(World& world, const ExecutionId& id) {
        world.until(id, [&](const Execution& seen) {
            return seen.owner == 0 && open_wait(world, id) == WaitReason::event;
        });
        answer_event(world, id);
        answered.push_back({id, disk_.operations()});
    }
    void stop_one(World& world) {
        Door door;
        held_ = &door;
        const ExecutionId id = begin(world);
        door.await_entered(1);
        world.stop(id);
        stopped.push_back({id, disk_.operations()});
        world.until(id, [](const Execution& seen) {
            return seen.state == ExecutionState::cancelled && !seen.settling && seen.owner == 0;
        });
        held_ = nullptr;
    }
    void pause_one(World& world) {
        Door door;
        held_ = &door;
        const ExecutionId id = begin(world);
        door.await_entered(1);
        world.pause(id);
        door.open();
        world.until(id, ExecutionState::paused);
        held_ = nullptr;
        world.resume(id);
        answer(world, id);
        world.until(id, ExecutionState::completed);
    }
    Task<EffectOutcome> note_and_perform(const TheRun& run, LiveSink live) {
        const Step& step = run.steps.back();
        const int attempt = step.effects.back().attempt;
        {
            Lock lock(mutex_);
            performed_.push_back(
                {run.start.id, run.steps.size(), step.effects.size(), attempt, disk_.operations()});
        }
        if (held_ && run.steps.size() == 2) return held_.load()->pass(run, std::move(live));
        if (run.steps.size() == 2 && attempt == 1) return fail_once(run, true);
        if (run.steps.size() == 5 && refuses_) return fail_once(run, false);
        return ScriptedExecutor::succeed(run);
    }
    static Task<EffectOutcome> fail_once(const TheRun&, bool retryable) {
        co_return EffectOutcome{{}, EffectError{"unavailable", "No.", retryable}, {1, 2, 3, 0}};
    }

    store::CrashDisk disk_;
    std::atomic<Door*> held_ = nullptr;
    std::atomic<bool> refuses_ = false;
    Mutex mutex_;
    std::vector<Performed> performed_ GUARDED_BY(mutex_);
};

/// What is there after one power cut.
class Aftermath {
public:
    Aftermath(History& history, store::DiskImage image, std::int64_t cut)
        : history_(history), cut_(cut), disk_(std::move(image)),
          world_(script, history.limits, &history.clock,
                 {.directory = history.directory.path, .vfs = disk_.vfs()}, history.scope) {}

    void expect_sound() {
        EXPECT_THAT(world_.read(store::violations), IsEmpty());
        for (const Acknowledged& each : history_.started)
            if (const auto found = find(each.run))
                expect_prefix(each.run);
            else
                EXPECT_GT(each.at, cut_) << "a run is lost whose start was acknowledged";
        for (const Acknowledged& each : history_.stopped)
            if (each.at <= cut_) EXPECT_EQ(find(each.run)->state, ExecutionState::cancelled);
        for (const Acknowledged& each : history_.answered)
            if (each.at <= cut_) EXPECT_NE(open_wait(world_, each.run), WaitReason::event);
        for (const Performed& each : history_.performed())
            if (each.at <= cut_) expect_intent(each);
    }

    void go_on() {
        world_.executor.performing = [this](const TheRun& run, std::string, LiveSink) {
            expect_allowed(run);
            return ScriptedExecutor::succeed(run);
        };
        world_.start();
        for (const Acknowledged& each : history_.started)
            if (find(each.run)) expect_end(each.run, carry_on(each.run));
        EXPECT_THAT(world_.read(store::violations), IsEmpty());
    }

private:
    std::optional<Execution> find(const ExecutionId& id) {
        auto found = await(world_.store->read(
            [&](store::Rx& rx) { return store::executions::find(rx, world_.scope, id); }));
        if (!found) return std::nullopt;
        return *found;
    }
    /// To its end, with all that people have to do for it. How many effects they were asked about.
    int carry_on(const ExecutionId& id) {
        for (int asked = 0;;) {
            WaitReason reason = WaitReason::none;
            world_.until(id, [&](const Execution& seen) {
                reason = open_wait(world_, id);
                return seen.owner == 0 && !seen.settling &&
                       (seen.state >= ExecutionState::paused || reason == WaitReason::event ||
                        reason == WaitReason::uncertain_effect);
            });
            if (is_final(find(id)->state)) return asked;
            if (find(id)->state == ExecutionState::paused) {
                world_.resume(id);
            } else if (reason == WaitReason::event) {
                answer_event(world_, id);
            } else {
                ++asked;
                world_.write([&](store::Tx& tx) {
                    return store::waits::decide_fate(tx, world_.scope, id, {},
                                                     store::waits::Fate::done, {});
                });
                world_.engine->wake();
            }
        }
    }
    /// The history's journal up to some row: nothing else was ever written.
    void expect_prefix(const ExecutionId& id) {
        auto lines = history_.journals.at(id);
        const auto found = lines_of(world_.journal(id));
        lines.resize(std::min(lines.size(), found.size()));
        EXPECT_EQ(found, lines);
    }
    void expect_intent(const Performed& each) {
        const Run run = world_.load(each.run);
        ASSERT_GE(run.steps.size(), each.step) << "an effect without a durable intent";
        const auto& effects = run.steps[each.step - 1].effects;
        ASSERT_GE(effects.size(), each.effect) << "an effect without a durable intent";
        EXPECT_GE(effects[each.effect - 1].attempt, each.attempt);
    }
    /// Nothing that may happen once only, and nothing of a stopped run.
    void expect_allowed(const TheRun& run) {
        const Effect& effect = run.steps.back().effects.back();
        const Performed now{run.start.id, run.steps.size(), run.steps.back().effects.size(),
                            effect.attempt, 0};
        for (const Performed& each : history_.performed())
            if (each.at <= cut_ && each.same(now))
                EXPECT_NE(effect.effect_class, EffectClass::once) << "done a second time";
        for (const Acknowledged& each : history_.stopped)
            if (each.at <= cut_) EXPECT_NE(each.run, run.start.id) << "after its stop";
    }
    void expect_end(const ExecutionId& id, int asked) {
        check_invariants(world_, id);
        const std::string& conclusion = history_.conclusions.at(id);
        if (find(id)->state == ExecutionState::completed && !conclusion.empty() && asked == 0)
            EXPECT_EQ(without_child(world_.load(id).conclusion), without_child(conclusion));
    }

    History& history_;
    std::int64_t cut_;
    store::CrashDisk disk_;
    World world_;
};

class PowerCut : public ::testing::Test {
protected:
    PowerCut() { set_log_level(LogLevel::off); }
    ~PowerCut() override { set_log_level(LogLevel::info); }
};

} // namespace

TEST_F(PowerCut, at_every_write_and_sync_of_a_history_leaves_what_was_acknowledged) {
    History history;
    history.play();
    store::DiskReplay replay = history.replay();
    const std::string database =
        std::filesystem::absolute(history.directory.path / "weft.db").string();
    const std::int64_t first = history.started.front().at;
    ASSERT_GT(replay.size(), first + 100);
    std::int64_t cuts = 0;
    for (std::int64_t at = first; at <= replay.size(); at += store::crash_stride) {
        for (const std::uint64_t each : seeds_of(at)) {
            SCOPED_TRACE(fmt::format("the power goes after operation {}, seed {}", at, each));
            store::DiskImage image = replay.image_after_cut(at, each);
            ASSERT_EQ(store::integrity_of(image, database), "ok");
            Aftermath after(history, std::move(image), at);
            after.expect_sound();
            after.go_on();
            ++cuts;
            if (HasFailure()) return;
        }
    }
    std::printf("%ld power cuts over %ld writes and syncs\n", cuts, replay.size() - first);
}

} // namespace weft::engine
