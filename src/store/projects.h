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
/// made by connectors::create_defaults. invalid: the name. conflict: the organization has a project
/// of that name, or as many as it may have; the id or its ordinal is taken, or none is left.
Result<Project> create(Tx& tx, const Scope& scope, const Draft& draft);

// A project that was deleted is found by none of these.

/// not_found: no such project in this organization.
Result<Project> find(Rx& rx, const Scope& scope, const ProjectId& id);
Result<Project> find_by_name(Rx& rx, const Scope& scope, const std::string& name);

/// Name, description, role and status as they stand in `project`. not_found: as find. invalid: the
/// name. conflict: another project has it.
Result<Project> update(Tx& tx, const Scope& scope, Project project);

/// From this commit on nobody finds it, its keys are nobody's and its name is free; what it holds
/// is removed by the engine (removal.h). not_found: as find.
Result<Project> mark_deleted(Tx& tx, const Scope& scope, const ProjectId& id);

struct Filter {
    std::string status = {}; ///< empty: any
    std::int64_t limit = 50;
    std::int64_t skip = 0;
    UserId member = {}; ///< none: anybody's
};
struct Page {
    std::vector<Project> projects; ///< oldest first
    std::int64_t total = 0;        ///< that match the filter
};
Result<Page> list(Rx& rx, const Scope& scope, const Filter& filter = {});

/// Whose ids carry this ordinal: for routing a look-up by id alone; the caller must still compare
/// the organization. not_found: nobody's.
Result<Project> find_by_ordinal(Rx& rx, std::uint32_t ordinal);

/// The ordinal for new ids in the scope's project. not_found: no such project in the scope's
/// organization.
Result<std::uint32_t> ordinal_of(Rx& rx, const Scope& scope);

} // namespace weft::store::projects
