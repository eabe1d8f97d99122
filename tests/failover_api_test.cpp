// Retries, time-outs and failover through the public API, with models that fail over HTTP.
#include "support/fault_server.h"
#include "whole_server.h"

namespace weft {

using testing::FaultServer;
using testing::Reply;
using testing::Scripted;
using testing::WholeServer;

namespace {

server::Settings with_model(const FaultServer& model) {
    server::Settings settings;
    settings.openai_base_url = model.base_url();
    settings.openai_api_key = "sk-test-not-a-real-key";
    settings.allow_private_network = true;
    return settings;
}

json::object asking(const json::object& more) {
    json::object agent{{"title", "Ask"},
                       {"llm", {{"model", "openai/gpt-4o-mini"}}},
                       {"prompt", {{"template", "Say something."}}}};
    for (const auto& [name, value] : more) agent[name] = value;
    return agent;
}

std::string new_flow(WholeServer& server, json::object flow, const json::object& agent) {
    flow["agents"] = json::array{agent};
    const Reply made = server.owner().post("/agentflow", flow);
    EXPECT_EQ(made.status, 200) << made.text;
    return made.at("_id");
}

Reply run_to_its_end(WholeServer& server, const std::string& flow,
                     const json::object& inputs = {}) {
    const Reply started =
        server.owner().post("/execute_flow", {{"agentflow_id", flow}, {"input_variables", inputs}});
    EXPECT_EQ(started.status, 200) << started.text;
    return server.wait_for(started.at("_id"));
}

Scripted status(int code, std::string retry_after = {}) {
    Scripted answer{.status = code, .raw_body = R"({"error":{"message":"not now"}})"};
    if (!retry_after.empty()) answer.headers = {{"retry-after", std::move(retry_after)}};
    return answer;
}

} // namespace

TEST(PolicyApi, nonsense_is_refused_by_name_and_what_was_set_is_shown) {
    WholeServer server;
    const auto post = [&](const json::object& agent, const json::object& flow = {}) {
        json::object body = flow;
        body["name"] = "policies";
        body["agents"] = json::array{asking(agent)};
        return server.owner().post("/agentflow", body);
    };
    const Reply refused = post({{"retry", {{"attempts", 0}}}, {"call_timeout_s", "soon"}});
    EXPECT_EQ(refused.status, 422);
    EXPECT_NE(refused.text.find("agents.0.retry.attempts"), std::string::npos) << refused.text;
    EXPECT_NE(refused.text.find("agents.0.call_timeout_s"), std::string::npos) << refused.text;

    const Reply made = post({{"retry", {{"attempts", 2}, {"on", json::array{"timed_out"}}}},
                             {"call_timeout_s", 5},
                             {"step_timeout_s", 60}},
                            {{"execution_timeout_s", 3600}});
    EXPECT_EQ(made.status, 200) << made.text;
    const Reply shown = server.owner().get("/agentflow/" + made.at("_id"));
    const json::value& agent = shown.body.at("agents").at(0);
    EXPECT_EQ(int_or(agent.at("retry"), "attempts"), 2);
    EXPECT_EQ(agent.at("retry").at("on"), json::value(json::array{"timed_out"}));
    EXPECT_EQ(agent.at("call_timeout_s").to_number<double>(), 5);
    EXPECT_EQ(agent.at("step_timeout_s").to_number<double>(), 60);
    EXPECT_EQ(shown.body.at("execution_timeout_s").to_number<double>(), 3600);
    EXPECT_EQ(server.owner()
                  .send(http::Method::put, "/agentflow/" + made.at("_id"),
                        R"({"execution_timeout_s":null})")
                  .body.as_object()
                  .contains("execution_timeout_s"),
              false);
}

TEST(PolicyApi, failed_calls_are_tried_again_as_the_agent_says) {
    FaultServer model({status(429, "1"), status(503), Scripted{.text = "At last."}});
    WholeServer server(with_model(model));
    const Reply run = run_to_its_end(
        server, new_flow(server, {{"name", "patient"}},
                         asking({{"retry", {{"attempts", 3}, {"first_s", 0.01}, {"jitter", 0}}}})));
    EXPECT_EQ(run.at("status"), "completed") << run.text;
    const auto requests = model.requests();
    ASSERT_EQ(requests.size(), 3U) << "attempts must not multiply";
    EXPECT_GE(requests[1].at_us - requests[0].at_us, 1'000'000) << "before its Retry-After";
    EXPECT_EQ(run.body.at("debug").as_array().size(), 2U);
}

TEST(PolicyApi, what_the_agent_does_not_name_is_not_tried_again) {
    FaultServer model({status(503), Scripted{.text = "Never asked."}});
    WholeServer server(with_model(model));
    const Reply run = run_to_its_end(
        server, new_flow(server, {{"name", "picky"}},
                         asking({{"retry", {{"on", json::array{"rate_limited"}}}}})));
    EXPECT_EQ(run.at("status"), "failed");
    EXPECT_EQ(model.requests().size(), 1U);
}

TEST(PolicyApi, a_call_that_hangs_is_cut_off_and_the_failover_takes_over) {
    FaultServer model({Scripted{.fault = Scripted::Fault::never_answers}});
    WholeServer server(with_model(model));
    const std::string flow =
        new_flow(server, {{"name", "hasty"}},
                 asking({{"call_timeout_s", 0.2}, {"retry", {{"attempts", 1}}}}));
    json::object mend = asking({{"title", "Mend"}});
    mend["llm"] = json::object{{"model", "weft/rehearsal"}};
    mend["prompt"] = json::object{{"template", "{{ goal }} {{ failed.error }} {{ who }}"}};
    const std::string successor = new_flow(
        server,
        {{"name", "mender"}, {"parent_agentflow_id", flow}, {"failover_goal", "Say sorry."}}, mend);
    const Reply listed = server.owner().get("/agentflow/" + flow + "/failover");
    EXPECT_EQ(listed.status, 200) << listed.text;
    ASSERT_EQ(int_or(listed.body, "total_count"), 1);
    EXPECT_EQ(text_or(listed.body.at("agentflows").at(0), "_id"), successor);
    EXPECT_EQ(server.owner().get("/agentflow/0123456789abcdef01234567/failover").status, 404);

    const Reply failed = run_to_its_end(server, flow, {{"who", "Ada"}});
    EXPECT_EQ(failed.at("status"), "failed");
    EXPECT_EQ(failed.at("error"), "The call did not come to an end within 0.2 s (call_timeout_s).");
    EXPECT_TRUE(model.wait_all_closed());
    const std::string id = failed.at("failover_execution_id");
    const Reply child = server.wait_for(id);
    EXPECT_EQ(child.at("status"), "completed") << child.text;
    EXPECT_EQ(child.at("parent_execution_id"), failed.at("_id"));
    EXPECT_TRUE(bool_or(child.body, "is_failover"));
    EXPECT_EQ(child.at("goal"), "Say sorry.");
    EXPECT_EQ(text_or(child.body.at("input_variables"), "who"), "Ada");
    EXPECT_EQ(text_or(child.body.at("input_variables").at("failed"), "execution_id"),
              failed.at("execution_id"));

    const Reply task = server.owner().get("/task/" + failed.at("task_id"));
    EXPECT_EQ(task.at("status"), "completed");
    const json::value& root = task.body.at("execution_nodes").at(0);
    EXPECT_FALSE(bool_or(root, "is_failover"));
    EXPECT_EQ(text_or(root.at("children").at(0), "_id"), id);
    EXPECT_TRUE(bool_or(root.at("children").at(0), "is_failover"));
}

} // namespace weft
