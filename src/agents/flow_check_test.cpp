#include "agents/flow_check.h"

#include <gtest/gtest.h>

namespace weft::agents {

namespace {

/// The first fault of a flow of two agents, "Ask" and "Choose", with these texts.
std::string fault_of(const std::string& prompt, const std::string& condition,
                     const std::string& rule) {
    Agentflow flow;
    flow.agents.resize(2);
    flow.agents[0].id = *AgentId::parse("000000000000000000000002");
    flow.agents[0].title = "Ask";
    flow.agents[1].title = "Choose";
    flow.agents[1].prompt.template_text = prompt;
    flow.agents[1].conditions = {{"end", "It is done."}, {"end", condition}};
    flow.extra["anomaly_detection"] =
        json::object{{"is_enabled", true}, {"rules", json::array{"{{ true }}", rule}}};
    const auto checked = check_texts(flow);
    if (checked) return {};
    const FieldError& first = checked.error().fields.at(0);
    return first.field + ": " + first.message;
}

} // namespace

TEST(FlowCheck, names_the_text_that_does_not_compile) {
    EXPECT_EQ(fault_of("{{ goal }}", "{{ done }}", "{{ false }}"), "");
    EXPECT_EQ(fault_of("{{ goal", "{{ done }}", "{{ false }}").substr(0, 25),
              "agents.1.prompt.template:");
    EXPECT_EQ(fault_of("{{ goal | reverse }}", "{{ ( }}", "{{ false }}").substr(0, 43),
              "agents.1.prompt.template: Line 1, column 11");
    EXPECT_EQ(fault_of("", "{{ ( }}", "{{ false }}").substr(0, 32),
              "agents.1.conditions.1.condition:");
    EXPECT_EQ(fault_of("", "", "It is odd.").substr(0, 26), "anomaly_detection.rules.1:");
}

TEST(FlowCheck, a_rule_names_agents_of_the_flow_and_a_template_may_name_any) {
    EXPECT_EQ(fault_of("{{ agents.Later.text }}", "", "{{ agents['Ask'].text == '' }}"), "");
    EXPECT_EQ(fault_of("", "", "{{ agents['000000000000000000000002'].text == '' }}"), "");
    EXPECT_EQ(fault_of("", "", "{{ agents.Aks.text == '' }}"),
              "anomaly_detection.rules.1: names no agent of this flow: \"Aks\"");
}

} // namespace weft::agents
