#include "agents/tools.h"

#include "agents/effects.h"
#include "agents/forms.h"
#include "agents/pricing.h"
#include "base/check.h"
#include "connectors/accounts.h"

namespace weft::agents {

namespace {

engine::EffectOutcome told(std::string error) { return {.result = {{"error", std::move(error)}}}; }

engine::EffectOutcome failed(std::string code, std::string message) {
    return {.error = engine::EffectError{std::move(code), std::move(message)}};
}

} // namespace

FailureClass failure_class(Code code) {
    switch (code) {
    case Code::rate_limited: return FailureClass::rate_limited;
    case Code::timed_out: return FailureClass::timed_out;
    default: return FailureClass::unavailable;
    }
}

namespace {

std::string names_of(const AgentPlan& plan) {
    std::string names;
    for (const ToolPlan& tool : plan.tools) names += (names.empty() ? "" : ", ") + tool.shown.name;
    return names.empty() ? "none" : names;
}

/// Every fault in one text.
std::string described(const Error& error) {
    if (error.fields.empty()) return error.message;
    std::string text;
    for (const FieldError& field : error.fields)
        text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", field.field, field.message);
    return text;
}

/// A failed action: the model's to put right, a moment's, or the step's end.
engine::EffectOutcome outcome_of(const ToolPlan& tool, const Error& error) {
    engine::EffectError failure{"tool_failed",
                                fmt::format("{}: {}", tool.shown.name, error.message)};
    switch (error.code) {
    case Code::malformed:
    case Code::invalid:
    case Code::not_found:
    case Code::conflict:
    case Code::too_large:
    case Code::forbidden:
    case Code::media_type: return told(described(error));
    case Code::rate_limited:
    case Code::unavailable:
    case Code::timed_out:
        failure.code = "tool_unavailable";
        failure.failure = failure_class(error.code);
        failure.retryable = tool.effect != EffectClass::once || error.retry_after_s;
        if (error.retry_after_s) failure.retry_after = seconds(*error.retry_after_s);
        break;
    case Code::cancelled: failure.code = "cancelled"; break;
    default: break;
    }
    return {.error = std::move(failure)};
}

void add_calls(std::vector<connectors::EarlierCall>& calls, const engine::Step& step,
               const AgentPlan& plan, std::string_view category) {
    for (std::size_t i = 0; i < step.effects.size(); ++i) {
        const engine::Effect& effect = step.effects[i];
        const json::value* output = output_of(effect);
        if (kind_of(effect) != EffectKind::tool || !output) continue;
        const ToolPlan* tool = plan.find_tool(text_member(effect.intent, "tool"));
        if (!tool || tool->action->category != category) continue;
        calls.push_back({tool->action->sort, &input_of(step, i), output});
    }
}

/// The run's successful calls of the same category.
std::vector<connectors::EarlierCall> earlier_calls(const engine::Run& run, const FlowPlan& flow,
                                                   std::string_view category) {
    std::vector<connectors::EarlierCall> calls;
    for (const engine::Step& step : run.steps)
        if (const AgentPlan* plan = flow.find(step.agent); plan && !plan->tools.empty())
            add_calls(calls, step, *plan, category);
    return calls;
}

engine::EffectOutcome checked_output(const ToolPlan& tool, json::value output) {
    if (tool.own)
        if (auto checked = check_value(tool.own->output, output, Unknown::keep); !checked) {
            auto outcome =
                failed("tool_failed", fmt::format("{} answered something unexpected: {}",
                                                  tool.shown.name, described(checked.error())));
            outcome.error->retryable = tool.effect == EffectClass::pure;
            outcome.error->failure = FailureClass::invalid_output;
            return outcome;
        }
    if (to_text(output).size() > tool_output_bytes_max)
        return told(fmt::format("The answer is longer than {} bytes: ask for less.",
                                tool_output_bytes_max));
    return {.result = {{"output", std::move(output)}}};
}

} // namespace

Result<json::object> checked_input(const ToolPlan& tool, const json::value& arguments) {
    TRY(check_value(tool.shown.input, arguments, Unknown::refuse));
    json::object input = arguments.get_object();
    for (const auto& [name, value] : tool.action->preset) input[name] = value;
    if (tool.own) TRY(check_value(tool.own->input, input, Unknown::refuse));
    return input;
}

std::optional<engine::Await> await_tool(const engine::Run& run, const FlowPlan& flow,
                                        const ToolPlan& tool, const json::value& arguments) {
    if (!tool.connector) return std::nullopt;
    const auto input = checked_input(tool, arguments);
    if (!input) return std::nullopt;
    auto wait = tool.connector->wait_for(tool.action->sort, *input);
    if (!wait) return std::nullopt;
    if (wait->child) {
        ExecutionStart& child = *wait->child;
        child.relation = Relation::sub_flow;
        child.files = files_of(run, flow);
        child.executed_by_id = run.start.executed_by_id;
        child.executed_by_name = run.start.executed_by_name;
        child.executed_by_type = run.start.executed_by_type;
    }
    return engine::Await{.reason = wait->reason,
                         .name = std::move(wait->name),
                         .until = wait->until,
                         .within = wait->within,
                         .child = std::move(wait->child)};
}

std::optional<engine::Quote> quote_tool(const engine::Run& run,
                                        const std::shared_ptr<const FlowPlan>& flow,
                                        const AgentPlan& plan, const models::Registry& registry) {
    const engine::Step& step = run.steps.back();
    const ToolPlan* tool = plan.find_tool(text_member(step.effects.back().intent, "tool"));
    if (!tool || !tool->connector) return std::nullopt;
    auto input = checked_input(*tool, input_of(step, step.effects.size() - 1));
    if (!input) return std::nullopt;
    const auto call = tool->connector->asks_model({.scope = run.scope,
                                                   .sort = tool->action->sort,
                                                   .input = *std::move(input),
                                                   .model = plan.agent->llm.model});
    if (!call) return std::nullopt;
    std::vector<models::ModelLimits> asked;
    for (const std::string& name : call->models)
        if (const auto model = registry.find(name))
            asked.push_back((*model)->limits(name.substr(name.find('/') + 1)));
    return quote_of(run, flow, plan, std::move(asked), call->request);
}

Task<engine::EffectOutcome> run_tool(store::Store& store, const engine::Run& run,
                                     const FlowPlan& flow, const AgentPlan& plan,
                                     std::string effect_key) {
    const engine::Step& step = run.steps.back();
    const engine::Effect& effect = step.effects.back();
    const std::string_view name = text_member(effect.intent, "tool");
    const ToolPlan* tool = plan.find_tool(name);
    if (!tool)
        co_return told(fmt::format("There is no tool {}. There are: {}.", name, names_of(plan)));
    if (!tool->own)
        co_return failed("tool_failed",
                         fmt::format("This server has no action {}.", tool->action->endpoint()));
    auto input = checked_input(*tool, input_of(step, step.effects.size() - 1));
    if (!input) co_return told(described(input.error()));
    auto account = co_await connectors::usable_account(store, run.scope, tool->action->category,
                                                       tool->account);
    if (!account) co_return failed("connector", account.error().message);
    Usage used;
    auto output =
        co_await tool->connector->run({.scope = run.scope,
                                       .sort = tool->action->sort,
                                       .input = *std::move(input),
                                       .effect_key = std::move(effect_key),
                                       .files = files_of(run, flow),
                                       .earlier = earlier_calls(run, flow, tool->action->category),
                                       .repeated = effect.repeated || effect.attempt > 1,
                                       .account = *std::move(account),
                                       .model = plan.agent->llm.model,
                                       .used = &used});
    engine::EffectOutcome outcome =
        output ? checked_output(*tool, *std::move(output)) : outcome_of(*tool, output.error());
    outcome.usage = used;
    outcome.cut_off = !output; // as far as it asked a model: which may have answered
    co_return outcome;
}

} // namespace weft::agents
