#include "store/postgres_budgets.h"

#include <set>

namespace weft::store {

namespace {

using budgets::Standing;

constexpr std::int64_t slices_of_ceiling = 100;
constexpr std::int64_t slices_at_once = 200; ///< that are given back by one write

constexpr Query<std::int64_t, OrganizationId> revision_sql{"postgres_budgets.revision", R"sql(
    SELECT number FROM budget_revision WHERE organization_id = $1)sql"};

struct Found {
    BudgetLevel level = BudgetLevel::project;
    BudgetSubjectId subject;
    BudgetWindow window = BudgetWindow::month;
    BudgetUnit unit = BudgetUnit::money;
    std::int64_t ceiling = 0;
    Instant since;
    Instant from;
    Instant until;
    std::optional<std::int64_t> free;
};
constexpr Query<Found, OrganizationId, ProjectId, AgentflowId, std::int64_t> of_run_sql{
    "postgres_budgets.of_run", R"sql(
    SELECT b.level, b.subject_id, b.span, b.unit, b.ceiling, b.since, b.window_from, b.window_until,
           s.free
      FROM budget b
      LEFT JOIN budget_slice s
             ON s.organization_id = b.organization_id AND s.subject_id = b.subject_id
            AND s.level = b.level AND s.span = b.span AND s.unit = b.unit AND s.node = $4
            AND s.window_from = b.window_from
     WHERE b.organization_id = $1 AND b.subject_id IN ($1, $2, $3))sql"};

struct Used {
    std::int64_t used = 0;
    Instant from;
    Instant until;
};
constexpr Query<Used, OrganizationId, BudgetSubjectId, BudgetLevel, BudgetWindow, BudgetUnit>
    lock_sql{"postgres_budgets.lock", R"sql(
    SELECT used, window_from, window_until FROM budget
     WHERE organization_id = $1 AND subject_id = $2 AND level = $3 AND span = $4 AND unit = $5
       FOR UPDATE)sql"};

constexpr Query<void, OrganizationId, BudgetSubjectId, BudgetLevel, BudgetWindow, BudgetUnit,
                std::int64_t, Instant, std::int64_t>
    lease_sql{"postgres_budgets.lease", R"sql(
    INSERT INTO budget_slice AS s (organization_id, subject_id, level, span, unit, node,
                                   window_from, free)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (organization_id, subject_id, level, span, unit, node) DO UPDATE
       SET window_from = excluded.window_from, free = excluded.free)sql"};

constexpr Query<std::int64_t, OrganizationId, BudgetSubjectId, BudgetLevel, BudgetWindow,
                BudgetUnit>
    take_back_sql{"postgres_budgets.take_back", R"sql(
    WITH gone AS (
        DELETE FROM budget_slice
         WHERE organization_id = $1 AND subject_id = $2 AND level = $3 AND span = $4 AND unit = $5
        RETURNING window_from, free),
    noted AS (
        INSERT INTO budget_revision AS r (organization_id, number)
        SELECT $1, 1 WHERE EXISTS (SELECT 1 FROM gone)
        ON CONFLICT (organization_id) DO UPDATE SET number = r.number + 1)
    UPDATE budget b
       SET used = used - (SELECT CAST(coalesce(sum(g.free), 0) AS BIGINT) FROM gone g
                           WHERE g.window_from = b.window_from)
     WHERE organization_id = $1 AND subject_id = $2 AND level = $3 AND span = $4 AND unit = $5
       AND EXISTS (SELECT 1 FROM gone)
    RETURNING used)sql"};

constexpr Query<void, OrganizationId> note_change_sql{"postgres_budgets.note_change", R"sql(
    INSERT INTO budget_revision AS r (organization_id, number) VALUES ($1, 1)
    ON CONFLICT (organization_id) DO UPDATE SET number = r.number + 1)sql"};

struct Left {
    OrganizationId organization;
    BudgetSubjectId subject;
    BudgetLevel level = BudgetLevel::project;
    BudgetWindow window = BudgetWindow::month;
    BudgetUnit unit = BudgetUnit::money;
    Instant from;
    std::int64_t free = 0;
};
constexpr SystemQuery<Left, std::int64_t, std::int64_t> end_slices_sql{
    "postgres_budgets.end_slices", R"sql(
    DELETE FROM budget_slice
     WHERE (organization_id, subject_id, level, span, unit, node) IN (
           SELECT s.organization_id, s.subject_id, s.level, s.span, s.unit, s.node
             FROM budget_slice s
            WHERE s.node = $1 OR s.node NOT IN (SELECT n.id FROM node n) LIMIT $2)
    RETURNING organization_id, subject_id, level, span, unit, window_from, free)sql"};

constexpr Query<void, OrganizationId, BudgetSubjectId, BudgetLevel, BudgetWindow, BudgetUnit,
                Instant, std::int64_t>
    give_back_sql{"postgres_budgets.give_back", R"sql(
    UPDATE budget SET used = used - $7
     WHERE organization_id = $1 AND subject_id = $2 AND level = $3 AND span = $4 AND unit = $5
       AND window_from = $6)sql"};

Standing standing_of(const Found& found) {
    Standing standing;
    standing.budget = {.level = found.level,
                       .subject = found.subject,
                       .window = found.window,
                       .unit = found.unit,
                       .ceiling = found.ceiling};
    standing.since = found.since;
    standing.period = {found.from, found.until};
    return standing;
}

auto key_of(const Standing& standing) {
    const Budget& budget = standing.budget;
    return std::tuple(budget.subject, budget.level, budget.window, budget.unit);
}

/// What the step takes from a slice; below zero: what it gives back.
std::int64_t spent_by(const StepCommit& step, const Standing& standing) {
    std::int64_t spent = 0;
    if (step.settle && standing.counts(step.settle->at)) spent = standing.settled(*step.settle);
    if (step.reserve) spent += step.reserve->worst.in(standing.budget.unit);
    return spent;
}

/// The same of a budget that was there, in this period, when the call began.
Amount spent_by(const StepCommit& step) {
    Amount spent;
    if (step.settle) spent = step.settle->used - step.settle->reserved;
    if (step.reserve) spent += step.reserve->worst;
    return spent;
}

} // namespace

Result<> BudgetSlices::prepare(Tx& tx, const std::vector<const StepCommit*>& steps) {
    std::map<OrganizationId, std::vector<const StepCommit*>> by_organization;
    for (const StepCommit* step : steps) by_organization[step->organization].push_back(step);
    for (const auto& [organization, all] : by_organization) {
        const auto is_new = [this](const StepCommit* step) { return !of_run(*step); };
        const bool is_known = std::ranges::none_of(all, is_new);
        if (is_known && lacking(tx.now(), all).empty()) continue;
        TRY(learn_revision(tx, organization));
        for (const StepCommit* step : all)
            if (is_new(step)) TRY(look_up(tx, *step));
        for (const Lack& each : lacking(tx.now(), all)) TRY(lease(tx, each));
    }
    return {};
}

/// Slices of the steps' runs that are too small, in one order for all nodes, which wait for each
/// other's locks.
std::vector<BudgetSlices::Lack>
BudgetSlices::lacking(Instant now, const std::vector<const StepCommit*>& steps) const {
    std::vector<Slice*> asked;
    for (const StepCommit* step : steps)
        for (Slice* each : of_run(*step)->slices) {
            if (each->wanted < 0) {
                each->wanted = 0;
                asked.push_back(each);
            }
            each->wanted += std::max<std::int64_t>(0, spent_by(*step, each->standing));
        }
    std::vector<Lack> all;
    for (Slice* each : asked) {
        const std::int64_t wanted = std::exchange(each->wanted, -1);
        if (!each->leased || each->standing.is_over(now) || wanted > each->free)
            all.push_back({each, wanted});
    }
    std::ranges::sort(all, {}, [](const Lack& lack) { return key_of(lack.slice->standing); });
    return all;
}

std::optional<BudgetSlices::Taken> BudgetSlices::take(const StepCommit& step, Instant now) {
    const OfRun& run = *of_run(step);
    const Amount amount = spent_by(step);
    for (const Standing& each : run.alone)
        if (step.reserve && !each.has_room(*step.reserve)) return std::nullopt;
    for (const Slice* each : run.slices) {
        const std::int64_t spent = amount.in(each->standing.budget.unit);
        if (!each->leased || each->standing.is_over(now)) return std::nullopt;
        if (spent > 0 && spent > each->free - each->taken) return std::nullopt;
        if (spent != spent_by(step, each->standing)) return std::nullopt;
    }
    for (Slice* each : run.slices)
        each->taken += std::max<std::int64_t>(0, amount.in(each->standing.budget.unit));
    return Taken{step.organization, known_.at(step.organization).revision, &run.slices, amount};
}

void BudgetSlices::note_written(const Taken& taken) {
    for (Slice* each : *taken.slices) {
        const std::int64_t spent = taken.amount.in(each->standing.budget.unit);
        each->free -= spent;
        each->taken -= std::max<std::int64_t>(0, spent);
    }
}

/// None: not looked up.
const BudgetSlices::OfRun* BudgetSlices::of_run(const StepCommit& step) const {
    const auto known = known_.find(step.organization);
    if (known == known_.end()) return nullptr;
    const auto run = known->second.runs.find({step.project, step.agentflow});
    return run == known->second.runs.end() ? nullptr : &run->second;
}

Result<> BudgetSlices::learn_revision(Tx& tx, const OrganizationId& organization) {
    const std::int64_t revision = TRY(tx.maybe(revision_sql, organization))
    .value_or(0);
    Known& known = known_[organization];
    if (known.revision != revision) known = {.revision = revision, .slices = {}, .runs = {}};
    return {};
}

Result<> BudgetSlices::look_up(Tx& tx, const StepCommit& step) {
    Known& known = known_.at(step.organization);
    OfRun run;
    for (const Found& found :
         TRY(tx.all(of_run_sql, step.organization, step.project, step.agentflow, node_))) {
        const Standing standing = standing_of(found);
        if (!standing.is_counted()) {
            run.alone.push_back(standing);
            continue;
        }
        const auto [at, is_new] = known.slices.try_emplace(key_of(standing));
        if (is_new)
            at->second = {.organization = step.organization,
                          .standing = standing,
                          .leased = found.free.has_value(),
                          .free = found.free.value_or(0)};
        run.slices.push_back(&at->second);
    }
    known.runs.emplace(std::pair(step.project, step.agentflow), std::move(run));
    return {};
}

/// As much as there is, if that is less; no slice where there is nothing.
Result<> BudgetSlices::lease(Tx& tx, const Lack& lack) {
    Slice& slice = *lack.slice;
    auto& [budget, project, used, since, period] = slice.standing;
    const auto found = TRY(tx.maybe(lock_sql, slice.organization, budget.subject, budget.level,
                                    budget.window, budget.unit));
    slice.leased = slice.leased && found;
    if (!found) return {}; // its project has just been removed
    const Instant before = period.from;
    used = found->used;
    period = {found->from, found->until};
    slice.standing.turn_over(tx.now());
    if (period.from != before || !slice.leased) {
        slice.leased = false;
        slice.free = 0;
    }
    const std::int64_t share =
        std::max(budget.ceiling / slices_of_ceiling, lack.wanted - slice.free);
    const std::int64_t more = std::min(share, budget.ceiling - used);
    if (more <= 0 || slice.standing.is_over(tx.now())) return {};
    slice.free += more;
    slice.leased = true;
    used += more;
    TRY(budgets::write_used(tx, slice.organization, slice.standing));
    return tx.put(lease_sql, slice.organization, budget.subject, budget.level, budget.window,
                  budget.unit, node_, period.from, slice.free);
}

namespace postgres_budgets {

Result<std::optional<std::int64_t>> take_back(Tx& tx, const OrganizationId& organization,
                                              const Budget& budget) {
    return tx.maybe(take_back_sql, organization, budget.subject, budget.level, budget.window,
                    budget.unit);
}

Result<> note_change(Tx& tx, const OrganizationId& organization) {
    return tx.put(note_change_sql, organization);
}

Result<bool> give_back(Tx& tx, std::int64_t node) {
    const auto all = TRY(tx.all(end_slices_sql, node, slices_at_once));
    std::set<OrganizationId> organizations;
    for (const Left& each : all) {
        TRY(tx.put(give_back_sql, each.organization, each.subject, each.level, each.window,
                   each.unit, each.from, each.free));
        organizations.insert(each.organization);
    }
    for (const OrganizationId& each : organizations) TRY(note_change(tx, each));
    return std::ssize(all) == slices_at_once;
}

} // namespace postgres_budgets
} // namespace weft::store
