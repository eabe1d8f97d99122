#pragma once

#include "auth/counts.h"
#include "auth/id_token.h"
#include "http/client.h"

#include <memory>
#include <vector>

namespace weft::auth {

struct OidcSettings {
    std::string issuer; ///< as the provider writes it in its tokens
    std::string client_id;
    std::string client_secret; ///< empty: a client without one
    std::string name;          ///< as people know the provider
    std::string callback;      ///< where it sends people back: our whole URL
    /// Whose verified addresses may make an account: "example.org"; "*": everybody's.
    std::vector<std::string> sign_up_domains;
    http::Reach reach = http::Reach::public_only;
};

/// What one attempt to sign in is bound to. Random; kept in the browser, sealed.
struct OidcAttempt {
    std::string state;
    std::string nonce;
    std::string verifier; ///< PKCE (RFC 7636)
};
OidcAttempt new_oidc_attempt();

/// Another provider that people sign in with (OpenID Connect, authorization code flow with PKCE).
/// What it says of itself is asked for once an hour, its keys when a token names an unknown one.
/// Owned by the wiring; its tasks run on an io thread. Any of those.
class OidcProvider {
public:
    static constexpr int callbacks_max = 100; ///< from one address in 15 minutes

    OidcProvider(http::Client& client, Clock& clock, OidcSettings settings)
        : client_(client), clock_(clock), settings_(std::move(settings)) {}

    const OidcSettings& settings() const { return settings_; }
    /// Whether somebody with this address, which the provider has verified, may make an account.
    bool may_sign_up(std::string_view email) const;
    /// Set: so many callbacks came from this address; seconds to wait.
    std::optional<int> refuse(const std::string& address) {
        return callbacks_.refuse(address, clock_.now());
    }

    /// Where to send the browser. unavailable: the provider does not answer as it must.
    Task<Result<std::string>> authorization_url(OidcAttempt attempt);
    /// Who has signed in, for the code that the browser brought. `issuer` as it came with it
    /// (RFC 9207); empty: none came. unauthenticated: the code or what it gave is not good.
    /// unavailable: as above. What exactly stands in log_text.
    Task<Result<Claims>> redeem(std::string code, std::string issuer, OidcAttempt attempt);

private:
    /// What the provider says of itself.
    struct Discovery {
        std::string authorization_endpoint;
        std::string token_endpoint;
        std::string jwks_uri;
        std::string userinfo_endpoint; ///< empty: it has none
        bool takes_basic = true;       ///< the secret in Authorization, else in the body
        bool names_issuer = false;
        Instant read_at;
    };
    using Known = std::shared_ptr<const Discovery>;
    using Keys = std::shared_ptr<const json::value>;

    Task<Result<Known>> discover();
    Task<Result<Keys>> keys(const Discovery& discovery, Keys but_not);
    Task<Result<json::value>> fetch(http::ClientRequest request);
    struct Tokens {
        std::string id;
        std::string access; ///< for what else the provider tells of whom it has signed in
    };
    Task<Result<Tokens>> tokens(Known discovery, std::string code, std::string verifier);
    Task<Result<Claims>> verified(Known discovery, std::string id_token, std::string nonce);
    Task<Result<Claims>> with_address(Known discovery, Claims claims, std::string access_token);
    Result<Known> read_discovery(const json::value& document) const;
    bool is_endpoint(std::string_view url) const;

    http::Client& client_;
    Clock& clock_;
    OidcSettings settings_;
    Counts callbacks_{callbacks_max, seconds(900)};
    Mutex mutex_;
    Known known_ GUARDED_BY(mutex_);
    Keys keys_ GUARDED_BY(mutex_);
};

} // namespace weft::auth
