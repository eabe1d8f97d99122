#pragma once

#include "server/settings_gather.h"
#include "store/master_key.h"

namespace weft::cli {

/// The master key that holds, as the server's settings give it: it proves to a running server that
/// its operator asks.
Result<store::MasterKey> current_key(const server::GatheredSettings& settings);

} // namespace weft::cli
