#include "agents/forms.h"

#include "agents/preview.h"

namespace weft::agents {

namespace {

std::string summary_of(const FlowPlan& flow, const AgentPlan& plan, FormTime at, const Form& form) {
    std::string text = name_of(flow, plan);
    text += at == FormTime::pre ? " asks for input before it begins"
                                : " asks for input about what it brought";
    return form.title.empty() ? text + "." : fmt::format("{}: {}", text, form.title);
}

void add_files(std::vector<FileId>& files, const AgentPlan& plan, const engine::Step& step) {
    for (const FormTime at : {FormTime::pre, FormTime::post}) {
        const engine::Effect* asked = form_of(step, at);
        const json::object* values = asked ? values_of(*asked) : nullptr;
        if (!values) continue;
        for (const std::string& text : files_in(plan.form(at), *values))
            if (const auto id = FileId::parse(text);
                id && std::ranges::find(files, *id) == files.end())
                files.push_back(*id);
    }
}

} // namespace

std::optional<engine::Await> ask_form(const engine::Run& run, const FlowPlan& flow,
                                      const AgentPlan& plan, FormTime at, std::string_view output) {
    const Form& form = plan.form(at);
    if (!form || form_of(run.steps.back(), at)) return std::nullopt;
    json::object asked{{"when", name_of(at)}, {"form", to_json(form)}};
    if (at == FormTime::post) asked["output"] = output;
    return engine::Await{
        .reason = engine::WaitReason::person,
        .name = std::string(weft::to_text(InboxType::runtime_input)),
        .intent = form_intent(at),
        .ask = ask_about(InboxType::runtime_input, plan, summary_of(flow, plan, at, form), asked)};
}

std::vector<FileId> files_of(const engine::Run& run, const FlowPlan& flow) {
    std::vector<FileId> files = run.start.files;
    for (const engine::Step& step : run.steps)
        if (const AgentPlan* plan = flow.find(step.agent)) add_files(files, *plan, step);
    return files;
}

} // namespace weft::agents
