#pragma once

#include "base/result.h"
#include "http/message.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weft::api {

/// The web pages that a browser may send requests from: our own and, by setting, those of other
/// origins (CORS). Pages elsewhere show a key or a token: they get no cookies, which stay with this
/// site. Immutable.
class Origins {
public:
    /// "https://app.example.org, http://127.0.0.1:5173" as browsers write them: scheme, host and a
    /// port that is not the scheme's own. Empty: none but our own. invalid: one is none, or "*".
    static Result<Origins> parse(std::string_view text);

    /// The answer to a browser that asks beforehand what an allowed origin may send.
    std::optional<http::Response> preflight(const http::Request& request) const;
    /// Lets a page of an allowed origin read the answer.
    void allow(const http::Request& request, http::Response& response) const;

    /// That a change comes from no page of another origin, as far as a browser tells; other clients
    /// say nothing of it. forbidden.
    Result<> check_change(const http::Request& request) const;

private:
    bool has(std::string_view origin) const;
    const std::string* allowed(const http::Request& request) const;

    std::vector<std::string> origins_;
};

} // namespace weft::api
