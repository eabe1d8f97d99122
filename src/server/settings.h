#pragma once

#include "base/result.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace weft::server {

/// Everything a person can set. One table in settings.cpp says each one's name, sentence, default
/// and bounds; the command line flag (--name), the environment variable, the line in the settings
/// file, `weft settings` and docs/settings.md derive from it.
struct Settings {
    std::string data;
    std::string store; ///< empty: SQLite in the data directory
    std::string listen = "127.0.0.1:8470";
    int threads = 0;        ///< 0: one per processor
    int memory_max_mib = 0; ///< 0: four fifths of the machine's
    std::string log_level = "info";
    bool allow_private_network = false;
    std::string allow_address; ///< as http::AllowedAddresses reads it
    bool key_in_query = false;
    bool open_sign_up = false;
    std::string sign_up_plan;    ///< a plan's name; empty: the default
    std::string credits = "on";  ///< or "off": they are not counted
    std::string tls_certificate; ///< a file, as the next; both or neither
    std::string tls_key;
    bool insecure_listen = false;
    std::string trusted_proxies; ///< as http::TrustedProxies reads it
    std::string cors_origins;    ///< as api::Origins reads it
    std::string public_url;      ///< without a slash at its end
    std::string smtp_url;        ///< empty: no mail is sent
    std::string smtp_user;
    std::string smtp_password;
    std::string smtp_ca_file;
    bool smtp_unencrypted = false;
    std::string mail_from;
    std::string oidc_issuer; ///< empty: people sign in with passwords alone
    std::string oidc_client_id;
    std::string oidc_client_secret;
    std::string oidc_name = "your provider";
    std::string oidc_sign_up; ///< domains between commas, or "*"; empty: no accounts are made
    std::string openai_api_key;
    std::string openai_base_url;
    std::string anthropic_api_key;
    std::string anthropic_base_url;
    std::string azure_openai_api_key;
    std::string azure_openai_endpoint;
    std::string azure_openai_api_version;
    std::string gemini_api_key;
    std::string gemini_base_url;
    std::string mistral_api_key;
    std::string mistral_base_url;
    std::string groq_api_key;
    std::string groq_base_url;
    std::string ollama_api_key;
    std::string ollama_base_url;
    std::string model_rate_limits;
    std::string master_key;
    std::string master_key_file;
    std::string master_key_command;
    std::string bootstrap_api_key;
    std::string bootstrap_organization_id;
    std::string bootstrap_project_id;
    int write_lag_max_ms = 250;
};

/// One row of the table.
// NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): each row of the table gives these
struct Setting {
    const char* name; ///< the flag is "--" + name, and so is the line in the settings file
    const char*
        environment; ///< variable with the same effect; it wins over the file, a flag over it
    const char* sentence;
    const char* unset;   ///< what holds when it is not given, in words or as the value
    bool is_secret;      ///< never shown; has no flag, since command lines are visible to others
    bool is_for_serving; ///< means nothing to commands that serve nobody
    std::string Settings::* text = nullptr; ///< exactly one of these three
    int Settings::* number = nullptr;
    bool Settings::* flag = nullptr;

    const char* must_be = "";                    ///< the bounds: "64 hex digits"
    bool (*is_good)(std::string_view) = nullptr; ///< of a text; none: any text will do
    int least = 0;                               ///< of a number
    int most = 0;

    Setting bounded(const char* words, bool (*good)(std::string_view)) const;
    Setting within(int at_least, int at_most, const char* words) const;
};

const std::vector<Setting>& settings_table();

/// `$XDG_DATA_HOME/weft`, else `~/.local/share/weft`.
std::filesystem::path default_data_directory();

/// Gives the setting this value. invalid: what it must be, as "must be 64 hex digits".
Result<> apply(Settings& settings, const Setting& setting, std::string_view value);

/// What the setting is, as it would be written in a settings file.
std::string value_of(const Settings& settings, const Setting& setting);

} // namespace weft::server
