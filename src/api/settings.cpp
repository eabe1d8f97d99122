#include "store/budgets.h"
#include "store/project_settings.h"

#include "api/routes.h"
#include "connectors/accounts.h"
#include "http/url.h"
#include "models/registry.h"

namespace weft::api {

namespace {

static_assert(hidden_secret == connectors::secret_mask, "secrets are shown the same everywhere");

struct GetSettings {
    ProjectId project;
    static constexpr auto params() {
        return std::tuple{path("P", &GetSettings::project, "The project")};
    }
};

struct ChangeSettings {
    ProjectId project;
    json::object changes;
    static constexpr auto params() {
        using In = ChangeSettings;
        return std::tuple{
            path("P", &In::project, "The project"),
            whole_body(&In::changes, "The sections to change; the others stay")
                .required()
                .shaped(R"({"$ref":"#/components/schemas/ProjectSettingsPatch"})"),
        };
    }
};

using SettingsAnswer = Answer<"ProjectSettings">;

/// All sections; those that nobody has set as they work then.
json::object view_of(const ProjectSettings& settings, std::optional<Instant> changed_at,
                     const ProjectId& project) {
    json::object view = to_json(settings);
    for (auto& [provider, access] : view[setting::models].as_object())
        if (bool_or(access, "has_key")) access.as_object()["api_key"] = hidden_secret;
    json::value& webhook = view[setting::notifications].as_object()["webhook"];
    if (bool_or(webhook, "has_secret")) webhook.as_object()["secret"] = hidden_secret;
    view["projectID"] = project.hex();
    view["updated_at"] = nullptr;
    if (changed_at) view["updated_at"] = changed_at->epoch_seconds();
    return view;
}

Result<SettingsAnswer> answer_of(store::Rx& rx, const ProjectId& project) {
    return SettingsAnswer {
        view_of(TRY(store::project_settings::all(rx, project)),
                TRY(store::project_settings::changed_at(rx, project)), project)
    };
}

/// Addresses that are called: as the HTTP client reads them.
Result<> check_urls(const SettingsPatch& patch) {
    Faults faults;
    const auto check = [&faults](const std::string& at, const std::string& url) {
        const auto parsed = http::Url::parse(url);
        if (!url.empty() && (!parsed || url.contains('#') || parsed->has_user_or_password()))
            faults.add(at, "must be a URL with a host, and without user, password and #");
    };
    for (const auto& [provider, access] : patch.settings.models)
        check(fmt::format("models.{}.base_url", provider), access.base_url);
    check("notifications.webhook.url", patch.settings.notifications.webhook_url);
    return faults.result();
}

Task<Result<SettingsAnswer>> get(Request& rq, GetSettings in) {
    return rq.store.read([project = in.project](store::Rx& rx) { return answer_of(rx, project); });
}

/// What was spent on what will be limited: sums that the writer has no time for.
Result<std::vector<store::budgets::Wanted>>
look_at_budgets(store::Rx& rx, const Scope& scope, const json::object& changes,
                std::span<const std::string_view> providers, Instant now) {
    if (!changes.contains(setting::budgets)) return {};
    const auto patch =
        patch_settings(TRY(store::project_settings::all(rx, scope.project)), changes, providers);
    if (!patch) return {}; // which the writer says
    return store::budgets::look_ahead(rx, scope.organization, scope.project,
                                      budgets_of(patch->settings.budgets, scope.project), now);
}

/// All of it is checked in the writer, so that what it is checked against cannot change meanwhile.
Task<Result<SettingsAnswer>> change(Request& rq, ChangeSettings in) {
    const auto providers = models::limited_providers();
    const OrganizationId organization = rq.scope.organization;
    const auto looked_at = CO_TRY(rq.store.read([&](store::Rx& rx) {
        return look_at_budgets(rx, rq.scope, in.changes, providers, rq.services.clock.now());
    }));
    auto answer = CO_TRY(rq.commit([&](store::Tx& tx) -> Result<SettingsAnswer> {
        const auto before = TRY(store::project_settings::all(tx, rq.scope.project));
        const SettingsPatch patch = TRY(patch_settings(before, in.changes, providers));
        TRY(check_urls(patch));
        TRY(store::project_settings::put(tx, rq.store.vault(), rq.scope, patch));
        if (patch.sections.contains(std::string(setting::budgets)))
            TRY(store::budgets::replace(tx, organization, rq.scope.project,
                                        budgets_of(patch.settings.budgets, rq.scope.project),
                                        looked_at));
        return answer_of(tx, rq.scope.project);
    }));
    rq.engine.limit(organization);
    co_return answer;
}

constexpr Route routes[] = {
    {http::Method::get, "/settings/{P}", "settings.get", needs(Role::viewer),
     "What is set for the project: models, budgets, forms, …; keys are never shown", handler<&get>},
    {http::Method::patch, "/settings/{P}", "settings.change", needs(Role::editor),
     "Change sections of the settings; checked as a whole: one fault, and nothing changes",
     handler<&change>, Audit::change},
};
static_assert(consistent(routes));

} // namespace

std::span<const Route> settings_routes() { return routes; }

} // namespace weft::api
