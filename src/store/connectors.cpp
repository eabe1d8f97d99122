#include "store/connectors.h"

#include "domain/members.h"
#include "store/projects.h"
#include "store/skills.h"

namespace weft::store::connectors {

namespace {

constexpr Query<void, ProjectId, ConnectorId, std::string, std::string, std::string, std::string,
                json::object, Instant>
    insert_sql{"connectors.insert", R"sql(
    INSERT INTO connector (project_id, id, category, name, description, status, reason, config,
                           created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, '', $7, $8, $8))sql"};

constexpr Query<ConnectorAccount, ProjectId, ConnectorId> find_sql{"connectors.find", R"sql(
    SELECT id, category, name, description, status, reason, config, created_at, updated_at
      FROM connector WHERE project_id = $1 AND id = $2)sql"};

constexpr Query<ConnectorAccount, ProjectId, std::string> find_by_category_sql{
    "connectors.find_by_category", R"sql(
    SELECT id, category, name, description, status, reason, config, created_at, updated_at
      FROM connector WHERE project_id = $1 AND category = $2 ORDER BY created_at, id LIMIT 1)sql"};

constexpr Query<ConnectorAccount, ProjectId> list_sql{"connectors.list", R"sql(
    SELECT id, category, name, description, status, reason, config, created_at, updated_at
      FROM connector WHERE project_id = $1 ORDER BY created_at, id)sql"};

std::unexpected<Error> absent() { return fail(Code::not_found, "There is no such connector."); }

} // namespace

Result<ConnectorAccount> create(Tx& tx, const Scope& scope, const ConnectorKind& kind,
                                const std::string& name) {
    const std::uint32_t ordinal = TRY(projects::ordinal_of(tx, scope));
    const std::string checked = TRY(checked_name(name.empty() ? kind.display_name : name, "name"));
    const ConnectorAccount made{.id = tx.minter().mint<ConnectorTag>(ordinal),
                                .category = kind.category,
                                .name = checked,
                                .description = kind.description,
                                .created_at = tx.now(),
                                .updated_at = tx.now()};
    TRY(tx.run(insert_sql, scope.project, made.id, made.category, made.name, made.description,
               made.status, made.config, made.created_at));
    for (const Action& action : kind.actions)
        TRY(skills::create(tx, scope,
                           Skill{.name = made.name + " - " + action.name,
                                 .description = kind.description,
                                 .connector = made.id,
                                 .connector_name = made.name,
                                 .actions = {action}}));
    return made;
}

Result<> create_defaults(Tx& tx, const Scope& scope, const std::vector<ConnectorKind>& kinds) {
    for (const ConnectorKind& kind : kinds)
        if (!TRY(tx.maybe(find_by_category_sql, scope.project, kind.category)))
            TRY(create(tx, scope, kind));
    return {};
}

Result<ConnectorAccount> find(Rx& rx, const Scope& scope, const ConnectorId& id) {
    if (auto row = TRY(rx.maybe(find_sql, scope.project, id))) return *std::move(row);
    return absent();
}

Result<ConnectorAccount> find_by_category(Rx& rx, const Scope& scope, const std::string& category) {
    if (auto row = TRY(rx.maybe(find_by_category_sql, scope.project, category)))
        return *std::move(row);
    return absent();
}

Result<std::vector<ConnectorAccount>> list(Rx& rx, const Scope& scope) {
    return rx.all(list_sql, scope.project);
}

} // namespace weft::store::connectors
