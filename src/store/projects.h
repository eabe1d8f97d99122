#pragma once

#include "domain/organization.h"
#include "store/store.h"

/// Projects are confined to the scope's organization; scope.project plays no part here.
namespace weft::store::projects {

inline constexpr std::uint32_t ordinal_max = (1U << 24) - 1;

struct Draft {
    std::string name;
    std::string description = {};
    std::string coworker_role = {};
    std::string status = "published";
    ProjectId id = {}; ///< none: minted, with a free ordinal in it
};

/// Its ordinal is always the one inside its id: ids are routed by it. Its connectors and skills are
/// made by connectors::create_defaults. invalid: the name. conflict: the id or its ordinal is
/// taken, or there is none left.
Result<Project> create(Tx& tx, const Scope& scope, const Draft& draft);

/// not_found: no such project in this organization.
Result<Project> find(Rx& rx, const Scope& scope, const ProjectId& id);

/// All of the organization, oldest first.
Result<std::vector<Project>> list(Rx& rx, const Scope& scope);

/// Whose ids carry this ordinal: for routing a look-up by id alone; the caller must still compare
/// the organization. not_found: nobody's.
Result<Project> find_by_ordinal(Rx& rx, std::uint32_t ordinal);

/// The ordinal for new ids in the scope's project. not_found: no such project in the scope's
/// organization.
Result<std::uint32_t> ordinal_of(Rx& rx, const Scope& scope);

} // namespace weft::store::projects
