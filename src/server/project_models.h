#pragma once

#include "base/mutex.h"
#include "domain/scope.h"
#include "models/registry.h"
#include "store/store.h"

#include <unordered_map>

namespace weft::server {

/// The models of projects that have keys of their own (settings, section `models`). What is set
/// holds from the next call on, at every node: each call looks whether it has changed, one read by
/// primary key. Owned by the Program, used from all io threads.
class ProjectModels {
public:
    /// All outlive it.
    ProjectModels(store::Store& store, models::RegistrySettings settings,
                  const models::Registry& server, http::Client& client, Clock& clock);

    /// nullptr: the project has none of its own. internal: a key does not open.
    Task<Result<std::shared_ptr<const models::Registry>>> of(Scope scope);

    static constexpr std::size_t projects_max = 1'000; ///< kept in memory

private:
    using Own = std::shared_ptr<const models::Registry>;
    struct Kept {
        Instant updated_at;
        Own models;
    };
    Own kept(const ProjectId& project, Instant updated_at);
    Own keep(const ProjectId& project, Instant updated_at, Own made);

    store::Store& store_;
    const models::RegistrySettings settings_;
    const models::Registry& server_;
    http::Client& client_;
    Clock& clock_;
    Mutex mutex_;
    std::unordered_map<ProjectId, Kept> kept_ GUARDED_BY(mutex_);
};

} // namespace weft::server
