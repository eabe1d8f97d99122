#pragma once

#include "server/settings.h"

namespace weft::cli {

/// `weft serve`: answers until INT or TERM, then stops cleanly; a second signal leaves at once.
/// Returns the exit code: 0 stopped, 2 a setting is wrong, 3 the directory or the port cannot be
/// used.
int serve(const server::Settings& settings);

} // namespace weft::cli
