#include "store/sealing.h"

#include <sodium.h>

namespace weft::store {

namespace {

constexpr std::size_t nonce_bytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t tag_bytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

} // namespace

SecretKey::~SecretKey() { sodium_memzero(bytes.data(), bytes.size()); }

SecretKey SecretKey::fresh() {
    SecretKey key;
    fill_random(key.bytes);
    return key;
}

SecretKey SecretKey::of(std::string_view bytes) {
    SecretKey key;
    CHECK(bytes.size() == size);
    std::ranges::copy(bytes, key.bytes.begin());
    return key;
}

SecretKey SecretKey::derive(std::string_view purpose) const {
    SecretKey key;
    crypto_generichash(key.bytes.data(), key.bytes.size(), bytes_of(purpose), purpose.size(),
                       bytes.data(), bytes.size());
    return key;
}

bool operator==(const SecretKey& a, const SecretKey& b) {
    return sodium_memcmp(a.bytes.data(), b.bytes.data(), SecretKey::size) == 0;
}

Blob seal_with(const SecretKey& key, std::string_view plain, std::string_view context) {
    Blob sealed{std::vector<std::uint8_t>(sealed_size(plain.size()))};
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

std::size_t sealed_size(std::size_t plain_bytes) { return nonce_bytes + plain_bytes + tag_bytes; }

Blob keyed_hash(const SecretKey& key, std::string_view text) {
    Blob hash{std::vector<std::uint8_t>(32)};
    crypto_generichash(hash.bytes.data(), hash.bytes.size(), bytes_of(text), text.size(),
                       key.bytes.data(), key.bytes.size());
    return hash;
}

bool same_secret(const Blob& a, const Blob& b) {
    return a.bytes.size() == b.bytes.size() &&
           sodium_memcmp(a.bytes.data(), b.bytes.data(), a.bytes.size()) == 0;
}

void wipe(std::string& text) { sodium_memzero(text.data(), text.size()); }

} // namespace weft::store
