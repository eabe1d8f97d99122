#include "http/credentials.h"

#include "http/client_testing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weft::http {
namespace {

using testing::body;
using testing::Caller;
using testing::FaultServer;
using testing::get;
using ::testing::HasSubstr;

TEST(Credentials, go_to_their_origin_alone) {
    const Credentials bound = {
        .origins = {"https://api.example.com/v1", "http://127.0.0.1:11434", "not a URL"}};
    const std::pair<const char*, bool> rows[] = {
        {"https://api.example.com/", true},
        {"https://API.EXAMPLE.com:443/other?x", true},
        {"http://127.0.0.1:11434/api", true},
        {"http://0x7f.1:11434/api", true}, // the same address to the parser that connects
        {"http://api.example.com/", false},
        {"https://api.example.com:8443/", false},
        {"https://example.com/", false},
        {"https://evil.api.example.com/", false},
        {"https://api.example.com.evil.example/", false},
        {"https://api.example.com@evil.example/", false},
        {"https://api.example.com./", false},
        {"http://127.0.0.1/", false},
        {"http://localhost:11434/", false},
    };
    for (const auto& [url, belongs] : rows) {
        const auto origin = origin_of(url);
        ASSERT_TRUE(origin) << url;
        EXPECT_EQ(bound.belong_to(*origin), belongs) << url;
    }
    EXPECT_FALSE(Credentials{}.belong_to({"https", "api.example.com", 443}));
}

TEST(Credentials, each_form_on_the_wire) {
    FaultServer server({body("x")});
    Caller caller;
    const std::string own = server.base_url();
    struct Row {
        Credentials credentials;
        const char* header = "";
        const char* value = "";
        const char* target = "";
    };
    const Row rows[] = {
        {Credentials::bearer(own, "t0ken"), "authorization", "Bearer t0ken", "/v1?a=1"},
        {Credentials::header(own, "X-Api-Key", "k"), "x-api-key", "k", "/v1?a=1"},
        {Credentials::basic(own, "Aladdin", "open sesame"), "authorization",
         "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "/v1?a=1"}, // the example of RFC 7617
        {Credentials::query_parameter(own, "key", "a b&c"), "authorization", "",
         "/v1?a=1&key=a+b%26c"},
        {Credentials::bearer(own, ""), "authorization", "", "/v1?a=1"},
        {Credentials::bearer("http://127.0.0.1:1", "t0ken"), "authorization", "", "/v1?a=1"},
        {Credentials::query_parameter("https://127.0.0.1", "key", "k"), "authorization", "",
         "/v1?a=1"},
    };
    for (const Row& row : rows) {
        auto request = get(own + "?a=1");
        request.credentials = row.credentials;
        ASSERT_TRUE(caller.fetch(request));
        EXPECT_EQ(server.requests().back().header(row.header), row.value);
        EXPECT_EQ(server.requests().back().target, row.target);
    }
}

TEST(Credentials, replace_a_header_set_by_hand) {
    FaultServer server({body("x")});
    Caller caller;
    auto request = get(server.base_url());
    request.headers.set("authorization", "by hand");
    request.credentials = Credentials::bearer(server.base_url(), "bound");
    ASSERT_TRUE(caller.fetch(request));
    const auto seen = server.requests()[0];
    EXPECT_EQ(seen.header("authorization"), "Bearer bound");
    EXPECT_EQ(std::ranges::count(seen.headers, "authorization",
                                 [](const auto& field) { return field.first; }),
              1);
}

TEST(Credentials, that_hold_a_line_break_are_refused_and_not_shown) {
    FaultServer server({body("x")});
    Caller caller;
    auto request = get(server.base_url());
    request.credentials = Credentials::bearer(server.base_url(), "hidden\r\nX-Other: y");
    const auto answer = caller.fetch(request);
    ASSERT_FALSE(answer);
    EXPECT_THAT(answer.error().message, HasSubstr("character that HTTP forbids"));
    EXPECT_EQ(answer.error().message.find("hidden"), std::string::npos);
    EXPECT_TRUE(server.requests().empty());
}

TEST(Credentials, sensitive_headers_are_known_in_any_case) {
    for (const char* name : {"Authorization", "COOKIE", "proxy-authorization", "X-Api-Key",
                             "api-key", "x-goog-api-key"})
        EXPECT_TRUE(is_sensitive_header(name, {})) << name;
    for (const char* name : {"accept", "content-type", "idempotency-key", "anthropic-version", ""})
        EXPECT_FALSE(is_sensitive_header(name, {})) << name;
    EXPECT_TRUE(is_sensitive_header("X-Tenant-Secret", {"x-tenant-secret"}));
}

} // namespace
} // namespace weft::http
