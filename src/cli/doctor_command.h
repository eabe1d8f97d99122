#pragma once

#include "server/settings_gather.h"

namespace weft::cli {

struct DoctorOptions {
    bool json = false;
    bool deep = false;   ///< read the whole database
    bool online = false; ///< try to reach the models' services
};

/// `weft doctor`: looks at everything that Weft needs and says how to mend what is wrong; changes
/// nothing, also while a server runs on the directory. `settings` may be the error of reading them:
/// then that is a problem, and the defaults are examined. Returns the exit code: 0 without a
/// problem, 1 with one.
int examine(const Result<server::GatheredSettings>& settings, const DoctorOptions& options);

} // namespace weft::cli
