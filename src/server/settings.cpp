#include "server/settings.h"

#include "domain/ids.h"
#include "http/address_policy.h"

#include <charconv>
#include <cstdlib>

#include <fmt/format.h>

namespace weft::server {

namespace {

constexpr int threads_max = 64;

enum class For { all, serving };

Setting text(const char* name, const char* environment, const char* sentence, const char* unset,
             std::string Settings::* member, For whom = For::all) {
    return {name,   environment, sentence, unset, false, whom == For::serving,
            member, nullptr,     nullptr};
}
Setting secret(const char* name, const char* environment, const char* sentence, const char* unset,
               std::string Settings::* member, For whom = For::all) {
    return {name,   environment, sentence, unset, true, whom == For::serving,
            member, nullptr,     nullptr};
}
Setting number(const char* name, const char* environment, const char* sentence, const char* unset,
               int Settings::* member) {
    return {name, environment, sentence, unset, false, false, nullptr, member, nullptr};
}
Setting flag(const char* name, const char* environment, const char* sentence,
             bool Settings::* member, For whom = For::all) {
    return {name,    environment, sentence, "off", false, whom == For::serving,
            nullptr, nullptr,     member};
}

Result<> apply(Settings& settings, const Setting& setting, std::string_view value) {
    if (setting.text) {
        settings.*setting.text = value;
    } else if (setting.number) {
        const auto [end, error] =
            std::from_chars(value.data(), value.data() + value.size(), settings.*setting.number);
        if (error != std::errc() || end != value.data() + value.size())
            return fail_field(setting.environment, "must be a whole number.");
    } else {
        if (value != "1" && value != "0" && value != "true" && value != "false")
            return fail_field(setting.environment, "must be 1 or 0.");
        settings.*setting.flag = value == "1" || value == "true";
    }
    return {};
}

std::vector<Setting> general_settings() {
    return {
        text("data", "WEFT_DATA", "The data directory: everything Weft keeps is in it",
             "$XDG_DATA_HOME/weft", &Settings::data),
        text("listen", "WEFT_LISTEN", "Address and port to answer on; port 0 takes a free one",
             "127.0.0.1:8470", &Settings::listen, For::serving),
        number("threads", "WEFT_THREADS", "Threads for requests and runs; 0 = one per processor",
               "0", &Settings::threads),
        text("log-level", "WEFT_LOG_LEVEL",
             "Least serious message that is logged: debug, info, warn, error", "info",
             &Settings::log_level),
        flag(
            "allow-private-network", "WEFT_ALLOW_PRIVATE_NETWORK",
            "Let models and connectors reach private and loopback addresses, such as a local model",
            &Settings::allow_private_network),
        text("allow-address", "WEFT_ALLOW_ADDRESS",
             "Private addresses that models and connectors may reach all the same, between commas: "
             "127.0.0.1:11434, 10.0.0.0/8",
             "none", &Settings::allow_address),
        flag("key-in-query", "WEFT_KEY_IN_QUERY",
             "Accept the API key in the query too (URLs end up in logs)", &Settings::key_in_query,
             For::serving),
        secret("master-key", "WEFT_MASTER_KEY",
               "64 hex digits that protect the secrets in the data directory",
               "made at the first start and kept in master.key", &Settings::master_key),
        secret("bootstrap-api-key", "WEFT_BOOTSTRAP_API_KEY",
               "The API key that the first start makes", "a random one, printed once",
               &Settings::bootstrap_api_key, For::serving),
        text("bootstrap-organization-id", "WEFT_BOOTSTRAP_ORGANIZATION_ID",
             "The organization that the first start makes", "a new id",
             &Settings::bootstrap_organization_id, For::serving),
        text("bootstrap-project-id", "WEFT_BOOTSTRAP_PROJECT_ID",
             "The project that the first start makes", "a new id", &Settings::bootstrap_project_id,
             For::serving),
    };
}

std::vector<Setting> model_settings() {
    return {
        secret("openai-api-key", "OPENAI_API_KEY", "Key for models named openai/…",
               "models named openai/… cannot be used", &Settings::openai_api_key),
        text("openai-base-url", "OPENAI_BASE_URL",
             "Where an OpenAI-compatible service answers, up to and with /v1", "the service's own",
             &Settings::openai_base_url),
        secret("anthropic-api-key", "ANTHROPIC_API_KEY", "Key for models named anthropic/…",
               "models named anthropic/… cannot be used", &Settings::anthropic_api_key),
        text("anthropic-base-url", "ANTHROPIC_BASE_URL",
             "Where models named anthropic/… are, up to and without /v1", "the service's own",
             &Settings::anthropic_base_url),
        secret("azure-openai-api-key", "AZURE_OPENAI_API_KEY", "Key for models named azure/…",
               "models named azure/… cannot be used", &Settings::azure_openai_api_key),
        text("azure-openai-endpoint", "AZURE_OPENAI_ENDPOINT",
             "Where models named azure/DEPLOYMENT are: https://NAME.openai.azure.com",
             "models named azure/… cannot be used", &Settings::azure_openai_endpoint),
        text("azure-openai-api-version", "AZURE_OPENAI_API_VERSION",
             "The api-version that Azure is asked for", "2024-10-21",
             &Settings::azure_openai_api_version),
        secret("gemini-api-key", "GEMINI_API_KEY", "Key for models named google/…",
               "models named google/… cannot be used", &Settings::gemini_api_key),
        text("gemini-base-url", "GEMINI_BASE_URL",
             "Where models named google/… are, up to and with /v1beta", "the service's own",
             &Settings::gemini_base_url),
        secret("mistral-api-key", "MISTRAL_API_KEY", "Key for models named mistral/…",
               "models named mistral/… cannot be used", &Settings::mistral_api_key),
        text("mistral-base-url", "MISTRAL_BASE_URL",
             "Where models named mistral/… are, up to and with /v1", "the service's own",
             &Settings::mistral_base_url),
        secret("groq-api-key", "GROQ_API_KEY", "Key for models named groq/…",
               "models named groq/… cannot be used", &Settings::groq_api_key),
        text("groq-base-url", "GROQ_BASE_URL", "Where models named groq/… are, up to and with /v1",
             "the service's own", &Settings::groq_base_url),
        secret("ollama-api-key", "OLLAMA_API_KEY",
               "Key for models named ollama/…, if a proxy wants one", "none is sent",
               &Settings::ollama_api_key),
        text("ollama-base-url", "OLLAMA_BASE_URL",
             "Where models named ollama/… are (needs allow-address)", "http://127.0.0.1:11434",
             &Settings::ollama_base_url),
    };
}

} // namespace

const std::vector<Setting>& settings_table() {
    static const std::vector<Setting> table = [] {
        std::vector<Setting> rows = general_settings();
        std::ranges::copy(model_settings(), std::back_inserter(rows));
        return rows;
    }();
    return table;
}

std::filesystem::path default_data_directory() {
    if (const char* data_home = std::getenv("XDG_DATA_HOME"); data_home && *data_home)
        return std::filesystem::path(data_home) / "weft";
    const char* home = std::getenv("HOME");
    return std::filesystem::path(home && *home ? home : ".") / ".local/share/weft";
}

Result<Settings> settings_from_environment() {
    Settings settings;
    for (const Setting& setting : settings_table())
        if (const char* value = std::getenv(setting.environment); value && *value)
            TRY(apply(settings, setting, value));
    if (settings.data.empty()) settings.data = default_data_directory();
    return settings;
}

Result<> check(const Settings& settings) {
    if (settings.threads < 0 || settings.threads > threads_max)
        return fail_field("threads", fmt::format("must be from 0 to {}.", threads_max));
    if (settings.listen.find(':') == std::string::npos)
        return fail_field("listen", "must be an address and a port, such as 127.0.0.1:8470.");
    if (const auto list = http::AllowedAddresses::parse(settings.allow_address); !list)
        return fail_field("allow-address", list.error().message);
    for (const auto& [name, id] :
         {std::pair{"bootstrap-organization-id", settings.bootstrap_organization_id},
          std::pair{"bootstrap-project-id", settings.bootstrap_project_id}})
        if (!id.empty() && !ProjectId::parse(id)) return fail_field(name, "must be 24 hex digits.");
    if (!settings.bootstrap_api_key.empty() && settings.bootstrap_api_key.size() < 16)
        return fail_field("bootstrap-api-key", "must have at least 16 characters.");
    if (!settings.master_key.empty() && settings.master_key.size() != 64)
        return fail_field("master-key", "must be 64 hex digits.");
    for (const std::string_view level : {"debug", "info", "warn", "error"})
        if (settings.log_level == level) return {};
    return fail_field("log-level", "must be debug, info, warn or error.");
}

} // namespace weft::server
