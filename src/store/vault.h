#pragma once

#include "store/connection.h"
#include "store/store.h"

/// Secrets at rest: XChaCha20-Poly1305 with a data key per project, which is itself encrypted under
/// the master key.
namespace weft::store {

/// A key that is wiped when it goes.
class SecretKey {
public:
    SecretKey() = default;
    ~SecretKey();
    SecretKey(const SecretKey&) = default;
    SecretKey& operator=(const SecretKey&) = default;
    std::array<std::uint8_t, 32> bytes{};
};

/// What to do when there is no key file: one that was lost must not be replaced by another.
enum class KeyFile { make, demand };

/// The master key and what is derived from it. Owned by the Store, immutable, any thread.
class Vault {
public:
    /// Reads `master_key_hex` (64 digits), or when that is empty master.key in the directory
    /// `directory_fd`, which `missing` lets it make (32 random bytes, 0600, synced) when it is
    /// absent. invalid: not 64 hex digits, or the file is damaged or demanded and not there.
    /// unavailable: the file cannot be read or made.
    static Result<Vault> open(int directory_fd, const std::string& master_key_hex,
                              KeyFile missing = KeyFile::make);

    /// Keyed BLAKE2b-256 of an API key's secret: what is stored and looked up.
    Blob hash_api_key(std::string_view secret) const;
    /// Keyed BLAKE2b-256 of `text`, different for each purpose ("upload", …): for links that we
    /// sign.
    Blob sign(std::string_view purpose, std::string_view text) const;

    /// Encryption under the master key: of data keys, and of mails on their way. `context` must be
    /// the same to open.
    Blob seal(std::string_view plain, std::string_view context) const;
    Result<std::string> open(const Blob& sealed, std::string_view context) const;
    /// The same for answers that are kept for retries, under a key of their own.
    Blob seal_answer(std::string_view plain, std::string_view context) const;
    Result<std::string> open_answer(const Blob& sealed, std::string_view context) const;

private:
    SecretKey subkey(std::string_view purpose) const;

    SecretKey master_;
    SecretKey api_keys_;
    SecretKey data_keys_;
    SecretKey answers_;
};

/// XChaCha20-Poly1305: a random nonce, then the ciphertext with its tag.
Blob seal_with(const SecretKey& key, std::string_view plain, std::string_view context);
/// internal: the bytes were changed, or another key or context made them.
Result<std::string> open_with(const SecretKey& key, const Blob& sealed, std::string_view context);

/// Whether two hashes are the same, in a time that does not depend on where they differ.
bool same_secret(const Blob& a, const Blob& b);

namespace secrets {

/// Stores or replaces the project's secret of that name.
Result<> put(Tx& tx, const Vault& vault, const Scope& scope, std::string_view name,
             std::string_view value);
/// None: there is none of that name. internal: it does not open with this master key.
Result<std::optional<std::string>> get(Rx& rx, const Vault& vault, const Scope& scope,
                                       std::string_view name);
/// Removing an absent one succeeds.
Result<> remove(Tx& tx, const Scope& scope, std::string_view name);
Result<std::vector<std::string>> names(Rx& rx, const Scope& scope);
/// Those whose names begin with `prefix`, which is not empty; in the order of their names.
Result<std::vector<std::string>> names_below(Rx& rx, const Scope& scope, std::string_view prefix);
Result<> remove_below(Tx& tx, const Scope& scope, std::string_view prefix);

} // namespace secrets
} // namespace weft::store
