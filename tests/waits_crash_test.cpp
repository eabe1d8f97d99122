// Runs of real agents that wait, in a real process that is killed meanwhile; and a call of class
// once that a kill cuts off.
#include "support/fault_server.h"
#include "weft_process.h"
#include "whole_server.h"

#include <gmock/gmock.h>

namespace weft {

namespace {

using testing::FaultServer;
using ::testing::HasSubstr;
using testing::Reply;
using testing::Scripted;
using testing::TestClient;
using testing::WeftProcess;

constexpr const char* key = "0f0e0d0c-0b0a-4908-8706-050403020100";
constexpr int looks_max = 6'000; ///< of 10 ms

class WaitsCrash : public ::testing::Test {
protected:
    WaitsCrash() { start(); }

    void start() {
        process_ = std::make_unique<WeftProcess>(
            std::vector<std::string>{"serve", "--data", (directory_.path() / "data").string(),
                                     "--listen", "127.0.0.1:0", "--allow-private-network",
                                     "--log-level", "error"},
            (directory_.path() / fmt::format("out{}", starts_++)).string(),
            std::vector<std::string>{fmt::format("WEFT_BOOTSTRAP_API_KEY={}", key)});
        client_ = std::make_unique<TestClient>(process_->url(), key);
    }
    void crash() {
        process_->kill(SIGKILL);
        process_->wait();
        start();
    }

    /// The id of the project's skill for an action of `flow`.
    std::string skill(const std::string& sort) {
        const std::string project = client_->post("/agentflow/", {{"name", "x"}}).at("projectID");
        const Reply all =
            client_->get("/skills/category?projectId=" + project + "&category=flow&limit=50");
        for (const json::value& each : all.body.as_array())
            if (text_or(each.at("actions").at(0), "sort") == sort) {
                EXPECT_EQ(text_or(each.at("actions").at(0), "effect"), "awaited");
                return std::string(text_or(each, "_id"));
            }
        ADD_FAILURE() << "no skill " << sort << " in " << all.text;
        return {};
    }
    std::string flow_with(const std::string& skill_id) {
        const json::object agent{{"title", "Doer"},
                                 {"prompt", {{"template", "Do it."}}},
                                 {"skills", json::array{json::value(skill_id)}}};
        const Reply made = client_->post(
            "/agentflow/", {{"name", "waits"}, {"agents", json::array{json::value(agent)}}});
        EXPECT_EQ(made.status, 200) << made.text;
        return made.at("_id");
    }
    Reply begin(const std::string& flow, const json::object& inputs) {
        return client_->post(
            "/execute_flow",
            {{"agentflow_id", flow}, {"goal", "Do it."}, {"input_variables", inputs}});
    }
    Reply event(const std::string& run, const std::string& name, const json::object& payload = {}) {
        return client_->post("/execute_flow/" + run + "/event",
                             {{"name", name}, {"payload", payload}});
    }
    /// An event that nobody waits for is refused with what the run waits for.
    void until_it_waits_for(const std::string& run, const std::string& what) {
        std::string said;
        for (int i = 0; i < looks_max && !said.contains("but for " + what); ++i) {
            said = event(run, "no such").at("detail");
            usleep(10'000);
        }
        EXPECT_THAT(said, HasSubstr("but for " + what));
    }
    Reply until(const std::string& run, const std::string& status) {
        Reply reply;
        for (int i = 0; i < looks_max; ++i) {
            reply = client_->get("/execute_flow/" + run);
            if (reply.at("status") == status) return reply;
            usleep(10'000);
        }
        ADD_FAILURE() << "not " << status << ": " << reply.text;
        return reply;
    }

    testing::TemporaryDirectory directory_;
    int starts_ = 0;
    std::unique_ptr<WeftProcess> process_;
    std::unique_ptr<TestClient> client_;
};

} // namespace

TEST_F(WaitsCrash, a_wait_for_a_time_goes_on_in_the_next_process) {
    const std::string run = begin(flow_with(skill("wait")), {{"seconds", 1.5}}).at("_id");
    until_it_waits_for(run, "a time");
    crash();
    const Reply done = until(run, "completed");
    EXPECT_THAT(done.text, HasSubstr("waited_until"));
    EXPECT_EQ(event(run, "go").status, 409);
}

TEST_F(WaitsCrash, an_event_is_taken_by_the_next_process_and_only_once) {
    const std::string run =
        begin(flow_with(skill("wait_for_event")), {{"name", "paid"}}).at("execution_id");
    until_it_waits_for(run, "the event \"paid\"");
    crash();
    until_it_waits_for(run, "the event \"paid\"");
    const Reply taken = event(run, "paid", {{"receipt", "R-7"}});
    EXPECT_EQ(taken.status, 200) << taken.text;
    EXPECT_EQ(taken.at("status"), "running");
    crash();
    EXPECT_THAT(until(run, "completed").text, HasSubstr("R-7"));
    const Reply again = event(run, "paid");
    EXPECT_EQ(again.status, 409);
    EXPECT_THAT(again.at("detail"), HasSubstr("answered already"));
}

TEST_F(WaitsCrash, another_flow_is_started_once_and_its_end_goes_on_with_this_one) {
    const std::string inner = flow_with(skill("wait_for_event"));
    const std::string outer = flow_with(skill("run_agentflow"));
    const Reply started =
        begin(outer, {{"agentflow_id", inner}, {"input_variables", {{"name", "paid"}}}});
    const std::string run = started.at("_id");
    until_it_waits_for(run, "another execution");
    crash();
    const Reply task = client_->get("/task/" + started.at("task_id"));
    const json::array& executions = task.body.at("executions").as_array();
    ASSERT_EQ(executions.size(), 2U) << task.text;
    const std::string child(text_or(executions.at(1), "_id"));
    until_it_waits_for(child, "the event \"paid\"");
    EXPECT_EQ(event(child, "paid").status, 200);
    EXPECT_THAT(until(run, "completed").text, HasSubstr("\"status\":\"completed\""));
}

TEST_F(WaitsCrash, a_call_of_class_once_that_was_cut_off_is_not_sent_again) {
    Scripted silent;
    silent.fault = Scripted::Fault::never_answers;
    FaultServer service({silent});
    const std::string connector =
        client_
            ->post("/actions/restful/config",
                   {{"name", "Service"}, {"config", {{"base_url", service.base_url()}}}})
            .at("_id");
    const Reply made = client_->post(
        "/action",
        {{"name", "pay"}, {"connector_id", connector}, {"method", "POST"}, {"url", "/pay"}});
    ASSERT_EQ(made.at("effect"), "once") << made.text;
    const std::string run = begin(flow_with(made.at("skill_id")), {}).at("_id");
    for (int i = 0; i < looks_max && service.requests().empty(); ++i) usleep(10'000);
    ASSERT_EQ(service.requests().size(), 1U);
    crash();
    const Reply waits = until(run, "input_required");
    EXPECT_EQ(service.requests().size(), 1U);
    crash();
    until(run, "input_required");
    EXPECT_EQ(service.requests().size(), 1U);
    EXPECT_EQ(client_->post("/execute_flow/" + run + "/cancel").at("status"), "cancelled");
    EXPECT_EQ(service.requests().size(), 1U);
}

TEST_F(WaitsCrash, an_event_needs_an_operator_of_the_organization_and_a_run_that_waits) {
    const std::string run = begin(flow_with(skill("wait_for_event")), {{"name", "paid"}}).at("_id");
    until_it_waits_for(run, "the event \"paid\"");
    TestClient nobody(process_->url(), "");
    const json::object paid{{"name", "paid"}};
    EXPECT_EQ(nobody.post("/execute_flow/" + run + "/event", paid).status, 401);
    const Reply viewer_key =
        client_->post("/apikey", {{"name", "v"}, {"scopes", json::array{"viewer"}}});
    TestClient viewer(process_->url(), viewer_key.at("secret_key"));
    EXPECT_EQ(viewer.post("/execute_flow/" + run + "/event", paid).status, 403);
    EXPECT_EQ(client_->post("/execute_flow/" + std::string(24, 'f') + "/event", paid).status, 404);
    EXPECT_EQ(client_->post("/execute_flow/" + run + "/event").status, 422);
    EXPECT_EQ(event(run, "paid").status, 200);
}

} // namespace weft
