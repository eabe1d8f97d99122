#pragma once

#include "api/router.h"

namespace weft::api {

/// Tells a request what its route says of the audit log, with what the log may know of its input:
/// which id is in the path, and which of the documented members were sent. Never a value, and no
/// name that a client could have made up.
void prepare_audit(Request& rq, const Match& match, const RawInput& raw);

} // namespace weft::api
