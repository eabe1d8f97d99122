#include "store/api_keys.h"

#include "domain/members.h"
#include "store/projects.h"

namespace weft::store::api_keys {

namespace {

constexpr Query<void, OrganizationId, ApiKeyId, ProjectId, std::string, Role, Blob, Instant,
                std::optional<Instant>>
    insert_sql{"api_keys.insert", R"sql(
    INSERT INTO api_key (organization_id, id, project_id, name, role, hash, created_at, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8))sql"};

constexpr SystemQuery<ApiKey, Blob> find_by_hash_sql{"api_keys.find_by_hash", R"sql(
    SELECT id, organization_id, project_id, name, role, created_at, expires_at
      FROM api_key
     WHERE hash = $1
       AND (project_id IS NULL
            OR EXISTS (SELECT 1 FROM project
                        WHERE id = api_key.project_id AND deleted_at IS NULL)))sql"};

constexpr Query<ApiKey, OrganizationId, ProjectId, std::int64_t, std::int64_t> list_sql{
    "api_keys.list", R"sql(
    SELECT id, organization_id, project_id, name, role, created_at, expires_at
      FROM api_key WHERE organization_id = $1 AND ($2 IS NULL OR project_id = $2)
     ORDER BY created_at, id LIMIT $3 OFFSET $4)sql"};

constexpr Query<std::int64_t, OrganizationId, ProjectId> count_sql{"api_keys.count", R"sql(
    SELECT COUNT(*) FROM api_key
     WHERE organization_id = $1 AND ($2 IS NULL OR project_id = $2))sql"};

constexpr Query<ApiKey, OrganizationId, ApiKeyId> find_sql{"api_keys.find", R"sql(
    SELECT id, organization_id, project_id, name, role, created_at, expires_at
      FROM api_key WHERE organization_id = $1 AND id = $2)sql"};

constexpr Query<void, OrganizationId, ApiKeyId> revoke_sql{"api_keys.revoke", R"sql(
    DELETE FROM api_key WHERE organization_id = $1 AND id = $2)sql"};

std::string random_secret() {
    Uuid uuid;
    fill_random(uuid.bytes);
    return uuid.text();
}

Result<> check_secret(std::string_view secret) {
    const auto printable = [](char c) { return c > 0x20 && c < 0x7F; };
    if (secret.size() < secret_bytes_min || secret.size() > secret_bytes_max ||
        !std::ranges::all_of(secret, printable))
        return fail_field("secret_key", fmt::format("must be {} to {} printable ASCII characters",
                                                    secret_bytes_min, secret_bytes_max));
    return {};
}

} // namespace

Result<NewKey> create(Tx& tx, const Vault& vault, const Scope& scope, const Draft& draft) {
    if (scope.principal.kind != Principal::Kind::system && draft.role > scope.principal.role)
        return fail(Code::forbidden, "A key may not be given a role above your own.");
    if (draft.project) TRY(projects::find(tx, scope, draft.project));
    const std::string name = TRY(checked_name(draft.name, "name"));
    NewKey made{{.id = tx.minter().mint<ApiKeyTag>(0),
                 .organization = scope.organization,
                 .project = draft.project,
                 .name = name,
                 .role = draft.role,
                 .created_at = tx.now(),
                 .expires_at = draft.expires_at},
                draft.secret.empty() ? random_secret() : draft.secret};
    TRY(check_secret(made.secret));
    const ApiKey& key = made.key;
    TRY(tx.run(insert_sql, key.organization, key.id, key.project, key.name, key.role,
               vault.hash_api_key(made.secret), key.created_at, key.expires_at));
    return made;
}

Result<ApiKey> find_by_secret(Rx& rx, const Vault& vault, std::string_view secret, Instant now) {
    auto key = TRY(rx.maybe(find_by_hash_sql, vault.hash_api_key(secret)));
    if (!key || (key->expires_at && *key->expires_at <= now))
        return fail(Code::unauthenticated, "This API key is not known.");
    return *std::move(key);
}

Result<Page> list(Rx& rx, const Scope& scope, const ProjectId& confined_to, std::int64_t limit,
                  std::int64_t skip) {
    Page page;
    page.keys = TRY(rx.all(list_sql, scope.organization, confined_to, limit, skip));
    page.total = TRY(rx.maybe(count_sql, scope.organization, confined_to))
    .value_or(0);
    return page;
}

Result<ApiKey> find(Rx& rx, const Scope& scope, const ApiKeyId& id) {
    if (auto key = TRY(rx.maybe(find_sql, scope.organization, id))) return *std::move(key);
    return fail(Code::not_found, "There is no such API key.");
}

Result<> revoke(Tx& tx, const Scope& scope, const ApiKeyId& id) {
    if (TRY(tx.run(revoke_sql, scope.organization, id)).count == 0)
        return fail(Code::not_found, "There is no such API key.");
    return {};
}

} // namespace weft::store::api_keys
