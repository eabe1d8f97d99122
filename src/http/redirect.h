#pragma once

#include "http/client.h"

namespace weft::http {

/// An answer that names another place to ask: 301, 302, 303, 307 or 308 with a Location.
bool is_redirect(int status, const Headers& headers);

/// What is asked next when `request` was answered with the redirect `answer` (RFC 9110, 15.4): 303
/// becomes GET, 301 and 302 make a POST a GET as all clients do, 307 and 308 keep method and body.
/// Headers that could prove or tell who asks go to no other origin than that of `request`.
/// refused_redirect: the Location is no http or https URL, holds a user name or password, or leads
/// from https to http while that is not allowed.
std::expected<ClientRequest, ClientError> redirected(ClientRequest request,
                                                     const ClientResponse& answer);

/// refused_redirect: there were more of them than the request allows.
ClientError too_many_redirects(const ClientRequest& request, int redirects_max);

} // namespace weft::http
