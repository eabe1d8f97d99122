#include "store/run_slots.h"

#include "store/executions.h"
#include "store/id_bytes.h"
#include "store/project_settings.h"

namespace weft::store::run_slots {

namespace {

constexpr std::int64_t rows_at_once = 50;
constexpr microseconds minute{60'000'000};

enum class State : int { waits = 0, goes = 1, over = 2 };

constexpr Query<void, ProjectId, ExecutionId, TaskId, AgentflowId, State, Instant> add_sql{
    "run_slots.add", R"sql(
    INSERT INTO run_slot (project_id, execution_id, task_id, agentflow_id, state, at)
    VALUES ($1, $2, $3, $4, $5, $6))sql"};

constexpr Query<State, ProjectId, ExecutionId> find_sql{"run_slots.find", R"sql(
    SELECT state FROM run_slot WHERE project_id = $1 AND execution_id = $2)sql"};

constexpr SystemQuery<ProjectId, Blob> next_project_sql{"run_slots.next_project", R"sql(
    SELECT project_id FROM run_slot WHERE project_id > $1 ORDER BY project_id LIMIT 1)sql"};

constexpr Query<std::int64_t, ProjectId, State> count_sql{"run_slots.count", R"sql(
    SELECT count(*) FROM run_slot WHERE project_id = $1 AND state = $2)sql"};
constexpr Query<std::int64_t, ProjectId, State, AgentflowId> count_of_flow_sql{
    "run_slots.count_of_flow", R"sql(
    SELECT count(*) FROM run_slot
     WHERE project_id = $1 AND state = $2 AND agentflow_id = $3)sql"};

/// Starts since a time: how many, and the first of them.
struct Starts {
    std::int64_t count = 0;
    std::optional<Instant> first;
};
constexpr Query<Starts, ProjectId, Instant> starts_sql{"run_slots.starts", R"sql(
    SELECT count(*), min(at) FROM run_slot
     WHERE project_id = $1 AND state IN (1, 2) AND at > $2)sql"};
constexpr Query<Starts, ProjectId, Instant, AgentflowId> starts_of_flow_sql{
    "run_slots.starts_of_flow", R"sql(
    SELECT count(*), min(at) FROM run_slot
     WHERE project_id = $1 AND state IN (1, 2) AND agentflow_id = $3 AND at > $2)sql"};

struct Place {
    ExecutionId execution;
    TaskId task;
    AgentflowId agentflow;
    Instant at;
};
constexpr Query<Place, ProjectId, State, std::int64_t> first_sql{"run_slots.first", R"sql(
    SELECT execution_id, task_id, agentflow_id, at FROM run_slot
     WHERE project_id = $1 AND state = $2 ORDER BY at, execution_id LIMIT $3)sql"};
constexpr Query<Place, ProjectId, State, AgentflowId, std::int64_t> first_of_flow_sql{
    "run_slots.first_of_flow", R"sql(
    SELECT execution_id, task_id, agentflow_id, at FROM run_slot
     WHERE project_id = $1 AND state = $2 AND agentflow_id = $3
     ORDER BY at, execution_id LIMIT $4)sql"};
constexpr Query<AgentflowId, ProjectId, Blob> next_flow_sql{"run_slots.next_flow", R"sql(
    SELECT agentflow_id FROM run_slot
     WHERE project_id = $1 AND state = 0 AND agentflow_id > $2
     ORDER BY agentflow_id LIMIT 1)sql"};

constexpr Query<ExecutionId, ProjectId, std::int64_t> over_sql{"run_slots.over", R"sql(
    SELECT s.execution_id FROM run_slot s
     WHERE s.project_id = $1 AND s.state = 1
       AND NOT EXISTS (SELECT 1 FROM execution e
                        WHERE e.project_id = $1 AND e.task_id = s.task_id AND +e.state < 4)
     LIMIT $2)sql"};
constexpr Query<ExecutionId, ProjectId, Instant, std::int64_t> old_sql{"run_slots.old", R"sql(
    SELECT execution_id FROM run_slot WHERE project_id = $1 AND state = 2 AND at <= $2
     LIMIT $3)sql"};

constexpr Query<void, ProjectId, ExecutionId, State> set_state_sql{"run_slots.set_state", R"sql(
    UPDATE run_slot SET state = $3 WHERE project_id = $1 AND execution_id = $2)sql"};
constexpr Query<void, ProjectId, ExecutionId, Instant> let_go_sql{"run_slots.let_go", R"sql(
    UPDATE run_slot SET state = 1, at = $3 WHERE project_id = $1 AND execution_id = $2)sql"};
constexpr Query<void, ProjectId, ExecutionId> remove_sql{"run_slots.remove", R"sql(
    DELETE FROM run_slot WHERE project_id = $1 AND execution_id = $2)sql"};

/// One limit at work: the project's, or a flow's.
struct Level {
    const RunLimit& limit;
    AgentflowId flow; ///< none: of the project
};

std::vector<Level> levels_of(const ProjectLimits& limits, const AgentflowId& flow) {
    std::vector<Level> levels;
    if (const RunLimit* own = limits.of(flow); own && own->limits()) levels.push_back({*own, flow});
    if (limits.project.limits()) levels.push_back({limits.project, {}});
    return levels;
}

Result<std::int64_t> count(Rx& rx, const ProjectId& project, State state, const AgentflowId& flow) {
    const auto counted = flow ? TRY(rx.maybe(count_of_flow_sql, project, state, flow))
                              : TRY(rx.maybe(count_sql, project, state));
                              return counted.value_or(0);
}

Result<std::vector<Place>> first(Rx& rx, const ProjectId& project, State state,
                                 const AgentflowId& flow, std::int64_t most) {
    return flow ? rx.all(first_of_flow_sql, project, state, flow, most)
                : rx.all(first_sql, project, state, most);
}

Result<Starts> starts(Rx& rx, const ProjectId& project, const AgentflowId& flow, Instant now) {
    const Instant since = now + -minute;
    const auto found = flow ? TRY(rx.maybe(starts_of_flow_sql, project, since, flow))
                            : TRY(rx.maybe(starts_sql, project, since));
                            return found.value_or(Starts{});
}

/// How many more may be let go at this level now.
Result<std::int64_t> room(Rx& rx, const ProjectId& project, const Level& level, Instant now) {
    std::int64_t left = rows_at_once;
    if (level.limit.concurrent_runs)
        left = std::min(left, *level.limit.concurrent_runs -
                                  TRY(count(rx, project, State::goes, level.flow)));
    if (level.limit.starts_per_minute)
        left = std::min(left, *level.limit.starts_per_minute -
                                  TRY(starts(rx, project, level.flow, now)).count);
    return std::max<std::int64_t>(left, 0);
}

std::string_view of_what(const Level& level) { return level.flow ? "flow" : "project"; }

Error too_many_starts(const Level& level, const Starts& starts, Instant now) {
    const Instant free = starts.first.value_or(now) + minute;
    const auto wait =
        std::chrono::ceil<seconds>(microseconds(std::max<std::int64_t>(free.us - now.us, 1)));
    Error error{Code::rate_limited,
                fmt::format("The {} was started {} times within a minute, as often as its limits "
                            "allow. Try again in {} seconds.",
                            of_what(level), starts.count, wait.count())};
    error.retry_after_s = static_cast<int>(wait.count());
    return error;
}

Error all_going(const Level& level, const Place& oldest) {
    return {Code::conflict,
            fmt::format("The {} runs already, as often at once as its limits allow ({}): see "
                        "execution {}. Start it again when that has ended, or set when_full to "
                        "queue or replace.",
                        of_what(level), *level.limit.concurrent_runs, oldest.execution.hex())};
}

/// One level's word on a run that is asked for.
Result<> ask(Tx& tx, const ProjectId& project, const Level& level, Admission& admission) {
    const RunLimit& limit = level.limit;
    const bool queues = limit.when_full == WhenFull::queue;
    if (limit.starts_per_minute) {
        const Starts done = TRY(starts(tx, project, level.flow, tx.now()));
        const bool full = done.count >= *limit.starts_per_minute;
        if (full && !queues) return std::unexpected(too_many_starts(level, done, tx.now()));
        admission.waits = admission.waits || full;
    }
    if (!limit.concurrent_runs) return {};
    const std::int64_t going = TRY(count(tx, project, State::goes, level.flow));
    if (going < *limit.concurrent_runs) return {};
    if (queues) {
        admission.waits = true;
        return {};
    }
    const auto oldest = TRY(first(tx, project, State::goes, level.flow,
                                  std::min(rows_at_once, going - *limit.concurrent_runs + 1)));
    CHECK(!oldest.empty());
    if (limit.when_full == WhenFull::skip) return std::unexpected(all_going(level, oldest.front()));
    for (const Place& each : oldest) admission.replaces.push_back(each.task);
    return {};
}

/// What is over before anybody is counted; a look at each place.
Result<std::vector<ExecutionId>> over(Rx& rx, const ProjectId& project) {
    return rx.all(over_sql, project, rows_at_once);
}

Result<> settle(Tx& tx, const ProjectId& project) {
    for (const ExecutionId& each : TRY(over(tx, project)))
        TRY(tx.run(set_state_sql, project, each, State::over));
    for (const ExecutionId& each : TRY(tx.all(old_sql, project, tx.now() + -minute, rows_at_once)))
        TRY(tx.run(remove_sql, project, each));
    return {};
}

/// Those whose turn it is: of the flows that have room, who has waited longest.
Result<std::vector<ExecutionId>> next_of(Rx& rx, const ProjectId& project,
                                         const ProjectLimits& limits, Instant now) {
    std::vector<Place> waiting;
    AgentflowId after;
    while (const auto flow = TRY(rx.maybe(next_flow_sql, project, bytes_of(after)))) {
        after = *flow;
        const RunLimit* own = limits.of(*flow);
        const std::int64_t most = own ? TRY(room(rx, project, {*own, *flow}, now)) : rows_at_once;
        if (most == 0) continue;
        for (Place& each : TRY(first(rx, project, State::waits, *flow, most)))
            waiting.push_back(each);
    }
    std::ranges::sort(
        waiting, {}, [](const Place& each) { return std::pair(each.at.us, each.execution.bytes); });
    const std::int64_t most = TRY(room(rx, project, {limits.project, {}}, now));
    std::vector<ExecutionId> next;
    for (const Place& each : waiting)
        if (std::ssize(next) < most) next.push_back(each.execution);
    return next;
}

} // namespace

Result<std::optional<ProjectLimits>> limits(Rx& rx, const ProjectId& project) {
    const auto found = TRY(project_settings::section(rx, project, setting::limits));
    if (!found) return std::nullopt;
    return project_limits_from_json(found->body);
}

Result<Admission> admit(Tx& tx, const ProjectId& project, const ProjectLimits& limits,
                        const AgentflowId& flow) {
    TRY(settle(tx, project));
    Admission admission;
    for (const Level& level : levels_of(limits, flow)) {
        TRY(ask(tx, project, level, admission));
        // Who waits already comes first.
        if (level.limit.when_full == WhenFull::queue && !admission.waits)
            admission.waits = TRY(count(tx, project, State::waits, level.flow))
        > 0;
    }
    if (admission.waits) admission.replaces.clear();
    return admission;
}

Result<> add(Tx& tx, const ProjectId& project, const Execution& run, const AgentflowId& flow,
             bool waits) {
    TRY(tx.run(add_sql, project, run.id, run.task, flow, waits ? State::waits : State::goes,
               tx.now()));
    return {};
}

Result<bool> has(Rx& rx, const ProjectId& project, const ExecutionId& run) {
    return TRY(rx.maybe(find_sql, project, run))
    .has_value();
}

Result<std::optional<ProjectId>> next_project(Rx& rx, const ProjectId& after) {
    return rx.maybe(next_project_sql, bytes_of(after));
}

Result<Round> look(Rx& rx, const ProjectId& project, Instant now) {
    Round round;
    const auto set = TRY(limits(rx, project));
    round.over = TRY(over(rx, project));
    for (const ExecutionId& each : TRY(rx.all(old_sql, project, now + -minute, rows_at_once)))
        round.over.push_back(each);
    round.next = TRY(next_of(rx, project, set.value_or(ProjectLimits{}), now));
    round.any_waits = TRY(rx.maybe(next_flow_sql, project, bytes_of(AgentflowId{})))
    .has_value();
    return round;
}

Result<Round> go_round(Tx& tx, const Scope& scope) {
    const ProjectId& project = scope.project;
    TRY(settle(tx, project));
    const auto set = TRY(limits(tx, project));
    Round round;
    round.next = TRY(next_of(tx, project, set.value_or(ProjectLimits{}), tx.now()));
    for (const ExecutionId& each : round.next) {
        const auto run = executions::start(tx, scope, each);
        if (!run && run.error().code != Code::not_found) return std::unexpected(run.error());
        if (run && !is_final(run->state))
            TRY(tx.run(let_go_sql, project, each, tx.now()));
        else // stopped while it waited
            TRY(tx.run(remove_sql, project, each));
    }
    round.any_waits = TRY(tx.maybe(next_flow_sql, project, bytes_of(AgentflowId{})))
    .has_value();
    return round;
}

} // namespace weft::store::run_slots
