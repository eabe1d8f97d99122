#include "models/registry.h"

#include "models/formats.h"
#include "models/prices.h"
#include "models/rehearsal.h"

#include <set>

#include <fmt/format.h>

namespace weft::models {

namespace {

/// What a provider cannot work without.
enum class Needs { key, address, both, nothing };

struct Provider {
    std::string_view name;
    const WireFormat& format;
    Access RegistrySettings::* access;
    Needs needs;
    std::string_view base_url; ///< the provider's own
    std::string_view key_setting;
    std::string_view address_setting;
    std::string_view address_example;
};

const Provider providers[] = {
    {"openai", openai_format, &RegistrySettings::openai, Needs::key, "https://api.openai.com/v1",
     "OPENAI_API_KEY", "OPENAI_BASE_URL", ""},
    {"azure", azure_format, &RegistrySettings::azure, Needs::both, "", "AZURE_OPENAI_API_KEY",
     "AZURE_OPENAI_ENDPOINT", "https://NAME.openai.azure.com"},
    {"anthropic", anthropic_format, &RegistrySettings::anthropic, Needs::key,
     "https://api.anthropic.com", "ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", ""},
    {"google", gemini_format, &RegistrySettings::google, Needs::key,
     "https://generativelanguage.googleapis.com/v1beta", "GEMINI_API_KEY", "GEMINI_BASE_URL", ""},
    {"mistral", mistral_format, &RegistrySettings::mistral, Needs::key, "https://api.mistral.ai/v1",
     "MISTRAL_API_KEY", "MISTRAL_BASE_URL", ""},
    {"groq", groq_format, &RegistrySettings::groq, Needs::key, "https://api.groq.com/openai/v1",
     "GROQ_API_KEY", "GROQ_BASE_URL", ""},
    {"ollama", ollama_format, &RegistrySettings::ollama, Needs::nothing, "http://127.0.0.1:11434",
     "OLLAMA_API_KEY", "OLLAMA_BASE_URL", ""},
    {"openai-compatible", openai_format, &RegistrySettings::openai, Needs::address, "",
     "OPENAI_API_KEY", "OPENAI_BASE_URL", "http://127.0.0.1:8000/v1"},
};

constexpr std::string_view azure_api_version = "2024-10-21";

/// What is missing before the provider can be called; empty: nothing.
std::string missing(const Provider& provider, const Access& access) {
    const bool wants_key = provider.needs == Needs::key || provider.needs == Needs::both;
    const bool wants_address = provider.needs == Needs::address || provider.needs == Needs::both;
    if (wants_key && access.api_key.empty())
        return fmt::format("needs a key: set {} (or use weft/rehearsal, which needs none).",
                           provider.key_setting);
    if (wants_address && access.base_url.empty())
        return fmt::format("needs an address: set {} to the server's, such as {}.",
                           provider.address_setting, provider.address_example);
    return {};
}

Endpoint endpoint_of(const Provider& provider, const RegistrySettings& settings) {
    const Access& access = settings.*provider.access;
    return {.provider = std::string(provider.name),
            .base_url = access.base_url.empty() ? std::string(provider.base_url) : access.base_url,
            .api_key = access.api_key,
            .key_setting = std::string(provider.key_setting),
            .api_version =
                access.api_version.empty() ? std::string(azure_api_version) : access.api_version,
            .reach =
                settings.allow_private_network ? http::Reach::anywhere : http::Reach::public_only,
            .ca_file = settings.ca_file};
}

std::string known_providers(const Registry& registry) {
    std::string out;
    for (const Registry::Entry& each : (registry.rest ? *registry.rest : registry).providers)
        out += (out.empty() ? "" : ", ") + each.name;
    return out;
}

/// What a project says of its access, and nothing of what the server's settings say that could
/// lead a key to where it does not belong.
Endpoint own_endpoint(const Provider& provider, const RegistrySettings& server,
                      const Access& access) {
    Endpoint endpoint = endpoint_of(provider, server);
    if (!access.base_url.empty()) endpoint.base_url = access.base_url;
    endpoint.api_key = access.api_key;
    endpoint.key_setting = fmt::format("the project's key for {}", provider.name);
    if (!access.api_version.empty()) endpoint.api_version = access.api_version;
    return endpoint;
}

std::shared_ptr<KeyLimiter> limiter_of(const RateLimits& limits, std::string_view provider,
                                       Clock& clock) {
    const auto limit = limits.find(provider);
    return std::make_shared<KeyLimiter>(limit == limits.end() ? RateLimit{} : limit->second, clock);
}

} // namespace

std::string name_within(std::string_view provider_and_name) {
    const std::size_t slash = provider_and_name.find('/');
    return std::string(slash == provider_and_name.npos ? provider_and_name
                                                       : provider_and_name.substr(slash + 1));
}

const Registry::Entry* Registry::entry(std::string_view provider) const {
    const auto found = std::ranges::find(providers, provider, &Entry::name);
    if (found != providers.end()) return &*found;
    return rest ? rest->entry(provider) : nullptr;
}

std::optional<ModelLimits> Registry::limits(std::string_view provider_and_name) const {
    const std::string_view provider = provider_and_name.substr(0, provider_and_name.find('/'));
    const Entry* found = entry(provider);
    if (!found) return std::nullopt;
    const std::string name = name_within(provider_and_name);
    return found->model ? found->model->limits(name) : limits_of(provider, name);
}

Result<Model*> Registry::find(std::string_view provider_and_name) const {
    const std::size_t slash = provider_and_name.find('/');
    if (slash == std::string_view::npos || slash == 0 || slash + 1 == provider_and_name.size())
        return fail(
            Code::invalid,
            fmt::format("\"{}\" is no model: write provider/name, such as openai/gpt-4o-mini.",
                        provider_and_name));
    const std::string_view provider = provider_and_name.substr(0, slash);
    const Entry* found = entry(provider);
    if (!found)
        return fail(Code::invalid, fmt::format("There is no model provider \"{}\"; there are {}.",
                                               provider, known_providers(*this)));
    if (found->model) return found->model.get();
    return fail(Code::invalid, fmt::format("The model {} {}", provider_and_name, found->missing));
}

std::vector<ProviderState> provider_states(const RegistrySettings& settings) {
    std::vector<ProviderState> states;
    std::set<const Access*> seen;
    for (const Provider& provider : providers) {
        const Access& access = settings.*provider.access;
        if (!seen.insert(&access).second) continue;
        states.push_back({std::string(provider.name), !access.api_key.empty(), access.base_url,
                          missing(provider, access)});
    }
    return states;
}

std::vector<std::string_view> limited_providers() {
    std::vector<std::string_view> out;
    for (const Provider& provider : providers) out.push_back(provider.name);
    return out;
}

Registry make_registry(const RegistrySettings& settings, http::Client& client, Clock& clock) {
    Registry out;
    out.providers.push_back({"weft", make_rehearsal_model(), {}});
    std::map<std::pair<std::string, std::string>, std::shared_ptr<KeyLimiter>> limiters;
    for (const Provider& provider : providers) {
        std::string lacks = missing(provider, settings.*provider.access);
        std::unique_ptr<Model> model;
        if (lacks.empty()) {
            Endpoint endpoint = endpoint_of(provider, settings);
            auto& limiter = limiters[{endpoint.base_url, endpoint.api_key}];
            if (!limiter) limiter = limiter_of(settings.rate_limits, provider.name, clock);
            model = make_model(client, provider.format, std::move(endpoint), limiter);
        }
        out.providers.push_back({std::string(provider.name), std::move(model), std::move(lacks)});
    }
    return out;
}

std::shared_ptr<const Registry> make_own_registry(const std::map<std::string, Access>& own,
                                                  const RegistrySettings& settings,
                                                  const Registry& server, http::Client& client,
                                                  Clock& clock) {
    auto out = std::make_shared<Registry>();
    out->rest = &server;
    for (const auto& [name, access] : own) {
        const auto* provider = std::ranges::find(providers, name, &Provider::name);
        if (provider == std::end(providers)) continue;
        Endpoint endpoint = own_endpoint(*provider, settings, access);
        std::string lacks = missing(*provider, {endpoint.api_key, endpoint.base_url});
        std::unique_ptr<Model> model;
        if (lacks.empty())
            model = make_model(client, provider->format, std::move(endpoint),
                               limiter_of(settings.rate_limits, name, clock));
        else
            lacks = "lacks its key or address in the settings of this project (models).";
        out->providers.push_back({name, std::move(model), std::move(lacks)});
    }
    return out;
}

} // namespace weft::models
