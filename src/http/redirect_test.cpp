#include "http/redirect.h"

#include "http/client_testing.h"
#include "tests/support/certificate.h"

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
using testing::Scripted;
using testing::SeenRequest;

ClientResponse answer_of(int status, std::string location) {
    ClientResponse out{.status = status};
    out.headers.set("Location", std::move(location));
    return out;
}

TEST(Redirect, method_and_body_follow_the_rules_of_http) {
    struct Row {
        int status;
        Method before;
        Method after;
        bool body;
    };
    const Row rows[] = {
        {301, Method::get, Method::get, true},      {301, Method::post, Method::get, false},
        {302, Method::post, Method::get, false},    {302, Method::put, Method::put, true},
        {303, Method::post, Method::get, false},    {303, Method::put, Method::get, false},
        {303, Method::delete_, Method::get, false}, {303, Method::head, Method::head, true},
        {307, Method::post, Method::post, true},    {308, Method::post, Method::post, true},
        {308, Method::patch, Method::patch, true},  {301, Method::delete_, Method::delete_, true},
    };
    for (const Row& row : rows) {
        ClientRequest request{.method = row.before, .url = "https://a.example/x", .body = "b"};
        request.headers.set("Content-Type", "text/plain");
        request.headers.set("Accept", "text/plain");
        const auto next = redirected(request, answer_of(row.status, "/y"));
        ASSERT_TRUE(next);
        EXPECT_EQ(next->method, row.after) << row.status << " " << to_text(row.before);
        EXPECT_EQ(next->body, row.body ? "b" : "") << row.status << " " << to_text(row.before);
        EXPECT_EQ(next->headers.find("content-type") != nullptr, row.body) << row.status;
        EXPECT_TRUE(next->headers.find("accept"));
        EXPECT_EQ(next->url, "https://a.example/y");
    }
}

TEST(Redirect, what_is_not_one) {
    Headers with;
    with.set("Location", "/x");
    for (const int status : {200, 201, 300, 304, 305, 306, 400, 500})
        EXPECT_FALSE(is_redirect(status, with)) << status;
    for (const int status : {301, 302, 303, 307, 308}) {
        EXPECT_TRUE(is_redirect(status, with)) << status;
        EXPECT_FALSE(is_redirect(status, {})) << "without a Location it is an answer like others";
    }
}

TEST(Redirect, what_proves_who_asks_stays_at_its_origin) {
    struct Row {
        const char* location;
        bool same;
    };
    const Row rows[] = {
        {"/other", true},
        {"https://a.example:443/x", true},
        {"HTTPS://A.EXAMPLE/x", true},
        {"https://b.example/", false},
        {"https://a.example:444/", false},
        {"https://sub.a.example/", false},
        {"//b.example/", false},
        {"https://a.example./", false},
    };
    for (const Row& row : rows) {
        ClientRequest request{.url = "https://a.example/x"};
        for (const char* name : {"Authorization", "cookie", "Proxy-Authorization", "X-API-Key",
                                 "api-key", "X-Tenant", "Host", "Referer"})
            request.headers.set(name, "secret");
        request.headers.set("Accept", "text/plain");
        request.sensitive_headers = {"x-tenant"};
        const auto next = redirected(request, answer_of(307, row.location));
        ASSERT_TRUE(next) << row.location;
        EXPECT_EQ(next->headers.fields.size(), row.same ? 9 : 1) << row.location;
        EXPECT_TRUE(next->headers.find("accept"));
    }
}

TEST(Redirect, places_that_are_not_gone_to) {
    struct Row {
        const char* location;
        const char* sentence;
    };
    const Row rows[] = {
        {"ftp://a.example/hidden", "a.example:8443 redirects to something that is no http"},
        {"file:///etc/hidden", "no http or https URL"},
        {"gopher://127.0.0.1:6379/_hidden", "no http or https URL"},
        {"javascript:hidden()", "no http or https URL"},
        {"", "no http or https URL"},
        {"http://", "no http or https URL"},
        {"https://joe:hidden@a.example/", "user name or password"},
        {"https://hidden@a.example/", "user name or password"},
        {"http://a.example:8443/hidden", "from https to http"},
        {"http://b.example/hidden", "from https to http"},
    };
    for (const Row& row : rows) {
        const auto next = redirected({.url = "https://a.example:8443/hidden?x=hidden"},
                                     answer_of(302, row.location));
        ASSERT_FALSE(next) << row.location;
        EXPECT_EQ(next.error().failure, ClientFailure::refused_redirect);
        EXPECT_EQ(next.error().status, 302);
        EXPECT_THAT(next.error().message, HasSubstr(row.sentence)) << row.location;
        EXPECT_EQ(next.error().message.find("hidden"), std::string::npos) << row.location;
    }
    ClientRequest free{.url = "https://a.example/", .allow_downgrade = true};
    EXPECT_TRUE(redirected(free, answer_of(302, "http://a.example/")));
}

/// The whole way, on loopback: different ports are different origins.
Scripted moved(int status, std::string to, std::string text = "moved") {
    Scripted out = body(std::move(text));
    out.status = status;
    out.headers = {{"location", std::move(to)}};
    return out;
}

ClientRequest following(std::string url, int redirects_max = 5) {
    ClientRequest out = get(std::move(url));
    out.redirects_max = redirects_max;
    return out;
}

TEST(Redirect, credentials_go_to_the_origins_they_are_bound_to_on_every_hop) {
    FaultServer last({body("there")});
    FaultServer foreign({moved(307, last.base_url())});
    FaultServer first({moved(307, foreign.base_url())});
    Caller caller;
    ClientRequest request = following(first.base_url());
    request.method = Method::post;
    request.body = "{}";
    request.headers.set("Authorization", "by hand");
    request.headers.set("X-Note", "kept");
    request.credentials = Credentials::header(first.base_url(), "X-Api-Key", "k");
    request.credentials.origins.push_back(last.base_url());
    request.credentials.query.emplace_back("key", "q");
    const Outcome answer = caller.fetch(request);
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->body, "there");
    EXPECT_EQ(answer->url, last.base_url()) << "without the query's credentials";
    const SeenRequest at_first = first.requests()[0];
    const SeenRequest at_foreign = foreign.requests()[0];
    const SeenRequest at_last = last.requests()[0];
    EXPECT_EQ(at_first.header("x-api-key"), "k");
    EXPECT_EQ(at_first.header("authorization"), "by hand");
    EXPECT_EQ(at_first.target, "/v1?key=q");
    EXPECT_EQ(at_foreign.header("x-api-key"), "");
    EXPECT_EQ(at_foreign.header("authorization"), "");
    EXPECT_EQ(at_foreign.target, "/v1");
    EXPECT_EQ(at_foreign.header("x-note"), "kept");
    EXPECT_EQ(at_foreign.body, "{}");
    EXPECT_EQ(at_last.header("x-api-key"), "k");
    EXPECT_EQ(at_last.header("authorization"), "") << "set by hand, it is gone for good";
    EXPECT_EQ(at_last.target, "/v1?key=q");
}

TEST(Redirect, a_sink_hears_of_the_last_answer_alone) {
    FaultServer server(
        {moved(302, "/two"), moved(301, "three", std::string(100'000, 'x')), body("there")});
    Caller caller;
    std::vector<std::string> heard;
    ClientSink sink{
        .on_head = [&](int status, const Headers&) { heard.push_back(std::to_string(status)); },
        .on_body = [&](std::string_view piece) { heard.emplace_back(piece); }};
    const Outcome answer = caller.fetch(following(server.base_url()), sink);
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_THAT(heard, ::testing::ElementsAre("200", "there"));
    ASSERT_EQ(server.requests().size(), 3);
    EXPECT_EQ(server.requests()[1].target, "/two");
    EXPECT_EQ(server.requests()[2].target, "/three");
}

TEST(Redirect, the_number_of_hops_has_an_end) {
    FaultServer server([](const SeenRequest&) { return moved(302, "/round"); });
    Caller caller;
    const Outcome answer = caller.fetch(following(server.base_url(), 3));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().failure, ClientFailure::refused_redirect);
    EXPECT_THAT(answer.error().message,
                HasSubstr("redirects again after 3 redirects, and no more are followed"));
    EXPECT_EQ(server.requests().size(), 4);
}

TEST(Redirect, size_and_time_are_those_of_the_whole_call) {
    FaultServer server([](const SeenRequest&) {
        Scripted out = moved(302, "/round", std::string(400, 'x'));
        out.pause_before_head = milliseconds(20);
        return out;
    });
    Caller caller;
    ClientRequest request = following(server.base_url(), 1'000'000);
    request.answer_bytes_max = 1000;
    const Outcome large = caller.fetch(request);
    ASSERT_FALSE(large);
    EXPECT_EQ(large.error().failure, ClientFailure::too_large) << large.error().message;
    EXPECT_EQ(server.requests().size(), 3);
    request.answer_bytes_max = std::size_t{1} << 40;
    request.total_ms_max = milliseconds(200);
    const Outcome late = caller.fetch(request);
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().failure, ClientFailure::timed_out) << late.error().message;
    EXPECT_THAT(late.error().message, HasSubstr("did not finish its answer within 0.2 s"));
}

TEST(Redirect, https_leads_to_http_only_when_allowed) {
    FaultServer plain({body("plain")});
    FaultServer secure({moved(302, plain.base_url())}, FaultServer::Listen::https);
    Caller caller;
    ClientRequest request = following(secure.base_url());
    request.ca_file = testing::Certificate::loopback().ca_file;
    const Outcome refused = caller.fetch(request);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("from https to http"));
    EXPECT_TRUE(plain.connections().empty());
    request.allow_downgrade = true;
    const Outcome answer = caller.fetch(request);
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->body, "plain");
}

TEST(Redirect, a_stop_between_hops_is_a_stop) {
    FaultServer server([](const SeenRequest&) { return moved(302, "/round"); });
    Caller caller;
    auto call = caller.start(following(server.base_url(), 1'000'000'000));
    ASSERT_TRUE(server.wait_until([](const auto& all) { return !all.empty(); }));
    call.cancel();
    const Outcome answer = call.get();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().failure, ClientFailure::cancelled);
}

} // namespace
} // namespace weft::http
