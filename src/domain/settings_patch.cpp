// What a person changes of a project's settings, and what was stored of them.
#include "domain/project_settings.h"
#include "domain/settings_sections.h"

namespace weft {

namespace {

constexpr std::size_t secret_bytes_max = 4 << 10;

/// What is sent for a secret: absent or hidden leaves it as it is, null and "" take it out.
enum class Sent { nothing, removal, value };

Sent sent_secret(Members& members, std::string_view name, std::string& out) {
    const json::value* given = members.get(name);
    if (!given) return Sent::nothing;
    if (given->is_null()) return Sent::removal;
    members.text(name, out, secret_bytes_max);
    if (out == hidden_secret) return Sent::nothing;
    return out.empty() ? Sent::removal : Sent::value;
}

class Patching {
public:
    Patching(const ProjectSettings& before, const json::object& patch,
             std::span<const std::string_view> providers)
        : patch_(patch), providers_(providers) {
        out_.settings = before;
    }

    Result<SettingsPatch> apply() {
        take(setting::models, &Patching::models);
        take(setting::default_model, &Patching::default_model);
        take(setting::budgets, &Patching::budgets);
        take(setting::retention, &Patching::retention);
        take(setting::input_forms, &Patching::input_forms);
        take(setting::notifications, &Patching::notifications);
        take(setting::limits, &Patching::limits);
        TRY(faults_.result());
        return std::move(out_);
    }

private:
    void take(std::string_view name, void (Patching::*read)(const json::value&)) {
        const json::value* section = patch_.if_contains(name);
        if (!section) return;
        out_.sections.emplace(name);
        (this->*read)(*section);
    }

    void models(const json::value& section) {
        ModelAccesses& models = out_.settings.models;
        if (section.is_null()) {
            for (const auto& [provider, access] : models)
                if (access.has_key) out_.secrets[model_key_name(provider)] = std::nullopt;
            models.clear();
            return;
        }
        const json::object* object = section.if_object();
        if (!object)
            return faults_.add(std::string(setting::models),
                               fmt::format("must be an object, not {}", type_name(section)));
        for (const auto& [provider, given] : *object) model(std::string(provider), given);
    }

    void model(const std::string& provider, const json::value& given) {
        const std::string at = join_path(std::string(setting::models), provider);
        if (std::ranges::find(providers_, provider) == providers_.end())
            return faults_.add(at, "is no provider of models; there are " + known_providers());
        ModelAccesses& models = out_.settings.models;
        if (given.is_null()) {
            models.erase(provider);
            out_.secrets[model_key_name(provider)] = std::nullopt;
            return;
        }
        Members members(given, at, faults_);
        const ModelAccess before = models[provider];
        ModelAccess& access = models[provider];
        members.text("base_url", access.base_url, limits::url_bytes_max);
        members.text("api_version", access.api_version, limits::name_bytes_max);
        if (!access.base_url.empty() && !sections::is_http_url(access.base_url))
            faults_.add(members.path("base_url"),
                        "must be a URL that begins with https:// or http://");
        std::string key;
        const Sent sent = sent_secret(members, "api_key", key);
        if (sent == Sent::value) out_.secrets[model_key_name(provider)] = key;
        if (sent == Sent::removal) out_.secrets[model_key_name(provider)] = std::nullopt;
        if (sent != Sent::nothing) access.has_key = sent == Sent::value;
        if (sent == Sent::nothing && access.has_key && access.base_url != before.base_url)
            faults_.add(members.path("api_key"),
                        "must be given again: a key is bound to its address, which changes");
        if (access == ModelAccess{}) models.erase(provider);
    }

    std::string known_providers() const {
        std::string all;
        for (const std::string_view each : providers_)
            all += (all.empty() ? "" : ", ") + std::string(each);
        return all;
    }

    void default_model(const json::value& section) {
        std::string& name = out_.settings.default_model;
        const std::string at(setting::default_model);
        name.clear();
        if (section.is_null()) return;
        const json::value in(json::object{{at, section}});
        Members members(in, "", faults_);
        members.text(at, name, limits::name_bytes_max);
        if (name.empty()) return;
        const std::string provider = name.substr(0, name.find('/'));
        if (provider.size() + 1 >= name.size())
            faults_.add(at, "must be provider/name, such as openai/gpt-4o-mini");
        else if (provider != "weft" && std::ranges::find(providers_, provider) == providers_.end())
            faults_.add(at, "names no provider of models; there are weft, " + known_providers());
    }

    void budgets(const json::value& section) {
        out_.settings.budgets =
            sections::read_budgets(section, sections::BudgetPlace::project, faults_);
        for (const BudgetSetting& each : out_.settings.budgets)
            if (each.agentflow) out_.agentflows.insert(each.agentflow);
    }

    void retention(const json::value& section) {
        out_.settings.retention = sections::read_retention(section, faults_);
    }

    void input_forms(const json::value& section) {
        out_.settings.input_forms =
            read_input_forms(section, std::string(setting::input_forms), faults_);
        for (const InputForm& each : out_.settings.input_forms)
            if (each.agentflow) out_.agentflows.insert(each.agentflow);
    }

    void limits(const json::value& section) {
        ProjectLimits& limits = out_.settings.limits;
        limits = read_project_limits(section, faults_);
        for (const auto& [flow, limit] : limits.agentflows) out_.agentflows.insert(flow);
        for (const auto& [model, limit] : limits.models) {
            const std::string provider = model.substr(0, model.find('/'));
            if (std::ranges::find(providers_, provider) == providers_.end())
                faults_.add("limits.models", fmt::format("{} is of no provider; there are {}",
                                                         model, known_providers()));
        }
    }

    void notifications(const json::value& section) {
        const bool had_secret = out_.settings.notifications.has_secret;
        Notifications& now = out_.settings.notifications;
        now = sections::read_notifications(section, faults_);
        now.has_secret = had_secret && !now.webhook_url.empty();
        const json::value* webhook = find(section, "webhook");
        if (webhook && webhook->is_object()) {
            Members members(*webhook, "notifications.webhook", faults_);
            std::string secret;
            const Sent sent = sent_secret(members, "secret", secret);
            if (sent != Sent::nothing) now.has_secret = sent == Sent::value;
            if (sent == Sent::value) out_.secrets[std::string(webhook_secret_name)] = secret;
        }
        if (had_secret && !now.has_secret)
            out_.secrets[std::string(webhook_secret_name)] = std::nullopt;
    }

    const json::object& patch_;
    std::span<const std::string_view> providers_;
    SettingsPatch out_;
    Faults faults_;
};

} // namespace

ModelAccesses models_from_json(const json::value& section) {
    ModelAccesses models;
    const json::object* object = section.if_object();
    if (!object) return models;
    for (const auto& [provider, access] : *object)
        models[std::string(provider)] = {.has_key = bool_or(access, "has_key"),
                                         .base_url = std::string(text_or(access, "base_url")),
                                         .api_version =
                                             std::string(text_or(access, "api_version"))};
    return models;
}

Result<ProjectSettings> project_settings_from_json(const json::object& stored) {
    ProjectSettings out;
    Faults faults;
    const auto section = [&stored](std::string_view name) {
        const json::value* found = stored.if_contains(name);
        return found ? *found : json::value(nullptr);
    };
    out.models = models_from_json(section(setting::models));
    if (const json::value name = section(setting::default_model); name.is_string())
        out.default_model = name.get_string();
    out.budgets =
        sections::read_budgets(section(setting::budgets), sections::BudgetPlace::project, faults);
    out.retention = sections::read_retention(section(setting::retention), faults);
    out.input_forms =
        read_input_forms(section(setting::input_forms), std::string(setting::input_forms), faults);
    out.notifications = sections::read_notifications(section(setting::notifications), faults);
    out.limits = read_project_limits(section(setting::limits), faults);
    TRY(faults.result());
    return out;
}

Result<SettingsPatch> patch_settings(const ProjectSettings& before, const json::object& patch,
                                     std::span<const std::string_view> providers) {
    return Patching(before, patch, providers).apply();
}

} // namespace weft
