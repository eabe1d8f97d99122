#include "connectors/restful_setup.h"

#include "connectors/accounts.h"
#include "domain/custom_action.h"
#include "expr/expr.h"
#include "http/credentials.h"

namespace weft::connectors {

namespace {

constexpr std::size_t secret_bytes_min = 4; ///< shorter ones cannot be told from ordinary text
constexpr std::size_t secret_bytes_max = 8 << 10;
constexpr std::size_t secrets_max = 32;
constexpr std::size_t config_bytes_max = 128 << 10;
constexpr std::size_t list_max = 64;

/// Type of auth → the member that is its secret.
constexpr std::pair<std::string_view, std::string_view> auth_secrets[] = {
    {"none", ""}, {"api_key", "value"}, {"bearer", "token"}, {"basic", "password"}};

std::string_view auth_secret(std::string_view type) {
    for (const auto& [name, secret] : auth_secrets)
        if (name == type) return secret;
    return "";
}

/// Reads a config that a person gave, and says what is wrong with it.
class Reading {
public:
    Reading(const json::object& given, const Setup& before) : given_(given), before_(before) {}

    Result<Setup> read() {
        if (to_text(given_).size() > config_bytes_max)
            return fail_field("config", fmt::format("is longer than {} bytes", config_bytes_max));
        Members members(given_, "config", faults_);
        read_base_url(members);
        read_templates(members, "headers");
        read_templates(members, "query");
        read_auth(members);
        read_secrets(members);
        read_limits(members);
        TRY(faults_.result());
        return std::move(setup_);
    }

private:
    void read_base_url(Members& members) {
        std::string url;
        members.text("base_url", url, limits::url_bytes_max);
        while (url.ends_with('/')) url.pop_back();
        setup_.config["base_url"] = url;
        same_origin_ = http::origin_of(url) &&
                       http::origin_of(url) ==
                           http::origin_of(std::string(text_or(before_.config, "base_url")));
        if (url.empty()) {
            lack("base_url");
            return;
        }
        const auto parsed = http::Url::parse(url);
        if (!parsed || url.contains('?') || url.contains('#') || url.contains("{{"))
            faults_.add("config.base_url",
                        "must be a URL such as https://api.example.com/v2, with neither ? nor #");
        else if (parsed->has_user_or_password())
            faults_.add("config.base_url", "must not hold a user or password: use auth");
    }

    void read_templates(Members& members, const char* name) {
        json::object templates;
        members.object(name, templates, limits::template_bytes_max);
        const std::string below = members.path(name);
        check_templates(templates, below, Reads::secrets_only, faults_);
        if (std::string_view(name) == "headers")
            for (const auto& [header, text] : templates)
                if (!is_header_name(header) || is_reserved_header(header))
                    faults_.add(join_path(below, header), "cannot be a header that is set here");
        setup_.config[name] = std::move(templates);
    }

    void read_auth(Members& members) {
        const json::value* given = members.get("auth");
        if (!given || given->is_null()) {
            setup_.config["auth"] = json::object{{"type", "none"}};
            return;
        }
        Members auth(*given, "config.auth", faults_);
        std::string type = "none";
        auth.text("type", type, limits::name_bytes_max);
        const auto known = [&](const auto& each) { return each.first == type; };
        if (std::ranges::none_of(auth_secrets, known)) {
            faults_.add("config.auth.type", "must be one of none, api_key, bearer, basic");
            return;
        }
        json::object stored{{"type", type}};
        if (type == "api_key") read_api_key(auth, stored);
        if (type == "basic") read_user(auth, stored);
        setup_.config["auth"] = std::move(stored);
        if (const auto secret = auth_secret(type); !secret.empty())
            read_secret(find(*given, secret), "auth." + std::string(secret), Needed::yes);
    }

    void read_api_key(Members& auth, json::object& stored) {
        std::string in = "header";
        std::string name = "x-api-key";
        auth.text("in", in, limits::name_bytes_max);
        auth.text("name", name, limits::name_bytes_max);
        if (in != "header" && in != "query")
            faults_.add("config.auth.in", "must be header or query");
        if (in == "header" && (!is_header_name(name) || is_reserved_header(name)))
            faults_.add("config.auth.name", "cannot be a header that is set here");
        if (name.empty()) faults_.add("config.auth.name", "must not be empty");
        stored["in"] = in;
        stored["name"] = name;
    }

    void read_user(Members& auth, json::object& stored) {
        std::string user;
        auth.text("username", user, limits::name_bytes_max);
        if (user.contains(':')) faults_.add("config.auth.username", "must not have a colon");
        stored["username"] = user;
    }

    void read_secrets(Members& members) {
        const json::value* given = members.get("secrets");
        const json::object none;
        const json::object* secrets = given ? given->if_object() : &none;
        if (!secrets && !given->is_null()) faults_.add("config.secrets", "must be an object");
        if (!secrets) secrets = &none;
        if (secrets->size() > secrets_max)
            faults_.add("config.secrets", fmt::format("has more than {} members", secrets_max));
        for (const auto& [name, value] : *secrets) {
            const auto fits = [](char c) {
                return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '_';
            };
            if (name.empty() || name.size() > limits::column_id_bytes_max ||
                !std::ranges::all_of(name, fits))
                faults_.add(join_path("config.secrets", name),
                            "a secret's name has letters, digits and _");
            else
                read_secret(&value, "secrets." + std::string(name), Needed::no);
        }
        for (const std::string& name : before_.kept)
            if (name.starts_with("secrets.") && !secrets->contains(name.substr(8)))
                read_secret(nullptr, name, Needed::no);
    }

    /// Absent, or given as its mask: it stays, if requests go where they went before.
    enum class Needed { no, yes };
    void read_secret(const json::value* given, const std::string& name, Needed needed) {
        const json::string* text = given ? given->if_string() : nullptr;
        const bool same = !given || (text && *text == secret_mask);
        if (same) {
            if (before_.kept.contains(name) && same_origin_)
                setup_.kept.insert(name);
            else if (needed == Needed::yes || given)
                lack(name);
            return;
        }
        if (given->is_null() || (text && text->empty())) {
            if (needed == Needed::yes) lack(name);
            return;
        }
        if (!text)
            faults_.add("config." + name, "must be text");
        else if (text->size() < secret_bytes_min || text->size() > secret_bytes_max)
            faults_.add("config." + name, fmt::format("must have {} to {} bytes", secret_bytes_min,
                                                      secret_bytes_max));
        else if (std::ranges::any_of(*text, [](char c) {
                     return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
                 }))
            faults_.add("config." + name, "must not have control characters");
        else
            setup_.secrets[name] = std::string(*text);
    }

    void read_limits(Members& members) {
        std::int64_t timeout_s = 30;
        members.integer("timeout_s", timeout_s, 1, 300);
        setup_.config["timeout_s"] = timeout_s;
        for (const char* name : {"allowed_methods", "allowed_paths"}) {
            std::vector<std::string> words;
            members.texts(name, words, list_max, limits::url_bytes_max);
            json::array stored;
            for (const std::string& word : words) {
                if (std::string_view(name) == "allowed_paths" && !word.starts_with('/'))
                    faults_.add(members.path(name), "each begins with /");
                stored.push_back(json::value(word));
            }
            setup_.config[name] = std::move(stored);
        }
    }

    void lack(const std::string& what) {
        if (setup_.lacking.empty()) setup_.lacking = "give its " + what;
    }

    const json::value given_;
    const Setup& before_;
    Faults faults_;
    Setup setup_;
    bool same_origin_ = false;
};

std::vector<std::string> words_of(const json::object& config, std::string_view name) {
    std::vector<std::string> words;
    if (const json::value* given = config.if_contains(name); given && given->is_array())
        for (const json::value& each : given->get_array())
            if (each.is_string()) words.emplace_back(each.get_string());
    return words;
}

json::object object_of(const json::object& config, std::string_view name) {
    const json::value* given = config.if_contains(name);
    return given && given->is_object() ? given->get_object() : json::object{};
}

FormField setting(std::string id, std::string label, std::string type, std::string description,
                  bool is_secret = false) {
    return {{.field_id = std::move(id),
             .label = std::move(label),
             .type = std::move(type),
             .description = std::move(description)},
            is_secret};
}

} // namespace

bool is_reserved_header(std::string_view name) {
    constexpr std::string_view reserved[] = {"host",
                                             "content-length",
                                             "transfer-encoding",
                                             "connection",
                                             "keep-alive",
                                             "upgrade",
                                             "te",
                                             "trailer",
                                             "expect",
                                             "accept-encoding"};
    const std::string lower = lower_ascii(name);
    return lower.starts_with("proxy-") || std::ranges::find(reserved, lower) != std::end(reserved);
}

void check_templates(const json::object& templates, const std::string& below, Reads reads,
                     Faults& faults) {
    for (const auto& [name, text] : templates) {
        const std::string at = join_path(below, name);
        if (!text.is_string()) {
            faults.add(at, "must be text");
            continue;
        }
        const auto compiled = expr::Template::compile(text.get_string());
        if (!compiled) {
            faults.add(at, compiled.error().message);
            continue;
        }
        if (reads == Reads::secrets_only)
            for (const std::string& variable : compiled->variables())
                if (variable != "secrets")
                    faults.add(at, "may read {{secrets.…}} only, not " + variable);
    }
}

RestfulConfig restful_config(const json::object& config) {
    const json::value auth = object_of(config, "auth");
    return {.base_url = std::string(text_or(config, "base_url")),
            .headers = object_of(config, "headers"),
            .query = object_of(config, "query"),
            .auth_type = std::string(text_or(auth, "type")),
            .auth_in = std::string(text_or(auth, "in")),
            .auth_name = std::string(text_or(auth, "name")),
            .username = std::string(text_or(auth, "username")),
            .timeout_s = int_or(config, "timeout_s", 30),
            .allowed_methods = words_of(config, "allowed_methods"),
            .allowed_paths = words_of(config, "allowed_paths")};
}

std::vector<FormField> restful_form() {
    std::vector<FormField> form{
        setting("base_url", "Base URL", "text",
                "Such as https://api.example.com/v2: every request goes below it."),
        setting("auth.type", "Authentication", "text", "none, api_key, bearer or basic."),
        setting("auth.in", "Where the key goes", "text", "Of api_key: header or query."),
        setting("auth.name", "Name of the key", "text", "Of api_key: the header or parameter."),
        setting("auth.value", "Key", "text", "Of api_key.", true),
        setting("auth.token", "Token", "text", "Of bearer.", true),
        setting("auth.username", "User", "text", "Of basic."),
        setting("auth.password", "Password", "text", "Of basic.", true),
        setting("headers", "Headers", "object", "Name and template, sent with every request."),
        setting("query", "Query", "object", "Name and template, sent with every request."),
        setting("secrets", "Secrets", "object", "For {{secrets.name}} in headers and query.", true),
        setting("timeout_s", "Time-out in seconds", "number", "Of a whole call, at most 300."),
        setting("allowed_methods", "Allowed methods", "array", "Empty: all."),
        setting("allowed_paths", "Allowed paths", "array", "Empty: all below the base URL.")};
    form.front().field.required = true;
    return form;
}

Result<Setup> set_up_restful(const json::object& config, const Setup& before) {
    return Reading(config, before).read();
}

} // namespace weft::connectors
