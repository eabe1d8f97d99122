#pragma once

#include "api/origins.h"
#include "api/router.h"

namespace weft::api {

inline constexpr std::size_t json_body_bytes_max = 16 * 1024 * 1024;
inline constexpr std::size_t file_body_bytes_max = 64 * 1024 * 1024; ///< uploads
inline constexpr std::size_t nobodys_body_bytes_max = 64 * 1024;     ///< without a valid key

struct ApiSettings {
    /// Accept the key in the query as `x-api-key=` too. Off: URLs end up in logs.
    bool key_in_query = false;
    Origins origins = {}; ///< whose pages may use this API
};

/// The public API: finds the route, authenticates, decodes, authorizes, runs the handler and turns
/// errors into answers. Everything it knows of operations comes from the route tables. Used from
/// all io threads.
class Api {
public:
    Api(Services services, ApiSettings settings);

    Task<http::Response> handle(http::Request request);

    /// How much of a body the operation at this path reads, asked when only the header is there: of
    /// nobody little more than an answer is worth. `head` outlives the task.
    Task<http::BodyRule> body_rule(const http::Request& head) const;

private:
    Task<Result<http::Response>> answer(Request& rq);
    Task<Result<auth::KeyHolder>> authenticate(const http::Request& http) const;
    Task<Result<http::Response>> answer_once(Request& rq, Match match, RetryName name);

    Services services_;
    ApiSettings settings_;
    Router router_;
    Retries retries_;
};

} // namespace weft::api
