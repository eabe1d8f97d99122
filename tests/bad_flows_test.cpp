// Flows that cannot work: what is refused when they are saved, and what a run says that meets the
// rest.
#include "bad_input_world.h"

namespace weft {

class BadFlows : public BadInput {
protected:
    /// A flow of these agents: JSON text, with `$NAME` for the ids that the samples know.
    static std::string flow(const std::string& agents, const std::string& more = "") {
        std::string text = R"({"name":"bad",)" + more + R"("agents":[)" + agents + "]}";
        const auto foreign_id = std::find_if(foreign_.begin(), foreign_.end(),
                                             [](const auto& id) { return id.size() == 24; });
        const std::pair<std::string, std::string> ids[] = {
            {"$A", "aaaaaaaaaaaaaaaaaaaaaaaa"}, {"$B", "bbbbbbbbbbbbbbbbbbbbbbbb"},
            {"$C", "cccccccccccccccccccccccc"}, {"$SKILL", samples_->id("S")},
            {"$AGENT", samples_->id("agent")},  {"$FLOW", samples_->id("AF")},
            {"$FOREIGN", *foreign_id},
        };
        for (const auto& [name, id] : ids)
            for (auto at = text.find(name + "\""); at != text.npos; at = text.find(name + "\""))
                text.replace(at, name.size(), id);
        return text;
    }
    static const api::Route* route_of(std::string_view operation) {
        for (const api::Route* route : routes())
            if (route->operation_id == operation) return route;
        ADD_FAILURE() << "no operation " << operation;
        return nullptr;
    }
    static Reply save(const std::string& text) {
        static const api::Route* route = route_of("agentflows.create");
        return send({route, path_of(*route), text});
    }
    static std::string errors_of(const Reply& reply) {
        std::string text;
        if (const json::value* errors = find(reply.body, "errors"))
            for (const json::value& each : errors->as_array())
                text += fmt::format("{}: {} | ", text_or(each, "field"), text_or(each, "message"));
        return text;
    }
    static constexpr const char* decides = R"("agent_type":"decision_agent","conditions":)";
};

TEST_F(BadFlows, what_cannot_be_saved) {
    struct Case {
        std::string agents;
        std::string field;
        std::string message;
    };
    const std::string decides(BadFlows::decides);
    const Case cases[] = {
        {R"({"_id":"$A","title":"one","next_agent":"$A"})", "agents.0.next_agent",
         R"("one" → "one")"},
        {R"({"_id":"$A","title":"one","next_agent":"$B"},
            {"_id":"$B","title":"two","next_agent":"$A"})",
         "agents.1.next_agent", R"("one" → "two" → "one")"},
        {R"({"title":"one","next_agent":"two"},{"title":"two","next_agent":"three"},
            {"title":"three","next_agent":"two"})",
         "agents.2.next_agent", "let a decision agent choose"},
        {R"({"title":"one","next_agent":"$C"})", "agents.0.next_agent", "names no agent"},
        {R"({"title":"one","next_agent":"$AGENT"})", "agents.0.next_agent", "names no agent"},
        {R"({"title":"one","next_agent":"nobody"})", "agents.0.next_agent", ""},
        {R"({"title":"one","next_agent":7})", "agents.0.next_agent", ""},
        {R"({"title":"one","context":["$C"]})", "agents.0.context.0", "names no agent"},
        {R"({"title":"one","context":["$AGENT"]})", "agents.0.context.0", "names no agent"},
        {R"({"title":"one","context":["$FOREIGN"]})", "agents.0.context.0", "names no agent"},
        {R"({"title":"one","skills":["$C"]})", "agents.0.skills.0", ""},
        {R"({"title":"one","skills":["$FOREIGN"]})", "agents.0.skills.0", ""},
        {R"({"title":"one","skills":["$SKILL","$FLOW"]})", "agents.0.skills.1", ""},
        {R"({"title":"one","skills":[{"name":"Tables - Insert records"}]})", "agents.0.skills.0",
         ""},
        {R"({"title":"one","skills":[{"_id":"$FOREIGN","name":"x","actions":[]}]})",
         "agents.0.skills.0", ""},
        {R"({"title":"one","agent_type":"boss"})", "agents.0.agent_type", ""},
        {R"({"title":"one","llm":{"temperature":1e300}})", "agents.0.llm.temperature", ""},
        {R"({"title":"one","llm":{"max_tokens":0}})", "agents.0.llm.max_tokens", ""},
        {R"({"title":"one","turns_max":99999999999})", "agents.0.turns_max", ""},
        {R"({"_id":"$A"},{"_id":"$A"})", "agents.1._id", "twice"},
        {"{" + decides + "[]}", "agents.0.conditions", "at least one"},
        {"{" + decides + R"([{"decision":"end","condition":" "}]})",
         "agents.0.conditions.0.condition", "is missing"},
        {"{" + decides + R"([{"decision":"nobody","condition":"c"}]})",
         "agents.0.conditions.0.decision", "names no agent"},
        {"{" + decides + R"([{"decision":"t","condition":"c"}]},{"title":"t"},{"title":"t"})",
         "agents.0.conditions.0.decision", "ambiguous"},
        {"{" + decides + R"([{"decision":"$AGENT","condition":"c"}]})",
         "agents.0.conditions.0.decision", "names no agent"},
    };
    for (const Case& each : cases) {
        const Reply reply = save(flow(each.agents));
        EXPECT_EQ(code_of(reply), "422 invalid") << each.agents << reply.text;
        const std::string errors = errors_of(reply);
        const auto at = errors.find(each.field + ": ");
        ASSERT_NE(at, std::string::npos) << each.agents << "\n" << errors;
        EXPECT_NE(errors.find(each.message, at), std::string::npos) << each.agents << "\n"
                                                                    << errors;
    }
    EXPECT_EQ(code_of(save(flow("", R"("initialAgent":"$C",)"))), "422 invalid");
}

TEST_F(BadFlows, a_change_cannot_make_a_circle_either) {
    const Reply made = save(flow(R"({"title":"one","next_agent":"two"},{"title":"two"})"));
    ASSERT_EQ(made.status, 200) << made.text;
    const std::string first(text_or(made.body.at("agents").at(0), "_id"));
    const std::string second(text_or(made.body.at("agents").at(1), "_id"));
    const std::string path = "/agentflow/" + made.at("_id");
    const Reply refused = owner().post(path + "/update/skilled/" + second, {{"next_agent", first}});
    EXPECT_EQ(code_of(refused), "422 invalid") << refused.text;
    EXPECT_EQ(owner().get(path).body.at("agents"), made.body.at("agents"));
    EXPECT_EQ(owner().post(path + "/skilled", {{"title", "three"}, {"next_agent", first}}).status,
              422);
    EXPECT_EQ(owner().get(path).body.at("agents"), made.body.at("agents"));
}

TEST_F(BadFlows, what_a_run_says_that_cannot_go_on) {
    struct Case {
        std::string agents;
        std::string start; ///< more members of the start's body
        std::vector<std::string> words;
    };
    const std::string decides(BadFlows::decides);
    const auto prompt = [](const std::string& text) {
        return R"({"title":"Greeter","prompt":{"template":)" + to_text(json::value(text)) + "}}";
    };
    const Case cases[] = {
        {prompt("Dear {{ inputs.customer }}"),
         "",
         {"The prompt of \"Greeter\"", "inputs.customer is missing", "input variable customer"}},
        {prompt("Dear {{ customer }}"),
         R"("input_variables":{"Customer":"x"},)",
         {"\"Greeter\"", "inputs.customer is missing"}},
        {prompt("{{ customer.name.first }}"),
         R"("input_variables":{"customer":{"name":"x"}},)",
         {"inputs.customer.name.first is missing", "a string, not an object"}},
        {prompt("{{ agents.Nobody.text }}"), "", {"agents.Nobody is missing"}},
        {prompt("{{ customer | upper }}"), R"("input_variables":{"customer":[1]},)", {"upper"}},
        {prompt(R"({{ "x" matches inputs.pattern }})"),
         R"("input_variables":{"pattern":"(((("},)",
         {"Greeter"}},
        {R"({"title":"Chooser",)" + decides +
             R"([{"decision":"end","condition":"{{ inputs.absent == 1 }}"}]})",
         "",
         {"inputs.absent is missing"}},
        {R"({"title":"Chooser",)" + decides +
             R"([{"decision":"end","condition":"{{ 'a' < 1 }}"}]})",
         "",
         {""}},
        {R"({"title":"Judge",)" + decides + R"([{"decision":"end","condition":"All is well."}]})",
         "",
         {"rehearsal"}},
        {R"({"title":"Caller","llm":{"model":"nobody/nothing"}})",
         "",
         {"no model provider \"nobody\""}},
        {R"({"title":"Turner",)" + decides + R"([{"decision":"Turner","condition":"{{ true }}"}]})",
         "",
         {"visited 1000 agents", "\"Turner\"", "\"end\""}},
    };
    for (const Case& each : cases) {
        const Reply saved = save(flow(each.agents));
        ASSERT_EQ(saved.status, 200) << each.agents << saved.text;
        const auto body = parse_json("{" + each.start + R"("agentflow_id":")" + saved.at("_id") +
                                     R"(","projectID":")" + project_ + "\"}");
        const Reply started = owner().post("/execute_flow", body.value());
        ASSERT_EQ(started.status, 200) << started.text;
        const Reply ended = server_->wait_for(started.at("_id"));
        EXPECT_EQ(ended.at("status"), "failed") << each.agents;
        for (const std::string& word : each.words)
            EXPECT_NE(ended.at("error").find(word), std::string::npos) << each.agents << "\n"
                                                                       << ended.at("error");
    }
}

TEST_F(BadFlows, packages_with_hostile_content) {
    const api::Route* install = route_of("packages.install");
    const std::string coworker =
        R"({"name":"p","version":"1.0.0","entry_flow":"f","category":"c","role":"r"})";
    struct Case {
        json::object files; ///< besides a coworker.json
        std::string word;
    };
    const std::string good_flow = R"({"name":"f","agents":[{"title":"one"}]})";
    const Case cases[] = {
        {{{"../evil.json", "{}"}}, "../evil.json"},
        {{{"/etc/passwd", "x"}}, "/etc/passwd"},
        {{{"flows/../../x.json", "{}"}}, "does not belong"},
        {{{"run.sh", "rm"}}, "run.sh"},
        {{{"flows/f.json", 7}}, "Must be text"},
        {{{"flows/f.json", "{"}}, "flows/f.json"},
        {{{"flows/f.json", std::string(100, '[')}}, "flows/f.json"},
        {{{"flows/f.json", R"({"name":"g"})"}}, "entry_flow"},
        {{{"flows/f.json", good_flow}, {"coworker.json", "[]"}}, "coworker.json"},
        {{{"flows/f.json", good_flow}, {"coworker.json", nullptr}}, "coworker.json"},
        {{{"flows/f.json", R"({"name":"f","agents":[{"title":"a","next_agent":"b"},
                                                   {"title":"b","next_agent":"a"}]})"}},
         "flows/f.json"},
        {{{"flows/f.json", R"({"name":"f","agents":[{"title":"a","skills":["none"]}]})"}},
         "names no skill"},
        {{{"flows/f.json", good_flow}, {"skills.json", R"([{"name":"s","actions":[
             {"category":"shell","sort":"run"}]}])"}},
         ""},
        {{{"flows/f.json", good_flow}, {"tables/t.json", R"({"table_name":"t","columns":[
             {"column_name":"a","column_id":"_id"}]})"}},
         "tables/t.json"},
    };
    for (const Case& each : cases) {
        json::object files{{"coworker.json", coworker}};
        for (const auto& [path, text] : each.files) files[path] = text;
        const Reply reply =
            send({install, path_of(*install), to_text(json::object{{"files", std::move(files)}})});
        EXPECT_TRUE(reply.status == 422 || code_of(reply) == "400 malformed")
            << to_text(each.files) << reply.text;
        EXPECT_NE(reply.text.find(each.word), std::string::npos) << reply.text;
    }
    const Reply good =
        send({install, path_of(*install),
              to_text(json::object{
                  {"files", {{"coworker.json", coworker}, {"flows/f.json", good_flow}}}})});
    EXPECT_EQ(good.status, 200) << good.text;
}

} // namespace weft
