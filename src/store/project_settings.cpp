#include "store/project_settings.h"

#include "store/vault.h"

namespace weft::store::project_settings {

namespace {

struct Row {
    std::string body;
    Instant updated_at;
};
constexpr Query<Row, ProjectId, std::string> find_sql{"project_settings.find", R"sql(
    SELECT body, updated_at FROM project_setting WHERE project_id = $1 AND name = $2)sql"};

struct Named {
    std::string name;
    std::string body;
};
constexpr Query<Named, ProjectId> all_sql{"project_settings.all", R"sql(
    SELECT name, body FROM project_setting WHERE project_id = $1 ORDER BY name)sql"};

constexpr Query<Named, ProjectId> start_rules_sql{"project_settings.start_rules", R"sql(
    SELECT name, body FROM project_setting
     WHERE project_id = $1 AND name IN ('input_forms', 'limits'))sql"};

constexpr Query<std::optional<Instant>, ProjectId> changed_sql{"project_settings.changed", R"sql(
    SELECT max(updated_at) FROM project_setting WHERE project_id = $1)sql"};

constexpr Query<void, ProjectId, std::string, std::string, Instant> put_sql{"project_settings.put",
                                                                            R"sql(
    INSERT INTO project_setting (project_id, name, body, updated_at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (project_id, name) DO UPDATE SET body = excluded.body,
        updated_at = CASE WHEN excluded.updated_at > project_setting.updated_at
                          THEN excluded.updated_at ELSE project_setting.updated_at + 1 END)sql"};

// Also one that was deleted: its runs go on.
constexpr Query<AgentflowId, ProjectId, AgentflowId> flow_sql{"project_settings.flow", R"sql(
    SELECT id FROM agentflow WHERE project_id = $1 AND id = $2)sql"};

/// Which member of the patch names the flow.
void add_absent(const SettingsPatch& patch, const AgentflowId& flow, Faults& faults) {
    const auto look = [&](std::string_view section, const auto& items) {
        if (!patch.sections.contains(std::string(section))) return;
        for (std::size_t i = 0; i < items.size(); ++i)
            if (items[i].agentflow == flow)
                faults.add(join_path(join_path(std::string(section), i), "agentflow_id"),
                           "is no flow of this project");
    };
    look(setting::budgets, patch.settings.budgets);
    look(setting::input_forms, patch.settings.input_forms);
    if (patch.sections.contains(std::string(setting::limits)) && patch.settings.limits.of(flow))
        faults.add("limits.agentflows", flow.hex() + " is no flow of this project");
}

Result<> check_flows(Tx& tx, const ProjectId& project, const SettingsPatch& patch) {
    Faults faults;
    for (const AgentflowId& flow : patch.agentflows)
        if (!TRY(tx.maybe(flow_sql, project, flow))) add_absent(patch, flow, faults);
    return faults.result();
}

} // namespace

Result<std::optional<Section>> section(Rx& rx, const ProjectId& project, std::string_view name) {
    const auto row = TRY(rx.maybe(find_sql, project, std::string(name)));
    if (!row) return std::nullopt;
    return Section {
        TRY(parse_json(row->body))
        , row->updated_at
    };
}

Result<ProjectSettings> all(Rx& rx, const ProjectId& project) {
    json::object stored;
    for (const Named& row : TRY(rx.all(all_sql, project)))
        stored[row.name] = TRY(parse_json(row.body));
    auto settings = project_settings_from_json(stored);
    if (!settings)
        return fail(Code::internal, "The project's settings cannot be read.",
                    settings.error().message);
    return settings;
}

Result<std::optional<Instant>> changed_at(Rx& rx, const ProjectId& project) {
    return TRY(rx.maybe(changed_sql, project))
    .value_or(std::nullopt);
}

Result<Notifications> notifications(Rx& rx, const ProjectId& project) {
    const auto found = TRY(section(rx, project, setting::notifications));
    if (!found) return Notifications{};
    return notifications_from_json(found->body);
}

Result<std::optional<std::string>> webhook_secret(Rx& rx, const Vault& vault, const Scope& scope) {
    return secrets::get(rx, vault, scope, webhook_secret_name);
}

Result<std::string> default_model(Rx& rx, const ProjectId& project) {
    const auto found = TRY(section(rx, project, setting::default_model));
    const json::string* name = found ? found->body.if_string() : nullptr;
    return name ? std::string(*name) : std::string();
}

Result<StartRules> start_rules(Rx& rx, const ProjectId& project, const AgentflowId& flow) {
    StartRules rules;
    for (const Named& row : TRY(rx.all(start_rules_sql, project))) {
        const json::value body = TRY(parse_json(row.body));
        if (row.name == setting::limits) {
            rules.limits = project_limits_from_json(body);
            continue;
        }
        Faults ignored;
        for (InputForm& form : read_input_forms(body, row.name, ignored))
            if (form.agentflow == flow) rules.form = std::move(form);
    }
    return rules;
}

Result<> put(Tx& tx, const Vault& vault, const Scope& scope, const SettingsPatch& patch) {
    TRY(check_flows(tx, scope.project, patch));
    const json::object sections = to_json(patch.settings);
    for (const std::string& name : patch.sections)
        TRY(tx.run(put_sql, scope.project, name, to_text(sections.at(name)), tx.now()));
    for (const auto& [name, value] : patch.secrets)
        if (value)
            TRY(secrets::put(tx, vault, scope, name, *value));
        else
            TRY(secrets::remove(tx, scope, name));
    return {};
}

} // namespace weft::store::project_settings
