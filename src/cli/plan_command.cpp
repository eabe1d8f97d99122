#include "cli/plan_command.h"

#include "api/key_order.h"
#include "api/plan_order.h"
#include "base/log.h"
#include "cli/current_key.h"
#include "expr/date.h"
#include "server/local_store.h"

#include <charconv>
#include <cstdio>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace weft::cli {

namespace {

using api::PlanOrder;
using server::GatheredSettings;
using server::LocalStore;

constexpr int wrong_usage = 2;
constexpr int unusable = 3;

int complain(const Error& error) {
    std::fprintf(stderr, "weft plan: %s\n", error.message.c_str());
    return error.code == Code::invalid ? wrong_usage : unusable;
}

/// None: none was named.
Result<OrganizationId> organization_in(const PlanOptions& options) {
    if (options.organization.empty()) return OrganizationId{};
    const auto id = OrganizationId::parse(options.organization);
    if (id && *id) return *id;
    return fail(Code::invalid, fmt::format("--organization is \"{}\" but must be an id of 24 hex "
                                           "digits: `weft plan list` shows them.",
                                           options.organization));
}

Result<Instant> date_in(const char* flag, const std::string& text) {
    if (const auto at_s = expr::read_date(text)) return Instant{*at_s * 1'000'000};
    return fail(Code::invalid,
                fmt::format("{} is \"{}\" but must be a date such as 2027-01-31.", flag, text));
}

/// "none" takes it away; empty: it stays.
Result<std::optional<std::optional<Instant>>> end_in(const char* flag, const std::string& text) {
    if (text.empty()) return std::nullopt;
    if (text == "none") return std::optional<Instant>{};
    return TRY(date_in(flag, text));
}

/// "number_of_projects=5"; "=none": no limit; "=plan": the plan's.
Result<> read_limit(const std::string& text, json::object& limits) {
    const auto at = text.find('=');
    const std::string name = text.substr(0, at);
    const std::string value = at == text.npos ? "" : text.substr(at + 1);
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (value == "none")
        limits[name] = no_limit;
    else if (value == "plan")
        limits[name] = nullptr;
    else if (error == std::errc() && end == value.data() + value.size())
        limits[name] = number;
    else
        return fail(Code::invalid, fmt::format("--limit is \"{}\" but must be NAME=NUMBER, "
                                               "NAME=none or NAME=plan, such as "
                                               "number_of_projects=5.",
                                               text));
    return {};
}

Result<PlanOrder> order_of(const PlanOptions& options) {
    PlanOrder order { .organization = TRY(organization_in(options)) };
    auto& change = order.change;
    if (!options.plan.empty()) change.plan = options.plan;
    for (const std::string& each : options.limits) TRY(read_limit(each, change.overrides));
    if (!options.cycle_start.empty())
        change.cycle_starts = TRY(date_in("--cycle-start", options.cycle_start));
    change.trial_ends_at = TRY(end_in("--trial-end", options.trial_end));
    change.support_ends_at = TRY(end_in("--support-end", options.support_end));
    if (!options.subscription_id.empty())
        change.subscription_id = options.subscription_id == "none" ? "" : options.subscription_id;
    if (options.credits == 0) return order;
    order.top_up = options.credits;
    order.note = options.note;
    SystemClock clock;
    order.top_up_id = IdMinter(clock).mint<store::TopUpTag>(0);
    return order;
}

Result<std::unique_ptr<LocalStore>> open(const GatheredSettings& settings) {
    set_log_level(LogLevel::off); // what it would say is said here
    return LocalStore::open(settings.values, "weft plan");
}

Result<json::value> carry_out(const GatheredSettings& settings, const PlanOptions& options) {
    PlanOrder order = TRY(order_of(options));
    const Place place = TRY(place_of(settings, options));
    if (!place.is_local())
        return call(place, http::Method::post, "/admin/plan",
                    json::object{{"order", api::key_order::to_change_plan(
                                               TRY(current_key(settings)), api::to_json(order),
                                               SystemClock().now())}});
    const auto local = TRY(open(settings));
    return local->write([&](store::Tx& tx) -> Result<json::value> {
        Scope scope = local->scope();
        if (order.organization) scope.organization = order.organization;
        order.organization = scope.organization;
        store::audit::Entry entry{.what = "plans.change", .object = order.organization.hex()};
        TRY(api::carry_out(tx, order, entry.details));
        TRY(store::audit::append(tx, local->store().vault(), scope, entry));
        return TRY(api::plan_view(tx, order.organization, tx.now()));
    });
}

enum class Which { one, all };

Result<json::array> states(const GatheredSettings& settings, const PlanOptions& options,
                           Which which) {
    const OrganizationId named = TRY(organization_in(options));
    const Place place = TRY(place_of(settings, options));
    if (!place.is_local()) {
        json::object asked;
        if (named) asked["organization"] = named.hex();
        json::value all = TRY(call(
            place, http::Method::post, "/admin/plan/show",
            json::object{{"order", api::key_order::to_show_plans(TRY(current_key(settings)), asked,
                                                                 SystemClock().now())}}));
        json::array list = all.at("organizations").as_array();
        if (which == Which::one && list.size() > 1) list.resize(1);
        return list;
    }
    const auto local = TRY(open(settings));
    return local->store().read_here([&](store::Rx& rx) -> Result<json::array> {
        json::array list;
        if (which == Which::one) {
            const auto id = named ? named : local->scope().organization;
            list.emplace_back(TRY(api::plan_view(rx, id, local->now())));
            return list;
        }
        for (const auto& each : TRY(store::plans::list(rx)))
            list.emplace_back(TRY(api::plan_view(rx, each.organization, local->now())));
        return list;
    });
}

void print_json(const json::value& value) { std::fprintf(stdout, "%s\n", to_text(value).c_str()); }

/// "3 of 5", "3"
std::string share(std::int64_t used, std::int64_t limit) {
    return limit == no_limit ? fmt::format("{}", used) : fmt::format("{} of {}", used, limit);
}

std::string credits_text(const json::value& state) {
    const json::value& credits = state.at("credits");
    std::string text = fmt::format("{:.2f} used", double_or(credits, "used"));
    if (!bool_or(credits, "counted")) return text + ", not limited";
    return text + fmt::format(", {:.2f} of {:.0f} left of the subscription, {:.2f} of top-ups",
                              double_or(credits, "subscription_left"),
                              double_or(credits, "subscription"),
                              double_or(credits, "top_up_left"));
}

std::string date_text(const json::value& state, const char* name) {
    return std::string(text_or(state, name, "none")).substr(0, 10);
}

void print_state(const json::value& state) {
    std::string text = fmt::format("{} ({})\n  plan: {}\n", text_or(state, "organization_name"),
                                   text_or(state, "_id"), text_or(state, "plan"));
    if (const auto words = text_or(state, "subscription_id"); !words.empty())
        text += fmt::format("  subscription: {}\n", words);
    text += fmt::format("  cycle: {} to {}\n  trial ends: {}\n  support ends: {}\n  credits: {}\n",
                        date_text(state, "cycle_start"), date_text(state, "cycle_end"),
                        date_text(state, "trial_end"), date_text(state, "support_end"),
                        credits_text(state));
    for (const QuotaWords& each : quota_words())
        text += fmt::format(
            "  {}: {}\n", each.name,
            share(int_or(state.at("used"), each.name), int_or(state.at("limits"), each.name)));
    std::fputs(text.c_str(), stdout);
}

int report(const Result<json::value>& state, const PlanOptions& options) {
    if (!state) return complain(state.error());
    if (options.json)
        print_json(*state);
    else
        print_state(*state);
    return 0;
}

} // namespace

int list_plans(const GatheredSettings& settings, const PlanOptions& options) {
    const auto all = states(settings, options, Which::all);
    if (!all) return complain(all.error());
    if (options.json) {
        print_json(*all);
        return 0;
    }
    std::string text =
        fmt::format("{:<24}  {:<12}  {:<12}  {}\n", "ID", "PLAN", "CREDITS USED", "NAME");
    for (const json::value& each : *all)
        text += fmt::format("{:<24}  {:<12}  {:<12.2f}  {}\n", text_or(each, "_id"),
                            text_or(each, "plan"), double_or(each.at("credits"), "used"),
                            text_or(each, "organization_name"));
    std::fputs(text.c_str(), stdout);
    return 0;
}

int show_plan(const GatheredSettings& settings, const PlanOptions& options) {
    const auto found = states(settings, options, Which::one);
    if (!found) return complain(found.error());
    if (found->empty()) return complain({Code::not_found, "There is no organization yet."});
    return report(found->front(), options);
}

int set_plan(const GatheredSettings& settings, const PlanOptions& options) {
    return report(carry_out(settings, options), options);
}

int top_up(const GatheredSettings& settings, const PlanOptions& options) {
    if (options.credits < 1)
        return complain({Code::invalid, "CREDITS must be a whole number from 1 on."});
    return report(carry_out(settings, options), options);
}

} // namespace weft::cli
