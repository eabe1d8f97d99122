#include "store/vault.h"

#include "base/mutex.h"

#include <sodium.h>

namespace weft::store {

namespace {

constexpr std::size_t masters_max = 3; ///< the newest, the one before, and one that was prepared
constexpr std::string_view root_context = "root key";

} // namespace

struct Vault::Keys {
    int directory_fd = -1;
    bool is_in_file = false;

    // Until unlock() has returned there is one thread; after it nothing changes these.
    SecretKey root;
    SecretKey answers;
    SecretKey old_answers; ///< of a database from before there were root keys
    SecretKey api_keys;

    std::array<std::uint8_t, crypto_box_PUBLICKEYBYTES> mailbox{};
    SecretKey mailbox_secret;

    struct Held {
        MasterKey master;
        KeyPlace place;
    };
    mutable Mutex mutex;
    std::vector<Held> masters GUARDED_BY(mutex); ///< the newest first

    /// Which of them opens the root key.
    std::optional<Held> holder_of(const Blob& sealed_root) const;
};

std::optional<Vault::Keys::Held> Vault::Keys::holder_of(const Blob& sealed_root) const {
    const Lock lock(mutex);
    for (const Held& each : masters)
        if (auto plain = each.master.open("root", sealed_root, root_context)) {
            wipe(*plain);
            return each;
        }
    return std::nullopt;
}

Vault::Vault(std::unique_ptr<Keys> keys) : keys_(std::move(keys)) {}
Vault::Vault(Vault&&) noexcept = default;
Vault::~Vault() = default;

Result<Vault> Vault::open(int directory_fd, const std::string& master_key_hex, KeyFile missing) {
    if (sodium_init() < 0) return fail(Code::internal, "The encryption library does not start.");
    auto keys = std::make_unique<Keys>();
    keys->directory_fd = directory_fd;
    keys->is_in_file = master_key_hex.empty();
    std::vector<Keys::Held> masters;
    if (keys->is_in_file) {
        masters.push_back({
            TRY(read_key_file(directory_fd, missing))
            , KeyPlace::file
        });
        if (auto next = TRY(read_next_key_file(directory_fd)))
            masters.push_back({*next, KeyPlace::file});
    } else if (auto given = MasterKey::from_hex(master_key_hex)) {
        masters.push_back({*given, KeyPlace::elsewhere});
    } else {
        return fail(Code::invalid, "The master key must be 64 hexadecimal digits.");
    }
    crypto_box_keypair(keys->mailbox.data(), keys->mailbox_secret.bytes.data());
    Vault vault(std::move(keys));
    const SecretKey root = masters.front().master.key;
    {
        const Lock lock(vault.keys_->mutex);
        vault.keys_->masters = std::move(masters);
    }
    vault.take_root(std::string(root.view()) + std::string(root.derive("answers").view()));
    return vault;
}

/// The root key, then the key of kept answers.
void Vault::take_root(std::string_view plain) {
    CHECK(plain.size() == 2 * SecretKey::size);
    keys_->root = SecretKey::of(plain.substr(0, SecretKey::size));
    keys_->answers = SecretKey::of(plain.substr(SecretKey::size));
    keys_->old_answers = keys_->root.derive("answers");
    keys_->api_keys = keys_->root.derive("api keys");
}

Result<> Vault::unlock(const Blob& sealed_root) {
    const auto master = master_of(sealed_root);
    if (!master)
        return fail(Code::invalid,
                    "The master key is not the one that this data directory was made with. Give "
                    "that one in WEFT_MASTER_KEY, or put its file master.key back from a backup.");
    std::string plain = TRY(master->open("root", sealed_root, root_context));
    take_root(plain);
    wipe(plain);
    TRY(settle(sealed_root));
    if (!keys_->is_in_file) return {};
    return remove_next_key_file(keys_->directory_fd); // of a replacement that did not happen
}

Blob Vault::begin_root() {
    std::string plain =
        std::string(SecretKey::fresh().view()) + std::string(SecretKey::fresh().view());
    take_root(plain);
    wipe(plain);
    const Lock lock(keys_->mutex);
    return seal_root(keys_->masters.front().master);
}

Blob Vault::inherit_root() {
    keys_->answers = SecretKey::fresh();
    const Lock lock(keys_->mutex);
    return seal_root(keys_->masters.front().master);
}

Blob Vault::seal_root(const MasterKey& master) const {
    std::string plain = std::string(keys_->root.view()) + std::string(keys_->answers.view());
    Blob sealed = master.seal("root", plain, root_context);
    wipe(plain);
    return sealed;
}

std::optional<MasterKey> Vault::master_of(const Blob& sealed_root) const {
    const auto held = keys_->holder_of(sealed_root);
    if (!held) return std::nullopt;
    return held->master;
}

Result<std::string> Vault::open_data_key(const Blob& sealed, std::string_view context) const {
    const Lock lock(keys_->mutex);
    Result<std::string> opened;
    for (const auto& each : keys_->masters) {
        opened = each.master.open("data keys", sealed, context);
        if (opened) break;
    }
    return opened;
}

Result<> Vault::prepare(const MasterKey& next, KeyPlace place) const {
    if (place == KeyPlace::file && keys_->is_in_file)
        TRY(write_next_key_file(keys_->directory_fd, next));
    const Lock lock(keys_->mutex);
    auto& masters = keys_->masters;
    std::erase_if(masters, [&next](const auto& each) { return each.master.key == next.key; });
    masters.insert(masters.begin(), {next, place});
    if (masters.size() > masters_max) masters.pop_back();
    return {};
}

Result<> Vault::settle(const Blob& sealed_root) const {
    if (!keys_->is_in_file) return {};
    const auto held = keys_->holder_of(sealed_root);
    if (!held || held->place != KeyPlace::file) return {};
    const MasterKey there = TRY(read_key_file(keys_->directory_fd, KeyFile::demand));
    if (there.key == held->master.key) return {};
    return write_key_file(keys_->directory_fd, held->master);
}

bool Vault::is_key_in_file() const { return keys_->is_in_file; }

Blob Vault::hash_api_key(std::string_view secret) const {
    return keyed_hash(keys_->api_keys, secret);
}

Blob Vault::sign(std::string_view purpose, std::string_view text) const {
    return keyed_hash(keys_->root.derive("sign " + std::string(purpose)), text);
}

Blob Vault::seal(std::string_view plain, std::string_view context) const {
    return seal_with(keys_->answers, plain, context);
}

Result<std::string> Vault::open(const Blob& sealed, std::string_view context) const {
    if (auto opened = open_with(keys_->answers, sealed, context)) return opened;
    return open_with(keys_->old_answers, sealed, context);
}

std::string Vault::mailbox() const {
    return {reinterpret_cast<const char*>(keys_->mailbox.data()), keys_->mailbox.size()};
}

std::optional<std::string> Vault::open_letter(std::string_view sealed) const {
    if (sealed.size() < crypto_box_SEALBYTES) return std::nullopt;
    std::string plain(sealed.size() - crypto_box_SEALBYTES, '\0');
    if (crypto_box_seal_open(reinterpret_cast<unsigned char*>(plain.data()),
                             reinterpret_cast<const unsigned char*>(sealed.data()), sealed.size(),
                             keys_->mailbox.data(), keys_->mailbox_secret.bytes.data()) != 0)
        return std::nullopt;
    return plain;
}

std::string letter_to(std::string_view mailbox, std::string_view plain) {
    CHECK(mailbox.size() == crypto_box_PUBLICKEYBYTES);
    std::string sealed(plain.size() + crypto_box_SEALBYTES, '\0');
    crypto_box_seal(reinterpret_cast<unsigned char*>(sealed.data()),
                    reinterpret_cast<const unsigned char*>(plain.data()), plain.size(),
                    reinterpret_cast<const unsigned char*>(mailbox.data()));
    return sealed;
}

} // namespace weft::store
