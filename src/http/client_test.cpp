#include "http/client.h"

#include "http/client_testing.h"
#include "tests/support/certificate.h"

#include <boost/asio/post.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weft::http {
namespace {

using testing::body;
using testing::Caller;
using testing::FaultServer;
using testing::get;
using ::testing::HasSubstr;
using testing::Outcome;
using testing::Phase;
using testing::post_stream;
using testing::Scripted;
using testing::Spawned;

TEST(Client, sends_what_it_is_given_and_answers_status_headers_body) {
    FaultServer server({body("created")});
    Caller caller;
    ClientRequest request = get(server.base_url() + "/things?x=1");
    request.method = Method::put;
    request.body = std::string("a\0b", 3);
    request.headers.set("X-Note", "seen");
    request.headers.set("X-Empty", "");
    const Outcome answer = caller.fetch(request);
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->body, "created");
    ASSERT_TRUE(answer->headers.find("Content-Type"));
    EXPECT_EQ(*answer->headers.find("Content-Type"), "text/plain");
    ASSERT_EQ(server.requests().size(), 1);
    const auto seen = server.requests()[0];
    EXPECT_EQ(seen.method, "PUT");
    EXPECT_EQ(seen.target, "/v1/things?x=1");
    EXPECT_EQ(seen.body, std::string("a\0b", 3));
    EXPECT_EQ(seen.header("x-note"), "seen");
    EXPECT_EQ(seen.header("content-type"), "");
    EXPECT_EQ(seen.header("expect"), "");
    EXPECT_THAT(seen.header("accept-encoding"), HasSubstr("gzip"));
    EXPECT_THAT(seen.header("user-agent"), HasSubstr("weft/"));
}

TEST(Client, a_large_body_goes_out_without_asking_first) {
    FaultServer server({body("taken")});
    Caller caller;
    ClientRequest request = post_stream(server.base_url());
    request.body.assign(3 * 1024 * 1024, 'x');
    ASSERT_TRUE(caller.fetch(request));
    EXPECT_EQ(server.requests()[0].body.size(), request.body.size());
    EXPECT_EQ(server.requests()[0].header("expect"), "");
}

TEST(Client, every_method_arrives_as_itself) {
    FaultServer server({body("x")});
    Caller caller;
    const std::pair<Method, const char*> rows[] = {
        {Method::get, "GET"},         {Method::post, "POST"}, {Method::put, "PUT"},
        {Method::patch, "PATCH"},     {Method::head, "HEAD"}, {Method::delete_, "DELETE"},
        {Method::options, "OPTIONS"},
    };
    for (const auto& [method, name] : rows) {
        ClientRequest request = get(server.base_url());
        request.method = method;
        const Outcome answer = caller.fetch(request);
        ASSERT_TRUE(answer) << name << ": " << answer.error().message;
        EXPECT_EQ(server.requests().back().method, name);
        EXPECT_EQ(answer->body, method == Method::head ? "" : "x");
    }
    EXPECT_EQ(server.connections().size(), 1) << "the connection is kept";
}

TEST(Client, an_error_status_is_an_answer_and_redirects_are_not_followed) {
    Scripted moved = body("");
    moved.raw_body = "elsewhere";
    moved.status = 302;
    FaultServer target({body("reached")});
    moved.headers = {{"location", target.base_url()}};
    FaultServer server({moved});
    Caller caller;
    const Outcome answer = caller.fetch(get(server.base_url()));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 302);
    EXPECT_EQ(answer->body, "elsewhere");
    EXPECT_TRUE(target.connections().empty());
}

TEST(Client, a_sink_gets_the_head_once_and_then_the_pieces) {
    FaultServer server(
        {Scripted{.text = "one two three", .chunks = 3, .pause_between = milliseconds(5)}});
    Caller caller;
    std::vector<std::string> seen;
    ClientSink sink{
        .on_head = [&](int status, const Headers&) { seen.push_back(std::to_string(status)); },
        .on_body = [&](std::string_view piece) { seen.emplace_back(piece); }};
    const Outcome answer = caller.fetch(post_stream(server.base_url()), sink);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body, "");
    ASSERT_GE(seen.size(), 2);
    EXPECT_EQ(seen[0], "200");
    std::string text;
    for (std::size_t at = 1; at < seen.size(); ++at) text += seen[at];
    EXPECT_THAT(text, HasSubstr("[DONE]"));
}

TEST(Client, what_a_sink_throws_reaches_the_awaiting_coroutine) {
    FaultServer server({body("x")});
    Caller caller;
    auto bad = [](auto&&...) { check_failed("sink", std::source_location::current()); };
    for (const ClientSink& sink :
         {ClientSink{.on_head = bad, .on_body = {}}, ClientSink{.on_head = {}, .on_body = bad}}) {
        auto call = caller.start(get(server.base_url()), sink);
        EXPECT_THROW(std::ignore = call.get(), InvariantBroken);
    }
    EXPECT_TRUE(caller.fetch(get(server.base_url())));
}

TEST(Client, a_compressed_answer_is_decoded_and_measured_unpacked) {
    // gzip of 2,000 times "a"
    const std::string packed(
        "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x4b\x4c\x1c\x05\xa3\x60\x14\x8c\x82\x51"
        "\x30\x0a\x46\xc1\x50\x07\x00\x39\x3e\x13\xa8\xd0\x07\x00\x00",
        35);
    Scripted answer = body(packed);
    answer.headers = {{"content-encoding", "gzip"}};
    FaultServer server({answer});
    Caller caller;
    const Outcome whole = caller.fetch(get(server.base_url()));
    ASSERT_TRUE(whole) << whole.error().message;
    EXPECT_EQ(whole->body, std::string(2000, 'a'));
    ClientRequest limited = get(server.base_url());
    limited.answer_bytes_max = 1999;
    const Outcome cut = caller.fetch(limited);
    ASSERT_FALSE(cut);
    EXPECT_EQ(cut.error().failure, ClientFailure::too_large);
    EXPECT_THAT(cut.error().message, HasSubstr("1999 bytes"));
}

TEST(Client, https_trusts_only_the_given_authority) {
    FaultServer server({body("secret")}, FaultServer::Listen::https);
    Caller caller;
    const Outcome distrusted = caller.fetch(get(server.base_url()));
    ASSERT_FALSE(distrusted);
    EXPECT_EQ(distrusted.error().failure, ClientFailure::tls);
    EXPECT_TRUE(server.requests().empty());
    ClientRequest request = get(server.base_url());
    request.ca_file = testing::Certificate::loopback().ca_file;
    const Outcome answer = caller.fetch(request);
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->body, "secret");
}

TEST(Client, private_addresses_are_refused_when_the_socket_opens) {
    FaultServer server({body("internal")});
    Caller caller;
    const std::string port = ":" + std::to_string(server.port());
    // A kept connection of a request that may go anywhere is of no use to one that may not.
    ASSERT_TRUE(caller.fetch(get(server.base_url())));
    for (const char* host : {"127.0.0.1", "localhost", "2130706433", "0x7f.1", "0177.0.0.1",
                             "127.1", "[::1]", "0.0.0.0", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
                             "169.254.169.254", "[64:ff9b::a9fe:a9fe]"}) {
        ClientRequest request = get("http://" + (host + port) + "/latest/meta-data?token=hidden");
        request.reach = Reach::public_only;
        const Outcome answer = caller.fetch(request);
        ASSERT_FALSE(answer) << host;
        EXPECT_EQ(answer.error().failure, ClientFailure::refused_address)
            << host << ": " << answer.error().message;
        EXPECT_THAT(answer.error().message, HasSubstr("not a public address")) << host;
        EXPECT_EQ(answer.error().message.find("hidden"), std::string::npos);
    }
    EXPECT_EQ(server.connections().size(), 1);
    EXPECT_EQ(server.requests().size(), 1);
}

TEST(Client, the_environment_sets_no_proxy) {
    FaultServer server({body("direct")});
    FaultServer proxy({body("proxied")});
    // The servers' threads read no environment.
    setenv("http_proxy", proxy.base_url().c_str(), 1); // NOLINT(concurrency-mt-unsafe)
    setenv("ALL_PROXY", proxy.base_url().c_str(), 1);  // NOLINT(concurrency-mt-unsafe)
    {
        Caller caller;
        const Outcome answer = caller.fetch(get(server.base_url()));
        EXPECT_TRUE(answer && answer->body == "direct");
    }
    unsetenv("http_proxy"); // NOLINT(concurrency-mt-unsafe)
    unsetenv("ALL_PROXY");  // NOLINT(concurrency-mt-unsafe)
    EXPECT_TRUE(proxy.connections().empty());
}

struct Bad {
    const char* name;
    std::function<void(ClientRequest&)> spoil;
    const char* sentence;
};

TEST(Client, requests_that_cannot_be_sent) {
    FaultServer server({body("x")});
    Caller caller;
    const Bad rows[] = {
        {"scheme", [](auto& r) { r.url = "file:///etc/passwd"; }, "not a valid http or https URL"},
        {"empty", [](auto& r) { r.url = ""; }, "not a valid http or https URL"},
        {"no host", [](auto& r) { r.url = "http://"; }, "not a valid http or https URL"},
        {"line break", [](auto& r) { r.url += "/a\r\nHost: b"; }, "not a valid http or https URL"},
        {"password", [](auto& r) { r.url.insert(7, "joe:hidden@"); }, "user name or password"},
        {"header value", [](auto& r) { r.headers.set("X", "a\r\nY: hidden"); },
         "character that HTTP forbids"},
        {"header name", [](auto& r) { r.headers.set("X: y", "hidden"); },
         "character that HTTP forbids"},
    };
    for (const Bad& row : rows) {
        ClientRequest request = get(server.base_url());
        row.spoil(request);
        const Outcome answer = caller.fetch(request);
        ASSERT_FALSE(answer) << row.name;
        EXPECT_EQ(answer.error().failure, ClientFailure::other) << row.name;
        EXPECT_THAT(answer.error().message, HasSubstr(row.sentence)) << row.name;
        EXPECT_EQ(answer.error().message.find("hidden"), std::string::npos) << row.name;
    }
    EXPECT_TRUE(server.requests().empty());
}

/// A port on which nobody listens.
std::string dead_url() { return FaultServer({body("")}).base_url(); }

TEST(Client, failures_by_how_far_the_exchange_had_got) {
    using Fault = Scripted::Fault;
    FaultServer cut(
        {Scripted{.fault = Fault::cut_off, .fault_after = 2, .text = "a b c", .chunks = 5}});
    FaultServer half({Scripted{.fault = Fault::cut_off, .raw_body = "12345678"}});
    FaultServer silent({Scripted{.fault = Fault::closes}});
    Caller caller;
    struct Row {
        std::string url;
        ClientFailure failure;
        int status;
        const char* sentence;
    };
    const Row rows[] = {
        {dead_url(), ClientFailure::connect, 0, "cannot be reached"},
        {"http://nowhere.invalid/", ClientFailure::resolve, 0,
         "No address is known for the host nowhere.invalid"},
        {cut.base_url(), ClientFailure::cut_off, 200, "broke off the connection"},
        {half.base_url(), ClientFailure::cut_off, 200, "broke off the connection"},
        {silent.base_url(), ClientFailure::cut_off, 0, "broke off the connection"},
    };
    for (const Row& row : rows) {
        const Outcome answer = caller.fetch(post_stream(row.url));
        ASSERT_FALSE(answer) << row.url;
        EXPECT_EQ(answer.error().failure, row.failure) << row.url << ": " << answer.error().message;
        EXPECT_EQ(answer.error().status, row.status) << row.url;
        EXPECT_THAT(answer.error().message, HasSubstr(row.sentence));
    }
}

TEST(Client, each_phase_has_its_time_out) {
    struct Row {
        Phase phase;
        milliseconds ClientRequest::* limit;
        const char* sentence;
    };
    const Row rows[] = {
        {Phase::dns, &ClientRequest::connect_ms_max, "No connection to model.hang.test"},
        {Phase::connect, &ClientRequest::connect_ms_max, "No connection to 127.0.0.1"},
        {Phase::tls_handshake, &ClientRequest::connect_ms_max, "No connection to 127.0.0.1"},
        {Phase::headers, &ClientRequest::first_byte_ms_max,
         "did not begin to answer within 0.15 s"},
        {Phase::mid_stream, &ClientRequest::silence_ms_max, "fell silent for 0.15 s"},
        {Phase::connect, &ClientRequest::total_ms_max, "did not finish its answer within 0.15 s"},
        {Phase::mid_stream, &ClientRequest::total_ms_max,
         "did not finish its answer within 0.15 s"},
    };
    for (const Row& row : rows) {
        testing::HangingServer server(row.phase);
        Caller caller;
        ClientRequest request = post_stream(server.base_url());
        request.*row.limit = milliseconds(150);
        const Outcome answer = caller.fetch(request);
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().failure, ClientFailure::timed_out) << answer.error().message;
        EXPECT_THAT(answer.error().message, HasSubstr(row.sentence)) << to_text(row.phase);
        EXPECT_TRUE(server.wait_released()) << to_text(row.phase);
    }
}

TEST(Client, an_answer_that_keeps_coming_outlasts_the_silence_limit) {
    FaultServer server(
        {Scripted{.text = std::string(40, 'x'), .chunks = 40, .pause_between = milliseconds(20)}});
    Caller caller;
    ClientRequest request = post_stream(server.base_url());
    request.silence_ms_max = milliseconds(700); // the whole takes longer
    EXPECT_TRUE(caller.fetch(request));
}

/// The table of stops: in each phase the coroutine hears of it, the socket closes, not a byte more
/// is sent.
class StopIn : public ::testing::TestWithParam<Phase> {};

TEST_P(StopIn, closes_the_socket_and_sends_nothing_more) {
    testing::HangingServer server(GetParam());
    Caller caller;
    auto call = caller.start(post_stream(server.base_url()));
    ASSERT_TRUE(server.wait_reached());
    EXPECT_FALSE(call.ended());
    const std::int64_t bytes = server.bytes();
    call.cancel();
    const Outcome answer = call.get();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().failure, ClientFailure::cancelled);
    EXPECT_TRUE(server.wait_released());
    EXPECT_EQ(server.bytes(), bytes);
    for (const auto& each : server.server().connections())
        EXPECT_TRUE(each.reset) << "what the kernel had queued would still be sent";
}

TEST_P(StopIn, stop_of_the_client_does_the_same_and_refuses_new_calls) {
    testing::HangingServer server(GetParam());
    Caller caller;
    auto first = caller.start(post_stream(server.base_url()), {}, 0);
    auto second = caller.start(post_stream(server.base_url()), {}, 1);
    ASSERT_TRUE(server.wait_reached());
    caller.client().stop();
    for (auto* call : {&first, &second}) {
        const Outcome answer = call->get();
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().failure, ClientFailure::cancelled);
    }
    EXPECT_TRUE(server.wait_released());
    EXPECT_EQ(caller.fetch(get(server.base_url())).error().failure, ClientFailure::cancelled);
}

INSTANTIATE_TEST_SUITE_P(Phases, StopIn, ::testing::ValuesIn(testing::all_phases),
                         [](const auto& info) {
                             std::string name(to_text(info.param));
                             std::ranges::replace(name, ' ', '_');
                             return name;
                         });

TEST(Client, a_stop_over_tls_sends_not_even_a_last_alert) {
    FaultServer server({Scripted{.fault = Scripted::Fault::hangs, .text = "one two", .chunks = 2}},
                       FaultServer::Listen::https);
    Caller caller;
    ClientRequest request = post_stream(server.base_url());
    request.ca_file = testing::Certificate::loopback().ca_file;
    auto call = caller.start(std::move(request));
    ASSERT_TRUE(server.wait_hanging());
    const std::int64_t bytes = server.connections()[0].bytes;
    call.cancel();
    EXPECT_EQ(call.get().error().failure, ClientFailure::cancelled);
    ASSERT_TRUE(server.wait_all_closed());
    EXPECT_EQ(server.connections()[0].bytes, bytes);
}

TEST(Client, a_large_request_that_is_stopped_leaves_the_rest_unsent) {
    FaultServer sink([](const testing::SeenRequest&) { return Scripted{}; },
                     FaultServer::Listen::tls_silence);
    Caller caller;
    ClientRequest request = post_stream("http://127.0.0.1:" + std::to_string(sink.port()));
    request.body.assign(200 * 1024 * 1024, 'x');
    auto call = caller.start(std::move(request));
    ASSERT_TRUE(sink.wait_until([](const auto& all) { return !all.empty() && all[0].bytes > 0; }));
    call.cancel();
    EXPECT_EQ(call.get().error().failure, ClientFailure::cancelled);
    ASSERT_TRUE(sink.wait_all_closed());
    EXPECT_TRUE(sink.connections()[0].reset);
    EXPECT_LT(sink.connections()[0].bytes, 200 * 1024 * 1024);
}

TEST(Client, a_stop_from_inside_a_sink) {
    testing::HangingServer server(Phase::mid_stream);
    Caller caller;
    std::function<void()> stop;
    std::promise<void> ready;
    auto is_ready = ready.get_future().share();
    ClientSink sink{.on_head = {}, .on_body = [&](std::string_view) {
                        is_ready.wait();
                        stop();
                    }};
    auto call = caller.start(post_stream(server.base_url()), sink);
    stop = [&] { call.cancel(); };
    ready.set_value();
    EXPECT_EQ(call.get().error().failure, ClientFailure::cancelled);
    EXPECT_TRUE(server.wait_released());
}

Task<Outcome> fetch_in_turn(Client& client, std::string url, int times) {
    Outcome last;
    for (int time = 0; time < times; ++time) {
        last = co_await client.fetch(post_stream(url));
        if (!last) co_return last;
    }
    co_return last;
}

TEST(Client, many_calls_on_both_threads_while_others_are_stopped) {
    FaultServer server({Scripted{.text = "a b c d", .chunks = 4}});
    testing::HangingServer hanging(Phase::mid_stream);
    Caller caller;
    std::vector<Spawned<Outcome>> stopped;
    std::vector<Spawned<Outcome>> finished;
    for (int at = 0; at < 40; ++at) {
        stopped.push_back(caller.start(post_stream(hanging.base_url()), {}, at % 2));
        finished.emplace_back(caller.threads().at(at % 2),
                              fetch_in_turn(caller.client(), server.base_url(), 10));
    }
    for (auto& call : stopped) call.cancel();
    for (auto& call : stopped) EXPECT_EQ(call.get().error().failure, ClientFailure::cancelled);
    for (auto& call : finished) EXPECT_TRUE(call.get());
    EXPECT_TRUE(hanging.wait_released());
    EXPECT_EQ(server.requests().size(), 400);
}

TEST(Client, a_post_is_sent_again_only_with_an_idempotency_key) {
    for (const bool keyed : {false, true}) {
        // The first answers and keeps the connection, the second closes it without a byte.
        FaultServer server(
            {body("kept"), Scripted{.fault = Scripted::Fault::closes}, body("again")});
        Caller caller;
        ASSERT_TRUE(caller.fetch(get(server.base_url())));
        ClientRequest request = post_stream(server.base_url());
        if (keyed) request.headers.set("Idempotency-Key", "k");
        const Outcome answer = caller.fetch(request);
        EXPECT_EQ(answer.has_value(), keyed);
        EXPECT_EQ(server.requests().size(), keyed ? 3 : 2);
        if (!keyed) {
            EXPECT_EQ(answer.error().failure, ClientFailure::cut_off);
            EXPECT_THAT(answer.error().message, HasSubstr("is not known"));
        }
    }
}

} // namespace
} // namespace weft::http
