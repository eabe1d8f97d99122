#include "server/settings.h"

#include "api/origins.h"
#include "domain/ids.h"
#include "domain/plan.h"
#include "http/address_policy.h"
#include "http/forwarded.h"
#include "http/mail_text.h"
#include "http/url.h"
#include "models/registry.h"
#include "store/reach.h"

#include <charconv>
#include <cstdlib>

#include <fmt/format.h>

namespace weft::server {

namespace {

constexpr int threads_max = 64;
constexpr int memory_mib_max = 1'000'000;
constexpr int write_lag_ms_max = 600'000;
constexpr std::size_t bootstrap_key_bytes_min = 16;

enum class For { all, serving };

Setting text(const char* name, const char* environment, const char* sentence, const char* unset,
             std::string Settings::* member, For whom = For::all) {
    Setting row{name, environment, sentence, unset, false, whom == For::serving};
    row.text = member;
    return row;
}
Setting secret(const char* name, const char* environment, const char* sentence, const char* unset,
               std::string Settings::* member, For whom = For::all) {
    Setting row = text(name, environment, sentence, unset, member, whom);
    row.is_secret = true;
    return row;
}
Setting number(const char* name, const char* environment, const char* sentence, const char* unset,
               int Settings::* member) {
    Setting row{name, environment, sentence, unset, false, false};
    row.number = member;
    return row;
}
Setting flag(const char* name, const char* environment, const char* sentence,
             bool Settings::* member, For whom = For::all) {
    Setting row{name, environment, sentence, "off", false, whom == For::serving};
    row.flag = member;
    row.must_be = "on or off (also 1 or 0, true or false)";
    return row;
}

bool is_address(std::string_view value) {
    const auto colon = value.rfind(':');
    if (colon == value.npos || colon == 0) return false;
    int port = -1;
    const char* end = value.data() + value.size();
    const auto [read, error] = std::from_chars(value.data() + colon + 1, end, port);
    return error == std::errc() && read == end && port >= 0 && port <= 65'535;
}
bool is_url(std::string_view value) {
    return value.starts_with("http://") || value.starts_with("https://");
}
/// Only where the server is, so that what is put behind it makes a whole URL.
bool is_public_url(std::string_view value) {
    const auto url = http::Url::parse(std::string(value));
    return url && !url->has_user_or_password() &&
           value.find_first_of("/?#", value.find("://") + 3) == value.npos;
}
bool is_smtp_url(std::string_view value) {
    return (value.starts_with("smtp://") || value.starts_with("smtps://")) &&
           value.find('@') == value.npos;
}
/// "example.org" between commas and blanks; or "*".
bool is_domains(std::string_view value) {
    if (value == "*") return true;
    const bool known =
        value.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-, ") == value.npos;
    return known && value.find('.') != value.npos;
}
bool is_mailbox(std::string_view value) { return !http::mail_address_of(value).empty(); }
bool is_address_list(std::string_view value) {
    return http::AllowedAddresses::parse(value).has_value();
}
bool is_proxy_list(std::string_view value) {
    return http::TrustedProxies::parse(value).has_value();
}
bool is_origin_list(std::string_view value) { return api::Origins::parse(value).has_value(); }
bool is_rate_limits(std::string_view value) {
    const auto limits = models::rate_limits_from(value);
    const auto known = models::limited_providers();
    return limits && std::ranges::all_of(*limits, [&known](const auto& limit) {
               return std::ranges::find(known, std::string_view(limit.first)) != known.end();
           });
}
bool is_id(std::string_view value) { return ProjectId::parse(value).has_value(); }
bool is_plan(std::string_view value) { return find_plan(value) != nullptr; }
bool is_on_or_off(std::string_view value) { return value == "on" || value == "off"; }
bool is_log_level(std::string_view value) {
    return value == "debug" || value == "info" || value == "warn" || value == "error";
}
bool is_master_key(std::string_view value) {
    return value.size() == 64 && value.find_first_not_of("0123456789abcdefABCDEF") == value.npos;
}
bool is_long_enough_key(std::string_view value) {
    const auto printable = [](char c) { return c > 0x20 && c < 0x7F; };
    return value.size() >= bootstrap_key_bytes_min && std::ranges::all_of(value, printable);
}
constexpr const char* url_words = "an address that begins with http:// or https://";

std::optional<bool> read_flag(std::string_view value) {
    for (const std::string_view yes : {"on", "1", "true", "yes"})
        if (value == yes) return true;
    for (const std::string_view no : {"off", "0", "false", "no"})
        if (value == no) return false;
    return std::nullopt;
}

std::unexpected<Error> must_be(const Setting& setting) {
    return fail(Code::invalid, fmt::format("must be {}", setting.must_be));
}

std::vector<Setting> program_settings() {
    return {
        text("data", "WEFT_DATA", "The data directory: everything Weft keeps is in it",
             "$XDG_DATA_HOME/weft", &Settings::data),
        text("store", "WEFT_STORE",
             "Where everything but keys lies: postgres://user@host/database; without it, in the "
             "data directory",
             "in the data directory", &Settings::store)
            .bounded("an address that begins with postgres:// or postgresql://",
                     &store::is_database_url),
        text("listen", "WEFT_LISTEN", "Address and port to answer on; port 0 takes a free one",
             "127.0.0.1:8470", &Settings::listen, For::serving)
            .bounded("an address and a port, such as 127.0.0.1:8470", &is_address),
        number("threads", "WEFT_THREADS", "Threads for requests and runs; 0 = one per processor",
               "0", &Settings::threads)
            .within(0, threads_max, "a whole number from 0 to 64"),
        number("memory-max-mib", "WEFT_MEMORY_MAX_MIB",
               "MiB of memory beyond which new runs are refused with 429; 0 = four fifths of the "
               "machine's",
               "0", &Settings::memory_max_mib)
            .within(0, memory_mib_max, "a whole number from 0 to 1000000"),
        number("write-lag-max-ms", "WEFT_WRITE_LAG_MAX_MS",
               "Milliseconds that the oldest write may wait before new runs are refused with 429",
               "250", &Settings::write_lag_max_ms)
            .within(1, write_lag_ms_max, "a whole number from 1 to 600000"),
        text("log-level", "WEFT_LOG_LEVEL",
             "Least serious message that is logged: debug, info, warn, error", "info",
             &Settings::log_level)
            .bounded("debug, info, warn or error", &is_log_level),
        flag(
            "allow-private-network", "WEFT_ALLOW_PRIVATE_NETWORK",
            "Let models and connectors reach private and loopback addresses, such as a local model",
            &Settings::allow_private_network),
        text("allow-address", "WEFT_ALLOW_ADDRESS",
             "Private addresses that models and connectors may reach all the same, between commas: "
             "127.0.0.1:11434, 10.0.0.0/8",
             "none", &Settings::allow_address)
            .bounded(
                "addresses with or without a port, between commas: 127.0.0.1:11434, 10.0.0.0/8",
                &is_address_list),
        flag("key-in-query", "WEFT_KEY_IN_QUERY",
             "Accept the API key in the query too (URLs end up in logs)", &Settings::key_in_query,
             For::serving),
        flag("open-sign-up", "WEFT_OPEN_SIGN_UP",
             "Let whoever comes make an account with an organization of its own",
             &Settings::open_sign_up, For::serving),
        text("sign-up-plan", "WEFT_SIGN_UP_PLAN",
             "The plan of organizations that people make for themselves so", "self_hosted",
             &Settings::sign_up_plan, For::serving)
            .bounded("self_hosted, trial, starter or team", &is_plan),
        text("credits", "WEFT_CREDITS",
             "Whether an organization whose plan has a limit can run out of credits: on or off",
             "on", &Settings::credits, For::serving)
            .bounded("on or off", &is_on_or_off),
    };
}

/// How requests come in.
std::vector<Setting> entrance_settings() {
    return {
        text("tls-certificate", "WEFT_TLS_CERTIFICATE",
             "PEM file of the certificate to answer HTTPS with, then of those that vouch for it; "
             "read again when it changes",
             "HTTP in clear", &Settings::tls_certificate, For::serving),
        text("tls-key", "WEFT_TLS_KEY", "PEM file of the key to that certificate", "none",
             &Settings::tls_key, For::serving),
        flag("insecure-listen", "WEFT_INSECURE_LISTEN",
             "Answer in clear to other machines too: who is on the way reads passwords and keys",
             &Settings::insecure_listen, For::serving),
        text("trusted-proxies", "WEFT_TRUSTED_PROXIES",
             "Proxies whose X-Forwarded-For and X-Forwarded-Proto are believed, between commas: "
             "127.0.0.1, 10.0.0.0/8",
             "none", &Settings::trusted_proxies, For::serving)
            .bounded("addresses and prefixes without ports, between commas: 127.0.0.1, 10.0.0.0/8",
                     &is_proxy_list),
        text("cors-origins", "WEFT_CORS_ORIGINS",
             "Origins of web pages elsewhere that may use the API with a key or a token, between "
             "commas: https://app.example.org",
             "none but its own", &Settings::cors_origins, For::serving)
            .bounded("origins as browsers write them, between commas: https://app.example.org",
                     &is_origin_list),
    };
}

std::vector<Setting> mail_settings() {
    return {
        text("public-url", "WEFT_PUBLIC_URL",
             "Where people reach this server: what links in mails begin with", "no links are made",
             &Settings::public_url)
            .bounded("an address such as https://weft.example.org, without a path", &is_public_url),
        text("smtp-url", "WEFT_SMTP_URL",
             "The server that takes mail: smtp://HOST:587 (STARTTLS) or smtps://HOST:465; needs "
             "public-url and mail-from",
             "no mail is sent", &Settings::smtp_url, For::serving)
            .bounded("an address that begins with smtp:// or smtps:// and has no user in it",
                     &is_smtp_url),
        text("smtp-user", "WEFT_SMTP_USER", "Who signs in there", "nobody signs in",
             &Settings::smtp_user, For::serving),
        secret("smtp-password", "WEFT_SMTP_PASSWORD", "His password", "none",
               &Settings::smtp_password, For::serving),
        text("smtp-ca-file", "WEFT_SMTP_CA_FILE",
             "Certificates (PEM) that prove who that server is", "the system's",
             &Settings::smtp_ca_file, For::serving),
        flag("smtp-unencrypted", "WEFT_SMTP_UNENCRYPTED",
             "Send mail without encryption, such as to a relay on this machine",
             &Settings::smtp_unencrypted, For::serving),
        text("mail-from", "WEFT_MAIL_FROM", "Who mails are from", "none", &Settings::mail_from,
             For::serving)
            .bounded("an address such as weft@example.org or Weft <weft@example.org>", &is_mailbox),
    };
}

std::vector<Setting> provider_settings() {
    return {
        text("oidc-issuer", "WEFT_OIDC_ISSUER",
             "The provider that people sign in with (OpenID Connect), as it calls itself; needs "
             "public-url and oidc-client-id",
             "people sign in with passwords alone", &Settings::oidc_issuer, For::serving)
            .bounded(url_words, &is_url),
        text("oidc-client-id", "WEFT_OIDC_CLIENT_ID", "What the provider calls this server", "none",
             &Settings::oidc_client_id, For::serving),
        secret("oidc-client-secret", "WEFT_OIDC_CLIENT_SECRET", "Proves to the provider who asks",
               "none is sent", &Settings::oidc_client_secret, For::serving),
        text("oidc-name", "WEFT_OIDC_NAME", "What people call the provider", "your provider",
             &Settings::oidc_name, For::serving),
        text("oidc-sign-up", "WEFT_OIDC_SIGN_UP",
             "Whose verified addresses may make an account with it, in the first organization: "
             "domains between commas, or * for all",
             "nobody's", &Settings::oidc_sign_up, For::serving)
            .bounded("domains between commas, such as example.org, example.com, or *", &is_domains),
    };
}

std::vector<Setting> model_settings() {
    return {
        secret("openai-api-key", "OPENAI_API_KEY", "Key for models named openai/…",
               "models named openai/… cannot be used", &Settings::openai_api_key),
        text("openai-base-url", "OPENAI_BASE_URL",
             "Where an OpenAI-compatible service answers, up to and with /v1", "the service's own",
             &Settings::openai_base_url)
            .bounded(url_words, &is_url),
        secret("anthropic-api-key", "ANTHROPIC_API_KEY", "Key for models named anthropic/…",
               "models named anthropic/… cannot be used", &Settings::anthropic_api_key),
        text("anthropic-base-url", "ANTHROPIC_BASE_URL",
             "Where models named anthropic/… are, up to and without /v1", "the service's own",
             &Settings::anthropic_base_url)
            .bounded(url_words, &is_url),
        secret("azure-openai-api-key", "AZURE_OPENAI_API_KEY", "Key for models named azure/…",
               "models named azure/… cannot be used", &Settings::azure_openai_api_key),
        text("azure-openai-endpoint", "AZURE_OPENAI_ENDPOINT",
             "Where models named azure/DEPLOYMENT are: https://NAME.openai.azure.com",
             "models named azure/… cannot be used", &Settings::azure_openai_endpoint)
            .bounded(url_words, &is_url),
        text("azure-openai-api-version", "AZURE_OPENAI_API_VERSION",
             "The api-version that Azure is asked for", "2024-10-21",
             &Settings::azure_openai_api_version),
        secret("gemini-api-key", "GEMINI_API_KEY", "Key for models named google/…",
               "models named google/… cannot be used", &Settings::gemini_api_key),
        text("gemini-base-url", "GEMINI_BASE_URL",
             "Where models named google/… are, up to and with /v1beta", "the service's own",
             &Settings::gemini_base_url)
            .bounded(url_words, &is_url),
        secret("mistral-api-key", "MISTRAL_API_KEY", "Key for models named mistral/…",
               "models named mistral/… cannot be used", &Settings::mistral_api_key),
        text("mistral-base-url", "MISTRAL_BASE_URL",
             "Where models named mistral/… are, up to and with /v1", "the service's own",
             &Settings::mistral_base_url)
            .bounded(url_words, &is_url),
        secret("groq-api-key", "GROQ_API_KEY", "Key for models named groq/…",
               "models named groq/… cannot be used", &Settings::groq_api_key),
        text("groq-base-url", "GROQ_BASE_URL", "Where models named groq/… are, up to and with /v1",
             "the service's own", &Settings::groq_base_url)
            .bounded(url_words, &is_url),
        secret("ollama-api-key", "OLLAMA_API_KEY",
               "Key for models named ollama/…, if a proxy wants one", "none is sent",
               &Settings::ollama_api_key),
        text("ollama-base-url", "OLLAMA_BASE_URL",
             "Where models named ollama/… are (needs allow-address)", "http://127.0.0.1:11434",
             &Settings::ollama_base_url)
            .bounded(url_words, &is_url),
        text("model-rate-limits", "WEFT_MODEL_RATE_LIMITS",
             "What each provider's key may use a minute, requests/tokens: openai=500/200000 "
             "groq=30 mistral=/50000",
             "what the providers say", &Settings::model_rate_limits)
            .bounded("provider=requests/tokens, one or more: openai=500/200000 groq=30",
                     &is_rate_limits),
    };
}

std::vector<Setting> first_start_settings() {
    return {
        secret("master-key", "WEFT_MASTER_KEY",
               "64 hex digits that protect the secrets in the data directory",
               "made at the first start and kept in master.key", &Settings::master_key)
            .bounded("64 hex digits", &is_master_key),
        text("master-key-file", "WEFT_MASTER_KEY_FILE",
             "A file that holds the master key and that only its owner may read",
             "master.key in the data directory", &Settings::master_key_file),
        text(
            "master-key-command", "WEFT_MASTER_KEY_COMMAND",
            "A program that prints the master key: words between blanks, or a JSON array; no shell",
            "none is run", &Settings::master_key_command),
        secret("bootstrap-api-key", "WEFT_BOOTSTRAP_API_KEY",
               "The API key that the first start makes", "a random one, printed once",
               &Settings::bootstrap_api_key, For::serving)
            .bounded("at least 16 printable ASCII characters without blanks", &is_long_enough_key),
        text("bootstrap-organization-id", "WEFT_BOOTSTRAP_ORGANIZATION_ID",
             "The organization that the first start makes", "a new id",
             &Settings::bootstrap_organization_id, For::serving)
            .bounded("24 hex digits", &is_id),
        text("bootstrap-project-id", "WEFT_BOOTSTRAP_PROJECT_ID",
             "The project that the first start makes", "a new id", &Settings::bootstrap_project_id,
             For::serving)
            .bounded("24 hex digits", &is_id),
    };
}

} // namespace

Setting Setting::bounded(const char* words, bool (*good)(std::string_view)) const {
    Setting copy = *this;
    copy.must_be = words;
    copy.is_good = good;
    return copy;
}

Setting Setting::within(int at_least, int at_most, const char* words) const {
    Setting copy = *this;
    copy.least = at_least;
    copy.most = at_most;
    copy.must_be = words;
    return copy;
}

const std::vector<Setting>& settings_table() {
    static const std::vector<Setting> table = [] {
        std::vector<Setting> all;
        for (const auto& part : {program_settings(), entrance_settings(), mail_settings(),
                                 provider_settings(), model_settings(), first_start_settings()})
            all.insert(all.end(), part.begin(), part.end());
        return all;
    }();
    return table;
}

std::filesystem::path default_data_directory() {
    if (const char* data_home = std::getenv("XDG_DATA_HOME"); data_home && *data_home)
        return std::filesystem::path(data_home) / "weft";
    const char* home = std::getenv("HOME");
    return std::filesystem::path(home && *home ? home : ".") / ".local/share/weft";
}

Result<> apply(Settings& settings, const Setting& setting, std::string_view value) {
    if (setting.text) {
        if (setting.is_good && !setting.is_good(value)) return must_be(setting);
        settings.*setting.text = value;
    } else if (setting.number) {
        int number = 0;
        const char* const begin = value.data();
        const char* const end = begin + value.size();
        const auto [read, error] = std::from_chars(begin, end, number);
        if (error != std::errc() || read != end || number < setting.least || number > setting.most)
            return must_be(setting);
        settings.*setting.number = number;
    } else {
        const auto on = read_flag(value);
        if (!on) return must_be(setting);
        settings.*setting.flag = *on;
    }
    return {};
}

std::string value_of(const Settings& settings, const Setting& setting) {
    if (setting.text) return settings.*setting.text;
    if (setting.number) return std::to_string(settings.*setting.number);
    return settings.*setting.flag ? "on" : "off";
}

} // namespace weft::server
