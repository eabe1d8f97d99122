#include "api/key_order.h"
#include "api/plan_order.h"
#include "api/routes.h"
#include "store/audit.h"
#include "store/root_key.h"

#include <boost/json/array.hpp>

namespace weft::api {

namespace {

struct Order {
    std::string order;
    static constexpr auto params() {
        return std::tuple{
            body("order", &Order::order, "What `weft plan` has sealed under the master key")
                .required()};
    }
};

/// The log of the organization whose plan it is tells of it, too.
Result<> tell(store::Tx& tx, Request& rq, const OrganizationId& organization) {
    rq.audited.object = organization.hex();
    if (organization == rq.scope.organization) return {};
    const Scope theirs{organization, {}, {Principal::Kind::system, "", "weft plan", Role::owner}};
    return store::audit::append(
        tx, rq.store.vault(), theirs,
        {.what = "plans.change", .object = organization.hex(), .details = rq.audited.details});
}

Task<Result<Answer<"PlanState">>> change(Request& rq, Order in) {
    OrganizationId changed;
    auto answer = CO_TRY(rq.commit([&](store::Tx & tx) -> Result<Answer<"PlanState">> {
        const auto current = TRY(store::root_key::master(tx, rq.store.vault()));
        PlanOrder order =
            TRY(plan_order_from(TRY(key_order::read_change_plan(current, in.order, tx.now()))));
        if (!order.organization) order.organization = rq.scope.organization;
        changed = order.organization;
        TRY(carry_out(tx, order, rq.audited.details));
        TRY(tell(tx, rq, order.organization));
        return Answer<"PlanState"> { TRY(plan_view(tx, order.organization, tx.now())) };
    }));
    rq.services.authenticator.forget_keys(); // they know whether there is a plan
    rq.engine.limit(changed);
    co_return answer;
}

Task<Result<Answer<"PlanStates">>> show(Request& rq, Order in) {
    const Instant now = rq.services.clock.now();
    auto views = CO_TRY(rq.store.read([&](store::Rx& rx) -> Result<json::array> {
        const auto current = TRY(store::root_key::master(rx, rq.store.vault()));
        const auto asked = TRY(key_order::read_show_plans(current, in.order, now));
        json::array all;
        if (const auto one = OrganizationId::parse(text_or(asked, "organization"))) {
            all.emplace_back(TRY(plan_view(rx, *one, now)));
            return all;
        }
        for (const auto& each : TRY(store::plans::list(rx)))
            all.emplace_back(TRY(plan_view(rx, each.organization, now)));
        return all;
    }));
    co_return Answer<"PlanStates">{{{"organizations", std::move(views)}}};
}

constexpr Route routes[] = {
    {http::Method::post, "/admin/plan", "plans.change", in_whole_organization(Role::owner),
     "Give an organization a plan, other limits or credits, by an order of `weft plan`",
     handler<&change>, Audit::change},
    {http::Method::post, "/admin/plan/show", "plans.show", in_whole_organization(Role::owner),
     "The plans of organizations, by an order of `weft plan`", handler<&show>, Audit::read},
};
static_assert(consistent(routes));

} // namespace

std::span<const Route> plan_routes() { return routes; }

} // namespace weft::api
