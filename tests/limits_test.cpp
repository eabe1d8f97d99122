// Limits of a project over HTTP: runs and calls that wait, are refused or take another's place; and
// a server that lags behind refuses new runs.
#include "api_world.h"

#include "store/postgres.h"
#include "support/fault_server.h"

#include <gmock/gmock.h>
#include <sqlite3.h>

#include <thread>

namespace weft {

namespace {

using testing::FaultServer;
using testing::Scripted;
using testing::SeenRequest;

/// A server with a flow whose model answers no sooner than it is told to.
class Limited : public ::testing::Test {
protected:
    Limited() : server_(settings()) {
        flow_ = new_flow("slow");
        other_ = new_flow("other");
    }

    server::Settings settings() {
        server::Settings with;
        with.openai_api_key = "sk-of-the-server-0123456789";
        with.openai_base_url = model_.base_url();
        with.allow_private_network = true;
        return with;
    }
    std::string new_flow(const std::string& name, const std::string& words = "please hang") {
        return server_.owner()
            .post(in("/agentflow"), {{"name", name},
                                     {"agents",
                                      {json::object{{"title", "a"},
                                                    {"llm", {{"model", "openai/gpt-4o"}}},
                                                    {"prompt", {{"template", words}}}}}}})
            .at("_id");
    }
    std::string in(const std::string& path) { return path + "?projectID=" + server_.project(); }
    void limit(const json::value& limits) {
        const Reply set =
            server_.owner().send(http::Method::patch, "/settings/" + server_.project(),
                                 to_text(json::object{{"limits", limits}}));
        ASSERT_EQ(set.status, 200) << set.text;
    }
    void limit_flow(const char* when_full, json::object limit) {
        limit["agentflow_id"] = flow_;
        limit["when_full"] = when_full;
        this->limit({{"agentflows", {limit}}});
    }
    Reply start(const std::string& flow, bool autostart = true) {
        return server_.owner().post(in("/execute_flow"),
                                    {{"agentflow_id", flow}, {"autostart", autostart}});
    }
    Reply start() { return start(flow_); }
    std::string status(const Reply& run) {
        return server_.owner().get("/execute_flow/" + run.at("_id")).at("status");
    }
    void cancel(const Reply& run) {
        EXPECT_EQ(server_.owner().post("/execute_flow/" + run.at("_id") + "/cancel").status, 200);
    }
    static Scripted answer(const SeenRequest& seen) {
        Scripted out{.text = "done"};
        if (seen.body.contains("please hang")) out.fault = Scripted::Fault::never_answers;
        return out;
    }

    FaultServer model_{answer};
    WholeServer server_;
    std::string flow_;
    std::string other_;
};

} // namespace

TEST_F(Limited, runs_wait_for_their_turn) {
    limit_flow("queue", {{"concurrent_runs", 1}});
    const Reply first = start();
    server_.wait_for(first.at("_id"), "running");
    const Reply second = start();
    const Reply third = start();
    EXPECT_EQ(second.at("status"), "ready");
    const Reply free = start(other_);
    server_.wait_for(free.at("_id"), "running"); // has had its turn meanwhile
    EXPECT_EQ(status(second), "ready");
    const Reply told = server_.owner().post("/execute_flow/" + second.at("_id") + "/execute");
    EXPECT_EQ(told.at("status"), "ready") << "nobody jumps the queue";
    EXPECT_EQ(status(second), "ready");
    cancel(first);
    server_.wait_for(second.at("_id"), "running");
    EXPECT_EQ(status(third), "ready");
    limit(nullptr);
    server_.wait_for(third.at("_id"), "running");
}

TEST_F(Limited, runs_are_refused_with_what_is_in_their_way) {
    limit_flow("skip", {{"concurrent_runs", 1}});
    const Reply first = start();
    const Reply refused = start();
    EXPECT_EQ(code_of(refused), "409 conflict");
    EXPECT_THAT(refused.text, ::testing::HasSubstr(first.at("_id")));
    const Reply kept = start(flow_, false);
    EXPECT_EQ(kept.status, 200);
    EXPECT_EQ(code_of(server_.owner().post("/execute_flow/" + kept.at("_id") + "/execute")),
              "409 conflict");
    cancel(first);
    EXPECT_EQ(server_.owner().post("/execute_flow/" + kept.at("_id") + "/execute").status, 200);
    server_.wait_for(kept.at("_id"), "running");
    EXPECT_EQ(code_of(start()), "409 conflict");
}

TEST_F(Limited, a_run_takes_the_place_of_the_oldest) {
    limit({{"project", {{"concurrent_runs", 2}, {"when_full", "replace"}}}});
    const Reply first = start();
    const Reply second = start();
    server_.wait_for(first.at("_id"), "running");
    EXPECT_TRUE(model_.wait_until([](const auto& all) { return all.size() >= 2; }));
    const Reply third = start(other_);
    EXPECT_EQ(third.status, 200);
    EXPECT_EQ(server_.wait_for(first.at("_id")).at("status"), "cancelled");
    server_.wait_for(second.at("_id"), "running");
    server_.wait_for(third.at("_id"), "running");
    EXPECT_TRUE(model_.wait_until([](const auto& all) {
        return std::ranges::count_if(all, [](const auto& each) { return each.closed_us > 0; }) > 0;
    })) << "its model was let go";
}

TEST_F(Limited, starts_of_a_minute) {
    limit_flow("skip", {{"starts_per_minute", 2}});
    EXPECT_EQ(start().status, 200);
    EXPECT_EQ(start().status, 200);
    const Reply refused = start();
    EXPECT_EQ(code_of(refused), "429 rate_limited");
    ASSERT_TRUE(refused.headers.find("retry-after"));
    const int wait_s = std::atoi(refused.headers.find("retry-after")->c_str());
    EXPECT_GT(wait_s, 0);
    EXPECT_LE(wait_s, 60);
    EXPECT_EQ(start(other_).status, 200);
}

TEST_F(Limited, calls_of_a_model_wait_for_one_another) {
    limit({{"models", {json::object{{"model", "openai/gpt-4o"}, {"concurrent_calls", 1}}}}});
    const Reply first = start();
    EXPECT_TRUE(model_.wait_hanging());
    const Reply second = start(new_flow("quick", "say hello"));
    server_.wait_for(second.at("_id"), "running");
    EXPECT_EQ(status(second), "running");
    EXPECT_EQ(model_.requests().size(), 1U) << "the second call is not made yet";
    cancel(first);
    EXPECT_EQ(server_.wait_for(second.at("_id")).at("status"), "completed");
    EXPECT_EQ(model_.requests().size(), 2U);
}

TEST_F(Limited, calls_of_a_connector_wait_for_one_another) {
    auto hanging = std::make_unique<FaultServer>(
        [](const SeenRequest&) { return Scripted{.fault = Scripted::Fault::never_answers}; });
    FaultServer quick([](const SeenRequest&) { return Scripted{.raw_body = "{}"}; });
    const auto account = [&](const char* name, const FaultServer& of) {
        return server_.owner()
            .post(in("/actions/restful/config"),
                  {{"name", name}, {"config", {{"base_url", of.base_url()}}}})
            .at("_id");
    };
    const std::string at_hanging = account("hanging", *hanging);
    const std::string at_quick = account("quick", quick);
    limit({{"connectors", {json::object{{"connector", "restful"}, {"concurrent_calls", 1}}}}});
    const auto call = [this](const std::string& at) {
        TestClient client(server_.url(), WholeServer::key);
        return client.post(in("/actions/restful/get/" + at), {{"path", "/x"}}).status;
    };
    std::thread first([&] { call(at_hanging); });
    EXPECT_TRUE(hanging->wait_hanging());
    std::atomic<int> status{0};
    std::thread second([&] { status = call(at_quick); });
    for (int i = 0; i < 50; ++i) EXPECT_EQ(server_.owner().get("/health").status, 200);
    EXPECT_TRUE(quick.requests().empty()) << "the second call is not made yet";
    hanging.reset();
    first.join();
    second.join();
    EXPECT_EQ(status, 200);
    EXPECT_EQ(quick.requests().size(), 1U);
}

namespace {

/// Keeps every write of the server from being committed, as a disk does that is too slow.
class Brake {
public:
    explicit Brake(const std::filesystem::path& data) {
        const std::string url = store::store_url(data);
        if (!url.empty()) {
            reach_ = std::make_unique<store::Reach>(url);
            postgres_ = std::make_unique<store::PostgresConnection>(*reach_);
            CHECK(postgres_->ask("BEGIN"));
            CHECK(postgres_->ask("SELECT 1 FROM store_info WHERE name = 'writer' FOR UPDATE"));
            return;
        }
        CHECK(sqlite3_open((data / "weft.db").c_str(), &sqlite_) == SQLITE_OK);
        sqlite3_busy_timeout(sqlite_, 10'000);
        CHECK(sqlite3_exec(sqlite_, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) == SQLITE_OK);
    }
    ~Brake() {
        if (postgres_) std::ignore = postgres_->ask("COMMIT");
        if (sqlite_) sqlite3_close(sqlite_);
    }
    Brake(const Brake&) = delete;

private:
    std::unique_ptr<store::Reach> reach_;
    std::unique_ptr<store::PostgresConnection> postgres_;
    sqlite3* sqlite_ = nullptr;
};

double writer_age_s(WholeServer& server) {
    const std::string text = server.owner().get("/metrics").text;
    const std::string name = "\nweft_store_writer_age_seconds ";
    const auto at = text.find(name);
    return at == text.npos ? 0 : std::strtod(text.c_str() + at + name.size(), nullptr);
}

} // namespace

TEST(BackPressure, a_writer_that_lags_behind_takes_on_no_new_run) {
    const testing::TemporaryDirectory directory;
    server::Settings with;
    with.data = directory.path() / "data";
    with.write_lag_max_ms = 251;
    WholeServer server(with);
    const std::string flow = server.owner().post("/agentflow", {{"name", "f"}}).at("_id");
    const json::value start{{"agentflow_id", flow}};
    EXPECT_EQ(server.owner().post("/execute_flow", start).status, 200);
    TestClient other(server.url(), WholeServer::key);
    std::thread waits;
    {
        const Brake brake(with.data);
        waits = std::thread([&] {
            const Reply reply = other.post("/execute_flow", start);
            EXPECT_TRUE(reply.status == 200 || reply.status == 503) << reply.text;
        });
        while (writer_age_s(server) < 0.26) {}
        const Reply refused = server.owner().post("/execute_flow", start);
        EXPECT_EQ(code_of(refused), "429 rate_limited");
        ASSERT_TRUE(refused.headers.find("retry-after"));
        EXPECT_EQ(*refused.headers.find("retry-after"), "1");
        EXPECT_EQ(server.owner().get("/agentflows").status, 200) << "reads go on";
    }
    waits.join();
    while (writer_age_s(server) > 0.2) {}
    EXPECT_EQ(server.owner().post("/execute_flow", start).status, 200);
}

TEST(BackPressure, a_server_without_memory_takes_on_no_new_run) {
    server::Settings with;
    with.memory_max_mib = 1;
    WholeServer server(with);
    const std::string flow = server.owner().post("/agentflow", {{"name", "f"}}).at("_id");
    const Reply refused = server.owner().post("/execute_flow", {{"agentflow_id", flow}});
    EXPECT_EQ(code_of(refused), "429 rate_limited");
    EXPECT_TRUE(refused.headers.find("retry-after"));
    EXPECT_THAT(refused.text, ::testing::HasSubstr("memory"));
}

} // namespace weft
