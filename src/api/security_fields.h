#pragma once

#include "http/message.h"

/// What tells browsers to keep our answers apart from everything else. The server puts it on every
/// answer, of whatever route or refusal, that does not say otherwise (http::ServerHooks).
namespace weft::api {

/// Nothing of an answer is shown as a page, framed, loaded by other sites, sniffed or kept.
http::Headers security_fields();
/// That this host is asked by TLS alone from now on.
http::Headers security_fields_over_tls();

/// Of our own pages: nothing but our own files, no inline script or style, no frames; a page that
/// an attacker could write into would still run nothing.
inline constexpr const char* page_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Of the web app, whose library writes style sheets while it runs: those are let in. Its requests
/// go to this origin alone; pictures may be those it has made or was given.
inline constexpr const char* app_policy =
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; manifest-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

} // namespace weft::api
