#include "store/tasks.h"

#include "api/execution_view.h"
#include "api/routes.h"
#include "api/stop_view.h"
#include "store/executions.h"

#include <boost/json/array.hpp>

namespace weft::api {

namespace {

struct OneTask {
    TaskId id;
    static constexpr auto params() { return std::tuple{path("id", &OneTask::id, "The task")}; }
};

enum class ProjectIn { path, query };

template <ProjectIn where> struct ListTasks {
    ProjectId project;
    std::int64_t limit = 50;
    std::int64_t skip = 0;
    std::string created_by;
    std::string status;
    static constexpr auto params() {
        using In = ListTasks;
        return std::tuple{
            where == ProjectIn::path ? path("P", &In::project, "The project")
                                     : query("projectID", &In::project, "The project"),
            query("limit", &In::limit, "How many, at most 500").clamped(1, store::tasks::page_max),
            query("skip", &In::skip, "How many to pass over").clamped(0, 1'000'000'000),
            query("created_by", &In::created_by, "Only those started by this person or key"),
            query("status", &In::status,
                  "Only those with an execution in this status; live: in one that has not ended"),
        };
    }
};

using TaskAnswer = Answer<"Task">;
using TaskListAnswer = Answer<"TaskList">;

/// From the first to the last.
Result<std::pair<ExecutionState, ExecutionState>> states_named(const std::string& status) {
    if (status == "live") return std::pair{ExecutionState::ready, ExecutionState::paused};
    const auto one = execution_state_from(status);
    if (!one) return fail_field("status", "Is no status of an execution, nor live.");
    return std::pair{*one, *one};
}

template <ProjectIn where> Task<Result<TaskListAnswer>> list_tasks(Request& rq,
                                                                   ListTasks<where> in) {
    store::tasks::Filter filter{.created_by = in.created_by, .limit = in.limit, .skip = in.skip};
    if (!in.status.empty()) filter.states = CO_TRY(ready(states_named(in.status)));
    const auto page = CO_TRY(
        rq.store.read([&](store::Rx& rx) { return store::tasks::list(rx, rq.scope, filter); }));
    json::array tasks;
    for (const auto& each : page.tasks) tasks.push_back(task_view(each, rq.scope.project));
    co_return TaskListAnswer{{{"tasks", std::move(tasks)}, {"total_count", page.total}}};
}

Task<Result<TaskAnswer>> get_task(Request& rq, OneTask in) {
    const engine::LoadedTask task = CO_TRY(rq.engine.load_task(rq.scope, in.id, &rq.arena));
    TextWriter to;
    to.begin_object();
    for (const auto& [name, value] : task_view(task.view, rq.scope.project, &rq.arena))
        to.member(name, value);
    to.name("executions");
    to.begin_array();
    for (const engine::Loaded& each : task.executions) write_execution(to, each);
    to.end_array();
    write_task_stop(to, task.executions);
    to.end_object();
    co_return TaskAnswer{.text = to.finish()};
}

void tell_viewers(Request& rq, const store::tasks::Changed& changed) {
    for (const TaskNode& node : changed.view.nodes) rq.services.events.changed(node.id);
}

/// One of the store's verbs on a whole tree.
using Verb = Result<store::tasks::Changed> (*)(store::Tx&, const Scope&, const TaskId&);
Task<Result<TaskAnswer>> apply(Request& rq, TaskId id, Verb verb, store::tasks::Changed& changed) {
    return rq.commit([&rq, &changed, id, verb](store::Tx& tx) -> Result<TaskAnswer> {
        changed = TRY(verb(tx, rq.scope, id));
        return TaskAnswer{task_view(changed.view, rq.scope.project)};
    });
}

Task<Result<TaskAnswer>> pause_task(Request& rq, OneTask in) {
    store::tasks::Changed changed;
    auto answer = CO_TRY(apply(rq, in.id, &store::tasks::request_pause, changed));
    tell_viewers(rq, changed);
    co_return answer;
}

Task<Result<TaskAnswer>> resume_task(Request& rq, OneTask in) {
    store::tasks::Changed changed;
    auto answer = CO_TRY(apply(rq, in.id, &store::tasks::request_resume, changed));
    rq.engine.wake();
    tell_viewers(rq, changed);
    co_return answer;
}

Task<Result<TaskAnswer>> stop_task(Request& rq, OneTask in) {
    store::tasks::Changed changed;
    auto answer = CO_TRY(rq.commit([&](store::Tx& tx) -> Result<TaskAnswer> {
        changed = TRY(store::tasks::request_stop(tx, rq.scope, in.id));
        json::object view = task_view(changed.view, rq.scope.project);
        if (!changed.execution_ids.empty()) view["settling"] = true;
        view["stop"] = task_stop_view(TRY(store::tasks::stops(tx, rq.scope, in.id)), changed.usage);
        return TaskAnswer{std::move(view)};
    }));
    rq.engine.cancel(changed.execution_ids);
    tell_viewers(rq, changed);
    co_return answer;
}

constexpr Route routes[] = {
    {http::Method::get, "/tasks/{P}", "tasks.list", needs(Role::viewer),
     "The project's tasks, newest first", handler<&list_tasks<ProjectIn::path>>},
    {http::Method::get, "/tasks", "tasks.list_by_query", needs(Role::viewer),
     "The project's tasks, newest first", handler<&list_tasks<ProjectIn::query>>},
    {http::Method::get, "/task/{id}", "tasks.get", needs(Role::viewer),
     "A task with its executions", handler<&get_task>},
    {http::Method::post, "/task/{id}/pause", "tasks.pause", needs(Role::operator_),
     "Pause everything of a task at its next step boundary", handler<&pause_task>, Audit::change},
    {http::Method::post, "/task/{id}/resume", "tasks.resume", needs(Role::operator_),
     "Go on with a paused task", handler<&resume_task>, Audit::change},
    {http::Method::post, "/task/{id}/stop", "tasks.stop", needs(Role::operator_),
     "Stop a task and everything it set off", handler<&stop_task>, Audit::change},
};
static_assert(consistent(routes));

} // namespace

std::span<const Route> task_routes() { return routes; }

} // namespace weft::api
