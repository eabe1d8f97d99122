#pragma once

#include "api/router.h"

namespace weft::api {

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

private:
    Task<Result<http::Response>> answer(Request& rq);
    Result<> authenticate(Request& rq) const;

    Services services_;
    ApiSettings settings_;
    Router router_;
};

} // namespace weft::api
