#pragma once

#include "base/time.h"
#include "json/json.h"

#include <expected>
#include <string>
#include <string_view>

/// OpenID Connect's id token: a signed statement of a provider about who has signed in.
namespace weft::auth {

/// What a token must say to be for us, now.
struct IdTokenRules {
    std::string issuer;
    std::string client_id;
    std::string nonce; ///< of the attempt that it answers
    Instant now;
};

/// What the provider says of somebody.
struct Claims {
    std::string subject; ///< what the issuer calls him for good
    std::string email;   ///< as he wrote it; empty: not told
    bool email_verified = false;
    std::string name; ///< empty: not told
};

struct TokenFault {
    enum class Kind {
        unknown_key, ///< none of these keys: the provider may have changed them
        refused,
    };
    Kind kind = Kind::refused;
    std::string why; ///< for the log: nothing of the token itself
};

/// Checks a compact JWS, signed with RS256 or ES256 by one of `keys` (a JWK set), and its claims,
/// as OpenID Connect Core 1.0, 3.1.3.7, says. Clocks may differ by a minute.
std::expected<Claims, TokenFault> verify_id_token(std::string_view token, const json::value& keys,
                                                  const IdTokenRules& rules);

/// The claims about a person in a JSON object.
Claims claims_in(const json::value& object);

} // namespace weft::auth
