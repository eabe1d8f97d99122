// `weft serve` killed again and again while it runs flows that act on a service outside, which
// remembers each request: at random moments, and at its writes and syncs.
#include "crash_world.h"
#include "weft_process.h"

namespace weft {

using testing::CrashWorld;
using testing::number_from;
using testing::Reply;

namespace {

constexpr int starts_per_round_max = 6;
constexpr int life_us_max = 80'000; // of a process, after it answers

/// Of random lives; and the writes and syncs of which some are chosen: opening the store, and some
/// steps. Fewer where a sanitizer makes everything slow.
#if __has_feature(address_sanitizer)
constexpr int rounds_default = 5;
constexpr int positions_sampled = 40;
#else
constexpr int rounds_default = 50;
constexpr int positions_sampled = 120;
#endif

class CrashLoop : public CrashWorld {
protected:
    /// One life of the process, with requests of all kinds until it is dead.
    void live_and_die() {
        ASSERT_TRUE(start()) << process_->errors();
        if (flows_.empty()) found_flows();
        const int life_us = dice(life_us_max);
        std::thread killer([this, life_us] {
            usleep(static_cast<useconds_t>(life_us));
            process_->kill(SIGKILL);
        });
        bool alive = true;
        for (int begun = 0; alive;) {
            const bool may_begin = begun < starts_per_round_max;
            if (may_begin && dice(3) > 0) {
                alive = begin();
                ++begun;
            } else {
                alive = disturb() && client_->get("/health").status != 0;
            }
            usleep(static_cast<useconds_t>(dice(3'000)));
        }
        killer.join();
        await_death();
    }

    /// One life that ends with its write or sync of this number. False: it never came to it.
    bool live_until(int write_or_sync) {
        bool alive =
            start({"strace", "-D", "-f", "-qq", "-o", "/dev/null", "-e",
                   fmt::format("inject=pwrite64,fdatasync:signal=KILL:when={}", write_or_sync)});
        const std::size_t first = runs_.size();
        for (int begun = 0; alive && begun < 2; ++begun) alive = begin();
        for (std::size_t i = first; alive && i < runs_.size(); ++i) alive = await_rest(runs_[i]);
        process_->kill(SIGKILL);
        await_death();
        return !alive;
    }
    /// Until it has ended or waits for a person. False: no answer came.
    bool await_rest(const Started& run) {
        for (int waited = 0; waited < wait_ms_max; ++waited) {
            const Reply reply = client_->get("/execute_flow/" + run.id);
            if (reply.status == 0) return false;
            if (reply.at("status") != "running" && reply.at("status") != "ready") return true;
            usleep(1'000);
        }
        return true;
    }
};

} // namespace

TEST_F(CrashLoop, killed_at_random_moments_nothing_is_lost_and_nothing_is_done_twice) {
    const int count = number_from("WEFT_CRASH_ROUNDS", rounds_default);
    for (int round = 0; round < count && !HasFailure(); ++round) live_and_die();
    let_all_end();
    expect_each_once();
    expect_sound_store();
}

TEST_F(CrashLoop, killed_at_its_writes_and_syncs_nothing_is_lost_and_nothing_is_done_twice) {
    if (std::system("strace -qq -o /dev/null true 2>/dev/null") != 0)
        GTEST_SKIP() << "strace is not here, or this process may not trace another";
    ASSERT_TRUE(start()) << process_->errors();
    found_flows();
    process_->kill(SIGKILL);
    await_death();
    // Some of them, or with WEFT_CRASH_ALL each until a life goes by without coming to it.
    const bool all = std::getenv("WEFT_CRASH_ALL") != nullptr;
    int lives = 0;
    for (int at = 1; all || at <= positions_sampled; at += all ? 1 : 1 + dice(16)) {
        if (HasFailure() || !live_until(at)) break;
        ++lives;
    }
    std::printf("%d lives ended at a write or a sync\n", lives);
    EXPECT_GT(lives, 0);
    let_all_end();
    expect_each_once();
    expect_sound_store();
}

} // namespace weft
