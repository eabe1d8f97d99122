// A node's lease: who holds one, and that the engine is told in time when it ends.
#include "store/postgres_node.h"

#include "store/test_proxied.h"

namespace weft::store {

namespace {

constexpr const char* now_sql = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint";

struct Beating : Proxied {
    Reach reach;
    PostgresNode node{reach, 7, "instance"};
    std::atomic<int> beats{0};
    std::atomic<int> ends{0};
    std::atomic<bool> lost{false};
    std::string lease_when_told;

    explicit Beating(const std::string& settings = {}) : reach(url + settings) {
        node.watch({.beat =
                        [this](const NodeWatch::Seen& seen) {
                            lost = seen.lost;
                            ++beats;
                        },
                    .lease_ended =
                        [this] {
                            lease_when_told = lease();
                            ++ends;
                        }});
        must(node.start());
    }
    std::string lease() const {
        return ask(fmt::format("SELECT lease_until > {} FROM node WHERE id = 7", now_sql));
    }
    /// In half a minute at most.
    static bool comes(const std::function<bool()>& holds) {
        const std::int64_t until_us = monotonic_us() + 30'000'000;
        while (!holds() && monotonic_us() < until_us) std::this_thread::yield();
        return holds();
    }
    void await_beats(int more) const {
        const int wanted = beats + more;
        ASSERT_TRUE(comes([&] { return beats >= wanted; }));
    }
    void await_end(int count) const {
        ASSERT_TRUE(comes([&] { return ends >= count; }));
    }
};

} // namespace

TEST(PostgresNode, renews_its_lease_and_ends_it_when_it_stops) {
    Beating world;
    const std::string before = world.ask("SELECT lease_until FROM node");
    world.await_beats(1);
    EXPECT_LT(before, world.ask("SELECT lease_until FROM node"));
    EXPECT_EQ(world.lease(), "t");
    EXPECT_TRUE(world.node.holds_lease());
    EXPECT_EQ(world.ends, 0);
    world.node.stop();
    EXPECT_NE(world.lease(), "t");
}

TEST(PostgresNode, tells_before_its_lease_ends_although_nothing_answers) {
    Beating world;
    world.await_beats(1);
    world.proxy.black_hole();
    world.await_end(1);
    EXPECT_FALSE(world.node.holds_lease());
    EXPECT_EQ(world.lease_when_told, "t") << "told when others may have taken over already";
    world.proxy.pass();
    world.await_beats(2);
    EXPECT_TRUE(world.node.holds_lease());
    EXPECT_FALSE(world.reach.away());
    EXPECT_EQ(world.lease(), "t");
    EXPECT_EQ(world.ends, 1);
}

TEST(PostgresNode, tells_before_its_lease_ends_although_it_may_not_connect) {
    Beating world;
    world.await_beats(1);
    world.proxy.refuse();
    world.proxy.cut();
    world.await_end(1);
    EXPECT_EQ(world.lease_when_told, "t");
    EXPECT_TRUE(world.reach.away());
    world.proxy.pass();
    world.await_beats(2);
    EXPECT_TRUE(world.node.holds_lease());
}

TEST(PostgresNode, tells_before_its_lease_ends_although_it_is_waiting_for_a_connection) {
    Beating world("?connect_timeout=30");
    world.await_beats(1);
    world.proxy.black_hole();
    world.await_end(1);
    EXPECT_EQ(world.lease_when_told, "t") << "told when others may have taken over already";
    world.proxy.cut(FaultProxy::Which::all);
    world.proxy.pass();
    world.await_beats(2);
    EXPECT_TRUE(world.node.holds_lease());
    EXPECT_EQ(world.ends, 1);
}

TEST(PostgresNode, enters_again_when_it_was_forgotten_and_forgets_others) {
    Beating world;
    world.ask("DELETE FROM node");
    world.await_beats(2);
    EXPECT_EQ(world.lease(), "t");
    world.ask("INSERT INTO node (id, instance, started_at, lease_until) VALUES (3, 'gone', 0, 0)");
    while (!world.lost) std::this_thread::yield();
    while (world.ask("SELECT count(*) FROM node") != "1") {}
}

} // namespace weft::store
