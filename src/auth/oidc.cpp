#include "auth/oidc.h"

#include "base/ids.h"

#include <algorithm>

#include <boost/json/array.hpp>
#include <fmt/format.h>
#include <sodium.h>

namespace weft::auth {

namespace {

constexpr seconds discovery_holds{3600};
constexpr std::size_t document_bytes_max = 256 * 1024;
constexpr milliseconds answer_ms_max{15'000};

std::string random_text() {
    std::array<std::uint8_t, 32> random{};
    fill_random(random);
    return to_hex(random);
}

/// RFC 7636, 4.2: S256
std::string challenge_of(const std::string& verifier) {
    std::array<unsigned char, crypto_hash_sha256_BYTES> hash{};
    crypto_hash_sha256(hash.data(), reinterpret_cast<const unsigned char*>(verifier.data()),
                       verifier.size());
    std::string text(sodium_base64_ENCODED_LEN(hash.size(), //
                                               sodium_base64_VARIANT_URLSAFE_NO_PADDING),
                     '\0');
    sodium_bin2base64(text.data(), text.size(), hash.data(), hash.size(),
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    text.pop_back(); // the zero
    return text;
}

std::string encoded(const std::vector<std::pair<std::string, std::string>>& fields) {
    std::string text;
    for (const auto& [name, value] : fields)
        text += (text.empty() ? "" : "&") + name + "=" + http::percent_encode(value);
    return text;
}

std::unexpected<Error> unusable(const std::string& why) {
    return fail(Code::unavailable, "The provider cannot be used.", why);
}
std::unexpected<Error> not_good(const std::string& why) {
    return fail(Code::unauthenticated, "Signing in has failed.", why);
}

bool lists(const json::value& document, std::string_view name, std::string_view word) {
    const json::value* list = find(document, name);
    return list && list->is_array() &&
           std::ranges::find(list->as_array(), json::value(word)) != list->as_array().end();
}

} // namespace

OidcAttempt new_oidc_attempt() { return {random_text(), random_text(), random_text()}; }

bool OidcProvider::may_sign_up(std::string_view email) const {
    const std::string_view domain = email.substr(email.rfind('@') + 1);
    return std::ranges::any_of(settings_.sign_up_domains, [&](const std::string& allowed) {
        return allowed == "*" || allowed == domain;
    });
}

/// What a provider on https says leads to https.
bool OidcProvider::is_endpoint(std::string_view url) const {
    return url.starts_with("https://") ||
           (url.starts_with("http://") && settings_.issuer.starts_with("http://"));
}

Task<Result<json::value>> OidcProvider::fetch(http::ClientRequest request) {
    request.reach = settings_.reach;
    request.first_byte_ms_max = answer_ms_max;
    request.total_ms_max = answer_ms_max;
    request.answer_bytes_max = document_bytes_max;
    request.headers.set("Accept", "application/json");
    const std::string url = request.url;
    const auto answer = co_await client_.fetch(std::move(request));
    if (!answer) co_return unusable(answer.error().message);
    auto document = parse_json(answer->body);
    if (answer->status >= 400 && answer->status < 500) {
        const std::string_view word = document ? text_or(*document, "error") : "";
        co_return not_good(fmt::format("{} answers {} {}", url, answer->status, word));
    }
    if (answer->status != 200 || !document || !document->is_object())
        co_return unusable(fmt::format("{} answers {}, or no JSON", url, answer->status));
    co_return *std::move(document);
}

Result<OidcProvider::Known> OidcProvider::read_discovery(const json::value& document) const {
    if (text_or(document, "issuer") != settings_.issuer)
        return unusable(fmt::format("it calls itself {}, not {}", text_or(document, "issuer"),
                                    settings_.issuer));
    Discovery found{std::string(text_or(document, "authorization_endpoint")),
                    std::string(text_or(document, "token_endpoint")),
                    std::string(text_or(document, "jwks_uri")),
                    std::string(text_or(document, "userinfo_endpoint"))};
    for (const std::string* url :
         {&found.authorization_endpoint, &found.token_endpoint, &found.jwks_uri})
        if (!is_endpoint(*url)) return unusable("an endpoint is missing, or not on https");
    if (!is_endpoint(found.userinfo_endpoint)) found.userinfo_endpoint.clear();
    constexpr std::string_view methods = "token_endpoint_auth_methods_supported";
    found.takes_basic = !find(document, methods) || lists(document, methods, "client_secret_basic");
    found.names_issuer = bool_or(document, "authorization_response_iss_parameter_supported");
    found.read_at = clock_.now();
    return std::make_shared<const Discovery>(std::move(found));
}

Task<Result<OidcProvider::Known>> OidcProvider::discover() {
    {
        const Lock lock(mutex_);
        if (known_ && known_->read_at + microseconds(discovery_holds) > clock_.now())
            co_return known_;
    }
    std::string base = settings_.issuer;
    if (base.ends_with('/')) base.pop_back();
    auto document = co_await fetch({.url = base + "/.well-known/openid-configuration"});
    if (!document) co_return unusable(document.error().log_text);
    auto found = read_discovery(*document);
    if (!found) co_return found;
    const Lock lock(mutex_);
    known_ = *found;
    co_return found;
}

/// The provider's keys: those that are known, unless it is these that did not do.
Task<Result<OidcProvider::Keys>> OidcProvider::keys(const Discovery& discovery, Keys but_not) {
    {
        const Lock lock(mutex_);
        if (keys_ && keys_ != but_not) co_return keys_;
    }
    auto document = co_await fetch({.url = discovery.jwks_uri});
    if (!document) co_return unusable(document.error().log_text);
    auto read = std::make_shared<const json::value>(*std::move(document));
    const Lock lock(mutex_);
    keys_ = read;
    co_return read;
}

Task<Result<std::string>> OidcProvider::authorization_url(OidcAttempt attempt) {
    auto discovery = co_await discover();
    if (!discovery) co_return std::unexpected(std::move(discovery).error());
    const std::string& endpoint = (*discovery)->authorization_endpoint;
    co_return endpoint + (endpoint.find('?') == endpoint.npos ? "?" : "&") +
        encoded({{"response_type", "code"},
                 {"client_id", settings_.client_id},
                 {"redirect_uri", settings_.callback},
                 {"scope", "openid email profile"},
                 {"state", attempt.state},
                 {"nonce", attempt.nonce},
                 {"code_challenge", challenge_of(attempt.verifier)},
                 {"code_challenge_method", "S256"}});
}

Task<Result<OidcProvider::Tokens>> OidcProvider::tokens(Known discovery, std::string code,
                                                        std::string verifier) {
    std::vector<std::pair<std::string, std::string>> fields{{"grant_type", "authorization_code"},
                                                            {"code", std::move(code)},
                                                            {"redirect_uri", settings_.callback},
                                                            {"code_verifier", std::move(verifier)}};
    http::ClientRequest request{.method = http::Method::post, .url = discovery->token_endpoint};
    const bool by_header = !settings_.client_secret.empty() && discovery->takes_basic;
    if (by_header) { // RFC 6749, 2.3.1: both are encoded first
        request.credentials = http::Credentials::basic(
            discovery->token_endpoint, http::percent_encode(settings_.client_id),
            http::percent_encode(settings_.client_secret));
    } else {
        fields.emplace_back("client_id", settings_.client_id);
        if (!settings_.client_secret.empty())
            fields.emplace_back("client_secret", settings_.client_secret);
    }
    request.headers.set("Content-Type", "application/x-www-form-urlencoded");
    request.body = encoded(fields);
    const auto answer = co_await fetch(std::move(request));
    if (!answer) co_return std::unexpected(answer.error());
    Tokens tokens{std::string(text_or(*answer, "id_token")),
                  std::string(text_or(*answer, "access_token"))};
    if (tokens.id.empty()) co_return not_good("it gave no id token");
    co_return tokens;
}

Task<Result<Claims>> OidcProvider::verified(Known discovery, std::string id_token,
                                            std::string nonce) {
    Keys tried;
    for (int times = 0; times < 2; ++times) { // a second time with keys that are read anew
        auto known = co_await keys(*discovery, tried);
        if (!known) co_return std::unexpected(std::move(known).error());
        tried = *known;
        auto claims = verify_id_token(id_token, *tried,
                                      {settings_.issuer, settings_.client_id, nonce, clock_.now()});
        if (claims) co_return *std::move(claims);
        if (claims.error().kind == TokenFault::Kind::refused)
            co_return not_good("the id token is " + claims.error().why);
    }
    co_return not_good("the id token is signed with an unknown key");
}

/// Some providers tell an address only when they are asked for it (OpenID Connect Core 1.0, 5.3).
Task<Result<Claims>> OidcProvider::with_address(Known discovery, Claims claims,
                                                std::string access_token) {
    if (!claims.email.empty() || access_token.empty() || discovery->userinfo_endpoint.empty())
        co_return claims;
    http::ClientRequest request{.url = discovery->userinfo_endpoint};
    request.credentials = http::Credentials::bearer(discovery->userinfo_endpoint, access_token);
    const auto told = co_await fetch(std::move(request));
    if (!told) co_return std::unexpected(told.error());
    Claims more = claims_in(*told);
    if (more.subject != claims.subject) co_return not_good("it tells of somebody else");
    co_return more;
}

Task<Result<Claims>> OidcProvider::redeem(std::string code, std::string issuer,
                                          OidcAttempt attempt) {
    auto discovery = co_await discover();
    if (!discovery) co_return std::unexpected(std::move(discovery).error());
    if (issuer.empty() ? (*discovery)->names_issuer : issuer != settings_.issuer)
        co_return not_good("the answer is another issuer's");
    const auto given = co_await tokens(*discovery, std::move(code), attempt.verifier);
    if (!given) co_return std::unexpected(given.error());
    auto claims = co_await verified(*discovery, given->id, attempt.nonce);
    if (!claims) co_return claims;
    co_return co_await with_address(*discovery, *std::move(claims), given->access);
}

} // namespace weft::auth
