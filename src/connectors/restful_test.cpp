#include "connectors/restful.h"

#include "connectors/accounts.h"
#include "connectors/testing.h"
#include "store/connectors.h"
#include "store/custom_actions.h"
#include "tests/support/fault_server.h"
#include "tests/support/spawned.h"

namespace weft::connectors {

using weft::testing::FaultServer;
using weft::testing::Scripted;
using weft::testing::SeenRequest;

class RestfulTest : public StoreTest {
protected:
    RestfulTest() { threads_.run(); }
    ~RestfulTest() override {
        client_.stop();
        threads_.stop();
    }

    /// An account below the server's "/v1".
    ConnectorAccount account_at(const std::string& base_url, json::object more = {}) {
        more["base_url"] = base_url;
        const auto setup = must(catalogue_.find("restful")->set_up(more, {}));
        return write([&](store::Tx& tx) -> Result<ConnectorAccount> {
            for (const ConnectorKind& kind : kinds(catalogue_)) {
                if (kind.category != "restful") continue;
                auto made =
                    TRY(store::connectors::create(tx, scope_, kind, {.config = setup.config}));
                for (const auto& [name, value] : setup.secrets)
                    TRY(store::connectors::put_secret(tx, store_->vault(), scope_, made.id, name,
                                                      value));
                return made;
            }
            return fail(Code::internal, "no restful");
        });
    }
    void add_action(const ConnectorAccount& account, std::string_view text) {
        auto custom = custom_action_from_json(js(text)).value();
        custom.connector = account.id;
        write([&](store::Tx& tx) { return store::custom_actions::create(tx, scope_, custom); });
    }
    Result<json::value> call(const ConnectorAccount& account, std::string sort,
                             std::string_view input) {
        weft::testing::Spawned task(threads_.at(0),
                                    catalogue_.find("restful")->run({.scope = scope_,
                                                                     .sort = std::move(sort),
                                                                     .input = js(input).as_object(),
                                                                     .effect_key = "run/1/2",
                                                                     .account = account}));
        return task.get();
    }
    Result<json::value> call_again(const ConnectorAccount& account, std::string sort,
                                   std::string_view input) {
        weft::testing::Spawned task(threads_.at(0),
                                    catalogue_.find("restful")->run({.scope = scope_,
                                                                     .sort = std::move(sort),
                                                                     .input = js(input).as_object(),
                                                                     .effect_key = "run/1/2",
                                                                     .repeated = true,
                                                                     .account = account}));
        return task.get();
    }
    ConnectorAccount found(const ConnectorAccount& account) {
        return read([&](store::Rx& rx) { return store::connectors::find(rx, scope_, account.id); });
    }
};

namespace {

Scripted body(std::string text, std::string type = "application/json", int status = 200) {
    Scripted answer;
    answer.status = status;
    answer.raw_body = std::move(text);
    answer.content_type = std::move(type);
    return answer;
}

std::string told(const Result<json::value>& result) {
    if (result) return to_text(*result);
    return fmt::format("{}{}", result.error().message,
                       result.error().retry_after_s
                           ? fmt::format(" (after {} s)", *result.error().retry_after_s)
                           : "");
}

} // namespace

TEST_F(RestfulTest, what_is_checkable_asks_before_it_acts_again) {
    int check_status = 200;
    FaultServer server([&](const SeenRequest& seen) {
        if (seen.method == "GET")
            return body(R"({"was":"there"})", "application/json", check_status);
        return body(R"({"was":"made"})");
    });
    const ConnectorAccount account = account_at(server.base_url());
    add_action(account, R"({"name":"order","method":"POST","url":"/orders","query":{"a":"b"},
        "body":{"id":"{{id}}"},"check_url":"/orders/{{id}}","idempotency_header":"X-Key",
        "input_schema":{"fields":[{"field_id":"id"}]}})");
    const auto seen = [&] {
        std::string text;
        for (const SeenRequest& each : server.requests())
            text += each.method + " " + each.target + " " + each.header("x-key") + "\n";
        return text;
    };
    EXPECT_TRUE(told(call(account, "order", R"({"id":"7"})")).contains("made"));
    EXPECT_EQ(seen(), "POST /v1/orders?a=b run/1/2\n");
    EXPECT_TRUE(told(call_again(account, "order", R"({"id":"7"})")).contains("there"));
    EXPECT_EQ(seen(), "POST /v1/orders?a=b run/1/2\nGET /v1/orders/7 run/1/2\n");
    check_status = 500;
    const auto unknown = call_again(account, "order", R"({"id":"7"})");
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error().code, Code::unavailable);
    EXPECT_EQ(server.requests().size(), 3U);
    check_status = 404;
    EXPECT_TRUE(told(call_again(account, "order", R"({"id":"7"})")).contains("made"));
    EXPECT_EQ(server.requests().size(), 5U);
}

TEST_F(RestfulTest, an_answer_is_json_text_or_nothing) {
    FaultServer server([](const SeenRequest& seen) {
        if (seen.target == "/v1/json") return body(R"({"a":[1]})", "application/json; charset=x");
        if (seen.target == "/v1/broken") return body("{", "application/json");
        if (seen.target == "/v1/text") return body("caf\xe9", "text/plain");
        if (seen.target == "/v1/bytes") return body(std::string("a\0b", 3), "image/png");
        return body(std::string(300'000, 'x'), "text/plain");
    });
    const ConnectorAccount account = account_at(server.base_url());
    auto body_of = [&](const std::string& path) {
        return to_text(must(call(account, "get", R"({"path":")" + path + R"("})")).at("body"));
    };
    EXPECT_EQ(body_of("/json"), R"({"a":[1]})");
    EXPECT_EQ(body_of("/broken"), R"("{")");
    EXPECT_EQ(body_of("/text"), R"("café")");
    EXPECT_EQ(body_of("/bytes"), "null");
    const json::value large = must(call(account, "get", R"({"path":"/large"})"));
    EXPECT_TRUE(bool_or(large, "truncated"));
    EXPECT_EQ(large.at("body").as_string().size(), answer_text_bytes_max);
    EXPECT_EQ(int_or(large, "status", 0), 200);
}

TEST_F(RestfulTest, statuses_are_errors_of_the_right_kind) {
    struct Case {
        int status;
        Code code;
        std::string after; ///< Retry-After
        std::string said;
    };
    const Case cases[] = {
        {400, Code::invalid, "", "answered 400: no"},
        {404, Code::not_found, "", "answered 404: no"},
        {409, Code::conflict, "", "answered 409: no"},
        {413, Code::too_large, "", "answered 413: no"},
        {422, Code::invalid, "", "answered 422: no"},
        {429, Code::rate_limited, "7", "answered 429: no (after 7 s)"},
        {429, Code::rate_limited, "", "answered 429: no (after 5 s)"},
        {500, Code::unavailable, "7", "answered 500: no"},
        {503, Code::unavailable, "3", "answered 503: no (after 3 s)"},
    };
    for (const Case& each : cases) {
        Scripted answer = body("no", "text/plain", each.status);
        if (!each.after.empty()) answer.headers.emplace_back("retry-after", each.after);
        FaultServer server({answer});
        const auto result = call(account_at(server.base_url()), "request",
                                 R"({"method":"POST","path":"/x","query":{"q":"hidden"}})");
        EXPECT_TRUE(is_code(result, each.code)) << told(result);
        EXPECT_EQ(told(result), "POST " + server.base_url() + "/x " + each.said);
    }
}

TEST_F(RestfulTest, refused_credentials_mark_the_account_and_are_masked) {
    FaultServer server([](const SeenRequest& seen) {
        return body("you sent " + seen.header("authorization"), "text/plain", 401);
    });
    const ConnectorAccount account =
        account_at(server.base_url(), {{"auth", {{"type", "bearer"}, {"token", "canary-token"}}}});
    const auto result = call(account, "get", R"({"path":"/x"})");
    EXPECT_TRUE(is_code(result, Code::unauthenticated)) << told(result);
    EXPECT_EQ(server.requests().at(0).header("authorization"), "Bearer canary-token");
    EXPECT_FALSE(told(result).contains("canary")) << told(result);
    EXPECT_TRUE(told(result).contains("Bearer ********")) << told(result);
    const ConnectorAccount now = found(account);
    EXPECT_EQ(now.status, "failed");
    EXPECT_TRUE(now.reason.contains("answered 401")) << now.reason;
    EXPECT_FALSE(now.reason.contains("canary")) << now.reason;
    const auto refused = await(usable_account(*store_, scope_, "restful", account.id));
    EXPECT_TRUE(is_code(refused, Code::conflict));
    // Somebody configured it while a call was under way: that call's failure is not its own.
    clock_.advance(seconds(1));
    write([&](store::Tx& tx) {
        return store::connectors::set_status(tx, scope_, account.id, "active", "");
    });
    EXPECT_FALSE(call(account, "get", R"({"path":"/x"})"));
    EXPECT_EQ(found(account).status, "active");
}

TEST_F(RestfulTest, a_custom_action_sends_its_template_with_the_effects_key) {
    FaultServer server([](const SeenRequest& seen) {
        return body(fmt::format(R"({{"target":"{}","key":"{}","token":"{}"}})", seen.target,
                                seen.header("idempotency-key"), seen.header("x-token")));
    });
    const ConnectorAccount account =
        account_at(server.base_url(), {{"secrets", {{"token", "canary-token"}}}});
    add_action(account, R"({"name":"Open issue","method":"POST","url":"/repos/{{repo}}/issues",
        "headers":{"X-Token":"{{secrets.token}}"},"query":{"t":"{{secrets.token}}"},
        "body":{"title":"{{title}}"},"idempotency_header":"Idempotency-Key",
        "input_schema":{"fields":[{"field_id":"repo"},{"field_id":"title"}]}})");
    const json::value answer =
        must(call(account, "open_issue", R"({"repo":"a/b","title":"Say \"hi\""})"));
    const SeenRequest seen = server.requests().at(0);
    EXPECT_EQ(seen.target, "/v1/repos/a%2Fb/issues?t=canary-token");
    EXPECT_EQ(seen.header("x-token"), "canary-token");
    EXPECT_EQ(seen.body, R"({"title":"Say \"hi\""})");
    EXPECT_EQ(
        to_text(answer.at("body")),
        R"({"target":"/v1/repos/a%2Fb/issues?t=********","key":"run/1/2","token":"********"})");
    EXPECT_TRUE(is_code(call(account, "no_such", "{}"), Code::not_found));
}

TEST_F(RestfulTest, credentials_do_not_follow_a_redirect_to_another_origin) {
    FaultServer other([](const SeenRequest&) { return body("{}"); });
    FaultServer server([&](const SeenRequest&) {
        Scripted answer = body("", "text/plain", 302);
        answer.headers.emplace_back("location", other.base_url("localhost") + "/there");
        return answer;
    });
    const ConnectorAccount account =
        account_at(server.base_url(),
                   {{"auth", {{"type", "api_key"}, {"name", "X-Mine"}, {"value", "canary-key"}}},
                    {"headers", {{"X-Also", "{{secrets.k}}"}}},
                    {"query", {{"q", "{{secrets.k}}"}}},
                    {"secrets", {{"k", "canary-more"}}}});
    const auto result = call(account, "get", R"({"path":"/x"})");
    EXPECT_TRUE(result) << told(result);
    ASSERT_EQ(other.requests().size(), 1U);
    const SeenRequest seen = other.requests().at(0);
    EXPECT_EQ(seen.target, "/v1/there");
    for (const auto& [name, value] : seen.headers) EXPECT_FALSE(value.contains("canary")) << name;
    EXPECT_EQ(server.requests().at(0).header("x-mine"), "canary-key");
    EXPECT_EQ(server.requests().at(0).target, "/v1/x?q=canary-more");
    // What changes something is not sent on.
    EXPECT_EQ(int_or(must(call(account, "request", R"({"method":"POST","path":"/x"})")), "status"),
              302);
    EXPECT_EQ(other.requests().size(), 1U);
}

TEST_F(RestfulTest, what_never_left_may_be_repeated_and_what_may_have_arrived_not) {
    int port = 0;
    {
        FaultServer gone({Scripted{}});
        port = gone.port();
    }
    const ConnectorAccount nobody = account_at(fmt::format("http://127.0.0.1:{}", port));
    const auto unsent = call(nobody, "request", R"({"method":"POST","path":"/x"})");
    EXPECT_TRUE(is_code(unsent, Code::unavailable)) << told(unsent);
    EXPECT_EQ(unsent.error().retry_after_s, 1);
    Scripted closing;
    closing.fault = Scripted::Fault::closes;
    FaultServer server({closing});
    const auto lost =
        call(account_at(server.base_url()), "request", R"({"method":"POST","path":"/x"})");
    EXPECT_TRUE(is_code(lost, Code::unavailable)) << told(lost);
    EXPECT_FALSE(lost.error().retry_after_s);
}

TEST_F(RestfulTest, private_addresses_are_refused_unless_the_server_allows_them) {
    FaultServer server({body("{}")});
    const auto strict = make_restful(*store_, client_, clock_, {});
    const ConnectorAccount account = account_at(server.base_url());
    weft::testing::Spawned task(
        threads_.at(0),
        strict->run(
            {.scope = scope_, .sort = "get", .input = {{"path", "/x"}}, .account = account}));
    const auto refused = task.get();
    EXPECT_TRUE(is_code(refused, Code::unauthenticated)) << told(refused);
    EXPECT_TRUE(server.requests().empty());
    EXPECT_EQ(found(account).status, "active");
}

TEST_F(RestfulTest, a_stopped_call_lets_go_of_its_socket) {
    Scripted silent;
    silent.fault = Scripted::Fault::never_answers;
    FaultServer server({silent});
    weft::testing::Spawned task(threads_.at(0), catalogue_.find("restful")->run(
                                                    {.scope = scope_,
                                                     .sort = "get",
                                                     .input = {{"path", "/x"}},
                                                     .account = account_at(server.base_url())}));
    ASSERT_TRUE(server.wait_hanging());
    asio::post(threads_.at(0), [&] { task.cancel(); });
    EXPECT_TRUE(is_code(task.get(), Code::cancelled));
    EXPECT_TRUE(server.wait_all_closed());
}

} // namespace weft::connectors
