#include "store/budgets.h"

#include "store/budget_book.h"
#include "store/postgres_budgets.h"

namespace weft::store::budgets {

namespace {

struct Row {
    BudgetSubjectId subject;
    BudgetLevel level = BudgetLevel::project;
    BudgetWindow window = BudgetWindow::month;
    BudgetUnit unit = BudgetUnit::money;
    ProjectId project;
    std::int64_t ceiling = 0;
    BudgetPolicy policy = BudgetPolicy::refuse;
    std::int64_t used = 0;
    Instant since;
    Instant from;
    Instant until;
};

constexpr Query<std::int64_t, OrganizationId> any_sql{"budgets.any", R"sql(
    SELECT 1 FROM budget WHERE organization_id = $1 LIMIT 1)sql"};

// In PostgreSQL nodes have leased some of what `used` says (postgres_budgets.h).
constexpr Query<Row, OrganizationId, ProjectId> list_sql{"budgets.list", R"sql(
    SELECT subject_id, level, span, unit, in_project, ceiling, policy, used, since, window_from,
           window_until
      FROM budget WHERE organization_id = $1 AND ($2 IS NULL OR in_project = $2)
     ORDER BY level DESC, subject_id, span, unit)sql",
                                                         R"sql(
    SELECT subject_id, level, span, unit, in_project, ceiling, policy,
           used - (SELECT CAST(coalesce(sum(s.free), 0) AS BIGINT) FROM budget_slice s
                    WHERE s.organization_id = b.organization_id AND s.subject_id = b.subject_id
                      AND s.level = b.level AND s.span = b.span AND s.unit = b.unit
                      AND s.window_from = b.window_from),
           since, window_from, window_until
      FROM budget b WHERE organization_id = $1 AND ($2 IS NULL OR in_project = $2)
     ORDER BY level DESC, subject_id, span, unit)sql"};

constexpr Query<Row, OrganizationId, ProjectId, AgentflowId> of_run_sql{"budgets.of_run", R"sql(
    SELECT subject_id, level, span, unit, in_project, ceiling, policy, used, since, window_from,
           window_until
      FROM budget WHERE organization_id = $1 AND subject_id IN ($1, $2, $3))sql",
                                                                        R"sql(
    SELECT subject_id, level, span, unit, in_project, ceiling, policy,
           used - (SELECT CAST(coalesce(sum(s.free), 0) AS BIGINT) FROM budget_slice s
                    WHERE s.organization_id = b.organization_id AND s.subject_id = b.subject_id
                      AND s.level = b.level AND s.span = b.span AND s.unit = b.unit
                      AND s.window_from = b.window_from),
           since, window_from, window_until
      FROM budget b WHERE organization_id = $1 AND subject_id IN ($1, $2, $3))sql"};

constexpr Query<Row, OrganizationId, ProjectId, AgentflowId> lock_sql{"budgets.lock", R"sql(
    SELECT subject_id, level, span, unit, in_project, ceiling, policy, used, since, window_from,
           window_until
      FROM budget WHERE organization_id = $1 AND subject_id IN ($1, $2, $3))sql",
                                                                      R"sql(
    SELECT subject_id, level, span, unit, in_project, ceiling, policy, used, since, window_from,
           window_until
      FROM budget WHERE organization_id = $1 AND subject_id IN ($1, $2, $3)
     ORDER BY subject_id, level, span, unit FOR UPDATE)sql"};

constexpr Query<void, OrganizationId, BudgetSubjectId, BudgetLevel, BudgetWindow, BudgetUnit,
                std::int64_t, Instant, Instant>
    use_sql{"budgets.use", R"sql(
    UPDATE budget SET used = $6, window_from = $7, window_until = $8
     WHERE organization_id = $1 AND subject_id = $2 AND level = $3 AND span = $4
       AND unit = $5)sql"};

constexpr Query<std::int64_t, OrganizationId, BudgetSubjectId, BudgetLevel, BudgetWindow,
                BudgetUnit>
    find_sql{"budgets.find", R"sql(
    SELECT used FROM budget
     WHERE organization_id = $1 AND subject_id = $2 AND level = $3 AND span = $4
       AND unit = $5)sql"};

constexpr Query<void, OrganizationId, BudgetSubjectId, BudgetLevel, BudgetWindow, BudgetUnit,
                ProjectId, std::int64_t, BudgetPolicy, std::int64_t, Instant, Instant, Instant>
    insert_sql{"budgets.insert", R"sql(
    INSERT INTO budget (organization_id, subject_id, level, span, unit, in_project, ceiling, policy,
                        used, since, window_from, window_until)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12))sql"};

constexpr Query<void, OrganizationId, BudgetSubjectId, BudgetLevel, BudgetWindow, BudgetUnit,
                std::int64_t, BudgetPolicy, Instant, Instant>
    change_sql{"budgets.change", R"sql(
    UPDATE budget SET ceiling = $6, policy = $7,
           window_from = CASE WHEN $4 = 3 THEN $8 ELSE window_from END,
           window_until = CASE WHEN $4 = 3 THEN $9 ELSE window_until END
     WHERE organization_id = $1 AND subject_id = $2 AND level = $3 AND span = $4
       AND unit = $5)sql"};

constexpr Query<void, OrganizationId, BudgetSubjectId, BudgetLevel, BudgetWindow, BudgetUnit>
    remove_sql{"budgets.remove", R"sql(
    DELETE FROM budget
     WHERE organization_id = $1 AND subject_id = $2 AND level = $3 AND span = $4
       AND unit = $5)sql"};

constexpr Query<ProjectId, OrganizationId> projects_sql{"budgets.projects", R"sql(
    SELECT id FROM project WHERE organization_id = $1)sql"};

using ChargeId = Id<struct ChargeTag>;

// $2: the first id of the second in which the window, or what is missing of it, begins; $3: of
// which flow alone.
constexpr Query<Amount, ProjectId, ChargeId, AgentflowId, Instant> charged_sql{"budgets.charged",
                                                                               R"sql(
    SELECT CAST(coalesce(sum(l.cost_micro_usd), 0) AS BIGINT),
           CAST(coalesce(sum(l.credits_micro), 0) AS BIGINT)
      FROM ledger l
     WHERE l.project_id = $1 AND l.id >= $2 AND l.created_at >= $4
       AND ($3 IS NULL OR EXISTS (SELECT 1 FROM execution e
                                   WHERE e.project_id = l.project_id AND e.id = l.execution_id
                                     AND e.agentflow_id = $3)))sql"};

constexpr Query<Amount, ProjectId, AgentflowId> live_sql{"budgets.live", R"sql(
    SELECT CAST(coalesce(sum(j.total_cost_micro_usd), 0) AS BIGINT),
           CAST(coalesce(sum(j.total_credits_micro), 0) AS BIGINT)
      FROM execution e
      JOIN journal j ON j.project_id = e.project_id AND j.execution_id = e.id
     WHERE e.project_id = $1 AND e.state IN (0, 1, 2, 3) AND ($2 IS NULL OR e.agentflow_id = $2)
       AND j.seq = (SELECT max(m.seq) FROM journal m
                     WHERE m.project_id = e.project_id AND m.execution_id = e.id))sql"};

constexpr Query<Amount, ProjectId, AgentflowId> live_charged_sql{"budgets.live_charged", R"sql(
    SELECT CAST(coalesce(sum(l.cost_micro_usd), 0) AS BIGINT),
           CAST(coalesce(sum(l.credits_micro), 0) AS BIGINT)
      FROM ledger l
      JOIN execution e ON e.project_id = l.project_id AND e.id = l.execution_id
     WHERE l.project_id = $1 AND e.state IN (0, 1, 2, 3)
       AND ($2 IS NULL OR e.agentflow_id = $2)
       AND l.id >= (SELECT o.id FROM execution o
                     WHERE o.project_id = $1 AND o.state IN (0, 1, 2, 3)
                     ORDER BY o.id LIMIT 1))sql"};

Standing standing_of(const Row& row) {
    return {{row.level, row.subject, row.window, row.unit, row.ceiling, row.policy},
            row.project,
            row.used,
            row.since,
            {row.from, row.until}};
}

/// The least id that can be made at `at`.
ChargeId first_id_at(Instant at) {
    const auto second = static_cast<std::uint32_t>(std::max<std::int64_t>(at.us, 0) / 1'000'000);
    ChargeId id;
    for (int byte = 0; byte < 4; ++byte)
        id.bytes.at(static_cast<std::size_t>(byte)) =
            static_cast<std::uint8_t>(second >> (24 - 8 * byte));
    return id;
}

AgentflowId flow_of(const Budget& budget) {
    if (budget.level != BudgetLevel::agentflow) return {};
    return {budget.subject.bytes};
}

Result<std::vector<ProjectId>> projects_of(Rx& rx, const OrganizationId& organization,
                                           const Budget& budget, const ProjectId& project) {
    if (budget.level == BudgetLevel::organization) return rx.all(projects_sql, organization);
    return std::vector{project};
}

Result<Amount> charged(Rx& rx, const std::vector<ProjectId>& projects, const Budget& budget,
                       Instant from) {
    Amount sum;
    for (const ProjectId& project : projects)
        sum += TRY(rx.maybe(charged_sql, project, first_id_at(from), flow_of(budget), from))
    .value_or(Amount{});
    return sum;
}

/// Whether both limit the same, be it in other words.
bool is_same(const Budget& one, const Budget& other) {
    return one.level == other.level && one.subject == other.subject && one.window == other.window &&
           one.unit == other.unit;
}

Result<std::vector<Standing>> of_run(Rx& rx, const StepCommit& step) {
    std::vector<Standing> all;
    for (const Row& row : TRY(rx.all(of_run_sql, step.organization, step.project, step.agentflow)))
        all.push_back(standing_of(row));
    return all;
}

/// Whether nodes may have leased some of it.
bool is_leased(const Tx& tx) { return tx.dialect() == Dialect::postgres; }

Result<> tell_nodes(Tx& tx, const OrganizationId& organization) {
    if (!is_leased(tx)) return {};
    return postgres_budgets::note_change(tx, organization);
}

} // namespace

void Standing::turn_over(Instant now) {
    if (!is_over(now) || budget.window == BudgetWindow::cycle) return;
    period = period_of(budget.window, now);
    used = 0;
}

bool Standing::has_room(const Reservation& reserve) const {
    const std::int64_t worst = reserve.worst.in(budget.unit);
    if (worst <= 0 || (budget.window == BudgetWindow::cycle && reserve.ignores_plan)) return true;
    const std::int64_t before = is_counted() ? used : reserve.before.in(budget.unit);
    return before + worst <= budget.ceiling;
}

std::int64_t Standing::settled(const Settlement& settlement) const {
    const bool was_held = since <= settlement.at;
    return settlement.used.in(budget.unit) - (was_held ? settlement.reserved.in(budget.unit) : 0);
}

Result<bool> any(Rx& rx, const OrganizationId& organization) {
    const auto found = TRY(rx.maybe(any_sql, organization));
    return found.has_value();
}

Result<std::vector<Standing>> list(Rx& rx, const Scope& scope) {
    std::vector<Standing> all;
    for (const Row& row : TRY(rx.all(list_sql, scope.organization, scope.project)))
        all.push_back(standing_of(row));
    return all;
}

Result<std::vector<Standing>> lock(Tx& tx, const StepCommit& step) {
    std::vector<Standing> all;
    for (const Row& row : TRY(tx.all(lock_sql, step.organization, step.project, step.agentflow)))
        all.push_back(standing_of(row));
    return all;
}

Result<> write_used(Tx& tx, const OrganizationId& organization, const Standing& standing) {
    const auto& [budget, project, used, since, period] = standing;
    return tx.put(use_sql, organization, budget.subject, budget.level, budget.window, budget.unit,
                  used, period.from, period.until);
}

Result<Spent> spent(Rx& rx, const OrganizationId& organization, const ProjectId& project,
                    const Budget& budget, Period period, Instant now) {
    Spent spent{.until = now};
    if (budget.level == BudgetLevel::execution) return spent;
    const auto projects = TRY(projects_of(rx, organization, budget, project));
    spent.amount = TRY(charged(rx, projects, budget, period.from));
    for (const ProjectId& each : projects) {
        const auto live = TRY(rx.maybe(live_sql, each, flow_of(budget)));
        const auto known = TRY(rx.maybe(live_charged_sql, each, flow_of(budget)));
        spent.amount += live.value_or(Amount{}) - known.value_or(Amount{});
    }
    return spent;
}

Result<> set(Tx& tx, const OrganizationId& organization, const ProjectId& project,
             const Budget& budget, Period period, const Spent& spent) {
    if (BudgetBook* book = tx.book()) TRY(book->let_change(tx));
    if (TRY(tx.maybe(find_sql, organization, budget.subject, budget.level, budget.window,
                     budget.unit))) {
        if (is_leased(tx)) TRY(postgres_budgets::take_back(tx, organization, budget));
        TRY(tx.put(change_sql, organization, budget.subject, budget.level, budget.window,
                   budget.unit, budget.ceiling, budget.policy, period.from, period.until));
        return tell_nodes(tx, organization);
    }
    Amount used = spent.amount;
    if (budget.level != BudgetLevel::execution) {
        const auto projects = TRY(projects_of(tx, organization, budget, project));
        used += TRY(charged(tx, projects, budget, spent.until + microseconds(1)));
    }
    TRY(tx.put(insert_sql, organization, budget.subject, budget.level, budget.window, budget.unit,
               project, budget.ceiling, budget.policy, used.in(budget.unit), tx.now(), period.from,
               period.until));
    return tell_nodes(tx, organization);
}

Result<std::vector<Wanted>> look_ahead(Rx& rx, const OrganizationId& organization,
                                       const ProjectId& project, const std::vector<Budget>& budgets,
                                       Instant now) {
    std::vector<Wanted> all;
    for (const Budget& budget : budgets)
        all.push_back({
            budget,
                TRY(spent(rx, organization, project, budget, period_of(budget.window, now), now))
        });
    return all;
}

Result<> replace(Tx& tx, const OrganizationId& organization, const ProjectId& project,
                 const std::vector<Budget>& budgets, const std::vector<Wanted>& looked_at) {
    const Scope scope{organization, project, {}};
    for (const Standing& each : TRY(list(tx, scope))) {
        const bool of_place = each.project == project && each.budget.window != BudgetWindow::cycle;
        const auto same = [&each](const Budget& other) { return is_same(each.budget, other); };
        if (of_place && std::ranges::none_of(budgets, same))
            TRY(remove(tx, organization, each.budget));
    }
    for (const Budget& budget : budgets) {
        const Period period = period_of(budget.window, tx.now());
        const auto same = [&](const Wanted& each) { return is_same(each.budget, budget); };
        const auto known = std::ranges::find_if(looked_at, same);
        const Spent before = known != looked_at.end() && known->known
                                 ? *known->known
                                 : TRY(spent(tx, organization, project, budget, period, tx.now()));
        TRY(set(tx, organization, project, budget, period, before));
    }
    return {};
}

Result<> remove(Tx& tx, const OrganizationId& organization, const Budget& budget) {
    if (BudgetBook* book = tx.book()) TRY(book->let_change(tx));
    TRY(tx.put(remove_sql, organization, budget.subject, budget.level, budget.window, budget.unit));
    return tell_nodes(tx, organization);
}

Result<bool> apply(Tx& tx, const StepCommit& step, Take take) {
    if (!step.reserve && !step.settle) return true;
    if (BudgetBook* book = tx.book()) return book->take_in_job(tx, step, take);
    BudgetBook book;
    const auto taken = TRY(book.take(tx, step, take));
    TRY(book.flush(tx));
    return taken.has_room;
}

Result<std::optional<Shortage>> shortage(Rx& rx, const StepCommit& step, Instant now) {
    std::optional<Shortage> worst;
    for (Standing& each : TRY(of_run(rx, step))) {
        each.turn_over(now);
        if (each.has_room(*step.reserve)) continue;
        const Shortage found{
            each.budget, each.is_counted() ? each.used : step.reserve->before.in(each.budget.unit)};
        const auto rank = [](const Shortage& of) {
            return std::pair(static_cast<int>(of.budget.policy), of.left());
        };
        if (!worst || rank(found) < rank(*worst)) worst = found;
    }
    return worst;
}

} // namespace weft::store::budgets
