#include "http/request_parser.h"

#include <gtest/gtest.h>

#include <random>

namespace weft::http {

using namespace std::string_literals;

/// Feeds `wire` in pieces of `piece` bytes, as a connection would, and describes what came out:
/// "GET /p?q [body]" for each request, or the status of the refusal.
std::string read_in_pieces(std::string_view wire, std::size_t piece) {
    RequestParser parser(1'024, 16);
    std::string buffer;
    std::string found;
    for (std::size_t at = 0; at < wire.size(); at += piece) {
        buffer += wire.substr(at, piece);
        for (bool more = true; more;) {
            std::size_t used = 0;
            const RequestParser::Step step = parser.feed(buffer, used);
            buffer.erase(0, used);
            switch (step) {
            case RequestParser::Step::need_more: more = false; break;
            case RequestParser::Step::head:
                if (parser.accept_body({32})) break;
                [[fallthrough]];
            case RequestParser::Step::refused:
                return found + std::to_string(parser.refusal().status);
            case RequestParser::Step::done: {
                const Request& request = parser.request();
                found.append(to_text(request.method)).append(" ").append(request.path);
                if (!request.query.empty()) found.append("?").append(request.query);
                found.append(" [").append(request.body).append("] ");
                parser.reset();
                more = !buffer.empty();
            }
            }
        }
    }
    return found;
}

struct Case {
    std::string wire;
    std::string found;
};

void check(const std::vector<Case>& cases) {
    for (const Case& each : cases)
        for (const std::size_t piece :
             {std::size_t{1}, std::size_t{2}, std::size_t{7}, each.wire.size()})
            EXPECT_EQ(read_in_pieces(each.wire, std::max<std::size_t>(piece, 1)), each.found)
                << "in pieces of " << piece << ":\n"
                << each.wire;
}

TEST(RequestParser, requests) {
    check({
        {"GET /a?b=c HTTP/1.1\r\nHost: h\r\n\r\n", "GET /a?b=c [] "},
        {"\r\n\r\nGET / HTTP/1.1\r\nhOsT:h\r\n\r\n", "GET / [] "},
        {"GET / HTTP/1.0\r\n\r\n", "GET / [] "},
        {"DELETE /%2F HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc", "DELETE /%2F [abc] "},
        {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n"
         "GET /2 HTTP/1.1\r\nHost: h\r\n\r\n",
         "POST / [] GET /2 [] "},
        {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n\r\n"
         "GET /2 HTTP/1.1\r\nHost: h\r\n\r\n",
         "POST / [\r\n] GET /2 [] "},
        {"PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n"
         "3\r\nabc\r\n0A;x=\"y\"\r\n0123456789\r\n0"
         "\r\nX-Trailer: t\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\n",
         "PUT / [abc0123456789] GET /2 [] "},
        {"PATCH / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
         "PATCH / [] "},
        {"GET http://h/a/b?c HTTP/1.1\r\nHost: h\r\n\r\n", "GET /a/b?c [] "},
        {"GET http://h HTTP/1.1\r\nHost: h\r\n\r\n", "GET / [] "},
        {"GET http://h?c HTTP/1.1\r\nHost: h\r\n\r\n", "GET /?c [] "},
        {"OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", "OPTIONS * [] "},
        {"GET / HTTP/1.1\r\nHost:\r\n\r\n", "GET / [] "},
        {"GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", "GET / [] "},
        // Nobody has to upgrade (RFC 9110, 7.8): the request is answered as it is.
        {"GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
         "HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n\r\n",
         "GET / [] "},
        {"GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(900, 'x') + "\r\n\r\n", "GET / [] "},
    });
}

TEST(RequestParser, malformed) {
    const std::string host = "Host: h\r\n";
    check({
        {"\x16\x03\x01\x02", "400"},
        {" GET / HTTP/1.1\r\n" + host + "\r\n", "400"},
        {"GET / HTTP/1.1\n" + host + "\n", "400"},
        {"GET / HTTP/1.1\r\nHost: h\n\r\n", "400"},
        {"GET / HTTP/1.1\r\nHost: h\r\r\n\r\n", "400"},
        {"GET / HTTP/1.1\r\nHost: h\r\nX: a\rb\r\n\r\n", "400"},
        {"GET / HTTP/1.1\r\nHost: h\r\nX: a\0b\r\n\r\n"s, "400"},
        {"GET / HTTP/1.1\r\nHost: h\r\nX: a\x7f\r\n\r\n", "400"},
        {"GET / HTTP/1.1\r\nHost: h\r\nX: a\r\n b\r\n\r\n", "400"},
        {"GET / HTTP/1.1\r\nHost: h\r\nX: a\r\n\tb\r\n\r\n", "400"},
        {"GET / HTTP/1.1\r\n X: a\r\nHost: h\r\n\r\n", "400"},
        {"GET / HTTP/1.1\r\nHost : h\r\n\r\n", "400"},
        {"GET / HTTP/1.1\r\nHost: h\r\nX\0: a\r\n\r\n"s, "400"},
        {"GET /\0 HTTP/1.1\r\nHost: h\r\n\r\n"s, "400"},
        {"GET / HTTP/1.1\r\nHost: h/x\r\n\r\n", "400"},
        {"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "400"},
        {"GET / HTTP/1.1\r\nHost: h@i\r\n\r\n", "400"},
        {"GET / HTTP/1.1\r\nHost: \"h\r\n\r\n", "400"},
        {"GET http:///a HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
        {"GET http://u@h/a HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
        {"GET / HTTP/1.1\r\nHost: h\r\nX\x80: a\r\n\r\n", "400"},
        {"GET / HTTP/1.1\r\nHost\r\n\r\n", "400"},
        {"GET / HTTP/1.1\r\n: h\r\n\r\n", "400"},
        {"GET / HTTP/1.1\r\nHo(st: h\r\n\r\n", "400"},
        {"GET / HTTP/1.1\r\n\r\n", "400"},
        {"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", "400"},
        {"GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", "400"},
        {"GET  / HTTP/1.1\r\n" + host + "\r\n", "400"},
        {"GET /\r\n" + host + "\r\n", "400"},
        {"GET HTTP/1.1\r\n" + host + "\r\n", "400"},
        {"GET / HTTP/1.1 \r\n" + host + "\r\n", "400"},
        {"GET / HTTX/1.1\r\n" + host + "\r\n", "400"},
        {"GET / http/1.1\r\n" + host + "\r\n", "400"},
        {"GET / HTTP/2.0\r\n" + host + "\r\n", "505"},
        {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505"},
        {"GET a HTTP/1.1\r\n" + host + "\r\n", "400"},
        {"GET * HTTP/1.1\r\n" + host + "\r\n", "400"},
        {"GET /a#b HTTP/1.1\r\n" + host + "\r\n", "400"},
        {"GET ftp://h/ HTTP/1.1\r\n" + host + "\r\n", "400"},
        {"G(T / HTTP/1.1\r\n" + host + "\r\n", "400"},
        {"BREW / HTTP/1.1\r\n" + host + "\r\n", "501"},
        {"CONNECT h:80 HTTP/1.1\r\n" + host + "\r\n", "501"},
        {"TRACE / HTTP/1.1\r\n" + host + "\r\n", "501"},
        {"GET / HTTP/1.1\r\n" + host + "Expect: tea\r\n\r\n", "417"},
    });
}

TEST(RequestParser, both_or_strange_framings_are_refused) {
    const std::string post = "POST / HTTP/1.1\r\nHost: h\r\n";
    const std::string chunks = "\r\n1\r\na\r\n0\r\n\r\n";
    check({
        {post + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n" + chunks, "400"},
        {post + "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n" + chunks, "400"},
        {post + "Content-Length: 1\r\nContent-Length: 1\r\n\r\na", "400"},
        {post + "Content-Length: 1\r\nContent-Length: 2\r\n\r\na", "400"},
        {post + "Content-Length: 1, 1\r\n\r\na", "400"},
        {post + "Content-Length: +1\r\n\r\na", "400"},
        {post + "Content-Length: -1\r\n\r\na", "400"},
        {post + "Content-Length: 0x1\r\n\r\na", "400"},
        {post + "Content-Length: 1 1\r\n\r\na", "400"},
        {post + "Content-Length: 1a\r\n\r\na", "400"},
        {post + "Content-Length:\r\n\r\n", "400"},
        {post + "Content-Length: 99999999999999999999\r\n\r\n", "400"},
        {post + "Content-Length : 1\r\n\r\na", "400"},
        {post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n" + chunks, "400"},
        {post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n" + chunks, "400"},
        {post + "Transfer-Encoding: identity\r\nContent-Length: 1\r\n\r\na", "501"},
        {post + "Transfer-Encoding: chunked, chunked\r\n" + chunks, "501"},
        {post + "Transfer-Encoding: gzip, chunked\r\n" + chunks, "501"},
        {post + "Transfer-Encoding: xchunked\r\n" + chunks, "501"},
        {post + "Transfer-Encoding: \"chunked\"\r\n" + chunks, "501"},
        {post + "Transfer-Encoding:\r\n" + chunks, "501"},
        {post + "Transfer-Encoding: \vchunked\r\n" + chunks, "400"},
        {post + "Transfer-Encoding : chunked\r\n" + chunks, "400"},
        {post + "Transfer-Encoding:\r\n chunked\r\n" + chunks, "400"},
        {post + "X: y\nTransfer-Encoding: chunked\r\n" + chunks, "400"},
        {"POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n" + chunks, "400"},
    });
}

TEST(RequestParser, broken_chunks) {
    const std::string post = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    check({
        {post + "x\r\na\r\n", "400"},
        {post + "-1\r\na\r\n", "400"},
        {post + " 1\r\na\r\n", "400"},
        {post + "1 \r\na\r\n", "400"},
        {post + "0x1\r\na\r\n0\r\n\r\n", "400"},
        {post + "1\na\n0\n\n\r\n", "400"},
        {post + "1\r\naXX0\r\n\r\n", "400"},
        {post + "1\r\na\n0\r\n\r\n", "400"},
        {post + "1;\r\na\r\n", "400"},
        {post + "1;a\rb\r\na\r\n", "400"},
        {post + "10000000000000001\r\na\r\n", "400"},
        {post + "ffffffffffffffff\r\n" + std::string(40, 'a'), "413"},
        {post + "0\r\nContent-Length: 5\r\n\r\n", "400"},
        {post + "0\r\nbad trailer\r\n\r\n", "400"},
        {post + "1;" + std::string(6'000, 'x'), "400"},
        {post + "0\r\nX: " + std::string(6'000, 'x'), "400"},
    });
}

/// However bytes are damaged and cut, nothing breaks, and what is found does not depend on the
/// cuts.
TEST(RequestParser, damaged_bytes) {
    const std::string seeds[] = {
        "POST /a?b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
        "3;x=y\r\nabc\r\n0\r\nT: "
        "u\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / "
        "HTTP/1.0\r\n\r\n",
        "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello",
    };
    constexpr std::string_view spice = "\r\n \t:;,0123456789abcdefGET/\"\0\x7f\xff";
    std::mt19937 random(20'260'101);
    const auto below = [&](std::size_t end) { return random() % end; };
    for (int round = 0; round < 20'000; ++round) {
        std::string wire = seeds[below(std::size(seeds))];
        for (std::size_t i = below(4); i-- > 0;) {
            const std::size_t at = below(wire.size());
            switch (below(3)) {
            case 0: wire[at] = spice[below(spice.size())]; break;
            case 1: wire.erase(at, 1 + below(3)); break;
            default: wire.insert(at, 1, spice[below(spice.size())]);
            }
        }
        const std::string whole = read_in_pieces(wire, wire.size());
        for (const std::size_t piece : {std::size_t{1}, std::size_t{1 + below(20)}}) {
            const std::string cut = read_in_pieces(wire, piece);
            // The end of a chunked body waits for five bytes: a refusal may still be due where the
            // bytes end.
            const bool refusal_due = whole.size() == cut.size() + 3 && whole.starts_with(cut);
            EXPECT_TRUE(cut == whole || refusal_due)
                << wire << "\nin pieces of " << piece << ": " << cut << "\nas a whole: " << whole;
        }
    }
}

TEST(RequestParser, limits) {
    const std::string get = "GET / HTTP/1.1\r\nHost: h\r\n";
    std::string fields;
    for (int i = 0; i < 16; ++i) fields += "X: y\r\n";
    check({
        {get + "X: " + std::string(2'000, 'x') + "\r\n\r\n", "431"},
        {"GET /" + std::string(2'000, 'x'), "431"},
        {get + fields + "\r\n", "431"},
        {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 32\r\n\r\n" + std::string(32, 'a'),
         "POST / [" + std::string(32, 'a') + "] "},
        {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 33\r\n\r\n", "413"},
        {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n" +
             std::string(32, 'a') + "\r\n1\r\na\r\n0\r\n\r\n",
         "413"},
    });
}

TEST(RequestParser, trailers_never_become_headers) {
    RequestParser parser(1'024, 16);
    const std::string wire =
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-Api-Key: k\r\n\r\n";
    std::size_t used = 0;
    ASSERT_EQ(parser.feed(wire, used), RequestParser::Step::head);
    ASSERT_TRUE(parser.accept_body({10}));
    ASSERT_EQ(parser.feed(std::string_view(wire).substr(used), used), RequestParser::Step::done);
    EXPECT_EQ(parser.request().headers.find("x-api-key"), nullptr);
    EXPECT_EQ(parser.request().headers.fields.size(), 2U);
}

TEST(RequestParser, the_address_overrules_the_host_header) {
    RequestParser parser(1'024, 16);
    std::size_t used = 0;
    ASSERT_EQ(parser.feed("GET http://real:8/a HTTP/1.1\r\nHost: other\r\n\r\n", used),
              RequestParser::Step::head);
    EXPECT_EQ(*parser.request().headers.find("host"), "real:8");
}

TEST(RequestParser, keep_alive) {
    struct Case {
        const char* head;
        bool keep;
    };
    const Case cases[] = {
        {"GET / HTTP/1.1\r\nHost: h\r\n\r\n", true},
        {"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", false},
        {"GET / HTTP/1.1\r\nHost: h\r\nConnection: x, Close\r\n\r\n", false},
        {"GET / HTTP/1.0\r\n\r\n", false},
        {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true},
    };
    for (const Case& each : cases) {
        RequestParser parser(1'024, 16);
        std::size_t used = 0;
        ASSERT_EQ(parser.feed(each.head, used), RequestParser::Step::head) << each.head;
        EXPECT_EQ(parser.keep_alive(), each.keep) << each.head;
    }
}

} // namespace weft::http
