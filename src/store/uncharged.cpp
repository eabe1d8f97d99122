#include "store/uncharged.h"

#include "store/journal.h"
#include "store/ledger.h"
#include "store/query.h"

namespace weft::store::uncharged {

namespace {

// A wait and a late charge leave nothing uncharged (kinds 3 and 8).
constexpr Query<void, ProjectId, ExecutionId, Instant> note_sql{"uncharged.note", R"sql(
    INSERT INTO uncharged (project_id, execution_id, since)
    SELECT project_id, execution_id, $3 FROM journal
     WHERE project_id = $1 AND execution_id = $2 AND kind NOT IN (3, 8)
       AND seq = (SELECT max(seq) FROM journal WHERE project_id = $1 AND execution_id = $2)
       AND total_input_tokens + total_output_tokens + total_cost_micro_usd > 0
    ON CONFLICT (project_id, execution_id) DO NOTHING)sql"};
constexpr Query<void, ProjectId, TaskId, Instant> note_of_task_sql{"uncharged.note_of_task", R"sql(
    INSERT INTO uncharged (project_id, execution_id, since)
    SELECT $1, e.id, $3
      FROM execution e
      JOIN journal j ON j.project_id = $1 AND j.execution_id = e.id
     WHERE e.project_id = $1 AND e.task_id = $2 AND +e.state = 6 AND e.owner = 0
       AND e.ended_at = $3 AND j.kind NOT IN (3, 8)
       AND j.seq = (SELECT max(seq) FROM journal
                     WHERE project_id = $1 AND execution_id = e.id)
       AND j.total_input_tokens + j.total_output_tokens + j.total_cost_micro_usd > 0
    ON CONFLICT (project_id, execution_id) DO NOTHING)sql"};

constexpr SystemQuery<Uncharged, std::int64_t> oldest_sql{"uncharged.oldest", R"sql(
    SELECT p.organization_id, u.project_id, u.execution_id
      FROM uncharged u JOIN project p ON p.id = u.project_id
     WHERE u.since > 0 ORDER BY u.since LIMIT $1)sql"};

constexpr Query<void, ProjectId, ExecutionId> remove_sql{"uncharged.remove", R"sql(
    DELETE FROM uncharged WHERE project_id = $1 AND execution_id = $2)sql"};
constexpr Query<std::int64_t, ProjectId, ExecutionId> next_seq_sql{"uncharged.next_seq", R"sql(
    SELECT 1 + coalesce((SELECT max(seq) FROM journal
                          WHERE project_id = $1 AND execution_id = $2), 0)
      FROM execution WHERE project_id = $1 AND id = $2 AND +state = 6 AND owner = 0)sql"};

} // namespace

Result<> note(Tx& tx, const ProjectId& project, const ExecutionId& execution) {
    TRY(tx.put(note_sql, project, execution, tx.now()));
    return {};
}

Result<> note_of_task(Tx& tx, const ProjectId& project, const TaskId& task) {
    TRY(tx.put(note_of_task_sql, project, task, tx.now()));
    return {};
}

Result<std::vector<Uncharged>> oldest(Rx& rx, std::int64_t max) { return rx.all(oldest_sql, max); }

Result<> settle(Tx& tx, const Uncharged& of, const std::optional<LateCharge>& late) {
    const auto removed = TRY(tx.run(remove_sql, of.project, of.execution));
    if (removed.count == 0 || !late) return {};
    const auto next_seq = TRY(tx.maybe(next_seq_sql, of.project, of.execution));
    if (next_seq != late->row.seq)
        return fail(Code::conflict, "This run cannot be charged just now.");
    const Usage used{.credits_micro = late->charge.usage.credits_micro};
    TRY(journal::append(tx, of.project, of.execution, late->row, late->row.seq, std::nullopt,
                        used));
    return ledger::append(tx, of.project, of.execution, late->charge);
}

} // namespace weft::store::uncharged
