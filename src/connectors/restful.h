#pragma once

#include "connectors/connector.h"
#include "http/client.h"
#include "store/store.h"

namespace weft::connectors {

inline constexpr std::size_t answer_bytes_max = 4 << 20;
inline constexpr std::size_t answer_text_bytes_max = 256 << 10; ///< of an answer that is no JSON
inline constexpr int redirects_max = 5;                         ///< of GET and HEAD; others none

/// Category `restful`: calls of a web service below one base URL (restful_setup.h).
///
///     get      pure  {path, query, headers} → answer
///     request  once  {method, path, query, headers, body} → answer
///     <custom>       its own inputs (restful_request.h)
///
/// answer: {status, headers (a few), body, truncated}; the body is JSON where the server says so,
/// else text of which the first answer_text_bytes_max are kept, null for what is neither. Secrets
/// of the account that the server repeats are masked, in errors too.
///
/// From status 400 on it is an error: 404 not_found, 409 conflict, 413 too_large, 429 rate_limited,
/// 408, 425 and 5xx unavailable (with Retry-After where the server gives one), 401 and 403
/// unauthenticated — which also marks the account as failed — others invalid. An answer beyond
/// answer_bytes_max: too_large. timed_out.
struct RestfulSettings {
    bool allow_private_network = false; ///< accounts may name private and loopback addresses
    std::string ca_file = {};           ///< PEM of authorities to trust; empty = the system's
};
std::unique_ptr<Connector> make_restful(store::Store& store, http::Client& client, Clock& clock,
                                        RestfulSettings settings);

} // namespace weft::connectors
