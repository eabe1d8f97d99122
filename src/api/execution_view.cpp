#include "api/execution_view.h"

#include "agents/effects.h"
#include "api/stop_view.h"

#include <boost/json/array.hpp>

#include <unordered_map>

namespace weft::api {

namespace {

std::int64_t milliseconds_between(Instant from, Instant to) {
    return to.us > from.us ? (to - from).count() / 1000 : 0;
}

template <class Tag> void write_id(TextWriter& to, std::string_view name, const Id<Tag>& id) {
    to.name(name);
    if (id)
        to.value(id.hex());
    else
        to.value(nullptr);
}

/// Twice in an execution: null before it has completed.
void write_conclusion(TextWriter& to, const Execution& row, const engine::Run& run) {
    to.name("conclusion");
    if (row.state != ExecutionState::completed) return to.value(nullptr);
    to.begin_object();
    to.member("conclusion", run.conclusion);
    to.end_object();
}

void write_summary(TextWriter& to, const Agent& agent) {
    to.begin_object();
    to.member("_id", agent.id.hex());
    to.member("llm", to_json(agent.llm));
    to.member("role", agent.role);
    to.member("role_description", agent.role_description);
    to.member("title", agent.title);
    to.member("agent_type", agent.type == AgentType::decision ? "decision_agent" : "skilled_agent");
    write_id(to, "next_agent", agent.next);
    to.end_object();
}

/// The version that runs, whatever was edited since.
void write_snapshot(TextWriter& to, const Execution& row, const engine::Run& run) {
    const Agentflow& flow = *run.flow;
    to.name("agentflow");
    to.begin_object();
    to.member("agentflow_id", flow.id.hex());
    to.name("agents");
    to.begin_array();
    for (const Agent& agent : flow.agents) write_summary(to, agent);
    to.end_array();
    to.member("image", flow.image);
    write_id(to, "initialAgent", flow.initial_agent);
    to.member("name", flow.name);
    to.member("role", flow.role);
    to.member("version", flow.version_number);
    write_conclusion(to, row, run);
    to.end_object();
}

/// The tool call at `index` among the step's effects, with what it was given and what it brought.
void write_skill_call(TextWriter& to, const engine::Step& step, std::size_t index) {
    const engine::Effect& effect = step.effects[index];
    const std::string_view told = text_or(effect.result, "error");
    const json::value* output = find(effect.result, "output");
    to.begin_object();
    to.member("tool", text_or(effect.intent, "tool"));
    to.member("status", !effect.done ? "running" : effect.error ? "failed" : "completed");
    to.member("duration_ms", effect.done ? milliseconds_between(effect.started, effect.ended) : 0);
    to.member("started_at", effect.started.epoch_seconds());
    to.member("input", agents::input_of(step, index));
    if (output) to.member("output", *output);
    if (effect.error)
        to.member("error", effect.error->message);
    else if (!told.empty())
        to.member("error", told);
    to.end_object();
}

/// Whether it is part of the agent's work, and not a form or a look at what the agent brought.
bool is_work(const engine::Effect& effect) {
    const std::string_view kind = text_or(effect.intent, "kind");
    return kind != "form" && kind != "judge" && kind != "anomaly";
}

/// What has arrived of a step that has not finished: the text of its last model call.
std::string_view partial_text(const engine::Step& step) {
    const auto last = std::ranges::find_if(step.effects.rbegin(), step.effects.rend(), is_work);
    if (last == step.effects.rend()) return {};
    return last->done ? text_or(last->result, "text") : std::string_view(last->streamed.text);
}

/// What was found in the step's output, and what a person says of it.
void write_anomaly(TextWriter& to, const engine::Step& step) {
    for (const engine::Effect& effect : step.effects) {
        if (text_or(effect.intent, "kind") != "anomaly") continue;
        const json::value* answer = find(effect.result, "output");
        to.name("anomaly");
        to.begin_object();
        to.member("finding", text_or(effect.intent, "finding"));
        to.member("status", answer ? text_or(*answer, "decision") : "pending");
        to.end_object();
    }
}

/// What calls had brought when the server went down in the middle of them: it was paid for.
void write_abandoned(TextWriter& to, const engine::Step& step) {
    bool any = false;
    for (const engine::Effect& effect : step.effects) any |= !effect.abandoned.empty();
    if (!any) return;
    to.name("abandoned");
    to.begin_array();
    for (const engine::Effect& effect : step.effects)
        for (const engine::Streamed& cut : effect.abandoned) {
            to.begin_object();
            to.member("output", cut.text);
            write_usage(to, "usage", cut.usage);
            to.end_object();
        }
    to.end_array();
}

void write_output(TextWriter& to, const engine::Step& step, const Agent* agent) {
    to.begin_object();
    to.member("agent_id", step.agent.hex());
    to.member("title", agent ? std::string_view(agent->title) : "");
    to.member("output", step.output ? step.output->text : partial_text(step));
    to.member("status", step.output ? "completed" : "unfinished");
    to.name("skill_calls");
    to.begin_array();
    for (std::size_t i = 0; i < step.effects.size(); ++i)
        if (text_or(step.effects[i].intent, "kind") == "tool") write_skill_call(to, step, i);
    to.end_array();
    to.member("started_at", step.started.epoch_seconds());
    to.member("tokens", step.usage.input_tokens + step.usage.output_tokens);
    write_usage(to, "usage", step.usage);
    to.member("duration_ms", milliseconds_between(step.started, step.ended));
    if (step.output) to.member("data", step.output->data);
    if (step.output && !step.output->decision_reason.empty())
        to.member("decision_reason", step.output->decision_reason);
    if (!step.output && !step.effects.empty() && step.effects.back().error)
        to.member("error", step.effects.back().error->message);
    write_anomaly(to, step);
    write_abandoned(to, step);
    to.end_object();
}

bool found_anomaly(const engine::Run& run) {
    return std::ranges::any_of(run.steps, [](const engine::Step& step) {
        return std::ranges::any_of(step.effects, [](const engine::Effect& effect) {
            return text_or(effect.intent, "kind") == "anomaly";
        });
    });
}

/// What people submitted, by agent and by when they were asked; of several visits the last.
json::object submitted_inputs(const engine::Run& run) {
    json::object inputs;
    for (const engine::Step& step : run.steps)
        for (const engine::Effect& effect : step.effects) {
            if (text_or(effect.intent, "kind") != "form") continue;
            const json::value* answer = find(effect.result, "output");
            const json::value* values = answer ? find(*answer, "values") : nullptr;
            if (!values) continue;
            json::value& agent = inputs[step.agent.hex()];
            if (!agent.is_object()) agent = json::object();
            agent.get_object()[text_or(effect.intent, "when")] = *values;
        }
    return inputs;
}

void write_failure(TextWriter& to, const engine::Step& step, const engine::Effect& effect,
                   const engine::EffectError& error) {
    to.begin_object();
    to.member("agent_id", step.agent.hex());
    to.member("call", text_or(effect.intent, "kind"));
    to.member("code", error.code);
    to.member("http_status", error.http_status);
    to.member("message", error.message);
    to.end_object();
}

/// HTTP status and sentence of every failed call, retried ones too.
void write_failures(TextWriter& to, const engine::Run& run) {
    to.name("debug");
    to.begin_array();
    for (const engine::Step& step : run.steps)
        for (const engine::Effect& effect : step.effects) {
            for (const engine::EffectError& error : effect.earlier_errors)
                write_failure(to, step, effect, error);
            if (effect.error) write_failure(to, step, effect, *effect.error);
        }
    to.end_array();
}

void write_start(TextWriter& to, const ExecutionStart& start, const Agentflow& flow) {
    write_id(to, "parent_execution_id", start.parent);
    to.member("is_failover", start.relation == Relation::failover);
    write_id(to, "start_from_agent_id", start.start_from);
    write_id(to, "stop_after_agent_id", start.stop_after);
    to.member("goal", start.goal);
    to.member("goal_template", flow.default_goal);
    to.member("input_variables", start.inputs);
    to.name("files");
    to.begin_array();
    for (const FileId& file : start.files) to.value(file.hex());
    to.end_array();
    to.name("executed_by");
    to.begin_object();
    to.member("_id", start.executed_by_id);
    to.member("metadata", json::object());
    to.member("name", start.executed_by_name);
    to.member("type", start.executed_by_type);
    to.end_object();
}

} // namespace

json::object execution_status_view(const Execution& row) {
    json::object view{{"execution_id", row.uuid.text()}, {"status", to_text(row.state)}};
    if (row.settling) view["settling"] = true;
    return view;
}

void write_execution(TextWriter& to, const engine::Loaded& loaded) {
    const Execution& row = loaded.execution;
    const engine::Run& run = loaded.run;
    to.begin_object();
    to.member("execution_id", row.uuid.text());
    to.member("status", to_text(row.state));
    if (row.settling) to.member("settling", true);
    to.member("_id", row.id.hex());
    to.member("task_id", row.task.hex());
    to.member("projectID", run.scope.project.hex());
    to.member("agentflow_id", run.start.agentflow.hex());
    write_snapshot(to, row, run);
    write_start(to, run.start, *run.flow);
    to.name("agents_output");
    to.begin_array();
    for (const engine::Step& step : run.steps) write_output(to, step, run.flow->find(step.agent));
    to.end_array();
    to.member("execution_context", json::object());
    to.member("anomaly_detected", found_anomaly(run));
    to.member("previews", json::object());
    to.member("runtime_inputs", submitted_inputs(run));
    to.member("schedule", nullptr);
    write_conclusion(to, row, run);
    to.name("error");
    if (run.error)
        to.value(run.error->message);
    else
        to.value(nullptr);
    write_failures(to, run);
    write_id(to, "failover_execution_id", run.failover);
    write_usage(to, "usage", row.usage);
    to.member("created_at", row.created_at.epoch_seconds());
    to.name("end_time");
    if (row.ended_at)
        to.value(row.ended_at->epoch_seconds());
    else
        to.value(nullptr);
    write_stop(to, loaded);
    to.end_object();
}

std::string execution_text(const engine::Loaded& loaded) {
    TextWriter to;
    write_execution(to, loaded);
    return to.finish();
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
                         {"is_failover", node.relation == Relation::failover},
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
