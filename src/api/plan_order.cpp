#include "api/plan_order.h"

#include "api/times.h"
#include "store/organizations.h"
#include "store/usage.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace weft::api {

namespace {

constexpr double micro = 1e6;

using store::TopUpId;
using store::plans::Change;

json::value to_json(const std::optional<Instant>& at) {
    return at ? json::value(at->us) : json::value(nullptr);
}

std::optional<Instant> time_in(const json::value& value) {
    if (const std::int64_t* us = value.if_int64()) return Instant{*us};
    return std::nullopt;
}

std::optional<std::optional<Instant>> end_in(const json::object& order, const char* name) {
    const json::value* value = order.if_contains(name);
    if (!value) return std::nullopt;
    return time_in(*value);
}

std::optional<std::string> text_in(const json::object& order, const char* name) {
    const json::value* value = order.if_contains(name);
    if (!value || !value->is_string()) return std::nullopt;
    return std::string(value->get_string());
}

bool says_anything(const Change& change) {
    return change.plan || !change.overrides.empty() || change.cycle_starts ||
           change.trial_ends_at || change.support_ends_at || change.subscription_id;
}

/// Which of its parts a change has, for the audit log.
json::array parts_of(const Change& change) {
    json::array parts;
    for (const auto& [name, limit] : change.overrides) parts.emplace_back(name);
    if (change.cycle_starts) parts.emplace_back("cycle_start");
    if (change.trial_ends_at) parts.emplace_back("trial_end");
    if (change.support_ends_at) parts.emplace_back("support_end");
    if (change.subscription_id) parts.emplace_back("subscription_id");
    return parts;
}

json::value date_or_null(const std::optional<Instant>& at) {
    return at ? json::value(zoneless(*at)) : json::value(nullptr);
}

double whole(std::int64_t credits_micro) { return static_cast<double>(credits_micro) / micro; }

} // namespace

json::object to_json(const PlanOrder& order) {
    const Change& change = order.change;
    json::object out{{"organization", order.organization ? order.organization.hex() : ""}};
    if (change.plan) out["plan"] = *change.plan;
    if (!change.overrides.empty()) out["limits"] = change.overrides;
    if (change.cycle_starts) out["cycle_start"] = change.cycle_starts->us;
    if (change.trial_ends_at) out["trial_end"] = to_json(*change.trial_ends_at);
    if (change.support_ends_at) out["support_end"] = to_json(*change.support_ends_at);
    if (change.subscription_id) out["subscription_id"] = *change.subscription_id;
    if (order.top_up != 0)
        out["top_up"] = {
            {"_id", order.top_up_id.hex()}, {"credits", order.top_up}, {"note", order.note}};
    return out;
}

Result<PlanOrder> plan_order_from(const json::object& from) {
    PlanOrder order;
    order.organization =
        OrganizationId::parse(text_or(from, "organization")).value_or(OrganizationId{});
    Change& change = order.change;
    change.plan = text_in(from, "plan");
    if (const json::value* limits = from.if_contains("limits"); limits && limits->is_object())
        change.overrides = limits->get_object();
    if (const json::value* starts = from.if_contains("cycle_start"))
        change.cycle_starts = time_in(*starts);
    change.trial_ends_at = end_in(from, "trial_end");
    change.support_ends_at = end_in(from, "support_end");
    change.subscription_id = text_in(from, "subscription_id");
    if (const json::value* top_up = from.if_contains("top_up")) {
        const auto id = TopUpId::parse(text_or(*top_up, "_id"));
        if (!id) return fail(Code::internal, "An order for a top-up without an id.");
        order.top_up_id = *id;
        order.top_up = int_or(*top_up, "credits");
        order.note = text_or(*top_up, "note");
    }
    return order;
}

Result<json::object> plan_view(store::Rx& rx, const OrganizationId& id, Instant now) {
    const Organization organization = TRY(store::organizations::find(rx, {id, {}, {}}));
    auto terms = TRY(store::plans::find(rx, id));
    if (!terms) terms = store::plans::default_terms(organization.created_at);
    const auto credits = TRY(store::plans::credits_left(rx, id, *terms, now));
    json::object limits;
    json::object used;
    for (const QuotaWords& each : quota_words()) {
        limits[each.name] = of(terms->quotas, each.quota);
        used[each.name] = TRY(store::usage::count(rx, id, each.quota, credits.cycle.begins_at));
    }
    json::object credits_view{{"counted", credits.is_limited},
                              {"used", whole(credits.used_micro)},
                              {"subscription", static_cast<double>(no_limit)},
                              {"subscription_left", static_cast<double>(no_limit)},
                              {"top_up_left", whole(credits.top_up_left_micro)}};
    if (credits.is_limited) {
        credits_view["subscription"] = whole(credits.subscription_micro);
        credits_view["subscription_left"] = whole(credits.subscription_left_micro);
    }
    return json::object{{"_id", id.hex()},
                        {"organization_name", organization.name},
                        {"plan", terms->plan},
                        {"subscription_id", terms->subscription_id},
                        {"limits", std::move(limits)},
                        {"used", std::move(used)},
                        {"credits", std::move(credits_view)},
                        {"cycle_start", zoneless(credits.cycle.begins_at)},
                        {"cycle_end", zoneless(credits.cycle.ends_at)},
                        {"trial_end", date_or_null(terms->trial_ends_at)},
                        {"support_end", date_or_null(terms->support_ends_at)}};
}

Result<> carry_out(store::Tx& tx, const PlanOrder& order, json::object& details) {
    if (!says_anything(order.change) && order.top_up == 0)
        return fail(Code::invalid, "The order says nothing that is to become of the plan.");
    if (says_anything(order.change)) {
        const auto terms = TRY(store::plans::change(tx, order.organization, order.change));
        details["plan"] = terms.plan;
        details["limits"] = parts_of(order.change);
    }
    if (order.top_up == 0) return {};
    details["credits"] = order.top_up;
    if (TRY(store::plans::top_up(tx, order.organization, order.top_up_id, order.top_up,
                                 order.note)))
        return {};
    return fail(Code::conflict, "These credits were added already.");
}

} // namespace weft::api
