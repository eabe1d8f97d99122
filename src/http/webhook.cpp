#include "http/webhook.h"

#include <array>
#include <fmt/format.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sodium.h>

namespace weft::http {

namespace {

constexpr std::string_view secret_prefix = "whsec_";

std::string key_of(std::string_view secret) {
    if (!secret.starts_with(secret_prefix)) return std::string(secret);
    const std::string_view text = secret.substr(secret_prefix.size());
    std::string key(text.size(), '\0');
    std::size_t size = 0;
    if (sodium_base642bin(reinterpret_cast<unsigned char*>(key.data()), key.size(), text.data(),
                          text.size(), nullptr, &size, nullptr,
                          sodium_base64_VARIANT_ORIGINAL) != 0)
        return std::string(secret);
    key.resize(size);
    return key;
}

} // namespace

Headers signed_fields(std::string_view secret, std::string_view id, std::int64_t timestamp_s,
                      std::string_view body) {
    const std::string key = key_of(secret);
    const std::string text = fmt::format("{}.{}.{}", id, timestamp_s, body);
    std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
    unsigned int mac_bytes = 0;
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
         reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac.data(), &mac_bytes);
    std::string base64(sodium_base64_encoded_len(mac_bytes, sodium_base64_VARIANT_ORIGINAL), '\0');
    sodium_bin2base64(base64.data(), base64.size(), mac.data(), mac_bytes,
                      sodium_base64_VARIANT_ORIGINAL);
    base64.pop_back(); // its zero
    return {{{"webhook-id", std::string(id)},
             {"webhook-timestamp", std::to_string(timestamp_s)},
             {"webhook-signature", "v1," + base64}}};
}

} // namespace weft::http
