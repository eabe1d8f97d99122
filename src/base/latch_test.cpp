#include "base/latch.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <atomic>
#include <future>
#include <thread>

#include <gtest/gtest.h>

namespace weft {

namespace {

constexpr milliseconds long_wait{60'000};

/// Two io_contexts, each run by one thread.
class Latches : public ::testing::Test {
protected:
    Latches() {
        for (int i = 0; i < 2; ++i) threads_.emplace_back([this, i] { contexts_[i].run(); });
    }
    ~Latches() override {
        guards_[0].reset();
        guards_[1].reset();
        for (std::thread& each : threads_) each.join();
    }
    std::future<bool> wait(Latch& latch, int on, milliseconds at_most = long_wait) {
        return asio::co_spawn(contexts_[on], latch.wait(at_most), asio::use_future);
    }
    /// What has been posted to a context by now has run.
    void settle(int on) {
        std::promise<void> ran;
        asio::post(contexts_[on], [&ran] { ran.set_value(); });
        ran.get_future().wait();
    }

    using Guard = asio::executor_work_guard<asio::io_context::executor_type>;
    asio::io_context contexts_[2];
    Guard guards_[2]{Guard(contexts_[0].get_executor()), Guard(contexts_[1].get_executor())};
    std::vector<std::thread> threads_;
};

} // namespace

TEST_F(Latches, lets_everybody_through_who_waits_or_comes_later) {
    Latch latch;
    auto first = wait(latch, 0);
    auto second = wait(latch, 1);
    settle(0);
    settle(1);
    EXPECT_FALSE(latch.is_open());
    EXPECT_EQ(first.wait_for(seconds(0)), std::future_status::timeout);
    latch.open();
    EXPECT_TRUE(first.get());
    EXPECT_TRUE(second.get());
    EXPECT_TRUE(wait(latch, 0, milliseconds(0)).get());
}

TEST_F(Latches, says_that_the_time_has_passed) {
    Latch latch;
    EXPECT_FALSE(wait(latch, 0, milliseconds(1)).get());
    latch.open(); // nobody is left to be woken
    EXPECT_TRUE(wait(latch, 1, milliseconds(1)).get());
}

TEST_F(Latches, opened_from_another_thread_while_coroutines_come_nobody_is_forgotten) {
    for (int round = 0; round < 200; ++round) {
        Latch latch;
        std::vector<std::future<bool>> waiting;
        std::thread opener([&latch] { latch.open(); });
        for (int i = 0; i < 8; ++i) waiting.push_back(wait(latch, i % 2));
        for (auto& each : waiting) EXPECT_TRUE(each.get());
        opener.join();
        settle(0);
        settle(1);
    }
}

} // namespace weft
