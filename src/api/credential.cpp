#include "api/credential.h"

#include <fmt/format.h>

namespace weft::api {

namespace {

constexpr std::string_view key_name = "x-api-key";
constexpr std::string_view bearer = "Bearer ";
constexpr std::size_t session_token_size = 64; ///< hex digits; keys are written otherwise

/// Whether two texts are the same, in a time that does not depend on where they differ.
bool same(std::string_view a, std::string_view b) {
    return store::same_secret(store::Blob{{a.begin(), a.end()}}, store::Blob{{b.begin(), b.end()}});
}

bool is_session_token(std::string_view text) {
    return text.size() == session_token_size &&
           text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string hex_of(const store::Blob& hash) { return to_hex(hash.bytes); }

} // namespace

std::string cookie_of(const http::Request& request, std::string_view name) {
    const std::string* cookies = request.headers.find("cookie");
    std::string_view rest = cookies ? std::string_view(*cookies) : std::string_view();
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find(';'), rest.size());
        std::string_view pair = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        while (pair.starts_with(' ')) pair.remove_prefix(1);
        const std::size_t equals = pair.find('=');
        if (equals != pair.npos && pair.substr(0, equals) == name)
            return std::string(pair.substr(equals + 1));
    }
    return {};
}

Result<Credential> credential_of(const http::Request& request, bool key_in_query) {
    if (const std::string* key = request.headers.find(key_name); key && !key->empty())
        return Credential{Credential::Kind::key, *key};
    if (const std::string* given = request.headers.find("authorization");
        given && given->starts_with(bearer) && given->size() > bearer.size()) {
        std::string secret = given->substr(bearer.size());
        const auto kind =
            is_session_token(secret) ? Credential::Kind::session : Credential::Kind::key;
        return Credential{kind, std::move(secret)};
    }
    if (key_in_query)
        for (auto& [name, value] : TRY(http::parse_query(request.query)))
            if (name == key_name && !value.empty())
                return Credential{Credential::Kind::key, std::move(value)};
    if (std::string token = cookie_of(request, session_cookie); !token.empty())
        return Credential{Credential::Kind::cookie, std::move(token)};
    return fail(Code::unauthenticated, "Send your API key in the header x-api-key, or sign in.");
}

std::string set_cookie(const http::Request& request, std::string_view name, std::string_view value,
                       seconds max_age, SameSite same_site) {
    return fmt::format("{}={}; Path=/; Max-Age={}; HttpOnly; SameSite={}{}", name, value,
                       max_age.count(), same_site == SameSite::lax ? "Lax" : "Strict",
                       request.is_secure ? "; Secure" : "");
}

std::string csrf_token(const store::Vault& vault, const std::string& session_token) {
    return hex_of(vault.sign("csrf", session_token));
}

Result<> check_csrf(const http::Request& request, const store::Vault& vault,
                    const std::string& session_token) {
    if (request.method == http::Method::get || request.method == http::Method::head) return {};
    const std::string* shown = request.headers.find(csrf_header);
    if (shown && same(*shown, csrf_token(vault, session_token))) return {};
    return fail(Code::forbidden, "Send the csrf_token of GET /auth/me in the header x-csrf-token.");
}

std::string device_token(const store::Vault& vault, const std::string& email) {
    return hex_of(vault.sign("device", email));
}

} // namespace weft::api
