// Flows and their agents through the public API: changed, deleted, watched.
#include "api_world.h"

#include <thread>

namespace weft {

class ApiAgentflows : public Api {
protected:
    Reply put(TestClient& client, const std::string& flow, const json::value& changes) {
        return client.send(http::Method::put, "/agentflow/" + flow, to_text(changes));
    }
    Reply remove(TestClient& client, const std::string& flow) {
        return client.send(http::Method::delete_, "/agentflow/" + project_ + "/" + flow);
    }
    json::array skills() {
        const Reply all = owner().get(in_project("/skills/"));
        return {json::value(all.body.at(0).at("_id")), json::value(all.body.at(1).at("_id"))};
    }
};

TEST_F(ApiAgentflows, who_may_do_what) {
    const std::string flow = new_flow("secret flow");
    const std::string user = "/agentflow/" + flow + "/user/anybody/project/" + project_;
    const std::string monitor = "/execute_flow/" + flow + "/monitor";
    struct Case {
        http::Method method;
        std::string path;
        std::string body;
        int viewer, owner;
    };
    using enum http::Method;
    const Case cases[] = {
        {put, "/agentflow/" + flow, R"({"description":"x"})", 403, 200},
        {get, user, "", 200, 200},
        {get, monitor, "", 200, 200},
        {delete_, "/agentflow/" + project_ + "/" + flow, "", 403, 200},
        {get, "/agentflow/" + flow, "", 404, 404},
        {get, user, "", 404, 404},
        {get, monitor, "", 404, 404},
        {put, "/agentflow/" + flow, R"({"description":"x"})", 403, 404},
        {delete_, "/agentflow/" + project_ + "/" + flow, "", 403, 404},
    };
    for (const Case& each : cases) {
        const std::string what = std::string(to_text(each.method)) + " " + each.path;
        EXPECT_EQ(nobody_->send(each.method, each.path, each.body).status, 401) << what;
        EXPECT_EQ(viewer_->send(each.method, each.path, each.body).status, each.viewer) << what;
        const Reply foreign = stranger_->send(each.method, each.path, each.body);
        EXPECT_EQ(foreign.status, 404) << what;
        EXPECT_EQ(foreign.text.find("secret"), std::string::npos) << what;
        EXPECT_EQ(owner().send(each.method, each.path, each.body).status, each.owner) << what;
    }
}

TEST_F(ApiAgentflows, every_documented_member_of_an_agent_is_kept_and_shown_exactly) {
    const std::string other = "0123456789abcdef01234567";
    const json::value agent{
        {"_id", "76543210fedcba9876543210"},
        {"title", "Writer"},
        {"role", "Author"},
        {"role_description", "Writes\nthings"},
        {"llm", {{"model", "openai/gpt-4o-mini"}, {"temperature", 0.25}, {"max_tokens", 1234}}},
        {"context", json::array{other}},
        {"has_knowledge_base", true},
        {"prompt",
         {{"template", "Write about {{ topic }}."},
          {"variables", json::array{"topic"}},
          {"display_template", R"([{"type":"paragraph","children":[{"text":"Write"}]}])"}}},
        {"triggers", json::array{json::object{{"name", "t"}, {"event", "e"}}}},
        {"is_preview_mode_enabled", true},
        {"pre_and_post_execution_input",
         {{"pre", {{"fields", json::array{{{"field_id", "topic"}, {"type", "Short text"}}}}}}}},
        {"skills", skills()},
        {"memory", {{"memory_type", "lt"}}},
        {"agent_type", "skilled"},
        {"is_user_specific_task", true},
        {"conditions", json::array{json::object{{"decision", "end"}, {"condition", "{{ true }}"}}}},
        {"next_agent", nullptr}};
    const json::value first{{"_id", other}, {"title", "First"}, {"next_agent", agent.at("_id")}};
    const Reply made = owner().post(in_project("/agentflow/"),
                                    {{"name", "whole"}, {"agents", json::array{first, agent}}});
    ASSERT_EQ(made.status, 200) << made.text;
    const Reply flow = owner().get("/agentflow/" + made.at("_id"));
    const json::value& shown = flow.body.at("agents").at(1);
    for (const auto& [name, value] : agent.as_object()) {
        if (name == "skills" || name == "agent_type") continue;
        EXPECT_EQ(to_text(shown.at(name)), to_text(value)) << name;
    }
    EXPECT_EQ(text_or(shown, "agent_type"), "skilled_agent");
    ASSERT_EQ(shown.at("skills").as_array().size(), 2U);
    EXPECT_EQ(to_text(shown.at("skills").at(0)),
              to_text(owner().get(in_project("/skills/")).body.at(0)));

    // What GET shows can be sent back as it is.
    const Reply again = put(owner(), made.at("_id"), flow.body);
    ASSERT_EQ(again.status, 200) << again.text;
    EXPECT_EQ(to_text(again.body.at("agents")), to_text(flow.body.at("agents")));
    EXPECT_EQ(again.at("initialAgent"), flow.at("initialAgent"));
    const Reply by_ids = owner().post("/agentflow/" + made.at("_id") + "/update/skilled/" +
                                          std::string(text_or(agent, "_id")),
                                      {{"skills", skills()}});
    EXPECT_EQ(to_text(by_ids.body.at("agents")), to_text(flow.body.at("agents")));
}

TEST_F(ApiAgentflows, an_update_changes_just_what_it_names_and_is_a_new_version) {
    const std::string flow = new_flow("before");
    owner().post("/agentflow/" + flow + "/skilled", {{"title", "One"}});
    const Reply renamed =
        put(owner(), flow,
            {{"name", "after"},
             {"is_deleted", true},
             {"anomaly_detection", {{"is_enabled", true}, {"instructions", "i"}}}});
    ASSERT_EQ(renamed.status, 200) << renamed.text;
    EXPECT_EQ(renamed.at("name"), "after");
    EXPECT_FALSE(bool_or(renamed.body, "is_deleted", true));
    EXPECT_EQ(renamed.body.at("agents").as_array().size(), 1U);
    EXPECT_TRUE(bool_or(renamed.body.at("anomaly_detection"), "is_enabled"));
    const Reply agents =
        put(owner(), flow,
            {{"agents", json::array{{{"title", "A"}, {"next_agent", "B"}}, {{"title", "B"}}}},
             {"initialAgent", "A"}});
    ASSERT_EQ(agents.status, 200) << agents.text;
    EXPECT_EQ(agents.at("name"), "after");
    EXPECT_EQ(text_or(agents.body.at("agents").at(0), "next_agent"),
              text_or(agents.body.at("agents").at(1), "_id"));
    EXPECT_EQ(owner().get("/agentflow/" + flow).text, agents.text);
    EXPECT_EQ(owner().get("/agentflow/" + flow + "/user/u/project/" + project_).text, agents.text);

    struct Case {
        const char* body;
        const char* field;
    };
    const Case cases[] = {
        {R"({"name":""})", "name"},
        {R"({"agents":[{"title":"A","next_agent":"ffffffffffffffffffffffff"}]})",
         "agents.0.next_agent"},
        {R"({"initialAgent":"ffffffffffffffffffffffff"})", "initialAgent"},
        {R"({"parent_agentflow_id":"ffffffffffffffffffffffff"})", "parent_agentflow_id"},
        {R"({"isActive":"yes"})", "isActive"},
    };
    for (const Case& each : cases) {
        const Reply refused = owner().send(http::Method::put, "/agentflow/" + flow, each.body);
        EXPECT_EQ(code_of(refused), "422 invalid") << each.body;
        EXPECT_EQ(text_or(refused.body.at("errors").at(0), "field"), each.field) << refused.text;
    }
    EXPECT_EQ(owner().get("/agentflow/" + flow).text, agents.text);
}

TEST_F(ApiAgentflows, an_agent_that_others_need_cannot_be_taken_out_of_the_chain) {
    const std::string flow = new_flow("chain");
    const Reply one = owner().post("/agentflow/" + flow + "/skilled", {{"title", "One"}});
    const std::string first(text_or(one.body.at("agents").at(0), "_id"));
    const Reply refused = owner().post("/agentflow/" + flow + "/update/skilled/" + first,
                                       {{"next_agent", std::string(24, 'f')}});
    EXPECT_EQ(code_of(refused), "422 invalid");
    EXPECT_EQ(text_or(refused.body.at("errors").at(0), "field"), "agents.0.next_agent");
    EXPECT_EQ(owner().get("/agentflow/" + flow).text, one.text);
}

TEST_F(ApiAgentflows, two_updates_at_once_keep_one_anothers_members) {
    const std::string flow = new_flow("shared");
    for (int round = 0; round < 10; ++round) {
        const std::string text = fmt::format("round {}", round);
        std::thread other([&] {
            TestClient client(server_->url(), testing::WholeServer::key);
            EXPECT_EQ(put(client, flow, {{"description", text}}).status, 200);
        });
        EXPECT_EQ(put(owner(), flow, {{"role", text}}).status, 200);
        other.join();
        const Reply now = owner().get("/agentflow/" + flow);
        EXPECT_EQ(now.at("description"), text);
        EXPECT_EQ(now.at("role"), text);
    }
}

TEST_F(ApiAgentflows, a_deleted_flow_is_nobodys_and_its_runs_stay_readable) {
    const std::string flow = new_flow("doomed");
    owner().post("/agentflow/" + flow + "/skilled", {{"title", "One"}});
    const Reply child =
        owner().post(in_project("/agentflow/"), {{"name", "child"}, {"parent_agentflow_id", flow}});
    const Reply done = owner().post("/execute_flow", {{"agentflow_id", flow}});
    server_->wait_for(done.at("_id"));
    const Reply held =
        owner().post("/execute_flow", {{"agentflow_id", flow}, {"autostart", false}});
    const Reply before = owner().get("/execute_flow/" + done.at("_id"));

    const Reply deleted = remove(owner(), flow);
    ASSERT_EQ(deleted.status, 200) << deleted.text;
    EXPECT_TRUE(bool_or(deleted.body, "is_deleted"));
    EXPECT_EQ(code_of(remove(owner(), flow)), "404 not_found");
    EXPECT_EQ(owner().get(in_project("/agentflows?limit=200")).text.find("\"_id\":\"" + flow),
              std::string::npos);
    for (const Reply& reply :
         {owner().get("/agentflow/" + flow), put(owner(), flow, {{"name", "x"}}),
          owner().post("/agentflow/" + flow + "/skilled", {{"title", "x"}}),
          owner().post("/execute_flow", {{"agentflow_id", flow}}),
          owner().get("/execute_flow/" + flow + "/monitor")})
        EXPECT_EQ(code_of(reply), "404 not_found") << reply.text;

    EXPECT_EQ(owner().get("/execute_flow/" + done.at("_id")).text, before.text);
    EXPECT_EQ(owner().post("/execute_flow/" + held.at("_id") + "/execute").status, 200);
    EXPECT_EQ(server_->wait_for(held.at("_id")).at("status"), "completed");
    // The child names a flow that is gone, and can be changed all the same.
    EXPECT_EQ(put(owner(), child.at("_id"), {{"description", "d"}}).status, 200);
}

TEST_F(ApiAgentflows, monitor_shows_what_runs_and_what_ran) {
    const std::string flow = new_flow("watched");
    for (const char* title : {"One", "Two"})
        owner().post("/agentflow/" + flow + "/skilled", {{"title", title}});
    std::vector<std::string> ended;
    for (int i = 0; i < 3; ++i) {
        const Reply run = owner().post("/execute_flow", {{"agentflow_id", flow}, {"goal", "g"}});
        server_->wait_for(run.at("_id"));
        ended.insert(ended.begin(), run.at("_id"));
    }
    const Reply held =
        owner().post("/execute_flow", {{"agentflow_id", flow}, {"autostart", false}});
    const Reply seen = owner().get("/execute_flow/" + flow + "/monitor?limit=2");
    ASSERT_EQ(seen.status, 200) << seen.text;
    EXPECT_EQ(seen.at("agentflow_id"), flow);
    EXPECT_EQ(int_or(seen.body, "live_count"), 1);
    const json::value& live = seen.body.at("live").at(0);
    EXPECT_EQ(text_or(live, "_id"), held.at("_id"));
    EXPECT_EQ(text_or(live, "status"), "ready");
    EXPECT_EQ(text_or(live.at("current_agent"), "title"), "One");
    EXPECT_EQ(int_or(live.at("progress"), "agents_completed"), 0);
    EXPECT_EQ(int_or(live.at("progress"), "agents_total"), 2);
    ASSERT_EQ(seen.body.at("recent").as_array().size(), 2U);
    const json::value& last = seen.body.at("recent").at(0);
    EXPECT_EQ(text_or(last, "_id"), ended[0]);
    EXPECT_EQ(text_or(last, "status"), "completed");
    EXPECT_TRUE(last.at("current_agent").is_null());
    EXPECT_EQ(double_or(last.at("progress"), "share"), 1);
    EXPECT_EQ(last.at("agents").as_array().size(), 2U);
    EXPECT_GE(int_or(last, "duration_ms"), 0);
    EXPECT_EQ(owner().get("/execute_flow/" + held.at("_id") + "/monitor").status, 404);
}

} // namespace weft
