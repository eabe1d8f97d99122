#include "store/data_keys.h"

#include "store/projects.h"
#include "store/root_key.h"

namespace weft::store::data_keys {

namespace {

constexpr std::int64_t page_max = 1'000;

struct Row {
    ProjectId project;
    Blob sealed;
};

constexpr Query<Blob, ProjectId> find_sql{"data_keys.find", R"sql(
    SELECT sealed FROM data_key WHERE project_id = $1)sql"};

constexpr Query<void, ProjectId, Blob, Instant> insert_sql{"data_keys.insert", R"sql(
    INSERT INTO data_key (project_id, sealed, created_at) VALUES ($1, $2, $3))sql"};

constexpr Query<void, ProjectId, Blob> seal_sql{"data_keys.seal", R"sql(
    UPDATE data_key SET sealed = $2 WHERE project_id = $1)sql"};

constexpr Query<void, ProjectId, Blob, Instant> replace_sql{"data_keys.replace", R"sql(
    UPDATE data_key SET sealed = $2, created_at = $3 WHERE project_id = $1)sql"};

constexpr SystemQuery<Row, Blob, std::int64_t> page_sql{"data_keys.page", R"sql(
    SELECT project_id, sealed FROM data_key WHERE project_id > $1 ORDER BY project_id
     LIMIT $2)sql"};

constexpr SystemQuery<Count, std::int64_t> count_sql{"data_keys.count", R"sql(
    SELECT count(*), coalesce(sum(CASE WHEN length(sealed) > $1 THEN 1 ELSE 0 END), 0)
      FROM data_key)sql"};

constexpr SystemQuery<ProjectId, std::int64_t> renewing_sql{"data_keys.renewing", R"sql(
    SELECT project_id FROM data_key WHERE length(sealed) > $1 LIMIT 1)sql"};

std::string context_of(const ProjectId& project) { return "data key " + project.hex(); }

std::int64_t size_of_one() { return static_cast<std::int64_t>(sealed_size(SecretKey::size)); }

std::string plain_of(const DataKey& key) {
    std::string plain(key.key.view());
    if (key.former) plain += key.former->view();
    return plain;
}

Result<DataKey> opened(const Vault& vault, const Row& row) {
    std::string plain = TRY(vault.open_data_key(row.sealed, context_of(row.project)));
    CHECK(plain.size() == SecretKey::size || plain.size() == 2 * SecretKey::size);
    DataKey key{SecretKey::of(std::string_view(plain).substr(0, SecretKey::size)), {}};
    if (plain.size() > SecretKey::size)
        key.former = SecretKey::of(std::string_view(plain).substr(SecretKey::size));
    wipe(plain);
    return key;
}

Blob sealed_under(const MasterKey& master, const ProjectId& project, const DataKey& key) {
    std::string plain = plain_of(key);
    Blob sealed = master.seal("data keys", plain, context_of(project));
    wipe(plain);
    return sealed;
}

/// Every row, in pages: what `change(row)` does to one is not seen by a later page.
template <class F> Result<> each_of_all(Tx& tx, F change) {
    Blob after;
    for (;;) {
        const auto page = TRY(tx.all(page_sql, after, page_max));
        for (const Row& row : page) TRY(change(row));
        if (static_cast<std::int64_t>(page.size()) < page_max) return {};
        after.bytes.assign(page.back().project.bytes.begin(), page.back().project.bytes.end());
    }
}

} // namespace

Result<std::optional<DataKey>> find(Rx& rx, const Vault& vault, const ProjectId& project) {
    auto sealed = TRY(rx.maybe(find_sql, project));
    if (!sealed) return std::nullopt;
    const Row row{project, *std::move(sealed)};
    if (auto key = opened(vault, row)) return *key;
    TRY(root_key::master(rx, vault)); // another process may have replaced the master key
    return TRY(opened(vault, row));
}

Result<DataKey> find_or_make(Tx& tx, const Vault& vault, const Scope& scope) {
    if (auto found = TRY(find(tx, vault, scope.project))) return *found;
    TRY(projects::ordinal_of(tx, scope)); // none is made for a project that was deleted
    DataKey made{SecretKey::fresh(), {}};
    const MasterKey master = TRY(root_key::master(tx, vault));
    TRY(tx.run(insert_sql, scope.project, sealed_under(master, scope.project, made), tx.now()));
    return made;
}

Result<std::int64_t> seal_all(Tx& tx, const Vault& vault, const MasterKey& master) {
    std::int64_t count = 0;
    TRY(each_of_all(tx, [&](const Row& row) -> Result<> {
        const DataKey key = TRY(opened(vault, row));
        TRY(tx.run(seal_sql, row.project, sealed_under(master, row.project, key)));
        ++count;
        return {};
    }));
    return count;
}

Result<std::int64_t> renew(Tx& tx, const Vault& vault, const ProjectId& only) {
    const MasterKey master = TRY(root_key::master(tx, vault));
    std::int64_t count = 0;
    const auto renew_one = [&](const Row& row) -> Result<> {
        const DataKey before = TRY(opened(vault, row));
        if (before.former) return {};
        const DataKey after{SecretKey::fresh(), before.key};
        TRY(tx.run(replace_sql, row.project, sealed_under(master, row.project, after), tx.now()));
        ++count;
        return {};
    };
    if (!only) {
        TRY(each_of_all(tx, renew_one));
    } else if (auto sealed = TRY(tx.maybe(find_sql, only))) {
        TRY(renew_one({only, *std::move(sealed)}));
    }
    return count;
}

Result<> forget_former(Tx& tx, const Vault& vault, const ProjectId& project) {
    auto key = TRY(find(tx, vault, project));
    if (!key) return {};
    key->former.reset();
    const MasterKey master = TRY(root_key::master(tx, vault));
    TRY(tx.run(seal_sql, project, sealed_under(master, project, *key)));
    return {};
}

Result<Count> count(Rx& rx) {
    return TRY(rx.maybe(count_sql, size_of_one()))
    .value_or(Count{});
}

Result<std::optional<ProjectId>> next_renewing(Rx& rx) {
    return rx.maybe(renewing_sql, size_of_one());
}

} // namespace weft::store::data_keys
