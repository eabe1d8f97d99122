#pragma once

#include "store/master_key.h"
#include "store/store.h"

/// Secrets at rest: each is encrypted with the data key of its project, which is itself encrypted
/// under the master key.
namespace weft::store {

/// Where a master key lies that replaces another.
enum class KeyPlace {
    file,     ///< in the data directory's master.key
    elsewhere ///< where its owner keeps it: settings must say so before the next start
};

/// What keys a store has in memory: the master key, and what is derived from the root key, which is
/// random and lies in the database, sealed under the master key. Hashes of API keys, sessions and
/// invitations, the audit log's chain and kept answers hang on the root key, so that another master
/// key leaves them as they are. Owned by the Store, any thread.
class Vault {
public:
    /// With `master_key_hex` (64 digits), or when that is empty with master.key of the directory
    /// `directory_fd`. The root key is the master key until unlock() or begin_root(). invalid: not
    /// 64 hex digits; else as read_key_file.
    static Result<Vault> open(int directory_fd, const std::string& master_key_hex,
                              KeyFile missing = KeyFile::make);
    Vault(Vault&&) noexcept;
    ~Vault();

    /// Before any other thread: takes the root key as it lies in the database, and makes master.key
    /// that of the keys at hand which opens it. invalid: none does.
    Result<> unlock(const Blob& sealed_root);
    /// The root key of a new database, sealed: random.
    Blob begin_root();
    /// That of one from before there were root keys: what it has was hashed with the master key.
    Blob inherit_root();
    Blob seal_root(const MasterKey& master) const;

    /// The one of the keys at hand that opens the root key as it lies in the database; none:
    /// another process has replaced it (store/root_key.h).
    std::optional<MasterKey> master_of(const Blob& sealed_root) const;
    /// Any of the keys at hand.
    Result<std::string> open_data_key(const Blob& sealed, std::string_view context) const;

    /// Before the database is changed: from now on `next` opens too, and with KeyPlace::file lies
    /// beside master.key.
    Result<> prepare(const MasterKey& next, KeyPlace place) const;
    /// After it: writes master.key, if that is where the key belongs that opens the root key now.
    Result<> settle(const Blob& sealed_root) const;
    /// Whether the master key is that of master.key, and not given by settings.
    bool is_key_in_file() const;

    /// Keyed BLAKE2b-256 of an API key's secret: what is stored and looked up.
    Blob hash_api_key(std::string_view secret) const;
    /// Keyed BLAKE2b-256 of `text`, different for each purpose ("upload", …): for links that we
    /// sign.
    Blob sign(std::string_view purpose, std::string_view text) const;
    /// Encryption of what is kept for a while: answers for retries, mails on their way, attempts to
    /// sign in with another provider. `context` must be the same to open.
    Blob seal(std::string_view plain, std::string_view context) const;
    Result<std::string> open(const Blob& sealed, std::string_view context) const;

    /// Where other processes on the same database may put a secret for this one alone: a key pair
    /// that lies nowhere but in its memory.
    std::string mailbox() const; ///< the public half
    std::optional<std::string> open_letter(std::string_view sealed) const;

private:
    struct Keys;
    explicit Vault(std::unique_ptr<Keys> keys);
    void take_root(std::string_view plain);

    std::unique_ptr<Keys> keys_;
};

/// So that only who has the private half of `mailbox` can read it.
std::string letter_to(std::string_view mailbox, std::string_view plain);

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

/// Seals anew what is not yet sealed with the project's newest data key: at most `limit` of those
/// whose names come after `after`, which it moves on. True: there may be more.
Result<bool> renew_some(Tx& tx, const Vault& vault, const ProjectId& project, std::string& after,
                        std::int64_t limit);

} // namespace secrets
} // namespace weft::store
