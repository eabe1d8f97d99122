// Signing in with another provider: npm's oidc-provider, and one that does each thing wrong.
#include "api_world.h"
#include "tests/support/node_server.h"

namespace weft {
namespace {

using enum http::Method;
using testing::NodeServer;

constexpr const char* password = "correct horse battery";
constexpr const char* public_url = "https://weft.example.org";
constexpr const char* secret = "a secret: of &the client";

/// A browser's cookies of one site.
class Cookies {
public:
    void take(const Reply& reply) {
        for (const auto& [name, value] : reply.headers.fields) {
            if (name != "set-cookie" && name != "Set-Cookie") continue;
            const std::string pair = value.substr(0, value.find(';'));
            all_[pair.substr(0, pair.find('='))] = pair.substr(pair.find('=') + 1);
        }
    }
    std::string get(const std::string& name) { return all_[name]; }
    http::Headers headers() const {
        std::string text;
        for (const auto& [name, value] : all_)
            if (!value.empty()) text += (text.empty() ? "" : "; ") + name + "=" + value;
        http::Headers headers;
        if (!text.empty()) headers.set("cookie", text);
        return headers;
    }

private:
    std::map<std::string, std::string> all_;
};

/// What comes to our callback: path and query.
std::string local(const std::string& url) {
    EXPECT_TRUE(url.starts_with(std::string(public_url) + "/auth/oidc/callback?")) << url;
    return url.substr(std::string(public_url).size());
}

class Oidc : public ::testing::Test {
protected:
    void serve(const NodeServer& provider, const std::string& sign_up = "") {
        provider_ = fmt::format("http://127.0.0.1:{}", provider.port());
        server::Settings settings;
        settings.public_url = public_url;
        settings.oidc_issuer = provider_;
        settings.oidc_client_id = "weft";
        settings.oidc_client_secret = secret;
        settings.oidc_name = "Example";
        settings.oidc_sign_up = sign_up;
        settings.allow_address = provider_.substr(7);
        server_ = std::make_unique<WholeServer>(std::move(settings));
        nobody_ = std::make_unique<TestClient>(server_->url(), "");
        theirs_ = std::make_unique<TestClient>(provider_, "", TestClient::Answers::unchecked);
    }
    Reply go(Cookies& browser, const std::string& path) {
        Reply reply = nobody_->send(get, path, "", browser.headers());
        browser.take(reply);
        return reply;
    }
    /// Begins, and is sent around at the provider's until that sends back: our callback.
    std::string begin(Cookies& browser, const std::string& query = "") {
        const Reply begun = go(browser, "/auth/oidc/login" + query);
        EXPECT_EQ(begun.status, 302) << begun.text;
        Cookies there;
        std::string url = begun.header("location");
        for (int i = 0; i < 10 && url.starts_with(provider_); ++i) {
            const Reply reply = theirs_->send(get, url, "", there.headers());
            there.take(reply);
            std::string to = reply.header("location");
            url = to.starts_with("/") ? provider_ + to : std::move(to);
        }
        return local(url);
    }
    /// Where it ends: "/account", or "/account#problem=…".
    std::string sign_in(Cookies& browser, const std::string& query = "") {
        const Reply reply = go(browser, begin(browser, query));
        EXPECT_EQ(reply.status, 302) << reply.text;
        EXPECT_EQ(browser.get("weft_oidc"), "") << "it is used up";
        return reply.header("location");
    }
    std::string sign_in() {
        Cookies browser;
        return sign_in(browser);
    }
    void become(const std::string& account) { theirs_->send(get, "/account?" + account); }
    Reply me(const Cookies& browser) {
        return nobody_->send(get, "/auth/me", "", browser.headers());
    }
    Reply add(const std::string& email) {
        return server_->owner().post("/organization/users",
                                     {{"email", email}, {"password", password}});
    }
    Cookies log_in(const std::string& email) {
        Cookies browser;
        browser.take(nobody_->post("/auth/login", {{"email", email}, {"password", password}}));
        return browser;
    }

    std::string provider_;
    std::unique_ptr<WholeServer> server_;
    std::unique_ptr<TestClient> nobody_;
    std::unique_ptr<TestClient> theirs_;
};

class RealProvider : public Oidc {
protected:
    explicit RealProvider(const std::string& method = "client_secret_basic")
        : real_("oidc_provider.mjs", {},
                {std::string("CALLBACK=") + public_url + "/auth/oidc/callback",
                 std::string("SECRET=") + secret, "METHOD=" + method}) {}
    NodeServer real_;
};

TEST_F(RealProvider, whoever_may_makes_an_account_and_comes_back_to_it) {
    serve(real_, "example.org");
    Cookies browser;
    EXPECT_EQ(sign_in(browser), "/account");
    const Reply ada = me(browser);
    ASSERT_EQ(ada.status, 200) << ada.text;
    EXPECT_EQ(text_or(ada.body.at("user"), "email"), "ada@example.org");
    EXPECT_EQ(text_or(ada.body.at("user"), "name"), "Ada Lovelace");
    EXPECT_EQ(ada.at("role"), "viewer") << "a member sees no project before he is added to one";
    Cookies again;
    EXPECT_EQ(sign_in(again, "?next=/docs"), "/docs");
    EXPECT_EQ(me(again).body.at("user"), ada.body.at("user"));
    EXPECT_EQ(sign_in(again, "?next=https://evil.example.org/"), "/account");
    EXPECT_EQ(sign_in(again, "?next=//evil.example.org"), "/account");
    const Reply wrong =
        nobody_->post("/auth/login", {{"email", "ada@example.org"}, {"password", "a wrong guess"}});
    EXPECT_EQ(wrong.status, 401) << "there is no password";

    become("bob");
    EXPECT_EQ(sign_in(), "/account#problem=no_account") << "of another domain";
    become("eve");
    EXPECT_EQ(sign_in(), "/account#problem=unverified");

    const Reply log = server_->owner().get("/audit?what=auth.");
    std::vector<std::string> told;
    for (const json::value& row : log.body.at("audit").as_array())
        told.push_back(std::string(text_or(row, "what")) + " " +
                       std::string(text_or(row.at("details"), "by")));
    EXPECT_EQ(told, (std::vector<std::string>{"auth.log_in oidc", "auth.log_in oidc",
                                              "auth.log_in oidc", "auth.sign_up oidc"}));
}

TEST_F(RealProvider, an_account_with_a_password_is_linked_by_its_owner_alone) {
    serve(real_, "*");
    add("ada@example.org");
    add("zoe@example.org");
    EXPECT_EQ(sign_in(), "/account#problem=link_first");
    Cookies nobody;
    EXPECT_EQ(go(nobody, "/auth/oidc/login?link=true").header("location"),
              "/account#problem=expired");
    Cookies zoe = log_in("zoe@example.org");
    EXPECT_EQ(sign_in(zoe, "?link=true"), "/account") << "whatever address the provider tells";
    Cookies browser;
    EXPECT_EQ(sign_in(browser), "/account");
    const Reply signed_in = me(browser);
    EXPECT_EQ(text_or(signed_in.body.at("user"), "email"), "zoe@example.org");
    Cookies ada = log_in("ada@example.org");
    EXPECT_EQ(sign_in(ada, "?link=true"), "/account#problem=taken");
    become("bob");
    EXPECT_EQ(sign_in(zoe, "?link=true"), "/account#problem=taken") << "one name there is enough";
    const Reply log = server_->owner().get("/audit?what=auth.link");
    EXPECT_EQ(log.body.at("total_count"), 1);
}

TEST_F(RealProvider, whoever_has_left_is_not_let_in) {
    serve(real_, "*");
    Cookies browser;
    EXPECT_EQ(sign_in(browser), "/account");
    const Reply signed_in = me(browser);
    const std::string path =
        "/organization/users/" + std::string(text_or(signed_in.body.at("user"), "_id"));
    EXPECT_EQ(server_->owner().send(delete_, path).status, 200);
    EXPECT_EQ(me(browser).status, 401);
    EXPECT_EQ(sign_in(), "/account#problem=no_organization");
}

TEST_F(RealProvider, only_the_browser_that_began_ends_it) {
    serve(real_, "*");
    Cookies attacker;
    const std::string callback = begin(attacker);
    Cookies victim;
    EXPECT_EQ(go(victim, callback).header("location"), "/account#problem=expired");
    EXPECT_EQ(victim.get("weft_session"), "") << "nobody is signed in as the attacker";
    begin(victim); // with an attempt of its own
    EXPECT_EQ(go(victim, callback).header("location"), "/account#problem=expired");
    EXPECT_EQ(victim.get("weft_session"), "");
    Cookies forger;
    Reply forged;
    forged.headers.fields.emplace_back("set-cookie", "weft_oidc=" + std::string(400, 'a'));
    forger.take(forged);
    EXPECT_EQ(go(forger, callback).header("location"), "/account#problem=expired");

    const Reply begun = nobody_->get("/auth/oidc/login");
    bool is_lax = false;
    for (const auto& [name, value] : begun.headers.fields)
        if (value.starts_with("weft_oidc="))
            is_lax = value.find("; HttpOnly; SameSite=Lax") != value.npos;
    EXPECT_TRUE(is_lax);
    EXPECT_NE(begun.header("location").find("code_challenge_method=S256"), std::string::npos);
}

class PostingProvider : public RealProvider {
protected:
    PostingProvider() : RealProvider("client_secret_post") {}
};

TEST_F(PostingProvider, gets_the_secret_as_it_wants_it) {
    serve(real_, "*");
    EXPECT_EQ(sign_in(), "/account");
}

class HostileProvider : public Oidc {
protected:
    void do_wrong(const std::string& fault) { theirs_->send(get, "/fault?" + fault); }
    std::int64_t count(const char* what) {
        const Reply counts = theirs_->get("/counts");
        return int_or(counts.body, what);
    }
    NodeServer hostile_{"hostile_provider.mjs"};
};

TEST_F(HostileProvider, gets_nobody_in_by_anything_that_is_wrong) {
    serve(hostile_, "*");
    for (const char* fault :
         {"other_nonce",   "no_nonce",  "other_audience", "several_audiences", "asked_by_another",
          "other_issuer",  "expired",   "no_expiry",      "from_the_future",   "not_yet",
          "no_subject",    "alg_none",  "alg_hs256",      "critical",          "unknown_key",
          "borrowed_name", "short_key", "changed",        "no_token",          "mix_up",
          "denied"}) {
        do_wrong(fault);
        Cookies browser;
        EXPECT_EQ(sign_in(browser), "/account#problem=refused") << fault;
        EXPECT_EQ(browser.get("weft_session"), "") << fault;
    }
    const Reply users = server_->owner().get("/organization/users");
    EXPECT_EQ(users.body.at("total_count"), 0) << users.text;
    for (const char* good : {"no_fault", "curve", "two_audiences"}) {
        do_wrong(good);
        EXPECT_EQ(sign_in(), "/account") << good;
    }
}

TEST_F(HostileProvider, may_change_its_keys) {
    serve(hostile_, "*");
    EXPECT_EQ(sign_in(), "/account");
    EXPECT_EQ(sign_in(), "/account");
    EXPECT_EQ(count("keys_read"), 1);
    do_wrong("rotated");
    EXPECT_EQ(sign_in(), "/account");
    EXPECT_EQ(count("keys_read"), 2);
    do_wrong("no_fault"); // signed with the key that is gone
    EXPECT_EQ(sign_in(), "/account#problem=refused");
}

TEST_F(HostileProvider, is_not_asked_by_who_has_not_begun_or_without_end) {
    serve(hostile_, "*");
    Cookies browser;
    EXPECT_EQ(go(browser, "/auth/oidc/callback?code=x&state=y").header("location"),
              "/account#problem=expired");
    EXPECT_EQ(count("tokens_asked"), 0);
    const std::string callback = begin(browser);
    const http::Headers kept = browser.headers();
    std::string last;
    for (int i = 0; i <= auth::OidcProvider::callbacks_max; ++i)
        last = nobody_->send(get, callback, "", kept).header("location");
    EXPECT_EQ(last, "/account#problem=too_many");
    EXPECT_EQ(count("tokens_asked"), auth::OidcProvider::callbacks_max);
}

TEST_F(HostileProvider, that_poses_as_another_is_not_used) {
    serve(hostile_, "*");
    do_wrong("poses");
    Cookies browser;
    EXPECT_EQ(go(browser, "/auth/oidc/login").header("location"), "/account#problem=provider");
}

TEST(NoProvider, is_told_in_a_sentence) {
    WholeServer server;
    TestClient nobody(server.url(), "");
    EXPECT_EQ(nobody.get("/auth/oidc/login").status, 501);
    EXPECT_EQ(nobody.get("/auth/oidc/callback").status, 501);
    EXPECT_TRUE(nobody.get("/auth/methods").body.at("provider").is_null());
    EXPECT_EQ(nobody.get("/account").status, 200);
    server::Settings half;
    half.data = "/nowhere/that/is/made";
    half.oidc_issuer = "https://accounts.example.org";
    const auto started = server::Program::start(half);
    ASSERT_FALSE(started);
    EXPECT_NE(started.error().message.find("oidc-client-id"), std::string::npos);
}

} // namespace
} // namespace weft
