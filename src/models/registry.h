#pragma once

#include "http/client.h"
#include "models/model.h"

namespace weft::models {

struct RegistrySettings {
    std::string openai_api_key;         ///< OPENAI_API_KEY
    std::string openai_base_url;        ///< OPENAI_BASE_URL; empty = OpenAI's own
    bool allow_private_network = false; ///< models on this machine or network may be called
    std::string ca_file = {};           ///< PEM of authorities to trust; empty = the system's
};

/// All providers of this version: weft, openai, openai-compatible. One that lacks a setting is
/// there by name only, and Registry::find says which. `client` outlives the registry.
Registry make_registry(const RegistrySettings& settings, http::Client& client);

} // namespace weft::models
