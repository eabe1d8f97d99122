#include "server/project_gates.h"

#include "store/project_settings.h"

namespace weft::server {

namespace {

constexpr std::int64_t look_us = 1'000'000;

} // namespace

Task<Result<models::Gates>> ProjectGates::models(Scope scope, std::vector<std::string> names) {
    return find(std::move(scope), std::move(names), &Kept::models);
}

Task<Result<models::Gates>> ProjectGates::connectors(Scope scope, std::vector<std::string> names) {
    return find(std::move(scope), std::move(names), &Kept::connectors);
}

Task<Result<models::Gates>> ProjectGates::find(Scope scope, std::vector<std::string> names,
                                               Named Kept::* which) {
    if (auto gates = kept(scope.project, names, which)) co_return *std::move(gates);
    const auto section = CO_TRY(store_.read_point([&](store::Rx& rx) {
        return store::project_settings::section(rx, scope.project, setting::limits);
    }));
    keep(scope.project, section ? std::optional(section->updated_at) : std::nullopt,
         section ? project_limits_from_json(section->body) : ProjectLimits{});
    co_return kept(scope.project, names, which).value_or(models::Gates{});
}

std::optional<models::Gates> ProjectGates::kept(const ProjectId& project,
                                                const std::vector<std::string>& names,
                                                Named Kept::* which) {
    const Lock lock(mutex_);
    const auto found = kept_.find(project);
    if (found == kept_.end() || monotonic_us() - found->second.looked_us > look_us)
        return std::nullopt;
    models::Gates gates;
    const Named& named = found->second.*which;
    for (const std::string& name : names)
        if (const auto gate = named.find(name); gate != named.end()) gates.push_back(gate->second);
    return gates;
}

void ProjectGates::keep(const ProjectId& project, std::optional<Instant> updated_at,
                        const ProjectLimits& limits) {
    const Lock lock(mutex_);
    if (kept_.size() >= projects_max && !kept_.contains(project)) kept_.erase(kept_.begin());
    Kept& kept = kept_[project];
    kept.looked_us = monotonic_us();
    if (kept.updated_at == updated_at) return;
    kept.updated_at = updated_at;
    renew(kept.models, limits.models);
    renew(kept.connectors, limits.connectors);
}

/// Gates that stay keep who is inside; who waits at one that goes is let in.
void ProjectGates::renew(Named& gates, const CallLimits& limits) {
    for (const auto& [name, gate] : gates)
        if (!limits.contains(name)) gate->set({});
    std::erase_if(gates, [&limits](const auto& each) { return !limits.contains(each.first); });
    for (const auto& [name, limit] : limits) {
        auto& gate = gates[name];
        if (!gate) gate = std::make_shared<models::CallGate>(clock_);
        gate->set(limit);
    }
}

} // namespace weft::server
