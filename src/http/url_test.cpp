#include "http/url.h"

#include <gtest/gtest.h>

namespace weft::http {
namespace {

TEST(Url, an_origin_is_scheme_host_and_port) {
    struct Row {
        const char* url = "";
        Origin origin;
    };
    const Row rows[] = {
        {"https://API.Example.com/v1?x=1#y", {"https", "api.example.com", 443}},
        {"http://example.com", {"http", "example.com", 80}},
        {"http://example.com:8080/", {"http", "example.com", 8080}},
        {"https://example.com:443", {"https", "example.com", 443}},
        {"HTTP://example.com:0443", {"http", "example.com", 443}},
        {"http://0x7f.1/", {"http", "127.0.0.1", 80}},
        {"http://2130706433/", {"http", "127.0.0.1", 80}},
        {"http://%30/", {"http", "0.0.0.0", 80}},
        {"http://%31%32%37.1/", {"http", "127.0.0.1", 80}},
        {"http://[::1]:9/", {"http", "[::1]", 9}},
        {"http:///example.com/", {"http", "example.com", 80}}, // as browsers read it
        {"http://example.com./", {"http", "example.com.", 80}},
        {"http://good.example@evil.example/", {"http", "evil.example", 80}},
        {"http://good.example%2F@evil.example/", {"http", "evil.example", 80}},
        {"http://evil.example?good.example", {"http", "evil.example", 80}},
        {"http://evil.example#@good.example", {"http", "evil.example", 80}},
    };
    for (const Row& row : rows) {
        const auto origin = origin_of(row.url);
        ASSERT_TRUE(origin) << row.url;
        EXPECT_EQ(origin->scheme, row.origin.scheme) << row.url;
        EXPECT_EQ(origin->host, row.origin.host) << row.url;
        EXPECT_EQ(origin->port, row.origin.port) << row.url;
    }
}

TEST(Url, what_is_no_http_url) {
    for (const char* text : {"",
                             "example.com",
                             "/path",
                             "//example.com/",
                             "http://",
                             "ftp://a/",
                             "file:///etc/passwd",
                             "gopher://127.0.0.1:6379/_x",
                             "javascript:alert(1)",
                             "http://a b/",
                             "http://a\r\nHost: b/",
                             "http://a/\x7f",
                             "http://a:99999/",
                             "http://a:1x/",
                             "http://[::1/",
                             "http://[x]/",
                             "http://a%2525b/",
                             "http://a.%x/",
                             "http://a*b/",
                             "http://a%25b/",
                             "http://a~b/",
                             "data:text/plain,x",
                             "http://a\tb/"})
        EXPECT_FALSE(Url::parse(text)) << text;
}

TEST(Url, a_location_is_resolved_against_where_it_came_from) {
    const auto from = Url::parse("https://example.com:8443/a/b?c=d#e");
    ASSERT_TRUE(from);
    const std::pair<const char*, const char*> rows[] = {
        {"/x", "https://example.com:8443/x"},
        {"x", "https://example.com:8443/a/x"},
        {"../x", "https://example.com:8443/x"},
        {"../../../x", "https://example.com:8443/x"},
        {"?y=1", "https://example.com:8443/a/b?y=1"},
        {"#frag", "https://example.com:8443/a/b?c=d"},
        {"//other.example/x", "https://other.example/x"},
        {"http://other.example", "http://other.example/"},
        {"/with space", "https://example.com:8443/with%20space"},
        {"/already%20done", "https://example.com:8443/already%20done"},
        {"https://example.com:8443/x#part", "https://example.com:8443/x"},
        {"ftp://other.example/", ""},
        {"file:///etc/passwd", ""},
        {"javascript:alert(1)", ""},
        {"", ""},
        {"http://", ""},
    };
    for (const auto& [location, expected] : rows) {
        const auto next = from->follow(location);
        EXPECT_EQ(next ? next->text() : "", expected) << location;
    }
    EXPECT_EQ(from->text(), "https://example.com:8443/a/b?c=d") << "following leaves it as it was";
}

TEST(Url, a_query_parameter_is_encoded_and_appended) {
    auto url = Url::parse("http://example.com/a?x=1");
    ASSERT_TRUE(url);
    url->add_query("key", "a&b=c d/ü");
    EXPECT_EQ(url->text(), "http://example.com/a?x=1&key=a%26b%3dc+d%2f%c3%bc");
    auto bare = Url::parse("http://example.com");
    bare->add_query("key", "v");
    EXPECT_EQ(bare->text(), "http://example.com/?key=v");
}

} // namespace
} // namespace weft::http
