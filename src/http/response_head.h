#pragma once

#include "http/server.h"

namespace weft::http {

enum class Framing {
    length,  ///< content-length
    no_body, ///< the status has none
    chunked,
    until_closed, ///< HTTP/1.0
};

/// What the server adds to a Response.
struct Sending {
    Framing framing = Framing::length;
    bool close = false;    ///< the connection ends behind it
    bool head = false;     ///< answers HEAD: a length given by the application stays
    bool over_tls = false; ///< the request came by TLS
};

/// How a response with this status and body is framed.
Framing framing_of(const Response& response, bool old_version);

/// Writes the status line and the fields, with the empty line, into `out`, and those that the hooks
/// want on every answer. The server owns framing and x-request-id: such fields of the application
/// are left out. Breaks an invariant when a field holds CR, LF or NUL.
void write_head(std::string& out, const Response& response, const ServerHooks& hooks,
                const std::string& request_id, Sending sending);

} // namespace weft::http
