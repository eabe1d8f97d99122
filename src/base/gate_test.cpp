#include "base/gate.h"
#include "base/check.h"

#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <gtest/gtest.h>

#include <thread>

namespace weft {

/// Two io_contexts, each run by one thread.
class GateTest : public testing::Test {
protected:
    GateTest() {
        for (std::size_t i = 0; i < 2; ++i)
            threads_.emplace_back([this, i] { contexts_[i].run(); });
    }
    ~GateTest() override {
        guards_[0].reset();
        guards_[1].reset();
        for (std::thread& thread : threads_) thread.join();
    }
    asio::any_io_executor at(std::size_t i) { return contexts_[i % 2].get_executor(); }

private:
    using Guard = asio::executor_work_guard<asio::io_context::executor_type>;
    asio::io_context contexts_[2];
    Guard guards_[2]{asio::make_work_guard(contexts_[0]), asio::make_work_guard(contexts_[1])};
    std::vector<std::thread> threads_;
};

Task<> wait_forever(std::atomic<int>& started, std::atomic<int>& ended) {
    struct AtEnd {
        std::atomic<int>& count;
        ~AtEnd() { ++count; }
    } at_end{ended};
    ++started;
    asio::steady_timer timer(co_await asio::this_coro::executor,
                             asio::steady_timer::time_point::max());
    co_await timer.async_wait(asio::deferred);
}

Task<> count_up(std::atomic<int>& count) {
    ++count;
    co_return;
}

Task<> break_an_invariant(std::atomic<int>& count) {
    ++count;
    CHECK(1 + 1 == 3);
    co_return;
}

TEST_F(GateTest, close_cancels_and_awaits_every_one) {
    std::atomic<int> started = 0;
    std::atomic<int> ended = 0;
    Gate gate;
    for (std::size_t i = 0; i < 100; ++i)
        EXPECT_TRUE(gate.spawn(at(i), wait_forever(started, ended)));
    while (started < 100) std::this_thread::yield();
    EXPECT_EQ(gate.size(), 100U);
    EXPECT_FALSE(gate.wait_for(milliseconds(1)));
    gate.close();
    EXPECT_EQ(ended, 100);
    EXPECT_EQ(gate.size(), 0U);
    EXPECT_FALSE(gate.spawn(at(0), wait_forever(started, ended)));
    EXPECT_EQ(started, 100);
}

TEST_F(GateTest, one_member_can_be_cancelled_alone) {
    std::atomic<int> started = 0;
    std::atomic<int> ended = 0;
    Gate gate;
    const Background first = gate.spawn(at(0), wait_forever(started, ended));
    const Background second = gate.spawn(at(1), wait_forever(started, ended));
    first.cancel();
    while (gate.size() > 1) std::this_thread::yield();
    first.cancel(); // it has ended: nothing happens
    EXPECT_FALSE(gate.wait_for(milliseconds(1)));
    second.cancel();
    EXPECT_TRUE(gate.wait_for(milliseconds(60'000)));
    EXPECT_EQ(started, ended);
}

TEST_F(GateTest, an_exception_ends_only_its_own_coroutine) {
    std::atomic<int> count = 0;
    Gate gate;
    testing::internal::CaptureStderr();
    gate.spawn(at(0), break_an_invariant(count));
    gate.spawn(at(0), count_up(count));
    EXPECT_TRUE(gate.wait_for(milliseconds(60'000)));
    EXPECT_EQ(count, 2);
    const std::string log = testing::internal::GetCapturedStderr();
    EXPECT_NE(log.find("1 + 1 == 3"), std::string::npos) << log;
}

TEST_F(GateTest, spawning_and_closing_from_many_threads_loses_nobody) {
    for (int round = 0; round < 50; ++round) {
        std::atomic<int> started = 0;
        std::atomic<int> ended = 0;
        Gate gate;
        std::vector<std::thread> spawners;
        for (std::size_t t = 0; t < 2; ++t)
            spawners.emplace_back([&, t] {
                for (std::size_t i = 0; i < 50; ++i)
                    gate.spawn(at(t + i), wait_forever(started, ended));
            });
        gate.close();
        for (std::thread& spawner : spawners) spawner.join();
        EXPECT_EQ(gate.size(), 0U);
        EXPECT_EQ(started, ended);
    }
}

TEST(Gate, a_destroyed_context_empties_it) {
    std::atomic<int> started = 0;
    std::atomic<int> ended = 0;
    Gate gate;
    {
        asio::io_context context;
        gate.spawn(context.get_executor(), wait_forever(started, ended));
        context.run_one();
        context.poll();
        gate.spawn(context.get_executor(), wait_forever(started, ended)); // never started
        EXPECT_EQ(gate.size(), 2U);
    }
    EXPECT_EQ(gate.size(), 0U);
    EXPECT_EQ(started, 1);
    EXPECT_EQ(ended, 1);
}

TEST(Gate, abandoned_it_waits_for_nobody) {
    std::atomic<int> started = 0;
    std::atomic<int> ended = 0;
    asio::io_context context;
    {
        Gate gate;
        gate.spawn(context.get_executor(), wait_forever(started, ended));
        context.poll();
        gate.abandon();
        EXPECT_FALSE(gate.spawn(context.get_executor(), wait_forever(started, ended)));
    }
    EXPECT_EQ(started, 1);
    EXPECT_EQ(ended, 0);
}

} // namespace weft
