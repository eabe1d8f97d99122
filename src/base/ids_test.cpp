#include "base/ids.h"

#include <gtest/gtest.h>

#include <unordered_set>

namespace weft {

using ThingId = Id<struct Thing>;

TEST(Ids, minted_ids_are_unique_and_carry_second_and_ordinal) {
    FakeClock clock;
    IdMinter minter(clock);
    std::unordered_set<ThingId> seen;
    for (int i = 0; i < 10'000; ++i) EXPECT_TRUE(seen.insert(minter.mint<Thing>(0xABCDEF)).second);

    const ThingId id = minter.mint<Thing>(0xABCDEF);
    EXPECT_EQ(id.ordinal(), 0xABCDEFU);
    EXPECT_EQ(id.hex().size(), 24U);
    EXPECT_EQ(id.hex().substr(0, 8), "6553f100"); // 1,700,000,000 s
}

TEST(Ids, stay_unique_and_of_their_project_when_the_clock_jumps) {
    FakeClock clock;
    IdMinter minter(clock);
    std::unordered_set<ThingId> seen;
    const seconds hour(3'600);
    for (const microseconds jump :
         {microseconds(0), microseconds(-hour), microseconds(hour), microseconds(24 * 365 * hour),
          microseconds(-24 * 365 * hour)}) {
        clock.advance(jump);
        for (int i = 0; i < 2'000; ++i) {
            const ThingId id = minter.mint<Thing>(7);
            EXPECT_TRUE(seen.insert(id).second) << id.hex();
            EXPECT_EQ(id.ordinal(), 7U);
        }
    }
}

TEST(Ids, hex_round_trip_and_refusals) {
    const auto id = ThingId::parse("0123456789abcdefABCDEF01");
    ASSERT_TRUE(id);
    EXPECT_EQ(id->hex(), "0123456789abcdefabcdef01");
    for (const char* bad : {"", "0123", "0123456789abcdefabcdef0g", "0123456789abcdefabcdef0123"})
        EXPECT_FALSE(ThingId::parse(bad)) << bad;
}

TEST(Ids, uuid_is_v4_and_routes) {
    FakeClock clock;
    IdMinter minter(clock);
    const Uuid uuid = minter.mint_uuid(77);
    EXPECT_EQ(uuid.ordinal(), 77U);
    EXPECT_EQ(uuid.text()[14], '4');
    EXPECT_EQ(Uuid::parse(uuid.text()), uuid);
    EXPECT_FALSE(Uuid::parse("0123456789abcdefabcdef0123456789abcd"));
}

} // namespace weft
