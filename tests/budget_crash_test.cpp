// `weft serve` killed again and again while its runs spend what budgets allow: no ceiling is
// passed, nothing that was paid for is forgotten, and what the ledger says is what the journals
// say.
#include "crash_world.h"
#include "weft_process.h"

#include <gmock/gmock.h>

namespace weft {

using testing::FaultServer;
using testing::number_from;
using testing::Reply;
using testing::Scripted;
using testing::SeenRequest;
using testing::TestClient;
using testing::WeftProcess;

namespace {

const std::string master_key(64, 'a');
constexpr const char* key = "0f0e0d0c-0b0a-4908-8706-050403020100";

// The model server says 11 tokens in, 7 out: 97.5 millionths of a dollar at gpt-4o's price, which
// are rounded up for each call, and three hundredths of a credit for each step.
constexpr double call_usd = 98e-6;
constexpr double credit_per_step = 0.03;
constexpr double money = 0.02;
constexpr double credits = 2.5;
constexpr double rounding = 1e-9; ///< sums of numbers with a fraction

#if __has_feature(address_sanitizer)
constexpr int lives_default = 4;
constexpr int life_us_max = 1'500'000;
#else
constexpr int lives_default = 12;
constexpr int life_us_max = 300'000;
#endif

class BudgetCrash : public ::testing::Test {
protected:
    BudgetCrash()
        : dice_(static_cast<unsigned>(number_from("WEFT_CRASH_SEED", 7))),
          provider_([this](const SeenRequest&) { return answer(); }) {}

    /// Most calls end well, a few milliseconds late; some are refused, and are not billed.
    Scripted answer() {
        const auto turn = ++asked_;
        Scripted out{.text = "So."};
        out.pause_before_head = milliseconds(turn % 9);
        if (turn % 7 == 3)
            out.status = 503;
        else
            ++billed_;
        return out;
    }

    int dice(int below) { return static_cast<int>(dice_() % static_cast<unsigned>(below)); }
    std::string data(std::size_t node = 0) const {
        return (directory_.path() / fmt::format("data{}", node)).string();
    }

    /// Those that do not run; the client asks the first.
    void start() {
        for (std::size_t node = 0; node < nodes_.size(); ++node)
            if (!nodes_[node]) start(node);
    }
    void start(std::size_t node) {
        std::vector<std::string> words{"serve",       "--data",      data(node),
                                       "--listen",    "127.0.0.1:0", "--allow-private-network",
                                       "--log-level", "error"};
        if (node > 0) {
            words.emplace_back("--store");
            words.push_back(store::store_url(data()));
        }
        auto process = std::make_unique<WeftProcess>(
            words, (directory_.path() / fmt::format("out{}", node)).string(),
            std::vector<std::string>{fmt::format("WEFT_BOOTSTRAP_API_KEY={}", key),
                                     fmt::format("OPENAI_BASE_URL={}", provider_.base_url()),
                                     "OPENAI_API_KEY=sk-test-not-a-real-key",
                                     "WEFT_MASTER_KEY=" + master_key});
        ASSERT_TRUE(process->answers()) << process->errors();
        if (node == 0)
            client_ =
                std::make_unique<TestClient>(process->url(), key, TestClient::Answers::unchecked);
        nodes_[node] = std::move(process);
    }
    void kill(std::size_t node) {
        nodes_[node]->kill(SIGKILL);
        nodes_[node]->wait();
        nodes_[node].reset();
    }

    /// A project's money for the day and the organization's credits for the month.
    void found() {
        json::array agents;
        for (const char* title : {"first", "second"}) {
            json::object agent{{"title", title},
                               {"llm", {{"model", "openai/gpt-4o"}, {"max_tokens", 50}}},
                               {"prompt", {{"template", "Say something."}}}};
            if (std::string_view(title) == "first") agent["next_agent"] = "second";
            agents.push_back(std::move(agent));
        }
        const Reply made = client_->post("/agentflow/", {{"name", "asks"}, {"agents", agents}});
        ASSERT_EQ(made.status, 200) << made.text;
        flow_ = made.at("_id");
        const auto set = [this](http::Method method, const std::string& path,
                                const json::object& budget) {
            const Reply reply = client_->send(
                method, path, to_text(json::object{{"budgets", json::array{budget}}}));
            ASSERT_EQ(reply.status, 200) << reply.text;
        };
        set(http::Method::patch, "/settings/" + made.at("projectID"),
            {{"level", "project"}, {"window", "day"}, {"cost_usd", money}, {"policy", "refuse"}});
        set(http::Method::put, "/budgets",
            {{"window", "month"}, {"credits", credits}, {"policy", "refuse"}});
    }

    /// One life of the first node, and perhaps of others: runs begin, and a few are stopped, until
    /// it is dead.
    void live_and_die() {
        start();
        if (HasFatalFailure()) return;
        if (flow_.empty()) found();
        std::thread killer([this, life_us = dice(life_us_max)] {
            usleep(static_cast<useconds_t>(life_us));
            nodes_[0]->kill(SIGKILL);
        });
        for (bool alive = true; alive;) {
            const Reply begun = client_->post("/execute_flow", {{"agentflow_id", flow_}});
            alive = begun.status != 0;
            if (begun.status == 200) runs_.push_back(begun.at("_id"));
            if (alive && dice(4) == 0 && !runs_.empty())
                alive = client_->post("/execute_flow/" + runs_.back() + "/cancel").status != 0;
            usleep(static_cast<useconds_t>(dice(4'000)));
        }
        killer.join();
        kill(0);
        for (std::size_t other = 1; other < nodes_.size(); ++other)
            if (dice(2) == 0) kill(other);
    }

    /// Until nothing is left to do, also for runs whose start was never acknowledged.
    void let_all_end() {
        start();
        if (HasFatalFailure()) return;
        for (const std::string& run : runs_)
            for (int waited = 0; waited < 12'000 && !has_ended(run); ++waited) usleep(5'000);
        std::int64_t calls = -1;
        while (std::exchange(calls, asked_.load()) != asked_.load()) usleep(500'000);
    }
    bool has_ended(const std::string& run) {
        const std::string status = client_->get("/execute_flow/" + run).at("status");
        return status == "completed" || status == "failed" || status == "cancelled";
    }

    double used(std::string_view level) {
        const Reply all = client_->get("/budgets");
        for (const json::value& each : all.body.at("budgets").as_array())
            if (text_or(each, "level") == level) return each.at("used").to_number<double>();
        ADD_FAILURE() << "no budget of the " << level << ": " << all.text;
        return 0;
    }
    /// What the credit history adds up to.
    double charged() {
        double sum = 0;
        const Reply all = client_->get("/customer/credit_history?limit=500");
        for (const json::value& each : all.body.at("data").as_array())
            sum += each.at("credits_consumed").to_number<double>();
        return sum;
    }

    void expect_sound_store() {
        for (const auto& each : nodes_) {
            each->kill(SIGTERM);
            EXPECT_EQ(each->wait_a_minute(), 0) << each->errors();
        }
        store::Home home(store::Options{
            .directory = data(), .url = store::store_url(data()), .master_key = master_key});
        const auto broken =
            home.store->read_here([](store::Rx& rx) { return store::violations(rx); });
        ASSERT_TRUE(broken) << broken.error().log_text;
        EXPECT_EQ(*broken, std::vector<std::string>{});
    }

    void spend_and_die() {
        const int lives = number_from("WEFT_CRASH_ROUNDS", lives_default);
        for (int life = 0; life < lives && !HasFailure(); ++life) live_and_die();
        let_all_end();
        const auto billed = static_cast<double>(billed_.load());
        std::printf("%zu runs, %.0f calls billed, %g of %g USD and %g of %g credits held\n",
                    runs_.size(), billed, used("project"), money, used("organization"), credits);
        EXPECT_LE(billed * call_usd, used("project") + rounding) << "less is held than was billed";
        EXPECT_LE(used("project"), money + rounding);
        EXPECT_LE(charged(), used("organization") + rounding) << "less is held than was charged";
        EXPECT_LE(used("organization"), credits + rounding);
        EXPECT_GE(charged(), credit_per_step) << "nothing was spent";
        expect_sound_store();
    }

    std::mt19937 dice_;
    std::atomic<std::int64_t> asked_{0};
    std::atomic<std::int64_t> billed_{0};
    testing::TemporaryDirectory directory_;
    FaultServer provider_;
    std::vector<std::unique_ptr<WeftProcess>> nodes_ =
        std::vector<std::unique_ptr<WeftProcess>>(1); ///< none: it is to be started
    std::unique_ptr<TestClient> client_;
    std::string flow_;
    std::vector<std::string> runs_;
};

} // namespace

TEST_F(BudgetCrash, killed_at_random_moments_no_ceiling_is_passed_and_nothing_paid_is_forgotten) {
    spend_and_die();
}

TEST_F(BudgetCrash, the_same_of_two_nodes_on_one_database) {
    if (!store::on_postgres()) GTEST_SKIP() << "a data directory has one node";
    nodes_.resize(2);
    spend_and_die();
}

} // namespace weft
