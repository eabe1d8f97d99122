#pragma once

#include "server/settings_gather.h"

namespace weft::cli {

struct MigrateOptions {
    std::string from; ///< the data directory
    std::string to;   ///< postgres://…; empty: the setting `store`
    bool json = false;
};

/// `weft migrate`: moves a data directory's data to PostgreSQL; again, it goes on where it stopped.
/// Returns the exit code: 0 moved, now or before, 1 something cannot be moved or did not arrive as
/// it was, 2 wrong usage or master key, 3 the directory or the database cannot be used.
int migrate(const server::GatheredSettings& settings, const MigrateOptions& options);

} // namespace weft::cli
