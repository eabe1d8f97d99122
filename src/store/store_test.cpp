#include "store/store.h"

#include "store/database_testing.h"
#include "store/test_rows.h"
#include "store/vault.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <gmock/gmock.h>
#include <sqlite3.h>

#include <thread>

#include <sys/stat.h>

namespace weft::store {

namespace {

constexpr SystemQuery<std::string, std::int64_t> get_sql{"test.get", R"sql(
    SELECT value FROM store_info WHERE name = 'row ' || CAST($1 AS TEXT))sql"};
constexpr SystemQuery<std::int64_t> endless_sql{"test.endless", R"sql(
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n)sql"};
constexpr SystemQuery<std::int64_t> synchronous_sql{"test.synchronous", "PRAGMA synchronous"};
constexpr SystemQuery<std::int64_t> auto_vacuum_sql{"test.auto_vacuum", "PRAGMA auto_vacuum"};
constexpr SystemQuery<std::int64_t> mmap_sql{"test.mmap", "PRAGMA mmap_size"};
constexpr SystemQuery<std::string> journal_mode_sql{"test.journal_mode", "PRAGMA journal_mode"};

} // namespace

TEST(Store, runs_the_library_that_was_compiled_in) {
    EXPECT_GE(sqlite3_libversion_number(), 3'051'003);
    EXPECT_EQ(sqlite3_libversion_number(), SQLITE_VERSION_NUMBER);
    EXPECT_STREQ(sqlite3_sourceid(), SQLITE_SOURCE_ID);
    EXPECT_EQ(sqlite3_threadsafe(), 2);
}

TEST(Store, makes_its_directory_for_its_owner_alone) {
    const TemporaryDirectory temporary;
    const auto path = temporary.path / "deep" / "data";
    {
        Home home(path);
        std::vector<std::string> names{"", "master.key", "lock"};
        if (!on_postgres()) names.insert(names.end(), {"weft.db", "weft.db-wal"});
        for (const std::string& name : names) {
            struct stat about{};
            ASSERT_EQ(stat((path / name).c_str(), &about), 0) << name;
            EXPECT_EQ(about.st_mode & 077, 0U) << name;
        }
    }
}

TEST(Store, commits_are_synced_and_the_file_can_shrink) {
    const TemporaryDirectory temporary;
    Home home(temporary.path);
    const auto settings = [](Rx& rx) -> Result<std::string> {
        return fmt::format("{} {} {} {}", TRY(rx.maybe(synchronous_sql)).value(),
                           TRY(rx.maybe(auto_vacuum_sql)).value(), TRY(rx.maybe(mmap_sql)).value(),
                           TRY(rx.maybe(journal_mode_sql)).value());
    };
    EXPECT_EQ(must(home.wait(home.store->write(settings))), "2 2 0 wal");
    EXPECT_EQ(must(home.store->read_here(settings)).substr(2), "2 0 wal");
}

TEST(Store, what_is_acknowledged_is_seen_by_every_reader_and_after_reopening) {
    const TemporaryDirectory temporary;
    std::int64_t node = 0;
    {
        Home home(temporary.path);
        node = home.store->node();
        EXPECT_GT(node, 0);
        must(home.wait(put(*home.store, 7)));
        EXPECT_EQ(rows(home), 1);
        EXPECT_EQ(must(home.store->read_here([](Rx& rx) { return rx.maybe(get_sql, 7); })), "x");
    }
    Home again(temporary.path);
    EXPECT_EQ(rows(again), 1);
    EXPECT_EQ(again.store->node(), node + 1);
}

TEST(Store, a_second_one_on_the_same_directory_is_refused) {
    const TemporaryDirectory temporary;
    Home home(temporary.path);
    const auto second = Store::open({.directory = temporary.path, .url = store_url(temporary.path)},
                                    home.clock, home.minter);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Code::conflict);
    EXPECT_TRUE(second.error().message.contains("Another process")) << second.error().message;
}

TEST(Store, a_directory_that_cannot_be_made_is_a_plain_sentence) {
    SystemClock clock;
    IdMinter minter(clock);
    const auto refused = Store::open({.directory = "/proc/self/nowhere/data"}, clock, minter);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::unavailable);
    EXPECT_TRUE(refused.error().message.contains("--data")) << refused.error().message;
}

TEST(Store, the_master_key_may_be_given_and_must_stay_the_same) {
    const TemporaryDirectory temporary;
    SystemClock clock;
    IdMinter minter(clock);
    const auto open = [&](const std::string& key) {
        return Store::open(
            {.directory = temporary.path, .url = store_url(temporary.path), .master_key = key},
            clock, minter);
    };
    must(open(std::string(64, 'a')));
    EXPECT_FALSE(std::filesystem::exists(temporary.path / "master.key"));
    EXPECT_EQ(open(std::string(64, 'b')).error().code, Code::invalid);
    EXPECT_EQ(open("").error().code, Code::invalid);
    EXPECT_TRUE(open(std::string(64, 'A')));
}

TEST(Store, a_read_that_takes_too_long_is_given_up) {
    const TemporaryDirectory temporary;
    Home home(Options{.directory = temporary.path,
                      .url = store_url(temporary.path),
                      .readers = 1,
                      .read_ms_max = milliseconds(30)});
    const auto endless = [](Rx& rx) { return rx.maybe(endless_sql); };
    std::optional<Result<std::optional<std::int64_t>>> first;
    std::optional<Result<std::optional<std::int64_t>>> second;
    home.begin(home.store->read(endless), first);
    home.begin(home.store->read(endless),
               second); // its time passes while it waits for the one reader
    home.run();
    EXPECT_EQ(first->error().code, Code::timed_out);
    EXPECT_EQ(second->error().code, Code::timed_out);
    EXPECT_EQ(home.wait(home.store->read_point(endless)).error().code, Code::timed_out);
    EXPECT_EQ(rows(home), 0); // the reader is well
}

TEST(Store, a_broken_invariant_fails_one_read) {
    const TemporaryDirectory temporary;
    Home home(temporary.path);
    const auto broken = [](Rx&) -> Result<int> {
        CHECK(false);
        return 1;
    };
    EXPECT_EQ(home.wait(home.store->read(broken)).error().code, Code::internal);
    if (on_postgres()) { // by a thread of the store
        EXPECT_EQ(home.wait(home.store->read_point(broken)).error().code, Code::internal);
        EXPECT_EQ(home.store->read_here(broken).error().code, Code::internal);
    } else {
        EXPECT_THROW((void)home.wait(home.store->read_point(broken)), InvariantBroken);
        EXPECT_THROW((void)home.store->read_here(broken), InvariantBroken);
    }
    EXPECT_EQ(must(home.wait(home.store->read_point([](Rx& rx) { return rx.maybe(count_sql); }))),
              0);
}

TEST(Store, a_short_read_is_done_where_it_is_asked_for) {
    const TemporaryDirectory temporary;
    Home home(Options{.directory = temporary.path, .hands = Hands::caller});
    std::optional<Result<std::thread::id>> asked;
    home.begin(home.store->read_point(
                   [](Rx&) -> Result<std::thread::id> { return std::this_thread::get_id(); }),
               asked);
    home.poll();
    ASSERT_TRUE(asked) << "nobody works for it";
    EXPECT_EQ(must(*asked), std::this_thread::get_id());
    home.store->drain();
    EXPECT_EQ(must(home.store->read_here([](Rx& rx) { return rx.maybe(count_sql); })), 0);
}

TEST(Store, keeps_files_beside_the_database) {
    const TemporaryDirectory temporary;
    Home home(temporary.path);
    const auto project = home.minter.mint<ProjectTag>(1);
    const auto other = home.minter.mint<ProjectTag>(2);
    const auto file = home.minter.mint<FileTag>(1);
    std::string bytes(3'000'000, '\0');
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 31);
    EXPECT_EQ(home.wait(home.store->read_file(project, file)).error().code, Code::not_found);
    must(home.wait(home.store->write_file(project, file, bytes)));
    EXPECT_EQ(must(home.wait(home.store->read_file(project, file))), bytes);
    EXPECT_EQ(home.wait(home.store->read_file(other, file)).error().code, Code::not_found);
    must(home.wait(home.store->write_file(project, file, "")));
    EXPECT_EQ(must(home.wait(home.store->read_file(project, file))), "");
    must(home.wait(home.store->remove_file(project, file)));
    must(home.wait(home.store->remove_file(project, file)));
    EXPECT_EQ(home.wait(home.store->read_file(project, file)).error().code, Code::not_found);
}

TEST(Store, a_link_out_of_the_directory_is_not_followed) {
    const TemporaryDirectory temporary;
    const TemporaryDirectory outside;
    Home home(temporary.path);
    std::filesystem::create_directory_symlink(outside.path, temporary.path / "files");
    const auto project = home.minter.mint<ProjectTag>(1);
    const auto file = home.minter.mint<FileTag>(1);
    EXPECT_EQ(home.wait(home.store->write_file(project, file, "secret")).error().code,
              Code::unavailable);
    for (const auto& found : std::filesystem::recursive_directory_iterator(outside.path))
        EXPECT_FALSE(found.is_regular_file()) << found.path();
}

TEST(Store, many_threads_at_once) {
    const TemporaryDirectory temporary;
    SystemClock clock;
    IdMinter minter(clock);
    auto store = must(Store::open({.directory = temporary.path, .url = store_url(temporary.path)},
                                  clock, minter));
    constexpr int threads = 4;
    constexpr int each = 50;
    std::atomic<int> good = 0;
    std::vector<std::thread> running;
    for (int t = 0; t < threads; ++t)
        running.emplace_back([&, t] {
            asio::io_context io{1};
            for (int i = 0; i < each; ++i)
                asio::co_spawn(
                    io, put(*store, t * each + i),
                    [&, number = t * each + i](const std::exception_ptr&, Result<Changes> done) {
                        const auto seen =
                            store->read_here([&](Rx& rx) { return rx.maybe(get_sql, number); });
                        if (done && seen && *seen) ++good;
                        asio::co_spawn(io, store->read([](Rx& rx) { return rx.maybe(count_sql); }),
                                       asio::detached);
                    });
            io.run();
        });
    for (std::thread& thread : running) thread.join();
    EXPECT_EQ(good, threads * each);
    EXPECT_GT(store->stats().commits, 0);
    store->drain();
}

TEST(Store, the_caller_does_the_work) {
    const TemporaryDirectory temporary;
    Home home(Options{.directory = temporary.path, .hands = Hands::caller});
    std::optional<Result<Changes>> first;
    std::optional<Result<Changes>> second;
    home.begin(put(*home.store, 1), first);
    home.begin(put(*home.store, 2), second);
    home.poll();
    EXPECT_TRUE(home.store->has_writes());
    EXPECT_TRUE(home.store->work_writes());
    EXPECT_FALSE(first) << "it resumes on its own executor";
    home.poll();
    EXPECT_TRUE(first && *first && second && *second);
    EXPECT_EQ(home.store->stats().commits, 1);
    EXPECT_FALSE(home.store->work_writes());

    std::optional<Result<std::optional<std::int64_t>>> count;
    home.begin(home.store->read([](Rx& rx) { return rx.maybe(count_sql); }), count);
    home.poll();
    EXPECT_TRUE(home.store->has_reads());
    EXPECT_TRUE(home.store->work_reads());
    home.poll();
    EXPECT_EQ(must(*count), 2);
}

TEST(Store, what_is_abandoned_neither_happens_nor_resumes) {
    const TemporaryDirectory temporary;
    Home home(Options{.directory = temporary.path, .hands = Hands::caller});
    std::optional<Result<Changes>> never;
    home.begin(put(*home.store, 1), never);
    home.poll();
    home.store->abandon();
    EXPECT_FALSE(home.store->has_writes());
    home.poll();
    EXPECT_FALSE(never);
}

} // namespace weft::store
