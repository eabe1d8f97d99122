#include "server/project_models.h"

#include "store/project_settings.h"
#include "store/vault.h"

namespace weft::server {

namespace {

using Accesses = std::map<std::string, models::Access>;

Result<Accesses> accesses_of(store::Rx& rx, const store::Vault& vault, const Scope& scope,
                             const json::value& section) {
    Accesses all;
    for (const auto& [provider, set] : models_from_json(section)) {
        models::Access access{"", set.base_url, set.api_version};
        if (set.has_key)
            access.api_key = TRY(store::secrets::get(rx, vault, scope, model_key_name(provider)))
        .value_or("");
        all.emplace(provider, std::move(access));
    }
    return all;
}

} // namespace

ProjectModels::ProjectModels(store::Store& store, models::RegistrySettings settings,
                             const models::Registry& server, http::Client& client, Clock& clock)
    : store_(store), settings_(std::move(settings)), server_(server), client_(client),
      clock_(clock) {}

Task<Result<std::shared_ptr<const models::Registry>>> ProjectModels::of(Scope scope) {
    struct Found {
        Own models;         ///< as it was made before, or …
        Accesses accesses;  ///< … what to make it of
        Instant updated_at; ///< 0: nothing is set
    };
    auto found = CO_TRY(store_.read_point([&](store::Rx& rx) -> Result<Found> {
        const auto section =
            TRY(store::project_settings::section(rx, scope.project, setting::models));
        if (!section) return Found{};
        Found now{kept(scope.project, section->updated_at), {}, section->updated_at};
        if (!now.models) now.accesses = TRY(accesses_of(rx, store_.vault(), scope, section->body));
        return now;
    }));
    if (found.models || found.accesses.empty()) co_return found.models;
    co_return keep(scope.project, found.updated_at,
                   models::make_own_registry(found.accesses, settings_, server_, client_, clock_));
}

ProjectModels::Own ProjectModels::kept(const ProjectId& project, Instant updated_at) {
    const Lock lock(mutex_);
    const auto found = kept_.find(project);
    return found != kept_.end() && found->second.updated_at == updated_at ? found->second.models
                                                                          : nullptr;
}

ProjectModels::Own ProjectModels::keep(const ProjectId& project, Instant updated_at, Own made) {
    const Lock lock(mutex_);
    if (kept_.size() >= projects_max && !kept_.contains(project)) kept_.erase(kept_.begin());
    Kept& kept = kept_[project];
    if (kept.models && kept.updated_at >= updated_at) return kept.models;
    kept = {updated_at, std::move(made)};
    return kept.models;
}

} // namespace weft::server
