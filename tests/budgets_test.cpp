// Budgets through the public API, with a model that costs something.
#include "support/fault_server.h"
#include "whole_server.h"

#include <gmock/gmock.h>

namespace weft {

using testing::FaultServer;
using ::testing::HasSubstr;
using testing::Reply;
using testing::WholeServer;

namespace {

// The model server says 11 tokens in, 7 out: 97.5 millionths of a dollar at gpt-4o's price.
constexpr double cost_usd = 98e-6;

server::Settings with_model(const FaultServer& model) {
    server::Settings settings;
    settings.openai_base_url = model.base_url();
    settings.openai_api_key = "sk-test-not-a-real-key";
    settings.allow_private_network = true;
    return settings;
}

struct Budgets : ::testing::Test {
    FaultServer model{{{.text = "So."}}};
    WholeServer server{with_model(model)};
    std::string flow = new_flow();

    std::string new_flow() {
        const json::object agent{{"title", "Ask"},
                                 {"llm", {{"model", "openai/gpt-4o"}, {"max_tokens", 50}}},
                                 {"prompt", {{"template", "Say something."}}}};
        const Reply made =
            server.owner().post("/agentflow", {{"name", "Asks"}, {"agents", json::array{agent}}});
        EXPECT_EQ(made.status, 200) << made.text;
        return made.at("_id");
    }
    Reply start() { return server.owner().post("/execute_flow", {{"agentflow_id", flow}}); }
    Reply set_budget(double usd, const std::string& policy, const std::string& window = "month") {
        const json::object budget{{"level", window == "run" ? "execution" : "project"},
                                  {"window", window},
                                  {"cost_usd", usd},
                                  {"policy", policy}};
        const Reply set =
            server.owner().send(http::Method::patch, "/settings/" + server.project(),
                                to_text(json::object{{"budgets", json::array{budget}}}));
        EXPECT_EQ(set.status, 200) << set.text;
        return set;
    }
    double used() {
        const Reply all = server.owner().get("/budgets");
        return all.body.at("budgets").at(0).at("used").to_number<double>();
    }
    Reply item_of(const Reply& run) {
        server.wait_for(run.at("_id"), "input_required");
        const Reply open = server.owner().get("/inbox?type=budget&status=pending");
        EXPECT_EQ(int_or(open.body, "total_count"), 1);
        return server.owner().get(
            "/inbox/" + std::string(text_or(open.body.at("inbox_requests").at(0), "_id")));
    }
    Reply answer(const Reply& run, const std::string& outcome) {
        return server.owner().post("/inbox/update/budget/" + run.at("_id"), {{"outcome", outcome}});
    }
};

} // namespace

TEST_F(Budgets, count_what_calls_cost) {
    set_budget(1, "refuse");
    EXPECT_EQ(used(), 0);
    server.wait_for(start().at("_id"));
    server.wait_for(start().at("_id"));
    EXPECT_DOUBLE_EQ(used(), 2 * cost_usd);
}

TEST_F(Budgets, refuse_a_call_that_may_cost_more_than_is_left) {
    set_budget(0.0001, "refuse");
    const Reply run = server.wait_for(start().at("_id"));
    EXPECT_EQ(run.at("status"), "failed");
    EXPECT_THAT(run.text, HasSubstr("The next call may cost up to "));
    EXPECT_THAT(run.text, HasSubstr("this month's budget of money for this project"));
    EXPECT_TRUE(model.requests().empty());
}

TEST_F(Budgets, ask_a_person_who_raises_one_and_lets_the_run_go_on) {
    set_budget(0.0001, "ask");
    const Reply run = start();
    const Reply item = item_of(run);
    EXPECT_EQ(text_or(item.body.at("budget"), "level"), "project");
    EXPECT_THAT(item.at("summary"), HasSubstr("may not go on"));
    EXPECT_EQ(answer(run, "perhaps").status, 422);
    EXPECT_EQ(answer(run, "go_on").at("status"), "completed");
    const Reply again = item_of(run);
    EXPECT_NE(again.at("_id"), item.at("_id")) << "there is still no room: it asks again";
    set_budget(1, "ask");
    EXPECT_EQ(answer(run, "go_on").at("outcome"), "go_on");
    EXPECT_EQ(server.wait_for(run.at("_id")).at("status"), "completed");
    EXPECT_EQ(answer(run, "go_on").status, 409);
    EXPECT_DOUBLE_EQ(used(), cost_usd);
}

TEST_F(Budgets, ask_a_person_who_stops_the_run) {
    set_budget(0.0001, "ask");
    const Reply run = start();
    item_of(run);
    EXPECT_EQ(answer(run, "stop").at("outcome"), "stop");
    EXPECT_EQ(server.wait_for(run.at("_id")).at("status"), "cancelled");
    EXPECT_TRUE(model.requests().empty());
}

TEST_F(Budgets, shrink_an_answer_to_what_is_left) {
    set_budget(0.0004, "shrink", "run");
    EXPECT_EQ(server.wait_for(start().at("_id")).at("status"), "completed");
    const auto seen = model.requests();
    ASSERT_EQ(seen.size(), 1U);
    const auto asked = parse_json(seen.front().body).value();
    const std::int64_t tokens =
        int_or(asked, "max_completion_tokens", int_or(asked, "max_tokens", 0));
    EXPECT_GT(tokens, 0);
    EXPECT_LT(tokens, 50);
}

TEST_F(Budgets, of_the_organization_hold_for_all_its_projects) {
    const auto put = [&](const char* body) {
        return server.owner().send(http::Method::put, "/budgets", body);
    };
    EXPECT_EQ(put(R"({"budgets":[{"window":"run","credits":1}]})").status, 422);
    EXPECT_EQ(put(R"({"budgets":[{"window":"day","credits":0.01}]})").status, 200);
    const Reply run = server.wait_for(start().at("_id"));
    EXPECT_THAT(run.text, HasSubstr("today's budget of credits for this organization"));
    set_budget(1, "refuse");
    EXPECT_EQ(server.owner().get("/budgets").body.at("budgets").as_array().size(), 2U)
        << "one place does not take the other's away";
    EXPECT_EQ(put(R"({"budgets":[]})").status, 200);
    EXPECT_EQ(server.wait_for(start().at("_id")).at("status"), "completed");
}

TEST_F(Budgets, hold_for_calls_outside_runs) {
    const json::object call{{"model", "openai/gpt-4o"},
                            {"maxTokens", 50},
                            {"messages", json::array{{{"role", "user"}, {"content", "Hi."}}}}};
    set_budget(0.0001, "refuse");
    const Reply refused = server.owner().post("/llm/execute/calls", call);
    EXPECT_EQ(refused.status, 402);
    EXPECT_EQ(refused.at("code"), "budget_exceeded");
    EXPECT_TRUE(model.requests().empty());
    set_budget(1, "refuse");
    EXPECT_EQ(server.owner().post("/llm/execute/calls", call).status, 200);
    for (int i = 0; i < 500 && used() != cost_usd; ++i) usleep(10'000);
    EXPECT_DOUBLE_EQ(used(), cost_usd) << "what was held is given back";
}

TEST_F(Budgets, begin_with_what_was_spent_before) {
    server.wait_for(start().at("_id"));
    set_budget(1, "refuse");
    EXPECT_DOUBLE_EQ(used(), cost_usd);
}

} // namespace weft
