#include "store/data_keys.h"

namespace weft::store::secrets {

namespace {

constexpr Query<void, ProjectId, std::string_view, Blob, Instant> put_sql{"secrets.put", R"sql(
    INSERT INTO secret (project_id, name, sealed, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $4)
    ON CONFLICT (project_id, name)
    DO UPDATE SET sealed = excluded.sealed, updated_at = excluded.updated_at)sql"};

constexpr Query<Blob, ProjectId, std::string_view> get_sql{"secrets.get", R"sql(
    SELECT sealed FROM secret WHERE project_id = $1 AND name = $2)sql"};

struct Named {
    std::string name;
    Blob sealed;
};
constexpr Query<Named, ProjectId, std::string_view, std::int64_t> page_sql{"secrets.page", R"sql(
    SELECT name, sealed FROM secret WHERE project_id = $1 AND name > $2 ORDER BY name
     LIMIT $3)sql"};

constexpr Query<void, ProjectId, std::string_view, Blob> reseal_sql{"secrets.reseal", R"sql(
    UPDATE secret SET sealed = $3 WHERE project_id = $1 AND name = $2)sql"};

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
std::string context_of(const ProjectId& project, std::string_view name) {
    return "secret " + project.hex() + " " + std::string(name);
}

} // namespace

Result<> put(Tx& tx, const Vault& vault, const Scope& scope, std::string_view name,
             std::string_view value) {
    const auto key = TRY(data_keys::find_or_make(tx, vault, scope));
    TRY(tx.run(put_sql, scope.project, name,
               seal_with(key.key, value, context_of(scope.project, name)), tx.now()));
    return {};
}

Result<std::optional<std::string>> get(Rx& rx, const Vault& vault, const Scope& scope,
                                       std::string_view name) {
    const auto sealed = TRY(rx.maybe(get_sql, scope.project, name));
    if (!sealed) return std::nullopt;
    const auto key = TRY(data_keys::find(rx, vault, scope.project));
    if (!key) return fail(Code::internal, "A stored secret cannot be opened: its key is missing.");
    const std::string context = context_of(scope.project, name);
    auto opened = open_with(key->key, *sealed, context);
    if (!opened && key->former) opened = open_with(*key->former, *sealed, context);
    return TRY(std::move(opened));
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

Result<bool> renew_some(Tx& tx, const Vault& vault, const ProjectId& project, std::string& after,
                        std::int64_t limit) {
    const auto key = TRY(data_keys::find(tx, vault, project));
    if (!key || !key->former) return false;
    const auto page = TRY(tx.all(page_sql, project, after, limit));
    for (const Named& each : page) {
        const std::string context = context_of(project, each.name);
        auto plain = open_with(*key->former, each.sealed, context);
        if (!plain) continue; // it has the new key already, or is damaged and opened with neither
        TRY(tx.run(reseal_sql, project, each.name, seal_with(key->key, *plain, context)));
        wipe(*plain);
    }
    if (static_cast<std::int64_t>(page.size()) == limit) {
        after = page.back().name;
        return true;
    }
    TRY(data_keys::forget_former(tx, vault, project));
    return false;
}

} // namespace weft::store::secrets
