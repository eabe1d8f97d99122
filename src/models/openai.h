#pragma once

#include "http/client.h"
#include "models/model.h"

namespace weft::models {

struct OpenAiConfig {
    std::string provider = "openai"; ///< for sentences
    std::string base_url = "https://api.openai.com/v1";
    std::string api_key; ///< empty: no Authorization is sent. Never in a log, a message or an error
    std::string key_setting = "OPENAI_API_KEY"; ///< what a refused key's sentence names
    http::Reach reach = http::Reach::public_only;
    std::string ca_file = {}; ///< PEM; empty = the system's
    bool prices_known = true; ///< the names mean OpenAI's models: their list prices hold
};

/// Chat completions as OpenAI and many others serve them: POST {base_url}/chat/completions,
/// streamed. `client` outlives it. A failure after the answer had begun says what had arrived and
/// counts it.
std::unique_ptr<Model> make_openai_model(http::Client& client, OpenAiConfig config);

/// List prices and windows by name, also with a date behind it ("gpt-4o-2024-08-06").
ModelLimits openai_limits(std::string_view model);

} // namespace weft::models
