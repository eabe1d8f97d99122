#pragma once

#include "base/result.h"

#include <filesystem>
#include <string>
#include <vector>

namespace weft::server {

/// Everything a person can set. One table in settings.cpp says each one's name, sentence and
/// default; the command line flag (--name), the environment variable and the documentation derive
/// from it.
struct Settings {
    std::string data;
    std::string listen = "127.0.0.1:8470";
    int threads = 0; ///< 0: one per processor
    std::string log_level = "info";
    bool allow_private_network = false;
    std::string allow_address; ///< as http::AllowedAddresses reads it
    bool key_in_query = false;
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
    std::string master_key;
    std::string bootstrap_api_key;
    std::string bootstrap_organization_id;
    std::string bootstrap_project_id;
};

/// One row of the table.
struct Setting {
    const char* name;        ///< the flag is "--" + name
    const char* environment; ///< variable with the same effect; the flag wins
    const char* sentence;
    const char* unset;   ///< what holds when it is not given, in words or as the value
    bool is_secret;      ///< never shown; has no flag, since command lines are visible to others
    bool is_for_serving; ///< means nothing to commands that serve nobody
    std::string Settings::* text;
    int Settings::* number;
    bool Settings::* flag;
};

const std::vector<Setting>& settings_table();

/// `$XDG_DATA_HOME/weft`, else `~/.local/share/weft`.
std::filesystem::path default_data_directory();

/// Reads all variables of the table from the environment. invalid: names the variable and what it
/// must be.
Result<Settings> settings_from_environment();

/// Checks what is set: bounds, ids, addresses. invalid: names the setting.
Result<> check(const Settings& settings);

} // namespace weft::server
