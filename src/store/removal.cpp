#include "store/removal.h"

#include "store/executions.h"
#include "store/postgres_budgets.h"

namespace weft::store::removal {

namespace {

constexpr std::int64_t slice_us_max = 4'000;   ///< of one write; well below the writer's 10 ms
constexpr std::int64_t rows_at_once = 16;      ///< of some KB: a millisecond together
constexpr std::int64_t large_rows_at_once = 1; ///< of some MB each

constexpr SystemQuery<Project, Instant> pending_sql{"removal.pending", R"sql(
    SELECT id, organization_id, ordinal, name, description, coworker_role, status, created_at,
           updated_at, trashed_at
      FROM project
     WHERE deleted_at IS NOT NULL AND (filling_until IS NULL OR filling_until <= $1)
     ORDER BY deleted_at)sql"};

constexpr SystemQuery<std::int64_t> any_filled_sql{"removal.any_filled", R"sql(
    SELECT 1 FROM project
     WHERE deleted_at IS NOT NULL AND filling_until IS NOT NULL LIMIT 1)sql"};

constexpr SystemQuery<Project> trashed_sql{"removal.trashed", R"sql(
    SELECT id, organization_id, ordinal, name, description, coworker_role, status, created_at,
           updated_at, trashed_at
      FROM project WHERE trashed_at IS NOT NULL AND deleted_at IS NULL ORDER BY trashed_at)sql"};

constexpr Query<ExecutionId, ProjectId, std::int64_t> live_sql{"removal.live", R"sql(
    SELECT id FROM execution WHERE project_id = $1 AND state IN (0, 1, 2, 3) LIMIT $2)sql"};

// The few executions that are being carried out, of all projects.
constexpr Query<std::int64_t, ProjectId> held_sql{"removal.held", R"sql(
    SELECT count(*) FROM execution INDEXED BY execution_owned
     WHERE owner <> 0 AND project_id = $1)sql",
                                                  R"sql(
    SELECT count(*) FROM execution
     WHERE owner <> 0 AND project_id = $1)sql"};

constexpr Query<void, ProjectId> project_sql{"removal.project", R"sql(
    DELETE FROM project WHERE id = $1 AND deleted_at IS NOT NULL)sql"};

constexpr Query<void, OrganizationId, ProjectId> invitation_sql{"removal.invitation", R"sql(
    UPDATE invitation SET into_project = NULL
     WHERE organization_id = $1 AND into_project = $2)sql"};

constexpr Query<void, OrganizationId, ProjectId> budget_sql{"removal.budget", R"sql(
    DELETE FROM budget WHERE organization_id = $1 AND in_project = $2)sql"};

// One for each table with a project_id; a test compares them with the schema.

constexpr Query<void, ProjectId, std::int64_t> secret_sql{"removal.secret", R"sql(
    DELETE FROM secret WHERE project_id = $1 AND name IN
        (SELECT name FROM secret WHERE project_id = $1 LIMIT $2))sql"};

constexpr Query<void, ProjectId, std::int64_t> data_key_sql{"removal.data_key", R"sql(
    DELETE FROM data_key WHERE project_id = $1 AND project_id IN
        (SELECT project_id FROM data_key WHERE project_id = $1 LIMIT $2))sql"};

constexpr Query<void, ProjectId, std::int64_t> api_key_sql{"removal.api_key", R"sql(
    DELETE FROM api_key WHERE project_id = $1 AND id IN
        (SELECT id FROM api_key WHERE project_id = $1 LIMIT $2))sql"};

constexpr Query<void, ProjectId, std::int64_t> member_sql{"removal.member", R"sql(
    DELETE FROM project_member WHERE project_id = $1 AND id IN
        (SELECT id FROM project_member WHERE project_id = $1 LIMIT $2))sql"};

constexpr Query<void, ProjectId, std::int64_t> ready_sql{"removal.ready", R"sql(
    DELETE FROM ready WHERE project_id = $1 AND execution_id IN
        (SELECT execution_id FROM ready WHERE project_id = $1 LIMIT $2))sql"};

constexpr Query<void, ProjectId, std::int64_t> waiting_sql{"removal.waiting", R"sql(
    DELETE FROM waiting WHERE project_id = $1 AND execution_id IN
        (SELECT execution_id FROM waiting WHERE project_id = $1 LIMIT $2))sql"};

constexpr Query<void, ProjectId, std::int64_t> execution_sql{"removal.execution", R"sql(
    DELETE FROM execution WHERE project_id = $1 AND id IN
        (SELECT id FROM execution WHERE project_id = $1 ORDER BY id LIMIT $2))sql"};

constexpr Query<void, ProjectId, std::int64_t> execution_start_sql{"removal.execution_start", R"sql(
    DELETE FROM execution_start WHERE project_id = $1 AND id IN
        (SELECT id FROM execution_start WHERE project_id = $1 LIMIT $2))sql"};

constexpr Query<void, ProjectId, std::int64_t> task_sql{"removal.task", R"sql(
    DELETE FROM task WHERE project_id = $1 AND id IN
        (SELECT id FROM task WHERE project_id = $1 LIMIT $2))sql"};

constexpr Query<void, ProjectId, std::int64_t> journal_sql{"removal.journal", R"sql(
    DELETE FROM journal WHERE project_id = $1 AND (execution_id, seq) IN
        (SELECT execution_id, seq FROM journal WHERE project_id = $1 LIMIT $2))sql"};

constexpr Query<void, ProjectId, std::int64_t> stopped_sql{"removal.stopped", R"sql(
    DELETE FROM stopped WHERE project_id = $1 AND execution_id IN
        (SELECT execution_id FROM stopped WHERE project_id = $1 LIMIT $2))sql"};

constexpr Query<void, ProjectId, std::int64_t> ledger_sql{"removal.ledger", R"sql(
    DELETE FROM ledger WHERE project_id = $1 AND id IN
        (SELECT id FROM ledger WHERE project_id = $1 ORDER BY id LIMIT $2))sql"};

constexpr Query<void, ProjectId, std::int64_t> blob_sql{"removal.blob", R"sql(
    DELETE FROM blob WHERE project_id = $1 AND hash IN
        (SELECT hash FROM blob WHERE project_id = $1 LIMIT $2))sql"};

constexpr Query<void, ProjectId, std::int64_t> blob_piece_sql{"removal.blob_piece", R"sql(
    DELETE FROM blob_piece WHERE project_id = $1 AND (hash, number) IN
        (SELECT hash, number FROM blob_piece WHERE project_id = $1 LIMIT $2))sql"};

constexpr Query<void, ProjectId, std::int64_t> agentflow_sql{"removal.agentflow", R"sql(
    DELETE FROM agentflow WHERE project_id = $1 AND id IN
        (SELECT id FROM agentflow WHERE project_id = $1 LIMIT $2))sql"};

constexpr Query<void, ProjectId, std::int64_t> agentflow_version_sql{"removal.agentflow_version",
                                                                     R"sql(
    DELETE FROM agentflow_version WHERE project_id = $1 AND id IN
        (SELECT id FROM agentflow_version WHERE project_id = $1 LIMIT $2))sql"};

constexpr Query<void, ProjectId, std::int64_t> data_table_sql{"removal.data_table", R"sql(
    DELETE FROM data_table WHERE project_id = $1 AND id IN
        (SELECT id FROM data_table WHERE project_id = $1 LIMIT $2))sql"};

constexpr Query<void, ProjectId, std::int64_t> record_sql{"removal.record", R"sql(
    DELETE FROM record WHERE project_id = $1 AND (table_id, id) IN
        (SELECT table_id, id FROM record WHERE project_id = $1 LIMIT $2))sql"};

constexpr Query<void, ProjectId, std::int64_t> file_sql{"removal.file", R"sql(
    DELETE FROM file WHERE project_id = $1 AND id IN
        (SELECT id FROM file WHERE project_id = $1 LIMIT $2))sql"};

constexpr Query<void, ProjectId, std::int64_t> connector_sql{"removal.connector", R"sql(
    DELETE FROM connector WHERE project_id = $1 AND id IN
        (SELECT id FROM connector WHERE project_id = $1 LIMIT $2))sql"};

constexpr Query<void, ProjectId, std::int64_t> skill_sql{"removal.skill", R"sql(
    DELETE FROM skill WHERE project_id = $1 AND id IN
        (SELECT id FROM skill WHERE project_id = $1 LIMIT $2))sql"};

constexpr Query<void, ProjectId, std::int64_t> custom_action_sql{"removal.custom_action", R"sql(
    DELETE FROM custom_action WHERE project_id = $1 AND id IN
        (SELECT id FROM custom_action WHERE project_id = $1 LIMIT $2))sql"};

constexpr Query<void, ProjectId, std::int64_t> setting_sql{"removal.setting", R"sql(
    DELETE FROM project_setting WHERE project_id = $1 AND name IN
        (SELECT name FROM project_setting WHERE project_id = $1 LIMIT $2))sql"};

constexpr Query<void, ProjectId, std::int64_t> run_slot_sql{"removal.run_slot", R"sql(
    DELETE FROM run_slot WHERE project_id = $1 AND execution_id IN
        (SELECT execution_id FROM run_slot WHERE project_id = $1 LIMIT $2))sql"};

constexpr Query<void, ProjectId, std::int64_t> uncharged_sql{"removal.uncharged", R"sql(
    DELETE FROM uncharged WHERE project_id = $1 AND execution_id IN
        (SELECT execution_id FROM uncharged WHERE project_id = $1 LIMIT $2))sql"};

constexpr Query<void, ProjectId, std::int64_t> gone_run_sql{"removal.gone_run", R"sql(
    DELETE FROM gone_run WHERE project_id = $1 AND execution_id IN
        (SELECT execution_id FROM gone_run WHERE project_id = $1 LIMIT $2))sql"};

constexpr Query<void, ProjectId, std::int64_t> effect_done_sql{"removal.effect_done", R"sql(
    DELETE FROM effect_done WHERE project_id = $1 AND key IN
        (SELECT key FROM effect_done WHERE project_id = $1 LIMIT $2))sql"};

constexpr Query<void, ProjectId, std::int64_t> inbox_sql{"removal.inbox", R"sql(
    DELETE FROM inbox WHERE project_id = $1 AND id IN
        (SELECT id FROM inbox WHERE project_id = $1 LIMIT $2))sql"};

constexpr Query<void, ProjectId, std::int64_t> inbox_word_sql{"removal.inbox_word", R"sql(
    DELETE FROM inbox_word WHERE project_id = $1 AND (word, status, type, id) IN
        (SELECT word, status, type, id FROM inbox_word WHERE project_id = $1 LIMIT $2))sql"};

constexpr Query<void, ProjectId, std::int64_t> inbox_count_sql{"removal.inbox_count", R"sql(
    DELETE FROM inbox_count WHERE project_id = $1 AND (assignee, status, type) IN
        (SELECT assignee, status, type FROM inbox_count WHERE project_id = $1 LIMIT $2))sql"};

constexpr Query<void, ProjectId, std::int64_t> inbox_notice_sql{"removal.inbox_notice", R"sql(
    DELETE FROM inbox_notice WHERE project_id = $1 AND item_id IN
        (SELECT item_id FROM inbox_notice WHERE project_id = $1 LIMIT $2))sql"};

constexpr Query<void, ProjectId, std::int64_t> inbox_call_sql{"removal.inbox_call", R"sql(
    DELETE FROM inbox_call WHERE project_id = $1 AND id IN
        (SELECT id FROM inbox_call WHERE project_id = $1 LIMIT $2))sql"};

constexpr Query<void, ProjectId, std::int64_t> inbox_link_sql{"removal.inbox_link", R"sql(
    DELETE FROM inbox_link WHERE project_id = $1 AND (item_id, hash) IN
        (SELECT item_id, hash FROM inbox_link WHERE project_id = $1 LIMIT $2))sql"};
// What the rows that go next say was used stays (usage.h): in the write that removes them.

constexpr Query<void, ProjectId, std::int64_t> keep_charges_sql{"removal.keep_charges", R"sql(
    INSERT INTO usage_removed (organization_id, day, credits_micro, executions)
    SELECT p.organization_id, l.created_at / 86400000000, sum(l.credits_micro), 0
      FROM (SELECT created_at, credits_micro FROM ledger
             WHERE project_id = $1 ORDER BY id LIMIT $2) l
      JOIN project p ON p.id = $1
     WHERE l.credits_micro > 0
     GROUP BY p.organization_id, l.created_at / 86400000000
    ON CONFLICT (organization_id, day)
    DO UPDATE SET credits_micro = usage_removed.credits_micro + excluded.credits_micro)sql"};

constexpr Query<void, ProjectId, std::int64_t> keep_executions_sql{"removal.keep_executions",
                                                                   R"sql(
    INSERT INTO usage_removed (organization_id, day, credits_micro, executions)
    SELECT p.organization_id, e.created_at / 86400000000, 0, count(*)
      FROM (SELECT created_at FROM execution WHERE project_id = $1 ORDER BY id LIMIT $2) e
      JOIN project p ON p.id = $1
     WHERE e.created_at > 0
     GROUP BY p.organization_id, e.created_at / 86400000000
    ON CONFLICT (organization_id, day)
    DO UPDATE SET executions = usage_removed.executions + excluded.executions)sql"};

/// Secrets first, then what lets anything new be made, then the many rows below it.
constexpr const Query<void, ProjectId, std::int64_t>* all_sql[] = {
    &secret_sql,          &data_key_sql,    &api_key_sql,
    &member_sql,          &run_slot_sql,    &gone_run_sql,
    &ready_sql,           &agentflow_sql,   &connector_sql,
    &skill_sql,           &data_table_sql,  &execution_sql,
    &execution_start_sql, &task_sql,        &agentflow_version_sql,
    &journal_sql,         &ledger_sql,      &blob_sql,
    &record_sql,          &file_sql,        &effect_done_sql,
    &custom_action_sql,   &waiting_sql,     &inbox_sql,
    &inbox_word_sql,      &inbox_count_sql, &inbox_notice_sql,
    &inbox_call_sql,      &inbox_link_sql,  &setting_sql,
    &stopped_sql,         &uncharged_sql,   &blob_piece_sql};

std::int64_t at_once(const Query<void, ProjectId, std::int64_t>* sql) {
    const bool large = sql == &blob_sql || sql == &blob_piece_sql ||
                       sql == &agentflow_version_sql || sql == &record_sql;
    return large ? large_rows_at_once : rows_at_once;
}

/// How many rows of one table went.
Result<std::int64_t> remove_rows(Tx& tx, const ProjectId& project,
                                 const Query<void, ProjectId, std::int64_t>* sql) {
    if (sql == &ledger_sql) TRY(tx.run(keep_charges_sql, project, at_once(sql)));
    if (sql == &execution_sql) TRY(tx.run(keep_executions_sql, project, at_once(sql)));
    return TRY(tx.run(*sql, project, at_once(sql)))
    .count;
}

} // namespace

Result<std::vector<Project>> pending(Rx& rx, Instant now) { return rx.all(pending_sql, now); }

Result<bool> any_filled(Rx& rx) {
    return TRY(rx.maybe(any_filled_sql))
    .has_value();
}

Result<std::vector<Project>> alive_in_trash(Rx& rx) {
    std::vector<Project> alive;
    for (Project& project : TRY(rx.all(trashed_sql)))
        if (TRY(rx.maybe(live_sql, project.id, 1))) alive.push_back(std::move(project));
    return alive;
}

Result<Stopped> stop_some(Tx& tx, const Project& project, int max) {
    const Scope scope{project.organization, project.id, {}};
    Stopped stopped;
    for (const ExecutionId& id : TRY(tx.all(live_sql, project.id, max))) {
        const Execution now = TRY(executions::request_stop(tx, scope, id));
        if (now.settling) stopped.owned.push_back(id);
        ++stopped.count;
    }
    return stopped;
}

Result<std::int64_t> held(Rx& rx, const ProjectId& project) {
    return TRY(rx.maybe(held_sql, project))
    .value_or(0);
}

Result<bool> remove_some(Tx& tx, const ProjectId& project) {
    const std::int64_t until_us = monotonic_us() + slice_us_max;
    for (const auto* sql : all_sql)
        while (TRY(remove_rows(tx, project, sql)) > 0)
            if (monotonic_us() >= until_us) return false;
    return true;
}

Result<bool> finish(Tx& tx, const Project& project) {
    for (const auto* sql : all_sql)
        if (TRY(remove_rows(tx, project.id, sql)) > 0) return false;
    TRY(tx.run(invitation_sql, project.organization, project.id));
    TRY(tx.run(budget_sql, project.organization, project.id));
    if (tx.dialect() == Dialect::postgres)
        TRY(postgres_budgets::note_change(tx, project.organization));
    TRY(tx.run(project_sql, project.id));
    return true;
}

} // namespace weft::store::removal
