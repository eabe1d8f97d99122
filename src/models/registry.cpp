#include "models/registry.h"

#include "models/openai.h"
#include "models/rehearsal.h"

#include <fmt/format.h>

namespace weft::models {

namespace {

/// The setting without which a provider cannot work.
struct Need {
    std::string_view provider;
    std::string_view sentence;
};
constexpr Need needs[] = {
    {"openai", "needs a key: set OPENAI_API_KEY (or use weft/rehearsal, which needs none)."},
    {"openai-compatible",
     "needs an address: set OPENAI_BASE_URL to the server's, such as http://127.0.0.1:11434/v1."},
};

std::string known_providers(const Registry& registry) {
    std::string out;
    for (const auto& [name, model] : registry.providers) out += (out.empty() ? "" : ", ") + name;
    return out;
}

} // namespace

Result<Model*> Registry::find(std::string_view provider_and_name) const {
    const std::size_t slash = provider_and_name.find('/');
    if (slash == std::string_view::npos || slash == 0 || slash + 1 == provider_and_name.size())
        return fail(
            Code::invalid,
            fmt::format("\"{}\" is no model: write provider/name, such as openai/gpt-4o-mini.",
                        provider_and_name));
    const std::string_view provider = provider_and_name.substr(0, slash);
    for (const auto& [name, model] : providers) {
        if (name != provider) continue;
        if (model) return model.get();
        for (const Need& need : needs)
            if (need.provider == provider)
                return fail(Code::invalid,
                            fmt::format("The model {} {}", provider_and_name, need.sentence));
    }
    return fail(Code::invalid, fmt::format("There is no model provider \"{}\"; there are {}.",
                                           provider, known_providers(*this)));
}

Registry make_registry(const RegistrySettings& settings, http::Client& client) {
    OpenAiConfig openai{.api_key = settings.openai_api_key, .ca_file = settings.ca_file};
    if (settings.allow_private_network) openai.reach = http::Reach::anywhere;
    if (!settings.openai_base_url.empty()) openai.base_url = settings.openai_base_url;
    OpenAiConfig compatible = openai;
    compatible.provider = "openai-compatible";
    compatible.prices_known = false;

    Registry out;
    out.providers.emplace_back("weft", make_rehearsal_model());
    out.providers.emplace_back(
        "openai", openai.api_key.empty() ? nullptr : make_openai_model(client, openai));
    out.providers.emplace_back("openai-compatible", settings.openai_base_url.empty()
                                                        ? nullptr
                                                        : make_openai_model(client, compatible));
    return out;
}

} // namespace weft::models
