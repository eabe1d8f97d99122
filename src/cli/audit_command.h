#pragma once

#include "server/settings_gather.h"

namespace weft::cli {

struct AuditOptions {
    bool json = false;
};

/// `weft audit verify`: looks at every row of the audit log, on the data directory or, with
/// --store, on its database. Returns the exit code: 0 all is as it was written, 1 something was
/// changed, taken away or put elsewhere, 3 the directory or the database cannot be used.
int verify_audit(const server::GatheredSettings& settings, const AuditOptions& options);

} // namespace weft::cli
