#include "agents/pricing.h"
#include "api/own_organization.h"
#include "api/quotas.h"
#include "api/routes.h"
#include "api/times.h"
#include "store/organizations.h"
#include "store/usage.h"
#include "store/users.h"

#include <boost/json/object.hpp>

namespace weft::api {

namespace {

constexpr double micro = 1e6;

struct GetCustomer {
    OrganizationId organization;
    static constexpr auto params() {
        return std::tuple{query("organization_id", &GetCustomer::organization,
                                "Your organization; no other can be asked for")};
    }
};

/// All that the answer is made of, in one view of the store.
struct Customer {
    Organization organization;
    store::plans::Terms terms;
    store::plans::Credits credits;
    Quotas used{};
    std::vector<store::usage::OfModel> models;
    std::optional<User> owner; ///< the admin who joined first; none: only keys are there
};

Result<Customer> read_customer(store::Rx& rx, const Scope& scope, Instant now) {
    Customer customer { .organization = TRY(store::organizations::find(rx, scope)) };
    const OrganizationId& id = scope.organization;
    const auto terms = TRY(store::plans::find(rx, id));
    customer.terms = terms ? *terms : store::plans::default_terms(customer.organization.created_at);
    customer.credits = TRY(store::plans::credits_left(rx, id, customer.terms, now));
    const Instant since = customer.credits.cycle.begins_at;
    for (const QuotaWords& each : quota_words())
        of(customer.used, each.quota) = TRY(store::usage::count(rx, id, each.quota, since));
    customer.models = TRY(store::usage::by_model(rx, id, since));
    for (const auto& member : TRY(store::users::members(rx, scope)))
        if (!customer.owner && member.role == OrganizationRole::admin) customer.owner = member.user;
    return customer;
}

json::object counts_view(const Quotas& counts) {
    json::object view;
    for (const QuotaWords& each : quota_words()) view[each.name] = of(counts, each.quota);
    view["number_of_coworkers"] = of(counts, Quota::projects); // a project is a coworker
    return view;
}

double whole(std::int64_t credits_micro) { return static_cast<double>(credits_micro) / micro; }

/// What plans do not withhold, and what nobody sells with this program.
json::object access_view() {
    return {{"premium_connectors", true},
            {"anomaly_detection", true},
            {"knowledge_base", true},
            {"triggers", true},
            {"api_access", true},
            {"webhooks", true},
            {"bring_your_own_provider", true},
            {"custom_llm_fine_tuning", false},
            {"chat_support", false},
            {"slack_channel_support", false},
            {"email_support", false},
            {"scheduling_and_cron_jobs", true}};
}

json::object quota_view(const Customer& customer, bool counts_credits) {
    const auto& credits = customer.credits;
    json::object view = counts_view(customer.terms.quotas);
    const bool limited = credits.is_limited && counts_credits;
    view["number_of_credits"] = {{"subscription_credits", limited
                                                              ? whole(credits.subscription_micro)
                                                              : static_cast<double>(no_limit)},
                                 {"top_up_credits", whole(credits.top_up_micro)}};
    view["access_controls"] = access_view();
    view["base_credit_deduction_per_execution"] = whole(agents::base_credits_micro);
    view["marketplace"] = json::object{{"connectors", json::object{}}};
    return view;
}

json::object usage_view(const Customer& customer) {
    const auto& credits = customer.credits;
    json::object view = counts_view(customer.used);
    const std::int64_t subscription = credits.is_limited
                                          ? std::min(credits.used_micro, credits.subscription_micro)
                                          : credits.used_micro;
    view["number_of_credits"] = {{"subscription_credits", whole(subscription)},
                                 {"top_up_credits", whole(credits.used_micro - subscription)}};
    json::object models;
    std::int64_t charges = 0;
    for (const auto& each : customer.models) {
        charges += each.charges;
        models[each.model] = {{"executions", each.charges},
                              {"tokens", each.tokens},
                              {"credits", whole(each.credits_micro)}};
    }
    view["number_of_agent_executions"] = {{"total", charges},
                                          {"llm_wise_usage", std::move(models)}};
    return view;
}

json::value date_or_null(const std::optional<Instant>& at) {
    return at ? json::value(zoneless(*at)) : json::value(nullptr);
}

json::object view_of(const Customer& customer, bool counts_credits, Instant now) {
    const auto& terms = customer.terms;
    const std::string id = customer.organization.id.hex();
    json::object view{
        {"organization_name", customer.organization.name},
        {"organization_id", id},
        {"user_id", nullptr},
        {"customer_id", id},
        {"email", nullptr},
        {"quota", quota_view(customer, counts_credits)},
        {"usage", usage_view(customer)},
        {"plan", terms.plan},
        {"subscription_id", nullptr},
        {"trial_end_date", date_or_null(terms.trial_ends_at)},
        {"is_trial_active", terms.trial_ends_at && now < *terms.trial_ends_at},
        {"billing_cycle_start", zoneless(customer.credits.cycle.begins_at)},
        {"billing_cycle_expiry", zoneless(customer.credits.cycle.ends_at)},
        {"support_plan_expiry", date_or_null(terms.support_ends_at)},
        {"credits_counted", counts_credits && customer.credits.is_limited},
    };
    if (customer.owner) {
        view["user_id"] = customer.owner->id.hex();
        view["email"] = customer.owner->email;
    }
    if (!terms.subscription_id.empty()) view["subscription_id"] = terms.subscription_id;
    return view;
}

Task<Result<Answer<"Customer">>> get_customer(Request& rq, GetCustomer in) {
    CO_TRY(ready(check_organization(rq, in.organization)));
    const Instant now = rq.services.clock.now();
    const Customer customer =
        CO_TRY(rq.store.read([&](store::Rx& rx) { return read_customer(rx, rq.scope, now); }));
    co_return Answer<"Customer">{view_of(customer, rq.services.counts_credits, now)};
}

constexpr Route routes[] = {
    {http::Method::get, "/customer", "customer.get", in_whole_organization(Role::viewer),
     "Your organization's plan, what it allows and what is used of it", handler<&get_customer>},
};
static_assert(consistent(routes));

} // namespace

std::span<const Route> customer_routes() { return routes; }

} // namespace weft::api
