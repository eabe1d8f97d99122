#include "store/members.h"

#include "store/projects.h"
#include "store/users.h"

namespace weft::store::members {

namespace {

constexpr std::int64_t members_max = 1'000;

constexpr Query<Role, ProjectId, UserId> role_sql{"members.role", R"sql(
    SELECT role FROM project_member WHERE project_id = $1 AND user_id = $2)sql"};

constexpr Query<Member, ProjectId> list_sql{"members.list", R"sql(
    SELECT m.id, m.user_id, u.name, u.email, m.role, m.joined_at
      FROM project_member m JOIN user_account u ON u.id = m.user_id
     WHERE m.project_id = $1 ORDER BY m.joined_at, m.id LIMIT 1000)sql"};
constexpr Query<Member, ProjectId, MemberId> find_sql{"members.find", R"sql(
    SELECT m.id, m.user_id, u.name, u.email, m.role, m.joined_at
      FROM project_member m JOIN user_account u ON u.id = m.user_id
     WHERE m.project_id = $1 AND m.id = $2)sql"};
constexpr Query<std::int64_t, ProjectId> count_sql{"members.count", R"sql(
    SELECT count(*) FROM project_member WHERE project_id = $1)sql"};

constexpr Query<void, ProjectId, MemberId, UserId, Role, Instant> insert_sql{"members.insert",
                                                                             R"sql(
    INSERT INTO project_member (project_id, id, user_id, role, joined_at)
    VALUES ($1, $2, $3, $4, $5))sql"};
constexpr Query<void, ProjectId, MemberId, Role> change_sql{"members.change", R"sql(
    UPDATE project_member SET role = $3 WHERE project_id = $1 AND id = $2)sql"};
constexpr Query<void, ProjectId, MemberId> remove_sql{"members.remove", R"sql(
    DELETE FROM project_member WHERE project_id = $1 AND id = $2)sql"};

/// Nobody gives or takes what he does not have himself.
Result<> check_within(const Scope& scope, Role role) {
    if (role <= scope.principal.role) return {};
    return fail(Code::forbidden, "A role above your own is not yours to give or to take.");
}

} // namespace

Result<std::optional<Role>> role_of(Rx& rx, const ProjectId& project, const UserId& user) {
    return rx.maybe(role_sql, project, user);
}

Result<std::vector<Member>> list(Rx& rx, const Scope& scope) {
    return rx.all(list_sql, scope.project);
}

Result<Member> find(Rx& rx, const Scope& scope, const MemberId& id) {
    if (auto row = TRY(rx.maybe(find_sql, scope.project, id))) return *std::move(row);
    return fail(Code::not_found, "There is no such member of this project.");
}

Result<Member> add(Tx& tx, const Scope& scope, const UserId& user, Role role) {
    TRY(check_within(scope, role));
    TRY(users::member(tx, scope, user));
    if (TRY(role_of(tx, scope.project, user)))
        return fail(Code::conflict, "This user is a member of the project already.");
    if (TRY(tx.maybe(count_sql, scope.project)).value_or(0) >= members_max)
        return fail(Code::conflict, fmt::format("A project has at most {} members.", members_max));
    const auto id =
        tx.minter().mint<MemberTag>(TRY(projects::find(tx, scope, scope.project)).ordinal);
    TRY(tx.run(insert_sql, scope.project, id, user, role, tx.now()));
    return find(tx, scope, id);
}

Result<Member> change(Tx& tx, const Scope& scope, const MemberId& id, Role role) {
    Member member = TRY(find(tx, scope, id));
    TRY(check_within(scope, std::max(role, member.role)));
    TRY(tx.run(change_sql, scope.project, id, role));
    member.role = role;
    return member;
}

Result<Member> remove(Tx& tx, const Scope& scope, const MemberId& id) {
    Member member = TRY(find(tx, scope, id));
    TRY(check_within(scope, member.role));
    TRY(tx.run(remove_sql, scope.project, id));
    return member;
}

} // namespace weft::store::members
