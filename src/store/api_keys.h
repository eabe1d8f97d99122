#pragma once

#include "domain/organization.h"
#include "store/vault.h"

/// API keys belong to an organization; scope.project plays no part here.
namespace weft::store::api_keys {

inline constexpr std::size_t secret_bytes_min = 16; ///< of one that a person chose
inline constexpr std::size_t secret_bytes_max = 200;

struct Draft {
    std::string name;
    Role role = Role::viewer;
    ProjectId project = {}; ///< none: all projects of the organization
    std::optional<Instant> expires_at = {};
    std::string secret = {}; ///< empty: 128 random bits, written like a UUID
};

struct NewKey {
    ApiKey key;
    std::string secret; ///< the only time that it is seen
};

/// not_found: no such project in this organization. forbidden: a role above that of the key that
/// asks. invalid: the name, or a chosen secret that is too short, too long or not printable ASCII.
/// conflict: it is taken.
Result<NewKey> create(Tx& tx, const Vault& vault, const Scope& scope, const Draft& draft);

/// Whose secret this is. unauthenticated: nobody's, or expired at `now`.
Result<ApiKey> find_by_secret(Rx& rx, const Vault& vault, std::string_view secret, Instant now);

/// All of the organization, oldest first.
Result<std::vector<ApiKey>> list(Rx& rx, const Scope& scope);

/// From this commit on its secret is nobody's. not_found: no such key in this organization.
Result<> revoke(Tx& tx, const Scope& scope, const ApiKeyId& id);

} // namespace weft::store::api_keys
