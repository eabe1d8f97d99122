// Two `weft serve` on one PostgreSQL database: one is killed, or a stop is asked for at the other.
#include "support/fault_server.h"
#include "support/postgres_cluster.h"
#include "weft_process.h"
#include "whole_server.h"

#include <gmock/gmock.h>

namespace weft {

namespace {

using testing::FaultServer;
using testing::PostgresCluster;
using testing::Reply;
using testing::Scripted;
using testing::SeenConnection;
using testing::TestClient;
using testing::WeftProcess;

constexpr const char* key = "0f0e0d0c-0b0a-4908-8706-050403020100";
constexpr int runs = 5;
constexpr int looks_max = 6'000; ///< of 10 ms

/// A model that is silent at first, and answers once that is over.
struct Model {
    std::atomic<bool> silent = true;
    FaultServer server{[this](const testing::SeenRequest&) {
        return silent ? Scripted{.fault = Scripted::Fault::never_answers}
                      : Scripted{.text = "Done."};
    }};
};

class TwoNodes : public ::testing::Test {
protected:
    TwoNodes() : database_(PostgresCluster::shared().create_database()) {
        for (int i = 0; i < 2; ++i) nodes_.push_back(start(i)); // at once: one makes the first key
        for (const auto& node : nodes_)
            clients_.push_back(std::make_unique<TestClient>(node->url(), key));
    }
    ~TwoNodes() override {
        nodes_.clear();
        PostgresCluster::shared().drop_database(database_);
    }

    std::unique_ptr<WeftProcess> start(int number) {
        return std::make_unique<WeftProcess>(
            std::vector<std::string>{"serve", "--data",
                                     (directory_.path() / fmt::format("data{}", number)).string(),
                                     "--store", database_, "--listen", "127.0.0.1:0",
                                     "--allow-private-network", "--log-level", "error"},
            (directory_.path() / fmt::format("out{}", number)).string(),
            std::vector<std::string>{fmt::format("WEFT_BOOTSTRAP_API_KEY={}", key),
                                     fmt::format("WEFT_MASTER_KEY={}", std::string(64, 'a')),
                                     fmt::format("OPENAI_BASE_URL={}", model_.server.base_url()),
                                     "OPENAI_API_KEY=sk-test-not-a-real-key"});
    }

    /// Runs of one agent that asks the model, begun at the first node and on their way there.
    std::vector<std::string> begun() {
        const json::object agent{{"title", "Ask"},
                                 {"llm", {{"model", "openai/gpt-4o-mini"}}},
                                 {"prompt", {{"template", "Say something."}}}};
        const Reply flow = clients_[0]->post(
            "/agentflow", {{"name", "asks"}, {"agents", json::array{json::value(agent)}}});
        EXPECT_EQ(flow.status, 200) << flow.text;
        std::vector<std::string> ids;
        for (int i = 0; i < runs; ++i) {
            const Reply run =
                clients_[0]->post("/execute_flow", {{"agentflow_id", flow.at("_id")}});
            EXPECT_EQ(run.status, 200) << run.text;
            ids.push_back(run.at("_id"));
        }
        EXPECT_TRUE(model_.server.wait_until([](const std::vector<SeenConnection>& all) {
            return std::ranges::count_if(all, &SeenConnection::hanging) == runs;
        }));
        return ids;
    }
    /// The first node's, in any order; the other one finds nothing to do meanwhile.
    std::string owners() const {
        return PostgresCluster::shared().psql(
            database_, "SELECT string_agg(DISTINCT owner::text, ' ') FROM execution "
                       "WHERE owner <> 0");
    }
    std::string status_at(int node, const std::string& id) {
        return clients_[static_cast<std::size_t>(node)]->get("/execute_flow/" + id).at("status");
    }
    void await_status(int node, const std::string& id, const std::string& status) {
        for (int look = 0; look < looks_max; ++look) {
            if (status_at(node, id) == status) return;
            usleep(10'000);
        }
        FAIL() << id << " is " << status_at(node, id) << " and not " << status;
    }

    Model model_;
    testing::TemporaryDirectory directory_;
    std::string database_;
    std::vector<std::unique_ptr<WeftProcess>> nodes_;
    std::vector<std::unique_ptr<TestClient>> clients_;
};

TEST_F(TwoNodes, what_a_killed_one_was_doing_the_other_goes_on_with) {
    const auto ids = begun();
    const std::size_t asked = model_.server.requests().size();
    EXPECT_EQ(asked, std::size_t{runs});
    const std::string owner = owners();
    model_.silent = false;
    nodes_[0]->kill(SIGKILL);
    nodes_[0]->wait();
    const std::int64_t from_us = monotonic_us();
    for (const std::string& id : ids) await_status(1, id, "completed");
    std::printf("all resumed and completed %.1f s after the kill\n",
                static_cast<double>(monotonic_us() - from_us) / 1e6);
    // A model is asked again, once, by who took over.
    EXPECT_EQ(model_.server.requests().size(), asked + runs);
    EXPECT_EQ(PostgresCluster::shared().psql(
                  database_, "SELECT count(*) FROM execution WHERE epoch = 3 AND state = 4"),
              std::to_string(runs));
    EXPECT_EQ(owner.find(' '), std::string::npos) << owner;
}

TEST_F(TwoNodes, a_stop_at_one_breaks_off_what_the_other_is_doing) {
    const auto ids = begun();
    const std::int64_t from_us = monotonic_us();
    for (const std::string& id : ids)
        EXPECT_EQ(clients_[1]->post("/execute_flow/" + id + "/cancel", json::object{}).status, 200);
    EXPECT_TRUE(model_.server.wait_all_closed());
    std::printf("all calls closed %.0f ms after the first stop\n",
                static_cast<double>(monotonic_us() - from_us) / 1e3);
    for (const std::string& id : ids) await_status(0, id, "cancelled");
    EXPECT_EQ(model_.server.requests().size(), std::size_t{runs});
}

TEST_F(TwoNodes, a_key_that_is_revoked_at_one_soon_opens_nothing_at_the_other) {
    const Reply made = clients_[0]->post("/apikey", {{"name", "short-lived"}, {"role", "viewer"}});
    ASSERT_EQ(made.status, 200) << made.text;
    TestClient holder(nodes_[1]->url(), made.at("secret_key"));
    EXPECT_NE(holder.get("/apikey").status, 401);
    const Reply revoked = clients_[0]->send(http::Method::delete_, "/apikey/" + made.at("_id"));
    ASSERT_EQ(revoked.status, 200) << revoked.text;
    int status = 0;
    for (int look = 0; look < looks_max && status != 401; ++look) {
        status = holder.get("/apikey").status;
        usleep(10'000);
    }
    EXPECT_EQ(status, 401);
}

} // namespace
} // namespace weft
