#pragma once

#include "domain/approval.h"
#include "domain/field.h"
#include "domain/ids.h"
#include "domain/policy.h"

#include <functional>
#include <string>
#include <vector>

namespace weft {

/// How an action's effect on the outside may be repeated after a crash (design.md, Engine).
enum class EffectClass { pure, keyed, checkable, once, awaited };
std::string_view to_text(EffectClass effect);

/// One callable operation of a connector: `/{category}/{sort}`.
struct Action {
    std::string id; ///< 24 hex digits
    std::string name;
    std::string category;
    std::string sort;
    Fields input;
    Fields output;
    EffectClass effect = EffectClass::once;
    /// Inputs fixed by the package or the person who made the skill; an agent neither sees nor sets
    /// them.
    json::object preset;
    CallRules rules = {};

    std::string endpoint() const { return "/" + category + "/" + sort; }
};

/// One connector's capability as an agent sees it.
struct Skill {
    SkillId id;
    std::string name;
    std::string description;
    std::string logo;
    ConnectorId connector;
    std::string connector_name;
    std::vector<Action> actions;
    bool is_deleted = false;
    std::string user_id = {}; ///< whose it is, as the client named them; empty = everybody's
};

struct Llm {
    std::string model = "weft/rehearsal"; ///< provider/name
    double temperature = 0;
    std::int64_t max_tokens = 4096;
    /// Asked in this order when the model is busy or does not answer; "provider/name" each.
    std::vector<std::string> fallbacks = {};
};

/// One branch of a decision agent. `condition` written wholly as {{ … }} is an expression, else a
/// sentence.
struct Branch {
    std::string
        decision; ///< an agent's `_id`, or "end"; titles are resolved when the flow is saved
    std::string condition;
};

struct Prompt {
    std::string template_text;
    std::vector<std::string> variables;
    std::string display_template; ///< rich text as a JSON string; kept, never read
};

enum class AgentType { skilled, decision };

struct Agent {
    AgentId id;
    std::string title;
    std::string role;
    std::string role_description;
    Llm llm;
    std::vector<AgentId> context; ///< earlier agents whose outputs it reads
    bool has_knowledge_base = false;
    Prompt prompt;
    bool is_preview_mode_enabled = false;
    ApprovalRules approval = {};            ///< of what it asks in preview mode
    std::string memory_type = "short_term"; ///< "lt" | "short_term"
    AgentType type = AgentType::skilled;
    bool is_user_specific_task = false;
    std::vector<Branch> conditions;
    AgentId next; ///< none = the flow ends here
    std::vector<SkillId> skill_ids;
    /// The skills as they stood when the version was saved; empty in a flow that is only being
    /// edited.
    std::vector<Skill> skills;
    int turns_max = 16;
    CallRules rules = {};                          ///< of each call of its model and its tools
    std::optional<milliseconds> step_timeout = {}; ///< of one visit, waits between attempts too
    json::object extra; ///< contract fields that are stored and shown but that nothing reads yet
                        ///< (triggers, …)
};

struct Agentflow {
    AgentflowId id;
    std::string name;
    std::string description;
    std::string role;
    std::string image;
    std::string agentflow_type = "master";
    AgentflowId parent;
    std::string default_goal;
    /// What to achieve when `parent` has failed: with a parent that makes this its failover flow.
    std::string failover_goal;
    std::optional<milliseconds> execution_timeout = {};
    bool is_active = true;
    bool is_deleted = false;
    AgentId initial_agent;
    std::vector<Agent> agents;
    Instant created_at;
    Instant updated_at;
    Instant last_used;
    VersionId version; ///< the immutable version that this state was saved as
    std::int64_t version_number = 0;
    std::optional<std::int64_t> published_number = {}; ///< which version runs; none: the newest
    json::object
        extra; ///< anomaly_detection, cron_details and other documented keys, kept as given

    bool is_failover() const { return parent && !failover_goal.empty(); }
    const Agent* find(const AgentId& agent) const {
        for (const Agent& each : agents)
            if (each.id == agent) return &each;
        return nullptr;
    }
};

/// The JSON in which versions are stored and packages are written: the API's names, skills
/// expanded. `agentflow_from_json` accepts what a client may send too: titles in `decision`, skills
/// as ids or objects.
json::object to_json(const Agentflow& flow);
json::object to_json(const Agent& agent);
json::object to_json(const Skill& skill);
json::object to_json(const Llm& llm, const json::storage_ptr& in = {});
/// Members that belong to the server (`_id` of the flow, times, is_deleted, version) are not read.
/// With `mint`, agents without `_id` get one; then titles may stand in next_agent, context and
/// initialAgent too.
Result<Agentflow> agentflow_from_json(const json::value& value,
                                      const std::function<AgentId()>& mint = {});
/// Changes just the members that `patch` names; `agents` replaces the whole list.
Result<> patch_agentflow(Agentflow& flow, const json::value& patch,
                         const std::function<AgentId()>& mint = {});
Result<Agent> agent_from_json(const json::value& value, const std::string& at);
/// Changes just the members that `patch` names. invalid: names the field.
Result<> patch_agent(Agent& agent, const json::value& patch, const std::string& at);
Result<Skill> skill_from_json(const json::value& value, const std::string& at);

/// Resolves titles to ids, checks that next_agent, context, initialAgent and decisions name agents
/// of this flow, that ids are unique, that a decision agent has conditions, that titles meant by a
/// decision are not ambiguous, that agents do not lead in a circle without a decision agent in it,
/// that forms (form.h) and anomaly_detection (anomaly.h) can be read. invalid: one FieldError per
/// fault. A flow with agents but without initialAgent begins with its first.
Result<> resolve(Agentflow& flow);

/// Adds an agent (which has its id) to the end of the chain: the last one's empty next_agent
/// becomes it; the first agent of a flow becomes initialAgent.
void append(Agentflow& flow, Agent agent);

} // namespace weft
