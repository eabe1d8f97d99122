#include "http/sse_parser.h"

#include <gtest/gtest.h>

namespace weft::http {
namespace {

std::string shown(const std::vector<SseEvent>& events) {
    std::string out;
    for (const SseEvent& each : events)
        out += "[" + each.id + "|" + each.event + "|" + each.data + "]";
    return out;
}

struct Row {
    const char* name;
    std::string stream;
    const char* events;
    bool inside_at_end = false;
};

const Row rows[] = {
    {"one line", "data: hello\n\n", "[||hello]"},
    {"CRLF and CR", "data: a\r\n\r\ndata: b\r\rdata: c\n\r\n", "[||a][||b][||c]"},
    {"several lines", "data: a\ndata:b\ndata:  c\n\n", "[||a\nb\n c]"},
    {"empty data counts", "data\n\ndata:\n\n", "[||][||]"},
    {"no data, no event", "event: x\n\nid: 1\n\n: nothing\n\n", ""},
    {"id stays, event does not", "id: 7\nevent: e\ndata: a\n\ndata: b\n\n", "[7|e|a][7||b]"},
    {"an id with NUL is ignored", std::string("id: 1\nid: a\0b\ndata: x\n\n", 23), "[1||x]"},
    {"comments and unknown fields", ": c\nfoo: bar\ndata: x\nbaz\n\n", "[||x]"},
    {"byte order mark once",
     "\xEF\xBB\xBF"
     "data: x\n\n\xEF\xBB\xBF"
     "data: y\n\n",
     "[||x]"},
    {"colons in the value", "data: a: b:c\n\n", "[||a: b:c]"},
    {"cut off: no blank line", "data: x\n", "", true},
    {"cut off: no line end", "data: x\n\ndata: y", "[||x]", true},
};

TEST(SseParser, reads_streams_cut_anywhere) {
    for (const Row& row : rows) {
        for (std::size_t step = 1; step <= row.stream.size(); ++step) {
            SseParser parser;
            std::vector<SseEvent> events;
            for (std::size_t at = 0; at < row.stream.size(); at += step)
                ASSERT_TRUE(parser.feed(std::string_view(row.stream).substr(at, step), events));
            EXPECT_EQ(shown(events), row.events) << row.name << " in pieces of " << step;
            EXPECT_EQ(parser.inside_event(), row.inside_at_end) << row.name;
        }
    }
}

TEST(SseParser, an_endless_event_is_refused) {
    for (const char* line : {"data: 0123456789\n", "0123456789"}) {
        SseParser parser(100);
        std::vector<SseEvent> events;
        Result<> fed;
        for (int times = 0; times < 20 && fed; ++times) fed = parser.feed(line, events);
        ASSERT_FALSE(fed);
        EXPECT_EQ(fed.error().code, Code::too_large);
        EXPECT_TRUE(events.empty());
    }
}

TEST(SseParser, retry_takes_digits_only) {
    SseParser parser;
    std::vector<SseEvent> events;
    ASSERT_TRUE(parser.feed("retry: 1500\nretry: -3\nretry: 1x\n", events));
    EXPECT_EQ(parser.retry_ms(), 1500);
}

} // namespace
} // namespace weft::http
