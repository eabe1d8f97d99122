// API keys over the API and from the command line: who may, what a key may hand on, revoking at
// once, and that no answer but the first holds a secret.
#include "api_world.h"
#include "weft_process.h"

#include <fstream>

namespace weft {

using testing::WeftProcess;

class ApiKeys : public Api {
protected:
    Reply make(TestClient& client, json::value body) { return client.post("/apikey", body); }
    Reply make(json::value body) { return make(owner(), std::move(body)); }
    Reply end(TestClient& client, const std::string& id) {
        return client.send(http::Method::delete_, "/apikey/" + id);
    }
};

TEST_F(ApiKeys, every_operation_knows_who_asks) {
    using enum http::Method;
    const std::string id = make({{"name", "known"}}).at("_id");
    struct Case {
        http::Method method;
        std::string path;
        std::string body;
        int stranger;
    };
    const Case cases[] = {
        {post, "/apikey", R"({"name":"x"})", 200}, // in its own organization
        {get, "/apikey", "", 200},
        {delete_, "/apikey/" + id, "", 404},
    };
    for (const Case& each : cases) {
        EXPECT_EQ(nobody_->send(each.method, each.path, each.body).status, 401) << each.path;
        EXPECT_EQ(viewer_->send(each.method, each.path, each.body).status, 403) << each.path;
        const Reply foreign = stranger_->send(each.method, each.path, each.body);
        EXPECT_EQ(foreign.status, each.stranger) << foreign.text;
        EXPECT_EQ(foreign.text.find(id), std::string::npos);
        EXPECT_EQ(owner().send(each.method, each.path, each.body).status, 200) << each.path;
    }
}

TEST_F(ApiKeys, the_secret_is_shown_once_and_opens_what_its_role_allows) {
    const Reply made = make({{"name", "reader"}, {"scopes", json::array{"viewer"}}});
    ASSERT_EQ(made.status, 200) << made.text;
    const std::string secret = made.at("secret_key");
    ASSERT_FALSE(secret.empty());
    TestClient reader(server_->url(), secret);
    EXPECT_EQ(reader.get(in_project("/agentflows")).status, 200);
    EXPECT_EQ(reader.post(in_project("/agentflow/"), {{"name", "no"}}).status, 403);
    const Reply listed = owner().get("/apikey");
    EXPECT_EQ(listed.text.find(secret), std::string::npos);
    EXPECT_NE(listed.text.find(made.at("_id")), std::string::npos);
    if (store::on_postgres()) {
        const std::string all = store::everything_in(store::store_url(directory_->path() / "data"));
        EXPECT_NE(all.find("reader"), std::string::npos) << "the key is not among what is seen";
        const auto* bytes = reinterpret_cast<const std::uint8_t*>(secret.data());
        for (const std::string& form : {secret, to_hex(std::span(bytes, secret.size()))})
            EXPECT_EQ(all.find(form), std::string::npos) << form;
        return;
    }
    for (const char* file : {"weft.db", "weft.db-wal"}) {
        std::ifstream in(directory_->path() / "data" / file, std::ios::binary);
        std::ostringstream bytes;
        bytes << in.rdbuf();
        EXPECT_EQ(bytes.str().find(secret), std::string::npos) << file;
    }
}

TEST_F(ApiKeys, a_revoked_key_opens_nothing_from_the_next_request_on) {
    const Reply made = make({{"name", "brief"}, {"scopes", json::array{"editor"}}});
    TestClient brief(server_->url(), made.at("secret_key"));
    EXPECT_EQ(brief.get(in_project("/agentflows")).status, 200); // it is cached now
    EXPECT_EQ(end(owner(), made.at("_id")).status, 200);
    EXPECT_EQ(brief.get(in_project("/agentflows")).status, 401);
    EXPECT_EQ(code_of(end(owner(), made.at("_id"))), "404 not_found");
    EXPECT_EQ(end(owner(), "nonsense").status, 404);
}

TEST_F(ApiKeys, a_key_hands_on_no_more_than_it_has) {
    const Reply editor = make({{"name", "editor"}, {"scopes", json::array{"editor"}}});
    TestClient as_editor(server_->url(), editor.at("secret_key"));
    EXPECT_EQ(code_of(make(as_editor, {{"name", "up"}, {"scopes", json::array{"owner"}}})),
              "403 forbidden");
    EXPECT_EQ(make(as_editor, {{"name", "same"}, {"scopes", json::array{"editor"}}}).status, 200);
    const Reply owners = make({{"name", "owner"}, {"scopes", json::array{"owner"}}});
    EXPECT_EQ(code_of(end(as_editor, owners.at("_id"))), "403 forbidden");

    const Reply confined =
        make({{"name", "confined"}, {"scopes", json::array{"editor", "project:" + project_}}});
    ASSERT_EQ(confined.status, 200) << confined.text;
    EXPECT_EQ(confined.at("projectID"), project_);
    TestClient inside(server_->url(), confined.at("secret_key"));
    const Reply child = make(inside, {{"name", "child"}, {"scopes", json::array{"viewer"}}});
    EXPECT_EQ(child.at("projectID"), project_); // confined as the one that made it
    EXPECT_EQ(code_of(end(inside, owners.at("_id"))), "404 not_found");
    EXPECT_EQ(inside.get("/apikey").text.find(owners.at("_id")), std::string::npos);
    EXPECT_EQ(code_of(make(inside, {{"name", "x"},
                                    {"scopes", json::array{"project:aaaaaaaaaaaaaaaaaaaaaaaa"}}})),
              "404 not_found");

    const Reply brief = make({{"name", "brief"},
                              {"scopes", json::array{"editor"}},
                              {"expires_at", "2099-01-01T00:00:00Z"}});
    ASSERT_EQ(brief.status, 200) << brief.text;
    TestClient until(server_->url(), brief.at("secret_key"));
    EXPECT_EQ(code_of(make(until, {{"name", "for ever"}})), "403 forbidden");
    EXPECT_EQ(code_of(make(until, {{"name", "longer"}, {"expires_at", "2099-01-02"}})),
              "403 forbidden");
    EXPECT_EQ(make(until, {{"name", "shorter"}, {"expires_at", "2098-12-31"}}).status, 200);
}

TEST_F(ApiKeys, wrong_inputs_are_named) {
    struct Case {
        json::value body;
        const char* field;
    };
    const Case cases[] = {
        {{{"scopes", json::array{}}}, "name"},
        {{{"name", "x"}, {"scopes", json::array{"king"}}}, "scopes.0"},
        {{{"name", "x"}, {"scopes", json::array{"viewer", "project:12"}}}, "scopes.1"},
        {{{"name", "x"}, {"expires_at", "soon"}}, "expires_at"},
        {{{"name", "x"}, {"expires_at", 1}}, "expires_at"},
        {{{"name", "x"}, {"expires_at", "2001-01-01"}}, "expires_at"},
        {{{"name", "x"}, {"expires_at", 1e300}}, "expires_at"},
        {{{"name", "x"}, {"expires_at", true}}, "expires_at"},
    };
    for (const Case& each : cases) {
        const Reply reply = make(each.body);
        EXPECT_EQ(reply.status, 422) << reply.text;
        EXPECT_EQ(text_or(reply.body.at("errors").at(0), "field"), each.field) << reply.text;
    }
}

TEST_F(ApiKeys, pages_have_a_total) {
    for (int i = 0; i < 3; ++i) make({{"name", fmt::format("page {}", i)}});
    const Reply all = owner().get("/apikey?limit=500");
    const std::int64_t total = int_or(all.body, "total_count");
    EXPECT_EQ(std::int64_t(all.body.at("api_keys").as_array().size()), total);
    const Reply second = owner().get("/apikey?limit=1&skip=1");
    EXPECT_EQ(int_or(second.body, "total_count"), total);
    ASSERT_EQ(second.body.at("api_keys").as_array().size(), 1U);
    EXPECT_EQ(second.body.at("api_keys").at(0), all.body.at("api_keys").at(1));
}

namespace {

struct Outcome {
    int exit;
    std::string output;
    std::string errors;
};

Outcome weft_says(std::vector<std::string> arguments, std::vector<std::string> environment = {}) {
    const testing::TemporaryDirectory directory;
    WeftProcess process(std::move(arguments), directory.path() / "out", std::move(environment));
    const int exit = process.wait();
    return {exit, process.output(), process.errors()};
}

} // namespace

TEST(ApiKeyCommand, works_on_a_directory_and_through_the_server_that_holds_it) {
    const testing::TemporaryDirectory directory;
    const std::string data = directory.path() / "data";
    const auto apikey = [&](std::vector<std::string> arguments, const std::string& key = "") {
        arguments.insert(arguments.begin(), "apikey");
        arguments.insert(arguments.end(), {"--data", data});
        return weft_says(std::move(arguments), {"WEFT_API_KEY=" + key});
    };
    const Outcome nothing = apikey({"list"});
    EXPECT_EQ(nothing.exit, 3);
    EXPECT_NE(nothing.errors.find("There is no Weft data in " + data), std::string::npos);

    const std::string owner = "6b111e9a-0000-4000-8000-000000000009";
    std::string made;
    {
        WeftProcess server({"serve", "--data", data, "--listen", "127.0.0.1:0"},
                           directory.path() / "serve", {"WEFT_BOOTSTRAP_API_KEY=" + owner});
        const std::string url = server.url();
        const Outcome held = apikey({"list"});
        EXPECT_EQ(held.exit, 3);
        EXPECT_NE(held.errors.find("The server at " + url), std::string::npos) << held.errors;
        EXPECT_NE(held.errors.find("WEFT_API_KEY"), std::string::npos);

        const Outcome created = apikey(
            {"create", "--name", "by server", "--role", "editor", "--expires", "2d", "--json"},
            owner);
        ASSERT_EQ(created.exit, 0) << created.errors;
        const auto view = parse_json(created.output);
        ASSERT_TRUE(view) << created.output;
        made = text_or(*view, "_id");
        testing::TestClient client(url, std::string(text_or(*view, "secret_key")));
        EXPECT_EQ(client.get("/agentflows").status, 200);
        EXPECT_EQ(weft_says({"apikey", "list", "--server", url}, {"WEFT_API_KEY=wrong"}).exit, 3);
        const Outcome revoked = apikey({"revoke", made}, owner);
        EXPECT_EQ(revoked.exit, 0) << revoked.errors;
        EXPECT_EQ(client.get("/agentflows").status, 401);
        server.kill(SIGTERM);
        EXPECT_EQ(server.wait(), 0);
    }
    const Outcome local = apikey({"create", "--name", "local", "--role", "owner"});
    ASSERT_EQ(local.exit, 0) << local.errors;
    const std::string secret = local.output.substr(0, local.output.find('\n'));
    const Outcome listed = apikey({"list", "--json"});
    EXPECT_EQ(listed.output.find(secret), std::string::npos);
    EXPECT_EQ(listed.output.find(made), std::string::npos);
    EXPECT_NE(listed.output.find("\"local\""), std::string::npos) << listed.output;
    WeftProcess server({"serve", "--data", data, "--listen", "127.0.0.1:0"},
                       directory.path() / "serve");
    testing::TestClient client(server.url(), secret);
    EXPECT_EQ(client.get("/agentflows").status, 200);
}

TEST(ApiKeyCommand, wrong_usage_is_told) {
    struct Case {
        std::vector<std::string> arguments;
        std::string says;
    };
    const Case cases[] = {
        {{"apikey"},
         "weft apikey: Say what to do: create, list, revoke. `weft apikey --help` "
         "explains them."},
        {{"apikey", "lsit"},
         "weft apikey: There is no command lsit. Did you mean list? `weft apikey --help` "
         "lists all."},
        {{"apikey", "create"}, "weft apikey create: --name is missing: What the key is for."},
        {{"apikey", "create", "--name", "x", "--role", "king"},
         "weft apikey: --role is \"king\" but must be viewer, operator, editor or owner."},
        {{"apikey", "create", "--name", "x", "--project", "mine"},
         "weft apikey: --project is \"mine\" but must be an id of 24 hex digits."},
        {{"apikey", "create", "--name", "x", "--expires", "yesterday"},
         "weft apikey: --expires is \"yesterday\" but must be a date in the future such as "
         "2027-01-31, or 12h, 30d or 8w from now."},
        {{"apikey", "create", "--name", "x", "--expires", "2001-01-01"},
         "weft apikey: --expires is \"2001-01-01\" but must be a date in the future such as "
         "2027-01-31, or 12h, 30d or 8w from now."},
        {{"apikey", "revoke", "mine"},
         "weft apikey: \"mine\" is no key's id: `weft apikey list` shows them."},
        {{"apikey", "list", "--server", "http://127.0.0.1:9"},
         "weft apikey: A server wants a key: put yours into WEFT_API_KEY."},
    };
    for (const Case& each : cases) {
        const Outcome outcome = weft_says(each.arguments, {"WEFT_API_KEY="});
        EXPECT_EQ(outcome.exit, 2) << each.says;
        EXPECT_EQ(outcome.errors, each.says + "\n");
    }
}

} // namespace weft
