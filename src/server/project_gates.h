#pragma once

#include "models/call_gate.h"
#include "store/store.h"

#include <unordered_map>

namespace weft::server {

/// The gates before models and connectors of projects that limit their calls (settings, section
/// limits). The settings are looked at anew after a second. Owned by the Program, used from all io
/// threads.
class ProjectGates {
public:
    /// Both outlive it.
    ProjectGates(store::Store& store, Clock& clock) : store_(store), clock_(clock) {}

    Task<Result<models::Gates>> models(Scope scope, std::vector<std::string> names);
    Task<Result<models::Gates>> connectors(Scope scope, std::vector<std::string> names);

    static constexpr std::size_t projects_max = 10'000; ///< kept in memory

private:
    using Named = std::map<std::string, std::shared_ptr<models::CallGate>, std::less<>>;
    struct Kept {
        std::int64_t looked_us = 0; ///< monotonic
        std::optional<Instant> updated_at;
        Named models;
        Named connectors;
    };
    Task<Result<models::Gates>> find(Scope scope, std::vector<std::string> names,
                                     Named Kept::* which);
    /// none: it must be looked at anew.
    std::optional<models::Gates> kept(const ProjectId& project,
                                      const std::vector<std::string>& names, Named Kept::* which);
    void keep(const ProjectId& project, std::optional<Instant> updated_at,
              const ProjectLimits& limits);
    void renew(Named& gates, const CallLimits& limits);

    store::Store& store_;
    Clock& clock_;
    Mutex mutex_;
    std::unordered_map<ProjectId, Kept> kept_ GUARDED_BY(mutex_);
};

} // namespace weft::server
