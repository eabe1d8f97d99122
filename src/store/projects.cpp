#include "store/projects.h"

#include "domain/limits.h"
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
           updated_at, trashed_at
      FROM project WHERE organization_id = $1 AND id = $2 AND deleted_at IS NULL)sql"};

constexpr Query<Project, OrganizationId, std::string> find_by_name_sql{"projects.find_by_name",
                                                                       R"sql(
    SELECT id, organization_id, ordinal, name, description, coworker_role, status, created_at,
           updated_at, trashed_at
      FROM project WHERE organization_id = $1 AND name = $2 AND deleted_at IS NULL)sql"};

constexpr Query<Project, OrganizationId, std::string, UserId, std::int64_t, std::int64_t, Trash>
    list_sql{"projects.list", R"sql(
    SELECT id, organization_id, ordinal, name, description, coworker_role, status, created_at,
           updated_at, trashed_at
      FROM project
     WHERE organization_id = $1 AND deleted_at IS NULL AND ($2 = '' OR status = $2)
       AND ($3 IS NULL OR EXISTS (SELECT 1 FROM project_member m
                                   WHERE m.project_id = project.id AND m.user_id = $3))
       AND $6 IN (2, CASE WHEN trashed_at IS NULL THEN 0 ELSE 1 END)
     ORDER BY created_at, id LIMIT $4 OFFSET $5)sql"};

constexpr Query<std::int64_t, OrganizationId, std::string, UserId, Trash> count_sql{
    "projects.count", R"sql(
    SELECT count(*) FROM project
     WHERE organization_id = $1 AND deleted_at IS NULL AND ($2 = '' OR status = $2)
       AND ($3 IS NULL OR EXISTS (SELECT 1 FROM project_member m
                                   WHERE m.project_id = project.id AND m.user_id = $3))
       AND $4 IN (2, CASE WHEN trashed_at IS NULL THEN 0 ELSE 1 END))sql"};

constexpr Query<void, OrganizationId, ProjectId, std::string, std::string, std::string, std::string,
                Instant>
    update_sql{"projects.update", R"sql(
    UPDATE project SET name = $3, description = $4, coworker_role = $5, status = $6,
           updated_at = $7
     WHERE organization_id = $1 AND id = $2 AND deleted_at IS NULL)sql"};

constexpr Query<void, OrganizationId, ProjectId, Instant> mark_deleted_sql{"projects.mark_deleted",
                                                                           R"sql(
    UPDATE project SET deleted_at = $3
     WHERE organization_id = $1 AND id = $2 AND deleted_at IS NULL)sql"};

constexpr Query<void, OrganizationId, ProjectId, std::optional<Instant>> set_trashed_sql{
    "projects.set_trashed", R"sql(
    UPDATE project SET trashed_at = $3
     WHERE organization_id = $1 AND id = $2 AND deleted_at IS NULL)sql"};

constexpr Query<std::int64_t, ProjectId> any_alive_sql{"projects.any_alive", R"sql(
    SELECT 1 FROM execution WHERE project_id = $1 AND state IN (0, 1, 2, 3) LIMIT 1)sql"};

// An import fills a project that is deleted all the while, until publish takes that back.

constexpr Query<void, OrganizationId, ProjectId, Instant, Instant> fill_sql{"projects.fill", R"sql(
    UPDATE project SET deleted_at = $3, filling_until = $4
     WHERE organization_id = $1 AND id = $2)sql"};

constexpr Query<void, OrganizationId, ProjectId, Instant, Instant> fill_on_sql{"projects.fill_on",
                                                                               R"sql(
    UPDATE project SET filling_until = $4
     WHERE organization_id = $1 AND id = $2 AND filling_until > $3)sql"};

constexpr Query<void, OrganizationId, ProjectId, Instant> publish_sql{"projects.publish", R"sql(
    UPDATE project SET deleted_at = NULL, filling_until = NULL, updated_at = $3
     WHERE organization_id = $1 AND id = $2 AND filling_until > $3)sql"};

constexpr Query<void, OrganizationId, ProjectId> give_up_sql{"projects.give_up", R"sql(
    UPDATE project SET filling_until = NULL
     WHERE organization_id = $1 AND id = $2 AND filling_until IS NOT NULL)sql"};

constexpr Query<std::uint32_t, OrganizationId, ProjectId> filled_sql{"projects.filled", R"sql(
    SELECT ordinal FROM project
     WHERE organization_id = $1 AND id = $2 AND filling_until IS NOT NULL)sql"};

constexpr SystemQuery<Project, std::uint32_t> find_by_ordinal_sql{"projects.find_by_ordinal", R"sql(
    SELECT id, organization_id, ordinal, name, description, coworker_role, status, created_at,
           updated_at, trashed_at
      FROM project WHERE ordinal = $1 AND deleted_at IS NULL)sql"};

constexpr SystemQuery<std::int64_t, std::uint32_t> taken_sql{"projects.taken", R"sql(
    SELECT 1 FROM project WHERE ordinal = $1)sql"};

/// One that no project has: the next, and when the last is taken any that is free.
Result<std::uint32_t> free_ordinal(Tx& tx) {
    constexpr int tries_max = 64;
    std::uint32_t ordinal = TRY(tx.maybe(next_ordinal_sql))
    .value_or(1);
    for (int i = 0; i < tries_max; ++i) {
        const bool usable = ordinal >= 1 && ordinal <= ordinal_max;
        if (usable && !TRY(tx.maybe(taken_sql, ordinal))) return ordinal;
        std::array<std::uint8_t, 3> random{};
        fill_random(random);
        ordinal = std::uint32_t{random[0]} << 16 | std::uint32_t{random[1]} << 8 | random[2];
    }
    return fail(Code::conflict, "This store has as many projects as it can number.");
}

std::unexpected<Error> absent() { return fail(Code::not_found, "There is no such project."); }

Result<> check_name_free(Rx& rx, const Scope& scope, const ProjectId& self,
                         const std::string& name) {
    const auto holder = TRY(rx.maybe(find_by_name_sql, scope.organization, name));
    if (holder && holder->id != self)
        return fail(Code::conflict, fmt::format("There is already a project named \"{}\"{}.", name,
                                                holder->trashed_at ? " in the trash" : ""));
    return {};
}

} // namespace

Result<Project> create(Tx& tx, const Scope& scope, const Draft& draft) {
    const std::string name = TRY(checked_name(draft.name, "projectName"));
    TRY(check_name_free(tx, scope, {}, name));
    if (TRY(tx.maybe(count_sql, scope.organization, std::string(), UserId{}, Trash::both))
            .value_or(0) >= static_cast<std::int64_t>(limits::projects_per_organization_max))
        return fail(Code::conflict, fmt::format("An organization has at most {} projects.",
                                                limits::projects_per_organization_max));
    const std::uint32_t ordinal = draft.id ? draft.id.ordinal() : TRY(free_ordinal(tx));
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
    return absent();
}

Result<Project> find_by_name(Rx& rx, const Scope& scope, const std::string& name) {
    if (auto row = TRY(rx.maybe(find_by_name_sql, scope.organization, name)))
        return *std::move(row);
    return absent();
}

Result<Project> update(Tx& tx, const Scope& scope, Project project) {
    project.name = TRY(checked_name(project.name, "projectName"));
    TRY(check_name_free(tx, scope, project.id, project.name));
    project.updated_at = tx.now();
    if (TRY(tx.run(update_sql, scope.organization, project.id, project.name, project.description,
                   project.coworker_role, project.status, project.updated_at))
            .count == 0)
        return absent();
    return project;
}

Result<Project> mark_deleted(Tx& tx, const Scope& scope, const ProjectId& id) {
    const Project project = TRY(find(tx, scope, id));
    TRY(tx.run(mark_deleted_sql, scope.organization, id, tx.now()));
    return project;
}

Result<Project> put_in_trash(Tx& tx, const Scope& scope, const ProjectId& id) {
    Project project = TRY(find(tx, scope, id));
    if (project.trashed_at) return project;
    project.trashed_at = tx.now();
    TRY(tx.run(set_trashed_sql, scope.organization, id, project.trashed_at));
    return project;
}

Result<Project> restore(Tx& tx, const Scope& scope, const ProjectId& id) {
    Project project = TRY(find(tx, scope, id));
    if (!project.trashed_at) return fail(Code::conflict, "This project is not in the trash.");
    if (TRY(tx.maybe(any_alive_sql, id)))
        return fail(Code::conflict, "Its runs are still being stopped: try again in a moment.");
    project.trashed_at.reset();
    TRY(tx.run(set_trashed_sql, scope.organization, id, project.trashed_at));
    return project;
}

Result<> check_in_use(const Project& project) {
    if (!project.trashed_at) return {};
    return fail(Code::conflict,
                fmt::format("The project \"{}\" is in the trash: its owner brings it back by POST "
                            "/v1/project/{}/restore.",
                            project.name, project.id.hex()));
}

Result<Page> list(Rx& rx, const Scope& scope, const Filter& filter) {
    Page page;
    page.total =
        TRY(rx.maybe(count_sql, scope.organization, filter.status, filter.member, filter.trash))
    .value_or(0);
    page.projects = TRY(rx.all(list_sql, scope.organization, filter.status, filter.member,
                               std::max<std::int64_t>(filter.limit, 0),
                               std::max<std::int64_t>(filter.skip, 0), filter.trash));
    return page;
}

Result<Project> find_by_ordinal(Rx& rx, std::uint32_t ordinal) {
    if (auto row = TRY(rx.maybe(find_by_ordinal_sql, ordinal))) return *std::move(row);
    return absent();
}

Result<std::uint32_t> ordinal_of(Rx& rx, const Scope& scope) {
    const auto project = TRY(rx.maybe(find_sql, scope.organization, scope.project));
    if (project) {
        TRY(check_in_use(*project));
        return project->ordinal;
    }
    if (const auto ordinal = TRY(rx.maybe(filled_sql, scope.organization, scope.project)))
        return *ordinal;
    return absent();
}

Result<Project> begin(Tx& tx, const Scope& scope, const Draft& draft) {
    const Project project = TRY(create(tx, scope, draft));
    TRY(tx.run(fill_sql, scope.organization, project.id, tx.now(), tx.now() + fill_time));
    return project;
}

Result<> fill_on(Tx& tx, const Scope& scope) {
    if (TRY(tx.run(fill_on_sql, scope.organization, scope.project, tx.now(), tx.now() + fill_time))
            .count > 0)
        return {};
    return fail(Code::unavailable, "The import was interrupted for too long: begin it again.");
}

Result<Project> publish(Tx& tx, const Scope& scope, const std::string& name) {
    TRY(check_name_free(tx, scope, {}, name));
    TRY(fill_on(tx, scope));
    TRY(tx.run(publish_sql, scope.organization, scope.project, tx.now()));
    return find(tx, scope, scope.project);
}

Result<> give_up(Tx& tx, const Scope& scope) {
    TRY(tx.run(give_up_sql, scope.organization, scope.project));
    return {};
}

} // namespace weft::store::projects
