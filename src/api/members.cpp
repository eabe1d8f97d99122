#include "store/members.h"

#include "api/people_params.h"
#include "api/routes.h"
#include "store/users.h"

#include <boost/json/array.hpp>

namespace weft::api {

namespace {

struct InProject {
    ProjectId project;
    static constexpr auto params() {
        return std::tuple{path("P", &InProject::project, "The project")};
    }
};

struct AddMember {
    ProjectId project;
    UserId user;
    std::string email;
    std::string role;
    static constexpr auto params() {
        using In = AddMember;
        return std::tuple{
            path("P", &In::project, "The project"),
            body("user_id", &In::user, "Who, of the organization"),
            body("email", &In::email, "The same by his address").shaped(email_schema),
            body("role", &In::role, "viewer, operator, editor or owner")
                .shaped(role_schema)
                .required(),
        };
    }
};

struct ChangeMember {
    ProjectId project;
    MemberId id;
    std::string role;
    static constexpr auto params() {
        using In = ChangeMember;
        return std::tuple{
            path("P", &In::project, "The project"),
            path("member", &In::id, "The member, by its _id"),
            body("role", &In::role, "viewer, operator, editor or owner")
                .shaped(role_schema)
                .required(),
        };
    }
};

struct OneMember {
    ProjectId project;
    MemberId id;
    static constexpr auto params() {
        using In = OneMember;
        return std::tuple{
            path("P", &In::project, "The project"),
            path("member", &In::id, "The member, by its _id"),
        };
    }
};

using MemberAnswer = Answer<"ProjectMember">;

json::object view_of(const store::members::Member& member) {
    return {{"_id", member.id.hex()},       {"user_id", member.user.hex()},
            {"name", member.name},          {"email", member.email},
            {"role", to_text(member.role)}, {"joined_at", member.joined_at.epoch_seconds()}};
}

Task<Result<Answer<"ProjectMemberList">>> list(Request& rq, InProject) {
    const auto members =
        CO_TRY(rq.store.read([&](store::Rx& rx) { return store::members::list(rx, rq.scope); }));
    json::array views;
    for (const auto& each : members) views.push_back(view_of(each));
    co_return Answer<"ProjectMemberList">{std::move(views)};
}

Task<Result<Answer<"ProjectMemberSummary">>> summary(Request& rq, InProject) {
    const auto members =
        CO_TRY(rq.store.read([&](store::Rx& rx) { return store::members::list(rx, rq.scope); }));
    json::object counts;
    for (const auto role : {Role::owner, Role::editor, Role::operator_, Role::viewer})
        counts[to_text(role)] = std::ranges::count(members, role, &store::members::Member::role);
    counts["total"] = members.size();
    co_return Answer<"ProjectMemberSummary">{std::move(counts)};
}

/// Who is meant, by id or address. invalid: neither is given. not_found: nobody of the
/// organization.
Result<UserId> user_of(store::Rx& rx, const Scope& scope, const AddMember& in) {
    if (in.user) return in.user;
    const std::string email = TRY(checked_email(in.email, "email"));
    const auto known = TRY(store::users::find_by_email(rx, email));
    if (known && store::users::member(rx, scope, known->user.id)) return known->user.id;
    return fail(Code::not_found, "There is no such user in this organization: invite him first.");
}

Task<Result<MemberAnswer>> add(Request& rq, AddMember in) {
    const Role role = CO_TRY(ready(read_project_role(in.role, "role")));
    co_return co_await rq.commit([&](store::Tx& tx) -> Result<MemberAnswer> {
        const UserId user = TRY(user_of(tx, rq.scope, in));
        return MemberAnswer { view_of(TRY(store::members::add(tx, rq.scope, user, role))) };
    });
}

Task<Result<MemberAnswer>> change(Request& rq, ChangeMember in) {
    const Role role = CO_TRY(ready(read_project_role(in.role, "role")));
    co_return co_await rq.commit([&](store::Tx& tx) -> Result<MemberAnswer> {
        return MemberAnswer { view_of(TRY(store::members::change(tx, rq.scope, in.id, role))) };
    });
}

Task<Result<MemberAnswer>> remove(Request& rq, OneMember in) {
    co_return co_await rq.commit([&](store::Tx& tx) -> Result<MemberAnswer> {
        return MemberAnswer { view_of(TRY(store::members::remove(tx, rq.scope, in.id))) };
    });
}

constexpr Route routes[] = {
    {http::Method::get, "/project-member/{P}", "members.list", needs(Role::viewer),
     "Who was added to the project; admins of the organization may enter it in any case",
     handler<&list>},
    {http::Method::get, "/project-member/{P}/summary", "members.summary", needs(Role::viewer),
     "How many members have which role", handler<&summary>},
    {http::Method::post, "/project-member/{P}", "members.add", needs(Role::owner),
     "Add a user of the organization to the project", handler<&add>, Audit::change},
    {http::Method::patch, "/project-member/{P}/{member}", "members.change", needs(Role::owner),
     "Change a member's role", handler<&change>, Audit::change},
    {http::Method::delete_, "/project-member/{P}/{member}", "members.remove", needs(Role::owner),
     "Take a member out of the project; answers it as it was", handler<&remove>, Audit::change},
};
static_assert(consistent(routes));

} // namespace

std::span<const Route> member_routes() { return routes; }

} // namespace weft::api
