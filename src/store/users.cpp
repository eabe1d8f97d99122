#include "store/users.h"

#include "domain/members.h"
#include "store/sessions.h"

namespace weft::store::users {

namespace {

constexpr SystemQuery<void, UserId, std::string, std::string, std::string, Instant> insert_sql{
    "users.insert", R"sql(
    INSERT INTO user_account (id, email, name, password, created_at)
    VALUES ($1, $2, $3, $4, $5))sql"};

struct KnownRow {
    UserId id;
    std::string email;
    std::string name;
    Instant created_at;
    std::string password;
};
constexpr SystemQuery<KnownRow, std::string> by_email_sql{"users.by_email", R"sql(
    SELECT id, email, name, created_at, password FROM user_account WHERE email = $1)sql"};
constexpr SystemQuery<KnownRow, UserId> by_id_sql{"users.by_id", R"sql(
    SELECT id, email, name, created_at, password FROM user_account WHERE id = $1)sql"};

constexpr SystemQuery<void, UserId, std::string> password_sql{"users.password", R"sql(
    UPDATE user_account SET password = $2 WHERE id = $1)sql"};

constexpr Query<void, OrganizationId, UserId, OrganizationRole, Instant> join_sql{"users.join",
                                                                                  R"sql(
    INSERT INTO organization_member (organization_id, user_id, role, joined_at)
    VALUES ($1, $2, $3, $4))sql"};

struct MemberRow {
    UserId id;
    std::string email;
    std::string name;
    Instant created_at;
    OrganizationRole role;
    Instant joined_at;
};
constexpr Query<MemberRow, OrganizationId, UserId> member_sql{"users.member", R"sql(
    SELECT u.id, u.email, u.name, u.created_at, m.role, m.joined_at
      FROM organization_member m JOIN user_account u ON u.id = m.user_id
     WHERE m.organization_id = $1 AND m.user_id = $2)sql"};
constexpr Query<MemberRow, OrganizationId> members_sql{"users.members", R"sql(
    SELECT u.id, u.email, u.name, u.created_at, m.role, m.joined_at
      FROM organization_member m JOIN user_account u ON u.id = m.user_id
     WHERE m.organization_id = $1 ORDER BY m.joined_at, u.id LIMIT 1000)sql"};
constexpr Query<std::int64_t, OrganizationId, OrganizationRole> count_sql{"users.count", R"sql(
    SELECT count(*) FROM organization_member WHERE organization_id = $1 AND role = $2)sql"};

constexpr Query<void, OrganizationId, UserId, OrganizationRole> role_sql{"users.role", R"sql(
    UPDATE organization_member SET role = $3 WHERE organization_id = $1 AND user_id = $2)sql"};
constexpr Query<void, OrganizationId, UserId> leave_sql{"users.leave", R"sql(
    DELETE FROM organization_member WHERE organization_id = $1 AND user_id = $2)sql"};

constexpr Query<ProjectId, OrganizationId, UserId> projects_sql{"users.projects", R"sql(
    SELECT p.id FROM project p JOIN project_member m ON m.project_id = p.id
     WHERE p.organization_id = $1 AND m.user_id = $2)sql"};
constexpr Query<void, ProjectId, UserId> leave_project_sql{"users.leave_project", R"sql(
    DELETE FROM project_member WHERE project_id = $1 AND user_id = $2)sql"};

constexpr SystemQuery<std::int64_t> any_sql{"users.any", R"sql(
    SELECT 1 FROM user_account WHERE email > '' ORDER BY email LIMIT 1)sql"};
constexpr SystemQuery<OrganizationId, UserId> first_sql{"users.first_organization", R"sql(
    SELECT organization_id FROM organization_member WHERE user_id = $1
     ORDER BY joined_at, organization_id LIMIT 1)sql"};
constexpr SystemQuery<OrganizationId, UserId> organizations_sql{"users.organizations", R"sql(
    SELECT organization_id FROM organization_member WHERE user_id = $1
     ORDER BY joined_at, organization_id)sql"};

Member member_of(MemberRow row) {
    return {{row.id, std::move(row.email), std::move(row.name), row.created_at},
            row.role,
            row.joined_at};
}

std::optional<Known> known(std::optional<KnownRow> row) {
    if (!row) return std::nullopt;
    return Known{{row->id, std::move(row->email), std::move(row->name), row->created_at},
                 std::move(row->password)};
}

/// Somebody must be left who may let others in.
Result<> check_not_last_admin(Rx& rx, const Scope& scope, const Member& member) {
    if (member.role != OrganizationRole::admin) return {};
    const auto admins = TRY(rx.maybe(count_sql, scope.organization, OrganizationRole::admin));
    if (admins.value_or(0) > 1) return {};
    return fail(Code::conflict,
                "That is the only admin of the organization: make another one an admin first.");
}

} // namespace

Result<User> create(Tx& tx, const std::string& email, std::string_view name,
                    const std::string& password) {
    const User made {
        tx.minter().mint<UserTag>(0), email, TRY(checked_name(name, "name"))
        , tx.now()
    };
    if (TRY(find_by_email(tx, email)))
        return fail(Code::conflict, "There is already an account with this email.");
    TRY(tx.run(insert_sql, made.id, made.email, made.name, password, made.created_at));
    return made;
}

Result<std::optional<Known>> find_by_email(Rx& rx, const std::string& email) {
    return known(TRY(rx.maybe(by_email_sql, email)));
}

Result<std::optional<Known>> find(Rx& rx, const UserId& user) {
    return known(TRY(rx.maybe(by_id_sql, user)));
}

Result<> set_password(Tx& tx, const UserId& user, const std::string& password) {
    TRY(tx.run(password_sql, user, password));
    return {};
}

Result<> join(Tx& tx, const Scope& scope, const UserId& user, OrganizationRole role) {
    if (TRY(tx.maybe(member_sql, scope.organization, user)))
        return fail(Code::conflict, "This user is a member of the organization already.");
    TRY(tx.run(join_sql, scope.organization, user, role, tx.now()));
    return {};
}

Result<Member> member(Rx& rx, const Scope& scope, const UserId& user) {
    if (auto row = TRY(rx.maybe(member_sql, scope.organization, user)))
        return member_of(*std::move(row));
    return fail(Code::not_found, "There is no such user in this organization.");
}

Result<std::vector<Member>> members(Rx& rx, const Scope& scope) {
    std::vector<Member> all;
    for (MemberRow& row : TRY(rx.all(members_sql, scope.organization)))
        all.push_back(member_of(std::move(row)));
    return all;
}

Result<> set_role(Tx& tx, const Scope& scope, const UserId& user, OrganizationRole role) {
    const Member found = TRY(member(tx, scope, user));
    if (role != OrganizationRole::admin) TRY(check_not_last_admin(tx, scope, found));
    TRY(tx.run(role_sql, scope.organization, user, role));
    return {};
}

Result<> leave(Tx& tx, const Scope& scope, const UserId& user) {
    const Member found = TRY(member(tx, scope, user));
    TRY(check_not_last_admin(tx, scope, found));
    for (const ProjectId& project : TRY(tx.all(projects_sql, scope.organization, user)))
        TRY(tx.run(leave_project_sql, project, user));
    TRY(sessions::end_all(tx, scope, user));
    TRY(tx.run(leave_sql, scope.organization, user));
    return {};
}

Result<bool> any(Rx& rx) {
    return TRY(rx.maybe(any_sql))
    .has_value();
}

Result<OrganizationId> first_organization(Rx& rx, const UserId& user) {
    if (const auto found = TRY(rx.maybe(first_sql, user))) return *found;
    return fail(Code::not_found, "This user is in no organization.");
}

Result<std::vector<OrganizationId>> organizations(Rx& rx, const UserId& user) {
    return rx.all(organizations_sql, user);
}

} // namespace weft::store::users
