// What clients and packages send, and what versions are stored as: JSON into agents and flows.
#include "domain/agentflow.h"

#include "domain/members.h"

namespace weft {

namespace {

using Kept = Members::Kept;
struct KeptKey {
    std::string_view name;
    Kept kind;
};
constexpr KeptKey agent_keys_kept[] = {
    {"triggers", Kept::objects},
    {"pre_and_post_execution_input", Kept::anything},
};
constexpr KeptKey flow_keys_kept[] = {
    {"is_cron_scheduled", Kept::flag},
    {"cron_details", Kept::object},
    {"marketplace_id", Kept::text},
    {"anomaly_detection", Kept::object},
};

void read_llm(Members& agent, Llm& llm) {
    const json::value* value = agent.get("llm");
    if (!value || value->is_null()) return;
    Members members(*value, agent.path("llm"), agent.faults());
    std::string model = llm.model;
    members.text("model", model, limits::name_bytes_max);
    if (!model.empty()) llm.model = model;
    members.number("temperature", llm.temperature, 0, limits::temperature_max);
    members.integer("max_tokens", llm.max_tokens, 1, limits::max_tokens_max);
    members.texts("fallbacks", llm.fallbacks, limits::fallbacks_per_agent_max,
                  limits::name_bytes_max);
    for (std::size_t i = 0; i < llm.fallbacks.size(); ++i)
        if (!llm.fallbacks[i].contains('/'))
            agent.faults().add(join_path(members.path("fallbacks"), i),
                               "must be provider/name, such as openai/gpt-4o-mini");
}

void read_prompt(Members& agent, Prompt& prompt) {
    const json::value* value = agent.get("prompt");
    if (!value || value->is_null()) return;
    if (value->is_string())
        return agent.text("prompt", prompt.template_text, limits::template_bytes_max);
    Members members(*value, agent.path("prompt"), agent.faults());
    members.text("template", prompt.template_text, limits::template_bytes_max);
    members.texts("variables", prompt.variables, limits::variables_per_prompt_max,
                  limits::name_bytes_max);
    members.text("display_template", prompt.display_template, limits::display_template_bytes_max);
}

void read_memory(Members& agent, std::string& type) {
    const json::value* value = agent.get("memory");
    if (!value || value->is_null()) return;
    Members members(*value, agent.path("memory"), agent.faults());
    std::string given = type;
    members.text("memory_type", given, limits::name_bytes_max);
    if (given.empty() || given == "short_term" || given == "lt")
        type = given.empty() ? "short_term" : given;
    else
        agent.faults().add(members.path("memory_type"), "must be \"lt\" or \"short_term\"");
}

void read_type(Members& agent, AgentType& type) {
    std::string given;
    agent.text("agent_type", given, limits::name_bytes_max);
    if (given == "decision_agent" || given == "decision")
        type = AgentType::decision;
    else if (given == "skilled_agent" || given == "skilled")
        type = AgentType::skilled;
    else if (!given.empty())
        agent.faults().add(agent.path("agent_type"),
                           "must be \"skilled_agent\" or \"decision_agent\"");
}

void read_conditions(Members& agent, std::vector<Branch>& conditions) {
    if (!agent.has("conditions")) return;
    conditions.clear();
    agent.each("conditions", limits::conditions_per_agent_max,
               [&](const json::value& item, const std::string& at) {
                   Branch branch;
                   Members members(item, at, agent.faults());
                   members.text("decision", branch.decision, limits::name_bytes_max);
                   members.text("condition", branch.condition, limits::condition_bytes_max);
                   conditions.push_back(std::move(branch));
               });
}

SkillId skill_id_of(const json::value& item) {
    const std::string_view text =
        item.is_string() ? std::string_view(item.get_string()) : text_or(item, "_id");
    return SkillId::parse(text).value_or(SkillId{});
}

/// Ids, or objects as GET shows them; an object is kept as it was, and saving a flow reads the
/// skill anew by its id.
void read_skills(Members& members, Agent& agent) {
    if (!members.has("skills")) return;
    agent.skill_ids.clear();
    agent.skills.clear();
    members.each("skills", limits::skills_per_agent_max,
                 [&](const json::value& item, const std::string& at) {
                     const SkillId id = skill_id_of(item);
                     if (!id)
                         return members.faults().add(
                             at, "must be a skill's id of 24 hexadecimal digits");
                     agent.skill_ids.push_back(id);
                     if (!item.is_object()) return;
                     if (auto skill = skill_from_json(item, at))
                         agent.skills.push_back(*std::move(skill));
                     else
                         members.faults().add(skill.error());
                 });
    if (agent.skills.size() != agent.skill_ids.size()) agent.skills.clear();
}

/// All members but `_id`.
void read_members(Members& members, Agent& agent) {
    members.text("title", agent.title, limits::name_bytes_max);
    members.text("role", agent.role, limits::text_bytes_max);
    members.text("role_description", agent.role_description, limits::text_bytes_max);
    read_llm(members, agent.llm);
    members.ids("context", agent.context, limits::context_per_agent_max);
    members.flag("has_knowledge_base", agent.has_knowledge_base);
    read_prompt(members, agent.prompt);
    members.flag("is_preview_mode_enabled", agent.is_preview_mode_enabled);
    read_approval(members, agent.approval);
    read_memory(members, agent.memory_type);
    read_type(members, agent.type);
    members.flag("is_user_specific_task", agent.is_user_specific_task);
    read_conditions(members, agent.conditions);
    members.id("next_agent", agent.next);
    read_skills(members, agent);
    std::int64_t turns = agent.turns_max;
    members.integer("turns_max", turns, 1, limits::turns_max_max);
    agent.turns_max = static_cast<int>(turns);
    read_call_rules(members, agent.rules);
    read_timeout(members, "step_timeout_s", agent.step_timeout);
    for (const auto& [name, kind] : agent_keys_kept) members.keep(name, kind, agent.extra);
}

/// Replaces an agent's title by its id where an id is expected and the text is none ("end" is
/// nobody).
class Titles {
public:
    explicit Titles(const json::array& agents) {
        for (const json::value& agent : agents) {
            const std::string title(text_or(agent, "title"));
            const auto [at, fresh] = ids_.try_emplace(title, std::string(text_or(agent, "_id")));
            if (!fresh) at->second.clear(); // ambiguous: stays a title, and is refused as no id
        }
    }
    void replace(json::value& value) const {
        const json::string* text = value.if_string();
        if (!text || AgentId::parse(*text)) return;
        if (*text == "end") {
            value = nullptr;
            return;
        }
        const auto found = ids_.find(std::string(*text));
        if (found != ids_.end() && !found->second.empty()) value = json::string(found->second);
    }
    void replace_member(json::object& object, std::string_view name) const {
        json::value* member = object.if_contains(name);
        if (!member) return;
        if (json::array* items = member->if_array())
            for (json::value& item : *items) replace(item);
        else
            replace(*member);
    }

private:
    std::map<std::string, std::string> ids_;
};

/// Gives ids to agents that have none and turns titles into ids.
json::value with_ids(const json::value& value, const std::function<AgentId()>& mint) {
    json::value copy = value;
    json::object* flow = copy.if_object();
    json::value* member = flow ? flow->if_contains("agents") : nullptr;
    json::array* agents = member ? member->if_array() : nullptr;
    if (!agents || agents->size() > limits::agents_per_flow_max) return copy;
    for (json::value& agent : *agents)
        if (agent.is_object() && text_or(agent, "_id").empty()) {
            const json::value* given = find(agent, "_id");
            if (mint && (!given || given->is_null() || given->is_string()))
                agent.get_object()["_id"] = mint().hex();
        }
    const Titles titles(*agents);
    titles.replace_member(*flow, "initialAgent");
    for (json::value& agent : *agents)
        if (json::object* object = agent.if_object()) {
            titles.replace_member(*object, "next_agent");
            titles.replace_member(*object, "context");
        }
    return copy;
}

Agent read_agent(const json::value& value, const std::string& at, Faults& faults) {
    Agent agent;
    Members members(value, at, faults);
    members.id("_id", agent.id);
    read_members(members, agent);
    return agent;
}

} // namespace

Result<Agent> agent_from_json(const json::value& value, const std::string& at) {
    Faults faults;
    Agent agent = read_agent(value, at, faults);
    TRY(faults.result());
    return agent;
}

Result<> patch_agent(Agent& agent, const json::value& patch, const std::string& at) {
    Faults faults;
    Agent changed = agent;
    Members members(patch, at, faults);
    AgentId ignored;
    members.id("_id", ignored); // clients send it along
    read_members(members, changed);
    TRY(faults.result());
    agent = std::move(changed);
    return {};
}

Result<> patch_agentflow(Agentflow& flow, const json::value& patch,
                         const std::function<AgentId()>& mint) {
    Faults faults;
    Agentflow changed = flow;
    const json::value value = with_ids(patch, mint);
    Members members(value, "", faults);
    members.name("name", changed.name);
    members.text("description", changed.description, limits::text_bytes_max);
    members.text("role", changed.role, limits::text_bytes_max);
    members.text("image", changed.image, limits::url_bytes_max);
    members.text("agentflow_type", changed.agentflow_type, limits::name_bytes_max);
    members.id("parent_agentflow_id", changed.parent);
    members.text("default_goal", changed.default_goal, limits::text_bytes_max);
    members.text("failover_goal", changed.failover_goal, limits::text_bytes_max);
    read_timeout(members, "execution_timeout_s", changed.execution_timeout);
    members.flag("isActive", changed.is_active);
    members.id("initialAgent", changed.initial_agent);
    if (members.has("agents")) changed.agents.clear();
    members.each("agents", limits::agents_per_flow_max,
                 [&](const json::value& item, const std::string& at) {
                     changed.agents.push_back(read_agent(item, at, faults));
                 });
    // Where all agents are replaced and nobody says which is first, the first one is.
    if (members.has("agents") && !members.has("initialAgent") &&
        !changed.find(changed.initial_agent))
        changed.initial_agent = {};
    for (const auto& [name, kind] : flow_keys_kept) members.keep(name, kind, changed.extra);
    TRY(faults.result());
    flow = std::move(changed);
    return {};
}

Result<Agentflow> agentflow_from_json(const json::value& value,
                                      const std::function<AgentId()>& mint) {
    Agentflow flow;
    TRY(patch_agentflow(flow, value, mint));
    if (!find(value, "name")) return fail_field("name", "is missing");
    return flow;
}

} // namespace weft
