#include "http/server.h"

#include "base/check.h"
#include "http/testing.h"
#include "json/json.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/steady_timer.hpp>

#include <thread>

#include <poll.h>
#include <sys/resource.h>

namespace weft::http {

using namespace std::string_literals;

/// What the handler of these tests saw.
struct Seen {
    std::atomic<int> requests = 0;
    std::atomic<int> smuggled = 0;
    std::atomic<int> waiting = 0;
    std::atomic<int> ended = 0;
    std::atomic<bool> release = false;
};

/// Waits until `seen.release`, looking every millisecond. Looks at no error: what ends it when it
/// is cancelled is that awaiting throws.
Task<> wait_for_release(Seen& seen) {
    struct AtEnd {
        std::atomic<int>& count;
        ~AtEnd() { ++count; }
    } at_end{seen.ended};
    ++seen.waiting;
    asio::steady_timer timer(co_await asio::this_coro::executor);
    while (!seen.release) {
        timer.expires_after(milliseconds(1));
        co_await timer.async_wait(asio::as_tuple(asio::deferred));
    }
}

Task<Response> answer(Seen& seen, Request request) {
    ++seen.requests;
    if (request.path.find("smuggled") != std::string::npos) ++seen.smuggled;
    Response response;
    response.headers.set("content-type", "text/plain");
    if (request.path == "/wait") co_await wait_for_release(seen);
    CHECK(request.path != "/broken");
    if (request.path == "/none") response.status = 204;
    if (request.path == "/split") response.headers.set("x-split", "a\r\nx-injected: b");
    if (request.path == "/own")
        response.headers.fields = {
            {"Content-Length", "999"}, {"Transfer-Encoding", "chunked"}, {"Connection", "x"}};
    if (request.path == "/large") response.body.assign(16 * 1024 * 1024, 'x');
    if (request.path == "/id") response.body = request.id + " " + request.peer;
    if (request.path == "/echo")
        response.body =
            std::string(to_text(request.method)) + " " + request.query + " " + request.body;
    co_return response;
}

class ServerTest : public ::testing::TestWithParam<Over> {
protected:
    explicit ServerTest(ServerLimits limits = {}, ServerHooks hooks = {})
        : server_(
              io_, [this](Request request) { return answer(seen_, std::move(request)); }, limits,
              std::move(hooks)) {
        address_ = listen_over(GetParam(), server_);
        io_.run();
    }
    RawClient client() { return RawClient(address_); }
    /// The one answer to these bytes; the server must close behind it.
    Answer last_answer(std::string_view wire) {
        RawClient client(address_);
        client.send(wire);
        Answer answer = client.read_answer();
        EXPECT_TRUE(client.at_end()) << wire;
        return answer;
    }
    void wait_for_connections(int wanted) {
        while (server_.connections() != wanted) std::this_thread::yield();
    }

    Seen seen_;
    IoThreads io_{2};
    Server server_;
    std::string address_;
};

std::string get(std::string_view path) {
    return "GET "s.append(path).append(" HTTP/1.1\r\nHost: h\r\n\r\n");
}

TEST_P(ServerTest, one_connection_serves_many_requests) {
    RawClient client(address_);
    for (int i = 0; i < 100; ++i) {
        client.send("POST /echo?q=" + std::to_string(i) +
                    " HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nab");
        const Answer answer = client.read_answer();
        ASSERT_EQ(answer.status, 200);
        EXPECT_EQ(answer.body, "POST q=" + std::to_string(i) + " ab");
        EXPECT_EQ(answer.header("x-request-id").size(), 15U);
        EXPECT_EQ(answer.header("connection"), "");
        EXPECT_EQ(answer.header("date"), "");
    }
    EXPECT_EQ(server_.connections(), 1);
}

TEST_P(ServerTest, the_request_knows_its_id_and_peer) {
    RawClient client(address_);
    client.send(get("/id"));
    const Answer answer = client.read_answer();
    EXPECT_TRUE(answer.body.starts_with(answer.header("x-request-id") + " 127.0.0.1:"))
        << answer.body;
    client.send(get("/id"));
    EXPECT_NE(client.read_answer().header("x-request-id"), answer.header("x-request-id"));
}

TEST_P(ServerTest, pipelined_requests_are_answered_in_order) {
    std::string wire;
    for (int i = 0; i < 1'000; ++i) wire += get("/echo?" + std::to_string(i));
    RawClient client(address_);
    std::thread writer([&] { client.send(wire); });
    for (int i = 0; i < 1'000; ++i)
        EXPECT_EQ(client.read_answer().body, "GET " + std::to_string(i) + " ");
    writer.join();
}

TEST_P(ServerTest, however_the_bytes_are_cut) {
    const std::string wire = "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                             "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n" +
                             get("/echo?second");
    RawClient client(address_);
    for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
        client.send(std::string_view(wire).substr(0, cut));
        client.send(std::string_view(wire).substr(cut));
        EXPECT_EQ(client.read_answer().body, "POST  abcde") << cut;
        EXPECT_EQ(client.read_answer().body, "GET second ") << cut;
    }
}

TEST_P(ServerTest, methods_versions_and_bodies) {
    RawClient client(address_);
    client.send("HEAD /echo HTTP/1.1\r\nHost: h\r\n\r\n");
    const Answer head = client.read_answer(true);
    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(head.header("content-length"), "6");
    client.send(get("/none"));
    const Answer none = client.read_answer();
    EXPECT_EQ(none.status, 204);
    EXPECT_EQ(none.header("content-length"), "");
    client.send(get("/own"));
    const Answer own = client.read_answer();
    EXPECT_EQ(own.header("content-length"), "0");
    EXPECT_EQ(own.header("transfer-encoding"), "");
    client.send("GET /echo HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_EQ(client.read_answer().status, 200);
    client.send(
        "DELETE /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx");
    const Answer last = client.read_answer();
    EXPECT_EQ(last.body, "DELETE  x");
    EXPECT_EQ(last.header("connection"), "close");
    EXPECT_TRUE(client.at_end());
    EXPECT_EQ(last_answer("GET /echo HTTP/1.0\r\n\r\n").body, "GET  ");
}

TEST_P(ServerTest, a_large_answer_arrives_whole) {
    RawClient client(address_);
    client.send(get("/large") + get("/echo"));
    EXPECT_EQ(client.read_answer().body, std::string(16 * 1024 * 1024, 'x'));
    EXPECT_EQ(client.read_answer().body, "GET  ");
}

TEST_P(ServerTest, a_large_body_arrives_whole) {
    std::string body(5 * 1024 * 1024, '\0');
    for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 7 + i / 256);
    RawClient client(address_);
    client.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) +
                "\r\n\r\n");
    std::thread writer([&] { client.send(body); });
    EXPECT_EQ(client.read_answer().body, "POST  " + body);
    writer.join();
}

TEST_P(ServerTest, expect_100_continue) {
    RawClient client(address_);
    client.send(
        "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("ab");
    EXPECT_EQ(client.read_answer().body, "POST  ab");
    // Not said when the body has come unasked.
    client.send(
        "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\ncd");
    EXPECT_EQ(client.read_answer().body, "POST  cd");
    client.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: "
                "100-continue\r\n\r\ne");
    client.send("f");
    EXPECT_EQ(client.read_answer().body, "POST  ef");
    EXPECT_EQ(last_answer("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999\r\n"
                          "Expect: 100-continue\r\n\r\n")
                  .status,
              413);
}

TEST_P(ServerTest, a_refusal_is_json_with_the_request_id_and_closes) {
    const Answer answer =
        last_answer("GET / HTTP/1.1\r\nHost: h\r\nX: a\r\n b\r\n\r\n" + get("/smuggled"));
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.header("content-type"), "application/json");
    EXPECT_EQ(answer.header("connection"), "close");
    const json::value body = parse_json(answer.body).value();
    EXPECT_EQ(text_or(body, "code"), "malformed");
    EXPECT_EQ(text_or(body, "detail"), "The request's header has a folded line.");
    EXPECT_EQ(text_or(body, "request_id"), answer.header("x-request-id"));
    EXPECT_EQ(seen_.requests, 0);
}

TEST_P(ServerTest, nothing_is_smuggled) {
    const std::string post = "POST /echo HTTP/1.1\r\nHost: h\r\n";
    const std::string inner = get("/smuggled");
    const std::string length = "Content-Length: " + std::to_string(inner.size()) + "\r\n";
    const std::string cases[] = {
        post + length + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + inner,
        post + "Transfer-Encoding: chunked\r\n" + length + "\r\n0\r\n\r\n" + inner,
        post + "Transfer-Encoding : chunked\r\n" + length + "\r\n0\r\n\r\n" + inner,
        post + "Transfer-Encoding: xchunked\r\n\r\n" + inner,
        post + "Transfer-Encoding:\vchunked\r\n\r\n0\r\n\r\n" + inner,
        post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n" + inner,
        post + "Content-Length: 0\r\n" + length + "\r\n" + inner,
        post + "Content-Length: 0, 5\r\n\r\n" + inner,
        post + "Content-Length: 0\r\n X: y\r\n\r\n" + inner,
        post + "X: y\0\r\n"s + length + "\r\n" + inner,
        post + "X\0: y\r\n"s + length + "\r\n" + inner,
        post + "Transfer-Encoding: chunked\r\n\r\n0\r\n" + length + "\r\n" + inner,
        post + "Transfer-Encoding: chunked\r\n\r\n-0\r\n\r\n" + inner,
        post + "Content-Length : 0\r\n\r\n" + inner,
        post + "Content-Length: +0\r\n\r\n" + inner,
        post + "X: y\rContent-Length: 0\r\n\r\n" + inner,
        post + "X: y\n" + length + "\r\n" + inner,
        post + "Transfer-Encoding: chunked\r\n\r\n0\n\n" + inner,
        post + "Transfer-Encoding: chunked\r\n\r\n0;\n\r\n\r\n" + inner,
        post + "Transfer-Encoding: chunked\r\n\r\n1\r\naa0\r\n\r\n" + inner,
        "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + inner,
        "GET /echo HTTP/1.1\r\nHost: h\r\nHost: i\r\n\r\n" + inner,
    };
    for (const std::string& wire : cases) {
        const Answer answer = last_answer(wire);
        EXPECT_GE(answer.status, 400) << wire;
    }
    // A body that looks like a request is a body.
    RawClient client(address_);
    client.send(post + length + "\r\n" + inner + get("/echo?after"));
    EXPECT_EQ(client.read_answer().body, "POST  " + inner);
    EXPECT_EQ(client.read_answer().body, "GET after ");
    EXPECT_EQ(seen_.smuggled, 0);
}

TEST_P(ServerTest, a_throw_out_of_the_handler_is_a_500_and_is_logged) {
    ::testing::internal::CaptureStderr();
    RawClient client(address_);
    client.send(get("/broken") + get("/split") + get("/echo"));
    const Answer broken = client.read_answer();
    const Answer split = client.read_answer();
    EXPECT_EQ(client.read_answer().status, 200);
    const std::string log = ::testing::internal::GetCapturedStderr();
    EXPECT_EQ(broken.status, 500);
    const json::value body = parse_json(broken.body).value();
    EXPECT_EQ(text_or(body, "code"), "internal");
    EXPECT_EQ(text_or(body, "request_id"), broken.header("x-request-id"));
    EXPECT_EQ(broken.body.find("/broken"), std::string::npos) << broken.body;
    EXPECT_NE(log.find(broken.header("x-request-id")), std::string::npos) << log;
    EXPECT_NE(log.find("request.path != "), std::string::npos) << log;
    EXPECT_EQ(split.status, 500);
    EXPECT_EQ(split.header("x-injected"), "");
}

TEST_P(ServerTest, a_client_that_leaves_in_the_middle_costs_nothing) {
    const std::string wire = "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabcde";
    for (std::size_t size = 0; size <= wire.size(); size += 5) {
        RawClient client(address_);
        client.send(std::string_view(wire).substr(0, size));
    }
    wait_for_connections(0);
    EXPECT_EQ(seen_.requests, 0);
}

TEST_P(ServerTest, a_thousand_idle_connections) {
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
    std::vector<RawClient> clients;
    for (int i = 0; i < 1'000; ++i) {
        clients.emplace_back(address_);
        ASSERT_TRUE(clients.back().connected()) << i;
        clients.back().send(get("/echo"));
    }
    for (RawClient& client : clients) EXPECT_EQ(client.read_answer().status, 200);
    EXPECT_EQ(server_.connections(), 1'000);
    for (RawClient& client : clients) client.send(get("/echo"));
    for (RawClient& client : clients) EXPECT_EQ(client.read_answer().status, 200);
    server_.stop();
    EXPECT_EQ(server_.connections(), 0);
    for (RawClient& client : clients) EXPECT_TRUE(client.at_end());
}

class LimitsTest : public ServerTest {
protected:
    LimitsTest()
        : ServerTest({.header_bytes_max = 1'024,
                      .header_fields_max = 8,
                      .body_bytes_max = 1'000,
                      .connections_max = 4,
                      .linger_ms_max = milliseconds(60'000)},
                     {.body_rule_of = rule_of}) {}

    static Task<BodyRule> rule_of(const Request& head) {
        if (!head.headers.find("x-key")) co_return BodyRule{10, 401, "Who are you?"};
        co_return BodyRule{head.method == Method::put ? 10U : 1'000U};
    }
};

TEST_P(LimitsTest, sizes) {
    struct Case {
        std::string wire;
        int status;
    };
    const std::string unknown = "POST /echo HTTP/1.1\r\nHost: h\r\n";
    const std::string post = unknown + "X-Key: k\r\n";
    const std::string put = "PUT /echo HTTP/1.1\r\nHost: h\r\nX-Key: k\r\n";
    const Case cases[] = {
        {unknown + "Content-Length: 11\r\n\r\n", 401},
        {unknown + "Content-Length: 11\r\nExpect: 100-continue\r\n\r\n", 401},
        {unknown + "Transfer-Encoding: chunked\r\n\r\nb\r\n01234567890", 401},
        {"GET /" + std::string(3'000, 'x'), 431},
        {post + "X: " + std::string(1'024, 'x') + "\r\n\r\n", 431},
        {post + "A: 1\r\nA: 2\r\nA: 3\r\nA: 4\r\nA: 5\r\nA: 6\r\nA: 7\r\nA: 8\r\n\r\n", 431},
        {post + "Content-Length: 1001\r\n\r\n", 413},
        {post + "Transfer-Encoding: chunked\r\n\r\n3E9\r\n" + std::string(1'001, 'x'), 413},
        {put + "Content-Length: 11\r\n\r\n", 413},
        {put + "Content-Length: 11\r\n\r\n" + std::string(300'000, 'x'), 413}, // sent unread
    };
    for (const Case& each : cases)
        EXPECT_EQ(last_answer(each.wire).status, each.status) << each.wire.substr(0, 80);
    RawClient client(address_);
    client.send(put + "Content-Length: 10\r\n\r\n0123456789");
    EXPECT_EQ(client.read_answer().body, "PUT  0123456789");
    client.send(post + "Content-Length: 1000\r\n\r\n" + std::string(1'000, 'x'));
    EXPECT_EQ(client.read_answer().status, 200);
}

TEST_P(LimitsTest, a_client_that_is_still_sending_is_not_cut_off_before_it_reads_the_refusal) {
    RawClient client(address_);
    client.send("PUT /echo HTTP/1.1\r\nHost: h\r\nX-Key: k\r\nContent-Length: 9000000\r\n\r\n");
    EXPECT_EQ(client.read_answer().status, 413);
    for (int i = 0; i < 16; ++i) EXPECT_TRUE(client.send(std::string(64 * 1024, 'x'))) << i;
    EXPECT_TRUE(client.at_end());
}

TEST_P(LimitsTest, one_connection_too_many_is_turned_away) {
    std::vector<RawClient> clients;
    for (int i = 0; i < 4; ++i) {
        clients.emplace_back(address_);
        clients.back().send(get("/echo"));
        EXPECT_EQ(clients.back().read_answer().status, 200);
    }
    {
        RawClient fifth(address_);
        if (GetParam() == Over::clear) {
            const Answer answer = fifth.read_answer();
            EXPECT_EQ(answer.status, 503);
            const json::value body = parse_json(answer.body).value();
            EXPECT_EQ(text_or(body, "code"), "unavailable");
            EXPECT_TRUE(fifth.at_end());
        }
        EXPECT_EQ(fifth.connected(), GetParam() == Over::clear); // TLS is not begun for it
    }
    clients.pop_back();
    wait_for_connections(3);
    RawClient again(address_);
    again.send(get("/echo"));
    EXPECT_EQ(again.read_answer().status, 200);
}

class TimesTest : public ServerTest {
protected:
    TimesTest()
        : ServerTest({.header_ms_max = milliseconds(40),
                      .body_ms_max = milliseconds(40),
                      .idle_ms_max = milliseconds(40),
                      .write_ms_max = milliseconds(40)}) {}
};

TEST_P(TimesTest, a_slow_header_or_body_is_408) {
    for (const char* wire :
         {"G", "GET / HTTP/1.1\r\nHost: h\r\n", "\r\n",
          "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\na",
          "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n"}) {
        const Answer answer = last_answer(wire);
        EXPECT_EQ(answer.status, 408) << wire;
        const json::value body = parse_json(answer.body).value();
        EXPECT_EQ(text_or(body, "code"), "timed_out");
    }
    EXPECT_EQ(seen_.requests, 0);
}

TEST_P(TimesTest, bytes_that_trickle_do_not_extend_the_time) {
    RawClient client(address_);
    client.send("GET / HTTP/1.1\r\n");
    std::thread reader([&] { EXPECT_EQ(client.read_answer().status, 408); });
    while (server_.connections() == 1 && client.send("X: y\r\n"))
        poll(nullptr, 0, 2); // milliseconds: slower than the limits allow
    reader.join();
}

TEST_P(TimesTest, an_idle_connection_is_closed_without_a_word) {
    RawClient never(address_);
    RawClient once(address_);
    once.send(get("/echo"));
    EXPECT_EQ(once.read_answer().status, 200);
    EXPECT_TRUE(never.at_end());
    EXPECT_TRUE(once.at_end());
}

TEST_P(TimesTest, a_client_that_does_not_read_is_dropped) {
    RawClient client(address_, 4'096);
    client.send(get("/large"));
    while (seen_.requests == 0) std::this_thread::yield();
    wait_for_connections(0);
    EXPECT_LT(client.read_all().size(), 16U * 1024 * 1024);
}

TEST_P(TimesTest, a_handler_may_take_longer_than_any_of_them) {
    RawClient client(address_);
    client.send(get("/wait"));
    RawClient other(address_);
    EXPECT_TRUE(other.at_end()); // its idle time has passed
    seen_.release = true;
    EXPECT_EQ(client.read_answer().status, 200);
}

TEST_P(ServerTest, stop_lets_running_requests_end) {
    RawClient idle(address_);
    idle.send(get("/echo"));
    EXPECT_EQ(idle.read_answer().status, 200);
    RawClient running(address_);
    running.send(get("/wait"));
    while (seen_.waiting == 0) std::this_thread::yield();
    std::thread stopper([&] { server_.stop(milliseconds(60'000)); });
    EXPECT_TRUE(idle.at_end());
    seen_.release = true;
    const Answer answer = running.read_answer();
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.header("connection"), "close");
    EXPECT_TRUE(running.at_end());
    stopper.join();
    EXPECT_FALSE(RawClient(address_).connected());
    EXPECT_FALSE(server_.listen("127.0.0.1:0"));
    server_.stop(); // again: nothing to do
}

TEST_P(ServerTest, stop_cancels_what_does_not_end) {
    ::testing::internal::CaptureStderr();
    RawClient running(address_);
    running.send(get("/wait"));
    RawClient half(address_);
    half.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\na");
    while (seen_.waiting == 0 || server_.connections() < 2) std::this_thread::yield();
    server_.stop(milliseconds(20));
    EXPECT_EQ(seen_.ended, 1);
    EXPECT_EQ(server_.connections(), 0);
    EXPECT_EQ(running.read_answer().status, 503);
    EXPECT_TRUE(running.at_end());
    EXPECT_TRUE(half.is_closed()); // reset, if the server had not got to what it sent
    EXPECT_NE(::testing::internal::GetCapturedStderr().find("cancelled"), std::string::npos);
}

TEST(Server, outlives_its_threads_without_hanging) {
    Seen seen;
    IoThreads io(2);
    Server server(io, [&](Request request) { return answer(seen, std::move(request)); });
    const std::string address = server.listen("127.0.0.1:0").value();
    io.run();
    RawClient client(address);
    client.send(get("/wait"));
    while (seen.waiting == 0) std::this_thread::yield();
    io.stop();
}

INSTANTIATE_TEST_SUITE_P(Over, ServerTest, ::testing::Values(Over::clear, Over::tls), over_name);
INSTANTIATE_TEST_SUITE_P(Over, LimitsTest, ::testing::Values(Over::clear, Over::tls), over_name);
INSTANTIATE_TEST_SUITE_P(Over, TimesTest, ::testing::Values(Over::clear, Over::tls), over_name);

} // namespace weft::http
