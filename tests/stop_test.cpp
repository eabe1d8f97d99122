// Stop through the public API while a model call hangs in each phase of its life.
#include "support/fault_server.h"
#include "whole_server.h"

namespace weft {

using testing::Phase;
using testing::Reply;
using testing::WholeServer;

namespace {

server::Settings with_model(const std::string& base_url) {
    server::Settings settings;
    settings.openai_base_url = base_url;
    settings.openai_api_key = "sk-test-not-a-real-key";
    settings.allow_private_network = true;
    return settings;
}

/// A flow of two agents that ask the model, started.
Reply start_run(WholeServer& server) {
    const json::value agent{{"title", "Ask"},
                            {"llm", {{"model", "openai/gpt-4o-mini"}}},
                            {"prompt", {{"template", "Say something long."}}}};
    json::object second = agent.as_object();
    second["title"] = "Ask again";
    const Reply flow =
        server.owner().post("/agentflow", {{"name", "stopped"}, {"agents", json::array{agent}}});
    EXPECT_EQ(flow.status, 200) << flow.text;
    EXPECT_EQ(server.owner().post("/agentflow/" + flow.at("_id") + "/skilled", second).status, 200);
    return server.owner().post("/execute_flow", {{"agentflow_id", flow.at("_id")}});
}

} // namespace

class StopWhile : public ::testing::TestWithParam<Phase> {};

TEST_P(StopWhile, the_socket_closes_nothing_more_is_sent_and_the_task_is_cancelled) {
    testing::HangingServer model(GetParam());
    WholeServer server(with_model(model.base_url()));
    const Reply run = start_run(server);
    ASSERT_TRUE(model.wait_reached());
    const std::int64_t bytes = model.bytes();

    const Reply stopped = server.owner().post("/task/" + run.at("task_id") + "/stop");
    EXPECT_EQ(stopped.status, 200) << stopped.text;
    EXPECT_EQ(stopped.at("status"), "cancelled");
    EXPECT_EQ(text_or(stopped.body.at("execution_nodes").at(0), "execution_id"),
              run.at("execution_id"));
    // A name that is found before the call has been broken off may still be used.
    const auto settling = [&] {
        return bool_or(server.owner().get("/execute_flow/" + run.at("_id")).body, "settling");
    };
    for (int look = 0; GetParam() == Phase::dns && look < 5'000 && settling(); ++look) {}
    EXPECT_TRUE(model.wait_released());
    EXPECT_EQ(model.bytes(), bytes);

    const Reply after = server.wait_for(run.at("_id"), "cancelled");
    EXPECT_EQ(after.at("status"), "cancelled");
    EXPECT_FALSE(bool_or(after.body, "settling"));
    if (GetParam() == Phase::mid_stream) {
        // What had arrived, and what it cost, stands on the execution.
        const json::value& output = after.body.at("agents_output").at(0);
        EXPECT_NE(text_or(output, "output"), "") << after.text;
        EXPECT_GT(int_or(after.body.at("usage"), "output_tokens"), 0) << after.text;
    }
    EXPECT_EQ(server.owner().post("/task/" + run.at("task_id") + "/resume").status, 409);
    EXPECT_EQ(server.owner().post("/task/" + run.at("task_id") + "/stop").at("status"),
              "cancelled");
    EXPECT_EQ(server.owner()
                  .get("/tasks/" + server.project())
                  .body.at("tasks")
                  .at(0)
                  .at("status")
                  .as_string(),
              "cancelled");
    EXPECT_EQ(model.bytes(), bytes);
}

INSTANTIATE_TEST_SUITE_P(Phases, StopWhile, ::testing::ValuesIn(testing::all_phases),
                         [](const auto& info) {
                             std::string name(to_text(info.param));
                             std::ranges::replace(name, ' ', '_');
                             return name;
                         });

TEST(Pause, takes_effect_at_the_step_boundary_and_resume_goes_on) {
    testing::Scripted slow;
    slow.text = "The first answer.";
    slow.chunks = 4;
    slow.pause_between = milliseconds(50);
    testing::FaultServer model({slow});
    WholeServer server(with_model(model.base_url()));
    const Reply run = start_run(server);
    while (model.requests().empty()) usleep(1'000);

    EXPECT_EQ(server.owner().post("/task/" + run.at("task_id") + "/pause").at("status"), "paused");
    // The answer that is under way is recorded: it was paid for. The next step is not begun.
    Reply paused;
    for (int i = 0; i < 2'000; ++i) {
        paused = server.owner().get("/execute_flow/" + run.at("_id"));
        if (!paused.body.at("agents_output").as_array().empty() &&
            text_or(paused.body.at("agents_output").at(0), "output") == "The first answer.")
            break;
        usleep(10'000);
    }
    EXPECT_EQ(paused.at("status"), "paused");
    EXPECT_EQ(text_or(paused.body.at("agents_output").at(0), "output"), "The first answer.");
    EXPECT_EQ(model.requests().size(), 1U);

    EXPECT_EQ(server.owner().post("/task/" + run.at("task_id") + "/resume").at("status"),
              "running");
    const Reply done = server.wait_for(run.at("_id"));
    EXPECT_EQ(done.at("status"), "completed") << done.text;
    EXPECT_EQ(done.body.at("agents_output").as_array().size(), 2U);
    EXPECT_EQ(model.requests().size(), 2U);
}

} // namespace weft
