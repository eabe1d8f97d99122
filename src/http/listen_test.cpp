#include "http/server.h"

#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include <thread>

namespace weft::http {

TEST(IoThreads, each_context_has_its_own_thread) {
    IoThreads io(3);
    std::atomic<int> right = 0;
    EXPECT_EQ(IoThreads::current(), -1);
    EXPECT_FALSE(io.running());
    io.run();
    EXPECT_TRUE(io.running());
    for (int i = 0; i < io.count(); ++i)
        asio::post(io.at(i), [&right, i] { right += IoThreads::current() == i; });
    while (right < 3) std::this_thread::yield();
    asio::io_context& first = io.next();
    EXPECT_NE(&first, &io.next());
    EXPECT_NE(&first, &io.next());
    EXPECT_EQ(&first, &io.next());
    io.stop();
    io.stop();
    EXPECT_FALSE(io.running());
}

TEST(IoThreads, a_handler_that_throws_costs_only_itself) {
    IoThreads io(1);
    std::atomic<bool> after = false;
    testing::internal::CaptureStderr();
    io.run();
    asio::post(io.at(0), [] { throw std::runtime_error("on purpose"); });
    asio::post(io.at(0), [&] { after = true; });
    while (!after) std::this_thread::yield();
    io.stop();
    EXPECT_NE(testing::internal::GetCapturedStderr().find("on purpose"), std::string::npos);
}

TEST(Server, addresses) {
    IoThreads io(1);
    Server server(io, Handler());
    for (const char* bad :
         {"", "127.0.0.1", "localhost:1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536",
          "127.0.0.1:-1", "::1:80", "[127.0.0.1]:80", "[::1]", ":80", "127.0.0.1:80 "}) {
        const auto bound = server.listen(bad);
        ASSERT_FALSE(bound) << bad;
        EXPECT_EQ(bound.error().code, Code::invalid) << bad;
    }
    const auto bound = server.listen("127.0.0.1:0");
    ASSERT_TRUE(bound) << bound.error().message;
    EXPECT_EQ(bound->find("127.0.0.1:"), 0U);
    const auto twice = server.listen(*bound);
    ASSERT_FALSE(twice);
    EXPECT_EQ(twice.error().code, Code::conflict);
} // and it goes without its threads ever having run

TEST(Server, serves_ipv6_where_there_is_one) {
    IoThreads io(1);
    Server server(io, Handler());
    const auto bound = server.listen("[::1]:0");
    if (!bound) GTEST_SKIP() << bound.error().message;
    EXPECT_EQ(bound->find("[::1]:"), 0U);
}

} // namespace weft::http
