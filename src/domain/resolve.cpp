#include "domain/agentflow.h"

#include "domain/anomaly.h"
#include "domain/form.h"
#include "domain/members.h"

#include <algorithm>
#include <unordered_set>

namespace weft {

namespace {

void check_ids(const Agentflow& flow, Faults& faults) {
    std::unordered_set<AgentId> seen;
    for (std::size_t i = 0; i < flow.agents.size(); ++i) {
        const AgentId& id = flow.agents[i].id;
        const std::string at = join_path(join_path("agents", i), "_id");
        if (!id)
            faults.add(at, "is missing");
        else if (!seen.insert(id).second)
            faults.add(at, "is there twice: " + id.hex());
    }
}

void check_known(const Agentflow& flow, const AgentId& id, std::string at, Faults& faults) {
    if (id && !flow.find(id)) faults.add(std::move(at), "names no agent of this flow: " + id.hex());
}

/// "end" stays, an id of this flow stays, a title that exactly one agent has becomes its id.
void resolve_decision(const Agentflow& flow, std::string& decision, const std::string& at,
                      Faults& faults) {
    if (decision.empty()) return faults.add(at, "is missing");
    if (decision == "end") return;
    if (const auto id = AgentId::parse(decision); id && flow.find(*id)) {
        decision = id->hex();
        return;
    }
    const Agent* meant = nullptr;
    for (const Agent& agent : flow.agents) {
        if (agent.title != decision) continue;
        if (meant)
            return faults.add(at, "is ambiguous: several agents are titled \"" + decision + "\"");
        meant = &agent;
    }
    if (!meant) return faults.add(at, "names no agent of this flow: \"" + decision + "\"");
    decision = meant->id.hex();
}

void resolve_conditions(const Agentflow& flow, Agent& agent, const std::string& at,
                        Faults& faults) {
    if (agent.type != AgentType::decision) return;
    const std::string list = join_path(at, "conditions");
    if (agent.conditions.empty()) faults.add(list, "a decision agent needs at least one condition");
    for (std::size_t i = 0; i < agent.conditions.size(); ++i) {
        const std::string where = join_path(list, i);
        Branch& branch = agent.conditions[i];
        if (branch.condition.find_first_not_of(" \t\r\n") == std::string::npos)
            faults.add(join_path(where, "condition"), "is missing");
        resolve_decision(flow, branch.decision, join_path(where, "decision"), faults);
    }
}

std::string name_of(const Agent& agent) {
    return agent.title.empty() ? agent.id.hex() : "\"" + agent.title + "\"";
}

/// Agents that lead to one another for ever: a run leaves a loop only through a decision agent.
void check_loops(const Agentflow& flow, Faults& faults) {
    std::unordered_set<AgentId> left; ///< known to lead to an end, to a decision, or reported
    for (const Agent& start : flow.agents) {
        std::vector<const Agent*> way;
        const Agent* at = &start;
        while (at && at->type == AgentType::skilled && left.insert(at->id).second) {
            way.push_back(at);
            at = at->next ? flow.find(at->next) : nullptr;
        }
        const auto loop = std::find(way.begin(), way.end(), at);
        if (loop == way.end()) continue;
        std::string names;
        for (auto each = loop; each != way.end(); ++each) names += name_of(**each) + " → ";
        const auto last = static_cast<std::size_t>(way.back() - flow.agents.data());
        faults.add(join_path(join_path("agents", last), "next_agent"),
                   fmt::format("leads in a circle without an end: {}{}. Leave it empty where the "
                               "flow should end, or let a decision agent choose when.",
                               names, name_of(**loop)));
    }
}

} // namespace

Result<> resolve(Agentflow& flow) {
    Faults faults;
    Agentflow resolved = flow;
    if (flow.agents.size() > limits::agents_per_flow_max)
        faults.add("agents", fmt::format("has more than {} items", limits::agents_per_flow_max));
    check_ids(flow, faults);
    if (!flow.initial_agent && !flow.agents.empty())
        resolved.initial_agent = flow.agents.front().id;
    check_known(flow, flow.initial_agent, "initialAgent", faults);
    for (std::size_t i = 0; i < flow.agents.size(); ++i) {
        const std::string at = join_path("agents", i);
        Agent& agent = resolved.agents[i];
        check_known(flow, agent.next, join_path(at, "next_agent"), faults);
        for (std::size_t k = 0; k < agent.context.size(); ++k)
            check_known(flow, agent.context[k], join_path(join_path(at, "context"), k), faults);
        resolve_conditions(flow, agent, at, faults);
        if (auto forms = forms_of(agent, at); !forms) faults.add(forms.error());
    }
    if (auto wanted = anomaly_detection_of(flow); !wanted) faults.add(wanted.error());
    check_loops(flow, faults);
    TRY(faults.result());
    flow = std::move(resolved);
    return {};
}

void append(Agentflow& flow, Agent agent) {
    if (flow.agents.empty()) {
        flow.initial_agent = agent.id;
    } else if (Agent& last = flow.agents.back(); !last.next) {
        last.next = agent.id;
    }
    flow.agents.push_back(std::move(agent));
}

} // namespace weft
