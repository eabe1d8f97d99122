#include "server/model_settings.h"

namespace weft::server {

models::RegistrySettings model_settings(const Settings& settings) {
    return {
        .openai = {settings.openai_api_key, settings.openai_base_url},
        .azure = {settings.azure_openai_api_key, settings.azure_openai_endpoint,
                  settings.azure_openai_api_version},
        .anthropic = {settings.anthropic_api_key, settings.anthropic_base_url},
        .google = {settings.gemini_api_key, settings.gemini_base_url},
        .mistral = {settings.mistral_api_key, settings.mistral_base_url},
        .groq = {settings.groq_api_key, settings.groq_base_url},
        .ollama = {settings.ollama_api_key, settings.ollama_base_url},
        .allow_private_network = settings.allow_private_network,
        .rate_limits =
            models::rate_limits_from(settings.model_rate_limits).value_or(models::RateLimits{})};
}

} // namespace weft::server
