#pragma once

#include "store/budgets.h"

#include <map>
#include <tuple>

namespace weft::store {

/// Counts against budgets in memory for as long as one transaction lasts, so that many steps cost a
/// look and an update between them. Lives with the transaction: its rows are locked.
class BudgetBook {
public:
    /// What one step changed; for undo().
    struct Taken {
        bool has_room = true;
        std::vector<std::pair<std::int64_t*, std::int64_t>> counted;
    };
    /// Settles and, when there is room, reserves.
    Result<Taken> take(Tx& tx, const StepCommit& step, budgets::Take take);
    static void undo(const Taken& taken);
    /// Writes what has changed.
    Result<> flush(Tx& tx);

    // Of a batch of jobs, some of which are undone:

    /// take(), remembered for undo_job().
    Result<bool> take_in_job(Tx& tx, const StepCommit& step, budgets::Take take);
    /// The job is going to change budgets themselves: writes, and looks anew afterwards.
    Result<> let_change(Tx& tx);
    void begin_job();
    void undo_job();
    void clear();

private:
    struct Entry {
        budgets::Standing now;
        budgets::Standing stored;
        bool is_whole = false; ///< no node has a slice of it
    };
    using Key = std::tuple<IdBytes, BudgetLevel, BudgetWindow, BudgetUnit>;
    using Run = std::tuple<OrganizationId, ProjectId, AgentflowId>;
    using Entries = std::map<std::pair<OrganizationId, Key>, Entry>;

    Result<std::vector<Entry*>*> of_run(Tx& tx, const StepCommit& step);
    static Result<> make_room(Tx& tx, const OrganizationId& organization, Entry& entry,
                              std::int64_t more);

    Entries entries_;
    std::map<Run, std::vector<Entry*>> runs_;
    std::vector<Taken> job_;
    std::optional<Entries> before_change_;
};

} // namespace weft::store
