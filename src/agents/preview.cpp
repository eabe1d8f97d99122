#include "agents/preview.h"

#include "agents/effects.h"
#include "agents/tools.h"
#include "domain/members.h"

namespace weft::agents {

namespace {

constexpr const char* thought_names[] = {"text", "reasoning", "plan", "criticism", "speak"};

/// Always the five of them; what the model did not say is empty.
json::object thoughts_of(std::string_view said) {
    json::object given{{"text", said}};
    if (auto parsed = parse_json(said); parsed && parsed->is_object()) {
        const json::value* inner = parsed->get_object().if_contains("thoughts");
        given = inner && inner->is_object() ? inner->get_object() : parsed->get_object();
    }
    json::object thoughts;
    for (const char* name : thought_names) thoughts[name] = text_member(given, name);
    return thoughts;
}

/// The exact input: also what the skill fixes.
json::object skill_of(const ToolPlan& tool, const json::value& arguments) {
    json::object input = arguments.is_object() ? arguments.get_object() : json::object();
    for (const auto& [name, value] : tool.action->preset) input[name] = value;
    return {{"name", tool.skill->name}, {"id", tool.skill->id.hex()}, {"input", std::move(input)}};
}

} // namespace

std::string name_of(const FlowPlan& flow, const AgentPlan& plan) {
    const std::string& title = plan.agent->title;
    return fmt::format("\"{}\" of \"{}\"", title.empty() ? plan.id_hex : title, flow.flow->name);
}

Ask ask_about(InboxType type, const AgentPlan& plan, std::string summary,
              const json::object& asked) {
    return {.type = type,
            .agent = plan.agent->id,
            .agent_title = plan.agent->title,
            .summary = std::move(summary),
            .asked = to_text(asked)};
}

bool needs_preview(const AgentPlan& plan, const ToolPlan& tool, const json::value& arguments) {
    return plan.agent->is_preview_mode_enabled && tool.effect != EffectClass::pure &&
           tool.effect != EffectClass::awaited && tool.own && checked_input(tool, arguments);
}

Ask preview_of(const FlowPlan& flow, const AgentPlan& plan, const ToolPlan& tool,
               const json::object& model, const json::value& arguments) {
    Ask ask = ask_about(
        InboxType::preview, plan,
        fmt::format("{} asks whether it may use \"{}\".", name_of(flow, plan), tool.skill->name),
        {{"thoughts", thoughts_of(answer_of(model).text)},
         {"tool", tool.shown.name},
         {"skill", skill_of(tool, arguments)}});
    ask.rules = plan.agent->approval;
    return ask;
}

Ask uncertain_call(const engine::Run& run, const FlowPlan& flow, const AgentPlan& plan) {
    const engine::Step& step = run.steps.back();
    const std::string_view name = text_member(step.effects.back().intent, "tool");
    const ToolPlan* tool = plan.find_tool(name);
    json::object asked{{"tool", name}};
    if (tool) asked["skill"] = skill_of(*tool, input_of(step, step.effects.size() - 1));
    return ask_about(InboxType::uncertain_effect, plan,
                     fmt::format("Weft stopped while {} used \"{}\". Did it happen?",
                                 name_of(flow, plan), tool ? tool->skill->name : name),
                     std::move(asked));
}

Result<json::object> edited_input(const FlowPlan& flow, const AgentId& agent,
                                  std::string_view tool_name, const json::object& input,
                                  const std::string& at) {
    const AgentPlan* plan = flow.find(agent);
    const ToolPlan* tool = plan ? plan->find_tool(tool_name) : nullptr;
    if (!tool) return fail(Code::conflict, "The agent does not have this skill any more.");
    json::object kept = input;
    for (const auto& [name, fixed] : tool->action->preset) {
        const json::value* given = kept.if_contains(name);
        if (given && *given != fixed)
            return fail_field(join_path(at, name), "Is fixed by the skill and cannot be changed.");
        kept.erase(name);
    }
    auto checked = checked_input(*tool, kept);
    if (checked) return kept;
    Error error = std::move(checked).error();
    for (FieldError& field : error.fields) field.field = join_path(at, field.field);
    return std::unexpected(std::move(error));
}

} // namespace weft::agents
