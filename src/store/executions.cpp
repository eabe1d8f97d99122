#include "store/executions.h"

#include "store/inbox.h"
#include "store/projects.h"
#include "store/ready.h"
#include "store/uncharged.h"
#include "store/waits.h"

namespace weft::store::executions {

namespace {

/// What makes an Execution: columns of its own row, and where its journal ends.
struct Row {
    ExecutionId id;
    Uuid uuid;
    TaskId task;
    ExecutionState state = ExecutionState::ready;
    ExecutionState paused_from = ExecutionState::ready;
    Want want = Want::run;
    bool settling = false;
    std::int64_t owner = 0;
    std::int64_t epoch = 0;
    std::int64_t next_seq = 1;
    std::optional<Instant> wake_at;
    Instant created_at;
    Instant updated_at;
    std::optional<Instant> ended_at;
    std::int64_t paused_us = 0;
    std::int64_t input_tokens = 0;
    std::int64_t output_tokens = 0;
    std::int64_t cost_micro_usd = 0;
    std::int64_t credits_micro = 0;
};

constexpr Query<Row, ProjectId, ExecutionId> find_sql{"executions.find", R"sql(
    SELECT e.id, e.uuid, e.task_id, e.state, e.paused_from, e.want, e.settling, e.owner, e.epoch,
           coalesce(j.seq, 0) + 1, e.wake_at, e.created_at,
           CASE WHEN j.at > e.updated_at THEN j.at ELSE e.updated_at END, e.ended_at, e.paused_us,
           coalesce(j.total_input_tokens, 0), coalesce(j.total_output_tokens, 0),
           coalesce(j.total_cost_micro_usd, 0), coalesce(j.total_credits_micro, 0)
      FROM execution e
      LEFT JOIN journal j
        ON j.project_id = e.project_id AND j.execution_id = e.id
       AND j.seq = (SELECT max(seq) FROM journal WHERE project_id = $1 AND execution_id = $2)
     WHERE e.project_id = $1 AND e.id = $2)sql"};

constexpr Query<ExecutionId, ProjectId, Uuid> find_uuid_sql{"executions.find_uuid", R"sql(
    SELECT id FROM execution WHERE project_id = $1 AND uuid = $2)sql"};

struct StartRow {
    AgentflowId agentflow;
    VersionId version;
    std::string goal;
    json::object inputs;
    json::array files;
    AgentId start_from;
    AgentId stop_after;
    ExecutionId parent;
    std::string executed_by_id;
    std::string executed_by_name;
    std::string executed_by_type;
    Relation relation = Relation::none;
};

constexpr Query<StartRow, ProjectId, ExecutionId> find_start_sql{"executions.find_start", R"sql(
    SELECT agentflow_id, version_id, goal, inputs, files, start_from_id, stop_after_id,
           parent_id, executed_by_id, executed_by_name, executed_by_type, relation
      FROM execution_start WHERE project_id = $1 AND id = $2)sql"};

constexpr Query<ExecutionId, ProjectId, ExecutionId> find_failover_sql{"executions.find_failover",
                                                                       R"sql(
    SELECT id FROM execution_start WHERE project_id = $1 AND parent_id = $2 AND relation = 1)sql"};

// Pages come from an index alone, whatever is skipped; the rows are then found one by one.
constexpr Query<ExecutionId, ProjectId, std::int64_t, std::int64_t> list_sql{"executions.list",
                                                                             R"sql(
    SELECT id FROM execution WHERE project_id = $1 ORDER BY id DESC LIMIT $2 OFFSET $3)sql"};
constexpr Query<ExecutionId, ProjectId, std::int64_t, std::int64_t, ExecutionState> list_state_sql{
    "executions.list_state", R"sql(
    SELECT id FROM execution WHERE project_id = $1 AND state = $4
     ORDER BY id DESC LIMIT $2 OFFSET $3)sql"};
constexpr Query<ExecutionId, ProjectId, std::int64_t, std::int64_t, AgentflowId> list_flow_sql{
    "executions.list_flow", R"sql(
    SELECT id FROM execution WHERE project_id = $1 AND agentflow_id = $4
     ORDER BY id DESC LIMIT $2 OFFSET $3)sql"};
constexpr Query<ExecutionId, ProjectId, std::int64_t, std::int64_t, AgentflowId, ExecutionState>
    list_both_sql{"executions.list_both", R"sql(
    SELECT id FROM execution WHERE project_id = $1 AND agentflow_id = $4 AND state = $5
     ORDER BY id DESC LIMIT $2 OFFSET $3)sql"};

constexpr Query<std::int64_t, ProjectId> count_sql{"executions.count", R"sql(
    SELECT count(*) FROM execution WHERE project_id = $1)sql"};
constexpr Query<std::int64_t, ProjectId, ExecutionState> count_state_sql{"executions.count_state",
                                                                         R"sql(
    SELECT count(*) FROM execution WHERE project_id = $1 AND state = $2)sql"};
constexpr Query<std::int64_t, ProjectId, AgentflowId> count_flow_sql{"executions.count_flow", R"sql(
    SELECT count(*) FROM execution WHERE project_id = $1 AND agentflow_id = $2)sql"};
constexpr Query<std::int64_t, ProjectId, AgentflowId, ExecutionState> count_both_sql{
    "executions.count_both", R"sql(
    SELECT count(*) FROM execution WHERE project_id = $1 AND agentflow_id = $2 AND state = $3)sql"};

// The live ones of the project are few; those of the flow are among them.
constexpr Query<ExecutionId, ProjectId, AgentflowId, std::int64_t> live_sql{"executions.live",
                                                                            R"sql(
    SELECT id FROM execution INDEXED BY execution_by_state
     WHERE project_id = $1 AND state IN (0, 1, 2, 3) AND agentflow_id = $2
     ORDER BY id DESC LIMIT $3)sql",
                                                                            R"sql(
    SELECT id FROM execution
     WHERE project_id = $1 AND state IN (0, 1, 2, 3) AND agentflow_id = $2
     ORDER BY id DESC LIMIT $3)sql"};
constexpr Query<std::int64_t, ProjectId, AgentflowId> count_live_sql{"executions.count_live",
                                                                     R"sql(
    SELECT count(*) FROM execution INDEXED BY execution_by_state
     WHERE project_id = $1 AND state IN (0, 1, 2, 3) AND agentflow_id = $2)sql",
                                                                     R"sql(
    SELECT count(*) FROM execution
     WHERE project_id = $1 AND state IN (0, 1, 2, 3) AND agentflow_id = $2)sql"};
constexpr Query<ExecutionId, ProjectId, AgentflowId, std::int64_t> ended_sql{"executions.ended",
                                                                             R"sql(
    SELECT id FROM execution INDEXED BY execution_by_agentflow
     WHERE project_id = $1 AND agentflow_id = $2 AND state > 3
     ORDER BY id DESC LIMIT $3)sql",
                                                                             R"sql(
    SELECT id FROM execution
     WHERE project_id = $1 AND agentflow_id = $2 AND state > 3
     ORDER BY id DESC LIMIT $3)sql"};

constexpr Query<void, ProjectId, TaskId, std::string, std::string, Instant> add_task_sql{
    "executions.add_task", R"sql(
    INSERT INTO task (project_id, id, want, name, created_by, created_at, updated_at)
    VALUES ($1, $2, 0, $3, $4, $5, $5))sql"};

struct Family {
    TaskId task;
    Want want = Want::run;
    std::int64_t size = 0;
};
constexpr Query<Family, ProjectId, ExecutionId> family_sql{"executions.family", R"sql(
    SELECT t.id, t.want,
           (SELECT count(*) FROM execution s WHERE s.project_id = $1 AND s.task_id = t.id)
      FROM execution e JOIN task t ON t.project_id = e.project_id AND t.id = e.task_id
     WHERE e.project_id = $1 AND e.id = $2)sql"};

constexpr Query<void, ProjectId, ExecutionId, Uuid, TaskId, AgentflowId, ExecutionState, Want, bool,
                Instant, std::optional<Instant>>
    add_sql{"executions.add", R"sql(
    INSERT INTO execution (project_id, id, uuid, task_id, agentflow_id, state, paused_from, want,
                           settling, owner, epoch, started, wake_at, created_at, updated_at,
                           ended_at, paused_at)
    VALUES ($1, $2, $3, $4, $5, $6, 0, $7, 0, 0, 0, $8, NULL, $9, $9, NULL, $10))sql"};

constexpr Query<void, ProjectId, ExecutionId, AgentflowId, VersionId, std::string, json::object,
                json::array, AgentId, AgentId, ExecutionId, std::string, std::string, std::string,
                Relation>
    add_start_sql{"executions.add_start", R"sql(
    INSERT INTO execution_start (project_id, id, agentflow_id, version_id, goal, inputs, files,
                                 start_from_id, stop_after_id, parent_id, executed_by_id,
                                 executed_by_name, executed_by_type, relation)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14))sql"};

constexpr Query<void, ProjectId, ExecutionId, Instant> set_started_sql{"executions.set_started",
                                                                       R"sql(
    UPDATE execution SET started = 1, updated_at = $3
     WHERE project_id = $1 AND id = $2 AND started = 0 AND +state < 4)sql"};

constexpr Query<ExecutionId, ProjectId, ExecutionId> untold_sql{"executions.untold", R"sql(
    SELECT id FROM execution
     WHERE project_id = $1 AND id = $2 AND started = 0 AND +state < 4)sql"};

constexpr Query<void, ProjectId, ExecutionId, Instant> pause_sql{"executions.pause", R"sql(
    UPDATE execution SET paused_from = state, state = 3, want = 1, updated_at = $3,
           paused_at = $3
     WHERE project_id = $1 AND id = $2 AND +state < 3)sql"};

constexpr Query<void, ProjectId, ExecutionId, Instant> resume_sql{"executions.resume", R"sql(
    UPDATE execution SET state = paused_from, want = 0, updated_at = $3,
           paused_us = paused_us + ($3 - coalesce(paused_at, $3)), paused_at = NULL
     WHERE project_id = $1 AND id = $2 AND +state = 3)sql"};

constexpr Query<void, ProjectId, TaskId, Instant> lift_task_sql{"executions.lift_task", R"sql(
    UPDATE task SET want = 0, updated_at = $3 WHERE project_id = $1 AND id = $2 AND want = 1)sql"};

constexpr Query<void, ProjectId, ExecutionId, Instant> ready_if_idle_sql{"executions.ready_if_idle",
                                                                         R"sql(
    INSERT INTO ready (project_id, since, execution_id)
    SELECT project_id, $3, id FROM execution
     WHERE project_id = $1 AND id = $2 AND owner = 0 AND started = 1 AND +state < 3
       AND ((wake_at IS NULL AND +state < 2) OR wake_at <= $3)
    ON CONFLICT (project_id, execution_id) DO NOTHING)sql"};

constexpr Query<void, ProjectId, ExecutionId, Instant> stop_sql{"executions.stop", R"sql(
    UPDATE execution SET state = 6, want = 2, settling = CASE WHEN owner <> 0 THEN 1 ELSE 0 END,
           wake_at = NULL, ended_at = $3, updated_at = $3
     WHERE project_id = $1 AND id = $2 AND +state < 4)sql"};

constexpr Query<void, ProjectId, ExecutionId, Instant, std::string, std::string> note_stop_sql{
    "executions.note_stop", R"sql(
    INSERT INTO stopped (project_id, execution_id, at, by_id, by_name, next_seq, state)
    SELECT project_id, id, $3, $4, $5,
           1 + coalesce((SELECT max(seq) FROM journal
                          WHERE project_id = $1 AND execution_id = $2), 0), state
      FROM execution WHERE project_id = $1 AND id = $2 AND +state < 4)sql"};
constexpr Query<Stopped, ProjectId, ExecutionId> stopped_sql{"executions.stopped", R"sql(
    SELECT execution_id, at, by_id, by_name, next_seq, state FROM stopped
     WHERE project_id = $1 AND execution_id = $2)sql"};

Execution execution_of(const Row& row) {
    return {.id = row.id,
            .uuid = row.uuid,
            .task = row.task,
            .state = row.state,
            .paused_from = row.paused_from,
            .want = row.want,
            .settling = row.settling,
            .owner = row.owner,
            .epoch = row.epoch,
            .next_seq = row.next_seq,
            .wake_at = row.wake_at,
            .created_at = row.created_at,
            .updated_at = row.updated_at,
            .ended_at = row.ended_at,
            .paused_for = microseconds(row.paused_us),
            .usage = {row.input_tokens, row.output_tokens, row.cost_micro_usd, row.credits_micro}};
}

/// The task that the new execution belongs to, and what that task wants of it.
Result<Family> family_of(Tx& tx, const Scope& scope, const ExecutionStart& start,
                         const std::string& task_name) {
    if (!start.parent) {
        const auto task = tx.minter().mint<TaskTag>(scope.project.ordinal());
        TRY(tx.put(add_task_sql, scope.project, task, task_name, scope.principal.id, tx.now()));
        return Family{task, Want::run, 0};
    }
    const auto family = TRY(tx.maybe(family_sql, scope.project, start.parent));
    if (!family) return fail(Code::not_found, "There is no such parent execution.");
    if (family->want == Want::stop)
        return fail(Code::conflict, "The task of the parent execution was stopped.");
    if (family->size >= per_task_max) return std::unexpected(task_full());
    return *family;
}

Result<> add_start(Tx& tx, const Scope& scope, const ExecutionId& id, const ExecutionStart& start) {
    json::array files;
    for (const FileId& file : start.files) files.emplace_back(file.hex());
    TRY(tx.put(add_start_sql, scope.project, id, start.agentflow, start.version, start.goal,
               start.inputs, files, start.start_from, start.stop_after, start.parent,
               start.executed_by_id, start.executed_by_name, start.executed_by_type,
               start.relation));
    return {};
}

/// The rows of one execution of the task.
Result<ExecutionId> add(Tx& tx, const Scope& scope, std::uint32_t ordinal, const TaskId& task,
                        const ExecutionStart& start, Want want, Start when) {
    const auto id = tx.minter().mint<ExecutionTag>(ordinal);
    const Uuid uuid = tx.minter().mint_uuid(ordinal);
    const bool paused = want == Want::pause;
    const bool now = when == Start::now;
    TRY(tx.put(add_sql, scope.project, id, uuid, task, start.agentflow,
               paused ? ExecutionState::paused : ExecutionState::ready,
               paused ? Want::pause : Want::run, now, tx.now(),
               paused ? std::optional(tx.now()) : std::nullopt));
    TRY(add_start(tx, scope, id, start));
    if (now && !paused) TRY(ready::add(tx, scope.project, id, tx.now()));
    return id;
}

Result<std::vector<ExecutionId>> page_of(Rx& rx, const Scope& scope, const Filter& filter) {
    const std::int64_t limit = std::clamp<std::int64_t>(filter.limit, 0, page_max);
    const std::int64_t skip = std::max<std::int64_t>(filter.skip, 0);
    if (filter.agentflow && filter.state)
        return rx.all(list_both_sql, scope.project, limit, skip, filter.agentflow, *filter.state);
    if (filter.agentflow)
        return rx.all(list_flow_sql, scope.project, limit, skip, filter.agentflow);
    if (filter.state) return rx.all(list_state_sql, scope.project, limit, skip, *filter.state);
    return rx.all(list_sql, scope.project, limit, skip);
}

Result<std::optional<std::int64_t>> total_of(Rx& rx, const Scope& scope, const Filter& filter) {
    if (filter.agentflow && filter.state)
        return rx.maybe(count_both_sql, scope.project, filter.agentflow, *filter.state);
    if (filter.agentflow) return rx.maybe(count_flow_sql, scope.project, filter.agentflow);
    if (filter.state) return rx.maybe(count_state_sql, scope.project, *filter.state);
    return rx.maybe(count_sql, scope.project);
}

} // namespace

Error task_full() {
    return {Code::conflict,
            fmt::format("The task has {} executions already; it may not have more.", per_task_max)};
}

Result<Execution> create(Tx& tx, const Scope& scope, ExecutionStart start,
                         const std::string& task_name, Start when) {
    const std::uint32_t ordinal = TRY(projects::ordinal_of(tx, scope));
    const Family family = TRY(family_of(tx, scope, start, task_name));
    return find(tx, scope, TRY(add(tx, scope, ordinal, family.task, start, family.want, when)));
}

Result<std::optional<ExecutionId>> create_child(Tx& tx, const Scope& scope,
                                                const ExecutionStart& start, Want want) {
    const auto family = TRY(tx.maybe(family_sql, scope.project, start.parent));
    if (!family) return fail(Code::internal, "A child without a parent.");
    if (family->size >= per_task_max) return std::nullopt;
    const std::uint32_t ordinal = start.parent.ordinal();
    return TRY(add(tx, scope, ordinal, family->task, start, want, Start::now));
}

Result<Execution> start(Tx& tx, const Scope& scope, const ExecutionId& id) {
    const Changes changed = TRY(tx.run(set_started_sql, scope.project, id, tx.now()));
    if (changed.count > 0) TRY(tx.run(ready_if_idle_sql, scope.project, id, tx.now()));
    return find(tx, scope, id);
}

Result<bool> waits_to_be_told(Rx& rx, const Scope& scope, const ExecutionId& id) {
    return TRY(rx.maybe(untold_sql, scope.project, id))
    .has_value();
}

Result<Execution> find(Rx& rx, const Scope& scope, const ExecutionId& id) {
    const auto row = TRY(rx.maybe(find_sql, scope.project, id));
    if (!row) return fail(Code::not_found, "There is no such execution.");
    return execution_of(*row);
}

Result<Execution> find(Rx& rx, const Scope& scope, const Uuid& uuid) {
    const auto id = TRY(rx.maybe(find_uuid_sql, scope.project, uuid));
    return find(rx, scope, id.value_or(ExecutionId{}));
}

Result<ExecutionStart> find_start(Rx& rx, const Scope& scope, const ExecutionId& id) {
    auto row = TRY(rx.maybe(find_start_sql, scope.project, id));
    if (!row) return fail(Code::not_found, "There is no such execution.");
    ExecutionStart start{.id = id,
                         .agentflow = row->agentflow,
                         .version = row->version,
                         .goal = std::move(row->goal),
                         .inputs = std::move(row->inputs),
                         .files = {},
                         .start_from = row->start_from,
                         .stop_after = row->stop_after,
                         .parent = row->parent,
                         .executed_by_id = std::move(row->executed_by_id),
                         .executed_by_name = std::move(row->executed_by_name),
                         .executed_by_type = std::move(row->executed_by_type),
                         .relation = row->relation};
    for (const json::value& file : row->files)
        if (const auto parsed = FileId::parse(std::string_view(file.as_string())))
            start.files.push_back(*parsed);
    return start;
}

Result<ExecutionId> find_failover(Rx& rx, const Scope& scope, const ExecutionId& id) {
    return TRY(rx.maybe(find_failover_sql, scope.project, id))
    .value_or(ExecutionId{});
}

Result<Page> list(Rx& rx, const Scope& scope, const Filter& filter) {
    Page page;
    page.total = TRY(total_of(rx, scope, filter))
    .value_or(0);
    for (const ExecutionId& id : TRY(page_of(rx, scope, filter)))
        page.executions.push_back(TRY(find(rx, scope, id)));
    return page;
}

Result<Watched> watch(Rx& rx, const Scope& scope, const AgentflowId& flow, std::int64_t limit) {
    Watched watched;
    limit = std::clamp<std::int64_t>(limit, 0, page_max);
    watched.live_count = TRY(rx.maybe(count_live_sql, scope.project, flow))
    .value_or(0);
    for (const ExecutionId& id : TRY(rx.all(live_sql, scope.project, flow, limit)))
        watched.live.push_back(TRY(find(rx, scope, id)));
    for (const ExecutionId& id : TRY(rx.all(ended_sql, scope.project, flow, limit)))
        watched.ended.push_back(TRY(find(rx, scope, id)));
    return watched;
}

Result<Execution> request_pause(Tx& tx, const Scope& scope, const ExecutionId& id) {
    if (TRY(tx.run(pause_sql, scope.project, id, tx.now())).count > 0)
        TRY(ready::remove(tx, scope.project, id));
    Execution now = TRY(find(tx, scope, id));
    if (is_final(now.state))
        return fail(Code::conflict, "The execution has ended: it cannot be paused.");
    return now;
}

Result<Execution> request_resume(Tx& tx, const Scope& scope, const ExecutionId& id) {
    if (TRY(tx.run(resume_sql, scope.project, id, tx.now())).count == 0) {
        Execution same = TRY(find(tx, scope, id));
        if (is_final(same.state))
            return fail(Code::conflict, "The execution has ended: it cannot be resumed.");
        return same;
    }
    Execution resumed = TRY(find(tx, scope, id));
    TRY(tx.put(lift_task_sql, scope.project, resumed.task, tx.now()));
    TRY(tx.put(ready_if_idle_sql, scope.project, id, tx.now()));
    return resumed;
}

Result<Execution> request_stop(Tx& tx, const Scope& scope, const ExecutionId& id) {
    const Principal& by = scope.principal;
    TRY(tx.put(note_stop_sql, scope.project, id, tx.now(), by.id, by.name));
    if (TRY(tx.run(stop_sql, scope.project, id, tx.now())).count > 0) {
        TRY(ready::remove(tx, scope.project, id));
        TRY(waits::child_ended(tx, scope.project, id, ExecutionState::cancelled, {}));
        TRY(inbox::expire(tx, scope.project, id));
        const Execution stopped = TRY(find(tx, scope, id));
        if (!stopped.settling) TRY(uncharged::note(tx, scope.project, id));
        return stopped;
    }
    return find(tx, scope, id);
}

Result<std::optional<Stopped>> find_stopped(Rx& rx, const Scope& scope, const ExecutionId& id) {
    return rx.maybe(stopped_sql, scope.project, id);
}

} // namespace weft::store::executions
