#pragma once

#include "models/registry.h"
#include "server/settings.h"

namespace weft::server {

/// What the settings say about models. The rate limits are taken to be checked.
models::RegistrySettings model_settings(const Settings& settings);

} // namespace weft::server
