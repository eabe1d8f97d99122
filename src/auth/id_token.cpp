#include "auth/id_token.h"

#include <algorithm>
#include <memory>
#include <optional>

#include <boost/json/array.hpp>
#include <cjose/cjose.h>
#include <sodium.h>

namespace weft::auth {

namespace {

constexpr std::size_t token_bytes_max = 32 * 1024;
constexpr std::size_t rsa_bytes_min = 256;     ///< 2048 bits
constexpr std::size_t subject_bytes_max = 255; // OpenID Connect Core 1.0, 2
constexpr double skew_s = 60;

std::unexpected<TokenFault> refused(std::string why) {
    return std::unexpected(TokenFault{TokenFault::Kind::refused, std::move(why)});
}

std::optional<std::string> from_base64url(std::string_view text) {
    std::string bytes(text.size(), '\0');
    std::size_t size = 0;
    if (sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(),
                          text.size(), nullptr, &size, nullptr,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0)
        return std::nullopt;
    bytes.resize(size);
    return bytes;
}

/// What of a JWK is used, and the kind of key that an algorithm takes. There are no others: not
/// "none", and no shared secret that somebody could take a public key for.
struct Algorithm {
    std::string_view name;
    std::string_view key_type;
    std::array<std::string_view, 3> members;
};
constexpr Algorithm algorithms[] = {
    {"RS256", "RSA", {"n", "e", ""}},
    {"ES256", "EC", {"crv", "x", "y"}},
};

const Algorithm* algorithm_of(const json::value& header) {
    const auto found = std::ranges::find(algorithms, text_or(header, "alg"), &Algorithm::name);
    return found == std::end(algorithms) ? nullptr : found;
}

bool is_strong(const json::value& key, const Algorithm& algorithm) {
    if (algorithm.key_type == "EC") return text_or(key, "crv") == "P-256";
    const auto modulus = from_base64url(text_or(key, "n"));
    return modulus && modulus->size() >= rsa_bytes_min;
}

bool fits(const json::value& key, const Algorithm& algorithm) {
    return text_or(key, "kty") == algorithm.key_type && text_or(key, "use", "sig") == "sig" &&
           text_or(key, "alg", algorithm.name) == algorithm.name && is_strong(key, algorithm);
}

/// The key that the header names; without a name the only one that fits. None: there is none.
const json::value* key_for(const json::value& keys, const json::value& header,
                           const Algorithm& algorithm) {
    const json::value* list = find(keys, "keys");
    if (!list || !list->is_array()) return nullptr;
    const json::value* name = find(header, "kid");
    const json::value* found = nullptr;
    for (const json::value& key : list->as_array()) {
        if (!fits(key, algorithm)) continue;
        if (name && name->is_string() && text_or(key, "kid") == name->as_string()) return &key;
        if (found && !name) return nullptr;
        if (!name) found = &key;
    }
    return found;
}

using Jwk =
    std::unique_ptr<cjose_jwk_t, decltype([](cjose_jwk_t* key) { cjose_jwk_release(key); })>;
using Jws = std::unique_ptr<cjose_jws_t, decltype(&cjose_jws_release)>;

/// Only its public numbers: what else a provider writes is not handed on.
std::string bare_key(const json::value& key, const Algorithm& algorithm) {
    json::object bare{{"kty", algorithm.key_type}};
    for (const std::string_view member : algorithm.members)
        if (!member.empty()) bare[member] = text_or(key, member);
    return to_text(bare);
}

/// The payload, once its signature was found right.
std::optional<std::string> signed_payload(std::string_view token, const json::value& key,
                                          const Algorithm& algorithm) {
    cjose_err error{};
    const std::string text = bare_key(key, algorithm);
    const Jwk jwk(cjose_jwk_import(text.data(), text.size(), &error));
    const Jws jws(cjose_jws_import(token.data(), token.size(), &error), &cjose_jws_release);
    if (!jwk || !jws || !cjose_jws_verify(jws.get(), jwk.get(), &error)) return std::nullopt;
    std::uint8_t* bytes = nullptr; // the jws's own
    std::size_t size = 0;
    if (!cjose_jws_get_plaintext(jws.get(), &bytes, &size, &error)) return std::nullopt;
    return std::string(reinterpret_cast<const char*>(bytes), size);
}

std::optional<double> number_in(const json::value& claims, std::string_view name) {
    const json::value* value = find(claims, name);
    if (!value || !value->is_number()) return std::nullopt;
    return value->to_number<double>();
}

/// Whether we are who it is for; of several who, it must have been asked for by us.
bool is_for(const json::value& claims, const std::string& client_id) {
    const json::value* audience = find(claims, "aud");
    if (!audience) return false;
    const json::value* party = find(claims, "azp");
    if (party && text_or(claims, "azp") != client_id) return false;
    if (audience->is_string()) return audience->as_string() == client_id;
    if (!audience->is_array()) return false;
    const json::array& all = audience->as_array();
    return std::ranges::find(all, json::value(client_id)) != all.end() &&
           (all.size() == 1 || party);
}

/// Why the claims are not for us, now; none: they are.
std::optional<std::string> fault_of(const json::value& claims, const IdTokenRules& rules) {
    const double now_s = rules.now.epoch_seconds();
    const auto expires = number_in(claims, "exp");
    const auto issued = number_in(claims, "iat");
    const auto begins = number_in(claims, "nbf");
    if (text_or(claims, "iss") != rules.issuer) return "another issuer";
    if (!is_for(claims, rules.client_id)) return "for somebody else";
    if (!expires || *expires <= now_s - skew_s) return "expired";
    if (!issued || *issued > now_s + skew_s) return "issued in the future";
    if (begins && *begins > now_s + skew_s) return "not valid yet";
    if (rules.nonce.empty() || text_or(claims, "nonce") != rules.nonce) return "another nonce";
    const std::string_view subject = text_or(claims, "sub");
    if (subject.empty() || subject.size() > subject_bytes_max) return "no subject";
    return std::nullopt;
}

} // namespace

std::expected<Claims, TokenFault> verify_id_token(std::string_view token, const json::value& keys,
                                                  const IdTokenRules& rules) {
    if (token.size() > token_bytes_max || std::ranges::count(token, '.') != 2)
        return refused("not a signed token");
    const auto head = from_base64url(token.substr(0, token.find('.')));
    const auto header = head ? parse_json(*head) : fail(Code::malformed, "");
    if (!header || !header->is_object()) return refused("not a signed token");
    const Algorithm* algorithm = algorithm_of(*header);
    if (!algorithm) return refused("signed in a way that is not taken");
    if (find(*header, "crit")) return refused("a header that is not known");
    const json::value* key = key_for(keys, *header, *algorithm);
    if (!key) return std::unexpected(TokenFault{TokenFault::Kind::unknown_key, "an unknown key"});
    const auto payload = signed_payload(token, *key, *algorithm);
    if (!payload) return refused("the signature is wrong");
    const auto claims = parse_json(*payload);
    if (!claims || !claims->is_object()) return refused("no claims");
    if (auto fault = fault_of(*claims, rules)) return refused(*std::move(fault));
    return claims_in(*claims);
}

Claims claims_in(const json::value& object) {
    return {std::string(text_or(object, "sub")), std::string(text_or(object, "email")),
            bool_or(object, "email_verified"), std::string(text_or(object, "name"))};
}

} // namespace weft::auth
