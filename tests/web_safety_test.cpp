// What a hostile web page could make of a browser that is signed in here, and of what it is told:
// tables over every route, so that a new one is in them by itself.
#include "bad_input_world.h"

#include "http/testing.h"

namespace weft {

using enum http::Method;
using http::Answer;
using http::RawClient;

namespace {

constexpr const char* password = "correct horse battery";

http::Headers fields(std::initializer_list<std::pair<std::string, std::string>> all) {
    return {{all.begin(), all.end()}};
}

/// What browsers must hear with every answer; "" = they do.
/// Of the web app, whose library writes styles while it runs, and which shows pictures it was
/// given. Its files are kept by browsers.
constexpr std::string_view app_style = "style-src 'self' 'unsafe-inline'";
constexpr std::string_view app_data[] = {"img-src 'self' data: blob:", "font-src 'self' data:"};

bool is_of_app(std::string_view operation_id) { return operation_id.starts_with("app."); }

/// What is as it should be there, in the words of every other answer.
http::Headers without_app(http::Headers headers) {
    for (auto& [name, value] : headers.fields) {
        if (name == "content-security-policy")
            for (const std::string_view lax : {app_style, app_data[0], app_data[1]})
                if (const auto at = value.find(lax); at != value.npos) value.erase(at, lax.size());
        if (name == "cache-control" && value == "no-cache") value = "no-store";
        if (name == "location" && value == "/app/") value.clear();
    }
    return headers;
}

std::string faults_of(const http::Headers& headers) {
    const auto at = [&headers](const char* name) {
        const std::string* value = headers.find(name);
        return value ? *value : std::string();
    };
    const std::string policy = at("content-security-policy");
    std::string faults;
    for (const char* rule :
         {"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"})
        if (policy.find(rule) == policy.npos) faults += rule + (" is not in " + policy + "\n");
    for (const char* lax : {"unsafe", "*", "data:", "blob:", "http:", "https:"})
        if (policy.find(lax) != policy.npos) faults += lax + (" is in " + policy + "\n");
    const std::pair<const char*, const char*> wanted[] = {
        {"x-content-type-options", "nosniff"},
        {"referrer-policy", "no-referrer"},
        {"cross-origin-opener-policy", "same-origin"},
        {"cross-origin-resource-policy", "same-origin"},
        {"cache-control", "no-store"},
        {"access-control-allow-origin", ""},
        {"access-control-allow-credentials", ""},
        {"location", ""},
        {"refresh", ""},
        {"strict-transport-security", ""}, // in clear it means nothing
    };
    for (const auto& [name, value] : wanted)
        if (at(name) != value) faults += std::string(name) + " is \"" + at(name) + "\"\n";
    for (auto each = headers.fields.begin(); each != headers.fields.end(); ++each)
        for (auto other = each + 1; other != headers.fields.end(); ++other)
            if (each->first == other->first && each->first != "set-cookie")
                faults += each->first + " twice\n";
    return faults;
}

} // namespace

class WebSafety : public BadInput {
protected:
    static std::string address_of(const WholeServer& server) {
        return server.url().substr(std::string_view("http://").size());
    }
    static Answer raw(const WholeServer& server, const std::string& wire) {
        RawClient client(address_of(server));
        client.send(wire);
        return client.read_answer();
    }
    static Answer raw(const std::string& wire) { return raw(*server_, wire); }

    static const std::vector<const api::Route*>& all_routes() {
        static const std::vector<const api::Route*> all = [] {
            std::vector<const api::Route*> list;
            for (const auto& table : api::route_tables())
                for (const api::Route& route : table) list.push_back(&route);
            return list;
        }();
        return all;
    }
    static bool is_for_everybody(const api::Route& route) {
        return route.access.kind == api::Access::Kind::everybody;
    }
    /// An account on this server, and the fields of a browser that is signed in with it.
    struct Browser {
        std::string cookie;
        std::string csrf;
    };
    static Reply log_in(TestClient& client, const std::string& email, http::Headers with = {},
                        const std::string& word = password) {
        return client.send(post, "/auth/login",
                           to_text(json::object{{"email", email}, {"password", word}}),
                           std::move(with));
    }
    static void add_account(TestClient& owner, const std::string& email) {
        const Reply made = owner.post(
            "/organization/users",
            {{"email", email}, {"name", email}, {"password", password}, {"role", "admin"}});
        EXPECT_EQ(made.status, 200) << made.text;
    }
    static Browser sign_in(const std::string& email) {
        add_account(server_->owner(), email);
        const Reply in = log_in(*nobody_, email);
        return {"weft_session=" + in.at("token"), in.at("csrf_token")};
    }
    static std::string cookies_of(const Reply& reply) {
        std::string all;
        for (const auto& [name, value] : reply.headers.fields)
            if (name == "set-cookie") all += value + "\n";
        return all;
    }
};

TEST_F(WebSafety, every_route_tells_browsers_to_keep_its_answers_apart_and_redirects_nobody) {
    int ok = 0;
    for (const api::Route* route : all_routes()) {
        renew();
        // HEAD runs a GET, and ends where that would stream.
        const auto method = route->method == get ? head : route->method;
        const std::string path = path_of(*route);
        for (TestClient* client : {&server_->owner(), nobody_}) {
            const Reply reply = client->send(method, path, sample_body(*route));
            const bool app = is_of_app(route->operation_id);
            EXPECT_EQ(faults_of(app ? without_app(reply.headers) : reply.headers), "")
                << route->operation_id << " " << reply.status;
            EXPECT_TRUE(reply.status >= 200 && (reply.status / 100 != 3 || app))
                << route->operation_id;
            ok += reply.status == 200 ? 1 : 0;
        }
    }
    EXPECT_GT(ok, 80);
}

TEST_F(WebSafety, refusals_and_streams_say_it_too) {
    const std::string key = std::string("x-api-key: ") + WholeServer::key + "\r\n\r\n";
    const std::string run =
        owner().post("/execute_flow", {{"agentflow_id", samples_->id("AF")}}).at("execution_id");
    server_->wait_for(run);
    const std::pair<std::string, int> rows[] = {
        {"GET /nowhere HTTP/1.1\r\nhost: h\r\n\r\n", 404},
        {"PUT /health HTTP/1.1\r\nhost: h\r\n\r\n", 405},
        {"OPTIONS /health HTTP/1.1\r\nhost: h\r\n\r\n", 405},
        {"GET /%zz HTTP/1.1\r\nhost: h\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n\r\n", 400},
        {"nonsense\r\n\r\n", 400},
        {"GET / HTTP/7.0\r\nhost: h\r\n\r\n", 505},
        {"GET /" + std::string(64'000, 'x') + " HTTP/1.1\r\n", 431},
        {"POST /agentflow HTTP/1.1\r\nhost: h\r\ncontent-length: 9000000\r\n\r\n", 401},
        {"GET /execute_flow/" + run + "/events HTTP/1.1\r\nhost: h\r\n" + key, 200},
        {"GET /docs HTTP/1.1\r\nhost: h\r\n\r\n", 200},
    };
    for (const auto& [wire, status] : rows) {
        const Answer answer = raw(wire);
        EXPECT_EQ(answer.status, status) << wire.substr(0, 80);
        EXPECT_EQ(faults_of(answer.headers), "") << wire.substr(0, 80);
    }
}

TEST_F(WebSafety, what_people_upload_is_never_shown_as_a_page) {
    const std::string html = "<script>alert(1)</script>";
    const std::string form = "--x\r\nContent-Disposition: form-data; name=\"files\"; "
                             "filename=\"evil.html\"\r\nContent-Type: text/html\r\n\r\n" +
                             html + "\r\n--x--\r\n";
    const Reply made = owner().send(post, in_project("/files/upload"), form,
                                    fields({{"content-type", "multipart/form-data; boundary=x"}}));
    const std::string id(text_or(made.body.at("files").at(0), "_id"));
    const Reply content = owner().get("/file/" + id + "/content");
    EXPECT_EQ(content.text, html);
    EXPECT_EQ(content.header("content-type"), "application/octet-stream");
    EXPECT_EQ(content.header("content-disposition"), "attachment; filename*=UTF-8''evil.html");
    EXPECT_NE(content.header("content-security-policy").find("sandbox"), std::string::npos);
    EXPECT_EQ(faults_of(content.headers), "");
}

TEST_F(WebSafety, no_route_changes_anything_by_cookie_without_the_csrf_token) {
    const Browser browser = sign_in("csrf@example.org");
    int tried = 0;
    for (const api::Route* route : all_routes()) {
        if (route->method == get || is_for_everybody(*route)) continue;
        const std::string path = path_of(*route);
        const std::string body = sample_body(*route);
        for (const std::string& token : {std::string(), std::string("x"), std::string(64, '0')}) {
            http::Headers sent = fields({{"cookie", browser.cookie}});
            if (!token.empty()) sent.set("x-csrf-token", token);
            const Reply reply = nobody_->send(route->method, path, body, sent);
            EXPECT_EQ(code_of(reply), "403 forbidden") << route->operation_id;
            EXPECT_NE(reply.text.find("csrf_token"), std::string::npos) << route->operation_id;
            ++tried;
        }
        // And with it, but from another site: as if a page had learnt the token.
        const Reply from_elsewhere = nobody_->send(route->method, path, body,
                                                   fields({{"cookie", browser.cookie},
                                                           {"x-csrf-token", browser.csrf},
                                                           {"sec-fetch-site", "same-site"}}));
        EXPECT_EQ(code_of(from_elsewhere), "403 forbidden") << route->operation_id;
    }
    EXPECT_GT(tried, 150);
    const Reply made =
        nobody_->send(post, in_project("/agentflow/"), R"({"name":"by cookie"})",
                      fields({{"cookie", browser.cookie}, {"x-csrf-token", browser.csrf}}));
    EXPECT_EQ(made.status, 200) << made.text;
}

// Who may be nobody has no token: there a page of another site is known by what browsers say.
TEST_F(WebSafety, no_other_site_signs_anybody_in_or_changes_what_needs_no_key) {
    std::set<std::string> open;
    for (const api::Route* route : all_routes()) {
        if (route->method == get || !is_for_everybody(*route)) continue;
        open.insert(route->operation_id);
        const std::string path = path_of(*route);
        const std::string body = sample_body(*route);
        const auto refused = [&](http::Headers sent) {
            const Reply reply = nobody_->send(route->method, path, body, std::move(sent));
            return reply.text.find("page of another website") != std::string::npos;
        };
        const std::string host = address_of(*server_);
        EXPECT_TRUE(refused(fields({{"sec-fetch-site", "cross-site"}})));
        EXPECT_TRUE(refused(fields({{"sec-fetch-site", "same-site"}})));
        EXPECT_TRUE(
            refused(fields({{"sec-fetch-site", "cross-site"}, {"origin", "http://" + host}})));
        for (const char* origin : {"https://evil.example", "null", "", "http://127.0.0.1",
                                   "http://127.0.0.1:1", "evil.example"})
            EXPECT_TRUE(refused(fields({{"origin", origin}}))) << route->operation_id << origin;
        EXPECT_TRUE(refused(fields({{"origin", "http://" + host + ".evil.example"}})));
        EXPECT_FALSE(refused(fields({{"origin", "http://" + host}})));
        EXPECT_FALSE(refused(fields({{"sec-fetch-site", "same-origin"}})));
        EXPECT_FALSE(refused(fields({{"sec-fetch-site", "none"}})));
        EXPECT_FALSE(refused({}));
    }
    EXPECT_EQ(open,
              (std::set<std::string>{"auth.forgot_password", "auth.log_in", "auth.reset_password",
                                     "auth.sign_up", "files.put_bytes", "inbox.decide_by_link"}));
}

TEST_F(WebSafety, a_hostile_address_redirects_nobody) {
    const std::string targets[] = {"//evil.example/",
                                   "///evil.example",
                                   "/\\evil.example",
                                   "/\\/evil.example/..",
                                   "//evil.example/%2f..",
                                   "/%2f%2fevil.example",
                                   "/%5cevil.example",
                                   "/%09/evil.example",
                                   "/docs//evil.example",
                                   "/docs/",
                                   "/docs/..//evil.example",
                                   "/./docs",
                                   "/../docs",
                                   "/%2e%2e/docs",
                                   "/docs;/evil.example",
                                   "/.evil.example",
                                   "/@evil.example",
                                   "/docs?next=https://evil.example",
                                   "/docs?url=//evil.example&return=//evil.example",
                                   "/auth/login?next=//evil.example",
                                   "/auth/me?redirect_uri=https://evil.example",
                                   "/health?returnTo=javascript:alert(1)",
                                   "http://evil.example/health",
                                   "https://evil.example/docs/",
                                   "http://evil.example",
                                   "/health/",
                                   "/agentflows/"};
    for (const std::string& target : targets)
        for (const char* method : {"GET", "POST", "HEAD"})
            for (const char* host : {"evil.example", "127.0.0.1"}) {
                RawClient client(address_of(*server_));
                client.send(fmt::format("{} {} HTTP/1.1\r\nhost: {}\r\nx-forwarded-host: "
                                        "evil.example\r\nx-original-url: //evil.example\r\n"
                                        "content-length: 0\r\n\r\n",
                                        method, target, host));
                const Answer answer = client.read_answer(std::string_view(method) == "HEAD");
                // Of the root alone: to the app, whoever's name it was called by.
                const bool to_app = answer.header("location") == "/app/";
                EXPECT_TRUE(answer.status >= 200 && (answer.status / 100 != 3 || to_app))
                    << method << " " << target << " " << answer.status;
                EXPECT_EQ((to_app ? "" : answer.header("location")) + answer.header("refresh") +
                              answer.header("content-location") + answer.header("link"),
                          "")
                    << method << " " << target;
            }
}

TEST_F(WebSafety, no_cors_unless_it_is_set_up) {
    const std::string ask = "OPTIONS /agentflows HTTP/1.1\r\nhost: h\r\norigin: "
                            "https://app.example.org\r\naccess-control-request-method: GET\r\n\r\n";
    const Answer answer = raw(ask);
    EXPECT_EQ(answer.status, 405);
    for (const auto& [name, value] : answer.headers.fields)
        EXPECT_FALSE(name.starts_with("access-control-")) << name;
    EXPECT_EQ(answer.header("vary"), "");
}

TEST(WebSafetyCors, pages_of_exact_origins_may_use_keys_and_no_cookies) {
    server::Settings settings;
    settings.cors_origins = "https://app.example.org, http://127.0.0.1:5173";
    WholeServer server(std::move(settings));
    const auto asked = [&](const std::string& method, const std::string& path,
                           const std::string& origin, const std::string& more = "") {
        RawClient client(server.url().substr(7));
        client.send(fmt::format("{} {} HTTP/1.1\r\nhost: h\r\norigin: {}\r\n{}\r\n", method, path,
                                origin, more));
        return client.read_answer();
    };
    const std::string wants = "access-control-request-method: DELETE\r\n"
                              "access-control-request-headers: x-api-key, content-type\r\n";
    for (const char* origin : {"https://app.example.org", "http://127.0.0.1:5173"}) {
        const Answer allowed = asked("OPTIONS", "/storage/x/y/z", origin, wants);
        EXPECT_EQ(allowed.status, 204);
        EXPECT_EQ(allowed.header("access-control-allow-origin"), origin);
        EXPECT_NE(allowed.header("access-control-allow-methods").find("DELETE"), std::string::npos);
        EXPECT_NE(allowed.header("access-control-allow-headers").find("x-api-key"),
                  std::string::npos);
        EXPECT_EQ(allowed.header("access-control-allow-credentials"), "");
        EXPECT_EQ(allowed.header("vary"), "origin");
        const Answer refused = asked("GET", "/agentflows", origin);
        EXPECT_EQ(refused.status, 401) << "a page that may ask still shows a key";
        EXPECT_EQ(refused.header("access-control-allow-origin"), origin);
        EXPECT_EQ(refused.header("vary"), "origin");
    }
    for (const char* origin :
         {"https://evil.example", "https://app.example.org.evil.example", "null", "*",
          "http://app.example.org", "https://app.example.org:8443", "https://APP.example.org",
          "https://app.example.org/"}) {
        for (const Answer& answer :
             {asked("OPTIONS", "/agentflows", origin, wants), asked("GET", "/health", origin)}) {
            EXPECT_NE(answer.status, 204) << origin;
            EXPECT_EQ(answer.header("access-control-allow-origin"), "") << origin;
            EXPECT_EQ(answer.header("vary"), "origin") << "caches must not mix them up";
        }
    }
}

TEST(WebSafetyCors, origins_are_exact) {
    for (const char* bad :
         {"*", "null", "app.example.org", "https://", "https://*.example.org",
          "https://app.example.org/", "https://app.example.org:443", "http://a:80", "ftp://a",
          "https://App.example.org", "https://a b", "https://a,,", "https://user@a"})
        EXPECT_FALSE(api::Origins::parse(bad)) << bad;
    for (const char* good : {"", "https://a", "https://a:8443, http://[::1]:3000"})
        EXPECT_TRUE(api::Origins::parse(good)) << good;
}

TEST_F(WebSafety, nobody_but_a_trusted_proxy_says_who_asks) {
    const http::Headers lie =
        fields({{"x-forwarded-for", "198.51.100.7"}, {"x-forwarded-proto", "https"}});
    add_account(owner(), "direct@example.org");
    const Reply in = log_in(*nobody_, "direct@example.org", lie);
    EXPECT_EQ(cookies_of(in).find("Secure"), std::string::npos);
    EXPECT_EQ(in.header("strict-transport-security"), "");
    const Reply log = owner().get("/audit?limit=1&what=auth.log_in");
    EXPECT_EQ(text_or(log.body.at("audit").at(0), "address"), "127.0.0.1");
    // Guesses count for the peer, whatever addresses it makes up.
    for (int i = 0; i < auth::LoginThrottle::failures_max; ++i)
        log_in(*nobody_, "direct@example.org",
               fields({{"x-forwarded-for", fmt::format("198.51.100.{}", i)}}), "a wrong guess");
    EXPECT_EQ(log_in(*nobody_, "direct@example.org", fields({{"x-forwarded-for", "198.51.100.99"}}),
                     "a wrong guess")
                  .status,
              429);
}

TEST(WebSafetyProxy, is_believed_of_the_rightmost_address_and_the_scheme) {
    server::Settings settings;
    settings.trusted_proxies = "127.0.0.1";
    WholeServer server(std::move(settings));
    TestClient nobody(server.url(), "");
    const std::string account =
        R"({"email":"ada@example.org","name":"Ada","password":"correct horse battery",)"
        R"("role":"admin"})";
    EXPECT_EQ(server.owner().send(post, "/organization/users", account).status, 200);
    const auto log_in = [&](const std::string& by, const std::string& word,
                            const char* scheme = "https") {
        return nobody.send(post, "/auth/login",
                           to_text(json::object{{"email", "ada@example.org"}, {"password", word}}),
                           fields({{"x-forwarded-for", by}, {"x-forwarded-proto", scheme}}));
    };
    const Reply in = log_in("127.0.0.1, 203.0.113.5, 198.51.100.7", password);
    ASSERT_EQ(in.status, 200) << in.text;
    for (const auto& [name, value] : in.headers.fields)
        EXPECT_TRUE(name != "set-cookie" || value.ends_with("; Secure")) << value;
    EXPECT_EQ(in.header("strict-transport-security"), "max-age=31536000");
    const Reply in_clear = log_in("198.51.100.8", password, "http");
    for (const auto& [name, value] : in_clear.headers.fields)
        EXPECT_TRUE(name != "set-cookie" || !value.contains("Secure")) << value;
    EXPECT_EQ(in_clear.header("strict-transport-security"), "");

    const Reply log = server.owner().get("/audit?limit=2&what=auth.log_in");
    EXPECT_EQ(text_or(log.body.at("audit").at(1), "address"), "198.51.100.7");
    const Reply sessions = nobody.send(get, "/auth/sessions", "",
                                       fields({{"authorization", "Bearer " + in.at("token")}}));
    EXPECT_NE(sessions.text.find("\"address\":\"198.51.100.7\""), std::string::npos);

    // One client guesses: it waits, whatever it writes to the left, and nobody else does.
    for (int i = 0; i < auth::LoginThrottle::failures_max; ++i)
        EXPECT_EQ(log_in(fmt::format("192.0.2.{}, 198.51.100.9", i), "a wrong guess").status, 401);
    EXPECT_EQ(log_in("192.0.2.99, 198.51.100.9", "a wrong guess").status, 429);
    EXPECT_EQ(log_in("198.51.100.10", "a wrong guess").status, 401);

    const Reply link = server.owner().send(post, "/files/upload", R"({"filenames":["a.txt"]})",
                                           fields({{"x-forwarded-proto", "https"}}));
    EXPECT_TRUE(text_or(link.body.at("files").at(0), "upload_url").starts_with("https://"));
}

} // namespace weft
