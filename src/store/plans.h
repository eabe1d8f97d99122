#pragma once

#include "domain/plan.h"
#include "store/store.h"
#include "json/json.h"

#include <span>

/// Plans of organizations, their credits and what they may still make. Most organizations have no
/// row here: nothing is limited for them, and nobody asks (api/quotas.h).
///
/// Credits: what the ledger charges within a billing cycle is taken from the subscription first,
/// what goes beyond it from top-ups. What the subscription grants ends with its cycle, top-ups do
/// not. Nothing of that is a counter: it is the sum of the ledger each time, of cycles that are
/// over as `settle` has written it down.
namespace weft::store {

using TopUpId = Id<struct TopUpTag>;

namespace plans {

/// What holds for an organization: its plan, with what the operator has set differently.
struct Terms {
    std::string plan;
    Quotas quotas{};                                ///< no_limit: none
    std::optional<std::int64_t> subscription_micro; ///< a cycle; none: credits are not counted
    Instant cycles_from;                            ///< midnight
    std::optional<Instant> trial_ends_at;           ///< then the subscription grants no more
    std::optional<Instant> support_ends_at;
    std::string subscription_id; ///< the operator's words: an invoice, a contract

    BillingCycle cycle(Instant now) const { return cycle_at(cycles_from, now); }
};

/// None: it has no row, and the default plan.
Result<std::optional<Terms>> find(Rx& rx, const OrganizationId& organization);
/// Whether it has a row.
Result<bool> is_limited(Rx& rx, const OrganizationId& organization);
/// What the default plan means for an organization that was made then.
Terms default_terms(Instant made_at);

/// In millionths of a credit.
struct Credits {
    bool is_limited = false; ///< false: the rest says what was used, and nothing is too much
    BillingCycle cycle;
    std::int64_t used_micro = 0;              ///< in this cycle
    std::int64_t subscription_micro = 0;      ///< of this cycle
    std::int64_t subscription_left_micro = 0; ///< never below 0
    std::int64_t top_up_micro = 0;            ///< what this cycle had or was given of them
    std::int64_t top_up_left_micro =
        0; ///< below 0: calls that were under way took more than there was

    std::int64_t left_micro() const { return subscription_left_micro + top_up_left_micro; }
    bool is_used_up() const { return is_limited && left_micro() <= 0; }
};

/// What an organization may still spend, by the ledger as it is in this view of the store: what is
/// under way and not yet charged is not in it. Without a row in `organization_plan`, or with a plan
/// that does not count credits, `is_limited` is false after one look by primary key. Else it adds
/// up what the ledger has of the current cycle, in time proportional to that (docs/credits.md has
/// figures): whoever asks before each of many calls should keep what he learnt.
Result<Credits> credits_left(Rx& rx, const OrganizationId& organization, Instant now);
/// The same with terms that are known.
Result<Credits> credits_left(Rx& rx, const OrganizationId& organization, const Terms& terms,
                             Instant now);

/// payment_required: the organization has more of one of these than it may, by its plan; names the
/// limit. Asked after they were made, in the same write, which is thereby undone; ordinary writes
/// come one after another, over all nodes, so that two do not pass together.
Result<> check(Tx& tx, const OrganizationId& organization, std::span<const Quota> grown);
/// Whether `more` would fit.
struct Room {
    bool is_allowed = true;
    std::string reason; ///< why not
    std::int64_t quota = no_limit;
    std::int64_t used = 0;
};
Result<Room> room_for(Rx& rx, const OrganizationId& organization, const Terms& terms, Quota quota,
                      std::int64_t more, Instant now);
/// payment_required with the quota's name as its field.
Error exceeded(Quota quota, std::string reason);
/// payment_required with the field `credits`, which tells it from quotas.
Error out_of_credits(const Credits& credits);

// The operator's: src/cli and POST /admin/plan. Who calls them tells the audit log.

/// What is to become of an organization's plan; the absent stays.
struct Change {
    std::optional<std::string> plan = {};
    json::object overrides = {}; ///< limits and "subscription_credits" by name; null: the plan's
    std::optional<Instant> cycle_starts = {}; ///< a new cycle, from the beginning of that day
    std::optional<std::optional<Instant>> trial_ends_at = {};
    std::optional<std::optional<Instant>> support_ends_at = {};
    std::optional<std::string> subscription_id = {};
};
/// invalid: there is no such plan or limit; a number is not from 0 to no_limit; a cycle cannot
/// start then. not_found: there is no such organization.
Result<Terms> change(Tx& tx, const OrganizationId& organization, const Change& change);

/// Adds credits that do not end. One with this id that was added before is not added again: false.
/// invalid: not from 1 to no_limit credits. not_found: there is no such organization.
Result<bool> top_up(Tx& tx, const OrganizationId& organization, const TopUpId& id,
                    std::int64_t credits, const std::string& note);

/// Makes the credits of the current cycle a budget into which each call of a model must fit, and of
/// which a person is asked when none has room (budgets.h); takes it away where credits are not
/// counted. change, top_up and settle do it, and whoever finds that another cycle has begun.
Result<> set_budget(Tx& tx, const OrganizationId& organization);

/// Writes down what the cycles cost that ended at `before` or earlier.
Result<> settle(Tx& tx, const OrganizationId& organization, Instant before);
/// Organizations that have such cycles.
Result<std::vector<OrganizationId>> unsettled(Rx& rx, Instant before);

/// Every organization, with its plan if it has one.
struct Listed {
    OrganizationId organization;
    std::string name;
    std::string plan;
};
Result<std::vector<Listed>> list(Rx& rx);

} // namespace plans
} // namespace weft::store
