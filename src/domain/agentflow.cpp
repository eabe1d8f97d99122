#include "domain/agentflow.h"

namespace weft {

namespace {

template <class Tag> json::value id_or_null(const Id<Tag>& id) {
    return id ? json::value(id.hex()) : json::value(nullptr);
}

json::array texts(const std::vector<std::string>& items) {
    json::array array;
    for (const std::string& item : items) array.push_back(json::value(item));
    return array;
}

template <class Tag> json::array hexes(const std::vector<Id<Tag>>& ids) {
    json::array array;
    for (const auto& id : ids) array.push_back(json::value(id.hex()));
    return array;
}

json::array conditions_json(const Agent& agent) {
    json::array array;
    for (const Branch& each : agent.conditions)
        array.push_back(json::object{{"decision", each.decision}, {"condition", each.condition}});
    return array;
}

/// Expanded where the version has them, else the ids.
json::array skills_json(const Agent& agent) {
    if (agent.skills.empty()) return hexes(agent.skill_ids);
    json::array array;
    for (const Skill& skill : agent.skills) array.push_back(to_json(skill));
    return array;
}

/// Documented keys that nothing reads yet: as they were given, else what the API shows when nobody
/// set them.
void add_extra(json::object& object, const json::object& extra, json::object defaults) {
    for (auto& [name, value] : defaults) object[name] = std::move(value);
    for (const auto& [name, value] : extra) object[name] = value;
}

} // namespace

json::object to_json(const Llm& llm, const json::storage_ptr& in) {
    json::object out(
        {{"model", llm.model}, {"temperature", llm.temperature}, {"max_tokens", llm.max_tokens}},
        in);
    if (!llm.fallbacks.empty())
        out["fallbacks"] = json::array(llm.fallbacks.begin(), llm.fallbacks.end(), in);
    return out;
}

json::object to_json(const Agent& agent) {
    json::object object{
        {"_id", agent.id.hex()},
        {"title", agent.title},
        {"role", agent.role},
        {"role_description", agent.role_description},
        {"llm", to_json(agent.llm)},
        {"context", hexes(agent.context)},
        {"has_knowledge_base", agent.has_knowledge_base},
        {"prompt", json::object{{"template", agent.prompt.template_text},
                                {"variables", texts(agent.prompt.variables)},
                                {"display_template", agent.prompt.display_template}}},
        {"is_preview_mode_enabled", agent.is_preview_mode_enabled},
        {"skills", skills_json(agent)},
        {"memory", json::object{{"memory_type", agent.memory_type}}},
        {"agent_type", agent.type == AgentType::decision ? "decision_agent" : "skilled_agent"},
        {"is_user_specific_task", agent.is_user_specific_task},
        {"conditions", conditions_json(agent)},
        {"next_agent", id_or_null(agent.next)},
        {"turns_max", agent.turns_max},
    };
    add_approval(object, agent.approval);
    add_call_rules(object, agent.rules);
    add_timeout(object, "step_timeout_s", agent.step_timeout);
    add_extra(object, agent.extra,
              {{"triggers", json::array{}}, {"pre_and_post_execution_input", nullptr}});
    return object;
}

json::object to_json(const Agentflow& flow) {
    json::array agents;
    for (const Agent& agent : flow.agents) agents.push_back(to_json(agent));
    json::object object{
        {"_id", id_or_null(flow.id)},
        {"name", flow.name},
        {"description", flow.description},
        {"role", flow.role},
        {"image", flow.image},
        {"agentflow_type", flow.agentflow_type},
        {"parent_agentflow_id", id_or_null(flow.parent)},
        {"created_at", flow.created_at.epoch_seconds()},
        {"updated_at", flow.updated_at.epoch_seconds()},
        {"last_used", flow.last_used == Instant{} ? json::value(nullptr)
                                                  : json::value(flow.last_used.epoch_seconds())},
        {"isActive", flow.is_active},
        {"is_deleted", flow.is_deleted},
        {"default_goal", flow.default_goal},
        {"failover_goal",
         flow.failover_goal.empty() ? json::value(nullptr) : json::value(flow.failover_goal)},
        {"initialAgent", id_or_null(flow.initial_agent)},
        {"agents", std::move(agents)},
    };
    add_timeout(object, "execution_timeout_s", flow.execution_timeout);
    add_extra(object, flow.extra,
              {{"is_cron_scheduled", false},
               {"cron_details", nullptr},
               {"marketplace_id", nullptr},
               {"anomaly_detection", json::object{{"is_enabled", false}, {"instructions", ""}}}});
    return object;
}

} // namespace weft
