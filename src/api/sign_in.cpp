#include "api/sign_in.h"

#include "api/credential.h"
#include "store/sessions.h"

namespace weft::api {

namespace {

constexpr seconds device_known_for{400 * 24 * 3600}; ///< the longest that browsers keep a cookie

} // namespace

json::object user_view(const UserId& id, const std::string& name, const std::string& email,
                       const OrganizationId& organization) {
    return {{"_id", id.hex()}, {"orgId", organization.hex()}, {"name", name}, {"email", email}};
}

Result<SignedInAnswer> begin_session(store::Tx& tx, Request& rq, const User& user,
                                     const OrganizationId& organization) {
    const store::Vault& vault = rq.store.vault();
    rq.scope.organization = organization;
    rq.scope.principal = {Principal::Kind::user, user.id.hex(), user.name};
    const std::string* agent = rq.http.headers.find("user-agent");
    const auto made = TRY(store::sessions::begin(tx, vault, rq.scope,
                                                 {user.id, rq.http.client, agent ? *agent : ""}));
    rq.audited.object = made.session.id.hex();
    SignedInAnswer answer{{{"user", user_view(user.id, user.name, user.email, organization)},
                           {"token", made.token},
                           {"csrf_token", csrf_token(vault, made.token)},
                           {"session_id", made.session.id.hex()},
                           {"expires_at", made.session.expires_at.epoch_seconds()}}};
    auto& fields = answer.headers.fields;
    fields.emplace_back("set-cookie",
                        set_cookie(rq.http, session_cookie, made.token, store::sessions::lifetime));
    fields.emplace_back(
        "set-cookie",
        set_cookie(rq.http, device_cookie, device_token(vault, user.email), device_known_for));
    return answer;
}

} // namespace weft::api
