#include "api/execution_view.h"
#include "api/routes.h"
#include "store/agentflows.h"
#include "store/executions.h"

#include <boost/json/array.hpp>

namespace weft::api {

namespace {

constexpr std::int64_t shown_max = 100; ///< of each list: every execution is read from its journal

struct Monitor {
    AgentflowId flow;
    ProjectId project;
    std::int64_t limit = 20;
    static constexpr auto params() {
        using In = Monitor;
        return std::tuple{
            path("AF", &In::flow, "The flow, not an execution"),
            query("projectID", &In::project, "The project of the flow"),
            query("limit", &In::limit, "Executions in each list, at most 100")
                .clamped(1, shown_max),
        };
    }
};

std::int64_t duration_ms(Instant from, Instant to) {
    return to.us > from.us ? (to - from).count() / 1000 : 0;
}

/// One visit to one agent; the last one of a live run is what it works on.
json::object visit_view(const engine::Step& step, const engine::Run& run, bool is_live,
                        Instant now) {
    const Agent* agent = run.flow->find(step.agent);
    const Instant until = step.output ? step.ended : is_live ? now : step.ended;
    return {{"agent_id", step.agent.hex()},
            {"title", agent ? agent->title : ""},
            {"status", step.output ? "completed"
                       : is_live   ? "running"
                                   : "unfinished"},
            {"duration_ms", duration_ms(step.started, until)}};
}

/// Which agent a live run works on, or would work on next; null when it has ended.
json::value current_agent(const engine::Run& run, bool is_live) {
    if (!is_live) return nullptr;
    AgentId id = run.start.start_from ? run.start.start_from : run.flow->initial_agent;
    if (!run.steps.empty())
        id = run.steps.back().output ? run.steps.back().next : run.steps.back().agent;
    const Agent* agent = run.flow->find(id);
    if (!agent) return nullptr;
    return json::object{{"_id", id.hex()}, {"title", agent->title}};
}

json::object monitored_view(const engine::Loaded& loaded, Instant now) {
    const Execution& row = loaded.execution;
    const engine::Run& run = loaded.run;
    const bool is_live = !is_final(row.state);
    json::array visits;
    std::int64_t completed = 0;
    for (const engine::Step& step : run.steps) {
        visits.push_back(visit_view(step, run, is_live, now));
        completed += step.output ? 1 : 0;
    }
    const auto agents = static_cast<std::int64_t>(run.flow->agents.size());
    const bool whole = row.state == ExecutionState::completed || agents == 0;
    const double share =
        whole ? 1 : static_cast<double>(std::min(completed, agents)) / static_cast<double>(agents);
    json::object view = execution_status_view(row);
    view["_id"] = row.id.hex();
    view["task_id"] = row.task.hex();
    view["goal"] = run.start.goal;
    view["created_at"] = row.created_at.epoch_seconds();
    view["end_time"] =
        row.ended_at ? json::value(row.ended_at->epoch_seconds()) : json::value(nullptr);
    view["duration_ms"] = duration_ms(row.created_at, row.ended_at.value_or(now));
    view["current_agent"] = current_agent(run, is_live);
    view["progress"] =
        json::object{{"agents_completed", completed}, {"agents_total", agents}, {"share", share}};
    view["agents"] = std::move(visits);
    view["error"] = run.error ? json::value(run.error->message) : json::value(nullptr);
    return view;
}

Task<Result<json::array>> views(Request& rq, const std::vector<Execution>& rows) {
    const Instant now = rq.services.clock.now();
    json::array list;
    for (const Execution& row : rows) {
        const engine::Loaded loaded = CO_TRY(rq.engine.load(rq.scope, row.id));
        list.push_back(monitored_view(loaded, now));
    }
    co_return list;
}

Task<Result<Answer<"Monitor">>> monitor(Request& rq, Monitor in) {
    store::executions::Watched watched;
    std::string name;
    CO_TRY(rq.store.read([&](store::Rx& rx) -> Result<> {
        name = TRY(store::agentflows::find_current(rx, rq.scope, in.flow))
        .name;
        watched = TRY(store::executions::watch(rx, rq.scope, in.flow, in.limit));
        return {};
    }));
    json::array live = CO_TRY(views(rq, watched.live));
    json::array recent = CO_TRY(views(rq, watched.ended));
    co_return Answer<"Monitor">{{{"agentflow_id", in.flow.hex()},
                                 {"name", name},
                                 {"live_count", watched.live_count},
                                 {"live", std::move(live)},
                                 {"recent", std::move(recent)}}};
}

constexpr Route routes[] = {
    {http::Method::get, "/execute_flow/{AF}/monitor", "executions.monitor", needs(Role::viewer),
     "A flow's live executions and those that ended last, newest first: current agent, progress, "
     "durations",
     handler<&monitor>},
};
static_assert(consistent(routes));

} // namespace

std::span<const Route> monitor_routes() { return routes; }

} // namespace weft::api
