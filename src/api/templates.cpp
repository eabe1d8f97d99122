// What a prompt comes to: for whoever writes one.
#include "agents/conversation.h"
#include "agents/effects.h"
#include "api/lookups.h"
#include "api/routes.h"
#include "store/files.h"

namespace weft::api {

namespace {

struct RenderTemplate {
    ProjectId project;
    std::string text;
    std::string goal;
    json::object inputs;
    std::vector<FileId> files;
    std::optional<ExecutionRef> execution;
    static constexpr auto params() {
        using In = RenderTemplate;
        return std::tuple{
            query_or_body("projectID", &In::project, "The project"),
            body("template", &In::text, "The template (docs/templates.md)"),
            body("goal", &In::goal, "What `goal` is"),
            body("input_variables", &In::inputs, "What `inputs` are; over those of the execution"),
            body("files", &In::files, "Ids of uploaded files"),
            body("execution_id", &In::execution,
                 "Takes what is not given from this execution, and what its agents have brought"),
        };
    }
};

/// What of an execution is still there.
Result<std::vector<File>> files_of(store::Rx& rx, const Scope& scope, const engine::Run& run) {
    std::vector<File> files;
    for (const FileId& id : run.start.files)
        if (auto file = store::files::find(rx, scope, id)) files.push_back(std::move(*file));
    return files;
}

/// A run that nobody has started.
engine::Run empty_run(Instant now) {
    engine::Run run;
    run.flow = std::make_shared<const Agentflow>();
    run.created_at = now;
    return run;
}

Task<Result<engine::Run>> run_of(Request& rq, const RenderTemplate& in) {
    if (!in.execution) co_return empty_run(rq.services.clock.now());
    const ExecutionId id = CO_TRY(
        rq.store.read_point([&](store::Rx& rx) { return id_of(rx, rq.scope, *in.execution); }));
    co_return std::move(CO_TRY(rq.engine.load(rq.scope, id, &rq.arena)).run);
}

Result<std::string> rendered(const expr::Template& text, const engine::Run& run,
                             const json::object& inputs, const json::array& files,
                             const Services& services) {
    const auto plan = agents::compile(run.flow, services.caller.registry(), services.catalogue);
    return text.render(agents::roots_of(run, *plan, inputs, files));
}

json::array texts(const std::vector<std::string>& list) {
    return json::array(list.begin(), list.end());
}

Task<Result<Answer<"RenderedTemplate">>> render(Request& rq, RenderTemplate in) {
    const auto compiled = expr::Template::compile(in.text);
    if (!compiled) co_return fail_field("template", compiled.error().message);
    engine::Run run = CO_TRY(run_of(rq, in));
    if (!in.goal.empty()) run.start.goal = in.goal;
    const auto files = CO_TRY(rq.store.read([&](store::Rx& rx) {
        return in.files.empty() ? files_of(rx, rq.scope, run) : files_named(rx, rq.scope, in.files);
    }));
    json::object inputs = agents::inputs_of(run);
    for (const auto& [name, value] : in.inputs) inputs[name] = value;
    const auto text = rendered(*compiled, run, inputs, agents::to_json(files), rq.services);
    if (!text) co_return fail_field("template", text.error().message);
    co_return Answer<"RenderedTemplate">{{{"text", *text},
                                          {"variables", texts(compiled->variables())},
                                          {"agents", texts(compiled->agents())}}};
}

constexpr Route routes[] = {
    {http::Method::post, "/template/render", "templates.render", needs(Role::viewer),
     "What a prompt comes to with these values, or with those of an execution", handler<&render>,
     Audit::read},
};
static_assert(consistent(routes));

} // namespace

std::span<const Route> template_routes() { return routes; }

} // namespace weft::api
