#include "store/budgets.h"

#include "api/routes.h"
#include "domain/project_settings.h"

namespace weft::api {

namespace {

struct ListBudgets {
    static constexpr auto params() { return std::tuple{}; }
};

struct SetBudgets {
    json::array budgets;
    static constexpr auto params() {
        return std::tuple{
            body("budgets", &SetBudgets::budgets,
                 "Those of the organization; what is not among them goes")
                .required()
                .shaped(R"({"type":"array","items":{"$ref":"#/components/schemas/Budget"}})"),
        };
    }
};

using BudgetsAnswer = Answer<"BudgetList">;

double whole(std::int64_t micro) { return static_cast<double>(micro) / 1e6; }

json::object view_of(const store::budgets::Standing& standing, Instant now) {
    const Budget& budget = standing.budget;
    const std::int64_t used = standing.used_at(now);
    const bool of_run = budget.level == BudgetLevel::execution;
    const bool of_flow = standing.project && budget.subject != subject_of(standing.project);
    json::object view{
        {"level", to_text(budget.level)},
        {"window", to_text(budget.window)},
        {"policy", to_text(budget.policy)},
        {"unit", to_text(budget.unit)},
        {"ceiling", whole(budget.ceiling)},
        {"used", of_run ? json::value(nullptr) : json::value(whole(used))},
        {"left", of_run ? json::value(nullptr)
                        : json::value(whole(std::max<std::int64_t>(budget.ceiling - used, 0)))},
        {"begins_anew_at", nullptr},
        {"projectID", nullptr},
        {"agentflow_id", nullptr}};
    if (!of_run)
        view["begins_anew_at"] =
            (standing.period.has(now) ? standing.period : period_of(budget.window, now))
                .until.epoch_seconds();
    if (standing.project) view["projectID"] = standing.project.hex();
    if (of_flow) view["agentflow_id"] = budget.subject.hex();
    return view;
}

Result<BudgetsAnswer> answer_of(store::Rx& rx, const OrganizationId& organization, Instant now) {
    json::array all;
    for (const auto& each : TRY(store::budgets::list(rx, {organization, {}, {}})))
        all.push_back(view_of(each, now));
    return BudgetsAnswer{{{"budgets", std::move(all)}}};
}

Task<Result<BudgetsAnswer>> list(Request& rq, ListBudgets) {
    co_return co_await rq.store.read([&](store::Rx& rx) {
        return answer_of(rx, rq.scope.organization, rq.services.clock.now());
    });
}

Task<Result<BudgetsAnswer>> set(Request& rq, SetBudgets in) {
    const OrganizationId organization = rq.scope.organization;
    const auto settings = CO_TRY(ready(organization_budgets_from_json(in.budgets)));
    const std::vector<Budget> budgets = budgets_of(settings, organization);
    const auto looked_at = CO_TRY(rq.store.read([&](store::Rx& rx) {
        return store::budgets::look_ahead(rx, organization, {}, budgets, rq.services.clock.now());
    }));
    auto answer = CO_TRY(rq.commit([&](store::Tx& tx) -> Result<BudgetsAnswer> {
        TRY(store::budgets::replace(tx, organization, {}, budgets, looked_at));
        rq.audited.object = organization.hex();
        return answer_of(tx, organization, tx.now());
    }));
    rq.engine.limit(organization);
    co_return answer;
}

constexpr Route routes[] = {
    {http::Method::get, "/budgets", "budgets.list", in_whole_organization(Role::viewer),
     "All budgets of your organization and its projects, with what is used and left",
     handler<&list>},
    {http::Method::put, "/budgets", "budgets.set", in_whole_organization(Role::owner),
     "Set the budgets of the organization; those of a project are in its settings", handler<&set>,
     Audit::change},
};
static_assert(consistent(routes));

} // namespace

std::span<const Route> budget_routes() { return routes; }

} // namespace weft::api
