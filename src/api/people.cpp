#include "api/people_params.h"
#include "api/quotas.h"
#include "api/routes.h"
#include "store/invitations.h"
#include "store/mails.h"
#include "store/organizations.h"
#include "store/password_resets.h"
#include "store/sessions.h"
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

/// null: none was sent, or it is long ago.
json::value view_of(const std::optional<store::mails::Status>& mail) {
    using enum store::mails::MailState;
    if (!mail || mail->state == decoy) return nullptr;
    const char* word = mail->state == waiting ? "waiting" : mail->state == sent ? "sent" : "failed";
    return {{"state", word}, {"attempts", mail->attempts}, {"failure", mail->failure}};
}

/// With what became of its mail.
Result<json::object> view_of(store::Rx& rx, const store::invitations::Invitation& invitation,
                             Instant now) {
    const auto mail =
        TRY(store::mails::status(rx, store::mails::MailKind::invitation, invitation.id.hex()));
    json::object view{{"_id", invitation.id.hex()},
                      {"email", invitation.email},
                      {"role", to_text(invitation.role)},
                      {"projectID", nullptr},
                      {"project_role", nullptr},
                      {"invited_by", invitation.invited_by},
                      {"created_at", invitation.created_at.epoch_seconds()},
                      {"expires_at", invitation.expires_at.epoch_seconds()},
                      {"status", invitation.expires_at > now ? "pending" : "expired"},
                      {"mail", view_of(mail)}};
    if (!invitation.project) return view;
    view["projectID"] = invitation.project.hex();
    view["project_role"] = to_text(invitation.project_role);
    return view;
}

/// Writes its mail, where the server sends any. The token is in the answer all the same: it is the
/// admin's to hand on, if the mail does not arrive.
Result<InvitationAnswer> mailed(store::Tx& tx, Request& rq,
                                const store::invitations::NewInvitation& made) {
    const auto& invitation = made.invitation;
    const PublicFace& face = rq.services.face;
    if (face.sends_mail) {
        const auto organization = TRY(store::organizations::find(tx, rq.scope));
        TRY(store::mails::put(tx, rq.store.vault(),
                              {store::mails::MailKind::invitation, invitation.id.hex(),
                               invitation_letter(face, made, organization.name),
                               invitation.expires_at}));
    }
    json::object view = TRY(view_of(tx, invitation, tx.now()));
    view["token"] = made.token;
    view["link"] = nullptr;
    if (!face.url.empty()) view["link"] = invitation_link(face.url, made.token);
    return InvitationAnswer{std::move(view)};
}

/// rate_limited: this address, or the organization, has had enough mail for a day.
Result<> may_mail(Request& rq, const std::string& email) {
    if (!rq.services.face.sends_mail) return {};
    const Instant now = rq.services.clock.now();
    auto& limits = rq.services.mail_limits;
    auto wait_s = limits.invited.refuse(email, now);
    if (!wait_s) wait_s = limits.invited_by.refuse(rq.scope.organization.hex(), now);
    if (!wait_s) return {};
    Error error{Code::rate_limited, "Enough invitations were mailed for today: try again later."};
    error.retry_after_s = *wait_s;
    return std::unexpected(std::move(error));
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
        TRY(check_quotas(rq, tx, {Quota::members}));
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
    CO_TRY(ready(may_mail(rq, draft.email)));
    co_return co_await rq.commit([&](store::Tx& tx) -> Result<InvitationAnswer> {
        return mailed(tx, rq,
                      TRY(store::invitations::create(tx, rq.store.vault(), rq.scope, draft)));
    });
}

Task<Result<InvitationAnswer>> resend(Request& rq, OneInvitation in) {
    co_return co_await rq.commit([&](store::Tx& tx) -> Result<InvitationAnswer> {
        const auto made = TRY(store::invitations::renew(tx, rq.store.vault(), rq.scope, in.id));
        TRY(may_mail(rq, made.invitation.email));
        return mailed(tx, rq, made);
    });
}

Task<Result<Answer<"InvitationList">>> list_invitations(Request& rq, Nothing) {
    auto views = CO_TRY(rq.store.read([&](store::Rx& rx) -> Result<json::array> {
        json::array all;
        for (const auto& each : TRY(store::invitations::list(rx, rq.scope)))
            all.push_back(TRY(view_of(rx, each, rq.services.clock.now())));
        return all;
    }));
    const std::size_t count = views.size();
    co_return Answer<"InvitationList">{{{"invitations", std::move(views)}, {"total_count", count}}};
}

Task<Result<Answer<"Done">>> revoke(Request& rq, OneInvitation in) {
    co_return co_await rq.commit([&](store::Tx & tx) -> Result<Answer<"Done">> {
        TRY(store::invitations::revoke(tx, rq.scope, in.id));
        return Answer<"Done">{{{"done", true}}};
    });
}

/// A way in for whoever has forgotten his password. An account that other organizations have, too,
/// is not one admin's to open.
Task<Result<Answer<"PasswordReset">>> reset_password(Request& rq, OneUser in) {
    using Out = Answer<"PasswordReset">;
    co_return co_await rq.commit([&](store::Tx& tx) -> Result<Out> {
        const auto member = TRY(store::users::member(tx, rq.scope, in.id));
        if (TRY(store::users::organizations(tx, in.id)).size() > 1)
            return fail(Code::conflict,
                        "This account is in other organizations too, so no admin may open it. Its "
                        "user asks for a mail, or the operator runs `weft user reset-password` "
                        "while the server is stopped.");
        const auto made =
            TRY(store::password_resets::hand_out(tx, rq.store.vault(), member.user.email));
        json::object view{{"email", member.user.email},
                          {"token", made.token},
                          {"link", nullptr},
                          {"expires_at", made.expires_at.epoch_seconds()}};
        if (const auto link = reset_link(rq.services.face.url, made.token); !link.empty())
            view["link"] = link;
        return Out{std::move(view)};
    });
}

Task<Result<Answer<"Done">>> end_sessions(Request& rq, OneUser in) {
    auto answer = CO_TRY(rq.commit([&](store::Tx & tx) -> Result<Answer<"Done">> {
        TRY(store::users::member(tx, rq.scope, in.id));
        TRY(store::sessions::end_all(tx, rq.scope, in.id));
        return Answer<"Done">{{{"done", true}}};
    }));
    rq.services.authenticator.forget_keys();
    co_return answer;
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
    {http::Method::post, "/organization/users/{id}/password-reset", "users.reset_password", admins,
     "A token with which this user sets a new password within a day (POST /auth/password/reset); "
     "409 for one who is in other organizations too",
     handler<&reset_password>, Audit::change},
    {http::Method::delete_, "/organization/users/{id}/sessions", "users.end_sessions", admins,
     "End all sessions of this user in your organization at once", handler<&end_sessions>,
     Audit::change},
    {http::Method::get, "/organization/invitations", "invitations.list", admins,
     "Invitations that nobody has accepted", handler<&list_invitations>},
    {http::Method::post, "/organization/invitations", "invitations.create", admins,
     "Invite somebody, by mail where the server sends any; his token for POST /auth/signup is "
     "shown once, and is yours to hand on",
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
