#include "store/executions.h"

#include "api/admission.h"
#include "api/execution_view.h"
#include "api/lookups.h"
#include "api/quotas.h"
#include "api/routes.h"
#include "store/agentflows.h"
#include "store/files.h"
#include "store/project_settings.h"
#include "store/waits.h"

#include <boost/json/array.hpp>

namespace weft::api {

namespace {

constexpr std::int64_t list_max = 100; ///< executions are shown whole, so pages are small

struct StartExecution {
    AgentflowId agentflow;
    std::string goal;
    json::object inputs;
    ProjectId project;
    std::vector<FileId> files;
    AgentId start_from;
    AgentId stop_after;
    std::optional<ExecutionRef> parent;
    json::value executed_by;
    bool autostart = true;

    static constexpr auto params() {
        using In = StartExecution;
        return std::tuple{
            query_or_body("projectID", &In::project, "The project of the flow"),
            body("agentflow_id", &In::agentflow, "The flow to run").required(),
            body("goal", &In::goal, "What to achieve; the flow's default goal when absent"),
            body("input_variables", &In::inputs, "Values for the templates' variables"),
            body("files", &In::files, "Ids of uploaded files that the run works on"),
            body("start_from_agent_id", &In::start_from,
                 "Begin at this agent instead of the first"),
            body("stop_after_agent_id", &In::stop_after,
                 "End with this agent's output, whatever comes next; no failover takes over"),
            body("parent_execution_id", &In::parent, "The execution whose child this one is"),
            body("executed_by", &In::executed_by, "Who asked for it: any text"),
            body("autostart", &In::autostart, "false: wait for POST /execute_flow/{E}/execute"),
        };
    }
};

struct OneExecution {
    ExecutionRef execution;
    static constexpr auto params() {
        return std::tuple{
            path("E", &OneExecution::execution, "The execution's _id or execution_id")};
    }
};

struct DeliverEvent {
    ExecutionRef execution;
    std::string name;
    json::object payload;
    static constexpr auto params() {
        using In = DeliverEvent;
        return std::tuple{
            path("E", &In::execution, "The execution's _id or execution_id"),
            body("name", &In::name, "Which event: the name that the execution waits for")
                .required(),
            body("payload", &In::payload, "What comes with it: an object of at most 256 KiB"),
        };
    }
};

struct ListExecutions {
    ProjectId project;
    std::int64_t limit = 20;
    std::int64_t skip = 0;
    std::string status;
    std::optional<AgentflowId> agentflow;
    static constexpr auto params() {
        using In = ListExecutions;
        return std::tuple{
            path("P", &In::project, "The project"),
            query("limit", &In::limit, "How many, at most 100").clamped(1, list_max),
            query("skip", &In::skip, "How many to pass over").clamped(0, 1'000'000'000),
            query("status", &In::status, "Only those with this status"),
            query("agentflow_id", &In::agentflow, "Only runs of this flow"),
        };
    }
};

using StatusAnswer = Answer<"ExecutionStatus">;

Task<Result<ExecutionId>> id_of(Request& rq, ExecutionRef ref) {
    if (ref.id) co_return ref.id; // without a look at the store
    co_return co_await rq.store.read_point([&](store::Rx& rx) { return id_of(rx, rq.scope, ref); });
}

/// The same of the execution that a request changes.
Task<Result<ExecutionId>> target_of(Request& rq, ExecutionRef ref) {
    const ExecutionId id = CO_TRY(id_of(rq, ref));
    rq.audited.object = id.hex();
    co_return id;
}

/// What the flow's form asks for. invalid: names each input that is not as it must be.
Result<> check_form(store::Rx& rx, const Scope& scope, const InputForm& form,
                    const json::object& inputs) {
    for (const InputFile& file : TRY(check_inputs(form, inputs))) {
        const auto found = store::files::find(rx, scope, file.id);
        if (!found && found.error().code != Code::not_found) return std::unexpected(found.error());
        if (!found) return fail_field(file.at, "There is no such file in this project.");
    }
    return {};
}

Result<ExecutionStart> start_of(Request& rq, StartExecution& in, const Agentflow& flow) {
    if (in.start_from && !flow.find(in.start_from))
        return fail_field("start_from_agent_id", "This flow has no such agent.");
    if (in.stop_after && !flow.find(in.stop_after))
        return fail_field("stop_after_agent_id", "This flow has no such agent.");
    ExecutionStart start;
    start.agentflow = flow.id;
    start.version = flow.version;
    start.goal = std::move(in.goal);
    if (start.goal.empty()) start.goal = flow.default_goal;
    start.inputs = std::move(in.inputs);
    start.files = std::move(in.files);
    start.start_from = in.start_from;
    start.stop_after = in.stop_after;
    start.executed_by_id = rq.scope.principal.id;
    const json::string* named = in.executed_by.if_string();
    start.executed_by_name = named ? std::string(*named) : rq.scope.principal.name;
    return start;
}

/// The run as it is before its first step.
engine::Run begun(Request& rq, const Execution& made, ExecutionStart start,
                  std::shared_ptr<const Agentflow> flow) {
    engine::Run run;
    run.scope = rq.scope;
    run.start = std::move(start);
    run.start.id = made.id;
    run.created_at = made.created_at;
    run.flow = std::move(flow);
    return run;
}

/// What a start is decided by.
struct Known {
    VersionId version;
    std::optional<ProjectLimits> limits;
};
Result<Known> what_is_known(store::Rx& rx, const Scope& scope, const StartExecution& in) {
    const auto current = TRY(store::agentflows::find_current(rx, scope, in.agentflow));
    auto rules = TRY(store::project_settings::start_rules(rx, scope.project, in.agentflow));
    if (rules.form) TRY(check_form(rx, scope, *rules.form, in.inputs));
    return Known{current.version, std::move(rules.limits)};
}

Task<Result<Answer<"Execution">>> start_execution(Request& rq, StartExecution in) {
    CO_TRY(ready(rq.services.pressure.check()));
    if (!in.files.empty())
        CO_TRY(rq.store.read([&](store::Rx& rx) { return files_named(rx, rq.scope, in.files); }));
    const Known known =
        CO_TRY(rq.store.read_point([&](store::Rx& rx) { return what_is_known(rx, rq.scope, in); }));
    CO_TRY(check_credits(rq));
    const auto flow = CO_TRY(rq.engine.version(rq.scope, known.version));
    ExecutionStart start = CO_TRY(ready(start_of(rq, in, *flow)));
    if (in.parent) start.parent = CO_TRY(id_of(rq, *in.parent));
    Admission admission(rq);
    ExecutionId id;
    auto answer = CO_TRY(rq.commit([&](store::Tx & tx) -> Result<Answer<"Execution">> {
        TRY(store::agentflows::touch_last_used(tx, rq.scope, flow->id));
        const Execution made =
            TRY(admission.create(tx, known.limits, start, flow->name, in.autostart));
        id = made.id;
        TRY(check_quotas(rq, tx, {Quota::executions}));
        return Answer<"Execution">{
            .text = execution_text({made, begun(rq, made, std::move(start), flow)})};
    }));
    if (in.autostart) admission.finish();
    rq.services.events.changed(id);
    co_return answer;
}

Task<Result<Answer<"Execution">>> get_execution(Request& rq, OneExecution in) {
    const ExecutionId id = CO_TRY(id_of(rq, in.execution));
    const engine::Loaded loaded = CO_TRY(rq.engine.load(rq.scope, id, &rq.arena));
    co_return Answer<"Execution">{.text = execution_text(loaded)};
}

Task<Result<Answer<"ExecutionList">>> list_executions(Request& rq, ListExecutions in) {
    store::executions::Filter filter{
        .agentflow = in.agentflow.value_or(AgentflowId{}), .limit = in.limit, .skip = in.skip};
    if (!in.status.empty()) {
        filter.state = execution_state_from(in.status);
        if (!filter.state) co_return fail_field("status", "Is no status of an execution.");
    }
    const auto page = CO_TRY(rq.store.read(
        [&](store::Rx& rx) { return store::executions::list(rx, rq.scope, filter); }));
    TextWriter to;
    to.begin_object();
    to.name("data");
    to.begin_array();
    for (const Execution& row : page.executions) {
        const engine::Loaded loaded = CO_TRY(rq.engine.load(rq.scope, row.id));
        write_execution(to, loaded);
    }
    to.end_array();
    to.member("total_count", page.total);
    to.end_object();
    co_return Answer<"ExecutionList">{.text = to.finish()};
}

/// One of the store's verbs on one execution: answers the row that it leaves behind.
using Verb = Result<Execution> (*)(store::Tx&, const Scope&, const ExecutionId&);
Task<Result<StatusAnswer>> apply(Request& rq, ExecutionId id, Verb verb, Execution& row) {
    return rq.commit([&rq, &row, id, verb](store::Tx& tx) -> Result<StatusAnswer> {
        row = TRY(verb(tx, rq.scope, id));
        return StatusAnswer{execution_status_view(row)};
    });
}

Task<Result<StatusAnswer>> execute(Request& rq, OneExecution in) {
    CO_TRY(ready(rq.services.pressure.check()));
    const ExecutionId id = CO_TRY(target_of(rq, in.execution));
    CO_TRY(check_credits(rq));
    Admission admission(rq);
    auto answer = CO_TRY(rq.commit([&](store::Tx& tx) -> Result<StatusAnswer> {
        return StatusAnswer { execution_status_view(TRY(admission.start(tx, id))) };
    }));
    admission.finish();
    co_return answer;
}

Task<Result<StatusAnswer>> pause(Request& rq, OneExecution in) {
    const ExecutionId id = CO_TRY(target_of(rq, in.execution));
    Execution row;
    auto answer = CO_TRY(apply(rq, id, &store::executions::request_pause, row));
    rq.services.events.changed(id);
    co_return answer;
}

Task<Result<StatusAnswer>> resume(Request& rq, OneExecution in) {
    const ExecutionId id = CO_TRY(target_of(rq, in.execution));
    Execution row;
    auto answer = CO_TRY(apply(rq, id, &store::executions::request_resume, row));
    rq.engine.wake();
    rq.services.events.changed(id);
    co_return answer;
}

Task<Result<StatusAnswer>> cancel(Request& rq, OneExecution in) {
    const ExecutionId id = CO_TRY(target_of(rq, in.execution));
    Execution row;
    auto answer = CO_TRY(apply(rq, id, &store::executions::request_stop, row));
    if (row.settling) rq.engine.cancel({id});
    rq.engine.wake(); // whoever waited for it
    rq.services.events.changed(id);
    co_return answer;
}

Task<Result<StatusAnswer>> deliver_event(Request& rq, DeliverEvent in) {
    const ExecutionId id = CO_TRY(target_of(rq, in.execution));
    auto answer = CO_TRY(rq.commit([&rq, &in, id](store::Tx& tx) -> Result<StatusAnswer> {
        const store::waits::Which which{id, WaitReason::event, in.name};
        json::object output{{"event", in.name}, {"payload", in.payload}};
        return StatusAnswer {
            execution_status_view(TRY(store::waits::answer(tx, rq.scope, which, std::move(output))))
        };
    }));
    rq.engine.wake();
    rq.services.events.changed(id);
    co_return answer;
}

constexpr Route routes[] = {
    {http::Method::post, "/execute_flow", "executions.start", needs(Role::operator_),
     "Start a flow; answers at once", handler<&start_execution>, Audit::by_task},
    {http::Method::get, "/execute_flow/{E}", "executions.get", needs(Role::viewer),
     "The whole execution: outputs, conclusion, usage", handler<&get_execution>},
    {http::Method::get, "/{P}/execution_flows", "executions.list", needs(Role::viewer),
     "The project's executions, newest first", handler<&list_executions>},
    {http::Method::post, "/execute_flow/{E}/execute", "executions.execute", needs(Role::operator_),
     "Run an execution that was made with autostart false; any other is left alone",
     handler<&execute>, Audit::change},
    {http::Method::post, "/execute_flow/{E}/pause", "executions.pause", needs(Role::operator_),
     "Pause at the next step boundary", handler<&pause>, Audit::change},
    {http::Method::post, "/execute_flow/{E}/resume", "executions.resume", needs(Role::operator_),
     "Go on where it was paused", handler<&resume>, Audit::change},
    {http::Method::post, "/execute_flow/{E}/cancel", "executions.cancel", needs(Role::operator_),
     "Stop: abort what is in flight and start nothing more", handler<&cancel>, Audit::change},
    {http::Method::post, "/execute_flow/{E}/event", "executions.event", needs(Role::operator_),
     "Deliver an event that the execution waits for; 409 when it does not wait for it",
     handler<&deliver_event>, Audit::change},
    {http::Method::post, "/execute_flow/{E}", "executions.cancel_short", needs(Role::operator_),
     "The same as cancel", handler<&cancel>, Audit::change},
};
static_assert(consistent(routes));

} // namespace

std::span<const Route> execution_routes() { return routes; }

} // namespace weft::api
