#include "store/budget_book.h"

#include "store/plans.h"
#include "store/postgres_budgets.h"

namespace weft::store {

using budgets::Standing;

Result<std::vector<BudgetBook::Entry*>*> BudgetBook::of_run(Tx& tx, const StepCommit& step) {
    const Run run{step.organization, step.project, step.agentflow};
    if (const auto known = runs_.find(run); known != runs_.end()) return &known->second;
    auto found = TRY(budgets::lock(tx, step));
    const auto cycle_is_over = [&tx](const Standing& each) {
        return each.budget.window == BudgetWindow::cycle && each.is_over(tx.now());
    };
    if (std::ranges::any_of(found, cycle_is_over)) {
        TRY(plans::set_budget(tx, step.organization));
        found = TRY(budgets::lock(tx, step));
    }
    std::vector<Entry*> all;
    for (const Standing& each : found) {
        const auto& [level, subject, window, unit, ceiling, policy] = each.budget;
        const Key key{subject.bytes, level, window, unit};
        Entry& entry = entries_.try_emplace({step.organization, key}, each, each).first->second;
        entry.now.turn_over(tx.now());
        all.push_back(&entry);
    }
    return &runs_.emplace(run, std::move(all)).first->second;
}

/// Before `more` would bring it past its ceiling: takes back what nodes have leased of it.
Result<> BudgetBook::make_room(Tx& tx, const OrganizationId& organization, Entry& entry,
                               std::int64_t more) {
    auto& [now, stored, is_whole] = entry;
    if (is_whole || more <= 0 || now.used + more <= now.budget.ceiling) return {};
    is_whole = true;
    if (tx.dialect() == Dialect::sqlite) return {};
    const auto used = TRY(postgres_budgets::take_back(tx, organization, now.budget));
    if (!used) return {};
    if (now.period.from == stored.period.from) now.used += *used - stored.used;
    stored.used = *used;
    return {};
}

Result<BudgetBook::Taken> BudgetBook::take(Tx& tx, const StepCommit& step, budgets::Take take) {
    Taken taken;
    const auto count = [&taken](Entry& entry, std::int64_t more) {
        entry.now.used += more;
        taken.counted.emplace_back(&entry.now.used, more);
    };
    std::vector<Entry*>& all = *TRY(of_run(tx, step));
    if (step.settle)
        for (Entry* each : all)
            if (each->now.counts(step.settle->at)) {
                const std::int64_t more = each->now.settled(*step.settle);
                TRY(make_room(tx, step.organization, *each, more));
                count(*each, more);
            }
    if (!step.reserve || take == budgets::Take::settle_only) return taken;
    for (Entry* each : all)
        if (each->now.is_counted())
            TRY(make_room(tx, step.organization, *each,
                          step.reserve->worst.in(each->now.budget.unit)));
    taken.has_room = std::ranges::all_of(
        all, [&step](Entry* each) { return each->now.has_room(*step.reserve); });
    if (!taken.has_room) return taken;
    for (Entry* each : all)
        if (each->now.is_counted() && !each->now.is_over(tx.now()))
            count(*each, step.reserve->worst.in(each->now.budget.unit));
    return taken;
}

void BudgetBook::undo(const Taken& taken) {
    for (const auto& [used, more] : taken.counted) *used -= more;
}

Result<> BudgetBook::flush(Tx& tx) {
    for (auto& [key, entry] : entries_) {
        auto& [now, stored, is_whole] = entry;
        if (now.used == stored.used && now.period.from == stored.period.from) continue;
        TRY(budgets::write_used(tx, key.first, now));
        stored = now;
    }
    return {};
}

Result<bool> BudgetBook::take_in_job(Tx& tx, const StepCommit& step, budgets::Take take) {
    job_.push_back(TRY(this->take(tx, step, take)));
    return job_.back().has_room;
}

Result<> BudgetBook::let_change(Tx& tx) {
    before_change_ = entries_;
    TRY(flush(tx));
    entries_.clear();
    runs_.clear();
    job_.clear();
    return {};
}

void BudgetBook::begin_job() {
    job_.clear();
    before_change_.reset();
}

void BudgetBook::undo_job() {
    for (const Taken& each : job_) undo(each);
    if (before_change_) {
        entries_ = *std::move(before_change_);
        runs_.clear();
    }
    begin_job();
}

void BudgetBook::clear() {
    begin_job();
    entries_.clear();
    runs_.clear();
}

} // namespace weft::store
