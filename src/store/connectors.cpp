#include "store/connectors.h"

#include "domain/members.h"
#include "store/custom_actions.h"
#include "store/projects.h"
#include "store/skills.h"

namespace weft::store::connectors {

namespace {

constexpr Query<void, ProjectId, ConnectorId, std::string, std::string, std::string, std::string,
                std::string, json::object, std::string, Instant>
    insert_sql{"connectors.insert", R"sql(
    INSERT INTO connector (project_id, id, category, name, description, status, reason, config,
                           logo, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10))sql"};

constexpr Query<void, ProjectId, ConnectorId, std::string, std::string, std::string, json::object,
                std::string, Instant>
    update_sql{"connectors.update", R"sql(
    UPDATE connector SET description = $3, status = $4, reason = $5, config = $6, logo = $7,
                         updated_at = $8
     WHERE project_id = $1 AND id = $2)sql"};

constexpr Query<void, ProjectId, ConnectorId, std::string, std::string, Instant> set_status_sql{
    "connectors.set_status", R"sql(
    UPDATE connector SET status = $3, reason = $4, updated_at = $5
     WHERE project_id = $1 AND id = $2)sql"};

constexpr Query<void, ProjectId, ConnectorId> remove_sql{"connectors.remove", R"sql(
    DELETE FROM connector WHERE project_id = $1 AND id = $2)sql"};

constexpr Query<std::int64_t, ProjectId> count_sql{"connectors.count", R"sql(
    SELECT count(*) FROM connector WHERE project_id = $1)sql"};

constexpr Query<ConnectorAccount, ProjectId, ConnectorId> find_sql{"connectors.find", R"sql(
    SELECT id, category, name, description, status, reason, config, logo, created_at, updated_at
      FROM connector WHERE project_id = $1 AND id = $2)sql"};

/// `$3` empty: whatever its name.
constexpr Query<ConnectorAccount, ProjectId, std::string, std::string> find_by_category_sql{
    "connectors.find_by_category", R"sql(
    SELECT id, category, name, description, status, reason, config, logo, created_at, updated_at
      FROM connector WHERE project_id = $1 AND category = $2 AND ($3 = '' OR name = $3)
     ORDER BY created_at, id LIMIT 1)sql"};

constexpr Query<ConnectorAccount, ProjectId> list_sql{"connectors.list", R"sql(
    SELECT id, category, name, description, status, reason, config, logo, created_at, updated_at
      FROM connector WHERE project_id = $1 ORDER BY created_at, id)sql"};

std::unexpected<Error> absent() { return fail(Code::not_found, "There is no such connector."); }

/// All secrets of a connector begin with this.
std::string secrets_prefix(const ConnectorId& id) { return "connector." + id.hex() + "."; }

std::string skill_name(const std::string& connector, const std::string& action) {
    const std::string tail = " - " + action;
    if (connector.size() + tail.size() <= limits::name_bytes_max) return connector + tail;
    std::string head = connector.substr(0, limits::name_bytes_max - tail.size());
    while (!head.empty() && (static_cast<unsigned char>(head.back()) & 0x80)) head.pop_back();
    return head + tail;
}

} // namespace

Result<ConnectorAccount> create(Tx& tx, const Scope& scope, const ConnectorKind& kind,
                                ConnectorAccount account) {
    account.name =
        TRY(checked_name(account.name.empty() ? kind.display_name : account.name, "name"));
    if (TRY(tx.maybe(count_sql, scope.project)).value_or(0) >=
        static_cast<std::int64_t>(limits::connectors_per_project_max))
        return fail(Code::conflict, fmt::format("A project has at most {} connectors.",
                                                limits::connectors_per_project_max));
    account.id = tx.minter().mint<ConnectorTag>(TRY(projects::ordinal_of(tx, scope)));
    account.category = kind.category;
    if (account.description.empty()) account.description = kind.description;
    account.created_at = account.updated_at = tx.now();
    TRY(insert(tx, scope, account));
    for (const Action& action : kind.actions) TRY(add_skill(tx, scope, account, action));
    return account;
}

Result<> insert(Tx& tx, const Scope& scope, const ConnectorAccount& account) {
    TRY(tx.run(insert_sql, scope.project, account.id, account.category, account.name,
               account.description, account.status, account.reason, account.config, account.logo,
               tx.now()));
    return {};
}

Result<Skill> add_skill(Tx& tx, const Scope& scope, const ConnectorAccount& account,
                        const Action& action, const std::string& description) {
    return skills::create(
        tx, scope,
        Skill{.name = skill_name(account.name, action.name),
              .description = description.empty() ? account.description : description,
              .logo = account.logo,
              .connector = account.id,
              .connector_name = account.name,
              .actions = {action}});
}

Result<> create_defaults(Tx& tx, const Scope& scope, const std::vector<ConnectorKind>& kinds) {
    for (const ConnectorKind& kind : kinds)
        if (kind.is_default &&
            !TRY(tx.maybe(find_by_category_sql, scope.project, kind.category, "")))
            TRY(create(tx, scope, kind));
    return {};
}

Result<ConnectorAccount> update(Tx& tx, const Scope& scope, ConnectorAccount account) {
    account.updated_at = tx.now();
    TRY(tx.run(update_sql, scope.project, account.id, account.description, account.status,
               account.reason, account.config, account.logo, account.updated_at));
    return account;
}

Result<> set_status(Tx& tx, const Scope& scope, const ConnectorId& id, const std::string& status,
                    const std::string& reason) {
    const Changes changes =
        TRY(tx.run(set_status_sql, scope.project, id, status, reason, tx.now()));
    if (changes.count == 0) return absent();
    return {};
}

Result<> remove(Tx& tx, const Scope& scope, const ConnectorId& id) {
    const Changes changes = TRY(tx.run(remove_sql, scope.project, id));
    if (changes.count == 0) return absent();
    TRY(skills::remove_of_connector(tx, scope, id));
    TRY(custom_actions::remove_of_connector(tx, scope, id));
    return secrets::remove_below(tx, scope, secrets_prefix(id));
}

Result<ConnectorAccount> find(Rx& rx, const Scope& scope, const ConnectorId& id) {
    if (auto row = TRY(rx.maybe(find_sql, scope.project, id))) return *std::move(row);
    return absent();
}

Result<ConnectorAccount> find_by_category(Rx& rx, const Scope& scope, const std::string& category,
                                          const std::string& name) {
    if (auto row = TRY(rx.maybe(find_by_category_sql, scope.project, category, name)))
        return *std::move(row);
    return absent();
}

Result<std::vector<ConnectorAccount>> list(Rx& rx, const Scope& scope) {
    return rx.all(list_sql, scope.project);
}

Result<> put_secret(Tx& tx, const Vault& vault, const Scope& scope, const ConnectorId& id,
                    const std::string& name, std::string_view value) {
    return secrets::put(tx, vault, scope, secrets_prefix(id) + name, value);
}

Result<> remove_secret(Tx& tx, const Scope& scope, const ConnectorId& id, const std::string& name) {
    return secrets::remove(tx, scope, secrets_prefix(id) + name);
}

Result<std::vector<std::string>> secret_names(Rx& rx, const Scope& scope, const ConnectorId& id) {
    const std::string prefix = secrets_prefix(id);
    std::vector<std::string> names = TRY(secrets::names_below(rx, scope, prefix));
    for (std::string& name : names) name.erase(0, prefix.size());
    return names;
}

Result<Secrets> open_secrets(Rx& rx, const Vault& vault, const Scope& scope,
                             const ConnectorId& id) {
    Secrets opened;
    for (const std::string& name : TRY(secret_names(rx, scope, id)))
        if (auto value = TRY(secrets::get(rx, vault, scope, secrets_prefix(id) + name)))
            opened.emplace(name, *std::move(value));
    return opened;
}

} // namespace weft::store::connectors
