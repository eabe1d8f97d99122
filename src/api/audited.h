#pragma once

#include "api/router.h"

namespace weft::api {

/// Tells a request what its route says of the audit log, with what the log may know of its input:
/// which id is in the path, and which of the documented members were sent. Never a value, and no
/// name that a client could have made up.
void prepare_audit(Request& rq, const Match& match, const RawInput& raw);

/// "127.0.0.1" of the peer "127.0.0.1:51234", "::1" of "[::1]:51234".
std::string address_of(std::string_view peer);

} // namespace weft::api
