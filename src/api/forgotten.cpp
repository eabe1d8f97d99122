#include "api/letters.h"
#include "api/people_params.h"
#include "api/routes.h"
#include "store/audit.h"
#include "store/password_resets.h"
#include "store/sessions.h"
#include "store/users.h"

namespace weft::api {

namespace {

struct Forgotten {
    std::string email;
    static constexpr auto params() {
        return std::tuple{
            body("email", &Forgotten::email, "Of the account").shaped(email_schema).required()};
    }
};

struct Reset {
    std::string token;
    std::string password;
    static constexpr auto params() {
        using In = Reset;
        return std::tuple{
            body("token", &In::token, "Of the mail, or as an admin handed it on").required(),
            body("new_password", &In::password, "At least 10 bytes")
                .shaped(password_schema)
                .required(),
        };
    }
};

using DoneAnswer = Answer<"Done">;

std::unexpected<Error> too_many(int wait_s) {
    Error error{Code::rate_limited, "Too many requests from your address: try again later."};
    error.retry_after_s = wait_s;
    return std::unexpected(std::move(error));
}

/// The same statements whether there is an account or not, so that neither the answer nor its time
/// tells.
Task<Result<DoneAnswer>> forgot(Request& rq, Forgotten in) {
    const std::string email = CO_TRY(ready(checked_email(in.email, "email")));
    const PublicFace& face = rq.services.face;
    if (!face.sends_mail)
        co_return fail(Code::not_implemented,
                       "This server sends no mail. An admin of your organization can make a link "
                       "for you, or the operator: `weft user reset-password`.");
    if (const auto wait_s =
            rq.services.mail_limits.asked_by.refuse(rq.http.client, rq.services.clock.now()))
        co_return too_many(*wait_s);
    co_return co_await rq.commit([&](store::Tx& tx) -> Result<DoneAnswer> {
        const auto known = TRY(store::users::find_by_email(tx, email));
        const auto organizations =
            TRY(store::users::organizations(tx, known ? known->user.id : UserId{}));
        const auto made = TRY(store::password_resets::mail_out(tx, rq.store.vault(), email));
        if (made)
            TRY(store::mails::put(tx, rq.store.vault(),
                                  {store::mails::MailKind::password_reset, email,
                                   reset_letter(face, email, made->token), made->expires_at,
                                   organizations.empty() ? store::mails::MailState::decoy
                                                         : store::mails::MailState::waiting}));
        return DoneAnswer{{{"done", true}}};
    });
}

/// Whose token it is, as long as somebody can sign in so.
struct Owner {
    User user;
    std::vector<OrganizationId> organizations;
};
Result<Owner> owner_of(store::Rx& rx, const Request& rq, const std::string& token, Instant now) {
    const std::string email =
        TRY(store::password_resets::find_by_token(rx, rq.store.vault(), token, now));
    const auto known = TRY(store::users::find_by_email(rx, email));
    if (!known) return fail(Code::not_found, "There is no such account any more.");
    auto organizations = TRY(store::users::organizations(rx, known->user.id));
    if (organizations.empty())
        return fail(Code::forbidden, "You are in no organization: ask for an invitation.");
    return Owner{known->user, std::move(organizations)};
}

Task<Result<DoneAnswer>> reset(Request& rq, Reset in) {
    CO_TRY(ready(check_password(in.password, "new_password")));
    const auto found = CO_TRY(rq.store.read_point(
        [&](store::Rx& rx) { return owner_of(rx, rq, in.token, rq.services.clock.now()); }));
    const std::string hash = CO_TRY(rq.services.passwords.hash(in.password));
    auto answer = CO_TRY(rq.commit([&](store::Tx& tx) -> Result<DoneAnswer> {
        // Once more: meanwhile it may have been used.
        const Owner owner = TRY(owner_of(tx, rq, in.token, tx.now()));
        TRY(store::users::set_password(tx, owner.user.id, hash));
        TRY(store::sessions::end_everywhere(tx, owner.user.id));
        TRY(store::password_resets::remove(tx, owner.user.email));
        rq.audited.object = owner.user.id.hex();
        rq.scope.principal = {Principal::Kind::user, owner.user.id.hex(), owner.user.name};
        // The request's own row is in the first organization's chain; each of the others has one.
        rq.scope.organization = owner.organizations.front();
        for (auto other = owner.organizations.begin() + 1; other != owner.organizations.end();
             ++other)
            TRY(store::audit::append(tx, rq.store.vault(), {*other, {}, rq.scope.principal},
                                     {.what = rq.audited.what,
                                      .object = rq.audited.object,
                                      .address = rq.http.client,
                                      .request_id = rq.request_id}));
        return DoneAnswer{{{"done", true}}};
    }));
    rq.services.login_throttle.forget(found.user.email);
    rq.services.authenticator.forget_keys();
    co_return answer;
}

constexpr Route routes[] = {
    // Anybody may ask, and no account is changed by that: the log has what comes of it.
    {http::Method::post, "/auth/password/forgot", "auth.forgot_password", everybody(),
     "Have a link mailed with which a new password is set, within an hour; the answer is the same "
     "whether there is such an account. 501 where the server sends no mail",
     handler<&forgot>, Audit::read},
    {http::Method::post, "/auth/password/reset", "auth.reset_password", everybody(),
     "Set a new password with the token of such a link; ends all sessions", handler<&reset>,
     Audit::change},
};
static_assert(consistent(routes));

} // namespace

std::span<const Route> forgotten_routes() { return routes; }

} // namespace weft::api
