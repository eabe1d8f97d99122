// Writes as the API makes them, on a disk in memory that loses power at each write and sync: each
// is whole or absent, and one that is repeated because nobody had acknowledged it happens once.
#include "base/log.h"
#include "store/crash_disk_testing.h"
#include "store/organizations.h"
#include "store/projects.h"
#include "store/records.h"
#include "store/replays.h"
#include "store/tables.h"
#include "store/test_home.h"
#include "store/test_world.h"

#include <gtest/gtest.h>

namespace weft::store {

namespace {

class WholeWrites : public testing::Test {
protected:
    WholeWrites() {
        set_log_level(LogLevel::off);
        disk_.record();
    }
    ~WholeWrites() override { set_log_level(LogLevel::info); }

    /// All that the database held after so many operations of the disk.
    struct Moment {
        std::int64_t at = 0;
        std::string content;
    };

    Options options(const CrashDisk& disk) const {
        return {
            .directory = directory_.path, .readers = 1, .point_connections = 1, .vfs = disk.vfs()};
    }
    template <class F> auto write(Home& home, F fn) {
        auto result = must(home.wait(home.store->write(std::move(fn))));
        moments_.push_back({disk_.operations(), content_of(disk_.image(), database())});
        return result;
    }
    std::string database() const { return (directory_.path / "weft.db").string(); }

    void found(Home& home) {
        scope_.organization =
            write(home, [](Tx& tx) { return organizations::create(tx, "Org"); }).id;
        scope_.project =
            write(home, [&](Tx& tx) { return projects::create(tx, scope_, {.name = "P"}); }).id;
        const json::value text = parse_json(R"({"table_name":"T","columns":[
            {"column_name":"n","column_type":"Number"}]})")
                                     .value();
        table_ = write(home, [&](Tx& tx) {
                     return tables::create(tx, scope_, table_from_json(text, "").value());
                 }).id;
    }
    /// Three records in one write, with the answer that a retry of it would get.
    Result<std::vector<Record>> insert(Tx& tx, Vault& vault, std::int64_t first,
                                       const std::string& effect_key = {}) const {
        std::vector<json::value> given;
        for (std::int64_t n = first; n < first + 3; ++n) given.push_back({{"n", n}});
        auto made = TRY(records::insert(tx, scope_, table_, given, "", effect_key));
        const std::string name = fmt::format("request {}", first);
        TRY(replays::keep(tx, vault, scope_.organization, Blob{{name.begin(), name.end()}},
                          {tx.now(), {}, std::string(2'000, 'a')},
                          tx.now() + microseconds(1'000'000'000)));
        return made;
    }
    void play() {
        Home home(options(disk_));
        found(home);
        Vault& vault = home.store->vault();
        std::vector<Record> made = write(home, [&](Tx& tx) { return insert(tx, vault, 10); });
        const json::value change{{"n", 99}};
        write(home, [&](Tx& tx) {
            return records::change_many(tx, scope_, table_, {made[0].id, made[1].id}, "", change,
                                        "");
        });
        write(home, [&](Tx& tx) { return insert(tx, vault, 20); });
        write(home, [&](Tx& tx) {
            return records::remove(tx, scope_, table_, {made[0].id, made[2].id});
        });
        write(home, [&](Tx& tx) { return insert(tx, vault, 30, "effect 30"); });
    }

    const TemporaryDirectory directory_;
    CrashDisk disk_;
    Scope scope_;
    TableId table_;
    std::vector<Moment> moments_;
};

} // namespace

TEST_F(WholeWrites, each_is_there_or_not_at_all_wherever_the_power_goes) {
    play();
    DiskReplay replay(disk_.recorded());
    for (std::size_t i = 1; i < moments_.size(); ++i)
        ASSERT_NE(moments_[i - 1].content, moments_[i].content);
    std::size_t known = 0;
    int cuts = 0;
    for (std::int64_t at = moments_[0].at; at <= replay.size(); at += crash_stride)
        for (std::uint64_t seed = 0; seed < crash_losses; ++seed) {
            while (known + 1 < moments_.size() && moments_[known + 1].at <= at) ++known;
            const DiskImage image =
                replay.image_after_cut(at, static_cast<std::uint64_t>(at) * crash_losses + seed);
            ASSERT_EQ(integrity_of(image, database()), "ok") << at << " " << seed;
            const std::string content = content_of(image, database());
            const std::size_t next = std::min(known + 1, moments_.size() - 1);
            ASSERT_TRUE(content == moments_[known].content || content == moments_[next].content)
                << "operation " << at << ", loss " << seed << "\n"
                << content;
            ++cuts;
        }
    std::printf("%d power cuts\n", cuts);
}

TEST_F(WholeWrites, one_that_is_repeated_under_its_key_happens_once) {
    play();
    DiskReplay replay(disk_.recorded());
    const std::int64_t last = moments_[moments_.size() - 2].at;
    for (std::int64_t at = last; at <= replay.size(); at += crash_stride)
        for (std::uint64_t seed = 0; seed < crash_losses; seed += 2) {
            CrashDisk after(replay.image_after_cut(at, seed));
            Home home(options(after));
            must(home.wait(home.store->write(
                [&](Tx& tx) { return insert(tx, home.store->vault(), 30, "effect 30"); })));
            ASSERT_EQ(must(home.wait(home.store->read(
                          [&](Rx& rx) { return records::count(rx, scope_, table_, ""); }))),
                      7)
                << "operation " << at << ", loss " << seed;
        }
}

} // namespace weft::store
