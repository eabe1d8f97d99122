#pragma once

#include "store/vault.h"

/// What requests were answered, kept for their retries: encrypted, and only for as long as a retry
/// may come. Several requests may look the same (two clients with one stamp); they differ in
/// `arrived_at`.
namespace weft::store::replays {

struct Kept {
    Instant arrived_at;
    Blob body_hash;
    std::string answer; ///< opaque here
};

/// Those of this request that have not expired at `now`, oldest first, at most 16. internal: one
/// does not open with this master key.
Result<std::vector<Kept>> find(Rx& rx, const Vault& vault, const OrganizationId& organization,
                               const Blob& request, Instant now);

/// Keeps an answer until `expires_at`, in the place of what was kept for the same arrival.
Result<> keep(Tx& tx, const Vault& vault, const OrganizationId& organization, const Blob& request,
              const Kept& kept, Instant expires_at);

/// Forgets at most `count` that have expired, of all organizations; answers how many.
Result<std::int64_t> forget_expired(Tx& tx, std::int64_t count);

} // namespace weft::store::replays
