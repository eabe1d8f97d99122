#include "domain/project_settings.h"

#include "domain/settings_sections.h"
#include "domain/user.h"

#include <cmath>

namespace weft {

namespace {

template <class T> using Words = std::pair<std::string_view, T>;

constexpr Words<BudgetLevel> levels[] = {{"execution", BudgetLevel::execution},
                                         {"agentflow", BudgetLevel::agentflow},
                                         {"project", BudgetLevel::project}};
constexpr Words<BudgetLevel> organization_levels[] = {{"organization", BudgetLevel::organization}};
constexpr Words<BudgetWindow> windows[] = {
    {"run", BudgetWindow::run}, {"day", BudgetWindow::day}, {"month", BudgetWindow::month}};
constexpr Words<BudgetPolicy> policies[] = {
    {"refuse", BudgetPolicy::refuse}, {"shrink", BudgetPolicy::shrink}, {"ask", BudgetPolicy::ask}};
constexpr std::string_view told_of[] = {"inbox"};
constexpr double micro = 1e6;
constexpr double amount_max = 1e9;

template <class T, std::size_t N>
void read_word(Members& members, std::string_view name, const Words<T> (&words)[N], T& out,
               bool required) {
    if (!members.has(name)) {
        if (required) members.faults().add(members.path(name), "is missing");
        return;
    }
    const json::string* text = members.get(name)->if_string();
    std::string choices;
    for (const auto& [word, value] : words) {
        if (text && std::string_view(*text) == word) {
            out = value;
            return;
        }
        choices += (choices.empty() ? "" : ", ") + std::string(word);
    }
    members.faults().add(members.path(name), "must be one of " + choices);
}

void read_amount(Members& members, std::string_view name, std::optional<std::int64_t>& out) {
    const json::value* value = members.get(name);
    if (!value || value->is_null()) return;
    double amount = 0;
    members.number(name, amount, 0, amount_max);
    out = std::llround(amount * micro);
}

BudgetSetting read_budget(const json::value& value, const std::string& at,
                          sections::BudgetPlace place, Faults& faults) {
    BudgetSetting budget;
    Members members(value, at, faults);
    if (!value.is_object()) return budget;
    if (place == sections::BudgetPlace::project) {
        read_word(members, "level", levels, budget.level, true);
    } else {
        budget.level = BudgetLevel::organization;
        read_word(members, "level", organization_levels, budget.level, false);
    }
    const bool of_run = budget.level == BudgetLevel::execution;
    budget.window = of_run ? BudgetWindow::run : BudgetWindow::month;
    read_word(members, "window", windows, budget.window, !of_run);
    read_word(members, "policy", policies, budget.policy, false);
    members.id("agentflow_id", budget.agentflow);
    read_amount(members, "credits", budget.credits_micro);
    read_amount(members, "cost_usd", budget.cost_micro_usd);
    if (of_run != (budget.window == BudgetWindow::run))
        faults.add(members.path("window"), of_run ? "must be run: that is what an execution is"
                                                  : "must be day or month at this level");
    if (budget.level == BudgetLevel::agentflow && !budget.agentflow)
        faults.add(members.path("agentflow_id"), "is missing: which flow's budget it is");
    if (budget.level >= BudgetLevel::project && budget.agentflow)
        faults.add(members.path("agentflow_id"),
                   fmt::format("must be absent at the level of the {}", to_text(budget.level)));
    if (!budget.credits_micro && !budget.cost_micro_usd)
        faults.add(at, "must limit credits or cost_usd, or both");
    return budget;
}

json::value to_json(const ModelAccesses& models) {
    json::object all;
    for (const auto& [provider, access] : models)
        all[provider] = {{"has_key", access.has_key},
                         {"base_url", access.base_url},
                         {"api_version", access.api_version}};
    return all;
}

json::value budgets_to_json(const std::vector<BudgetSetting>& budgets) {
    json::array all;
    for (const BudgetSetting& budget : budgets) {
        json::object one{{"level", to_text(budget.level)},
                         {"window", to_text(budget.window)},
                         {"policy", to_text(budget.policy)}};
        if (budget.agentflow) one["agentflow_id"] = budget.agentflow.hex();
        if (budget.credits_micro)
            one["credits"] = static_cast<double>(*budget.credits_micro) / micro;
        if (budget.cost_micro_usd)
            one["cost_usd"] = static_cast<double>(*budget.cost_micro_usd) / micro;
        all.push_back(std::move(one));
    }
    return all;
}

json::value to_json(const Retention& retention) {
    json::object out{{"runs_days", nullptr}};
    if (retention.runs_days) out["runs_days"] = *retention.runs_days;
    return out;
}

json::value to_json(const Notifications& notifications) {
    json::array mail(notifications.mail.begin(), notifications.mail.end());
    json::array on(notifications.on.begin(), notifications.on.end());
    json::object out{{"mail", std::move(mail)}, {"webhook", nullptr}, {"on", std::move(on)}};
    if (!notifications.webhook_url.empty())
        out["webhook"] = {{"url", notifications.webhook_url},
                          {"has_secret", notifications.has_secret}};
    return out;
}

} // namespace

namespace sections {

std::vector<BudgetSetting> read_budgets(const json::value& section, BudgetPlace place,
                                        Faults& faults) {
    std::vector<BudgetSetting> budgets;
    const json::value in(json::object{{setting::budgets, section}});
    Members members(in, "", faults);
    members.each(setting::budgets, limits::budgets_per_project_max,
                 [&](const json::value& item, const std::string& at) {
                     const BudgetSetting budget = read_budget(item, at, place, faults);
                     const auto same = [&](const BudgetSetting& other) {
                         return other.level == budget.level && other.window == budget.window &&
                                other.agentflow == budget.agentflow;
                     };
                     if (item.is_object() && std::ranges::any_of(budgets, same))
                         faults.add(at, "limits the same as another one");
                     budgets.push_back(budget);
                 });
    return budgets;
}

Retention read_retention(const json::value& section, Faults& faults) {
    Retention retention;
    if (section.is_null()) return retention;
    Members members(section, std::string(setting::retention), faults);
    const json::value* days = members.get("runs_days");
    if (!days || days->is_null()) return retention;
    members.integer("runs_days", retention.runs_days.emplace(1), 1, limits::retention_days_max);
    return retention;
}

namespace {

void read_webhook(Members& of, Notifications& out) {
    const json::value* webhook = of.get("webhook");
    if (!webhook || webhook->is_null()) return;
    Members members(*webhook, of.path("webhook"), of.faults());
    members.text("url", out.webhook_url, limits::url_bytes_max);
    if (!is_http_url(out.webhook_url))
        of.faults().add(members.path("url"), "must be a URL that begins with https:// or http://");
    members.flag("has_secret", out.has_secret);
}

} // namespace

Notifications read_notifications(const json::value& section, Faults& faults) {
    Notifications out;
    if (section.is_null()) return out;
    Members members(section, std::string(setting::notifications), faults);
    members.texts("mail", out.mail, limits::addresses_told_max, email_bytes_max);
    for (std::size_t i = 0; i < out.mail.size(); ++i)
        if (auto checked = checked_email(out.mail[i], join_path(members.path("mail"), i)))
            out.mail[i] = *std::move(checked);
        else
            faults.add(checked.error());
    read_webhook(members, out);
    members.texts("on", out.on, std::size(told_of), limits::name_bytes_max);
    for (std::size_t i = 0; i < out.on.size(); ++i)
        if (std::ranges::find(told_of, out.on[i]) == std::end(told_of))
            faults.add(join_path(members.path("on"), i), "must be inbox: there is nothing else");
    return out;
}

bool is_http_url(std::string_view url) {
    for (const std::string_view scheme : {"https://", "http://"})
        if (url.starts_with(scheme) && url.size() > scheme.size())
            return std::ranges::none_of(
                url, [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F; });
    return false;
}

} // namespace sections

std::string model_key_name(std::string_view provider) {
    return "settings.models." + std::string(provider);
}

json::object to_json(const ProjectSettings& settings) {
    return {{setting::models, to_json(settings.models)},
            {setting::default_model, settings.default_model},
            {setting::budgets, budgets_to_json(settings.budgets)},
            {setting::retention, to_json(settings.retention)},
            {setting::input_forms, to_json(settings.input_forms)},
            {setting::notifications, to_json(settings.notifications)},
            {setting::limits, to_json(settings.limits)}};
}

json::value to_json(const std::vector<BudgetSetting>& budgets) { return budgets_to_json(budgets); }

Result<std::vector<BudgetSetting>> organization_budgets_from_json(const json::value& section) {
    Faults faults;
    auto budgets = sections::read_budgets(section, sections::BudgetPlace::organization, faults);
    TRY(faults.result());
    return budgets;
}

Notifications notifications_from_json(const json::value& section) {
    Faults ignored;
    return sections::read_notifications(section, ignored);
}

} // namespace weft
