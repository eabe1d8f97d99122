#pragma once

#include "store/connection.h"

/// Keys, and what they seal: XChaCha20-Poly1305.
namespace weft::store {

/// A key that is wiped when it goes.
class SecretKey {
public:
    SecretKey() = default;
    ~SecretKey();
    SecretKey(const SecretKey&) = default;
    SecretKey& operator=(const SecretKey&) = default;

    static constexpr std::size_t size = 32;
    static SecretKey fresh(); ///< random
    /// `bytes` has `size` bytes.
    static SecretKey of(std::string_view bytes);
    /// Another one, made of this one and a word: whoever has it does not have this one.
    SecretKey derive(std::string_view purpose) const;
    std::string_view view() const {
        return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    }
    friend bool operator==(const SecretKey& a, const SecretKey& b);

    std::array<std::uint8_t, size> bytes{};
};

/// A random nonce, then the ciphertext with its tag. `context` must be the same to open.
Blob seal_with(const SecretKey& key, std::string_view plain, std::string_view context);
/// internal: the bytes were changed, or another key or context made them.
Result<std::string> open_with(const SecretKey& key, const Blob& sealed, std::string_view context);
/// How many bytes `plain_bytes` are when they are sealed.
std::size_t sealed_size(std::size_t plain_bytes);

/// Keyed BLAKE2b-256.
Blob keyed_hash(const SecretKey& key, std::string_view text);
/// Whether two hashes are the same, in a time that does not depend on where they differ.
bool same_secret(const Blob& a, const Blob& b);

/// Overwrites what was secret; compilers leave it in.
void wipe(std::string& text);

} // namespace weft::store
