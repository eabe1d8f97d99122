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

inline constexpr std::int64_t page_max = 500;

struct Page {
    std::vector<ApiKey> keys;
    std::int64_t total = 0;
};

/// The organization's, oldest first; with a project only those confined to it.
Result<Page> list(Rx& rx, const Scope& scope, const ProjectId& confined_to = {},
                  std::int64_t limit = page_max, std::int64_t skip = 0);

/// not_found: no such key in this organization.
Result<ApiKey> find(Rx& rx, const Scope& scope, const ApiKeyId& id);

/// From this commit on its secret is nobody's. not_found: no such key in this organization.
Result<> revoke(Tx& tx, const Scope& scope, const ApiKeyId& id);

} // namespace weft::store::api_keys
