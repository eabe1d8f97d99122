#pragma once

#include "api/router.h"

namespace weft::api {

inline constexpr std::size_t json_body_bytes_max = 16 * 1024 * 1024;
inline constexpr std::size_t file_body_bytes_max = 64 * 1024 * 1024; ///< uploads

struct ApiSettings {
    /// Accept the key in the query as `x-api-key=` too. Off: URLs end up in logs.
    bool key_in_query = false;
};

/// The public API: finds the route, authenticates, decodes, authorizes, runs the handler and turns
/// errors into answers. Everything it knows of operations comes from the route tables. Used from
/// all io threads.
class Api {
public:
    Api(Services services, ApiSettings settings);

    Task<http::Response> handle(http::Request request);

    /// The largest body that the operation at this path reads, in bytes: asked before one is read.
    std::size_t body_bytes_max(http::Method method, std::string_view path) const;

private:
    Task<Result<http::Response>> answer(Request& rq);
    Result<> authenticate(Request& rq) const;

    Services services_;
    ApiSettings settings_;
    Router router_;
};

} // namespace weft::api
