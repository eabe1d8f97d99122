#include "http/retry_after.h"

#include <gtest/gtest.h>

namespace weft::http {
namespace {

TEST(RetryAfter, dates_in_three_forms) {
    const Instant expected{784'111'777'000'000}; // the example of RFC 9110
    for (const char* text : {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
                             "Sun Nov  6 08:49:37 1994"})
        EXPECT_EQ(parse_http_date(text), expected) << text;
    for (const char* text :
         {"", "1994-11-06", "Sun, 06 Nov 1994 08:49:37 GMT and more", "Sun, 06 Nov 1994"})
        EXPECT_FALSE(parse_http_date(text)) << text;
}

struct Row {
    Headers headers;
    std::int64_t ms = 0; ///< -1: none
};

TEST(RetryAfter, seconds_milliseconds_and_dates) {
    const Instant now{784'111'777'000'000};
    const Row rows[] = {
        {{{{"Retry-After", "7"}}}, 7000},
        {{{{"Retry-After", "0.5"}}}, 500},
        {{{{"Retry-After", "7"}, {"retry-after-ms", "120"}}}, 120},
        {{{{"Retry-After", "99999999999999999999"}}}, 86'400'000},
        {{{{"Retry-After", "Sun, 06 Nov 1994 08:49:47 GMT"}}}, 10'000},
        {{{{"Retry-After", "Sun, 06 Nov 1994 08:49:27 GMT"}}}, 0},
        {{{{"Date", "Sun, 06 Nov 1994 08:50:00 GMT"},
           {"Retry-After", "Sun, 06 Nov 1994 08:50:03 GMT"}}},
         3000},
        {{{{"Date", "nonsense"}, {"Retry-After", "Sun, 06 Nov 1994 08:49:38 GMT"}}}, 1000},
        {{{{"Retry-After", "-1"}}}, -1},
        {{{{"Retry-After", "nan"}}}, -1},
        {{{{"Retry-After", "soon"}}}, -1},
        {{}, -1},
    };
    for (const Row& row : rows) {
        const auto wait = retry_after(row.headers, now);
        EXPECT_EQ(wait ? wait->count() : -1, row.ms)
            << (row.headers.fields.empty() ? "" : row.headers.fields.back().second);
    }
}

} // namespace
} // namespace weft::http
