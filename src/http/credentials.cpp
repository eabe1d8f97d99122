#include "http/credentials.h"

#include "http/text.h"

#include <algorithm>
#include <openssl/evp.h>

namespace weft::http {

namespace {

constexpr std::string_view sensitive_names[] = {
    "authorization",
    "proxy-authorization",
    "cookie",
    "x-api-key",
    "api-key",
    "apikey",
    "x-goog-api-key",
    "x-auth-token",
    "x-auth-key",
    "x-access-token",
    "private-token",
    "x-csrf-token",
    "ocp-apim-subscription-key",
    "x-amz-security-token",
};

std::string base64(std::string_view bytes) {
    std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0'); // and the NUL that OpenSSL adds
    const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                     reinterpret_cast<const unsigned char*>(bytes.data()),
                                     static_cast<int>(bytes.size()));
    out.resize(static_cast<std::size_t>(size));
    return out;
}

} // namespace

Credentials Credentials::bearer(std::string origin, std::string_view token) {
    if (token.empty()) return {};
    return header(std::move(origin), "Authorization", "Bearer " + std::string(token));
}

Credentials Credentials::header(std::string origin, std::string name, std::string value) {
    if (value.empty()) return {};
    return {.origins = {std::move(origin)}, .headers = {{std::move(name), std::move(value)}}};
}

Credentials Credentials::query_parameter(std::string origin, std::string name, std::string value) {
    if (value.empty()) return {};
    return {.origins = {std::move(origin)}, .query = {{std::move(name), std::move(value)}}};
}

Credentials Credentials::basic(std::string origin, std::string_view user,
                               std::string_view password) {
    if (user.empty() && password.empty()) return {};
    const std::string pair = std::string(user) + ":" + std::string(password);
    return header(std::move(origin), "Authorization", "Basic " + base64(pair));
}

bool Credentials::belong_to(const Origin& origin) const {
    return std::ranges::any_of(origins,
                               [&](const std::string& each) { return origin_of(each) == origin; });
}

bool is_sensitive_header(std::string_view name, const std::vector<std::string>& marked) {
    const auto same = [name](std::string_view each) { return equal_without_case(each, name); };
    return std::ranges::any_of(sensitive_names, same) || std::ranges::any_of(marked, same);
}

} // namespace weft::http
