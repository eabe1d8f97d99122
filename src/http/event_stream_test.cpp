#include "http/event_stream.h"

#include "http/testing.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <thread>

namespace weft::http {

/// What the streaming coroutines of these tests did.
struct Streams {
    std::atomic<int> started = 0;
    std::atomic<int> sent = 0;
    std::atomic<int> woken = 0;
    std::atomic<int> ended = 0;
    std::atomic<bool> closed_at_end = false;
};

struct AtEnd {
    Streams& streams;
    ~AtEnd() { ++streams.ended; }
};

Task<> three_events(Streams& streams, EventStream& events) {
    AtEnd at_end{streams};
    ++streams.started;
    EXPECT_FALSE(events.closed());
    EXPECT_TRUE(co_await events.send("1", "step", "one\ntwo\r\nthree\r\rfive\n"));
    EXPECT_TRUE(co_await events.keep_alive());
    EXPECT_TRUE(co_await events.send("", "", ""));
}

/// Sends nothing until it is woken because the stream has ended.
Task<> wait_until_closed(Streams& streams, EventStream& events) {
    AtEnd at_end{streams};
    asio::steady_timer timer(co_await asio::this_coro::executor,
                             asio::steady_timer::time_point::max());
    events.on_close([&] {
        ++streams.woken;
        timer.cancel();
    });
    co_await events.send("", "", "hello");
    ++streams.started;
    co_await timer.async_wait(asio::as_tuple(asio::deferred));
    streams.closed_at_end = events.closed();
    EXPECT_FALSE(co_await events.send("", "", "nobody hears this"));
    int late = 0;
    events.on_close([&] { ++late; });
    EXPECT_EQ(late, 1); // already closed: called at once
}

Task<> flood(Streams& streams, EventStream& events) {
    AtEnd at_end{streams};
    ++streams.started;
    while (co_await events.send("", "", std::string(64 * 1024, 'x'))) ++streams.sent;
    streams.closed_at_end = events.closed();
}

Task<> break_off(Streams& streams, EventStream& events) {
    AtEnd at_end{streams};
    co_await events.send("", "", "first");
    co_await events.send("a\nb", "", "");
}

Task<> ignore_everything(Streams& streams, EventStream&) {
    AtEnd at_end{streams};
    ++streams.started;
    asio::steady_timer timer(co_await asio::this_coro::executor,
                             asio::steady_timer::time_point::max());
    for (;;) co_await timer.async_wait(asio::as_tuple(asio::deferred)); // until awaiting throws
}

/// A body that is no event stream, of which the rest never comes at "/half".
Task<> write_bytes(Streams& streams, EventStream& out) {
    AtEnd at_end{streams};
    EXPECT_TRUE(co_await out.write("{\n"));
    EXPECT_TRUE(co_await out.write(""));
    EXPECT_TRUE(co_await out.write("}"));
}

Task<> write_half(Streams& streams, EventStream& out) {
    AtEnd at_end{streams};
    EXPECT_TRUE(co_await out.write("{\n"));
    out.cut_off();
    EXPECT_FALSE(co_await out.write("}"));
}

Task<Response> answer_stream(Streams& streams, Request request) {
    Response response;
    response.headers.set("content-type", "text/event-stream");
    const auto body = request.path == "/three"    ? three_events
                      : request.path == "/flood"  ? flood
                      : request.path == "/break"  ? break_off
                      : request.path == "/bytes"  ? write_bytes
                      : request.path == "/half"   ? write_half
                      : request.path == "/ignore" ? ignore_everything
                                                  : wait_until_closed;
    response.stream = [&streams, body](EventStream& events) { return body(streams, events); };
    co_return response;
}

class StreamTest : public ::testing::TestWithParam<Over> {
protected:
    explicit StreamTest(ServerLimits limits = {})
        : server_(
              io_, [this](Request request) { return answer_stream(streams_, std::move(request)); },
              limits) {
        address_ = listen_over(GetParam(), server_);
        io_.run();
    }
    static void wait_for(const std::atomic<int>& count, int wanted) {
        while (count != wanted) std::this_thread::yield();
    }

    Streams streams_;
    IoThreads io_{2};
    Server server_;
    std::string address_;
};

constexpr const char* as_sent =
    "id: 1\nevent: step\ndata: one\ndata: two\ndata: three\ndata: \ndata: five\ndata: \n\n"
    ":\n\n"
    "data: \n\n";

TEST_P(StreamTest, events_in_chunks) {
    RawClient client(address_);
    client.send("GET /three HTTP/1.1\r\nHost: h\r\n\r\n");
    const Answer head = client.read_answer();
    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(head.header("transfer-encoding"), "chunked");
    EXPECT_EQ(head.header("connection"), "close");
    EXPECT_EQ(head.header("content-length"), "");
    std::string body;
    for (;;) {
        const std::size_t size = std::stoul(client.read_until("\r\n"), nullptr, 16);
        if (size == 0) break;
        std::string chunk;
        while (chunk.size() < size + 2) chunk += client.read_until("\r\n");
        ASSERT_EQ(chunk.size(), size + 2);
        body += chunk.substr(0, size);
    }
    EXPECT_EQ(body, as_sent);
    EXPECT_EQ(client.read_all(), "\r\n");
}

TEST_P(StreamTest, an_old_client_gets_them_unchunked) {
    RawClient client(address_);
    client.send("GET /three HTTP/1.0\r\n\r\n");
    EXPECT_EQ(client.read_answer().header("transfer-encoding"), "");
    EXPECT_EQ(client.read_all(), as_sent);
}

TEST_P(StreamTest, bytes_go_as_they_are_and_a_body_that_is_cut_off_has_no_end) {
    RawClient whole(address_);
    whole.send("GET /bytes HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(whole.read_answer().status, 200);
    EXPECT_EQ(whole.read_all(), "2\r\n{\n\r\n1\r\n}\r\n0\r\n\r\n");
    RawClient half(address_);
    half.send("GET /half HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(half.read_answer().status, 200);
    EXPECT_EQ(half.read_all(), "2\r\n{\n\r\n");
}

TEST_P(StreamTest, head_has_no_stream) {
    RawClient client(address_);
    client.send("HEAD /three HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(client.read_answer(true).status, 200);
    EXPECT_TRUE(client.at_end());
    EXPECT_EQ(streams_.started, 0);
}

TEST_P(StreamTest, a_client_that_goes_while_nothing_is_sent_ends_the_coroutine) {
    for (int i = 1; i <= 20; ++i) {
        RawClient client(address_);
        client.send("GET /idle HTTP/1.1\r\nHost: h\r\n\r\n");
        EXPECT_NE(client.read_until("hello").find("hello"), std::string::npos);
        client.close();
        wait_for(streams_.ended, i);
        EXPECT_EQ(streams_.woken, i);
        EXPECT_TRUE(streams_.closed_at_end);
    }
    while (server_.connections() > 0) std::this_thread::yield();
}

TEST_P(StreamTest, stop_ends_streams_politely) {
    std::vector<RawClient> clients;
    for (int i = 0; i < 10; ++i) {
        clients.emplace_back(address_);
        clients.back().send("GET /idle HTTP/1.1\r\nHost: h\r\n\r\n");
    }
    wait_for(streams_.started, 10);
    server_.stop(milliseconds(60'000));
    EXPECT_EQ(streams_.ended, 10);
    EXPECT_TRUE(streams_.closed_at_end);
    for (RawClient& client : clients)
        EXPECT_TRUE(client.read_all().ends_with("hello\n\n\r\n0\r\n\r\n"));
}

TEST_P(StreamTest, stop_cancels_a_stream_that_does_not_listen) {
    RawClient client(address_);
    client.send("GET /ignore HTTP/1.1\r\nHost: h\r\n\r\n");
    wait_for(streams_.started, 1);
    ::testing::internal::CaptureStderr();
    server_.stop(milliseconds(10));
    ::testing::internal::GetCapturedStderr();
    EXPECT_EQ(streams_.ended, 1);
    EXPECT_FALSE(client.read_all().ends_with("0\r\n\r\n")); // cut off, and to be seen as such
}

TEST_P(StreamTest, stop_ends_a_stream_whose_client_does_not_read) {
    RawClient client(address_, 4'096);
    client.send("GET /flood HTTP/1.1\r\nHost: h\r\n\r\n");
    wait_for(streams_.started, 1);
    server_.stop(milliseconds(60'000));
    EXPECT_EQ(streams_.ended, 1);
    EXPECT_TRUE(streams_.closed_at_end);
}

TEST_P(StreamTest, a_throw_cuts_the_stream_off_and_is_logged) {
    ::testing::internal::CaptureStderr();
    RawClient client(address_);
    client.send("GET /break HTTP/1.1\r\nHost: h\r\n\r\n");
    const std::string all = client.read_all();
    server_.stop();
    EXPECT_NE(::testing::internal::GetCapturedStderr().find("A stream failed."), std::string::npos);
    EXPECT_TRUE(all.ends_with("first\n\n\r\n")) << all;
}

class ImpatientStreamTest : public StreamTest {
protected:
    ImpatientStreamTest()
        : StreamTest({.idle_ms_max = milliseconds(40), .write_ms_max = milliseconds(40)}) {}
};

TEST_P(ImpatientStreamTest, a_client_that_does_not_read_holds_the_writer_and_is_then_dropped) {
    RawClient client(address_, 4'096);
    client.send("GET /flood HTTP/1.1\r\nHost: h\r\n\r\n");
    wait_for(streams_.ended, 1);
    EXPECT_TRUE(streams_.closed_at_end);
    EXPECT_LT(streams_.sent, 1'000); // what the kernel's buffers take, not more
    while (server_.connections() > 0) std::this_thread::yield();
}

TEST_P(ImpatientStreamTest, a_quiet_stream_is_not_idle) {
    RawClient quiet(address_);
    quiet.send("GET /idle HTTP/1.1\r\nHost: h\r\n\r\n");
    wait_for(streams_.started, 1);
    EXPECT_TRUE(RawClient(address_).at_end()); // its idle time has passed
    EXPECT_TRUE(RawClient(address_).at_end());
    EXPECT_EQ(streams_.ended, 0);
    quiet.close();
    wait_for(streams_.ended, 1);
}

INSTANTIATE_TEST_SUITE_P(Over, StreamTest, ::testing::Values(Over::clear, Over::tls), over_name);
INSTANTIATE_TEST_SUITE_P(Over, ImpatientStreamTest, ::testing::Values(Over::clear, Over::tls),
                         over_name);

} // namespace weft::http
