#pragma once

#include "store/vault.h"

/// The keys that encrypt what is secret in a project, each sealed under the master key. While one
/// replaces another both lie in the row: what was sealed with the former is sealed anew a little at
/// a time, and then the former goes.
namespace weft::store::data_keys {

struct DataKey {
    SecretKey key;
    std::optional<SecretKey> former;
};

/// None: the project has no secrets yet. internal: it does not open with the master key.
Result<std::optional<DataKey>> find(Rx& rx, const Vault& vault, const ProjectId& project);
/// not_found: the project was deleted.
Result<DataKey> find_or_make(Tx& tx, const Vault& vault, const Scope& scope);

/// Seals each of them under `master`. How many there are.
Result<std::int64_t> seal_all(Tx& tx, const Vault& vault, const MasterKey& master);

/// Gives projects a new data key: one, or with no id all. A project that is still in the midst of
/// that keeps the one that it has. How many got one.
Result<std::int64_t> renew(Tx& tx, const Vault& vault, const ProjectId& only);
/// Drops the former key: nothing is sealed with it any more.
Result<> forget_former(Tx& tx, const Vault& vault, const ProjectId& project);

struct Count {
    std::int64_t all = 0;
    std::int64_t renewing = 0; ///< that have a former key
};
Result<Count> count(Rx& rx);
/// One that has a former key.
Result<std::optional<ProjectId>> next_renewing(Rx& rx);

} // namespace weft::store::data_keys
