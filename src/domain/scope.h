#pragma once

#include "domain/ids.h"

#include <optional>
#include <string>
#include <string_view>

namespace weft {

/// What a person or key may do in a project. Each role may do all that those before it may.
enum class Role { viewer, operator_, editor, owner };
std::string_view to_text(Role role); ///< "operator"
std::optional<Role> role_from(std::string_view word);

/// Who is asking: a key, a person's session, or the engine acting for an execution.
struct Principal {
    enum class Kind { api_key, system, user };
    Kind kind = Kind::system;
    std::string id;   ///< hex of the key's or the user's id; empty for the system
    std::string name; ///< shown as `executed_by.name`
    Role role = Role::viewer;
};

std::string_view to_text(Principal::Kind kind); ///< "api_key", "system" or "user"

/// On whose behalf a store call runs. Every query takes one; whatever lies outside it is not found.
struct Scope {
    OrganizationId organization;
    ProjectId project;
    Principal principal;
};

} // namespace weft
