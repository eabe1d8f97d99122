#pragma once

#include "http/message.h"
#include "http/url.h"

namespace weft::http {

/// What proves to a server who we are, bound to where it may go. The client puts it on the wire
/// only when a request goes to one of `origins`, on the first call and on each redirect; to any
/// other origin the request goes without it. So a key is never given by hand:
///
///     call.credentials = http::Credentials::bearer(config.base_url, config.api_key);
///
/// What has an empty secret adds nothing, so that a missing key needs no branch.
struct Credentials {
    /// URLs of which scheme, host and port count: "https://api.example.com",
    /// "http://127.0.0.1:11434/v1". One that is not a URL matches nothing.
    std::vector<std::string> origins = {};
    std::vector<std::pair<std::string, std::string>> headers = {}; ///< each replaces one by hand
    std::vector<std::pair<std::string, std::string>> query = {};   ///< not yet encoded

    /// Authorization: Bearer TOKEN
    static Credentials bearer(std::string origin, std::string_view token);
    /// NAME: VALUE, such as x-api-key
    static Credentials header(std::string origin, std::string name, std::string value);
    /// ?NAME=VALUE
    static Credentials query_parameter(std::string origin, std::string name, std::string value);
    /// Authorization: Basic …, RFC 7617. A user name with a colon cannot be told from its password
    /// by the server; the caller refuses it.
    static Credentials basic(std::string origin, std::string_view user, std::string_view password);

    bool belong_to(const Origin& origin) const;
    bool empty() const { return headers.empty() && query.empty(); }
};

/// Headers that a request set by hand carries to its own origin alone: authorization, cookie,
/// proxy-authorization, x-api-key, api-key and their likes, and what `marked` names.
bool is_sensitive_header(std::string_view name, const std::vector<std::string>& marked);

} // namespace weft::http
