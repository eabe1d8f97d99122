// People: invitations, signing in and out, sessions, passwords, and what they may do in projects.
#include "api_world.h"

#include "api/api.h"

namespace weft {

using enum http::Method;

class People : public Api {
protected:
    static constexpr const char* password = "correct horse battery";

    static http::Headers bearer(const std::string& token) {
        http::Headers headers;
        headers.set("authorization", "Bearer " + token);
        return headers;
    }
    static http::Headers cookies(const std::string& cookie, const std::string& csrf = {}) {
        http::Headers headers;
        headers.set("cookie", cookie);
        if (!csrf.empty()) headers.set("x-csrf-token", csrf);
        return headers;
    }
    Reply nobody(http::Method method, const std::string& path, const json::value& body = nullptr,
                 http::Headers headers = {}) {
        return nobody_->send(method, path, body.is_null() ? "" : to_text(body), std::move(headers));
    }
    Reply log_in(const std::string& email, const std::string& with = password) {
        return nobody(post, "/auth/login", {{"email", email}, {"password", with}});
    }
    /// An account of the organization, by the owner's key.
    std::string add(const std::string& email, const std::string& role = "member") {
        const Reply made = owner().post(
            "/organization/users",
            {{"email", email}, {"name", email}, {"password", password}, {"role", role}});
        EXPECT_EQ(made.status, 200) << made.text;
        return made.at("_id");
    }
    std::string token_of(const std::string& email) { return log_in(email).at("token"); }
    Reply add_member(const std::string& user, const std::string& role) {
        return owner().post("/project-member/" + project_, {{"user_id", user}, {"role", role}});
    }
    static std::string cookie_in(const Reply& reply, const std::string& name) {
        for (const auto& [field, value] : reply.headers.fields)
            if (field == "set-cookie" && value.starts_with(name + "="))
                return value.substr(0, value.find(';'));
        return {};
    }
};

TEST_F(People, are_invited_join_and_sign_in) {
    const Reply invited = owner().post(
        "/organization/invitations",
        {{"email", " Ada@Example.org "}, {"projectID", project_}, {"project_role", "editor"}});
    ASSERT_EQ(invited.status, 200) << invited.text;
    EXPECT_EQ(invited.at("email"), "ada@example.org");
    EXPECT_EQ(code_of(owner().post("/organization/invitations", {{"email", "ada@example.org"}})),
              "409 conflict");
    const Reply listed = owner().get("/organization/invitations");
    EXPECT_EQ(listed.text.find(invited.at("token")), std::string::npos);
    const Reply again = owner().post("/organization/invitations/" + invited.at("_id") + "/resend");
    ASSERT_EQ(again.status, 200) << again.text;
    const auto join = [&](const std::string& token, const std::string& email) {
        return nobody(
            post, "/auth/signup",
            {{"email", email}, {"password", password}, {"name", "Ada"}, {"invitation", token}});
    };
    EXPECT_EQ(join(invited.at("token"), "ada@example.org").status, 404) << "replaced by another";
    EXPECT_EQ(join(again.at("token"), "eve@example.org").status, 422) << "somebody else's";
    const Reply joined = join(again.at("token"), "ADA@example.org");
    ASSERT_EQ(joined.status, 200) << joined.text;
    const Reply log = owner().get("/audit?limit=1");
    EXPECT_EQ(text_or(log.body.at("audit").at(0), "what"), "auth.sign_up");
    EXPECT_EQ(join(again.at("token"), "ada@example.org").status, 404) << "used";
    const Reply me = nobody(get, "/auth/me", nullptr, bearer(joined.at("token")));
    EXPECT_EQ(text_or(me.body.at("user"), "email"), "ada@example.org");
    EXPECT_EQ(nobody(get, in_project("/agentflows"), nullptr, bearer(joined.at("token"))).status,
              200);
    EXPECT_EQ(log_in("ada@EXAMPLE.org").status, 200);
    const Reply wrong = log_in("ada@example.org", "correct horse batterie");
    const Reply unknown = log_in("nobody@example.org");
    EXPECT_EQ(code_of(wrong), "401 unauthenticated");
    EXPECT_EQ(wrong.at("detail"), unknown.at("detail")) << "who has an account is not told";
    EXPECT_EQ(
        nobody(post, "/auth/signup", {{"email", "x@example.org"}, {"password", password}}).status,
        403);
}

TEST_F(People, a_cookie_changes_nothing_without_the_csrf_token) {
    add("cora@example.org", "admin");
    const Reply in = log_in("cora@example.org");
    const std::string cookie = cookie_in(in, "weft_session");
    ASSERT_FALSE(cookie.empty());
    for (const auto& [field, value] : in.headers.fields)
        if (field == "set-cookie") {
            EXPECT_NE(value.find("; HttpOnly"), std::string::npos) << value;
            EXPECT_NE(value.find("; SameSite=Strict"), std::string::npos) << value;
        }
    const json::value flow{{"name", "by cookie"}};
    const std::string path = in_project("/agentflow/");
    EXPECT_EQ(nobody(get, in_project("/agentflows"), nullptr, cookies(cookie)).status, 200);
    EXPECT_EQ(nobody(post, path, flow, cookies(cookie)).status, 403);
    EXPECT_EQ(nobody(post, path, flow, cookies(cookie, std::string(64, 'a'))).status, 403);
    const Reply me = nobody(get, "/auth/me", nullptr, cookies("other=1; " + cookie));
    EXPECT_EQ(me.at("csrf_token"), in.at("csrf_token"));
    EXPECT_EQ(nobody(post, path, flow, cookies(cookie, me.at("csrf_token"))).status, 200);
    EXPECT_EQ(nobody(post, path, flow, bearer(in.at("token"))).status, 200);

    const Reply out = nobody(post, "/auth/logout", nullptr, cookies(cookie, me.at("csrf_token")));
    EXPECT_EQ(out.status, 200) << out.text;
    EXPECT_EQ(cookie_in(out, "weft_session"), "weft_session=");
    EXPECT_EQ(nobody(get, "/auth/me", nullptr, cookies(cookie)).status, 401);
    EXPECT_EQ(nobody(get, "/auth/me", nullptr, bearer(in.at("token"))).status, 401);
}

TEST_F(People, see_and_end_their_sessions_and_a_new_password_ends_the_others) {
    add("dora@example.org");
    const std::string first = token_of("dora@example.org");
    const Reply second = log_in("dora@example.org");
    const std::string third = token_of("dora@example.org");
    const auto mine = [&](http::Method method, const std::string& path,
                          const json::value& body = nullptr) {
        return nobody(method, path, body, bearer(third));
    };
    const Reply all = mine(get, "/auth/sessions");
    EXPECT_EQ(all.body.at("total_count").to_number<int>(), 3);
    EXPECT_EQ(all.text.find(first), std::string::npos);
    EXPECT_TRUE(all.body.at("sessions").at(0).at("is_current").as_bool());
    EXPECT_EQ(mine(delete_, "/auth/sessions/" + second.at("session_id")).status, 200);
    EXPECT_EQ(nobody(get, "/auth/me", nullptr, bearer(second.at("token"))).status, 401);

    add("emil@example.org");
    const Reply emil = log_in("emil@example.org");
    EXPECT_EQ(mine(delete_, "/auth/sessions/" + emil.at("session_id")).status, 404)
        << "another one's";

    const auto change = [&](const char* from, const char* to) {
        return mine(post, "/auth/password", {{"current_password", from}, {"new_password", to}});
    };
    EXPECT_EQ(change("wrong password", "another password").status, 422);
    EXPECT_EQ(change(password, "short").status, 422);
    EXPECT_EQ(change(password, "another password").status, 200);
    EXPECT_EQ(nobody(get, "/auth/me", nullptr, bearer(first)).status, 401);
    EXPECT_EQ(mine(get, "/auth/me").status, 200);
    EXPECT_EQ(log_in("dora@example.org").status, 401);
    EXPECT_EQ(log_in("dora@example.org", "another password").status, 200);
}

TEST_F(People, what_they_do_to_accounts_is_in_the_audit_log) {
    const std::string user = add("jana@example.org");
    const Reply in = log_in("jana@example.org");
    log_in("jana@example.org", "a wrong guess");
    const std::string second = log_in("jana@example.org").at("session_id");
    const auto hers = [&](http::Method method, const std::string& path,
                          const json::value& body = nullptr) {
        EXPECT_EQ(nobody(method, path, body, bearer(in.at("token"))).status, 200) << path;
    };
    hers(delete_, "/auth/sessions/" + second);
    hers(post, "/auth/password", {{"current_password", password}, {"new_password", "0123456789"}});
    hers(post, "/auth/logout");
    const std::string member = add_member(user, "viewer").at("_id");
    owner().send(patch, "/project-member/" + project_ + "/" + member, R"({"role":"editor"})");
    owner().send(delete_, "/project-member/" + project_ + "/" + member);
    owner().send(patch, "/organization/users/" + user, R"({"role":"admin"})");
    owner().send(patch, "/organization/users/" + user, R"({"role":"member"})");
    owner().send(delete_, "/organization/users/" + user);
    const Reply log = owner().get("/audit?limit=12");
    std::vector<std::string> told;
    for (const json::value& row : log.body.at("audit").as_array())
        told.push_back(fmt::format("{} {} {}", text_or(row, "what"), text_or(row.at("who"), "type"),
                                   text_or(row, "object") == user));
    const std::vector<std::string> meant{
        "users.remove api_key true",    "users.change api_key true",
        "users.change api_key true",    "members.remove api_key false",
        "members.change api_key false", "members.add api_key false",
        "auth.log_out user false",      "auth.change_password user true",
        "auth.end_session user false",  "auth.log_in user false",
        "auth.log_in user false",       "users.add api_key true"};
    EXPECT_EQ(told, meant);
    for (const std::string& secret : {std::string(password), std::string("0123456789"),
                                      std::string("a wrong guess"), in.at("token")})
        EXPECT_EQ(log.text.find(secret), std::string::npos);
}

TEST_F(People, guesses_are_slowed_down_and_a_known_browser_is_not) {
    add("finn@example.org");
    const std::string device = cookie_in(log_in("finn@example.org"), "weft_device");
    ASSERT_FALSE(device.empty());
    for (int i = 0; i < auth::LoginThrottle::failures_max; ++i)
        EXPECT_EQ(log_in("finn@example.org", "a wrong guess").status, 401);
    const Reply refused = log_in("finn@example.org");
    EXPECT_EQ(code_of(refused), "429 rate_limited");
    EXPECT_NE(refused.headers.find("retry-after"), nullptr);
    const json::value right{{"email", "finn@example.org"}, {"password", password}};
    EXPECT_EQ(nobody(post, "/auth/login", right, cookies(device)).status, 200)
        << "whoever guesses from the same address locks nobody out";
    EXPECT_EQ(
        nobody(post, "/auth/login", right, cookies("weft_device=" + std::string(64, '0'))).status,
        429);
}

TEST_F(People, may_do_in_a_project_what_their_role_there_says) {
    struct Person {
        std::string token;
        std::optional<Role> role; ///< none: not a member
    };
    std::vector<Person> people;
    for (const auto role : {Role::viewer, Role::operator_, Role::editor, Role::owner}) {
        const std::string email = std::string(to_text(role)) + "@example.org";
        const std::string user = add(email);
        EXPECT_EQ(add_member(user, std::string(to_text(role))).status, 200);
        people.push_back({token_of(email), role});
    }
    add("outside@example.org");
    people.push_back({token_of("outside@example.org"), std::nullopt});
    add("boss@example.org", "admin");
    people.push_back({token_of("boss@example.org"), Role::owner});

    const std::string flow = new_flow("guarded");
    int tried = 0;
    for (const auto& routes : api::route_tables())
        for (const api::Route& route : routes) {
            if (route.access.kind != api::Access::Kind::project || route.media != api::Media::json)
                continue;
            std::string path = route.path;
            if (path == "/edit/columns/{id}" && route.method == put) path = "/edit/columns/{P}";
            for (auto at = path.find('{'); at != path.npos; at = path.find('{')) {
                const auto end = path.find('}', at);
                const std::string name = path.substr(at, end - at + 1);
                path.replace(at, name.size(),
                             name == "{P}"   ? project_
                             : name == "{n}" ? std::string("1")
                                             : flow);
            }
            const std::string named = in_project(path) + "&projectId=" + project_;
            for (const Person& person : people) {
                // A body that cannot be read: nothing happens, whoever may do it.
                const Reply reply = nobody_->send(route.method, named, "{", bearer(person.token));
                const bool may = person.role && *person.role >= route.access.role;
                EXPECT_EQ(reply.status == 403, !may)
                    << to_text(route.method) << " " << path << " " << reply.text;
                ++tried;
            }
        }
    EXPECT_GT(tried, 200);
}

TEST_F(People, see_the_projects_that_they_were_added_to_and_no_more) {
    const std::string user = add("gita@example.org");
    const std::string token = token_of("gita@example.org");
    const auto seen = [&](const std::string& path) {
        return nobody(get, path, nullptr, bearer(token));
    };
    EXPECT_EQ(seen("/v1/project").body.at("totalCount").to_number<int>(), 0);
    EXPECT_EQ(seen("/v1/project/all").body.at("projectList").as_array().size(), 0U);
    EXPECT_EQ(code_of(seen("/v1/project/" + project_)), "403 forbidden");
    const std::string name = owner().get("/v1/project/" + project_).at("projectName");
    EXPECT_EQ(seen("/project/projectName/" + http::percent_encode(name)).status, 403);
    const Reply added = add_member(user, "viewer");
    ASSERT_EQ(added.status, 200) << added.text;
    EXPECT_EQ(code_of(add_member(user, "owner")), "409 conflict");
    EXPECT_EQ(seen("/v1/project").body.at("totalCount").to_number<int>(), 1);
    EXPECT_EQ(seen("/agentflows").status, 200) << "the only one need not be named";
    EXPECT_EQ(seen("/project-member/" + project_ + "/summary").status, 200);
    const std::string member = "/project-member/" + project_ + "/" + added.at("_id");
    EXPECT_EQ(owner().send(patch, member, R"({"role":"editor"})").at("role"), "editor");
    EXPECT_EQ(nobody(post, in_project("/agentflow/"), {{"name", "hers"}}, bearer(token)).status,
              200);
    EXPECT_EQ(owner().send(delete_, member).status, 200);
    EXPECT_EQ(seen(in_project("/agentflows")).status, 403) << "at once";
    EXPECT_EQ(nobody(post, "/apikey", {{"name", "own"}}, bearer(token)).status, 403);
}

TEST_F(People, leave_at_once_and_one_admin_stays) {
    const std::string user = add("hugo@example.org");
    const std::string token = token_of("hugo@example.org");
    add_member(user, "editor");
    EXPECT_EQ(nobody(get, in_project("/agentflows"), nullptr, bearer(token)).status, 200);
    EXPECT_EQ(stranger_->send(delete_, "/organization/users/" + user).status, 404);
    EXPECT_EQ(viewer_->send(delete_, "/organization/users/" + user).status, 403);
    EXPECT_EQ(owner().send(delete_, "/organization/users/" + user).status, 200);
    EXPECT_EQ(nobody(get, "/auth/me", nullptr, bearer(token)).status, 401);
    EXPECT_EQ(code_of(log_in("hugo@example.org")), "403 forbidden") << "in no organization";

    TestClient other(server_->url(), stranger_key);
    const auto theirs = [&](const char* email) {
        return other
            .post("/organization/users",
                  {{"email", email}, {"password", password}, {"role", "admin"}})
            .at("_id");
    };
    const std::string only = theirs("only@example.com");
    EXPECT_EQ(code_of(other.send(delete_, "/organization/users/" + only)), "409 conflict");
    EXPECT_EQ(code_of(other.send(patch, "/organization/users/" + only, R"({"role":"member"})")),
              "409 conflict");
    theirs("second@example.com");
    EXPECT_EQ(other.send(delete_, "/organization/users/" + only).status, 200);
    EXPECT_EQ(owner().get("/organization/users").text.find("example.com"), std::string::npos);
}

TEST_F(People, an_admin_opens_an_account_that_is_only_his) {
    const std::string user = add("kai@example.org");
    const std::string token = token_of("kai@example.org");
    const std::string path = "/organization/users/" + user;
    for (TestClient* client : {viewer_, stranger_}) {
        const int status = client == viewer_ ? 403 : 404;
        EXPECT_EQ(client->post(path + "/password-reset").status, status);
        EXPECT_EQ(client->send(delete_, path + "/sessions").status, status);
    }
    EXPECT_EQ(nobody(post, path + "/password-reset").status, 401);
    EXPECT_EQ(nobody(post, path + "/password-reset", nullptr, bearer(token)).status, 403);
    EXPECT_EQ(owner().send(delete_, path + "/sessions").status, 200);
    EXPECT_EQ(nobody(get, "/auth/me", nullptr, bearer(token)).status, 401);

    const Reply made = owner().post(path + "/password-reset");
    ASSERT_EQ(made.status, 200) << made.text;
    const auto reset = [&](const std::string& with) {
        return nobody(post, "/auth/password/reset",
                      {{"token", with}, {"new_password", "another password"}});
    };
    EXPECT_EQ(reset(made.at("token")).status, 200);
    EXPECT_EQ(log_in("kai@example.org", "another password").status, 200);

    const std::string kept = owner().post(path + "/password-reset").at("token");
    TestClient other(server_->url(), stranger_key);
    const Reply invited = other.post("/organization/invitations", {{"email", "kai@example.org"}});
    EXPECT_EQ(nobody(post, "/auth/signup",
                     {{"email", "kai@example.org"},
                      {"password", "another password"},
                      {"invitation", invited.at("token")}})
                  .status,
              200);
    EXPECT_EQ(reset(kept).status, 404) << "it would open what is the other one's";
    EXPECT_EQ(code_of(owner().post(path + "/password-reset")), "409 conflict");
    EXPECT_EQ(code_of(other.post(path + "/password-reset")), "409 conflict");
}

} // namespace weft
