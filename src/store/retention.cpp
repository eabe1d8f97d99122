#include "store/retention.h"

#include "domain/project_settings.h"
#include "store/id_bytes.h"

namespace weft::store::retention {

namespace {

constexpr std::int64_t slice_us_max = 4'000; ///< of one write; well below the writer's 10 ms
constexpr std::int64_t runs_at_once = 20;
constexpr std::int64_t rows_at_once = 50;

struct RuleRow {
    ProjectId project;
    std::string body;
};
constexpr SystemQuery<RuleRow, Blob> rules_sql{"retention.rules", R"sql(
    SELECT project_id, body FROM project_setting
     WHERE project_id > $1 AND name = 'retention' ORDER BY project_id LIMIT 200)sql"};

struct Run {
    ExecutionId id;
    TaskId task;
};
// Ids begin with the second of their creation: what was made later has not ended before.
constexpr Query<Run, ProjectId, Instant, ExecutionId, std::int64_t> old_sql{"retention.old", R"sql(
    SELECT e.id, e.task_id FROM execution e
     WHERE e.project_id = $1 AND e.state IN (4, 5, 6) AND e.id < $3 AND e.ended_at < $2
       AND e.owner = 0 AND e.settling = 0
       AND NOT EXISTS (SELECT 1 FROM execution o
                        WHERE o.project_id = $1 AND o.task_id = e.task_id
                          AND (+o.state < 4 OR o.ended_at >= $2))
     LIMIT $4)sql"};

constexpr Query<void, ProjectId, ExecutionId, TaskId> mark_sql{"retention.mark", R"sql(
    INSERT INTO gone_run (project_id, execution_id, task_id) VALUES ($1, $2, $3)
    ON CONFLICT (project_id, execution_id) DO NOTHING)sql"};
constexpr Query<void, ProjectId, ExecutionId> execution_sql{"retention.execution", R"sql(
    DELETE FROM execution WHERE project_id = $1 AND id = $2)sql"};

constexpr Query<Run, ProjectId> first_gone_sql{"retention.first_gone", R"sql(
    SELECT execution_id, task_id FROM gone_run WHERE project_id = $1
     ORDER BY execution_id LIMIT 1)sql"};

struct Row {
    std::int64_t seq = 0;
    std::optional<Blob> blob;
};
constexpr Query<Row, ProjectId, ExecutionId, std::int64_t> journal_rows_sql{
    "retention.journal_rows", R"sql(
    SELECT seq, blob_hash FROM journal WHERE project_id = $1 AND execution_id = $2
     ORDER BY seq LIMIT $3)sql"};
constexpr Query<void, ProjectId, ExecutionId, std::int64_t> journal_sql{"retention.journal", R"sql(
    DELETE FROM journal WHERE project_id = $1 AND execution_id = $2 AND seq <= $3)sql"};

struct Asked {
    InboxId id;
    std::optional<Blob> blob;
};
constexpr Query<Asked, ProjectId, ExecutionId, std::int64_t> asked_sql{"retention.asked", R"sql(
    SELECT id, asked_hash FROM inbox WHERE project_id = $1 AND execution_id = $2 LIMIT $3)sql"};
constexpr Query<void, ProjectId, InboxId> inbox_sql{"retention.inbox", R"sql(
    DELETE FROM inbox WHERE project_id = $1 AND id = $2)sql"};

constexpr Query<std::int64_t, ProjectId, Blob> in_journal_sql{"retention.in_journal", R"sql(
    SELECT 1 FROM journal WHERE project_id = $1 AND blob_hash = $2 LIMIT 1)sql"};
constexpr Query<std::int64_t, ProjectId, Blob> in_inbox_sql{"retention.in_inbox", R"sql(
    SELECT 1 FROM inbox WHERE project_id = $1 AND asked_hash = $2 LIMIT 1)sql"};
constexpr Query<void, ProjectId, Blob> blob_sql{"retention.blob", R"sql(
    DELETE FROM blob WHERE project_id = $1 AND hash = $2)sql"};
constexpr Query<void, ProjectId, Blob> blob_piece_sql{"retention.blob_piece", R"sql(
    DELETE FROM blob_piece WHERE project_id = $1 AND hash = $2)sql"};

constexpr Query<void, ProjectId, ExecutionId> start_sql{"retention.start", R"sql(
    DELETE FROM execution_start WHERE project_id = $1 AND id = $2)sql"};
constexpr Query<void, ProjectId, ExecutionId> stopped_sql{"retention.stopped", R"sql(
    DELETE FROM stopped WHERE project_id = $1 AND execution_id = $2)sql"};
constexpr Query<void, ProjectId, ExecutionId> waiting_sql{"retention.waiting", R"sql(
    DELETE FROM waiting WHERE project_id = $1 AND execution_id = $2)sql"};
constexpr Query<void, ProjectId, ExecutionId> slot_sql{"retention.slot", R"sql(
    DELETE FROM run_slot WHERE project_id = $1 AND execution_id = $2)sql"};
constexpr Query<void, ProjectId, ExecutionId> uncharged_sql{"retention.uncharged", R"sql(
    DELETE FROM uncharged WHERE project_id = $1 AND execution_id = $2)sql"};
constexpr Query<void, ProjectId, ExecutionId> gone_sql{"retention.gone", R"sql(
    DELETE FROM gone_run WHERE project_id = $1 AND execution_id = $2)sql"};
constexpr Query<void, ProjectId, TaskId> task_sql{"retention.task", R"sql(
    DELETE FROM task
     WHERE project_id = $1 AND id = $2
       AND NOT EXISTS (SELECT 1 FROM execution e WHERE e.project_id = $1 AND e.task_id = $2))sql"};

constexpr const Query<void, ProjectId, ExecutionId>* of_run_sql[] = {
    &start_sql, &stopped_sql, &waiting_sql, &slot_sql, &uncharged_sql};

/// The least id that is made after then.
ExecutionId id_after(Instant at) {
    ExecutionId id;
    const auto second = static_cast<std::uint32_t>(at.us / 1'000'000 + 1);
    for (std::size_t i = 0; i < 4; ++i)
        id.bytes[i] = static_cast<std::uint8_t>(second >> (24 - 8 * i));
    return id;
}

Result<std::vector<Run>> old_runs(Rx& rx, const ProjectId& project, Instant before,
                                  std::int64_t most) {
    return rx.all(old_sql, project, before, id_after(before), most);
}

Result<> remove_blob(Tx& tx, const ProjectId& project, const Blob& hash) {
    if (TRY(tx.maybe(in_journal_sql, project, hash)) || TRY(tx.maybe(in_inbox_sql, project, hash)))
        return {};
    TRY(tx.run(blob_piece_sql, project, hash));
    TRY(tx.run(blob_sql, project, hash));
    return {};
}

/// Some rows of the run. False: none is left.
Result<bool> remove_rows(Tx& tx, const ProjectId& project, const Run& run) {
    const auto rows = TRY(tx.all(journal_rows_sql, project, run.id, rows_at_once));
    if (!rows.empty()) {
        TRY(tx.run(journal_sql, project, run.id, rows.back().seq));
        for (const Row& each : rows)
            if (each.blob) TRY(remove_blob(tx, project, *each.blob));
        return true;
    }
    const auto asked = TRY(tx.all(asked_sql, project, run.id, rows_at_once));
    for (const Asked& each : asked) {
        TRY(tx.run(inbox_sql, project, each.id));
        if (each.blob) TRY(remove_blob(tx, project, *each.blob));
    }
    return !asked.empty();
}

Result<> finish(Tx& tx, const ProjectId& project, const Run& run) {
    for (const auto* sql : of_run_sql) TRY(tx.run(*sql, project, run.id));
    TRY(tx.run(gone_sql, project, run.id));
    TRY(tx.run(task_sql, project, run.task));
    return {};
}

/// Hides some more runs, so that nobody finds half of one. False: there are none.
Result<bool> mark_some(Tx& tx, const ProjectId& project, Instant before) {
    const auto runs = TRY(old_runs(tx, project, before, runs_at_once));
    for (const Run& run : runs) {
        TRY(tx.run(mark_sql, project, run.id, run.task));
        TRY(tx.run(execution_sql, project, run.id));
    }
    return !runs.empty();
}

} // namespace

Result<std::vector<Rule>> rules(Rx& rx, const ProjectId& after) {
    std::vector<Rule> all;
    for (const RuleRow& row : TRY(rx.all(rules_sql, bytes_of(after)))) {
        const json::value body = TRY(parse_json(row.body));
        all.push_back({row.project, int_or(body, "runs_days")});
    }
    return all;
}

Result<bool> any(Rx& rx, const ProjectId& project, Instant ended_before) {
    if (TRY(rx.maybe(first_gone_sql, project))) return true;
    return !TRY(old_runs(rx, project, ended_before, 1))
    .empty();
}

Result<bool> remove_some(Tx& tx, const ProjectId& project, Instant ended_before) {
    const std::int64_t until_us = monotonic_us() + slice_us_max;
    do {
        const auto run = TRY(tx.maybe(first_gone_sql, project));
        if (!run && !TRY(mark_some(tx, project, ended_before))) return true;
        if (run && !TRY(remove_rows(tx, project, *run))) TRY(finish(tx, project, *run));
    } while (monotonic_us() < until_us);
    return false;
}

} // namespace weft::store::retention
