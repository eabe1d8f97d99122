// Where the master key may come from, and keys that are replaced while the program serves.
#include "support/fault_server.h"
#include "weft_process.h"
#include "whole_server.h"

#include <gmock/gmock.h>

#include <thread>

#include <sys/stat.h>

namespace weft {

namespace {

using testing::FaultServer;
using ::testing::HasSubstr;
using testing::Reply;
using testing::Scripted;
using testing::SeenRequest;
using testing::TestClient;
using testing::WeftProcess;

constexpr const char* api_key = "0f0e0d0c-0b0a-4908-8706-050403020100";
const std::string key_a(64, 'a');
const std::string key_b(64, 'b');

struct Ended {
    int code;
    std::string output;
    std::string errors;
};

class SecretsCommand : public ::testing::Test {
protected:
    using Words = std::vector<std::string>;

    std::string data() const { return (directory_.path() / "data").string(); }
    std::string file(const std::string& name, const std::string& content) const {
        const std::string path = directory_.path() / name;
        std::ofstream(path) << content;
        ::chmod(path.c_str(), 0600);
        return path;
    }
    std::unique_ptr<WeftProcess> serve(Words environment = {}) {
        environment.push_back(std::string("WEFT_BOOTSTRAP_API_KEY=") + api_key);
        return std::make_unique<WeftProcess>(
            Words{"serve", "--data", data(), "--listen", "127.0.0.1:0", "--allow-private-network"},
            (directory_.path() / fmt::format("out{}", ++started_)).string(), environment);
    }
    Ended weft(Words words, Words environment = {}) {
        words.insert(words.end(), {"--data", data()});
        environment.push_back(std::string("WEFT_API_KEY=") + api_key);
        WeftProcess process(words, (directory_.path() / "command").string(), environment);
        const int code = process.wait();
        return {code, process.output(), process.errors()};
    }
    static void stop(WeftProcess& process) {
        process.kill(SIGTERM);
        EXPECT_EQ(process.wait_a_minute(), 0);
    }

    /// A connector with a secret that the service sees, its id; and what the service sees.
    std::string configured(TestClient& owner) {
        const Reply made =
            owner.post("/actions/restful/config",
                       {{"name", fmt::format("service {}", ++started_)},
                        {"config",
                         {{"base_url", service_.base_url()},
                          {"auth", {{"type", "bearer"}, {"token", "the-connector-secret"}}}}}});
        EXPECT_EQ(made.status, 200) << made.text;
        return made.at("_id");
    }
    bool opens(TestClient& owner, const std::string& connector) {
        const std::size_t before = service_.requests().size();
        const Reply ran = owner.post("/actions/restful/get/" + connector, {{"path", "/x"}});
        const auto all = service_.requests();
        return ran.status == 200 && all.size() > before &&
               all.back().header("authorization") == "Bearer the-connector-secret";
    }

    testing::TemporaryDirectory directory_;
    FaultServer service_{[](const SeenRequest&) { return Scripted{.raw_body = "{}"}; }};
    int started_ = 0;
};

} // namespace

TEST_F(SecretsCommand, the_master_key_comes_from_a_file_or_a_program) {
    const std::string key_file = file("key", key_a + "\n");
    std::string connector;
    {
        const auto server = serve({"WEFT_MASTER_KEY_FILE=" + key_file});
        TestClient owner(server->url(), api_key);
        connector = configured(owner);
        EXPECT_FALSE(std::filesystem::exists(data() + "/master.key"));
        stop(*server);
    }
    {
        const auto server = serve({"WEFT_MASTER_KEY_COMMAND=cat " + key_file});
        TestClient owner(server->url(), api_key);
        EXPECT_TRUE(opens(owner, connector));
        stop(*server);
    }
    EXPECT_EQ(weft({"apikey", "list"}, {"WEFT_MASTER_KEY_FILE=" + key_file}).code, 0);
    const std::pair<Words, const char*> refused[] = {
        {{"WEFT_MASTER_KEY=" + key_a, "WEFT_MASTER_KEY_FILE=" + key_file}, "more than once"},
        {{"WEFT_MASTER_KEY_COMMAND=false"}, "The program false ended with code 1."},
        {{"WEFT_MASTER_KEY=" + key_b}, "not the one"},
        {{"WEFT_MASTER_KEY_FILE=" + file("open", key_a)}, "chmod 600"}};
    ::chmod((directory_.path() / "open").c_str(), 0644);
    for (const auto& [environment, says] : refused) {
        const auto server = serve(environment);
        EXPECT_NE(server->wait_a_minute(), 0);
        EXPECT_THAT(server->errors(), HasSubstr(says));
        EXPECT_EQ(server->errors().find(key_a), std::string::npos);
    }
}

// Requests of a key and of a session, and calls with a connector's secret, go on all the while.
TEST_F(SecretsCommand, a_server_takes_new_keys_without_a_restart_or_a_failed_request) {
    const auto server = serve();
    TestClient owner(server->url(), api_key);
    const std::string connector = configured(owner);
    owner.post("/organization/users",
               {{"email", "ada@example.org"}, {"password", "correct horse"}, {"role", "admin"}});
    const Reply login =
        owner.post("/auth/login", {{"email", "ada@example.org"}, {"password", "correct horse"}});
    ASSERT_EQ(login.status, 200) << login.text;
    const std::string old_key = std::filesystem::path(data()) / "master.key";
    std::filesystem::copy_file(old_key, directory_.path() / "old.key");

    std::atomic<bool> over = false;
    std::atomic<int> asked = 0;
    std::thread traffic([&] {
        TestClient client(server->url(), api_key);
        while (!over) {
            EXPECT_TRUE(opens(client, connector));
            EXPECT_EQ(client.get("/apikey").status, 200);
            ++asked;
        }
    });
    for (int round = 0; round < 5; ++round) {
        const Ended rotated = weft({"secrets", "rotate-master"});
        EXPECT_EQ(rotated.code, 0) << rotated.errors;
        const Ended renewed = weft({"secrets", "rotate-data-keys"});
        EXPECT_EQ(renewed.code, 0) << renewed.errors;
        EXPECT_THAT(renewed.output, HasSubstr("of which 0 are being renewed"));
    }
    over = true;
    traffic.join();
    EXPECT_GT(asked, 5);
    // To a key that its owner keeps elsewhere.
    const Ended elsewhere =
        weft({"secrets", "rotate-master", "--new-master-key-file", file("new", key_b)});
    EXPECT_EQ(elsewhere.code, 0) << elsewhere.errors;
    EXPECT_THAT(elsewhere.errors, HasSubstr("Let the settings give the new one"));
    EXPECT_TRUE(opens(owner, connector));
    http::Headers session;
    session.set("authorization", "Bearer " + login.at("token"));
    EXPECT_EQ(TestClient(server->url(), "").send(http::Method::get, "/auth/me", "", session).status,
              200);
    const Reply log = owner.get("/audit?what=secrets.&limit=500");
    EXPECT_EQ(int_or(log.body, "total_count"), 11) << log.text;
    stop(*server);

    for (const Words& environment : {Words{}, Words{"WEFT_MASTER_KEY=" + key_a}}) {
        const auto refused = serve(environment);
        EXPECT_EQ(refused->wait_a_minute(), 2);
        EXPECT_THAT(refused->errors(), HasSubstr("it was replaced on 20"));
    }
    const Words with_b{"WEFT_MASTER_KEY=" + key_b};
    const Ended verified = weft({"audit", "verify"}, with_b);
    EXPECT_EQ(verified.code, 0) << verified.errors;
    const auto again = serve(with_b);
    TestClient later(again->url(), api_key);
    EXPECT_TRUE(opens(later, connector));
    stop(*again);
}

TEST_F(SecretsCommand, only_who_has_the_master_key_may_ask_a_server) {
    const auto server = serve({"WEFT_MASTER_KEY=" + key_a});
    TestClient owner(server->url(), api_key);
    for (const char* path : {"/admin/master-key", "/admin/data-keys"})
        for (const std::string& order : {std::string("00"), std::string(200, 'a'), key_b}) {
            const Reply refused = owner.post(path, {{"order", order}});
            EXPECT_EQ(refused.status, 403) << refused.text;
            EXPECT_THAT(refused.at("detail"), HasSubstr("Only who has the master key"));
        }
    const Words with_new{"WEFT_NEW_MASTER_KEY=" + key_b};
    Words wrong = with_new;
    wrong.push_back("WEFT_MASTER_KEY=" + std::string(64, 'c'));
    EXPECT_EQ(weft({"secrets", "rotate-master"}, wrong).code, 2);
    Words right{"WEFT_MASTER_KEY=" + key_a};
    const Ended nowhere = weft({"secrets", "rotate-master"}, right);
    EXPECT_EQ(nowhere.code, 2);
    EXPECT_THAT(nowhere.errors, HasSubstr("say where the new one is"));
    right.push_back(with_new[0]);
    EXPECT_EQ(weft({"secrets", "rotate-master"}, right).code, 0);
    EXPECT_EQ(weft({"secrets", "rotate-master"}, right).code, 2) << "made with the old key";
    const Reply viewer = owner.post("/apikey", {{"name", "v"}, {"scopes", json::array{"editor"}}});
    TestClient weak(server->url(), viewer.at("secret_key"));
    EXPECT_EQ(weak.get("/admin/secrets").status, 403);
    EXPECT_EQ(TestClient(server->url(), "").get("/admin/secrets").status, 401);
    EXPECT_EQ(int_or(owner.get("/admin/secrets").body, "data_keys_renewing", -1), 0);
    stop(*server);
}

TEST_F(SecretsCommand, a_directory_that_nobody_serves_is_changed_directly) {
    std::string connector;
    {
        const auto server = serve();
        TestClient owner(server->url(), api_key);
        connector = configured(owner);
        stop(*server);
    }
    EXPECT_EQ(weft({"secrets", "rotate-master"}).code, 0);
    EXPECT_EQ(weft({"secrets", "rotate-data-keys", "--project", "nonsense"}).code, 2);
    EXPECT_EQ(weft({"secrets", "rotate-data-keys"}).code, 0);
    const Ended status = weft({"secrets", "status", "--json"});
    const auto state = parse_json(status.output);
    ASSERT_TRUE(state) << status.output << status.errors;
    EXPECT_EQ(int_or(*state, "data_keys"), 1);
    EXPECT_GT(double_or(*state, "master_key_replaced_at"), 1e9);
    EXPECT_EQ(weft({"audit", "verify"}).code, 0);
    const auto server = serve();
    TestClient owner(server->url(), api_key);
    EXPECT_TRUE(opens(owner, connector));
    const Reply log = owner.get("/audit?what=secrets.");
    EXPECT_EQ(int_or(log.body, "total_count"), 2) << log.text;
    EXPECT_EQ(text_or(log.body.at("audit").at(0).at("who"), "name"), "weft secrets");
    stop(*server);
}

// Killed at whatever point, the next start has its key and all secrets, and a renewal goes on.
TEST_F(SecretsCommand, a_kill_in_the_midst_loses_nothing) {
    std::vector<std::string> connectors;
    {
        const auto server = serve();
        TestClient owner(server->url(), api_key);
        for (int i = 0; i < 40; ++i) connectors.push_back(configured(owner));
        stop(*server);
    }
    for (int round = 0; round < 8; ++round) {
        const auto server = serve();
        ASSERT_TRUE(server->answers()) << server->errors();
        TestClient owner(server->url(), api_key);
        EXPECT_TRUE(opens(owner, connectors[static_cast<std::size_t>(round) * 5])) << round;
        const std::string command = round % 2 == 0 ? "rotate-master" : "rotate-data-keys";
        WeftProcess rotating({"secrets", command, "--data", data()},
                             (directory_.path() / "rotating").string(),
                             {std::string("WEFT_API_KEY=") + api_key});
        usleep(static_cast<useconds_t>(10'000 + round * 7'000));
        server->kill(SIGKILL);
        server->wait();
        rotating.wait();
    }
    const auto server = serve();
    TestClient owner(server->url(), api_key);
    for (const std::string& each : connectors) EXPECT_TRUE(opens(owner, each));
    EXPECT_EQ(weft({"secrets", "rotate-data-keys"}).code, 0);
    EXPECT_EQ(int_or(owner.get("/admin/secrets").body, "data_keys_renewing", -1), 0);
    stop(*server);
    EXPECT_EQ(weft({"audit", "verify"}).code, 0);
}

} // namespace weft
