#pragma once

#include "store/plans.h"
#include "store/vault.h"
#include "json/json.h"

/// What the operator asks about plans: by `weft plan`, on the data itself or, sealed as an order
/// (api/key_order.h), of a running server.
namespace weft::api {

struct PlanOrder {
    OrganizationId organization;   ///< none: the one that asks
    store::plans::Change change;   ///< applied when it says anything
    std::int64_t top_up = 0;       ///< whole credits; 0: none
    store::TopUpId top_up_id = {}; ///< made by whoever asks: the same order adds it once
    std::string note = {};         ///< of the top-up
};
json::object to_json(const PlanOrder& order);
/// internal: it is none that `to_json` wrote.
Result<PlanOrder> plan_order_from(const json::object& order);

/// An organization's plan, credits and limits, as the operator sees them.
Result<json::object> plan_view(store::Rx& rx, const OrganizationId& organization, Instant now);

/// Does what is asked. Details for the audit log's row about it are in `details`. Errors as
/// store::plans::change and top_up.
Result<> carry_out(store::Tx& tx, const PlanOrder& order, json::object& details);

} // namespace weft::api
