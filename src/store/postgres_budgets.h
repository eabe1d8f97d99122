#pragma once

#include "store/budgets.h"

#include <map>
#include <tuple>

/// Budgets that several nodes spend. Each node leases a slice of a budget, 1 % of its ceiling or
/// what its steps may cost at most, whichever is more, and counts against it in memory and in a row
/// of its own. The budget's `used` has the whole slice from then on, so that a ceiling holds
/// whatever becomes of the node; what is not spent of it (`free`) is given back when the node
/// stops, and taken back by whoever finds no room otherwise.
///
/// Slices of a budget exist only while its `used` is within its ceiling. The common steps
/// (postgres_steps.h) share the row `writer`; ordinary writes hold it alone, so no node uses or
/// leases anything while one of them changes budgets or takes slices back. Each such change raises
/// the organization's revision, with which steps are checked: those of a node that has not heard of
/// it are not written, and go the ordinary way.
namespace weft::store {

class BudgetSlices {
public:
    struct Slice {
        OrganizationId organization;
        budgets::Standing standing; ///< as it was looked up, but for its period
        bool leased = false;        ///< there is a row, of this period
        std::int64_t free = 0;      ///< as in the row
        // Of the steps that are being written:
        std::int64_t wanted = -1; ///< by all of them; -1: nobody has asked
        std::int64_t taken = 0;   ///< what they give back is not in it: they may not be written
    };
    /// What a step changes once it is written.
    struct Taken {
        OrganizationId organization;
        std::int64_t revision = 0;
        const std::vector<Slice*>* slices = nullptr;
        Amount amount; ///< of each; below zero: given back
    };

    explicit BudgetSlices(std::int64_t node) : node_(node) {}

    /// Looks up budgets that are new to this node and leases what `steps` lack, in their
    /// transaction; asks nothing of the database when nothing is new and nothing lacks.
    Result<> prepare(Tx& tx, const std::vector<const StepCommit*>& steps);
    /// None: it does not fit into the slices. Perhaps into the budgets: the ordinary way finds out.
    std::optional<Taken> take(const StepCommit& step, Instant now);
    /// The steps are committed.
    void note_written(const Taken& taken);
    /// What is known of the organization may be old; of all, when it is not known whether the
    /// steps were committed. Ends what take() has answered.
    void forget(const OrganizationId& organization) { known_.erase(organization); }
    void forget_all() { known_.clear(); }

    std::int64_t node() const { return node_; }

private:
    using Key = std::tuple<BudgetSubjectId, BudgetLevel, BudgetWindow, BudgetUnit>;
    struct OfRun {
        std::vector<Slice*> slices;
        std::vector<budgets::Standing> alone; ///< under which it counts for itself
    };
    struct Known {
        std::int64_t revision = 0;
        std::map<Key, Slice> slices;
        std::map<std::pair<ProjectId, AgentflowId>, OfRun> runs;
    };
    struct Lack {
        Slice* slice;
        std::int64_t wanted;
    };

    const OfRun* of_run(const StepCommit& step) const;
    std::vector<Lack> lacking(Instant now, const std::vector<const StepCommit*>& steps) const;
    Result<> learn_revision(Tx& tx, const OrganizationId& organization);
    Result<> look_up(Tx& tx, const StepCommit& step);
    Result<> lease(Tx& tx, const Lack& lack);

    std::int64_t node_;
    std::map<OrganizationId, Known> known_;
};

namespace postgres_budgets {

// Of ordinary writes:

/// Ends all slices of the budget; what it then has used. None: there were none.
Result<std::optional<std::int64_t>> take_back(Tx& tx, const OrganizationId& organization,
                                              const Budget& budget);
/// Budgets of the organization have come, changed or gone.
Result<> note_change(Tx& tx, const OrganizationId& organization);
/// Ends slices of this node, and of nodes that are no more. Whether there may be more of them.
Result<bool> give_back(Tx& tx, std::int64_t node);

} // namespace postgres_budgets
} // namespace weft::store
