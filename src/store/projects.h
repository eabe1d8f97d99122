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

// A project that is put together piece by piece: until it is published nobody finds it, and it is
// removed like a deleted one when it is given up, or when nobody has gone on with it for
// `fill_time`. It is the scope's project; the verbs of other aggregates put things into it.

inline constexpr seconds fill_time{60};

/// As create.
Result<Project> begin(Tx& tx, const Scope& scope, const Draft& draft);
/// Belongs into each write that puts something into it. unavailable: its time had passed.
Result<> fill_on(Tx& tx, const Scope& scope);
/// From this commit on it is a project like others. conflict: another one got its name meanwhile.
/// unavailable: as fill_on.
Result<Project> publish(Tx& tx, const Scope& scope, const std::string& name);
Result<> give_up(Tx& tx, const Scope& scope);

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

/// From this commit on nothing is made in it; what it holds stays as it is. One that is there
/// already stays. not_found: as find.
Result<Project> put_in_trash(Tx& tx, const Scope& scope, const ProjectId& id);
/// not_found: as find. conflict: it is not in the trash.
Result<Project> restore(Tx& tx, const Scope& scope, const ProjectId& id);
/// conflict: it is in the trash; says what to do.
Result<> check_in_use(const Project& project);

enum class Trash { outside, inside, both }; ///< stored and compared as its number

struct Filter {
    std::string status = {}; ///< empty: any
    std::int64_t limit = 50;
    std::int64_t skip = 0;
    UserId member = {}; ///< none: anybody's
    Trash trash = Trash::outside;
};
struct Page {
    std::vector<Project> projects; ///< oldest first
    std::int64_t total = 0;        ///< that match the filter
};
Result<Page> list(Rx& rx, const Scope& scope, const Filter& filter = {});

/// Whose ids carry this ordinal: for routing a look-up by id alone; the caller must still compare
/// the organization. not_found: nobody's.
Result<Project> find_by_ordinal(Rx& rx, std::uint32_t ordinal);

/// The ordinal for new ids in the scope's project: whatever is made in a project asks for it.
/// not_found: no such project in the scope's organization. conflict: it is in the trash.
Result<std::uint32_t> ordinal_of(Rx& rx, const Scope& scope);

} // namespace weft::store::projects
