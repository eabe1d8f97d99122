#include "api/execution_view.h"

#include <boost/json/array.hpp>

#include <unordered_map>

namespace weft::api {

namespace {

constexpr std::size_t view_members = 27; ///< of an execution

double usd(std::int64_t micro) { return static_cast<double>(micro) / 1e6; }

json::object usage_view(const Usage& usage, const json::storage_ptr& in) {
    return json::object({{"input_tokens", usage.input_tokens},
                         {"output_tokens", usage.output_tokens},
                         {"credits", usd(usage.credits_micro)},
                         {"cost_usd", usd(usage.cost_micro_usd)}},
                        in);
}

std::int64_t milliseconds_between(Instant from, Instant to) {
    return to.us > from.us ? (to - from).count() / 1000 : 0;
}

json::object agent_summary(const Agent& agent, const json::storage_ptr& in) {
    const char* type = agent.type == AgentType::decision ? "decision_agent" : "skilled_agent";
    return json::object({{"_id", agent.id.hex()},
                         {"llm", to_json(agent.llm, in)},
                         {"role", agent.role},
                         {"role_description", agent.role_description},
                         {"title", agent.title},
                         {"agent_type", type},
                         {"next_agent", id_or_null(agent.next, in)}},
                        in);
}

json::object flow_snapshot(const Agentflow& flow, const json::value& conclusion,
                           const json::storage_ptr& in) {
    json::array agents(in);
    agents.reserve(flow.agents.size());
    for (const Agent& agent : flow.agents) agents.push_back(agent_summary(agent, in));
    return json::object({{"agentflow_id", flow.id.hex()},
                         {"agents", std::move(agents)},
                         {"image", flow.image},
                         {"initialAgent", id_or_null(flow.initial_agent, in)},
                         {"name", flow.name},
                         {"role", flow.role},
                         {"conclusion", conclusion}},
                        in);
}

/// The tool calls of a step, each with what it brought.
json::array skill_calls(const engine::Step& step, const json::storage_ptr& in) {
    json::array calls(in);
    for (const engine::Effect& effect : step.effects) {
        if (text_or(effect.intent, "kind") != "tool") continue;
        const std::int64_t took =
            effect.done ? milliseconds_between(effect.started, effect.ended) : 0;
        json::object call({{"tool", text_or(effect.intent, "tool")},
                           {"status", !effect.done   ? "running"
                                      : effect.error ? "failed"
                                                     : "completed"},
                           {"duration_ms", took}},
                          in);
        if (const json::value* output = find(effect.result, "output")) call["output"] = *output;
        if (const auto told = text_or(effect.result, "error"); !told.empty()) call["error"] = told;
        if (effect.error) call["error"] = effect.error->message;
        calls.push_back(std::move(call));
    }
    return calls;
}

/// What had arrived of a step that did not finish: the text of its last model call.
std::string_view partial_text(const engine::Step& step) {
    if (step.effects.empty()) return {};
    return text_or(step.effects.back().result, "text");
}

json::object agent_output(const engine::Step& step, const Agent* agent,
                          const json::storage_ptr& in) {
    const std::string_view text = step.output ? step.output->text : partial_text(step);
    json::object output({{"agent_id", step.agent.hex()},
                         {"title", agent ? std::string_view(agent->title) : ""},
                         {"output", text},
                         {"status", step.output ? "completed" : "unfinished"},
                         {"skill_calls", skill_calls(step, in)},
                         {"tokens", step.usage.input_tokens + step.usage.output_tokens},
                         {"usage", usage_view(step.usage, in)},
                         {"duration_ms", milliseconds_between(step.started, step.ended)}},
                        in);
    if (step.output) output["data"] = step.output->data;
    if (step.output && !step.output->decision_reason.empty())
        output["decision_reason"] = step.output->decision_reason;
    if (!step.output && !step.effects.empty() && step.effects.back().error)
        output["error"] = step.effects.back().error->message;
    return output;
}

/// HTTP status and sentence of every failed call, retried ones too.
json::array failed_calls(const engine::Run& run, const json::storage_ptr& in) {
    json::array calls(in);
    auto add = [&](const engine::Step& step, const engine::Effect& effect,
                   const engine::EffectError& error) {
        calls.push_back({{"agent_id", step.agent.hex()},
                         {"call", text_or(effect.intent, "kind")},
                         {"code", error.code},
                         {"http_status", error.http_status},
                         {"message", error.message}});
    };
    for (const engine::Step& step : run.steps)
        for (const engine::Effect& effect : step.effects) {
            for (const engine::EffectError& error : effect.earlier_errors) add(step, effect, error);
            if (effect.error) add(step, effect, *effect.error);
        }
    return calls;
}

json::array files_view(const ExecutionStart& start, const json::storage_ptr& in) {
    json::array files(in);
    for (const FileId& file : start.files) files.push_back(json::value(file.hex()));
    return files;
}

} // namespace

json::object execution_status_view(const Execution& row, const json::storage_ptr& in) {
    json::object view({{"execution_id", row.uuid.text()}, {"status", to_text(row.state)}}, in);
    if (row.settling) view["settling"] = true;
    return view;
}

json::object execution_view(const Execution& row, const engine::Run& run,
                            const json::storage_ptr& in) {
    const ExecutionStart& start = run.start;
    json::value conclusion(nullptr, in);
    if (row.state == ExecutionState::completed)
        conclusion.emplace_object()["conclusion"] = run.conclusion;
    json::array outputs(in);
    outputs.reserve(run.steps.size());
    for (const engine::Step& step : run.steps)
        outputs.push_back(agent_output(step, run.flow->find(step.agent), in));

    json::object view = execution_status_view(row, in);
    view.reserve(view_members);
    view["_id"] = row.id.hex();
    view["task_id"] = row.task.hex();
    view["projectID"] = run.scope.project.hex();
    view["agentflow_id"] = start.agentflow.hex();
    view["agentflow"] = flow_snapshot(*run.flow, conclusion, in);
    view["parent_execution_id"] = id_or_null(start.parent, in);
    view["start_from_agent_id"] = id_or_null(start.start_from, in);
    view["goal"] = start.goal;
    view["goal_template"] = run.flow->default_goal;
    view["input_variables"] = start.inputs;
    view["files"] = files_view(start, in);
    view["executed_by"] = json::object({{"_id", start.executed_by_id},
                                        {"metadata", json::object(in)},
                                        {"name", start.executed_by_name},
                                        {"type", start.executed_by_type}},
                                       in);
    view["agents_output"] = std::move(outputs);
    view["execution_context"] = json::object(in);
    view["anomaly_detected"] = false;
    view["previews"] = json::object(in);
    view["runtime_inputs"] = json::object(in);
    view["schedule"] = nullptr;
    view["conclusion"] = std::move(conclusion);
    view["error"] = run.error ? json::value(run.error->message, in) : json::value(nullptr, in);
    view["debug"] = failed_calls(run, in);
    view["usage"] = usage_view(row.usage, in);
    view["created_at"] = row.created_at.epoch_seconds();
    view["end_time"] =
        row.ended_at ? json::value(row.ended_at->epoch_seconds()) : json::value(nullptr);
    return view;
}

namespace {

using Children = std::unordered_map<ExecutionId, std::vector<const TaskNode*>>;

/// The executions of a task by their parent; those whose parent is not in it are under no id.
Children children_of(const std::vector<TaskNode>& nodes) {
    Children children;
    for (const TaskNode& node : nodes) children[node.id];
    for (const TaskNode& node : nodes)
        children[children.contains(node.parent) ? node.parent : ExecutionId{}].push_back(&node);
    return children;
}

json::object node_view(const TaskNode& node, const Children& all, const json::storage_ptr& in) {
    json::array children(in);
    for (const TaskNode* child : all.at(node.id)) children.push_back(node_view(*child, all, in));
    return json::object({{"execution_id", node.uuid.text()},
                         {"_id", node.id.hex()},
                         {"execution_type", "execution"},
                         {"children", std::move(children)}},
                        in);
}

} // namespace

json::object task_view(const store::tasks::TaskView& view, const ProjectId& project,
                       const json::storage_ptr& in) {
    json::array ids(in);
    for (const TaskNode& node : view.nodes) ids.push_back(json::value(node.uuid.text(), in));
    const Children children = children_of(view.nodes);
    json::array roots(in);
    if (const auto top = children.find(ExecutionId{}); top != children.end())
        for (const TaskNode* node : top->second) roots.push_back(node_view(*node, children, in));
    return json::object({{"_id", view.task.id.hex()},
                         {"projectID", project.hex()},
                         {"created_at", view.task.created_at.epoch_seconds()},
                         {"updated_at", view.task.updated_at.epoch_seconds()},
                         {"status", to_text(task_status(view.nodes))},
                         {"created_by", view.task.created_by},
                         {"execution_ids", std::move(ids)},
                         {"execution_nodes", std::move(roots)},
                         {"name", view.task.name}},
                        in);
}

} // namespace weft::api
