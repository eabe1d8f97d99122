#include "store/tasks.h"

#include "store/inbox.h"
#include "store/uncharged.h"

namespace weft::store::tasks {

namespace {

struct Row {
    TaskId id;
    Want want = Want::run;
    std::string name;
    std::string created_by;
    Instant created_at;
    Instant updated_at;
};

constexpr Query<Row, ProjectId, TaskId> find_sql{"tasks.find", R"sql(
    SELECT id, want, name, created_by, created_at, updated_at FROM task
     WHERE project_id = $1 AND id = $2)sql"};

constexpr Query<TaskNode, ProjectId, TaskId, std::int64_t> nodes_sql{"tasks.nodes", R"sql(
    SELECT e.id, e.uuid, s.parent_id, e.state, s.relation
      FROM execution e JOIN execution_start s ON s.project_id = e.project_id AND s.id = e.id
     WHERE e.project_id = $1 AND e.task_id = $2 ORDER BY e.id LIMIT $3)sql"};

constexpr Query<Row, ProjectId, std::int64_t, std::int64_t> list_sql{"tasks.list", R"sql(
    SELECT id, want, name, created_by, created_at, updated_at FROM task
     WHERE project_id = $1 ORDER BY id DESC LIMIT $2 OFFSET $3)sql"};
constexpr Query<Row, ProjectId, std::int64_t, std::int64_t, std::string> list_creator_sql{
    "tasks.list_creator", R"sql(
    SELECT id, want, name, created_by, created_at, updated_at FROM task
     WHERE project_id = $1 AND created_by = $4 ORDER BY id DESC LIMIT $2 OFFSET $3)sql"};
// With an execution in one of the states from $4 to $5; $6 is who started it, or empty.
constexpr Query<Row, ProjectId, std::int64_t, std::int64_t, ExecutionState, ExecutionState,
                std::string>
    list_states_sql{"tasks.list_states", R"sql(
    SELECT id, want, name, created_by, created_at, updated_at FROM task
     WHERE project_id = $1 AND ($6 = '' OR created_by = $6)
       AND id IN (SELECT task_id FROM execution
                   WHERE project_id = $1 AND state >= $4 AND state <= $5)
     ORDER BY id DESC LIMIT $2 OFFSET $3)sql"};
constexpr Query<std::int64_t, ProjectId, ExecutionState, ExecutionState, std::string>
    count_states_sql{"tasks.count_states", R"sql(
    SELECT count(*) FROM task
     WHERE project_id = $1 AND ($4 = '' OR created_by = $4)
       AND id IN (SELECT task_id FROM execution
                   WHERE project_id = $1 AND state >= $2 AND state <= $3))sql"};
constexpr Query<std::int64_t, ProjectId> count_sql{"tasks.count", R"sql(
    SELECT count(*) FROM task WHERE project_id = $1)sql"};
constexpr Query<std::int64_t, ProjectId, std::string> count_creator_sql{"tasks.count_creator",
                                                                        R"sql(
    SELECT count(*) FROM task WHERE project_id = $1 AND created_by = $2)sql"};

constexpr Query<void, ProjectId, TaskId, Instant, Want> want_sql{"tasks.want", R"sql(
    UPDATE task SET want = $4, updated_at = $3
     WHERE project_id = $1 AND id = $2 AND want <> $4)sql"};

// The statements of executions.cpp over a whole tree.
constexpr Query<void, ProjectId, TaskId, Instant> pause_sql{"tasks.pause", R"sql(
    UPDATE execution SET paused_from = state, state = 3, want = 1, updated_at = $3,
           paused_at = $3
     WHERE project_id = $1 AND task_id = $2 AND +state < 3)sql"};
constexpr Query<void, ProjectId, TaskId, Instant> resume_sql{"tasks.resume", R"sql(
    UPDATE execution SET state = paused_from, want = 0, updated_at = $3,
           paused_us = paused_us + ($3 - coalesce(paused_at, $3)), paused_at = NULL
     WHERE project_id = $1 AND task_id = $2 AND +state = 3)sql"};
constexpr Query<void, ProjectId, TaskId, Instant> ready_if_idle_sql{"tasks.ready_if_idle", R"sql(
    INSERT INTO ready (project_id, since, execution_id)
    SELECT project_id, $3, id FROM execution
     WHERE project_id = $1 AND task_id = $2 AND owner = 0 AND started = 1 AND +state < 3
       AND ((wake_at IS NULL AND +state < 2) OR wake_at <= $3)
    ON CONFLICT (project_id, execution_id) DO NOTHING)sql"};
constexpr Query<void, ProjectId, TaskId, Instant> stop_sql{"tasks.stop", R"sql(
    UPDATE execution SET state = 6, want = 2, settling = CASE WHEN owner <> 0 THEN 1 ELSE 0 END,
           wake_at = NULL, ended_at = $3, updated_at = $3
     WHERE project_id = $1 AND task_id = $2 AND +state < 4)sql"};
constexpr Query<void, ProjectId, TaskId, Instant, std::string, std::string> note_stop_sql{
    "tasks.note_stop", R"sql(
    INSERT INTO stopped (project_id, execution_id, at, by_id, by_name, next_seq, state)
    SELECT project_id, id, $3, $4, $5,
           1 + coalesce((SELECT max(seq) FROM journal
                          WHERE project_id = $1 AND execution_id = execution.id), 0), state
      FROM execution WHERE project_id = $1 AND task_id = $2 AND +state < 4)sql"};
constexpr Query<executions::Stopped, ProjectId, TaskId> stops_sql{"tasks.stops", R"sql(
    SELECT s.execution_id, s.at, s.by_id, s.by_name, s.next_seq, s.state
      FROM execution e JOIN stopped s ON s.project_id = e.project_id AND s.execution_id = e.id
     WHERE e.project_id = $1 AND e.task_id = $2 ORDER BY s.at, s.execution_id)sql"};
constexpr Query<Usage, ProjectId, TaskId> usage_sql{"tasks.usage", R"sql(
    SELECT CAST(coalesce(sum(j.total_input_tokens), 0) AS BIGINT),
           CAST(coalesce(sum(j.total_output_tokens), 0) AS BIGINT),
           CAST(coalesce(sum(j.total_cost_micro_usd), 0) AS BIGINT),
           CAST(coalesce(sum(j.total_credits_micro), 0) AS BIGINT)
      FROM execution e
      JOIN journal j
        ON j.project_id = e.project_id AND j.execution_id = e.id
       AND j.seq = (SELECT max(seq) FROM journal WHERE project_id = $1 AND execution_id = e.id)
     WHERE e.project_id = $1 AND e.task_id = $2)sql"};

constexpr Query<void, ProjectId, TaskId> unready_sql{"tasks.unready", R"sql(
    DELETE FROM ready WHERE project_id = $1 AND execution_id IN
        (SELECT id FROM execution WHERE project_id = $1 AND task_id = $2))sql"};

constexpr Query<ExecutionId, ProjectId, TaskId> owned_sql{"tasks.owned", R"sql(
    SELECT id FROM execution WHERE project_id = $1 AND task_id = $2 AND owner <> 0
     ORDER BY id)sql"};

TaskRow task_of(Row&& row) {
    return {row.id,         row.want,      std::move(row.name), std::move(row.created_by),
            row.created_at, row.updated_at};
}

bool any_live(const TaskView& view) {
    return std::ranges::any_of(view.nodes,
                               [](const TaskNode& node) { return !is_final(node.state); });
}

Result<Changed> changed(Tx& tx, const Scope& scope, const TaskId& id) {
    Changed changed;
    changed.view = TRY(find(tx, scope, id));
    changed.usage = TRY(tx.maybe(usage_sql, scope.project, id))
    .value_or(Usage{});
    changed.execution_ids = TRY(tx.all(owned_sql, scope.project, id));
    return changed;
}

} // namespace

Result<TaskView> find(Rx& rx, const Scope& scope, const TaskId& id, std::int64_t nodes_max) {
    auto row = TRY(rx.maybe(find_sql, scope.project, id));
    if (!row) return fail(Code::not_found, "There is no such task.");
    auto nodes = TRY(rx.all(nodes_sql, scope.project, id, nodes_max));
    return TaskView{task_of(std::move(*row)), std::move(nodes)};
}

Result<Page> list(Rx& rx, const Scope& scope, const Filter& filter) {
    const std::int64_t limit = std::clamp<std::int64_t>(filter.limit, 0, page_max);
    const std::int64_t skip = std::max<std::int64_t>(filter.skip, 0);
    const bool all = filter.created_by.empty();
    Page page;
    std::vector<Row> rows;
    std::optional<std::int64_t> total;
    if (filter.states) {
        const auto [first, last] = *filter.states;
        total = TRY(rx.maybe(count_states_sql, scope.project, first, last, filter.created_by));
        rows = TRY(
            rx.all(list_states_sql, scope.project, limit, skip, first, last, filter.created_by));
    } else {
        total = TRY(all ? rx.maybe(count_sql, scope.project)
                        : rx.maybe(count_creator_sql, scope.project, filter.created_by));
        rows = TRY(all ? rx.all(list_sql, scope.project, limit, skip)
                       : rx.all(list_creator_sql, scope.project, limit, skip, filter.created_by));
    }
    page.total = total.value_or(0);
    for (Row& row : rows) {
        auto nodes = TRY(rx.all(nodes_sql, scope.project, row.id, executions::per_task_max));
        page.tasks.push_back({task_of(std::move(row)), std::move(nodes)});
    }
    return page;
}

Result<Changed> request_pause(Tx& tx, const Scope& scope, const TaskId& id) {
    if (!any_live(TRY(find(tx, scope, id))))
        return fail(Code::conflict, "The task has ended: it cannot be paused.");
    TRY(tx.put(want_sql, scope.project, id, tx.now(), Want::pause));
    TRY(tx.put(pause_sql, scope.project, id, tx.now()));
    TRY(tx.put(unready_sql, scope.project, id));
    return changed(tx, scope, id);
}

Result<Changed> request_resume(Tx& tx, const Scope& scope, const TaskId& id) {
    const TaskView before = TRY(find(tx, scope, id));
    if (before.task.want == Want::stop)
        return fail(Code::conflict, "The task was stopped: it cannot be resumed.");
    if (!any_live(before)) return fail(Code::conflict, "The task has ended: it cannot be resumed.");
    TRY(tx.put(want_sql, scope.project, id, tx.now(), Want::run));
    if (TRY(tx.run(resume_sql, scope.project, id, tx.now())).count > 0)
        TRY(tx.put(ready_if_idle_sql, scope.project, id, tx.now()));
    return changed(tx, scope, id);
}

Result<Changed> request_stop(Tx& tx, const Scope& scope, const TaskId& id) {
    const Principal& by = scope.principal;
    TRY(tx.put(note_stop_sql, scope.project, id, tx.now(), by.id, by.name));
    if (TRY(tx.run(stop_sql, scope.project, id, tx.now())).count > 0) {
        TRY(tx.put(want_sql, scope.project, id, tx.now(), Want::stop));
        TRY(tx.put(unready_sql, scope.project, id));
        TRY(inbox::expire(tx, scope.project, id));
        TRY(uncharged::note_of_task(tx, scope.project, id));
    }
    return changed(tx, scope, id);
}

Result<std::vector<executions::Stopped>> stops(Rx& rx, const Scope& scope, const TaskId& id) {
    return rx.all(stops_sql, scope.project, id);
}

} // namespace weft::store::tasks
