// `weft user`: on a data directory that nobody holds, and through the server that holds it.
#include "weft_process.h"
#include "whole_server.h"

#include <fstream>

namespace weft {
namespace {

using testing::Reply;
using testing::TestClient;
using testing::WeftProcess;
using testing::WholeServer;

constexpr const char* password = "correct horse battery";

struct Outcome {
    int exit = 0;
    std::string output;
    std::string errors;
};

class UserCommand : public ::testing::Test {
protected:
    void SetUp() override {
        const auto first = serve();
        ASSERT_TRUE(first->answers());
        stop(*first);
    }
    std::string path(const char* name) const { return (directory_.path() / name).string(); }
    std::unique_ptr<WeftProcess> serve() const {
        return std::make_unique<WeftProcess>(
            std::vector<std::string>{"serve", "--data", path("data"), "--listen", "127.0.0.1:0"},
            path("serve"),
            std::vector<std::string>{std::string("WEFT_BOOTSTRAP_API_KEY=") + WholeServer::key});
    }
    static void stop(WeftProcess& server) {
        server.kill(SIGTERM);
        EXPECT_EQ(server.wait(), 0) << server.errors();
    }
    /// Runs `weft user …` with this on its standard input.
    Outcome user(std::vector<std::string> arguments, const std::string& input = {},
                 std::vector<std::string> environment = {}) const {
        std::ofstream(path("input")) << input;
        arguments.insert(arguments.begin(), "user");
        arguments.insert(arguments.end(), {"--data", path("data")});
        WeftProcess process(arguments, path("output"), std::move(environment),
                            {"sh", "-c", "exec \"$@\" <\"$0\"", path("input")});
        const int exit = process.wait();
        return {exit, process.output(), process.errors()};
    }
    static std::vector<std::string> with_key() {
        return {std::string("WEFT_API_KEY=") + WholeServer::key};
    }
    static int log_in(TestClient& client, const std::string& with) {
        return client.post("/auth/login", {{"email", "ada@example.org"}, {"password", with}})
            .status;
    }

    testing::TemporaryDirectory directory_;
};

TEST_F(UserCommand, makes_an_account_and_opens_it_again_when_its_password_is_lost) {
    EXPECT_EQ(user({"add", "ada@example.org"}, "short\n").exit, 2);
    const Outcome added =
        user({"add", "Ada@Example.org", "--admin", "--name", "Ada"}, std::string(password) + "\n");
    EXPECT_EQ(added.exit, 0) << added.errors;
    EXPECT_EQ(user({"add", "ada@example.org"}, std::string(password) + "\n").exit, 3) << "again";
    const Outcome listed = user({"list"});
    EXPECT_NE(listed.output.find("ada@example.org"), std::string::npos) << listed.output;
    const Outcome last = user({"set-role", "ada@example.org", "member"});
    EXPECT_EQ(last.exit, 3);
    EXPECT_NE(last.errors.find("only admin"), std::string::npos) << last.errors;
    const Outcome made = user({"reset-password", "ada@example.org"});
    ASSERT_EQ(made.exit, 0) << made.errors;
    const Outcome linked = user({"reset-password", "ada@example.org", "--json"}, "",
                                {"WEFT_PUBLIC_URL=https://weft.example.org"});
    const json::value shown = parse_json(linked.output).value_or(nullptr);
    const std::string token(text_or(shown, "token"));
    EXPECT_EQ(text_or(shown, "link"), "https://weft.example.org/app/reset#token=" + token);
    EXPECT_EQ(user({"reset-password", "eve@example.org"}).exit, 3);

    const auto server = serve();
    TestClient nobody(server->url(), "");
    EXPECT_EQ(log_in(nobody, password), 200) << "the old one holds until then";
    const auto reset = [&](std::string with) {
        return nobody
            .post("/auth/password/reset",
                  {{"token", std::move(with)}, {"new_password", "another password"}})
            .status;
    };
    EXPECT_EQ(reset(made.output.substr(0, made.output.find('\n'))), 404) << "there is a newer one";
    EXPECT_EQ(reset(token), 200);
    EXPECT_EQ(reset(token), 404);
    EXPECT_EQ(log_in(nobody, password), 401);
    EXPECT_EQ(log_in(nobody, "another password"), 200);
    TestClient owner(server->url(), WholeServer::key);
    const Reply log = owner.get("/audit?what=users.");
    std::vector<std::string> told;
    for (const json::value& row : log.body.at("audit").as_array())
        told.push_back(std::string(text_or(row, "what")) + " by " +
                       std::string(text_or(row.at("who"), "name")));
    EXPECT_EQ(told, (std::vector<std::string>{"users.reset_password by weft user",
                                              "users.reset_password by weft user",
                                              "users.add by weft user"}));
    EXPECT_EQ(log.text.find(token), std::string::npos);
    stop(*server);
}

TEST_F(UserCommand, signs_somebody_out_everywhere) {
    ASSERT_EQ(user({"add", "ada@example.org"}, std::string(password) + "\n").exit, 0);
    http::Headers bearer;
    {
        const auto server = serve();
        TestClient nobody(server->url(), "");
        bearer.set(
            "authorization",
            "Bearer " +
                nobody.post("/auth/login", {{"email", "ada@example.org"}, {"password", password}})
                    .at("token"));
        EXPECT_EQ(nobody.send(http::Method::get, "/auth/me", "", bearer).status, 200);
        stop(*server);
    }
    EXPECT_EQ(user({"end-sessions", "ada@example.org"}).exit, 0);
    const auto server = serve();
    TestClient nobody(server->url(), "");
    EXPECT_EQ(nobody.send(http::Method::get, "/auth/me", "", bearer).status, 401);
    stop(*server);
}

TEST_F(UserCommand, asks_the_server_that_holds_the_directory) {
    const auto server = serve();
    ASSERT_TRUE(server->answers());
    if (!store::on_postgres()) {
        const Outcome keyless = user({"list"}, "", {"WEFT_API_KEY="});
        EXPECT_EQ(keyless.exit, 3);
        EXPECT_NE(keyless.errors.find("WEFT_API_KEY"), std::string::npos) << keyless.errors;
    }
    const std::string line = std::string(password) + "\n";
    for (const char* email : {"ada@example.org", "bob@example.org"}) {
        const Outcome added = user({"add", email, "--admin"}, line, with_key());
        EXPECT_EQ(added.exit, 0) << added.errors;
    }
    EXPECT_EQ(user({"set-role", "bob@example.org", "member"}, "", with_key()).exit, 0);
    EXPECT_EQ(user({"set-role", "bob@example.org", "boss"}, "", with_key()).exit, 2);
    EXPECT_EQ(user({"set-role", "eve@example.org", "admin"}, "", with_key()).exit, 3);
    const Outcome listed = user({"list", "--json"}, "", with_key());
    const json::value all = parse_json(listed.output).value_or(nullptr);
    ASSERT_TRUE(all.is_array()) << listed.output << listed.errors;
    EXPECT_EQ(text_or(all.as_array().back(), "role"), "member");

    TestClient nobody(server->url(), "");
    const Reply in =
        nobody.post("/auth/login", {{"email", "ada@example.org"}, {"password", password}});
    EXPECT_EQ(user({"end-sessions", "ada@example.org"}, "", with_key()).exit, 0);
    http::Headers bearer;
    bearer.set("authorization", "Bearer " + in.at("token"));
    EXPECT_EQ(nobody.send(http::Method::get, "/auth/me", "", bearer).status, 401) << "at once";
    const Outcome made = user({"reset-password", "ada@example.org"}, "", with_key());
    ASSERT_EQ(made.exit, 0) << made.errors;
    EXPECT_EQ(
        nobody
            .post("/auth/password/reset", {{"token", made.output.substr(0, made.output.find('\n'))},
                                           {"new_password", "another password"}})
            .status,
        200);
    EXPECT_EQ(log_in(nobody, "another password"), 200);
    stop(*server);
}

} // namespace
} // namespace weft
