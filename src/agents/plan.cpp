#include "agents/plan.h"

#include "agents/conversation.h"
#include "models/rehearsal.h"

#include <set>

namespace weft::agents {

namespace {

/// `tables_insert_records`, or with _2, _3 … when an earlier skill of the agent has the same
/// action.
std::string tool_name(const Action& action, std::set<std::string>& taken) {
    const std::string base = (action.category + "_" + action.sort).substr(0, tool_name_bytes_max);
    std::string name = base;
    for (int n = 2; !taken.insert(name).second; ++n) {
        const std::string suffix = fmt::format("_{}", n);
        name = base.substr(0, tool_name_bytes_max - suffix.size()) + suffix;
    }
    return name;
}

const Action* own_action(const connectors::Connector& connector, std::string_view sort) {
    for (const Action& action : connector.actions())
        if (action.sort == sort) return &action;
    return nullptr;
}

std::string tool_description(const Skill& skill, const Action& action) {
    std::string text = skill.description.empty() ? skill.name : skill.description;
    if (!action.name.empty() && action.name != action.sort && skill.actions.size() > 1)
        text += (text.empty() ? "" : "\n") + action.name;
    return text.empty() ? action.endpoint() : text;
}

ToolPlan tool_plan(const Skill& skill, const Action& action, std::set<std::string>& taken,
                   const connectors::Catalogue& catalogue) {
    ToolPlan tool;
    tool.skill = &skill;
    tool.action = &action;
    tool.connector = catalogue.find(action.category);
    tool.account = skill.connector;
    tool.own = tool.connector ? own_action(*tool.connector, action.sort) : nullptr;
    if (!tool.own && tool.connector && tool.connector->takes_custom_actions()) tool.own = &action;
    tool.effect = tool.own ? tool.own->effect : action.effect;
    tool.shown.name = tool_name(action, taken);
    tool.shown.description = tool_description(skill, action);
    const Fields& input = action.input.empty() && tool.own ? tool.own->input : action.input;
    for (const Field& field : input)
        if (!action.preset.contains(field.field_id)) tool.shown.input.push_back(field);
    return tool;
}

BranchPlan branch_plan(const Agentflow& flow, const Branch& branch) {
    BranchPlan plan;
    plan.condition = branch.condition;
    plan.decision = branch.decision;
    if (branch.decision != "end") {
        plan.next = AgentId::parse(branch.decision).value_or(AgentId{});
        if (const Agent* next = flow.find(plan.next); next && !next->title.empty())
            plan.decision = next->title;
    }
    if (!expr::is_expression(branch.condition)) return plan;
    plan.expression = expr::Expression::compile(branch.condition);
    plan.reads_files = branch.condition.contains("files");
    return plan;
}

AnomalyPlan anomaly_plan(const Agentflow& flow) {
    AnomalyPlan plan;
    auto wanted = anomaly_detection_of(flow);
    if (!wanted || !wanted->is_enabled) return plan;
    plan.is_enabled = true;
    plan.instructions = std::move(wanted->instructions);
    for (AnomalyRule& rule : wanted->rules)
        plan.rules.push_back(
            {.condition = expr::Expression::compile(rule.condition),
             .text = rule.condition,
             .finding = rule.finding.empty() ? "True: " + rule.condition : std::move(rule.finding),
             .reads_files = rule.condition.contains("files")});
    return plan;
}

/// The rehearsal model cannot judge a sentence.
bool can_judge(const models::Registry& registry, const std::string& model) {
    const auto found = registry.find(model);
    return !found || !models::is_rehearsal(**found);
}

/// Whether there are keys for them is asked when they are: a project may have its own.
void find_model(AgentPlan& plan, const models::Registry& registry) {
    const std::string& own = plan.agent->llm.model;
    plan.model_name = models::name_within(own);
    plan.limits = registry.limits(own).value_or(models::ModelLimits{});
    if (can_judge(registry, own)) plan.judges.push_back(own);
    for (const std::string& fallback : plan.agent->llm.fallbacks) {
        const auto known = registry.limits(fallback);
        if (!known) continue;
        plan.fallbacks.emplace_back(fallback, *known);
        if (!plan.judges.empty() && can_judge(registry, fallback)) plan.judges.push_back(fallback);
    }
}

AgentPlan agent_plan(const Agentflow& flow, const Agent& agent, const models::Registry& registry,
                     const connectors::Catalogue& catalogue) {
    AgentPlan plan{.agent = &agent,
                   .id_hex = agent.id.hex(),
                   .prompt = expr::Template::compile(agent.prompt.template_text)};
    std::set<std::string> taken;
    for (const Skill& skill : agent.skills)
        for (const Action& action : skill.actions) {
            plan.tools.push_back(tool_plan(skill, action, taken, catalogue));
            plan.reads_pages |= action.category == "files" && action.sort == "read";
        }
    for (const Branch& branch : agent.conditions)
        plan.branches.push_back(branch_plan(flow, branch));
    plan.wants_documents = agent.context.empty() || plan.reads_pages;
    // A version that was saved before forms were checked may hold anything: it asks nothing.
    plan.forms = forms_of(agent, "").value_or(AgentForms{});
    plan.system_text = system_text(flow, plan);
    find_model(plan, registry);
    return plan;
}

} // namespace

const ToolPlan* AgentPlan::find_tool(std::string_view name) const {
    for (const ToolPlan& tool : tools)
        if (tool.shown.name == name) return &tool;
    return nullptr;
}

const models::ModelLimits& AgentPlan::limits_of(std::string_view name) const {
    for (const auto& [fallback, its_limits] : fallbacks)
        if (fallback == name) return its_limits;
    return limits;
}

const AgentPlan* FlowPlan::find(const AgentId& agent) const {
    const auto found = by_id.find(agent);
    return found == by_id.end() ? nullptr : &agents[found->second];
}

std::shared_ptr<const FlowPlan> compile(std::shared_ptr<const Agentflow> flow,
                                        const models::Registry& registry,
                                        const connectors::Catalogue& catalogue) {
    auto plan = std::make_shared<FlowPlan>();
    plan->flow = std::move(flow);
    plan->anomaly = anomaly_plan(*plan->flow);
    plan->agents.reserve(plan->flow->agents.size());
    for (const Agent& agent : plan->flow->agents) {
        plan->by_id.emplace(agent.id, plan->agents.size());
        plan->agents.push_back(agent_plan(*plan->flow, agent, registry, catalogue));
    }
    return plan;
}

std::shared_ptr<const FlowPlan> PlanCache::get(const std::shared_ptr<const Agentflow>& flow) {
    if (!flow->version) return compile(flow, registry_, catalogue_);
    {
        Lock lock(mutex_);
        if (const auto found = plans_.find(flow->version); found != plans_.end())
            return found->second;
    }
    auto plan = compile(flow, registry_, catalogue_);
    Lock lock(mutex_);
    if (const auto [at, fresh] = plans_.try_emplace(flow->version, plan); !fresh) return at->second;
    order_.push_back(flow->version);
    if (order_.size() > plans_max) {
        plans_.erase(order_.front());
        order_.pop_front();
    }
    return plan;
}

} // namespace weft::agents
