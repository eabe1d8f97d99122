#include "base/mutex.h"
#include "engine/engine.h"
#include "engine/journal.h"
#include "engine/progress.h"
#include "engine/world_testing.h"
#include "store/database_testing.h"
#include "store/inbox.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include <fstream>
#include <random>
#include <set>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace weft::engine {

namespace {

constexpr int kills = 30;
constexpr int performed_per_life_max = 5; // then a life waits to be killed: speed decides nothing
constexpr const char* child_directory = "WEFT_ENGINE_CHILD_DIRECTORY";

/// More effects than all killed lives together perform.
std::string long_script() {
    std::string script;
    constexpr int agents = (kills + 1) * performed_per_life_max;
    for (int i = 0; i < agents; ++i)
        script += fmt::format("agent a{}: {} -> {}\n", i,
                              i % 3 == 0   ? "keyed"
                              : i % 3 == 1 ? "pure"
                                           : "checkable",
                              i + 1 < agents ? fmt::format("a{}", i + 1) : "end");
    return script;
}

/// Receives effects as a service outside would: one line for each, even if the server dies right
/// after.
class Receiver {
public:
    explicit Receiver(std::filesystem::path path) : path_(std::move(path)) {}

    void receive(const std::string& key, bool repeated) const {
        const std::string line = key + (repeated ? " again\n" : "\n");
        const int file = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
        EXPECT_EQ(::write(file, line.data(), line.size()), std::ssize(line));
        ::close(file);
    }
    std::vector<std::string> lines() const {
        std::vector<std::string> lines;
        std::ifstream in(path_);
        for (std::string line; std::getline(in, line);) lines.push_back(line);
        return lines;
    }

private:
    std::filesystem::path path_;
};

/// The effect happens, then its answer takes a moment, in which a kill may come.
Task<EffectOutcome> receive_and_answer(const TheRun& run, std::string key,
                                       const Receiver& receiver) {
    receiver.receive(key, run.steps.back().effects.back().repeated);
    asio::steady_timer timer(co_await asio::this_coro::executor, milliseconds(1));
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    co_return ScriptedExecutor::success(run);
}

/// The job's execution is the only one of the store: its id lies beside it.
ExecutionId job_of(const std::filesystem::path& directory) {
    std::ifstream in(directory / "job");
    std::string hex;
    in >> hex;
    return ExecutionId::parse(hex).value_or(ExecutionId{});
}

Scope scope_of(const std::filesystem::path& directory) {
    std::ifstream in(directory / "job");
    std::string job;
    std::string organization;
    std::string project;
    in >> job >> organization >> project;
    Scope scope;
    scope.organization = OrganizationId::parse(organization).value();
    scope.project = ProjectId::parse(project).value();
    return scope;
}

/// A world that goes on with the store of `directory`, or founds one with a job in it.
std::unique_ptr<World> open_job(const std::filesystem::path& directory, SystemClock& clock) {
    const bool known = std::filesystem::exists(directory / "job");
    auto world = std::make_unique<World>(long_script(), Limits{}, &clock,
                                         store::Options{.directory = directory / "data"},
                                         known ? scope_of(directory) : Scope{});
    if (known) return world;
    const ExecutionId id = world->create();
    std::ofstream(directory / "job") << id.hex() << " " << world->scope.organization.hex() << " "
                                     << world->scope.project.hex() << "\n";
    return world;
}

/// Carries out the job of `directory`: to its end, or with a pipe for `progress` as far as one life
/// gets, a byte for each effect.
void run_job(const std::filesystem::path& directory, int progress) {
    SystemClock clock;
    Door never_opened;
    auto world = open_job(directory, clock);
    const Receiver receiver(directory / "received");
    int performed = 0;
    world->executor.performing = [&](const TheRun& run, std::string key, LiveSink live) {
        if (progress >= 0 && ++performed > performed_per_life_max)
            return never_opened.pass(run, live);
        if (progress >= 0) EXPECT_EQ(::write(progress, ".", 1), 1);
        return receive_and_answer(run, std::move(key), receiver);
    };
    world->start();
    world->until(job_of(directory), ExecutionState::completed);
}

struct Child {
    pid_t pid = 0;
    int progress = -1;
};

/// This test program again, told by the environment to carry out the job.
Child start_child(const std::filesystem::path& directory) {
    int ends[2];
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 3);
    std::string self = "/proc/self/exe";
    std::string filter = "--gtest_filter=Crash.child";
    std::string variable = fmt::format("{}={}", child_directory, directory.string());
    char* arguments[] = {self.data(), filter.data(), nullptr};
    std::string database = store::store_environment(directory / "data");
    std::vector<char*> environment{variable.data(), database.data()};
    for (char** each = environ; *each; ++each) environment.push_back(*each);
    environment.push_back(nullptr);
    Child child;
    EXPECT_EQ(
        ::posix_spawn(&child.pid, self.c_str(), &actions, nullptr, arguments, environment.data()),
        0);
    posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    child.progress = ends[0];
    return child;
}

/// Lets it perform `effects` effects, then some microseconds more, then kills it. False: it ended
/// before.
bool kill_after(const Child& child, int effects, int extra_us) {
    bool alive = true;
    for (char byte; effects > 0 && alive; --effects) alive = ::read(child.progress, &byte, 1) == 1;
    const timespec extra{0, extra_us * 1'000L};
    ::ppoll(nullptr, 0, &extra, nullptr);
    ::kill(child.pid, SIGKILL);
    int status = 0;
    ::waitpid(child.pid, &status, 0);
    ::close(child.progress);
    return alive && WIFSIGNALED(status);
}

/// The journal without what differs between two runs of the same job: times.
std::vector<std::string> timeless(const std::vector<JournalRow>& rows) {
    std::vector<std::string> lines;
    for (const JournalRow& row : rows) {
        json::object payload = parse_json(row.payload).value().as_object();
        payload.erase("us");
        if (json::value* done = payload.if_contains("d")) done->as_object().erase("us");
        lines.push_back(
            fmt::format("{} {} {}", row.seq, static_cast<int>(row.kind), weft::to_text(payload)));
    }
    return lines;
}

std::vector<std::string> finished_journal(const std::filesystem::path& directory) {
    SystemClock clock;
    auto world = open_job(directory, clock);
    const ExecutionId id = job_of(directory);
    EXPECT_EQ(world->find(id).state, ExecutionState::completed);
    check_invariants(*world, id);
    return timeless(world->journal(id));
}

} // namespace

/// What the next test runs in other processes; by itself it does nothing.
TEST(Crash, child) {
    if (const char* directory = std::getenv(child_directory)) run_job(directory, 3);
}

TEST(Crash, kill_9_thirty_times_changes_nothing) {
    const Directory undisturbed;
    run_job(undisturbed.path, -1);
    const Directory crashed;
    { // founded here, so that no kill comes before there is a job
        SystemClock clock;
        open_job(crashed.path, clock);
    }
    std::mt19937 dice(20260131);
    for (int i = 0; i < kills; ++i) {
        const int effects = 1 + static_cast<int>(dice() % performed_per_life_max);
        ASSERT_TRUE(
            kill_after(start_child(crashed.path), effects, static_cast<int>(dice() % 3'000)));
    }
    run_job(crashed.path, -1);

    EXPECT_EQ(finished_journal(crashed.path), finished_journal(undisturbed.path));
    const auto lines = Receiver(crashed.path / "received").lines();
    std::set<std::string> keys;
    std::set<std::string> first_times;
    for (const std::string& line : lines) {
        const std::string key = line.substr(0, line.find(' '));
        keys.insert(key);
        // What is sent once more says so, and what is sent first does not.
        if (line == key) EXPECT_TRUE(first_times.insert(key).second) << key;
    }
    EXPECT_EQ(keys.size(), Receiver(undisturbed.path / "received").lines().size());
    EXPECT_GE(lines.size(), keys.size());
}

TEST(Restart, a_shutdown_in_the_middle_of_an_effect_leaves_its_intent_open_and_repeats_it) {
    Door door;
    World world("agent a: pure -> b\nagent b: keyed -> c\nagent c: pure -> end\n");
    Mutex mutex;
    std::vector<std::string> seen;
    world.executor.performing = [&](const TheRun& run, std::string key, LiveSink live) {
        const bool repeated = run.steps.back().effects.back().repeated;
        {
            Lock lock(mutex);
            seen.push_back(key.substr(36) + (repeated ? " again" : ""));
        }
        return run.steps.size() == 2 ? door.pass(run, live) : ScriptedExecutor::succeed(run);
    };
    const ExecutionId id = world.arrive_at(door);
    world.close();
    world.open();
    EXPECT_EQ(kinds_of(world.journal(id)), "intent result intent");
    EXPECT_EQ(world.find(id).owner, 0); // given back
    door.open();
    world.start();
    world.until(id, ExecutionState::completed);
    EXPECT_EQ(kinds_of(world.journal(id)), "intent result intent result intent result finished");
    Lock lock(mutex);
    EXPECT_EQ(seen, (std::vector<std::string>{"/1/1", "/2/1", "/2/1 again", "/3/1"}));
    check_invariants(world, id);
}

TEST(Restart, an_effect_of_class_once_is_not_repeated_but_asked_about) {
    Door door;
    World world("agent a: once -> end\n");
    const ExecutionId id = world.begin_at(door);
    world.close();
    world.open();
    world.executor.performing = [](const TheRun& run, std::string,
                                   LiveSink) -> Task<EffectOutcome> {
        ADD_FAILURE() << "performed again";
        return ScriptedExecutor::succeed(run);
    };
    world.start();
    world.until(id, ExecutionState::input_required);
    EXPECT_EQ(kinds_of(world.journal(id)), "intent wait");
    EXPECT_EQ(world.load(id).waiting_for, WaitReason::uncertain_effect);
    EXPECT_FALSE(world.find(id).wake_at);
    const auto asked = world.read([&](store::Rx& rx) {
        return store::inbox::find_of(rx, world.scope, id, InboxType::uncertain_effect);
    });
    EXPECT_EQ(asked.summary, "Did t1 happen?");
    EXPECT_EQ(asked.status, InboxStatus::pending);
    EXPECT_EQ(asked.seq, 2) << "the wait's row";
    check_invariants(world, id);
}

TEST(Restart, what_ends_during_a_shutdown_is_recorded_and_nothing_is_begun) {
    Door door;
    World world("agent a: pure -> b\nagent b: once -> end\n");
    world.executor.performing = [&](const TheRun& run, std::string, LiveSink) {
        if (run.steps.size() > 1) ADD_FAILURE() << "begun during the shutdown";
        return door.pass_deaf(run);
    };
    const ExecutionId id = world.arrive_at(door);
    std::thread closing([&] { world.close(); });
    door.await_nudged();
    door.open();
    closing.join();

    world.open();
    EXPECT_EQ(kinds_of(world.journal(id)), "intent result");
    EXPECT_EQ(world.find(id).owner, 0);
    world.executor.performing = nullptr;
    world.start();
    world.until(id, ExecutionState::completed);
    EXPECT_EQ(kinds_of(world.journal(id)), "intent result intent result finished");
    check_invariants(world, id);
}

TEST(Restart, waits_and_ready_runs_survive) {
    World world("agent a: pure -> end\n");
    world.executor.performing = [](const TheRun&, std::string, LiveSink) -> Task<EffectOutcome> {
        co_return EffectOutcome{{}, EffectError{"unavailable", "No.", true, seconds(30)}, {}};
    };
    world.start();
    const ExecutionId waiting = world.begin();
    world.until_waiting(waiting);
    world.close();
    world.open();
    const ExecutionId ready = world.create();
    world.executor.performing = nullptr;
    world.close();
    world.open();
    world.start();
    world.until(ready, ExecutionState::completed);
    world.clock.advance(seconds(31));
    world.engine->wake();
    world.until(waiting, ExecutionState::completed);
}

} // namespace weft::engine
