// What an author of a flow tries before others run it: what a prompt comes to, and one agent alone.
#include "api_world.h"

namespace weft {

namespace {

class Trying : public Api {
protected:
    /// A flow of two agents, "Reader" and "Writer", who reads what the first one wrote.
    Trying() {
        const Reply made = owner().post(
            "/agentflow",
            {{"name", "Trying"},
             {"default_goal", "Tell of {{ town }}"},
             {"agents", json::array{{{"title", "Reader"},
                                     {"prompt", {{"template", "Read of {{ town }}."}}},
                                     {"next_agent", "Writer"}},
                                    {{"title", "Writer"},
                                     {"prompt", {{"template", "{{ agents.Reader.text }}"}}}}}}});
        flow_ = made.at("_id");
        reader_ = text_or(made.body.at("agents").at(0), "_id");
        writer_ = text_or(made.body.at("agents").at(1), "_id");
    }
    Reply run(json::object with) {
        with["agentflow_id"] = flow_;
        with["input_variables"] = json::object{{"town", "Kunming"}};
        const Reply started = owner().post("/execute_flow", with);
        EXPECT_EQ(started.status, 200) << started.text;
        return server_->wait_for(started.at("_id"));
    }
    Reply render(json::object body) { return owner().post("/template/render", body); }
    /// The sentence about the template.
    static std::string fault_of(const Reply& reply) {
        if (code_of(reply) != "422 invalid") return code_of(reply);
        const json::value& first = reply.body.at("errors").at(0);
        return std::string(text_or(first, "field")) + ": " + std::string(text_or(first, "message"));
    }

    std::string flow_;
    std::string reader_;
    std::string writer_;
};

} // namespace

TEST_F(Trying, a_prompt_comes_to_its_text_with_the_values_that_are_given) {
    const Reply shown = render({{"template", "{{ goal }} {{ town | upper }} {{ files | length }}"},
                                {"goal", "Greet"},
                                {"input_variables", {{"town", "Bern"}}}});
    EXPECT_EQ(shown.at("text"), "Greet BERN 0");
    EXPECT_EQ(shown.body.at("variables"), json::array{"town"});
    EXPECT_EQ(render({{"template", ""}}).at("text"), "");
    EXPECT_EQ(fault_of(render({{"template", "{{ town"}})).substr(0, 26),
              "template: Line 1, column 1");
    const std::string missing = fault_of(render({{"template", "Go to {{ town }}"}}));
    EXPECT_EQ(missing.substr(0, 27), "template: Line 1, column 10");
    EXPECT_NE(missing.find("town"), missing.npos);
    const json::array too_many(1'001, json::value(project_));
    EXPECT_EQ(fault_of(render({{"template", "x"}, {"files", too_many}})),
              "files: At most 1000 files.");
    EXPECT_EQ(fault_of(render({{"template", "x"}, {"files", json::array{project_}}})).substr(0, 7),
              "files.0");
}

TEST_F(Trying, a_prompt_is_seen_with_what_a_run_was_given_and_what_its_agents_wrote) {
    const Reply done = run({{"goal", "Look"}});
    const std::string wrote(text_or(done.body.at("agents_output").at(0), "output"));
    ASSERT_FALSE(wrote.empty()) << done.text;
    const std::string text = "{{ goal }}, {{ town }}: {{ agents.Reader.text }}";
    for (const char* id : {"_id", "execution_id"}) {
        const Reply shown = render({{"template", text}, {"execution_id", done.at(id)}});
        EXPECT_EQ(shown.at("text"), "Look, Kunming: " + wrote);
        EXPECT_EQ(shown.body.at("agents"), json::array{"Reader"});
    }
    EXPECT_EQ(render({{"template", text},
                      {"execution_id", done.at("_id")},
                      {"goal", "Listen"},
                      {"input_variables", {{"town", "Bern"}}}})
                  .at("text"),
              "Listen, Bern: " + wrote);
}

TEST_F(Trying, a_run_ends_after_the_agent_that_it_was_told) {
    const Reply first = run({{"stop_after_agent_id", reader_}});
    EXPECT_EQ(first.at("status"), "completed");
    EXPECT_EQ(first.at("stop_after_agent_id"), reader_);
    ASSERT_EQ(first.body.at("agents_output").as_array().size(), 1U) << first.text;
    EXPECT_EQ(text_or(first.body.at("conclusion"), "conclusion"),
              text_or(first.body.at("agents_output").at(0), "output"));

    const Reply whole = run({});
    EXPECT_TRUE(whole.body.at("stop_after_agent_id").is_null());
    EXPECT_EQ(whole.body.at("agents_output").as_array().size(), 2U);
    const Reply refused =
        owner().post("/execute_flow", {{"agentflow_id", flow_}, {"stop_after_agent_id", flow_}});
    EXPECT_EQ(fault_of(refused), "stop_after_agent_id: This flow has no such agent.");
}

TEST_F(Trying, nothing_takes_over_from_a_part_that_failed) {
    owner().post("/agentflow", {{"name", "Mender"},
                                {"parent_agentflow_id", flow_},
                                {"failover_goal", "Mend it."},
                                {"agents", json::array{{{"title", "Mend"}}}}});
    const auto fail = [&](json::object with) {
        with["agentflow_id"] = flow_;
        const Reply started = owner().post("/execute_flow", with);
        return server_->wait_for(started.at("_id"));
    };
    const Reply part = fail({{"stop_after_agent_id", reader_}});
    EXPECT_EQ(part.at("status"), "failed");
    EXPECT_TRUE(part.body.at("failover_execution_id").is_null()) << part.text;
    const Reply whole = fail({});
    EXPECT_FALSE(whole.body.at("failover_execution_id").is_null()) << whole.text;
}

TEST_F(Trying, a_flow_is_saved_with_texts_that_compile) {
    const std::string change = "/agentflow/" + flow_ + "/update/skilled/" + writer_;
    const Reply cut = owner().post(change, {{"prompt", {{"template", "{{ goal"}}}});
    EXPECT_EQ(fault_of(cut).substr(0, 24), "agents.1.prompt.template");
    const Reply made = owner().post(
        "/agentflow",
        {{"name", "Choosing"},
         {"agents", json::array{{{"title", "Choose"},
                                 {"agent_type", "decision_agent"},
                                 {"conditions", json::array{{{"decision", "end"},
                                                             {"condition", "{{ 1 < }}"}}}}}}}});
    EXPECT_EQ(fault_of(made).substr(0, 31), "agents.0.conditions.0.condition");
    EXPECT_EQ(owner().get("/agentflow/" + flow_).body.at("version"), 1);
}

TEST_F(Trying, a_change_made_from_an_older_version_is_refused_and_loses_nothing) {
    const std::string path = "/agentflow/" + flow_ + "?expected_version=1";
    const Reply mine = owner().send(http::Method::put, path, R"({"description": "Mine"})");
    EXPECT_EQ(mine.body.at("version"), 2);
    const Reply theirs = owner().send(http::Method::put, path, R"({"description": "Theirs"})");
    EXPECT_EQ(code_of(theirs), "409 conflict");
    EXPECT_NE(theirs.text.find("version 2"), theirs.text.npos) << theirs.text;
    EXPECT_EQ(owner().get("/agentflow/" + flow_).at("description"), "Mine");
}

} // namespace weft
