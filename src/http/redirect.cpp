#include "http/redirect.h"

#include "http/text.h"

#include <algorithm>
#include <fmt/format.h>

namespace weft::http {

namespace {

std::unexpected<ClientError> refused(const Url& from, int status, std::string_view what) {
    return std::unexpected(ClientError{ClientFailure::refused_redirect,
                                       fmt::format("{} redirects {}", from.shown_host(), what),
                                       status});
}

bool becomes_get(Method method, int status) {
    if (method == Method::head) return false;
    return status == 303 || (method == Method::post && (status == 301 || status == 302));
}

bool describes_body(std::string_view name) {
    constexpr std::string_view prefix = "content-";
    return equal_without_case(name.substr(0, prefix.size()), prefix) ||
           equal_without_case(name, "transfer-encoding");
}

/// Beside secrets: what names the place that was asked before.
bool stays_at_origin(std::string_view name, const std::vector<std::string>& marked) {
    return is_sensitive_header(name, marked) || equal_without_case(name, "host") ||
           equal_without_case(name, "referer") || equal_without_case(name, "origin");
}

} // namespace

bool is_redirect(int status, const Headers& headers) {
    const bool moved =
        status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
    return moved && headers.find("location");
}

std::expected<ClientRequest, ClientError> redirected(ClientRequest request,
                                                     const ClientResponse& answer) {
    const auto from = Url::parse(request.url); // was called just now: it is a URL
    const auto to = from->follow(*answer.headers.find("location"));
    if (!to) return refused(*from, answer.status, "to something that is no http or https URL.");
    if (to->has_user_or_password())
        return refused(*from, answer.status, "to a URL with a user name or password.");
    const Origin before = from->origin();
    const Origin next = to->origin();
    if (before.scheme == "https" && next.scheme == "http" && !request.allow_downgrade)
        return refused(*from, answer.status, "from https to http, which would not be encrypted.");

    auto& fields = request.headers.fields;
    if (becomes_get(request.method, answer.status)) {
        request.method = Method::get;
        request.body.clear();
        std::erase_if(fields, [](const auto& field) { return describes_body(field.first); });
    }
    if (before != next)
        std::erase_if(fields, [&](const auto& field) {
            return stays_at_origin(field.first, request.sensitive_headers);
        });
    request.url = to->text();
    return request;
}

ClientError too_many_redirects(const ClientRequest& request, int redirects_max) {
    const auto url = Url::parse(request.url);
    return {ClientFailure::refused_redirect,
            fmt::format("{} redirects again after {} redirects, and no more are followed.",
                        url ? url->shown_host() : "The server", redirects_max)};
}

} // namespace weft::http
