#include "domain/agentflow.h"
#include "domain/limits.h"
#include "domain/testing.h"

#include <cstring>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weft {

namespace {

const char* const id_a = "aaaaaaaaaaaaaaaaaaaaaaaa";
const char* const id_b = "bbbbbbbbbbbbbbbbbbbbbbbb";
const char* const id_c = "cccccccccccccccccccccccc";

/// Writes A, B, C for the three ids.
json::value with_ids(std::string text) {
    for (const auto& [word, id] : {std::pair{"$A", id_a}, {"$B", id_b}, {"$C", id_c}})
        for (auto at = text.find(word); at != std::string::npos; at = text.find(word))
            text.replace(at, 2, id);
    return js(text);
}

std::function<AgentId()> counting_mint() {
    return
        [n = std::uint8_t{0}]() mutable { return AgentId{{1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ++n}}; };
}

std::string resolved(const std::string& text) {
    auto flow = agentflow_from_json(with_ids(text));
    if (!flow) return "read: " + faults_of(flow);
    return faults_of(resolve(*flow));
}

const char* const whole_agent = R"({
    "_id":"$A","title":"Extract","role":"reader","role_description":"reads",
    "llm":{"model":"openai/gpt-4o-mini","temperature":0.5,"max_tokens":100,
        "fallbacks":["anthropic/claude-haiku-4-5","weft/rehearsal"]},
    "context":["$B"],"has_knowledge_base":true,
    "prompt":{"template":"{{goal}}","variables":["goal"],"display_template":"[]"},
    "is_preview_mode_enabled":true,"skills":["$C"],"memory":{"memory_type":"lt"},
    "agent_type":"decision_agent","is_user_specific_task":true,
    "conditions":[{"decision":"end","condition":"{{ true }}"}],"next_agent":"$B","turns_max":3,
    "triggers":[{"event":"x"}],"pre_and_post_execution_input":{"pre":1}})";

} // namespace

TEST(AgentJson, a_whole_agent_comes_back_as_it_was) {
    const json::value given = with_ids(whole_agent);
    EXPECT_EQ(json::value(to_json(agent_from_json(given, "").value())), given);
}

TEST(AgentJson, an_empty_agent_has_the_documented_shape) {
    EXPECT_EQ(json::value(to_json(agent_from_json(with_ids(R"({"_id":"$A"})"), "").value())),
              with_ids(R"({
        "_id":"$A","title":"","role":"","role_description":"",
        "llm":{"model":"weft/rehearsal","temperature":0.0,"max_tokens":4096},
        "context":[],"has_knowledge_base":false,
        "prompt":{"template":"","variables":[],"display_template":""},
        "is_preview_mode_enabled":false,"skills":[],"memory":{"memory_type":"short_term"},
        "agent_type":"skilled_agent","is_user_specific_task":false,"conditions":[],
            "next_agent":null,
        "turns_max":16,"triggers":[],"pre_and_post_execution_input":null})"));
}

TEST(AgentJson, lenient_where_clients_differ) {
    const auto read = [](const char* text) { return agent_from_json(with_ids(text), "").value(); };
    EXPECT_EQ(read(R"({"agent_type":"skilled"})").type, AgentType::skilled);
    EXPECT_EQ(read(R"({"agent_type":"decision"})").type, AgentType::decision);
    EXPECT_EQ(read(R"({"prompt":"just text"})").prompt.template_text, "just text");
    EXPECT_EQ(read(R"({"skills":[{"_id":"$C","name":"S"},"$B"]})").skill_ids.size(), 2U);
    EXPECT_FALSE(read(R"({"next_agent":""})").next);
    EXPECT_EQ(read(R"({"llm":{"model":null,"temperature":null}})").llm.model, "weft/rehearsal");
    EXPECT_EQ(
        read(R"({"llm":null,"prompt":null,"memory":null,"context":null,"skills":null})").title, "");
    EXPECT_TRUE(read(R"({"nonsense":{"a":1}})").extra.empty());
}

TEST(AgentJson, wrong_members_are_named) {
    const std::pair<const char*, const char*> cases[] = {
        {R"([])", "agents.0: must be an object, not array"},
        {R"({"_id":"xyz"})", "agents.0._id: must be an id of 24 hexadecimal digits"},
        {R"({"title":7})", "agents.0.title: must be a text, not number"},
        {R"({"title":"a\u0000b"})", "agents.0.title: must not contain the character U+0000"},
        {R"({"llm":{"temperature":3}})", "agents.0.llm.temperature: must lie between 0 and 2"},
        {R"({"llm":{"fallbacks":["openai/gpt-4o","gpt-4o"]}})",
         "agents.0.llm.fallbacks.1: must be provider/name, such as openai/gpt-4o-mini"},
        {R"({"llm":{"fallbacks":"openai/gpt-4o"}})",
         "agents.0.llm.fallbacks: must be an array, not string"},
        {R"({"llm":{"fallbacks":["a/1","a/2","a/3","a/4","a/5","a/6"]}})",
         "agents.0.llm.fallbacks: has more than 5 items"},
        {R"({"llm":{"max_tokens":1.5}})",
         "agents.0.llm.max_tokens: must be a whole number, not 1.5"},
        {R"({"llm":{"max_tokens":0}})", "agents.0.llm.max_tokens: must lie between 1 and 1000000"},
        {R"({"agent_type":"robot"})",
         "agents.0.agent_type: must be \"skilled_agent\" or \"decision_agent\""},
        {R"({"memory":{"memory_type":"long"}})",
         "agents.0.memory.memory_type: must be \"lt\" or \"short_term\""},
        {R"({"skills":["tables"]})",
         "agents.0.skills.0: must be a skill's id of 24 hexadecimal digits"},
        {R"({"conditions":{}})", "agents.0.conditions: must be an array, not object"},
        {R"({"prompt":{"variables":[1]},"context":[2]})",
         "agents.0.context.0: must be an id of 24 hexadecimal digits | "
         "agents.0.prompt.variables.0: must be a text, not number"},
    };
    for (const auto& [text, expected] : cases)
        EXPECT_EQ(faults_of(agent_from_json(js(text), "agents.0")), expected) << text;
}

TEST(AgentJson, sizes_are_limited) {
    json::object agent{{"prompt", json::object{{"template", std::string(64 << 10, 'x')}}}};
    EXPECT_TRUE(agent_from_json(agent, ""));
    agent["prompt"] = json::object{{"template", std::string((64 << 10) + 1, 'x')}};
    EXPECT_EQ(faults_of(agent_from_json(agent, "")), "prompt.template: is longer than 65536 bytes");
    EXPECT_EQ(faults_of(agent_from_json(json::object{{"title", std::string(201, 'x')}}, "")),
              "title: is longer than 200 bytes");
    EXPECT_EQ(faults_of(agent_from_json(
                  json::object{{"skills", json::array(65, json::value(id_a))}}, "")),
              "skills: has more than 64 items");
    EXPECT_EQ(faults_of(agent_from_json(
                  json::object{{"triggers", json::array{{{"x", std::string(70'000, 'x')}}}}}, "")),
              "triggers: is longer than 65536 bytes");
}

TEST(FlowJson, what_nothing_reads_yet_has_its_documented_type_all_the_same) {
    struct Case {
        const char* json;
        const char* fault;
    };
    const Case cases[] = {
        {R"("is_cron_scheduled":1)", "is_cron_scheduled: must be true or false, not number"},
        {R"("cron_details":[])", "cron_details: must be an object, not array"},
        {R"("marketplace_id":{})", "marketplace_id: must be text, not object"},
        {R"("anomaly_detection":"on")", "anomaly_detection: must be an object, not string"},
        {R"("agents":[{"triggers":{}}])", "agents.0.triggers: must be an array, not object"},
        {R"("agents":[{"triggers":[{},1]}])", "agents.0.triggers.1: must be an object, not number"},
        {R"("failover_goal":7)", "failover_goal: must be a text, not number"},
        {R"("execution_timeout_s":-1)", "execution_timeout_s: must lie between 0.1 and 31536000"},
        {R"("agents":[{"step_timeout_s":"x"}])",
         "agents.0.step_timeout_s: must be a number, not string"},
        {R"("agents":[{"retry":{"attempts":99}}])",
         "agents.0.retry.attempts: must lie between 1 and 20"},
        {R"("failover_goal":null,"cron_details":null,"is_cron_scheduled":null)", "ok"},
    };
    for (const Case& each : cases) {
        const std::string text = R"({"name":"x",)" + std::string(each.json) + "}";
        EXPECT_EQ(faults_of(agentflow_from_json(parse_json(text).value())), each.fault);
    }
}

TEST(AgentPatch, changes_just_the_named_members) {
    Agent agent = agent_from_json(with_ids(whole_agent), "").value();
    ASSERT_TRUE(patch_agent(
        agent, with_ids(R"({"_id":"$B","title":"New","llm":{"model":"a/b"},"next_agent":null})"),
        ""));
    json::value expected = with_ids(whole_agent);
    expected.at("title") = "New";
    expected.at("llm").at("model") = "a/b";
    expected.at("next_agent") = nullptr;
    EXPECT_EQ(json::value(to_json(agent)), expected);
}

TEST(AgentPatch, a_wrong_member_changes_nothing) {
    Agent agent = agent_from_json(with_ids(whole_agent), "").value();
    EXPECT_EQ(faults_of(patch_agent(agent, js(R"({"title":"New","role":1})"), "")),
              "role: must be a text, not number");
    EXPECT_EQ(agent.title, "Extract");
}

TEST(FlowJson, the_documented_shape) {
    auto flow = agentflow_from_json(js(R"({"name":" Übersicht ","role":"r"})")).value();
    flow.id = *AgentflowId::parse(id_a);
    flow.created_at = {1'745'295'060'584'305};
    flow.updated_at = {1'745'295'060'584'308};
    EXPECT_EQ(json::value(to_json(flow)),
              with_ids(R"({"_id":"$A","name":"Übersicht","description":"",
        "role":"r","image":"","agentflow_type":"master","parent_agentflow_id":null,
        "created_at":1745295060.584305,"updated_at":1745295060.584308,"last_used":null,
            "isActive":true,
        "is_deleted":false,"default_goal":"","initialAgent":null,"agents":[],"failover_goal":null,
        "is_cron_scheduled":false,"cron_details":null,"marketplace_id":null,
        "anomaly_detection":{"is_enabled":false,"instructions":""}})"));
}

TEST(FlowJson, server_owned_members_are_not_read_and_documented_ones_are_kept) {
    const auto flow =
        agentflow_from_json(with_ids(R"({"_id":"$A","name":"f","created_at":5,"is_deleted":true,
        "last_used":7,"organization_id":"$B","anomaly_detection":{"is_enabled":true},
            "whatever":1})"))
            .value();
    EXPECT_FALSE(flow.id);
    EXPECT_FALSE(flow.is_deleted);
    EXPECT_EQ(flow.created_at, Instant{});
    EXPECT_EQ(flow.last_used, Instant{});
    EXPECT_EQ(json::value(flow.extra), js(R"({"anomaly_detection":{"is_enabled":true}})"));
}

TEST(FlowJson, wrong_flows) {
    EXPECT_EQ(faults_of(agentflow_from_json(js("[]"))), "must be an object, not array");
    EXPECT_EQ(faults_of(agentflow_from_json(js("{}"))), "name: is missing");
    EXPECT_EQ(faults_of(agentflow_from_json(js(R"({"name":"  "})"))), "name: must not be empty");
    EXPECT_EQ(faults_of(agentflow_from_json(js(R"({"name":"a\nb"})"))),
              "name: must not contain control characters");
    EXPECT_EQ(
        faults_of(agentflow_from_json(js(R"({"name":"f","agents":[{"title":1},{"role":2}]})"))),
        "agents.0.title: must be a text, not number | agents.1.role: must be a text, not number");
    json::object many{{"name", "f"}, {"agents", json::array(201, json::value(json::object{}))}};
    EXPECT_EQ(faults_of(agentflow_from_json(many)), "agents: has more than 200 items");
}

TEST(FlowJson, with_a_mint_agents_get_ids_and_titles_may_stand_for_them) {
    const auto flow = agentflow_from_json(with_ids(R"({"name":"f","initialAgent":"one","agents":[
        {"title":"one","next_agent":"two"},{"_id":"$B","title":"two","context":["one"],
            "next_agent":"end"}]})"),
                                          counting_mint())
                          .value();
    EXPECT_EQ(flow.agents[0].id.hex(), "010000000000000000000001");
    EXPECT_EQ(flow.initial_agent, flow.agents[0].id);
    EXPECT_EQ(flow.agents[0].next.hex(), id_b);
    EXPECT_EQ(flow.agents[1].context[0], flow.agents[0].id);
    EXPECT_FALSE(flow.agents[1].next);
    EXPECT_EQ(faults_of(agentflow_from_json(
                  js(R"({"name":"f","agents":[{"title":"x"},{"title":"x"},{"title":"y",
                "next_agent":"x"}]})"),
                  counting_mint())),
              "agents.2.next_agent: must be an id of 24 hexadecimal digits");
}

TEST(FlowPatch, changes_just_the_named_members) {
    auto flow =
        agentflow_from_json(with_ids(R"({"name":"f","role":"r","agents":[{"_id":"$A"}]})")).value();
    ASSERT_TRUE(patch_agentflow(flow, js(R"({"description":"d","isActive":false})")));
    EXPECT_EQ(flow.name, "f");
    EXPECT_EQ(flow.role, "r");
    EXPECT_EQ(flow.description, "d");
    EXPECT_FALSE(flow.is_active);
    EXPECT_EQ(flow.agents.size(), 1U);
    EXPECT_FALSE(patch_agentflow(flow, js(R"({"name":"g","agents":7})")));
    EXPECT_EQ(flow.name, "f");
}

TEST(Resolve, one_fault_each) {
    const std::pair<const char*, const char*> cases[] = {
        {R"({"name":"f"})", "ok"},
        {R"({"name":"f","agents":[{"_id":"$A","next_agent":"$B","context":["$B"]},{"_id":"$B"}]})",
         "ok"},
        {R"({"name":"f","agents":[{"title":"x"}]})", "agents.0._id: is missing"},
        {R"({"name":"f","agents":[{"_id":"$A"},{"_id":"$A"}]})",
         "agents.1._id: is there twice: aaaaaaaaaaaaaaaaaaaaaaaa"},
        {R"({"name":"f","initialAgent":"$B","agents":[{"_id":"$A"}]})",
         "initialAgent: names no agent of this flow: bbbbbbbbbbbbbbbbbbbbbbbb"},
        {R"({"name":"f","agents":[{"_id":"$A","next_agent":"$B","context":["$A","$C"]}]})",
         "agents.0.next_agent: names no agent of this flow: bbbbbbbbbbbbbbbbbbbbbbbb | "
         "agents.0.context.1: names no agent of this flow: cccccccccccccccccccccccc"},
        {R"({"name":"f","agents":[{"_id":"$A","agent_type":"decision_agent"}]})",
         "agents.0.conditions: a decision agent needs at least one condition"},
        {R"({"name":"f","agents":[{"_id":"$A","agent_type":"decision_agent","conditions":[
            {"decision":"nobody","condition":"c"},{"condition":" "},{"decision":"end",
                "condition":"c"}]}]})",
         "agents.0.conditions.0.decision: names no agent of this flow: \"nobody\" | "
         "agents.0.conditions.1.condition: is missing | "
         "agents.0.conditions.1.decision: is missing"},
        {R"({"name":"f","agents":[{"_id":"$A","agent_type":"decision_agent","conditions":[
            {"decision":"two","condition":"c"}]},{"_id":"$B","title":"two"},{"_id":"$C",
                "title":"two"}]})",
         "agents.0.conditions.0.decision: is ambiguous: several agents are titled \"two\""},
        {R"({"name":"f","agents":[{"_id":"$A","agent_type":"decision_agent","conditions":[
            {"decision":"$C","condition":"c"}]}]})",
         "agents.0.conditions.0.decision: names no agent of this flow: "
         "\"cccccccccccccccccccccccc\""},
    };
    for (const auto& [text, expected] : cases) EXPECT_EQ(resolved(text), expected) << text;
}

TEST(Resolve, a_circle_needs_a_decision_agent) {
    const std::string decision = R"("agent_type":"decision_agent","conditions":[)"
                                 R"({"decision":"end","condition":"{{ true }}"}])";
    const std::pair<std::string, std::string> cases[] = {
        {R"({"_id":"$A","next_agent":"$A"})",
         "agents.0.next_agent: aaaaaaaaaaaaaaaaaaaaaaaa → aaaaaaaaaaaaaaaaaaaaaaaa"},
        {R"({"_id":"$A","title":"a","next_agent":"$B"},{"_id":"$B","title":"b","next_agent":"$A"})",
         R"(agents.1.next_agent: "a" → "b" → "a")"},
        {R"({"_id":"$A","title":"a","next_agent":"$B"},{"_id":"$B","title":"b","next_agent":"$C"},
            {"_id":"$C","title":"c","next_agent":"$B"})",
         R"(agents.2.next_agent: "b" → "c" → "b")"},
        {R"({"_id":"$C","title":"c","next_agent":"$B"},{"_id":"$B","title":"b","next_agent":"$C"},
            {"_id":"$A","title":"a","next_agent":"$A"})",
         R"(agents.1.next_agent: "c" → "b" → "c" | agents.2.next_agent: "a" → "a")"},
        {R"({"_id":"$A","next_agent":"$B"},{"_id":"$B","next_agent":"$A",)" + decision + "}", "ok"},
        {R"({"_id":"$A","next_agent":"$A",)" + decision + "}", "ok"},
        {R"({"_id":"$A","next_agent":"$C"},{"_id":"$B","next_agent":"$C"},{"_id":"$C"})", "ok"},
    };
    for (const auto& [agents, expected] : cases) {
        std::string found = resolved(R"({"name":"f","agents":[)" + agents + "]}");
        for (const char* words :
             {"leads in a circle without an end: ",
              ". Leave it empty where the flow should end, or let a decision agent choose when."})
            for (auto at = found.find(words); at != found.npos; at = found.find(words))
                found.erase(at, std::strlen(words));
        EXPECT_EQ(found, expected) << agents;
    }
}

TEST(Resolve, titles_become_ids_and_the_first_agent_begins) {
    auto flow = agentflow_from_json(with_ids(R"({"name":"f","agents":[
        {"_id":"$A","title":"end","agent_type":"decision_agent","conditions":[
            {"decision":"zwei","condition":"a"},{"decision":"end","condition":"b"},
            {"decision":"BBBBBBBBBBBBBBBBBBBBBBBB","condition":"c"}]},
        {"_id":"$B","title":"zwei"}]})"))
                    .value();
    ASSERT_TRUE(resolve(flow));
    EXPECT_EQ(flow.initial_agent.hex(), id_a);
    EXPECT_EQ(flow.agents[0].conditions[0].decision, id_b);
    EXPECT_EQ(flow.agents[0].conditions[1].decision, "end");
    EXPECT_EQ(flow.agents[0].conditions[2].decision, id_b);
}

TEST(Append, chains) {
    Agentflow flow;
    for (const char* id : {id_a, id_b, id_c}) append(flow, Agent{.id = *AgentId::parse(id)});
    EXPECT_EQ(flow.initial_agent.hex(), id_a);
    EXPECT_EQ(flow.agents[0].next.hex(), id_b);
    EXPECT_EQ(flow.agents[1].next.hex(), id_c);
    EXPECT_FALSE(flow.agents[2].next);
}

TEST(SkillJson, the_documented_shape_and_back) {
    const json::value given = with_ids(R"({"_id":"$A","name":"Tables - Insert","connector_id":"$B",
        "description":"d","logo":"","connector_name":"tables","is_deleted":false,"user_id":null,
            "actions":[
        {"_id":"$A","name":"Insert","endpoint":"/tables/insert","sort":"insert","category":"tables",
         "previous_action_id":null,"next_action_id":"$C","is_terminal":false,
         "input_schema":{"fields":[{"field_id":"t","label":"","type":"text","required":true,
             "description":""}]},
         "output_schema":{"fields":[]},"effect":"keyed","preset":{"table":"Entries"}},
        {"_id":"$C","name":"List","endpoint":"/tables/list","sort":"list","category":"tables",
         "previous_action_id":"$A","next_action_id":null,"is_terminal":true,
         "input_schema":{"fields":[]},"output_schema":{"fields":[]},"effect":"pure"}]})");
    const Skill skill = skill_from_json(given, "").value();
    EXPECT_EQ(skill.actions[0].preset.at("table"), "Entries");
    EXPECT_EQ(json::value(to_json(skill)), given);
}

TEST(SkillJson, wrong_members_are_named) {
    const std::pair<const char*, const char*> cases[] = {
        {R"({})", "s.name: is missing"},
        {R"({"name":"n","actions":[{"endpoint":"/mail/send"}]})", "ok"},
        {R"({"name":"n","actions":[{"category":"Mail","sort":"send"}]})",
         "s.actions.0.category: must be a word of lower-case letters, digits and _"},
        {R"({"name":"n","actions":[{"category":"mail","sort":"send","effect":"twice"}]})",
         "s.actions.0.effect: must be one of pure, keyed, checkable, once, awaited"},
        {R"({"name":"n","actions":[{"category":"mail","sort":"send","preset":[]}]})",
         "s.actions.0.preset: must be an object, not array"},
        {R"({"name":"n","actions":[{"category":"mail","sort":"send",
            "input_schema":{"fields":[{}]}}]})",
         "s.actions.0.input_schema.fields.0.field_id: is missing"},
    };
    for (const auto& [text, expected] : cases)
        EXPECT_EQ(faults_of(skill_from_json(js(text), "s")), expected);
}

} // namespace weft
