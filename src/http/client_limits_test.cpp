#include "http/client.h"

#include "http/client_testing.h"
#include "tests/support/byte_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weft::http {
namespace {

using testing::body;
using testing::ByteScript;
using testing::ByteServer;
using testing::Caller;
using testing::FaultServer;
using testing::get;
using ::testing::HasSubstr;
using testing::Outcome;
using testing::post_stream;
using testing::Scripted;

constexpr std::size_t megabyte = 1024 * 1024;

/// A peer that moves on all the time, or never, and the limit that ends it.
struct Slow {
    const char* name = "";
    ByteScript script;
    std::size_t upload_bytes = 0;
    milliseconds ClientRequest::* limit = nullptr;
    const char* sentence = "";
};

const std::string head = "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n";
const std::string chunked = head + "transfer-encoding: chunked\r\n\r\n";

const Slow slow_peers[] = {
    {"an upload that stands still",
     {.reads = false},
     64 * megabyte,
     &ClientRequest::silence_ms_max,
     "took nothing more of the request for 0.15 s"},
    {"an upload that stands still, in all",
     {.reads = false},
     64 * megabyte,
     &ClientRequest::total_ms_max,
     "did not finish its answer within 0.15 s"},
    {"a head that trickles",
     {.pieces = {"HTTP/1.1 200 OK\r\n", "x-more: y\r\n"},
      .pause = milliseconds(5),
      .repeats_last = true},
     0,
     &ClientRequest::first_byte_ms_max,
     "did not begin to answer within 0.15 s"},
    {"one header without end",
     {.pieces = {"HTTP/1.1 200 OK\r\nx: ", "y"}, .pause = milliseconds(5), .repeats_last = true},
     0,
     &ClientRequest::first_byte_ms_max,
     "did not begin to answer within 0.15 s"},
    {"early hints without end",
     {.pieces = {"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n"},
      .pause = milliseconds(5),
      .repeats_last = true},
     0,
     &ClientRequest::first_byte_ms_max,
     "did not begin to answer within 0.15 s"},
    {"a body that trickles",
     {.pieces = {chunked, "1\r\nx\r\n"}, .pause = milliseconds(5), .repeats_last = true},
     0,
     &ClientRequest::total_ms_max,
     "did not finish its answer within 0.15 s"},
    {"a body that stops",
     {.pieces = {chunked, "1\r\nx\r\n"}},
     0,
     &ClientRequest::silence_ms_max,
     "fell silent for 0.15 s"},
    {"a chunk extension without end",
     {.pieces = {chunked + "1;x=", "y"}, .pause = milliseconds(5), .repeats_last = true},
     0,
     &ClientRequest::silence_ms_max,
     "fell silent for 0.15 s"},
    {"trailers that trickle",
     {.pieces = {chunked + "1\r\nx\r\n0\r\n", "a: b\r\n"},
      .pause = milliseconds(5),
      .repeats_last = true},
     0,
     &ClientRequest::total_ms_max,
     "did not finish its answer within 0.15 s"},
};

TEST(ClientLimits, a_peer_that_takes_its_time_is_left) {
    for (const Slow& row : slow_peers) {
        ByteServer server(row.script);
        Caller caller;
        ClientRequest request = get(server.url());
        if (row.upload_bytes > 0) {
            request.method = Method::post;
            request.body.assign(row.upload_bytes, 'x');
        }
        request.*row.limit = milliseconds(150);
        const Outcome answer = caller.fetch(request);
        ASSERT_FALSE(answer) << row.name;
        EXPECT_EQ(answer.error().failure, ClientFailure::timed_out)
            << row.name << ": " << answer.error().message;
        EXPECT_THAT(answer.error().message, HasSubstr(row.sentence)) << row.name;
    }
}

TEST(ClientLimits, the_wait_for_an_answer_begins_when_the_request_is_out) {
    ByteServer server({.reads = false});
    Caller caller;
    ClientRequest request = post_stream(server.url());
    request.body.assign(64 * megabyte, 'x');
    request.first_byte_ms_max = milliseconds(1);
    request.silence_ms_max = milliseconds(300);
    const Outcome answer = caller.fetch(std::move(request));
    ASSERT_FALSE(answer);
    EXPECT_THAT(answer.error().message, HasSubstr("took nothing more of the request for 0.3 s"));
}

TEST(ClientLimits, a_length_beyond_the_limit_is_refused_before_a_byte_is_read) {
    ByteServer server({.pieces = {head + "content-length: 1001\r\n\r\n"}});
    Caller caller;
    bool told = false;
    ClientSink sink{.on_head = [&](int, const Headers&) { told = true; },
                    .on_body = [&](std::string_view) { told = true; }};
    ClientRequest request = get(server.url());
    request.answer_bytes_max = 1000;
    const Outcome answer = caller.fetch(request, sink);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().failure, ClientFailure::too_large) << answer.error().message;
    EXPECT_THAT(answer.error().message, HasSubstr("longer than 1000 bytes"));
    EXPECT_FALSE(told);
}

TEST(ClientLimits, a_length_that_is_only_stated_counts_for_nothing) {
    ByteServer exact({.pieces = {head + "content-length: 3\r\n\r\nabc"}});
    FaultServer asked({body(std::string(5000, 'x'))});
    Caller caller;
    ClientRequest request = get(exact.url());
    request.answer_bytes_max = 3;
    EXPECT_TRUE(caller.fetch(request));
    ClientRequest head_only = get(asked.base_url());
    head_only.method = Method::head;
    head_only.answer_bytes_max = 3;
    EXPECT_TRUE(caller.fetch(head_only)) << "HEAD has no body, whatever its length says";
}

TEST(ClientLimits, an_answer_without_a_length_ends_at_the_limit) {
    const std::string piece(8192, 'x');
    for (const std::string& start : {chunked, std::string(head + "connection: close\r\n\r\n")}) {
        const bool by_chunks = start == chunked;
        ByteServer server({.pieces = {start, by_chunks ? "2000\r\n" + piece + "\r\n" : piece},
                           .repeats_last = true});
        Caller caller;
        std::size_t arrived = 0;
        ClientSink sink{.on_head = {},
                        .on_body = [&](std::string_view each) { arrived += each.size(); }};
        ClientRequest request = get(server.url());
        request.answer_bytes_max = 100'000;
        const Outcome answer = caller.fetch(request, sink);
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().failure, ClientFailure::too_large) << answer.error().message;
        EXPECT_LE(arrived, 100'000);
    }
}

TEST(ClientLimits, headers_and_trailers_have_an_end) {
    const std::string line = "x-filler: " + std::string(4000, 'y') + "\r\n";
    for (const std::string& start : {head, std::string(chunked + "1\r\nx\r\n0\r\n"),
                                     std::string("HTTP/1.1 103 Early Hints\r\n")}) {
        const bool hints = start.find("103") != std::string::npos;
        ByteServer server({.pieces = {hints ? start + line + "\r\n" : start,
                                      hints ? start + line + "\r\n" : line},
                           .repeats_last = true});
        Caller caller;
        const Outcome answer = caller.fetch(get(server.url()));
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().failure, ClientFailure::too_large) << answer.error().message;
        EXPECT_THAT(answer.error().message, HasSubstr("headers without end"));
    }
}

std::string bytes_of(std::string_view hex) {
    std::string out;
    for (std::size_t at = 0; at < hex.size(); at += 2)
        out += static_cast<char>(std::stoi(std::string(hex.substr(at, 2)), nullptr, 16));
    return out;
}

/// Compressed zeros without end: 10 MB of each are 10 GB and more. (br is 100 MB of them.)
struct Bomb {
    const char* encoding;
    std::string start;
    std::string again; ///< as often as one likes
};

std::vector<Bomb> bombs() {
    // After the tables of one dynamic deflate block each zero bit pair is 258 bytes more.
    const std::string deflated = "ecc101010000008090feafee080a00000000000000000000000000";
    return {
        {"gzip", bytes_of("1f8b0800000000000003" + deflated), std::string(16384, '\0')},
        {"deflate", bytes_of("789c" + deflated), std::string(16384, '\0')},
        // One frame of blocks that repeat a byte 131,072 times (RFC 8878, 3.1.1.2.2).
        {"zstd", bytes_of("28b52ffd0058"), bytes_of("02001000")},
        {"br",
         bytes_of("cbffff3ff82700e2b14020f7fe8fffff7ff04f00c4611180eefd1fffffffe09f0088c30200ddfb3f"
                  "feffffc13f0110870500baf77ffcffff837f02200e0b0074effff8ffff07ff04401c1600e8defff1"
                  "ffff0ffe0980382c00d0bdffe3ffff1ffc1300715800a07bffc7ffff3ff82700e2b00040f7fe8fff"
                  "ff7ff04f00c4610180eefd1fffffffe09f0088c30200ddfb3ffeffffc13f0110870500baf77ff9ff"
                  "ff837f02200e0b0074ef7f00"),
         ""},
    };
}

std::string encoded_head(const std::string& encoding) {
    return head + "content-encoding: " + encoding + "\r\nconnection: close\r\n\r\n";
}

TEST(ClientLimits, a_bomb_ends_early) {
    for (const Bomb& bomb : bombs()) {
        ByteServer server({.pieces = {encoded_head(bomb.encoding) + bomb.start, bomb.again},
                           .repeats_last = true});
        Caller caller;
        std::size_t arrived = 0;
        ClientSink sink{.on_head = {},
                        .on_body = [&](std::string_view each) { arrived += each.size(); }};
        ClientRequest request = get(server.url());
        request.answer_bytes_max = std::size_t{100} * 1024 * megabyte;
        const Outcome answer = caller.fetch(request, sink);
        ASSERT_FALSE(answer) << bomb.encoding;
        EXPECT_EQ(answer.error().failure, ClientFailure::too_large)
            << bomb.encoding << ": " << answer.error().message;
        EXPECT_THAT(answer.error().message, HasSubstr("unpacks to more than 100 times its size"));
        EXPECT_LE(arrived, 64 * megabyte) << bomb.encoding;
    }
}

TEST(ClientLimits, a_bomb_in_chunks_or_of_a_stated_length_ends_early_too) {
    const Bomb gzip = bombs().front();
    std::string chunk = "4000\r\n" + gzip.again + "\r\n";
    const std::string prefix = head + "content-encoding: gzip\r\n";
    const ByteScript scripts[] = {
        {.pieces = {prefix + "transfer-encoding: chunked\r\n\r\n25\r\n" + gzip.start + "\r\n",
                    chunk},
         .repeats_last = true},
        {.pieces = {prefix + "content-length: 10485760\r\n\r\n" + gzip.start, gzip.again},
         .repeats_last = true},
    };
    for (const ByteScript& script : scripts) {
        ByteServer server(script);
        Caller caller;
        const Outcome answer = caller.fetch(get(server.url()));
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().failure, ClientFailure::too_large) << answer.error().message;
        EXPECT_THAT(answer.error().message, HasSubstr("unpacks to more"));
    }
}

TEST(ClientLimits, without_the_ratio_the_size_ends_a_bomb) {
    const Bomb gzip = bombs().front();
    ByteServer server(
        {.pieces = {encoded_head("gzip") + gzip.start, gzip.again}, .repeats_last = true});
    Caller caller;
    std::size_t arrived = 0;
    ClientSink sink{.on_head = {},
                    .on_body = [&](std::string_view each) { arrived += each.size(); }};
    ClientRequest request = get(server.url());
    request.expansion_max = 1'000'000;
    request.answer_bytes_max = 5 * megabyte;
    const Outcome answer = caller.fetch(request, sink);
    ASSERT_FALSE(answer);
    EXPECT_THAT(answer.error().message, HasSubstr("longer than 5242880 bytes"));
    EXPECT_LE(arrived, 5 * megabyte);
}

TEST(ClientLimits, what_is_packed_twice_or_unasked_is_refused) {
    struct Row {
        const char* fields;
        Encoding encoding;
        const char* sentence;
    };
    const Row rows[] = {
        {"content-encoding: gzip, gzip\r\n", Encoding::any, "compressed more than once"},
        {"content-encoding: gzip\r\ncontent-encoding: br\r\n", Encoding::any,
         "compressed more than once"},
        {"content-encoding: gzip\r\ntransfer-encoding: gzip, chunked\r\n", Encoding::any,
         "compressed more than once"},
        {"content-encoding: gzip, identity, zstd\r\n", Encoding::any, "compressed more than once"},
        {"content-encoding: gzip\r\n", Encoding::identity, "was not asked for"},
        {"content-encoding: compress\r\nconnection: close\r\n", Encoding::any, "is damaged"},
    };
    for (const Row& row : rows) {
        ByteServer server({.pieces = {head + row.fields + "\r\nabc"}});
        Caller caller;
        ClientRequest request = get(server.url());
        request.encoding = row.encoding;
        const Outcome answer = caller.fetch(request);
        ASSERT_FALSE(answer) << row.fields;
        EXPECT_THAT(answer.error().message, HasSubstr(row.sentence)) << row.fields;
    }
}

TEST(ClientLimits, which_encodings_are_asked_for) {
    FaultServer server({body("plain")});
    Caller caller;
    ClientRequest request = get(server.base_url());
    ASSERT_TRUE(caller.fetch(request));
    for (const char* name : {"gzip", "deflate", "br", "zstd"})
        EXPECT_THAT(server.requests().back().header("accept-encoding"), HasSubstr(name));
    request.encoding = Encoding::identity;
    ASSERT_TRUE(caller.fetch(request));
    EXPECT_EQ(server.requests().back().header("accept-encoding"), "identity");
}

} // namespace
} // namespace weft::http
