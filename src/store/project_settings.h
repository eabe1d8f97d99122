#pragma once

#include "domain/project_settings.h"
#include "store/store.h"

/// What a person sets for a project as a whole: one row for each section that somebody has set.
/// Secrets of settings are kept with the project's others, sealed.
namespace weft::store {
class Vault;
}

namespace weft::store::project_settings {

/// One section as it is stored (domain/project_settings.h); none: nobody has set it. One look by
/// primary key.
struct Section {
    json::value body;
    Instant updated_at; ///< another one after each change
};
Result<std::optional<Section>> section(Rx& rx, const ProjectId& project, std::string_view name);

/// All that is set. internal: what is stored cannot be read.
Result<ProjectSettings> all(Rx& rx, const ProjectId& project);
/// When something was changed last; none: never.
Result<std::optional<Instant>> changed_at(Rx& rx, const ProjectId& project);

Result<Notifications> notifications(Rx& rx, const ProjectId& project);
/// What signs the calls of its webhook; none: nothing does.
Result<std::optional<std::string>> webhook_secret(Rx& rx, const Vault& vault, const Scope& scope);
/// "": agents that name no model use weft/rehearsal.
Result<std::string> default_model(Rx& rx, const ProjectId& project);
/// What is to be looked at when a run of the flow is started.
struct StartRules {
    std::optional<InputForm> form; ///< none: its runs take any inputs
    std::optional<ProjectLimits> limits;
};
Result<StartRules> start_rules(Rx& rx, const ProjectId& project, const AgentflowId& flow);

/// Stores the sections that the patch has, and their secrets. invalid: it names a flow that the
/// project does not have.
Result<> put(Tx& tx, const Vault& vault, const Scope& scope, const SettingsPatch& patch);

} // namespace weft::store::project_settings
