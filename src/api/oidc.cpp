#include "api/credential.h"
#include "api/routes.h"
#include "api/sign_in.h"
#include "base/log.h"
#include "domain/members.h"
#include "store/audit.h"
#include "store/identities.h"
#include "store/organizations.h"
#include "store/plans.h"
#include "store/users.h"

#include <algorithm>

namespace weft::api {

namespace {

constexpr std::string_view attempt_cookie = "weft_oidc";
constexpr seconds attempt_lifetime{600};
constexpr std::string_view attempt_context = "oidc attempt";

/// Where a browser may be sent when it has signed in; the first when it names none of them.
constexpr std::string_view ways_back[] = {"/account", "/docs", "/app/"};

struct LogIn {
    std::string next;
    bool link = false;
    static constexpr auto params() {
        using In = LogIn;
        return std::tuple{
            query("next", &In::next, "Where to go then: /account (when absent), /docs or /app/"),
            query("link", &In::link,
                  "Whether whoever is signed in here wants to sign in so from now on"),
        };
    }
};

struct Callback {
    std::string code;
    std::string state;
    std::string issuer;
    std::string error;
    static constexpr auto params() {
        using In = Callback;
        return std::tuple{
            query("code", &In::code, "As the provider gives it to the browser"),
            query("state", &In::state, "Of the attempt"),
            query("iss", &In::issuer, "Who answers (RFC 9207)"),
            query("error", &In::error, "Why the provider has let nobody in"),
        };
    }
};

struct Nothing {
    static constexpr auto params() { return std::tuple{}; }
};

/// What the browser keeps between the two, sealed.
struct Attempt {
    auth::OidcAttempt oidc;
    std::string next;
    UserId link; ///< who wants to sign in so from now on; none: nobody is signed in
    Instant at;
};

std::string sealed(const store::Vault& vault, const Attempt& attempt) {
    json::object plain{{"state", attempt.oidc.state},
                       {"nonce", attempt.oidc.nonce},
                       {"verifier", attempt.oidc.verifier},
                       {"next", attempt.next},
                       {"link", nullptr},
                       {"at", attempt.at.us}};
    if (attempt.link) plain["link"] = attempt.link.hex();
    return to_hex(vault.seal(to_text(plain), attempt_context).bytes);
}

/// None: there is no attempt, it is too old, or it is none of ours.
std::optional<Attempt> attempt_in(const Request& rq) {
    const std::string cookie = cookie_of(rq.http, attempt_cookie);
    store::Blob bytes{std::vector<std::uint8_t>(cookie.size() / 2)};
    if (cookie.empty() || !from_hex(cookie, bytes.bytes)) return std::nullopt;
    const auto plain = rq.store.vault().open(bytes, attempt_context);
    const auto value = plain ? parse_json(*plain) : fail(Code::malformed, "");
    if (!value) return std::nullopt;
    Attempt attempt{{std::string(text_or(*value, "state")), std::string(text_or(*value, "nonce")),
                     std::string(text_or(*value, "verifier"))},
                    std::string(text_or(*value, "next")),
                    UserId::parse(text_or(*value, "link")).value_or(UserId{}),
                    {int_or(*value, "at")}};
    if (attempt.at + microseconds(attempt_lifetime) <= rq.services.clock.now()) return std::nullopt;
    return attempt;
}

Redirect go_to(const Request& rq, std::string location) {
    Redirect redirect{std::move(location)};
    redirect.headers.fields.emplace_back(
        "set-cookie", set_cookie(rq.http, attempt_cookie, "", seconds(0), SameSite::lax));
    return redirect;
}

/// The page says what the word means (account_page/page.js); the log, what exactly it was.
Redirect problem(const Request& rq, std::string_view word, std::string_view why) {
    log_warning("somebody was not signed in",
                {{"request_id", rq.request_id}, {"problem", word}, {"why", why}});
    return go_to(rq, "/account#problem=" + std::string(word));
}

std::unexpected<Error> no_provider() {
    return fail(Code::not_implemented, "People sign in with passwords alone here: the operator has "
                                       "set no oidc-issuer.");
}

/// Who is signed in with the session's cookie. It is sent by nobody else's page (SameSite=Strict).
Task<UserId> user_of_cookie(Request& rq) {
    const std::string token = cookie_of(rq.http, session_cookie);
    if (token.empty()) co_return UserId{};
    const auto holder = co_await rq.services.authenticator.by_session(token);
    co_return holder && holder->signed_in ? holder->signed_in->user : UserId{};
}

Task<Result<Redirect>> log_in(Request& rq, LogIn in) {
    auth::OidcProvider* provider = rq.services.provider;
    if (!provider) co_return no_provider();
    Attempt attempt{
        auth::new_oidc_attempt(), std::string(ways_back[0]), {}, rq.services.clock.now()};
    if (std::ranges::find(ways_back, in.next) != std::end(ways_back)) attempt.next = in.next;
    if (in.link) {
        attempt.link = co_await user_of_cookie(rq);
        if (!attempt.link) co_return problem(rq, "expired", "nobody is signed in who could link");
    }
    auto url = co_await provider->authorization_url(attempt.oidc);
    if (!url) co_return problem(rq, "provider", url.error().log_text);
    Redirect redirect{*std::move(url)};
    redirect.headers.fields.emplace_back("set-cookie", set_cookie(rq.http, attempt_cookie,
                                                                  sealed(rq.store.vault(), attempt),
                                                                  attempt_lifetime, SameSite::lax));
    co_return redirect;
}

/// Why somebody whom the provider knows is not let in: a word for the page.
std::unexpected<Error> not_in(std::string_view word, std::string why) {
    return fail(Code::forbidden, std::string(word), std::move(why));
}

/// Makes an account without a password, in the organization of the first start.
Result<User> sign_up(store::Tx& tx, Request& rq, const std::string& email,
                     const std::string& name) {
    const auto shown = checked_name(name, "name");
    const User user = TRY(store::users::create(tx, email, shown ? *shown : email, ""));
    const Organization first = TRY(store::organizations::first(tx));
    TRY(store::users::join(tx, {first.id, {}, {}}, user.id, OrganizationRole::member));
    constexpr Quota joined[] = {Quota::members};
    TRY(store::plans::check(tx, first.id, joined));
    rq.audited.what = "auth.sign_up";
    return user;
}

/// An account that nobody has signed in to so yet. Without a password of its own it was made so,
/// too, by whoever had the address verified. With one, the provider's word for the address is not
/// enough: whoever made the account may not own the address, and would keep his password.
Result<User> newly_known(store::Tx& tx, Request& rq, const auth::Claims& claims) {
    const auto& issuer = rq.services.provider->settings().issuer;
    const auto email = checked_email(claims.email, "email");
    if (!claims.email_verified || !email)
        return not_in("unverified", "the provider has not verified an address");
    const auto known = TRY(store::users::find_by_email(tx, *email));
    if (!known && !rq.services.provider->may_sign_up(*email))
        return not_in("no_account", "there is no account, and none may be made");
    if (known && !known->password.empty())
        return not_in("link_first", "the account has a password and is not linked");
    if (known && TRY(store::identities::is_linked(tx, issuer, known->user.id)))
        return not_in("taken", "the account is linked to somebody else there");
    const User user = known ? known->user : TRY(sign_up(tx, rq, *email, claims.name));
    TRY(store::identities::link(tx, issuer, claims.subject, user.id));
    rq.audited.details["linked"] = true;
    return user;
}

/// Signs in whom the provider knows.
Result<SignedInAnswer> enter(store::Tx& tx, Request& rq, const auth::Claims& claims) {
    rq.audited.what = "auth.log_in";
    rq.audited.details = {{"by", "oidc"}};
    const auto linked =
        TRY(store::identities::find(tx, rq.services.provider->settings().issuer, claims.subject));
    std::optional<User> user;
    if (linked)
        if (auto known = TRY(store::users::find(tx, *linked))) user = known->user;
    if (!user) user = TRY(newly_known(tx, rq, claims));
    auto organization = store::users::first_organization(tx, user->id);
    if (!organization && organization.error().code == Code::not_found)
        return not_in("no_organization", "the user is in no organization");
    return begin_session(tx, rq, *user, TRY(std::move(organization)));
}

/// Whoever is signed in signs in so from now on.
Result<Answer<"Done">> link(store::Tx& tx, Request& rq, const auth::Claims& claims,
                            const UserId& user) {
    const auto& issuer = rq.services.provider->settings().issuer;
    const auto known = TRY(store::users::find(tx, user));
    const auto linked = TRY(store::identities::find(tx, issuer, claims.subject));
    if (!known || (linked && *linked != user) ||
        (!linked && TRY(store::identities::is_linked(tx, issuer, user))))
        return not_in("taken", "one of the two is linked to another one already");
    if (!linked) TRY(store::identities::link(tx, issuer, claims.subject, user));
    rq.scope.organization = TRY(store::users::first_organization(tx, user));
    rq.scope.principal = {Principal::Kind::user, user.hex(), known->user.name};
    rq.audited.what = "auth.link";
    rq.audited.object = user.hex();
    rq.audited.details = {{"by", "oidc"}};
    return Answer<"Done">{{{"done", true}}};
}

Task<Result<Redirect>> settle(Request& rq, auth::Claims claims, Attempt attempt) {
    Redirect redirect = go_to(rq, attempt.next);
    rq.audited.what = "auth.log_in"; // until the commit knows better
    Result<> done;
    if (attempt.link) {
        const auto answer =
            co_await rq.commit([&](store::Tx& tx) { return link(tx, rq, claims, attempt.link); });
        if (!answer) done = std::unexpected(answer.error());
    } else {
        auto answer = co_await rq.commit([&](store::Tx& tx) { return enter(tx, rq, claims); });
        if (answer)
            for (auto& cookie : answer->headers.fields)
                redirect.headers.fields.push_back(std::move(cookie));
        else
            done = std::unexpected(std::move(answer).error());
    }
    if (done) co_return redirect;
    rq.audited.what = nullptr; // nothing was changed
    if (done.error().code == Code::forbidden)
        co_return problem(rq, done.error().message, done.error().log_text);
    co_return std::unexpected(std::move(done).error());
}

Task<Result<Redirect>> come_back(Request& rq, Callback in) {
    auth::OidcProvider* provider = rq.services.provider;
    if (!provider) co_return no_provider();
    const auto attempt = attempt_in(rq);
    // Only the browser that began it ends it: else somebody could be signed in as somebody else.
    if (!attempt || in.state.empty() || in.state != attempt->oidc.state)
        co_return problem(rq, "expired", "no attempt of this browser is answered");
    if (!in.error.empty()) co_return problem(rq, "refused", "the provider refuses");
    if (provider->refuse(rq.http.client))
        co_return problem(rq, "too_many", "too many answers from one address");
    auto claims = co_await provider->redeem(in.code, in.issuer, attempt->oidc);
    if (!claims)
        co_return problem(rq, claims.error().code == Code::unavailable ? "provider" : "refused",
                          claims.error().log_text);
    co_return co_await settle(rq, *std::move(claims), *attempt);
}

Task<Result<Answer<"SignInMethods">>> methods(Request& rq, Nothing) {
    json::object view{{"password", true},
                      {"forgot_password", rq.services.face.sends_mail},
                      {"sign_up", rq.services.open_sign_up},
                      {"needs_owner", false},
                      {"provider", nullptr}};
    view["needs_owner"] =
        !CO_TRY(rq.store.read_point([](store::Rx& rx) { return store::users::any(rx); }));
    if (rq.services.provider) view["provider"] = rq.services.provider->settings().name;
    co_return Answer<"SignInMethods">{std::move(view)};
}

constexpr Route routes[] = {
    {http::Method::get, "/auth/methods", "auth.methods", everybody(),
     "In which ways people sign in here", handler<&methods>},
    {http::Method::get, "/auth/oidc/login", "auth.oidc_login", everybody(),
     "Sends a browser to the provider that people sign in with (OpenID Connect)", handler<&log_in>},
    {http::Method::get, "/auth/oidc/callback", "auth.oidc_callback", everybody(),
     "Where the provider sends it back: begins a session, or goes to /account#problem=…",
     handler<&come_back>},
};
static_assert(consistent(routes));

} // namespace

std::span<const Route> oidc_routes() { return routes; }

} // namespace weft::api
