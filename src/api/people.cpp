#include "api/people_params.h"
#include "api/routes.h"
#include "store/invitations.h"
#include "store/users.h"

#include <boost/json/array.hpp>

namespace weft::api {

namespace {

struct Nothing {
    static constexpr auto params() { return std::tuple{}; }
};

struct AddUser {
    std::string email;
    std::string name;
    std::string password;
    std::string role;
    static constexpr auto params() {
        using In = AddUser;
        return std::tuple{
            body("email", &In::email, "Unique on this server").shaped(email_schema).required(),
            body("name", &In::name, "As others see him; the address when absent"),
            body("password", &In::password, "At least 10 bytes; he may change it")
                .shaped(password_schema)
                .required(),
            body("role", &In::role, "admin or member (when absent)")
                .shaped(organization_role_schema),
        };
    }
};

struct ChangeUser {
    UserId id;
    std::string role;
    static constexpr auto params() {
        using In = ChangeUser;
        return std::tuple{
            path("id", &In::id, "The user"),
            body("role", &In::role, "admin or member").shaped(organization_role_schema).required()};
    }
};

struct OneUser {
    UserId id;
    static constexpr auto params() { return std::tuple{path("id", &OneUser::id, "The user")}; }
};

struct Invite {
    std::string email;
    std::string role;
    ProjectId project;
    std::string project_role;
    static constexpr auto params() {
        using In = Invite;
        return std::tuple{
            body("email", &In::email, "Whom").shaped(email_schema).required(),
            body("role", &In::role, "admin or member (when absent)")
                .shaped(organization_role_schema),
            body("projectID", &In::project, "A project that he is added to"),
            body("project_role", &In::project_role,
                 "There: viewer (when absent), operator, editor or owner")
                .shaped(role_schema),
        };
    }
};

struct OneInvitation {
    InvitationId id;
    static constexpr auto params() {
        return std::tuple{path("id", &OneInvitation::id, "The invitation")};
    }
};

using UserAnswer = Answer<"OrganizationUser">;
using InvitationAnswer = Answer<"NewInvitation">;

json::object view_of(const store::users::Member& member) {
    return {{"_id", member.user.id.hex()},
            {"name", member.user.name},
            {"email", member.user.email},
            {"role", to_text(member.role)},
            {"joined_at", member.joined_at.epoch_seconds()}};
}

json::object view_of(const store::invitations::Invitation& invitation, Instant now) {
    json::object view{{"_id", invitation.id.hex()},
                      {"email", invitation.email},
                      {"role", to_text(invitation.role)},
                      {"projectID", nullptr},
                      {"project_role", nullptr},
                      {"invited_by", invitation.invited_by},
                      {"created_at", invitation.created_at.epoch_seconds()},
                      {"expires_at", invitation.expires_at.epoch_seconds()},
                      {"status", invitation.expires_at > now ? "pending" : "expired"}};
    if (!invitation.project) return view;
    view["projectID"] = invitation.project.hex();
    view["project_role"] = to_text(invitation.project_role);
    return view;
}

InvitationAnswer view_of(const store::invitations::NewInvitation& made, Instant now) {
    json::object view = view_of(made.invitation, now);
    view["token"] = made.token;
    return {std::move(view)};
}

/// Absent: member.
Result<OrganizationRole> read_role(const std::string& word) {
    if (word.empty()) return OrganizationRole::member;
    if (const auto role = organization_role_from(word)) return *role;
    return fail_field("role", "Must be admin or member.");
}

Task<Result<Answer<"OrganizationUserList">>> list(Request& rq, Nothing) {
    const auto members =
        CO_TRY(rq.store.read([&](store::Rx& rx) { return store::users::members(rx, rq.scope); }));
    json::array views;
    for (const auto& each : members) views.push_back(view_of(each));
    const std::size_t count = views.size();
    co_return Answer<"OrganizationUserList">{{{"users", std::move(views)}, {"total_count", count}}};
}

Task<Result<UserAnswer>> add(Request& rq, AddUser in) {
    const std::string email = CO_TRY(ready(checked_email(in.email, "email")));
    CO_TRY(ready(check_password(in.password, "password")));
    const OrganizationRole role = CO_TRY(ready(read_role(in.role)));
    const std::string hash = CO_TRY(rq.services.passwords.hash(in.password));
    co_return co_await rq.commit([&](store::Tx& tx) -> Result<UserAnswer> {
        const User user =
            TRY(store::users::create(tx, email, in.name.empty() ? email : in.name, hash));
        TRY(store::users::join(tx, rq.scope, user.id, role));
        return UserAnswer { view_of(TRY(store::users::member(tx, rq.scope, user.id))) };
    });
}

Task<Result<UserAnswer>> change(Request& rq, ChangeUser in) {
    const OrganizationRole role = CO_TRY(ready(read_role(in.role)));
    auto answer = CO_TRY(rq.commit([&](store::Tx& tx) -> Result<UserAnswer> {
        TRY(store::users::set_role(tx, rq.scope, in.id, role));
        return UserAnswer { view_of(TRY(store::users::member(tx, rq.scope, in.id))) };
    }));
    rq.services.authenticator.forget_keys();
    co_return answer;
}

Task<Result<UserAnswer>> remove(Request& rq, OneUser in) {
    auto answer = CO_TRY(rq.commit([&](store::Tx& tx) -> Result<UserAnswer> {
        const auto member = TRY(store::users::member(tx, rq.scope, in.id));
        TRY(store::users::leave(tx, rq.scope, in.id));
        return UserAnswer{view_of(member)};
    }));
    rq.services.authenticator.forget_keys();
    co_return answer;
}

Result<store::invitations::Draft> draft_of(const Invite& in) {
    store::invitations::Draft draft {
        .email = TRY(checked_email(in.email, "email"))
        , .role = TRY(read_role(in.role))
        , .project = in.project
    };
    if (in.project_role.empty()) return draft;
    const Role role = TRY(read_project_role(in.project_role, "project_role"));
    if (!in.project) return fail_field("projectID", "Is required with a project_role.");
    draft.project_role = role;
    return draft;
}

Task<Result<InvitationAnswer>> invite(Request& rq, Invite in) {
    const auto draft = CO_TRY(ready(draft_of(in)));
    co_return co_await rq.commit([&](store::Tx& tx) -> Result<InvitationAnswer> {
        return view_of(TRY(store::invitations::create(tx, rq.store.vault(), rq.scope, draft)),
                       tx.now());
    });
}

Task<Result<InvitationAnswer>> resend(Request& rq, OneInvitation in) {
    co_return co_await rq.commit([&](store::Tx& tx) -> Result<InvitationAnswer> {
        return view_of(TRY(store::invitations::renew(tx, rq.store.vault(), rq.scope, in.id)),
                       tx.now());
    });
}

Task<Result<Answer<"InvitationList">>> list_invitations(Request& rq, Nothing) {
    const auto all = CO_TRY(
        rq.store.read([&](store::Rx& rx) { return store::invitations::list(rx, rq.scope); }));
    json::array views;
    for (const auto& each : all) views.push_back(view_of(each, rq.services.clock.now()));
    const std::size_t count = views.size();
    co_return Answer<"InvitationList">{{{"invitations", std::move(views)}, {"total_count", count}}};
}

Task<Result<Answer<"Done">>> revoke(Request& rq, OneInvitation in) {
    co_return co_await rq.commit([&](store::Tx & tx) -> Result<Answer<"Done">> {
        TRY(store::invitations::revoke(tx, rq.scope, in.id));
        return Answer<"Done">{{{"done", true}}};
    });
}

constexpr Access admins = in_whole_organization(Role::owner);

constexpr Route routes[] = {
    {http::Method::get, "/organization/users", "users.list", in_whole_organization(Role::viewer),
     "Who is in your organization", handler<&list>},
    {http::Method::post, "/organization/users", "users.add", admins,
     "Make an account in your organization", handler<&add>, Audit::change},
    {http::Method::patch, "/organization/users/{id}", "users.change", admins,
     "Make a user an admin or a member; 409 for the only admin", handler<&change>, Audit::change},
    {http::Method::delete_, "/organization/users/{id}", "users.remove", admins,
     "Take a user out of the organization and its projects; ends his sessions in it at once; 409 "
     "for the only admin",
     handler<&remove>, Audit::change},
    {http::Method::get, "/organization/invitations", "invitations.list", admins,
     "Invitations that nobody has accepted", handler<&list_invitations>},
    {http::Method::post, "/organization/invitations", "invitations.create", admins,
     "Invite somebody: his token for POST /auth/signup is shown once and is yours to hand on",
     handler<&invite>, Audit::change},
    {http::Method::post, "/organization/invitations/{id}/resend", "invitations.resend", admins,
     "Another token for the same invitation; the one before opens nothing any more",
     handler<&resend>, Audit::change},
    {http::Method::delete_, "/organization/invitations/{id}", "invitations.revoke", admins,
     "Take an invitation back", handler<&revoke>, Audit::change},
};
static_assert(consistent(routes));

} // namespace

std::span<const Route> people_routes() { return routes; }

} // namespace weft::api
