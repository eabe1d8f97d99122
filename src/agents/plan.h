#pragma once

#include "base/mutex.h"
#include "connectors/connector.h"
#include "domain/agentflow.h"
#include "domain/anomaly.h"
#include "domain/form.h"
#include "expr/expr.h"
#include "models/model.h"

#include <deque>
#include <memory>
#include <optional>
#include <unordered_map>

namespace weft::agents {

inline constexpr std::size_t tool_name_bytes_max = 64;

/// One tool as an agent's model sees it, and the action behind it.
struct ToolPlan {
    models::Tool shown;                         ///< without the preset inputs
    const Skill* skill = nullptr;               ///< whose action it is
    const Action* action = nullptr;             ///< as the version pinned it
    connectors::Connector* connector = nullptr; ///< nullptr: this program has none of that category
    const Action* own = nullptr; ///< the connector's own description of it; of an action that a
                                 ///< person made, the pinned one
    ConnectorId account;         ///< none: the project's first of the category
    EffectClass effect =
        EffectClass::once; ///< the connector's word; the version's where it has none
};

struct BranchPlan {
    std::string condition;
    std::string decision; ///< the title of the agent it leads to, or "end"
    AgentId next;         ///< none = the run ends
    std::optional<Result<expr::Expression>> expression; ///< none: a sentence
    bool reads_files = false;
};

/// When a form is shown: before the agent's first call of a model, or after its output.
enum class FormTime { pre, post };
std::string_view name_of(FormTime when);

/// What of an agent needs computing only once.
struct AgentPlan {
    const Agent* agent = nullptr;
    std::string id_hex;
    Result<expr::Template> prompt;
    std::vector<ToolPlan> tools;
    std::vector<BranchPlan> branches;
    AgentForms forms;
    std::string system_text;
    bool wants_documents = false; ///< see conversation.h
    bool reads_pages = false;     ///< has a tool that reads files in pages
    std::string model_name;       ///< without the provider
    models::ModelLimits limits;
    /// The other models that may answer for it, whose providers there are, with their limits.
    std::vector<std::pair<std::string, models::ModelLimits>> fallbacks;
    /// Those of its models that can judge sentences; empty: its own cannot.
    std::vector<std::string> judges;

    const ToolPlan* find_tool(std::string_view name) const;
    const Form& form(FormTime at) const { return at == FormTime::pre ? forms.pre : forms.post; }
    /// Of a model that may have answered, by its whole name; else those of the agent's own.
    const models::ModelLimits& limits_of(std::string_view model) const;
};

struct RulePlan {
    Result<expr::Expression> condition;
    std::string text;    ///< the condition as it is written
    std::string finding; ///< what is said when it is true
    bool reads_files = false;
};
/// See anomaly.h.
struct AnomalyPlan {
    bool is_enabled = false;
    std::string instructions;
    std::vector<RulePlan> rules;
};

/// A flow's version, compiled: templates, conditions, tool lists. Immutable; keeps the version
/// alive that it points into.
struct FlowPlan {
    std::shared_ptr<const Agentflow> flow;
    std::vector<AgentPlan> agents;                  ///< in the flow's order
    std::unordered_map<AgentId, std::size_t> by_id; ///< places in `agents`
    AnomalyPlan anomaly;

    const AgentPlan* find(const AgentId& agent) const;
};

std::shared_ptr<const FlowPlan> compile(std::shared_ptr<const Agentflow> flow,
                                        const models::Registry& registry,
                                        const connectors::Catalogue& catalogue);

/// Plans by version, the oldest dropped beyond `plans_max`. Used from all io threads; a plan in use
/// outlives its place here. A flow without a version (one that was never saved) is compiled each
/// time.
class PlanCache {
public:
    PlanCache(const models::Registry& registry, const connectors::Catalogue& catalogue)
        : registry_(registry), catalogue_(catalogue) {}

    std::shared_ptr<const FlowPlan> get(const std::shared_ptr<const Agentflow>& flow);

    static constexpr std::size_t plans_max = 256;

private:
    const models::Registry& registry_;
    const connectors::Catalogue& catalogue_;
    Mutex mutex_;
    std::unordered_map<VersionId, std::shared_ptr<const FlowPlan>> plans_ GUARDED_BY(mutex_);
    std::deque<VersionId> order_ GUARDED_BY(mutex_);
};

} // namespace weft::agents
