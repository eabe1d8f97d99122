#include "base/log.h"
#include "sim/simulation.h"

#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <set>

namespace weft::sim {

namespace {

// A release build looks at 10,000 histories; what is built with sanitizers or without the optimizer
// at fewer, since each takes it twenty times as long.
#if defined(__OPTIMIZE__) && !defined(WEFT_SANITIZED)
constexpr std::uint64_t seeds = 10'000;
#else
constexpr std::uint64_t seeds = 300;
#endif

class Simulated : public testing::Test {
protected:
    Simulated() {
        seed_random_bytes(0);
        set_log_level(LogLevel::off);
        spdlog::set_level(spdlog::level::off);
    }
};

} // namespace

TEST_F(Simulated, every_promise_holds_under_every_seed) {
    const Template on;
    int failed = 0;
    Outcome all;
    for (std::uint64_t seed = 1; seed <= seeds && failed < 10; ++seed) {
        const Outcome one = simulate(seed, on, Loud::no);
        for (const std::string& each : one.failures)
            ADD_FAILURE() << "seed " << seed << ": " << each;
        failed += one.failures.empty() ? 0 : 1;
        all.falls += one.falls;
        all.other_faults += one.other_faults;
        all.effects += one.effects;
        all.taken_over += one.taken_over;
        all.timed_out += one.timed_out;
    }
    EXPECT_EQ(failed, 0) << "each again: ./dev sim --seed N --verbose";
    EXPECT_GT(all.falls, static_cast<int>(seeds / 5)) << "the faults have gone";
    EXPECT_GT(all.other_faults, static_cast<int>(seeds / 10));
    EXPECT_GT(all.effects, static_cast<std::int64_t>(2 * seeds));
    EXPECT_GT(all.taken_over, static_cast<std::int64_t>(seeds / 20));
    EXPECT_GT(all.timed_out, static_cast<std::int64_t>(seeds / 20));
}

TEST_F(Simulated, the_same_seed_is_the_same_history) {
    const Template on;
    std::set<std::uint64_t> sums;
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        const std::uint64_t first = simulate(seed, on, Loud::no).sum;
        EXPECT_EQ(simulate(seed, on, Loud::no).sum, first) << "seed " << seed;
        sums.insert(first);
    }
    EXPECT_GT(sums.size(), 55U);
}

} // namespace weft::sim
