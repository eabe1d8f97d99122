#pragma once

#include "domain/budget.h"
#include "domain/input_form.h"
#include "domain/project_limits.h"

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace weft {

namespace limits {
inline constexpr std::size_t budgets_per_project_max = 100;
inline constexpr std::size_t addresses_told_max = 20;
inline constexpr std::int64_t retention_days_max = 36'500;
} // namespace limits

/// How a project reaches one provider of models with an account of its own.
struct ModelAccess {
    bool has_key = false;
    std::string base_url = {};    ///< empty: as the server's settings say, else the provider's own
    std::string api_version = {}; ///< of Azure

    bool operator==(const ModelAccess&) const = default;
};
using ModelAccesses = std::map<std::string, ModelAccess, std::less<>>; ///< by provider

/// A ceiling as a person sets it: of credits, of money, or of both.
struct BudgetSetting {
    BudgetLevel level = BudgetLevel::project;
    AgentflowId agentflow = {}; ///< of level agentflow: which; of level execution: none = all
    BudgetWindow window = BudgetWindow::month;
    std::optional<std::int64_t> credits_micro = {};
    std::optional<std::int64_t> cost_micro_usd = {}; ///< of the two at least one
    BudgetPolicy policy = BudgetPolicy::refuse;

    bool operator==(const BudgetSetting&) const = default;
};
/// As they are counted. `owner`: the project or the organization whose settings they are.
template <class Owner>
std::vector<Budget> budgets_of(const std::vector<BudgetSetting>& settings, const Id<Owner>& owner) {
    std::vector<Budget> all;
    for (const BudgetSetting& each : settings) {
        const BudgetSubjectId subject =
            each.agentflow ? subject_of(each.agentflow) : subject_of(owner);
        const Budget budget{each.level, subject, each.window, {}, 0, each.policy};
        const auto add = [&](BudgetUnit unit, const std::optional<std::int64_t>& ceiling) {
            if (!ceiling) return;
            all.push_back(budget);
            all.back().unit = unit;
            all.back().ceiling = *ceiling;
        };
        add(BudgetUnit::credits, each.credits_micro);
        add(BudgetUnit::money, each.cost_micro_usd);
    }
    return all;
}
/// Those of an organization. null: none. invalid: one FieldError for each fault.
Result<std::vector<BudgetSetting>> organization_budgets_from_json(const json::value& section);
json::value to_json(const std::vector<BudgetSetting>& budgets);

/// How long what has ended is kept.
struct Retention {
    std::optional<std::int64_t> runs_days = {}; ///< none: for ever

    bool operator==(const Retention&) const = default;
};

/// Who is told of what waits for a person.
struct Notifications {
    std::vector<std::string> mail = {}; ///< addresses
    std::string webhook_url = {};       ///< empty: none is called
    bool has_secret = false;            ///< what signs the calls
    std::vector<std::string> on = {};   ///< "inbox"
};

/// What a person sets for a project as a whole. Secrets are kept apart, under the names below.
struct ProjectSettings {
    ModelAccesses models = {};
    std::string default_model =
        {}; ///< provider/name of agents that name none; empty: weft/rehearsal
    std::vector<BudgetSetting> budgets = {};
    Retention retention = {};
    std::vector<InputForm> input_forms = {};
    Notifications notifications = {};
    ProjectLimits limits = {};
};

/// Names of sections, which are also those of rows of project_setting.
namespace setting {
inline constexpr std::string_view models = "models";
inline constexpr std::string_view default_model = "default_model";
inline constexpr std::string_view budgets = "budgets";
inline constexpr std::string_view retention = "retention";
inline constexpr std::string_view input_forms = "input_forms";
inline constexpr std::string_view notifications = "notifications";
inline constexpr std::string_view limits = "limits";
} // namespace setting

/// Where secrets of settings are kept (store/vault.h).
inline constexpr std::string_view settings_secrets_prefix = "settings.";
std::string model_key_name(std::string_view provider);
inline constexpr std::string_view webhook_secret_name = "settings.notifications.webhook";

/// What is shown instead of a secret; sent back it leaves the secret as it is.
inline constexpr std::string_view hidden_secret = "********";

/// The sections by name, as they are stored.
json::object to_json(const ProjectSettings& settings);
/// Reads what to_json wrote; sections that are absent are as nobody has set them.
Result<ProjectSettings> project_settings_from_json(const json::object& stored);
/// One stored section.
ModelAccesses models_from_json(const json::value& section);
Notifications notifications_from_json(const json::value& section);

/// What to change.
struct SettingsPatch {
    ProjectSettings settings;       ///< as they are afterwards
    std::set<std::string> sections; ///< that were given
    /// By name; none: it goes.
    std::map<std::string, std::optional<std::string>> secrets;
    std::set<AgentflowId> agentflows; ///< that were named
};
/// Applies the sections of `patch` to what is set. Of `models` those providers change that are
/// named (null takes one out); every other section is replaced as a whole, and null empties it.
/// Members that are no section are ignored. `providers`: those that there are, but weft.
/// invalid: one FieldError for each fault. Whether the flows exist is for the caller to check.
Result<SettingsPatch> patch_settings(const ProjectSettings& before, const json::object& patch,
                                     std::span<const std::string_view> providers);

} // namespace weft
