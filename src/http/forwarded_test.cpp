#include "http/forwarded.h"

#include <gtest/gtest.h>

namespace weft::http {

TEST(TrustedProxies, take_addresses_and_prefixes_and_nothing_else) {
    for (const char* good : {"", "127.0.0.1", "10.0.0.0/8, fd00::/8", "::1", "::ffff:10.0.0.1"})
        EXPECT_TRUE(TrustedProxies::parse(good)) << good;
    for (const char* bad : {"proxy.example.org", "127.0.0.1:80", "[::1]", "[::1]:80", "10.0.0.0/33",
                            "10.0.0.0/8;fd00::/8", "*", "127.0.0.1, localhost"})
        EXPECT_FALSE(TrustedProxies::parse(bad)) << bad;
}

TEST(TrustedProxies, plain_addresses) {
    const std::pair<const char*, const char*> rows[] = {
        {"192.0.2.1", "192.0.2.1"},
        {"192.0.2.1:51234", "192.0.2.1"},
        {"[::1]:51234", "::1"},
        {"[::1]", "::1"},
        {"2001:db8::1", "2001:db8::1"},
        {"[::ffff:192.0.2.1]:80", "192.0.2.1"},
        {"fe80::1%eth0", "fe80::1"},
        {"[fe80::1%eth0]:80", "fe80::1"},
        {"unknown", ""},
        {"_hidden", ""},
        {"", ""},
        {"[", ""},
        {"[::1", ""},
        {"192.0.2.1, 192.0.2.2", ""},
        {"192.0.2.256", ""},
    };
    for (const auto& [text, address] : rows) EXPECT_EQ(plain_address(text), address) << text;
}

TEST(TrustedProxies, only_their_word_counts_and_only_the_rightmost_address_that_is_none_of_them) {
    struct Case {
        const char* peer;
        std::vector<std::pair<std::string, std::string>> fields;
        const char* client;
        bool is_secure;
    };
    const std::string by = "X-Forwarded-For", with = "X-Forwarded-Proto";
    const Case cases[] = {
        // Whoever is no proxy may say what he likes.
        {"203.0.113.9", {{by, "198.51.100.1"}, {with, "https"}}, "203.0.113.9", false},
        {"11.0.0.1", {{by, "198.51.100.1"}}, "11.0.0.1", false},
        // A proxy is believed.
        {"10.0.0.1", {{by, "198.51.100.1"}, {with, "https"}}, "198.51.100.1", true},
        {"10.0.0.1", {{by, "198.51.100.1:4711"}, {with, "HTTPS"}}, "198.51.100.1", true},
        {"10.0.0.1", {{by, "2001:db8::7"}}, "2001:db8::7", false},
        {"10.0.0.1", {{by, "[2001:db8::7]:80"}}, "2001:db8::7", false},
        {"::1", {{by, "::ffff:198.51.100.1"}}, "198.51.100.1", false},
        {"10.0.0.1", {}, "10.0.0.1", false},
        // What the client sent itself stands to the left.
        {"10.0.0.1", {{by, "127.0.0.1, 198.51.100.1"}}, "198.51.100.1", false},
        {"10.0.0.1", {{by, "127.0.0.1"}, {by, "198.51.100.1"}}, "198.51.100.1", false},
        {"10.0.0.1", {{by, "10.0.0.9, 198.51.100.1, 10.0.0.2"}}, "198.51.100.1", false},
        {"10.0.0.1", {{with, "https"}, {with, "http"}}, "10.0.0.1", false},
        {"10.0.0.1", {{with, "https, http"}}, "10.0.0.1", false},
        {"10.0.0.1", {{with, "http, https"}}, "10.0.0.1", true},
        // Proxies all the way.
        {"10.0.0.1", {{by, "10.0.0.3, 10.0.0.2"}}, "10.0.0.3", false},
        // What is no address ends the walk: what stands left of it is nobody's word.
        {"10.0.0.1", {{by, "198.51.100.1, unknown"}}, "10.0.0.1", false},
        {"10.0.0.1", {{by, "198.51.100.1, evil\"><b>, 10.0.0.2"}}, "10.0.0.2", false},
        {"10.0.0.1", {{by, ","}}, "10.0.0.1", false},
        {"10.0.0.1", {{with, "httpsx"}}, "10.0.0.1", false},
    };
    const auto proxies = TrustedProxies::parse("10.0.0.0/8, ::1").value();
    for (const Case& each : cases) {
        Request request;
        request.headers.fields = each.fields;
        proxies.identify(request, each.peer, false);
        const std::string shown = each.fields.empty() ? "nothing" : each.fields.back().second;
        EXPECT_EQ(request.client, each.client) << each.peer << " says " << shown;
        EXPECT_EQ(request.is_secure, each.is_secure) << each.peer << " says " << shown;
    }
}

TEST(TrustedProxies, tls_up_to_us_counts_unless_a_proxy_knows_better) {
    const auto proxies = TrustedProxies::parse("10.0.0.0/8").value();
    Request request;
    proxies.identify(request, "203.0.113.9", true);
    EXPECT_TRUE(request.is_secure);
    request.headers.set("x-forwarded-proto", "http");
    proxies.identify(request, "203.0.113.9", true);
    EXPECT_TRUE(request.is_secure);
    proxies.identify(request, "10.0.0.1", true);
    EXPECT_FALSE(request.is_secure);
}

} // namespace weft::http
