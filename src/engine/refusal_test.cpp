// A run on a disk in memory that refuses one of its writes and syncs, or all of them from some
// moment on: nothing that is not durable is acknowledged, and it goes on when the disk does.
#include "base/log.h"
#include "engine/progress.h"
#include "engine/world_testing.h"
#include "store/crash_disk_testing.h"
#include "store/invariants_testing.h"
#include "store/organizations.h"

#include <gmock/gmock.h>

#include <fstream>
#include <set>

namespace weft::engine {

namespace {

using store::DiskFault;
using ::testing::IsEmpty;

const std::string script = "agent a: pure keyed -> b\n"
                           "agent b: checkable once -> c\n"
                           "agent c: -> d\n"
                           "agent d: pure -> end\n";

/// Most of a trial is waiting for the next look at a disk that has refused.
constexpr int trials_at_once = 16;

/// A disk with one run that nobody has claimed yet.
struct Prepared {
    SystemClock clock;
    Directory directory;
    store::DiskImage image;
    Scope scope;
    ExecutionId run;
    std::int64_t operations = 0; ///< of the run when nothing goes wrong

    Prepared() {
        store::CrashDisk disk;
        World world(script, {}, &clock, {.directory = directory.path, .vfs = disk.vfs()});
        run = world.create();
        scope = world.scope;
        world.close();
        image = disk.image();
        world.open();
        const std::int64_t before = disk.operations();
        world.start();
        world.until(run, ExecutionState::completed);
        operations = disk.operations() - before;
    }
    /// The same in another directory, which has the same key.
    store::DiskImage image_for(const Directory& other) const {
        std::filesystem::copy_file(directory.path / "master.key", other.path / "master.key");
        store::DiskImage moved;
        for (const auto& [name, bytes] : image)
            moved[std::filesystem::absolute(other.path / std::filesystem::path(name).filename())] =
                bytes;
        return moved;
    }
};

class Trial {
public:
    Trial(Prepared& prepared, DiskFault fault) : prepared_(prepared), fault_(fault) { open(); }

    void run() {
        disk_.fail({fault_.error, disk_.operations() + fault_.at, fault_.lasts});
        world_->start();
        world_->until(prepared_.run, [this](const Execution& seen) {
            return disk_.failed() || is_final(seen.state);
        });
        if (fault_.lasts == DiskFault::Lasts::from_then_on && disk_.failed()) expect_refused();
        if (fault_.at % 2 == 0)
            lose_power();
        else
            mend();
        expect_durable();
    }

private:
    void open() {
        world_ = std::make_unique<World>(
            script, Limits{}, &prepared_.clock,
            store::Options{.directory = directory_.path, .vfs = disk_.vfs()}, prepared_.scope);
        world_->executor.performing = [this](const TheRun& run, std::string key, LiveSink) {
            note(run, std::move(key));
            return ScriptedExecutor::succeed(run);
        };
    }
    void note(const TheRun& run, std::string key) {
        Lock lock(mutex_);
        if (!keys_.insert(std::move(key)).second) {
            ++repeated_;
            EXPECT_NE(run.steps.back().effects.back().effect_class, EffectClass::once);
        }
    }
    void expect_refused() {
        const auto refused = await(world_->store->write(
            [](store::Tx& tx) { return store::organizations::create(tx, "New"); }));
        ASSERT_FALSE(refused) << "acknowledged on a disk that refuses";
        EXPECT_EQ(refused.error().code, Code::unavailable);
        EXPECT_TRUE(refused.error().message.contains("disk")) << refused.error().message;
    }
    /// It goes on by itself, and nothing is done again: this process knows what it has done.
    void mend() {
        disk_.mend();
        world_->until(prepared_.run, ExecutionState::completed);
        Lock lock(mutex_);
        EXPECT_EQ(repeated_, 0);
    }
    void lose_power() {
        disk_.cut();
        world_.reset();
        disk_.mend();
        disk_.start(static_cast<std::uint64_t>(fault_.at) / 2);
        open();
        EXPECT_THAT(world_->read(store::violations), IsEmpty());
        const Run before = world_->load(prepared_.run);
        std::size_t meant = 0;
        for (const Step& step : before.steps) meant += step.effects.size();
        {
            Lock lock(mutex_);
            EXPECT_GE(meant, keys_.size()) << "an effect without a durable intent";
        }
        world_->start();
        world_->until(prepared_.run, [](const Execution& seen) {
            return seen.owner == 0 && seen.state >= ExecutionState::input_required;
        });
    }
    /// What it ended as is there after a power cut.
    void expect_durable() {
        const Execution end = world_->find(prepared_.run);
        EXPECT_THAT(world_->read(store::violations), IsEmpty());
        world_.reset();
        disk_.cut();
        disk_.start(0);
        open();
        EXPECT_EQ(world_->find(prepared_.run).state, end.state);
        EXPECT_EQ(world_->find(prepared_.run).next_seq, end.next_seq);
        EXPECT_THAT(world_->read(store::violations), IsEmpty());
        EXPECT_TRUE(end.state == ExecutionState::completed ||
                    world_->load(prepared_.run).waiting_for == WaitReason::uncertain_effect)
            << to_text(end.state);
    }

    Prepared& prepared_;
    const DiskFault fault_; ///< `at` counts from the start of the engine
    const Directory directory_;
    store::CrashDisk disk_{prepared_.image_for(directory_)};
    Mutex mutex_;
    std::set<std::string> keys_ GUARDED_BY(mutex_);
    int repeated_ GUARDED_BY(mutex_) = 0;
    std::unique_ptr<World> world_;
};

/// Every fault that is tried: one of the four kinds at each operation in turn, all of them with
/// WEFT_CRASH_ALL.
std::vector<DiskFault> faults_of(std::int64_t operations) {
    const bool all = std::getenv("WEFT_CRASH_ALL") != nullptr;
    std::vector<DiskFault> faults;
    for (std::int64_t at = 1; at <= operations; at += store::crash_stride)
        for (int kind = 0; kind < 4; ++kind)
            if (all || kind == at / 2 % 4)
                faults.push_back(
                    {kind < 2 ? DiskFault::Error::io : DiskFault::Error::full, at,
                     kind % 2 == 0 ? DiskFault::Lasts::once : DiskFault::Lasts::from_then_on});
    return faults;
}

class Refusal : public ::testing::Test {
protected:
    Refusal() { set_log_level(LogLevel::off); }
    ~Refusal() override { set_log_level(LogLevel::info); }
};

} // namespace

TEST_F(Refusal, of_any_write_or_sync_acknowledges_nothing_and_loses_nothing) {
    Prepared prepared;
    ASSERT_GT(prepared.operations, 40);
    const std::vector<DiskFault> faults = faults_of(prepared.operations);
    std::atomic<std::size_t> next = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < trials_at_once; ++i)
        threads.emplace_back([&] {
            for (std::size_t n = next++; n < faults.size() && !HasFailure(); n = next++) {
                SCOPED_TRACE(fmt::format("operation {} fails, error {}, lasting {}", faults[n].at,
                                         static_cast<int>(faults[n].error),
                                         static_cast<int>(faults[n].lasts)));
                Trial(prepared, faults[n]).run();
            }
        });
    for (std::thread& each : threads) each.join();
    std::printf("%zu faults over %ld writes and syncs\n", faults.size(), prepared.operations);
}

} // namespace weft::engine
