#include "store/vault.h"

#include "store/projects.h"

#include <sodium.h>

namespace weft::store::secrets {

namespace {

constexpr Query<Blob, ProjectId> data_key_sql{"secrets.data_key", R"sql(
    SELECT sealed FROM data_key WHERE project_id = $1)sql"};

constexpr Query<void, ProjectId, Blob, Instant> add_data_key_sql{"secrets.add_data_key", R"sql(
    INSERT INTO data_key (project_id, sealed, created_at) VALUES ($1, $2, $3))sql"};

constexpr Query<void, ProjectId, std::string_view, Blob, Instant> put_sql{"secrets.put", R"sql(
    INSERT INTO secret (project_id, name, sealed, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $4)
    ON CONFLICT (project_id, name)
    DO UPDATE SET sealed = excluded.sealed, updated_at = excluded.updated_at)sql"};

constexpr Query<Blob, ProjectId, std::string_view> get_sql{"secrets.get", R"sql(
    SELECT sealed FROM secret WHERE project_id = $1 AND name = $2)sql"};

constexpr Query<void, ProjectId, std::string_view> remove_sql{"secrets.remove", R"sql(
    DELETE FROM secret WHERE project_id = $1 AND name = $2)sql"};

constexpr Query<std::string, ProjectId> names_sql{"secrets.names", R"sql(
    SELECT name FROM secret WHERE project_id = $1 ORDER BY name)sql"};

constexpr Query<std::string, ProjectId, std::string_view, std::string_view> names_below_sql{
    "secrets.names_below", R"sql(
    SELECT name FROM secret WHERE project_id = $1 AND name >= $2 AND name < $3 ORDER BY name)sql"};

constexpr Query<void, ProjectId, std::string_view, std::string_view> remove_below_sql{
    "secrets.remove_below", R"sql(
    DELETE FROM secret WHERE project_id = $1 AND name >= $2 AND name < $3)sql"};

/// The first text, byte by byte, after all that begin with `prefix`.
std::string end_of(std::string_view prefix) {
    std::string end(prefix);
    CHECK(!end.empty() && end.back() != '\xff');
    ++end.back();
    return end;
}

/// What a secret is bound to: moved to another project or name it does not open.
std::string context_of(const Scope& scope, std::string_view name) {
    return "secret " + scope.project.hex() + " " + std::string(name);
}

std::string key_context_of(const Scope& scope) { return "data key " + scope.project.hex(); }

Result<std::optional<SecretKey>> find_data_key(Rx& rx, const Vault& vault, const Scope& scope) {
    const auto sealed = TRY(rx.maybe(data_key_sql, scope.project));
    if (!sealed) return std::nullopt;
    std::string plain = TRY(vault.open(*sealed, key_context_of(scope)));
    SecretKey key;
    CHECK(plain.size() == key.bytes.size());
    std::ranges::copy(plain, key.bytes.begin());
    sodium_memzero(plain.data(), plain.size());
    return key;
}

Result<SecretKey> data_key_of(Tx& tx, const Vault& vault, const Scope& scope) {
    if (auto found = TRY(find_data_key(tx, vault, scope))) return *found;
    TRY(projects::ordinal_of(tx, scope)); // none is made for a project that was deleted
    SecretKey key;
    fill_random(key.bytes);
    const std::string_view plain(reinterpret_cast<const char*>(key.bytes.data()), key.bytes.size());
    TRY(tx.run(add_data_key_sql, scope.project, vault.seal(plain, key_context_of(scope)),
               tx.now()));
    return key;
}

} // namespace

Result<> put(Tx& tx, const Vault& vault, const Scope& scope, std::string_view name,
             std::string_view value) {
    const SecretKey key = TRY(data_key_of(tx, vault, scope));
    TRY(tx.run(put_sql, scope.project, name, seal_with(key, value, context_of(scope, name)),
               tx.now()));
    return {};
}

Result<std::optional<std::string>> get(Rx& rx, const Vault& vault, const Scope& scope,
                                       std::string_view name) {
    const auto sealed = TRY(rx.maybe(get_sql, scope.project, name));
    if (!sealed) return std::nullopt;
    const auto key = TRY(find_data_key(rx, vault, scope));
    if (!key) return fail(Code::internal, "A stored secret cannot be opened: its key is missing.");
    return TRY(open_with(*key, *sealed, context_of(scope, name)));
}

Result<> remove(Tx& tx, const Scope& scope, std::string_view name) {
    TRY(tx.run(remove_sql, scope.project, name));
    return {};
}

Result<std::vector<std::string>> names(Rx& rx, const Scope& scope) {
    return rx.all(names_sql, scope.project);
}

Result<std::vector<std::string>> names_below(Rx& rx, const Scope& scope, std::string_view prefix) {
    return rx.all(names_below_sql, scope.project, prefix, std::string_view(end_of(prefix)));
}

Result<> remove_below(Tx& tx, const Scope& scope, std::string_view prefix) {
    TRY(tx.run(remove_below_sql, scope.project, prefix, std::string_view(end_of(prefix))));
    return {};
}

} // namespace weft::store::secrets
