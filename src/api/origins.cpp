#include "api/origins.h"

#include "http/text.h"

#include <algorithm>
#include <fmt/format.h>

namespace weft::api {

namespace {

constexpr const char* preflight_seconds = "600";
constexpr const char* methods = "GET, POST, PUT, PATCH, DELETE";
/// What a page may send and read beside what every page may.
constexpr const char* request_fields =
    "authorization, content-type, idempotency-key, if-match, last-event-id, x-api-key, "
    "x-client-request-id";
constexpr const char* response_fields = "idempotent-replayed, retry-after, x-request-id";

/// As a browser serializes it (RFC 6454, 6.2), so that texts can be compared.
bool is_origin(std::string_view text) {
    const std::size_t colon = text.find("://");
    const std::string_view scheme = text.substr(0, colon);
    if (colon == text.npos || (scheme != "http" && scheme != "https")) return false;
    const std::string_view host = text.substr(colon + 3);
    const auto fits = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
               std::string_view(".-:[]").contains(c);
    };
    return !host.empty() && std::ranges::all_of(host, fits) &&
           !host.ends_with(scheme == "http" ? ":80" : ":443");
}

/// The origin has this host: "https://h:8470" and "h:8470".
bool is_at(std::string_view origin, std::string_view host) {
    const std::size_t colon = origin.find("://");
    return colon != origin.npos && http::equal_without_case(origin.substr(colon + 3), host);
}

} // namespace

Result<Origins> Origins::parse(std::string_view text) {
    Origins origins;
    while (!text.empty()) {
        const std::size_t comma = std::min(text.find(','), text.size());
        const std::string_view each = http::trimmed(text.substr(0, comma));
        text.remove_prefix(std::min(comma + 1, text.size()));
        if (!is_origin(each))
            return fail(
                Code::invalid,
                fmt::format("'{}' is not an origin such as https://app.example.org.", each));
        origins.origins_.emplace_back(each);
    }
    return origins;
}

bool Origins::has(std::string_view origin) const {
    return std::ranges::find(origins_, origin) != origins_.end();
}

const std::string* Origins::allowed(const http::Request& request) const {
    const std::string* origin = request.headers.find("origin");
    return origin && has(*origin) ? origin : nullptr;
}

std::optional<http::Response> Origins::preflight(const http::Request& request) const {
    if (request.method != http::Method::options || !allowed(request) ||
        !request.headers.find("access-control-request-method"))
        return std::nullopt;
    http::Response response{204};
    response.headers.set("access-control-allow-methods", methods);
    response.headers.set("access-control-allow-headers", request_fields);
    response.headers.set("access-control-max-age", preflight_seconds);
    return response;
}

void Origins::allow(const http::Request& request, http::Response& response) const {
    if (origins_.empty()) return;
    response.headers.set("vary", "origin");
    const std::string* origin = allowed(request);
    if (!origin) return;
    response.headers.set("access-control-allow-origin", *origin);
    response.headers.set("access-control-expose-headers", response_fields);
}

Result<> Origins::check_change(const http::Request& request) const {
    if (request.method == http::Method::get || request.method == http::Method::head) return {};
    const std::string* origin = request.headers.find("origin");
    if (origin && has(*origin)) return {};
    const std::string* host = request.headers.find("host");
    const std::string* site = request.headers.find("sec-fetch-site"); // no page can set it
    const bool is_ours = site ? *site == "same-origin" || *site == "none"
                              : !origin || (host && is_at(*origin, *host));
    if (is_ours) return {};
    return fail(Code::forbidden,
                "A page of another website sends this. Its origin would have to be in the setting "
                "cors-origins of this server.");
}

} // namespace weft::api
