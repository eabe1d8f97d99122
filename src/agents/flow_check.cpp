#include "agents/flow_check.h"

#include "domain/anomaly.h"
#include "domain/members.h"
#include "expr/expr.h"

#include <algorithm>

namespace weft::agents {

namespace {

void check_agent(const Agent& agent, const std::string& at, Faults& faults) {
    const auto prompt = expr::Template::compile(agent.prompt.template_text);
    if (!prompt) faults.add(at + ".prompt.template", prompt.error().message);
    for (std::size_t i = 0; i < agent.conditions.size(); ++i) {
        const std::string& condition = agent.conditions[i].condition;
        if (!expr::is_expression(condition)) continue;
        const auto compiled = expr::Expression::compile(condition);
        if (!compiled)
            faults.add(join_path(at + ".conditions", i) + ".condition", compiled.error().message);
    }
}

bool has_agent(const Agentflow& flow, const std::string& name) {
    return std::ranges::any_of(flow.agents, [&](const Agent& agent) {
        return agent.title == name || agent.id.hex() == name;
    });
}

void check_rules(const Agentflow& flow, Faults& faults) {
    const auto wanted = anomaly_detection_of(flow);
    if (!wanted) return; // resolve() tells of it
    for (std::size_t i = 0; i < wanted->rules.size(); ++i) {
        const std::string at = join_path("anomaly_detection.rules", i);
        const auto compiled = expr::Expression::compile(wanted->rules[i].condition);
        if (!compiled) {
            faults.add(at, compiled.error().message);
            continue;
        }
        for (const std::string& name : compiled->agents())
            if (!has_agent(flow, name))
                faults.add(at, fmt::format("names no agent of this flow: \"{}\"", name));
    }
}

} // namespace

Result<> check_texts(const Agentflow& flow) {
    Faults faults;
    for (std::size_t i = 0; i < flow.agents.size(); ++i)
        check_agent(flow.agents[i], join_path("agents", i), faults);
    check_rules(flow, faults);
    return faults.result();
}

} // namespace weft::agents
