#include "store/test_rows.h"

#include "store/test_world.h"

#include <gmock/gmock.h>

#include <csignal>
#include <fstream>

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace weft::store {

namespace {

constexpr const char* directory_variable = "WEFT_DURABILITY_DIRECTORY";
constexpr int acknowledged_fd = 3;

constexpr SystemQuery<std::int64_t, std::int64_t> has_sql{"test.has", R"sql(
    SELECT count(*) FROM store_info WHERE name = 'row ' || CAST($1 AS TEXT))sql"};
constexpr SystemQuery<std::int64_t> newest_sql{"test.newest", R"sql(
    SELECT coalesce(max(CAST(substr(name, 5) AS INTEGER)), 0) FROM store_info
     WHERE name LIKE 'row %')sql"};
constexpr SystemQuery<std::string> check_sql{"test.check", "PRAGMA integrity_check"};

/// Writes numbers for ever and tells each that is acknowledged.
Task<Result<Changes>> write_for_ever(Store& store, std::int64_t& next) {
    for (;;) {
        const std::int64_t number = next++;
        CO_TRY(put(store, number, std::string(200, 'x')));
        if (write(acknowledged_fd, &number, sizeof number) != sizeof number) break;
    }
    co_return Changes{};
}

/// Starts this program again as the writer of `directory`; `acknowledged` is the reading end of its
/// pipe.
pid_t start_writer(const std::string& directory, int& acknowledged) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return -1;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], acknowledged_fd);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    std::string filter = "--gtest_filter=DurabilityChild.*";
    char name[] = "writer";
    char* arguments[] = {name, filter.data(), nullptr};
    setenv(directory_variable, directory.c_str(), 1); // NOLINT(concurrency-mt-unsafe)
    pid_t child = -1;
    if (posix_spawn(&child, "/proc/self/exe", &actions, nullptr, arguments, environ) != 0)
        child = -1;
    unsetenv(directory_variable); // NOLINT(concurrency-mt-unsafe)
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    acknowledged = ends[0];
    return child;
}

/// Numbers from the pipe until there are `count` of them, or it ends.
void read_numbers(int from, std::size_t count, std::vector<std::int64_t>& numbers) {
    std::int64_t number = 0;
    while (numbers.size() < count && read(from, &number, sizeof number) == sizeof number)
        numbers.push_back(number);
}

/// Files of this process may not grow beyond `bytes`, as on a disk that refuses; lifted when it
/// goes.
struct FileSizeLimit {
    rlimit before{};

    explicit FileSizeLimit(rlim_t bytes) {
        std::signal(SIGXFSZ, SIG_IGN);
        getrlimit(RLIMIT_FSIZE, &before);
        rlimit now{bytes, before.rlim_max};
        setrlimit(RLIMIT_FSIZE, &now);
    }
    ~FileSizeLimit() { setrlimit(RLIMIT_FSIZE, &before); }
};

} // namespace

// Not a test of its own: what the test below starts and kills.
TEST(DurabilityChild, writes_until_killed) {
    const char* directory = std::getenv(directory_variable);
    if (directory == nullptr) return;
    Home home(directory);
    std::int64_t next =
        1 + must(home.store->read_here([](Rx& rx) { return rx.maybe(newest_sql); })).value();
    std::vector<std::optional<Result<Changes>>> results(16);
    for (auto& each : results) home.begin(write_for_ever(*home.store, next), each);
    home.run();
}

TEST(Durability, what_was_acknowledged_survives_kill) {
    const TemporaryDirectory temporary;
    std::vector<std::int64_t> acknowledged;
    for (int round = 0; round < 10; ++round) {
        int from = -1;
        const pid_t child = start_writer(temporary.path, from);
        ASSERT_GT(child, 0);
        read_numbers(from, acknowledged.size() + 20 + 37 * static_cast<std::size_t>(round),
                     acknowledged);
        kill(child, SIGKILL);
        int status = 0;
        waitpid(child, &status, 0);
        ASSERT_TRUE(WIFSIGNALED(status)) << status;
        read_numbers(from, SIZE_MAX, acknowledged); // what it had told before it died
        close(from);

        Home home(temporary.path);
        EXPECT_EQ(must(home.wait(home.store->read([](Rx& rx) { return rx.maybe(check_sql); }))),
                  "ok");
        const auto missing = must(home.wait(home.store->read([&](Rx& rx) -> Result<int> {
            int missing = 0;
            for (const std::int64_t number : acknowledged) missing += TRY(rx.maybe(has_sql, number))
            .value() == 1 ? 0 : 1;
            return missing;
        })));
        ASSERT_EQ(missing, 0) << "of " << acknowledged.size() << " in round " << round;
    }
    EXPECT_GT(acknowledged.size(), 1'000U);
}

TEST(Durability, when_the_disk_refuses_nobody_is_told_otherwise_and_work_goes_on_later) {
    const TemporaryDirectory temporary;
    Home home(temporary.path);
    must(home.wait(put(*home.store, 1, "before")));
    {
        const FileSizeLimit limit(std::filesystem::file_size(temporary.path / "weft.db-wal"));
        std::vector<std::optional<Result<Changes>>> results(20);
        for (int i = 0; i < 20; ++i)
            home.begin(put(*home.store, 100 + i, std::string(5'000, 'x')), results[i]);
        home.run();
        for (const auto& each : results) {
            ASSERT_FALSE(*each);
            EXPECT_EQ(each->error().code, Code::unavailable);
        }
        // Even what would fit is refused until a probe has been written.
        EXPECT_EQ(home.wait(put(*home.store, 2, "")).error().code, Code::unavailable);
    }
    Result<Changes> again = home.wait(put(*home.store, 3, "after"));
    const auto until_us = monotonic_us() + 20'000'000;
    while (!again && monotonic_us() < until_us) again = home.wait(put(*home.store, 3, "after"));
    ASSERT_TRUE(again);
    for (const auto& [number, there] :
         {std::pair{1, 1}, std::pair{2, 0}, std::pair{3, 1}, std::pair{100, 0}, std::pair{119, 0}})
        EXPECT_EQ(must(home.store->read_here([&](Rx& rx) { return rx.maybe(has_sql, number); })),
                  there)
            << number;
}

TEST(Durability, a_full_disk_is_said_in_plain_words_and_harms_nothing) {
    const SmallDisk disk("size=2m,mode=0700");
    if (!disk.mounted) GTEST_SKIP() << "this process may not mount a file system";
    {
        Home home(disk.directory.path);
        int saved = 0;
        Result<Changes> last = Changes{};
        while (last) {
            last = home.wait(put(*home.store, 1 + saved, std::string(50'000, 'x')));
            if (last) ++saved;
        }
        EXPECT_EQ(last.error().code, Code::unavailable);
        EXPECT_TRUE(last.error().message.contains("full")) << last.error().message;
        EXPECT_GT(saved, 5);
        for (int i = 1; i <= saved; ++i)
            EXPECT_EQ(must(home.store->read_here([&](Rx& rx) { return rx.maybe(has_sql, i); })), 1);
        const auto file = home.wait(home.store->write_file(home.minter.mint<ProjectTag>(1),
                                                           home.minter.mint<FileTag>(1),
                                                           std::string(4'000'000, 'x')));
        EXPECT_EQ(file.error().code, Code::unavailable);
        EXPECT_TRUE(file.error().message.contains("full")) << file.error().message;
    }
    ASSERT_TRUE(disk.grow("size=4m"));
    Home again(disk.directory.path);
    EXPECT_EQ(must(again.wait(again.store->read([](Rx& rx) { return rx.maybe(check_sql); }))),
              "ok");
}

TEST(Durability, a_directory_that_cannot_be_written_says_what_to_do) {
    const SmallDisk disk("size=2m,mode=0700", MS_RDONLY);
    if (!disk.mounted) GTEST_SKIP() << "this process may not mount a file system";
    SystemClock clock;
    IdMinter minter(clock);
    for (const auto& path : {disk.directory.path, disk.directory.path / "new"}) {
        const auto refused = Store::open({.directory = path}, clock, minter);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, Code::unavailable);
        EXPECT_TRUE(refused.error().message.contains("--data")) << refused.error().message;
    }
}

} // namespace weft::store
