#pragma once

#include "domain/scope.h"
#include "json/json.h"

#include <optional>
#include <string>

namespace weft {

struct Organization {
    OrganizationId id;
    std::string name;
    Instant created_at;
};

/// A workspace. `ordinal` is inside its id and every id of what it holds, which routes a look-up
/// by id alone to it.
struct Project {
    ProjectId id;
    OrganizationId organization;
    std::uint32_t ordinal = 0; ///< 24 bits; minted ones begin at 1
    std::string name;
    std::string description;
    std::string coworker_role;
    std::string status = "published";
    Instant created_at;
    Instant updated_at;
    std::optional<Instant> trashed_at = {}; ///< nothing runs in it until it is brought back
};

/// As the API shows it: times are ISO-8601 with microseconds.
json::object to_json(const Project& project);
/// Changes just the members that `patch` names: projectName, description, coworker_role, status.
/// invalid: names each that is not as it must be.
Result<> patch_project(Project& project, const json::value& patch);

/// The secret itself is shown once and stored nowhere.
struct ApiKey {
    ApiKeyId id;
    OrganizationId organization;
    ProjectId project; ///< none: all projects of the organization
    std::string name;
    Role role = Role::viewer;
    Instant created_at;
    std::optional<Instant> expires_at;
};

} // namespace weft
