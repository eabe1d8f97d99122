#pragma once

#include "base/mutex.h"
#include "domain/scope.h"
#include "store/store.h"

#include <unordered_map>

namespace weft::auth {

/// Whose key it is.
struct KeyHolder {
    OrganizationId organization;
    Principal principal;
};

/// Where a project is.
struct ProjectPlace {
    ProjectId project;
    OrganizationId organization;
};

/// Knows keys and where projects are. Caches both (a secret only as its hash); thread-safe; owned by the wiring.
class Authenticator {
public:
    explicit Authenticator(store::Store& store) : store_(store) {}

    /// unauthenticated: no such key, or it was revoked or has expired.
    Result<KeyHolder> by_key(std::string_view secret);

    /// The project of this id, or of this ordinal, in `organization`. not_found: absent or another organization's.
    Result<ProjectPlace> project(const ProjectId& id, const OrganizationId& organization);
    Result<ProjectPlace> project_of(std::uint32_t ordinal, const OrganizationId& organization);

    void forget_keys(); ///< after a key was made or revoked

private:
    static constexpr std::size_t cached_max = 10'000;

    store::Store& store_;
    Mutex mutex_;
    std::unordered_map<std::string, KeyHolder> keys_ GUARDED_BY(mutex_); ///< by keyed hash
    std::unordered_map<std::uint32_t, ProjectPlace> places_ GUARDED_BY(mutex_);
};

} // namespace weft::auth
