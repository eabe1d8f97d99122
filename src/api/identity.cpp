#include "api/credential.h"
#include "api/people_params.h"
#include "api/routes.h"
#include "api/sign_in.h"
#include "connectors/catalogue.h"
#include "store/audit.h"
#include "store/connectors.h"
#include "store/invitations.h"
#include "store/organizations.h"
#include "store/plans.h"
#include "store/projects.h"
#include "store/sessions.h"
#include "store/users.h"

#include <boost/json/array.hpp>

namespace weft::api {

namespace {

struct SignUp {
    std::string email;
    std::string password;
    std::string name;
    std::string invitation;
    std::string organization_name;
    static constexpr auto params() {
        using In = SignUp;
        return std::tuple{
            body("email", &In::email, "Your address; with an invitation, the one it was sent to")
                .shaped(email_schema)
                .required(),
            body("password", &In::password, "At least 10 bytes; if you have an account, its own")
                .shaped(password_schema)
                .required(),
            body("name", &In::name, "As others see you; the address when absent"),
            body("invitation", &In::invitation,
                 "The token of an invitation: you join the organization that sent it"),
            body("organization_name", &In::organization_name,
                 "Without an invitation, of the organization that is made, where the server allows "
                 "that"),
        };
    }
};

struct LogIn {
    std::string email;
    std::string password;
    OrganizationId organization;
    static constexpr auto params() {
        using In = LogIn;
        return std::tuple{
            body("email", &In::email, "Of your account").shaped(email_schema).required(),
            body("password", &In::password, "Of your account").required(),
            body("orgId", &In::organization, "The organization to act in; the one joined first"),
        };
    }
};

struct Nothing {
    static constexpr auto params() { return std::tuple{}; }
};

struct OneSession {
    SessionId id;
    static constexpr auto params() {
        return std::tuple{path("id", &OneSession::id, "The session")};
    }
};

struct NewPassword {
    std::string current;
    std::string next;
    static constexpr auto params() {
        using In = NewPassword;
        return std::tuple{
            body("current_password", &In::current, "The one until now").required(),
            body("new_password", &In::next, "At least 10 bytes").shaped(password_schema).required(),
        };
    }
};

/// The account, if this is its password. unauthenticated: it is not, or there is none, told alike
/// and after the same time. rate_limited: too many tries.
Task<Result<User>> user_by_password(Request& rq, const std::string& email,
                                    const std::string& password) {
    const auth::LoginThrottle::Attempt attempt{email, rq.http.client,
                                               cookie_of(rq.http, device_cookie) ==
                                                   device_token(rq.store.vault(), email)};
    auto& throttle = rq.services.login_throttle;
    if (const auto wait_s = throttle.refuse(attempt, rq.services.clock.now())) {
        Error error{Code::rate_limited, "Too many tries to sign in: try again later."};
        error.retry_after_s = wait_s;
        co_return std::unexpected(std::move(error));
    }
    const auto known = CO_TRY(
        rq.store.read_point([&](store::Rx& rx) { return store::users::find_by_email(rx, email); }));
    const bool fits = CO_TRY(
        rq.services.passwords.is_password(password, known ? known->password : std::string()));
    if (!known || !fits)
        co_return fail(Code::unauthenticated, "The address or the password is not right.");
    throttle.succeeded(attempt);
    co_return known->user;
}

Result<User> make_account(store::Tx& tx, const SignUp& in, const std::string& email,
                          const std::string& hash) {
    return store::users::create(tx, email, in.name.empty() ? email : in.name, hash);
}

constexpr Quota joined[] = {Quota::members};

/// With the account of this address, or a new one.
Task<Result<SignedInAnswer>> accept_invitation(Request& rq, SignUp in, std::string email) {
    struct Found {
        store::invitations::Invitation invitation;
        bool has_account = false;
    };
    const auto found = CO_TRY(rq.store.read_point([&](store::Rx& rx) -> Result<Found> {
        auto invitation = TRY(store::invitations::find_by_token(rx, rq.store.vault(), in.invitation,
                                                                rq.services.clock.now()));
        return Found {
            std::move(invitation), TRY(store::users::find_by_email(rx, email))
            .has_value()
        };
    }));
    if (found.invitation.email != email)
        co_return fail_field("email", "Must be the address that the invitation was sent to.");
    std::optional<User> known;
    if (found.has_account) known = CO_TRY(user_by_password(rq, email, in.password));
    const std::string hash =
        known ? std::string() : CO_TRY(rq.services.passwords.hash(in.password));
    co_return co_await rq.commit([&](store::Tx& tx) -> Result<SignedInAnswer> {
        // Once more: meanwhile it may have been taken back, or used.
        const auto invitation =
            TRY(store::invitations::find_by_token(tx, rq.store.vault(), in.invitation, tx.now()));
        const User user = known ? *known : TRY(make_account(tx, in, email, hash));
        TRY(store::invitations::accept(tx, invitation, user.id));
        TRY(store::plans::check(tx, invitation.organization, joined));
        return begin_session(tx, rq, user, invitation.organization);
    });
}

/// An organization with a first project, and its admin.
Task<Result<SignedInAnswer>> found_organization(Request& rq, SignUp in, std::string email) {
    const std::string hash = CO_TRY(rq.services.passwords.hash(in.password));
    const auto kinds = connectors::kinds(rq.services.catalogue);
    co_return co_await rq.commit([&](store::Tx& tx) -> Result<SignedInAnswer> {
        const User user = TRY(make_account(tx, in, email, hash));
        const Organization organization = TRY(store::organizations::create(
            tx, in.organization_name.empty() ? "My organization" : in.organization_name));
        Scope scope{organization.id, {}, {Principal::Kind::user, user.id.hex(), user.name}};
        TRY(store::audit::append(tx, rq.store.vault(), scope,
                                 {.what = std::string(store::audit::made_organization),
                                  .object = organization.id.hex()}));
        TRY(store::users::join(tx, scope, user.id, OrganizationRole::admin));
        scope.project = TRY(store::projects::create(tx, scope, {.name = "My first project"}))
        .id;
        TRY(store::connectors::create_defaults(tx, scope, kinds));
        if (const std::string& plan = rq.services.sign_up_plan; !plan.empty())
            TRY(store::plans::change(tx, organization.id, {.plan = plan}));
        return begin_session(tx, rq, user, organization.id);
    });
}

Task<Result<SignedInAnswer>> sign_up(Request& rq, SignUp in) {
    std::string email = CO_TRY(ready(checked_email(in.email, "email")));
    CO_TRY(ready(check_password(in.password, "password")));
    if (!in.invitation.empty())
        co_return co_await accept_invitation(rq, std::move(in), std::move(email));
    if (!rq.services.open_sign_up)
        co_return fail(Code::forbidden, "Accounts are made by invitation here: ask an admin of "
                                        "your organization for one.");
    co_return co_await found_organization(rq, std::move(in), std::move(email));
}

Task<Result<SignedInAnswer>> log_in(Request& rq, LogIn in) {
    const std::string email = CO_TRY(ready(checked_email(in.email, "email")));
    const User user = CO_TRY(user_by_password(rq, email, in.password));
    co_return co_await rq.commit([&](store::Tx& tx) -> Result<SignedInAnswer> {
        if (!in.organization) {
            auto first = store::users::first_organization(tx, user.id);
            if (!first && first.error().code == Code::not_found)
                return fail(Code::forbidden, "You are in no organization: ask for an invitation.");
            in.organization = TRY(std::move(first));
        }
        const Scope scope{in.organization, {}, {}};
        const auto member = store::users::member(tx, scope, user.id);
        if (!member && member.error().code == Code::not_found)
            return fail(Code::not_found, "There is no such organization.");
        if (!member) return std::unexpected(member.error());
        return begin_session(tx, rq, user, in.organization);
    });
}

/// forbidden: a key asks.
Result<auth::SignedIn> signed_in(const Request& rq) {
    if (rq.holder.signed_in) return *rq.holder.signed_in;
    return fail(Code::forbidden, "This is for people who have signed in, not for API keys.");
}

using DoneAnswer = Answer<"Done">;

Task<Result<DoneAnswer>> log_out(Request& rq, Nothing) {
    const auto self = CO_TRY(ready(signed_in(rq)));
    rq.audited.object = self.session.hex();
    auto answer = CO_TRY(rq.commit([&](store::Tx& tx) -> Result<DoneAnswer> {
        TRY(store::sessions::end(tx, rq.scope, self.user, self.session));
        return DoneAnswer{{{"done", true}}};
    }));
    rq.services.authenticator.forget_keys();
    answer.headers.fields.emplace_back("set-cookie",
                                       set_cookie(rq.http, session_cookie, "", seconds(0)));
    co_return answer;
}

Task<Result<Answer<"Me">>> me(Request& rq, Nothing) {
    const auth::KeyHolder& holder = rq.holder;
    const Organization organization = CO_TRY(rq.store.read_point(
        [&](store::Rx& rx) { return store::organizations::find(rx, rq.scope); }));
    json::object view{{"user", nullptr},
                      {"orgId", holder.organization.hex()},
                      {"organization_name", organization.name},
                      {"role", to_text(holder.principal.role)},
                      {"projectID", nullptr},
                      {"csrf_token", nullptr},
                      {"session_id", nullptr}};
    if (holder.project) view["projectID"] = holder.project.hex();
    if (const auto& self = holder.signed_in) {
        view["user"] =
            user_view(self->user, holder.principal.name, self->email, holder.organization);
        view["session_id"] = self->session.hex();
        const auto shown = CO_TRY(ready(credential_of(rq.http, false)));
        view["csrf_token"] = csrf_token(rq.store.vault(), shown.secret);
    }
    co_return Answer<"Me">{std::move(view)};
}

Task<Result<Answer<"SessionList">>> list_sessions(Request& rq, Nothing) {
    const auto self = CO_TRY(ready(signed_in(rq)));
    const auto all = CO_TRY(rq.store.read([&](store::Rx& rx) {
        return store::sessions::list(rx, rq.scope, self.user, rq.services.clock.now());
    }));
    json::array views;
    for (const Session& each : all)
        views.push_back({{"_id", each.id.hex()},
                         {"created_at", each.created_at.epoch_seconds()},
                         {"last_used_at", each.last_used_at.epoch_seconds()},
                         {"expires_at", each.expires_at.epoch_seconds()},
                         {"address", each.address},
                         {"user_agent", each.user_agent},
                         {"is_current", each.id == self.session}});
    const std::size_t count = views.size();
    co_return Answer<"SessionList">{{{"sessions", std::move(views)}, {"total_count", count}}};
}

Task<Result<DoneAnswer>> end_session(Request& rq, OneSession in) {
    const auto self = CO_TRY(ready(signed_in(rq)));
    auto answer = CO_TRY(rq.commit([&](store::Tx& tx) -> Result<DoneAnswer> {
        TRY(store::sessions::end(tx, rq.scope, self.user, in.id));
        return DoneAnswer{{{"done", true}}};
    }));
    rq.services.authenticator.forget_keys();
    co_return answer;
}

Task<Result<DoneAnswer>> change_password(Request& rq, NewPassword in) {
    const auto self = CO_TRY(ready(signed_in(rq)));
    CO_TRY(ready(check_password(in.next, "new_password")));
    auto checked = co_await user_by_password(rq, self.email, in.current);
    if (!checked && checked.error().code == Code::unauthenticated)
        co_return fail_field("current_password", "Is not your password.");
    if (!checked) co_return std::unexpected(checked.error());
    const std::string hash = CO_TRY(rq.services.passwords.hash(in.next));
    rq.audited.object = self.user.hex();
    auto answer = CO_TRY(rq.commit([&](store::Tx& tx) -> Result<DoneAnswer> {
        TRY(store::users::set_password(tx, self.user, hash));
        TRY(store::sessions::end_everywhere(tx, self.user, self.session));
        return DoneAnswer{{{"done", true}}};
    }));
    rq.services.authenticator.forget_keys();
    co_return answer;
}

constexpr Route routes[] = {
    {http::Method::post, "/auth/signup", "auth.sign_up", everybody(),
     "Make an account: by invitation, or where the server allows it with an organization of its "
     "own; signs in",
     handler<&sign_up>, Audit::change},
    {http::Method::post, "/auth/login", "auth.log_in", everybody(),
     "Sign in: a session cookie, and a token for Authorization: Bearer; 429 after 10 wrong "
     "passwords from one address within 15 minutes",
     handler<&log_in>, Audit::change},
    {http::Method::post, "/auth/logout", "auth.log_out", in_organization(Role::viewer),
     "End this session", handler<&log_out>, Audit::change},
    {http::Method::get, "/auth/me", "auth.me", in_organization(Role::viewer),
     "Who is asking, with the token that changes must bring in x-csrf-token when the cookie says "
     "who it is",
     handler<&me>},
    {http::Method::get, "/auth/sessions", "auth.sessions", in_organization(Role::viewer),
     "Your sessions in this organization, newest first", handler<&list_sessions>},
    {http::Method::delete_, "/auth/sessions/{id}", "auth.end_session",
     in_organization(Role::viewer), "End one of your sessions at once", handler<&end_session>,
     Audit::change},
    {http::Method::post, "/auth/password", "auth.change_password", in_organization(Role::viewer),
     "Change your password; ends your other sessions", handler<&change_password>, Audit::change},
};
static_assert(consistent(routes));

} // namespace

std::span<const Route> identity_routes() { return routes; }

} // namespace weft::api
