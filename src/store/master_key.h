#pragma once

#include "store/sealing.h"

#include <filesystem>

namespace weft::store {

/// The key over all others. Its owner gives it, or it is made at the first start and kept in the
/// data directory's master.key. It seals the data keys of projects and the root key (store/vault.h)
/// and nothing else, so that it can be replaced.
struct MasterKey {
    SecretKey key;

    static MasterKey fresh() { return {SecretKey::fresh()}; }
    /// None: not 64 hexadecimal digits.
    static std::optional<MasterKey> from_hex(std::string_view digits);

    /// What is sealed for one purpose ("data keys", "root", "orders") does not open for another.
    Blob seal(std::string_view purpose, std::string_view plain, std::string_view context) const;
    Result<std::string> open(std::string_view purpose, const Blob& sealed,
                             std::string_view context) const;
};

inline constexpr const char* master_key_file = "master.key";

/// What to do when there is no key file: one that was lost must not be replaced by another.
enum class KeyFile { make, demand };

/// Reads master.key in the directory `directory_fd`, which `missing` lets it make (32 random bytes,
/// 0600, synced). invalid: it is damaged, or demanded and not there. unavailable: it cannot be read
/// or made.
Result<MasterKey> read_key_file(int directory_fd, KeyFile missing);

/// Replaces master.key in one step.
Result<> write_key_file(int directory_fd, const MasterKey& key);

/// A key that is to replace the one in master.key lies beside it from before the change until
/// the next start: whenever the process ends, one of the two is the right one.
Result<> write_next_key_file(int directory_fd, const MasterKey& next);
Result<std::optional<MasterKey>> read_next_key_file(int directory_fd);
Result<> remove_next_key_file(int directory_fd);

} // namespace weft::store
