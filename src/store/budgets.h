#pragma once

#include "domain/budget.h"
#include "store/store.h"

/// Budgets and what counts against them. A call of a model is begun only if what it may cost at
/// most has room in every budget of its run: the commit of its intent takes it
/// (StepCommit::reserve) and the commit of its result gives back what was not used
/// (StepCommit::settle). A call of which nobody learned what it cost gives nothing back.
///
/// Of the levels above the execution `used` is kept here; a run counts for itself
/// (Reservation::before). One without budgets costs a run nothing: Claim::is_limited.
namespace weft::store::budgets {

/// Whether the organization has any.
Result<bool> any(Rx& rx, const OrganizationId& organization);

/// A budget and where it stands.
struct Standing {
    Budget budget;
    ProjectId project;     ///< in which its subject lies; none: the organization's
    std::int64_t used = 0; ///< within the period, with what open calls may yet cost
    Instant since;         ///< when it was set
    Period period;         ///< of a past one nothing counts any more

    std::int64_t used_at(Instant now) const { return is_over(now) ? 0 : used; }
    bool is_over(Instant now) const { return now >= period.until; }
    /// Begins the period of `now` where that is another; a billing cycle's is set by plans.h.
    void turn_over(Instant now);
    /// Whether `used` has what was reserved at `at`.
    bool counts(Instant at) const { return is_counted() && period.has(at); }
    /// Whether `used` is kept: not of a budget under which each run counts for itself.
    bool is_counted() const { return budget.level != BudgetLevel::execution; }
    bool has_room(const Reservation& reserve) const;
    /// By how much `used` changes.
    std::int64_t settled(const Settlement& settlement) const;
};

/// All of the organization; with `scope.project` only those of this project.
Result<std::vector<Standing>> list(Rx& rx, const Scope& scope);
/// Those that the step's run belongs to; nobody else changes them in this transaction.
Result<std::vector<Standing>> lock(Tx& tx, const StepCommit& step);
/// `used` and the period of one that was locked.
Result<> write_used(Tx& tx, const OrganizationId& organization, const Standing& standing);

/// What was spent on the budget's subject within its window, from the ledger and, as far as they
/// are not charged yet, from the journals of live runs. Reads as many rows as there are.
struct Spent {
    Amount amount;
    Instant until; ///< what was charged later is not in it
};
Result<Spent> spent(Rx& rx, const OrganizationId& organization, const ProjectId& project,
                    const Budget& budget, Period period, Instant now);

/// Sets one, or changes its ceiling and policy. A new one begins with `spent` and what was charged
/// since. `project`: where the subject lies, none for the organization.
Result<> set(Tx& tx, const OrganizationId& organization, const ProjectId& project,
             const Budget& budget, Period period, const Spent& spent);
/// What the budgets of one project, or those of the organization itself, are to be; others of the
/// same place go, but for a billing cycle's. `known`: spent() of those that are new, as far as
/// somebody has looked.
struct Wanted {
    Budget budget;
    std::optional<Spent> known = {};
};
/// `project` none: those of the organization.
Result<std::vector<Wanted>> look_ahead(Rx& rx, const OrganizationId& organization,
                                       const ProjectId& project, const std::vector<Budget>& budgets,
                                       Instant now);
Result<> replace(Tx& tx, const OrganizationId& organization, const ProjectId& project,
                 const std::vector<Budget>& budgets, const std::vector<Wanted>& looked_at);

/// None such: nothing changes.
Result<> remove(Tx& tx, const OrganizationId& organization, const Budget& budget);

/// What `step` reserves and settles, in its transaction. False: a budget has no room for
/// `step.reserve`; what was settled stands all the same.
enum class Take { settle_only, reserve_too };
Result<bool> apply(Tx& tx, const StepCommit& step, Take take);

/// The one of those with no room for the step's reservation that leaves least to the policies:
/// `refuse` before `shrink` before `ask`, then the one with the smallest rest. None: there is room.
Result<std::optional<Shortage>> shortage(Rx& rx, const StepCommit& step, Instant now);
} // namespace weft::store::budgets
