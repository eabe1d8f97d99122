#include "store/projects.h"

#include "domain/members.h"

namespace weft::store::projects {

namespace {

constexpr SystemQuery<std::uint32_t> next_ordinal_sql{"projects.next_ordinal", R"sql(
    SELECT coalesce(max(ordinal), 0) + 1 FROM project)sql"};

constexpr Query<void, ProjectId, OrganizationId, std::uint32_t, std::string, std::string,
                std::string, std::string, Instant>
    insert_sql{"projects.insert", R"sql(
    INSERT INTO project (id, organization_id, ordinal, name, description, coworker_role, status,
                         created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8))sql"};

constexpr Query<Project, OrganizationId, ProjectId> find_sql{"projects.find", R"sql(
    SELECT id, organization_id, ordinal, name, description, coworker_role, status, created_at,
           updated_at
      FROM project WHERE organization_id = $1 AND id = $2)sql"};

constexpr Query<Project, OrganizationId> list_sql{"projects.list", R"sql(
    SELECT id, organization_id, ordinal, name, description, coworker_role, status, created_at,
           updated_at
      FROM project WHERE organization_id = $1 ORDER BY ordinal)sql"};

constexpr SystemQuery<Project, std::uint32_t> find_by_ordinal_sql{"projects.find_by_ordinal", R"sql(
    SELECT id, organization_id, ordinal, name, description, coworker_role, status, created_at,
           updated_at
      FROM project WHERE ordinal = $1)sql"};

/// One that no project has: the next, and when the last is taken any that is free.
Result<std::uint32_t> free_ordinal(Tx& tx) {
    constexpr int tries_max = 64;
    std::uint32_t ordinal = TRY(tx.maybe(next_ordinal_sql))
    .value_or(1);
    for (int i = 0; i < tries_max; ++i) {
        const bool usable = ordinal >= 1 && ordinal <= ordinal_max;
        if (usable && !TRY(tx.maybe(find_by_ordinal_sql, ordinal))) return ordinal;
        std::array<std::uint8_t, 3> random{};
        fill_random(random);
        ordinal = std::uint32_t{random[0]} << 16 | std::uint32_t{random[1]} << 8 | random[2];
    }
    return fail(Code::conflict, "This store has as many projects as it can number.");
}

} // namespace

Result<Project> create(Tx& tx, const Scope& scope, const Draft& draft) {
    const std::uint32_t ordinal = draft.id ? draft.id.ordinal() : TRY(free_ordinal(tx));
    const std::string name = TRY(checked_name(draft.name, "projectName"));
    Project made{.id = draft.id ? draft.id : tx.minter().mint<ProjectTag>(ordinal),
                 .organization = scope.organization,
                 .ordinal = ordinal,
                 .name = name,
                 .description = draft.description,
                 .coworker_role = draft.coworker_role,
                 .status = draft.status,
                 .created_at = tx.now(),
                 .updated_at = tx.now()};
    TRY(tx.run(insert_sql, made.id, made.organization, ordinal, made.name, made.description,
               made.coworker_role, made.status, made.created_at));
    return made;
}

Result<Project> find(Rx& rx, const Scope& scope, const ProjectId& id) {
    if (auto row = TRY(rx.maybe(find_sql, scope.organization, id))) return *std::move(row);
    return fail(Code::not_found, "There is no such project.");
}

Result<std::vector<Project>> list(Rx& rx, const Scope& scope) {
    return rx.all(list_sql, scope.organization);
}

Result<Project> find_by_ordinal(Rx& rx, std::uint32_t ordinal) {
    if (auto row = TRY(rx.maybe(find_by_ordinal_sql, ordinal))) return *std::move(row);
    return fail(Code::not_found, "There is no such project.");
}

Result<std::uint32_t> ordinal_of(Rx& rx, const Scope& scope) {
    return TRY(find(rx, scope, scope.project))
    .ordinal;
}

} // namespace weft::store::projects
