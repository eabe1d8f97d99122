#include "store/crash_disk_testing.h"

#include "base/log.h"
#include "store/test_rows.h"
#include "store/test_world.h"

#include <gtest/gtest.h>

namespace weft::store {

namespace {

using Kind = DiskChange::Kind;

/// The store reports each refusal; here there are hundreds.
class CrashDiskTest : public testing::Test {
protected:
    CrashDiskTest() { set_log_level(LogLevel::off); }
    ~CrashDiskTest() override { set_log_level(LogLevel::info); }

    const TemporaryDirectory directory_;
};

Options options_on(const TemporaryDirectory& directory, const CrashDisk& disk) {
    return {.directory = directory.path, .readers = 1, .point_connections = 1, .vfs = disk.vfs()};
}

/// A store whose database lies on a disk of the test.
struct DiskHome {
    explicit DiskHome(const TemporaryDirectory& directory, const CrashDisk& disk)
        : home(options_on(directory, disk)) {}

    Result<Changes> put(std::int64_t number, std::string text = std::string(900, 'x')) {
        return home.wait(store::put(*home.store, number, std::move(text)));
    }
    std::int64_t rows() { return store::rows(home); }

    Home home;
};

} // namespace

TEST(CrashMedium, keeps_what_was_synced_and_any_part_of_the_rest) {
    const std::string old(2'048, 'o');
    const std::string fresh(2'048, 'n');
    CrashMedium medium(DiskImage{{"a", old}});
    medium.apply({Kind::write, "a", 0, fresh});
    medium.apply({Kind::truncate, "a", 1'024, {}});
    EXPECT_EQ(*medium.find("a"), fresh.substr(0, 1'024));
    EXPECT_EQ(medium.after_cut(0).at("a"), old);
    EXPECT_EQ(medium.after_cut(1).at("a"), fresh.substr(0, 1'024));
    std::set<std::string> outcomes;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        const std::string left = medium.after_cut(seed).at("a");
        EXPECT_EQ(left, medium.after_cut(seed).at("a")) << "a seed means one outcome";
        outcomes.insert(left);
    }
    EXPECT_GT(outcomes.size(), 20U);
    medium.apply({Kind::sync, "a", 0, {}});
    for (std::uint64_t seed = 0; seed < 12; ++seed)
        EXPECT_EQ(medium.after_cut(seed).at("a"), fresh.substr(0, 1'024));
}

TEST(CrashMedium, a_failed_sync_gives_up_what_it_should_have_written) {
    CrashMedium medium(DiskImage{{"a", "old"}});
    medium.apply({Kind::write, "a", 0, "new"});
    medium.fail_sync("a");
    EXPECT_EQ(*medium.find("a"), "new");
    medium.apply({Kind::write, "a", 3, "!"});
    medium.apply({Kind::sync, "a", 0, {}});
    EXPECT_EQ(medium.after_cut(1).at("a"), "old!");
}

TEST(CrashMedium, names_are_sure_with_the_next_sync) {
    CrashMedium medium(DiskImage{{"a", "1"}});
    medium.apply({Kind::create, "b", 0, {}});
    medium.apply({Kind::remove, "a", 0, {}});
    EXPECT_FALSE(medium.exists("a"));
    EXPECT_EQ(medium.after_cut(0), (DiskImage{{"a", "1"}}));
    EXPECT_EQ(medium.after_cut(1), (DiskImage{{"b", ""}}));
    medium.apply({Kind::sync, "b", 0, {}});
    EXPECT_EQ(medium.after_cut(0), (DiskImage{{"b", ""}}));
}

TEST_F(CrashDiskTest, a_store_lives_on_it_and_survives_power_cuts) {
    CrashDisk disk;
    std::int64_t acknowledged = 0;
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
        {
            DiskHome home(directory_, disk);
            ASSERT_GE(home.rows(), acknowledged) << "seed " << seed;
            acknowledged = home.rows();
            disk.cut_at(disk.operations() + 5 + static_cast<std::int64_t>(seed * 7 % 40));
            const std::int64_t before = acknowledged;
            while (home.put(1'000 * static_cast<std::int64_t>(seed) + acknowledged))
                ASSERT_LT(++acknowledged, before + 100) << "acknowledged without power";
        }
        disk.start(seed);
        ASSERT_EQ(integrity_of(disk.image(), (directory_.path / "weft.db").string()), "ok") << seed;
    }
    EXPECT_GT(acknowledged, 100);
}

TEST_F(CrashDiskTest, without_power_nothing_is_acknowledged) {
    CrashDisk disk;
    {
        DiskHome home(directory_, disk);
        EXPECT_TRUE(home.put(1));
        disk.cut();
        EXPECT_EQ(home.put(2).error().code, Code::unavailable);
    }
    disk.start(0);
    DiskHome home(directory_, disk);
    EXPECT_EQ(home.rows(), 1);
}

TEST_F(CrashDiskTest, a_recorded_history_can_be_cut_anywhere) {
    const std::string database = (directory_.path / "weft.db").string();
    CrashDisk disk;
    disk.record();
    std::vector<std::int64_t> acknowledged_at;
    {
        DiskHome home(directory_, disk);
        for (int i = 0; i < 10; ++i) {
            must(home.put(i));
            acknowledged_at.push_back(disk.operations());
        }
    }
    DiskReplay replay(disk.recorded());
    ASSERT_EQ(replay.size(), disk.operations());
    for (std::int64_t at = 0; at <= replay.size(); at += crash_stride)
        for (std::uint64_t seed = 0; seed < 6; ++seed) {
            const DiskImage image = replay.image_after_cut(at, seed);
            if (image.contains(database))
                ASSERT_EQ(integrity_of(image, database), "ok") << at << " " << seed;
            const auto known = std::ranges::count_if(acknowledged_at,
                                                     [&](std::int64_t each) { return each <= at; });
            if (known == 0 || seed % 3 != 0) continue;
            CrashDisk after(image);
            DiskHome home(directory_, after);
            ASSERT_GE(home.rows(), known) << "operation " << at << ", seed " << seed;
            ASSERT_LE(home.rows(), known + 1) << "operation " << at << ", seed " << seed;
        }
}

TEST_F(CrashDiskTest, refuses_as_it_is_told) {
    CrashDisk disk;
    DiskHome home(directory_, disk);
    must(home.put(1));
    disk.fail({DiskFault::Error::full, disk.operations() + 1, DiskFault::Lasts::from_then_on});
    const auto refused = home.put(2);
    ASSERT_FALSE(refused);
    EXPECT_TRUE(refused.error().message.contains("full")) << refused.error().message;
    EXPECT_TRUE(disk.failed());
    disk.mend();
    const auto until_us = monotonic_us() + 20'000'000;
    Result<Changes> again = home.put(3);
    while (!again && monotonic_us() < until_us) again = home.put(3);
    EXPECT_TRUE(again);
    EXPECT_EQ(home.rows(), 2);
}

/// Opens a store on the image with each operation refused in turn, by the four kinds of fault in
/// turn; says how many there were.
std::int64_t open_with_each_refused(const TemporaryDirectory& directory, const DiskImage& image,
                                    std::int64_t rows) {
    for (std::int64_t at = 1;; at += crash_stride) {
        CrashDisk disk(image);
        disk.fail({.error = at % 2 == 0 ? DiskFault::Error::io : DiskFault::Error::full,
                   .at = at,
                   .lasts = at % 4 < 2 ? DiskFault::Lasts::once : DiskFault::Lasts::from_then_on});
        {
            SystemClock clock;
            IdMinter minter{clock};
            const auto opened = Store::open(options_on(directory, disk), clock, minter);
            if (!opened) EXPECT_EQ(opened.error().code, Code::unavailable) << at;
        }
        if (!disk.failed()) return at - 1;
        disk.mend();
        DiskHome home(directory, disk);
        EXPECT_EQ(home.rows(), rows) << at;
        EXPECT_TRUE(home.put(rows)) << at;
    }
}

TEST_F(CrashDiskTest, a_refusal_while_opening_is_told_and_loses_nothing) {
    CrashDisk disk;
    {
        DiskHome home(directory_, disk);
        for (int i = 0; i < 3; ++i) must(home.put(i));
        disk.cut();
    }
    disk.start(1);
    EXPECT_GT(open_with_each_refused(directory_, {}, 0), 100) << "new";
    EXPECT_GT(open_with_each_refused(directory_, disk.image(), 3), 5) << "with a log to move";
}

} // namespace weft::store
