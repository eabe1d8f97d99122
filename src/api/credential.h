#pragma once

#include "http/message.h"
#include "store/vault.h"

/// How a request says who sends it, and the cookies and tokens around that.
namespace weft::api {

inline constexpr std::string_view session_cookie = "weft_session";
/// Says that a user has signed in from this browser before (auth/login_throttle.h).
inline constexpr std::string_view device_cookie = "weft_device";
inline constexpr std::string_view csrf_header = "x-csrf-token";

struct Credential {
    enum class Kind {
        key,     ///< x-api-key
        session, ///< of a token in `Authorization: Bearer`
        cookie,  ///< a session's, which browsers send by themselves
    };
    Kind kind = Kind::key;
    std::string secret;
};

/// In this order: x-api-key, Authorization (a session's token, or a key), where it is allowed the
/// key in the query, the cookie. unauthenticated: none of them. malformed: the query.
Result<Credential> credential_of(const http::Request& request, bool key_in_query);

/// Empty: there is no cookie of this name.
std::string cookie_of(const http::Request& request, std::string_view name);
enum class SameSite {
    strict,
    lax, ///< also with a link from elsewhere, which a provider's answer is
};
/// The value of set-cookie in the answer to `request`: HttpOnly, and Secure when that came over
/// TLS; for the whole site, for `max_age`; zero removes it.
std::string set_cookie(const http::Request& request, std::string_view name, std::string_view value,
                       seconds max_age, SameSite same_site = SameSite::strict);

/// What a change that comes with the cookie must bring in x-csrf-token: only who has read an answer
/// of ours knows it.
std::string csrf_token(const store::Vault& vault, const std::string& session_token);
/// forbidden: it does not.
Result<> check_csrf(const http::Request& request, const store::Vault& vault,
                    const std::string& session_token);

/// The value of the device cookie of this account.
std::string device_token(const store::Vault& vault, const std::string& email);

} // namespace weft::api
