#include "connectors/restful_request.h"

#include "connectors/encoders.h"
#include "domain/testing.h"

#include <gtest/gtest.h>

namespace weft::connectors {

namespace {

RestfulAccount account(std::string_view config, store::connectors::Secrets secrets = {}) {
    auto setup = set_up_restful(js(config).as_object(), {});
    if (!setup) throw std::runtime_error(faults_of(setup));
    return {.config = restful_config(setup->config), .secrets = std::move(secrets)};
}

CustomAction action(std::string_view text) {
    auto custom = custom_action_from_json(js(text));
    if (!custom) throw std::runtime_error(faults_of(custom));
    return *custom;
}

/// "GET https://…" with headers and body, or the error.
std::string shown(const Result<http::ClientRequest>& request) {
    if (!request) return "error: " + request.error().message;
    std::string out = fmt::format("{} {}", to_text(request->method), request->url);
    for (const auto& [name, value] : request->headers.fields)
        out += fmt::format("\n{}: {}", name, value);
    for (const auto& [name, value] : request->credentials.headers)
        out += fmt::format("\n+{}: {}", name, value);
    for (const auto& [name, value] : request->credentials.query)
        out += fmt::format("\n?{}={}", name, value);
    if (!request->body.empty()) out += "\n\n" + request->body;
    return out;
}

constexpr std::string_view plain = R"({"base_url":"https://api.test/v2/"})";

std::string custom(std::string_view template_text, std::string_view inputs) {
    return shown(
        request_for(account(plain), action(template_text), js(inputs).as_object(), "key/1"));
}

} // namespace

TEST(RestfulRequest, values_in_a_url_change_nothing_but_their_place) {
    constexpr std::string_view one = R"({"name":"n","url":"/users/{{id}}/posts?tag={{tag}}"})";
    struct Case {
        std::string id;
        std::string tag;
        std::string expected;
    };
    const Case cases[] = {
        {"7", "a", "GET https://api.test/v2/users/7/posts?tag=a"},
        {"a/b", "x&y=z#f", "GET https://api.test/v2/users/a%2Fb/posts?tag=x%26y%3Dz%23f"},
        {"@evil.test", "", "GET https://api.test/v2/users/%40evil.test/posts?tag="},
        {"a?b", "\r\nx", "GET https://api.test/v2/users/a%3Fb/posts?tag=%0D%0Ax"},
        {"é", "ü", "GET https://api.test/v2/users/%C3%A9/posts?tag=%C3%BC"},
        {"..", "a", "error: url: must not have a segment that is . or .., or a backslash"},
        {"a/../..", "a", "error: url: must not have a segment that is . or .., or a backslash"},
        {"..\\", "a", "error: url: must not have a segment that is . or .., or a backslash"},
        {"%2e%2e", "a", "GET https://api.test/v2/users/%252e%252e/posts?tag=a"},
        {"", "a", "error: url: A value in the path of the URL is empty."},
    };
    for (const Case& each : cases) {
        const json::object inputs{{"id", each.id}, {"tag", each.tag}};
        EXPECT_EQ(shown(request_for(account(plain), action(one), inputs, "")), each.expected);
    }
    EXPECT_TRUE(custom(one, R"({"id":"7"})").contains("tag")) << "names what is missing";
}

TEST(RestfulRequest, values_in_a_json_body_cannot_break_out) {
    const std::string quote = R"({"a":"x\",\"admin\":true,\"b\":\"","n":3,"l":[1,"\""]})";
    const std::string head = "POST https://api.test/v2/x\ncontent-type: application/json\n\n";
    struct Case {
        std::string body; ///< as JSON in the action
        std::string expected;
    };
    const Case cases[] = {
        {R"({"v":"{{a}}","w":"<{{a}}>"})",
         R"({"v":"x\",\"admin\":true,\"b\":\"","w":"<x\",\"admin\":true,\"b\":\">"})"},
        {R"({"n":"{{n}}","l":"{{ l }}","t":"n is {{n}}","k":[null,true]})",
         R"({"n":3,"l":[1,"\""],"t":"n is 3","k":[null,true]})"},
        {R"("{\"v\": \"{{a}}\", \"n\": {{n}}, \"l\": {{l}}}")",
         R"({"v": "x\",\"admin\":true,\"b\":\"", "n": 3, "l": [1,"\""]})"},
        {R"("[\"a{{a}}\", {{a}}]")",
         R"(["ax\",\"admin\":true,\"b\":\"", "x\",\"admin\":true,\"b\":\""])"},
    };
    for (const Case& each : cases) {
        const std::string text =
            R"({"name":"n","method":"post","url":"/x","body":)" + each.body + "}";
        EXPECT_EQ(custom(text, quote), head + each.expected);
        EXPECT_TRUE(parse_json(each.expected)) << each.expected;
    }
    EXPECT_EQ(custom(R"({"name":"n","method":"POST","url":"/x","body":"a={{a}}"})", quote),
              "error: body: does not become JSON: check its template, or give the header "
              "content-type");
}

TEST(RestfulRequest, other_bodies_are_encoded_as_their_media_type_says) {
    auto with = [&](const std::string& type, const std::string& body) {
        const std::string text =
            R"({"name":"n","method":"PUT","url":"/x","headers":{"Content-Type":")" + type +
            R"("},"body":")" + body + R"("})";
        const std::string all = custom(text, R"({"a":"<&\"='x y"})");
        return all.substr(all.find("\n\n") + 2);
    };
    EXPECT_EQ(with("application/x-www-form-urlencoded; charset=utf-8", "a={{a}}&b=1"),
              "a=%3C%26%22%3D%27x%20y&b=1");
    EXPECT_EQ(with("application/xml", "<a b='{{a}}'/>"), "<a b='&lt;&amp;&quot;=&#39;x y'/>");
    EXPECT_EQ(with("text/plain", "{{a}}"), "<&\"='x y");
}

TEST(RestfulRequest, headers_take_no_line_breaks_and_secrets_only_where_they_belong) {
    const auto secret =
        account(R"({"base_url":"https://api.test","headers":{"X-Own":"k {{secrets.k}}"},
        "secrets":{"k":"hush-hush"}})",
                {{"secrets.k", "hush-hush"}});
    const auto one = action(R"({"name":"n","url":"/x","headers":{"X-A":"{{a}}"},
        "query":{"q":"{{secrets.k}}{{a}}"},"method":"POST",
        "idempotency_header":"Idempotency-Key"})");
    EXPECT_EQ(shown(request_for(secret, one, {{"a", "b"}}, "key/1")),
              "POST https://api.test/x\nIdempotency-Key: key/1\n+X-Own: k hush-hush\n+X-A: b\n"
              "?q=hush-hushb");
    EXPECT_EQ(shown(request_for(secret, one, {{"a", "b\r\nX-Evil: 1"}}, "key/1")),
              "error: headers.X-A: must not have line breaks or other control characters");
    EXPECT_EQ(one.action.effect, EffectClass::keyed);
    // The inputs of a caller are not the account's secrets.
    EXPECT_TRUE(shown(request_for(secret, action(R"({"name":"n","url":"/{{secrets.k}}"})"), {}, ""))
                    .starts_with("error: url"));
}

TEST(RestfulRequest, what_a_model_gives_is_data) {
    const auto own =
        account(R"({"base_url":"https://api.test/v2","auth":{"type":"bearer","token":"abcdef"},
        "headers":{"X-Own":"1"},"allowed_methods":["get","POST"],"allowed_paths":["/issues"]})",
                {{"auth.token", "abcdef"}});
    struct Case {
        std::string input;
        std::string expected;
    };
    const std::string auth = "\n+X-Own: 1\n+authorization: Bearer abcdef";
    const Case cases[] = {
        {R"({"method":"get","path":"/issues/a b","query":{"q":"{{x}}&","n":2}})",
         "GET https://api.test/v2/issues/a%20b?q=%7B%7Bx%7D%7D%26&n=2" + auth},
        {R"({"method":"POST","path":"/issues","body":{"a":"{{secrets.k}}"},
             "headers":{"Accept":"a"}})",
         "POST https://api.test/v2/issues\nAccept: a\ncontent-type: application/json" + auth +
             "\n\n{\"a\":\"{{secrets.k}}\"}"},
        {R"({"method":"POST","path":"/issues","body":"hello"})",
         "POST https://api.test/v2/issues\ncontent-type: text/plain; charset=utf-8" + auth +
             "\n\nhello"},
        {R"({"method":"DELETE","path":"/issues/1"})",
         "error: This connector does not allow DELETE."},
        {R"({"method":"GET","path":"/users"})", "error: This connector does not allow /users."},
        {R"({"method":"GET","path":"/issuesX"})", "error: This connector does not allow /issuesX."},
        {R"({"method":"GET","path":"/issues/../users"})",
         "error: path: must not have a segment that is . or .., or a backslash"},
        {R"({"method":"GET","path":"/issues/%2e%2e/users"})",
         "error: path: must not have a segment that is . or .., or a backslash"},
        {R"({"method":"GET","path":"/issues/..%2Fusers"})",
         "error: path: must not have a segment that is . or .., or a backslash"},
        {R"({"method":"GET","path":"@evil.test/"})", "error: path: must begin with /"},
        {R"({"method":"GET","path":"/issues?a=b"})",
         "error: path: must not hold a query: give that as query"},
        {R"({"method":"TRACE","path":"/issues"})",
         "error: method: must be one of GET, HEAD, POST, PUT, PATCH, DELETE"},
        {R"({"method":"GET","path":"/issues","headers":{"Authorization":"x"}})",
         "error: headers.Authorization: is a header that only the connector sets"},
        {R"({"method":"GET","path":"/issues","headers":{"x-own":"2"}})",
         "error: headers.x-own: is a header that only the connector sets"},
        {R"({"method":"GET","path":"/issues","headers":{"Host":"evil.test"}})",
         "error: headers.Host: is a header that only the connector sets"},
        {R"({"method":"GET","path":"/issues","headers":{"A":"b\nC: d"}})",
         "error: headers.A: must not have line breaks or other control characters"},
    };
    for (const Case& each : cases) {
        const json::value input = js(each.input);
        const std::string got =
            shown(request_for(own, input.as_object(), text_or(input, "method")));
        EXPECT_EQ(got, each.expected) << each.input;
    }
}

TEST(RestfulRequest, credentials_go_where_the_account_says) {
    const store::connectors::Secrets secrets{{"auth.value", "vvvv"}, {"auth.password", "pass"}};
    auto with = [&](const std::string& auth) {
        const std::string config = R"({"base_url":"https://a.test","auth":)" + auth + "}";
        return shown(request_for(account(config, secrets), {{"path", "/"}}, "GET"));
    };
    EXPECT_EQ(with(R"({"type":"api_key","name":"X-K","value":"vvvv"})"),
              "GET https://a.test/\n+X-K: vvvv");
    EXPECT_EQ(with(R"({"type":"api_key","in":"query","name":"k","value":"vvvv"})"),
              "GET https://a.test/\n?k=vvvv");
    EXPECT_EQ(with(R"({"type":"basic","username":"me","password":"pass"})"),
              "GET https://a.test/\n+Authorization: Basic bWU6cGFzcw==");
}

TEST(RestfulRequest, an_action_that_cannot_work_is_refused_when_it_is_made) {
    struct Case {
        std::string text;
        std::string expected;
    };
    const Case cases[] = {
        {R"({"name":"n"})", "url: is missing"},
        {R"({"url":"/x"})", "name: is missing"},
        {R"({"name":"n","url":"https://other.test/x"})",
         "url: must begin with one /: it follows the connector's base_url"},
        {R"({"name":"n","url":"//other.test/x"})",
         "url: must begin with one /: it follows the connector's base_url"},
        {R"({"name":"n","url":"/{{secrets.k}}"})",
         "url: may not hold {{secrets.…}}: they belong into headers and query"},
        {R"({"name":"n","url":"/x","method":"PUT","body":{"a":["{{ secrets.k }}"]}})",
         "body.a.0: may not hold {{secrets.…}}: they belong into headers and query"},
        {R"({"name":"n","url":"/x","method":"TRACE"})",
         "method: must be one of GET, HEAD, POST, PUT, PATCH, DELETE"},
        {R"({"name":"n","url":"/x","headers":{"a b":"c"}})",
         "headers.a b: is no name of an HTTP header"},
        {R"({"name":"n","url":"/x","headers":{"Host":"c"}})",
         "headers.Host: cannot be a header that is set here"},
        {R"({"name":"n","url":"/x","headers":{"A":7}})", "headers.A: must be text"},
        {R"({"name":"n","url":"/x","effect":"maybe"})",
         "effect: must be one of pure, keyed, checkable, once"},
        {R"({"name":"n","url":"/x","input_schema":{"fields":[{"field_id":"secrets"}]}})",
         "input_schema: a field must not be called secrets"},
        {R"({"name":"n","url":"/x","effect":"awaited"})",
         "effect: must be one of pure, keyed, checkable, once"},
        {R"({"name":"n","url":"/x","effect":"checkable"})",
         "check_url: is missing: what is checkable must say how to ask"},
        {R"({"name":"n","url":"/x","check_url":"x"})",
         "check_url: must begin with one /: it follows the connector's base_url"},
        {R"({"name":"!!!","url":"/x"})",
         "sort: give a word for it: the name has no letters or digits to make one of"},
    };
    for (const Case& each : cases) {
        const auto custom = custom_action_from_json(js(each.text));
        if (!custom)
            EXPECT_TRUE(faults_of(custom).contains(each.expected))
                << each.text << faults_of(custom);
        else
            EXPECT_EQ(faults_of(check_custom_action(*custom)), each.expected) << each.text;
    }
    EXPECT_TRUE(faults_of(check_custom_action(action(R"({"name":"n","url":"/{{a"})")))
                    .starts_with("url: Line 1"));
}

TEST(RestfulRequest, classes_of_effects_follow_the_method) {
    auto effect = [](const std::string& rest) {
        return action(R"({"name":"n","url":"/x")" + rest + "}").action.effect;
    };
    EXPECT_EQ(effect(""), EffectClass::pure);
    EXPECT_EQ(effect(R"(,"method":"DELETE")"), EffectClass::keyed);
    EXPECT_EQ(effect(R"(,"method":"POST")"), EffectClass::once);
    EXPECT_EQ(effect(R"(,"method":"POST","effect":null)"), EffectClass::once);
    EXPECT_EQ(effect(R"(,"method":"PATCH","idempotency_header":"Idempotency-Key")"),
              EffectClass::keyed);
    EXPECT_EQ(effect(R"(,"method":"POST","effect":"pure")"), EffectClass::pure);
    EXPECT_EQ(effect(R"(,"method":"POST","check_url":"/x/{{id}}")"), EffectClass::checkable);
}

TEST(RestfulSetup, settings_are_checked_and_secrets_taken_out) {
    struct Case {
        std::string config;
        std::string expected;
    };
    const Case cases[] = {
        {R"({"base_url":"ftp://a.test"})", "config.base_url: must be a URL such as "},
        {R"({"base_url":"https://me:pw@a.test"})", "config.base_url: must not hold a user"},
        {R"({"base_url":"https://a.test/?x"})", "config.base_url: must be a URL such as "},
        {R"({"base_url":"https://a.test","auth":{"type":"magic"}})",
         "config.auth.type: must be one of none, api_key, bearer, basic"},
        {R"({"base_url":"https://a.test","auth":{"type":"basic","username":"a:b",
             "password":"pass"}})",
         "config.auth.username: must not have a colon"},
        {R"({"base_url":"https://a.test","auth":{"type":"bearer","token":"abc"}})",
         "config.auth.token: must have 4 to 8192 bytes"},
        {R"({"base_url":"https://a.test","auth":{"type":"bearer","token":"abcd\n"}})",
         "config.auth.token: must not have control characters"},
        {R"({"base_url":"https://a.test","secrets":{"a-b":"abcd"}})",
         "config.secrets.a-b: a secret's name has letters, digits and _"},
        {R"({"base_url":"https://a.test","headers":{"A":"{{name}}"}})",
         "config.headers.A: may read {{secrets.…}} only, not name"},
        {R"({"base_url":"https://a.test","headers":{"Host":"x"}})",
         "config.headers.Host: cannot be a header that is set here"},
        {R"({"base_url":"https://a.test","timeout_s":0})", "config.timeout_s: "},
        {R"({"base_url":"https://a.test","allowed_paths":["x"]})",
         "config.allowed_paths: each begins with /"},
    };
    for (const Case& each : cases)
        EXPECT_TRUE(
            faults_of(set_up_restful(js(each.config).as_object(), {})).starts_with(each.expected))
            << each.config << "\n"
            << faults_of(set_up_restful(js(each.config).as_object(), {}));

    const auto made = set_up_restful(
        js(R"({"base_url":"https://a.test/","auth":{"type":"bearer","token":"tokentoken"},
            "secrets":{"k":"hush-hush"}})")
            .as_object(),
        {});
    ASSERT_TRUE(made) << faults_of(made);
    EXPECT_FALSE(to_text(made->config).contains("tokentoken"));
    EXPECT_FALSE(to_text(made->config).contains("hush"));
    EXPECT_EQ(made->secrets.at("auth.token"), "tokentoken");
    EXPECT_EQ(made->lacking, "");
    EXPECT_EQ(set_up_restful({}, {})->lacking, "give its base_url");
}

TEST(RestfulSetup, secrets_stay_only_while_requests_go_to_the_same_origin) {
    const connectors::Setup before{.config = js(R"({"base_url":"https://a.test/v1"})").as_object(),
                                   .kept = {"auth.token", "secrets.k"}};
    auto again = [&](const std::string& config) {
        const auto setup = set_up_restful(js(config).as_object(), before);
        return setup ? fmt::format("{} {}", fmt::join(setup->kept, ","), setup->lacking)
                     : faults_of(setup);
    };
    EXPECT_EQ(again(R"({"base_url":"https://a.test/v2","auth":{"type":"bearer"}})"),
              "auth.token,secrets.k ");
    EXPECT_EQ(
        again(R"({"base_url":"https://a.test/v2","auth":{"type":"bearer","token":"********"}})"),
        "auth.token,secrets.k ");
    EXPECT_EQ(again(R"({"base_url":"https://a.test","auth":{"type":"none"},"secrets":{"k":null}})"),
              " ");
    EXPECT_EQ(again(R"({"base_url":"https://evil.test","auth":{"type":"bearer"}})"),
              " give its auth.token");
    EXPECT_EQ(again(R"({"base_url":"http://a.test","auth":{"type":"bearer","token":"********"}})"),
              " give its auth.token");
    EXPECT_EQ(again(R"({"base_url":"https://evil.test","secrets":{"k":"********"}})"),
              " give its secrets.k");
}

} // namespace weft::connectors
