#include "store/organizations.h"

#include "domain/members.h"

namespace weft::store::organizations {

namespace {

constexpr Query<void, OrganizationId, std::string, Instant> insert_sql{"organizations.insert",
                                                                       R"sql(
    INSERT INTO organization (id, name, created_at) VALUES ($1, $2, $3))sql"};

constexpr Query<Organization, OrganizationId> find_sql{"organizations.find", R"sql(
    SELECT id, name, created_at FROM organization WHERE id = $1)sql"};

constexpr SystemQuery<std::int64_t> any_sql{"organizations.any", R"sql(
    SELECT 1 FROM organization LIMIT 1)sql"};

constexpr SystemQuery<Organization> first_sql{"organizations.first", R"sql(
    SELECT id, name, created_at FROM organization ORDER BY created_at, id LIMIT 1)sql"};

} // namespace

Result<Organization> create(Tx& tx, std::string_view name, OrganizationId id) {
    const std::string checked = TRY(checked_name(name, "name"));
    const Organization made{.id = id ? id : tx.minter().mint<OrganizationTag>(0),
                            .name = checked,
                            .created_at = tx.now()};
    TRY(tx.run(insert_sql, made.id, made.name, made.created_at));
    return made;
}

Result<Organization> find(Rx& rx, const Scope& scope) {
    if (auto row = TRY(rx.maybe(find_sql, scope.organization))) return *std::move(row);
    return fail(Code::not_found, "There is no such organization.");
}

Result<bool> any(Rx& rx) {
    return TRY(rx.maybe(any_sql))
    .has_value();
}

Result<Organization> first(Rx& rx) {
    if (auto row = TRY(rx.maybe(first_sql))) return *std::move(row);
    return fail(Code::not_found, "There is no organization yet.");
}

} // namespace weft::store::organizations
