#pragma once

#include "http/client.h"
#include "models/key_limiter.h"
#include "models/model.h"

#include <map>

namespace weft::models {

/// What a person sets about one provider.
struct Access {
    std::string api_key;
    std::string base_url;         ///< empty = the provider's own, where it has one
    std::string api_version = {}; ///< of Azure; empty = 2024-10-21
};

struct RegistrySettings {
    Access openai;    ///< OPENAI_API_KEY, OPENAI_BASE_URL; openai-compatible uses the same
    Access azure;     ///< AZURE_OPENAI_API_KEY, AZURE_OPENAI_ENDPOINT, AZURE_OPENAI_API_VERSION
    Access anthropic; ///< ANTHROPIC_API_KEY, ANTHROPIC_BASE_URL
    Access google;    ///< GEMINI_API_KEY, GEMINI_BASE_URL
    Access mistral;   ///< MISTRAL_API_KEY, MISTRAL_BASE_URL
    Access groq;      ///< GROQ_API_KEY, GROQ_BASE_URL
    Access ollama;    ///< OLLAMA_API_KEY (of a proxy before it), OLLAMA_BASE_URL
    bool allow_private_network = false; ///< models on this machine or network may be called
    std::string ca_file = {};           ///< PEM of authorities to trust; empty = the system's
    RateLimits rate_limits = {};        ///< WEFT_MODEL_RATE_LIMITS
};

/// How a provider stands with these settings; nothing is asked of it.
struct ProviderState {
    std::string name;
    bool has_key = false;
    std::string address; ///< that a person set; empty: the provider's own
    std::string missing; ///< "needs a key: set …"; empty: it can be asked
};
/// All but weft, and without those that are another name for the same access.
std::vector<ProviderState> provider_states(const RegistrySettings& settings);

/// The names of the providers that take a rate limit: all but weft.
std::vector<std::string_view> limited_providers();

/// All providers of this version: weft, openai, azure, anthropic, google, mistral, groq, ollama and
/// openai-compatible. (There is none for Bedrock or Cohere.) One that lacks a setting is there by
/// name only, and Registry::find says which. Those that use the same key at the same place share
/// its limits. `client` and `clock` outlive the registry.
Registry make_registry(const RegistrySettings& settings, http::Client& client, Clock& clock);

/// That of a project with accounts of its own, by provider; the other providers are the server's.
/// An own address gets no key but the own one; without an own address the provider is asked where
/// the server asks it. The server's private network and rate limits hold here too, each key
/// counted for itself. All outlive it.
std::shared_ptr<const Registry> make_own_registry(const std::map<std::string, Access>& own,
                                                  const RegistrySettings& settings,
                                                  const Registry& server, http::Client& client,
                                                  Clock& clock);

} // namespace weft::models
