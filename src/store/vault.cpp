#include "store/vault.h"

#include "store/directory.h"

#include <cerrno>

#include <fcntl.h>
#include <sodium.h>
#include <unistd.h>

namespace weft::store {

namespace {

constexpr const char* key_name = "master.key";
constexpr std::size_t nonce_bytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t tag_bytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

Blob keyed_hash(const SecretKey& key, std::string_view text) {
    Blob hash{std::vector<std::uint8_t>(32)};
    crypto_generichash(hash.bytes.data(), hash.bytes.size(), bytes_of(text), text.size(),
                       key.bytes.data(), key.bytes.size());
    return hash;
}

/// Written beside and renamed, so that a crash leaves no half key.
Result<SecretKey> make_key_file(int directory_fd) {
    SecretKey key;
    fill_random(key.bytes);
    const std::string unfinished = std::string(key_name) + ".new";
    const Descriptor file(open_beneath(directory_fd, unfinished.c_str(),
                                       O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!file) return system_failure("making master.key");
    TRY(write_all(file.get(), {reinterpret_cast<const char*>(key.bytes.data()), key.bytes.size()}));
    if (fsync(file.get()) != 0 ||
        renameat(directory_fd, unfinished.c_str(), directory_fd, key_name) != 0 ||
        fsync(directory_fd) != 0)
        return system_failure("saving master.key");
    return key;
}

Result<SecretKey> read_key_file(int directory_fd, KeyFile missing) {
    const Descriptor file(open_beneath(directory_fd, key_name, O_RDONLY | O_CLOEXEC));
    if (!file && errno == ENOENT && missing == KeyFile::make) return make_key_file(directory_fd);
    if (!file && errno == ENOENT)
        return fail(Code::invalid,
                    "The file master.key is missing in the data directory. Put it back from a "
                    "backup, or give the key in WEFT_MASTER_KEY: without it no API key and no "
                    "stored secret can be read.");
    if (!file) return system_failure("opening master.key");
    std::string bytes;
    TRY(read_all(file.get(), bytes));
    SecretKey key;
    if (bytes.size() != key.bytes.size())
        return fail(
            Code::invalid,
            "The file master.key in the data directory is damaged. Put it back from a backup, or "
            "give the key in WEFT_MASTER_KEY.");
    std::ranges::copy(bytes, key.bytes.begin());
    sodium_memzero(bytes.data(), bytes.size());
    return key;
}

} // namespace

SecretKey::~SecretKey() { sodium_memzero(bytes.data(), bytes.size()); }

Result<Vault> Vault::open(int directory_fd, const std::string& master_key_hex, KeyFile missing) {
    if (sodium_init() < 0) return fail(Code::internal, "The encryption library does not start.");
    Vault vault;
    if (master_key_hex.empty()) {
        vault.master_ = TRY(read_key_file(directory_fd, missing));
    } else if (!from_hex(master_key_hex, vault.master_.bytes)) {
        return fail(Code::invalid, "The master key must be 64 hexadecimal digits.");
    }
    vault.api_keys_ = vault.subkey("api keys");
    vault.data_keys_ = vault.subkey("data keys");
    vault.answers_ = vault.subkey("answers");
    return vault;
}

SecretKey Vault::subkey(std::string_view purpose) const {
    SecretKey key;
    crypto_generichash(key.bytes.data(), key.bytes.size(), bytes_of(purpose), purpose.size(),
                       master_.bytes.data(), master_.bytes.size());
    return key;
}

Blob Vault::hash_api_key(std::string_view secret) const { return keyed_hash(api_keys_, secret); }

Blob Vault::sign(std::string_view purpose, std::string_view text) const {
    return keyed_hash(subkey("sign " + std::string(purpose)), text);
}

Blob Vault::seal(std::string_view plain, std::string_view context) const {
    return seal_with(data_keys_, plain, context);
}

Result<std::string> Vault::open(const Blob& sealed, std::string_view context) const {
    return open_with(data_keys_, sealed, context);
}

Blob Vault::seal_answer(std::string_view plain, std::string_view context) const {
    return seal_with(answers_, plain, context);
}

Result<std::string> Vault::open_answer(const Blob& sealed, std::string_view context) const {
    return open_with(answers_, sealed, context);
}

Blob seal_with(const SecretKey& key, std::string_view plain, std::string_view context) {
    Blob sealed{std::vector<std::uint8_t>(nonce_bytes + plain.size() + tag_bytes)};
    fill_random({sealed.bytes.data(), nonce_bytes});
    crypto_aead_xchacha20poly1305_ietf_encrypt(
        sealed.bytes.data() + nonce_bytes, nullptr, bytes_of(plain), plain.size(),
        bytes_of(context), context.size(), nullptr, sealed.bytes.data(), key.bytes.data());
    return sealed;
}

Result<std::string> open_with(const SecretKey& key, const Blob& sealed, std::string_view context) {
    const auto damaged = [] {
        return fail(Code::internal,
                    "A stored secret cannot be opened: it is damaged, or belongs to another key.");
    };
    if (sealed.bytes.size() < nonce_bytes + tag_bytes) return damaged();
    std::string plain(sealed.bytes.size() - nonce_bytes - tag_bytes, '\0');
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(
            reinterpret_cast<unsigned char*>(plain.data()), nullptr, nullptr,
            sealed.bytes.data() + nonce_bytes, sealed.bytes.size() - nonce_bytes, bytes_of(context),
            context.size(), sealed.bytes.data(), key.bytes.data()) != 0)
        return damaged();
    return plain;
}

bool same_secret(const Blob& a, const Blob& b) {
    return a.bytes.size() == b.bytes.size() &&
           sodium_memcmp(a.bytes.data(), b.bytes.data(), a.bytes.size()) == 0;
}

} // namespace weft::store
