#include "agents/agent_executor.h"

#include "agents/anomaly.h"
#include "agents/decision.h"
#include "agents/documents.h"
#include "agents/effects.h"
#include "agents/forms.h"
#include "agents/preview.h"
#include "agents/pricing.h"
#include "agents/tools.h"
#include "base/check.h"
#include "models/prices.h"
#include "models/tokens.h"

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>

namespace weft::agents {

namespace {

using engine::EffectError;
using engine::EffectOutcome;
using engine::Fail;
using engine::Move;

Move failed(std::string code, std::string message) {
    return Fail{{std::move(code), std::move(message)}};
}

EffectOutcome not_done(std::string code, const Error& error) {
    EffectError failure{std::move(code), error.message};
    failure.retryable = error.code == Code::unavailable || error.code == Code::timed_out;
    failure.failure = failure_class(error.code);
    return {.error = std::move(failure)};
}

EffectOutcome cancelled() { return {.error = EffectError{"cancelled", "This was stopped."}}; }

json::object last_outputs(const engine::Step& step) {
    json::object data;
    for (const engine::Effect& effect : step.effects)
        if (kind_of(effect) == EffectKind::tool)
            if (const json::value* output = output_of(effect))
                data[text_member(effect.intent, "tool")] = *output;
    return data;
}

Move finish(const engine::Step& step, const AgentPlan& plan, std::string_view text) {
    const Agent& agent = *plan.agent;
    return engine::Finish{
        {std::string(text), last_outputs(step)}, agent.next, charge_of(plan, step)};
}

Move ask_person(const FlowPlan& flow, const AgentPlan& plan, const ToolPlan& tool,
                const engine::Step& step, const Position& at, const json::value& arguments) {
    return engine::Await{
        .reason = engine::WaitReason::person,
        .name = std::string(to_text(InboxType::preview)),
        .intent = preview_intent(tool.shown.name, at.turn, at.tools),
        .ask = preview_of(flow, plan, tool, step.effects[at.model].result, arguments)};
}

Move next_call(const engine::Run& run, const FlowPlan& flow, const AgentPlan& plan,
               const Position& at, const Answer& answer) {
    const engine::Step& step = run.steps.back();
    if (answer.calls->size() > calls_per_turn_max)
        return failed("call_limit",
                      fmt::format("The model asked for {} tool calls in one turn; {} are allowed.",
                                  answer.calls->size(), calls_per_turn_max));
    if (at.tools < answer.calls->size()) {
        const json::value& call = (*answer.calls)[at.tools];
        std::string_view name = text_or(call, "name");
        const ToolPlan* tool = plan.find_tool(name);
        const json::value& arguments = arguments_of(call);
        if (tool && !at.is_approved && needs_preview(plan, *tool, arguments))
            return ask_person(flow, plan, *tool, step, at, arguments);
        if (!tool) name = name.substr(0, tool_name_bytes_max);
        const bool waits = tool && tool->effect == EffectClass::awaited;
        engine::Perform perform =
            call_tool(name, tool && !waits ? tool->effect : EffectClass::pure, at.turn, at.tools);
        auto await = waits ? await_tool(run, flow, *tool, arguments) : std::nullopt;
        if (!await) return perform;
        await->intent = std::move(perform.intent);
        return *std::move(await);
    }
    if (at.turn >= plan.agent->turns_max)
        return failed("turn_limit",
                      fmt::format("The agent did not come to an answer within {} turns.",
                                  plan.agent->turns_max));
    CHECK(step.effects.size() > at.model);
    return ask_model(at.turn + 1);
}

Move next_skilled(const engine::Run& run, const FlowPlan& flow, const AgentPlan& plan) {
    const engine::Step& step = run.steps.back();
    const Position at = position_of(step);
    if (at.turn == 0) return ask_model(1);
    const Answer answer = answer_of(step.effects[at.model].result);
    if (answer.stop == models::StopReason::length)
        return failed("output_limit",
                      fmt::format("The model's answer was cut off at {} tokens (max_tokens).",
                                  plan.agent->llm.max_tokens));
    if (answer.stop == models::StopReason::refused)
        return failed("model_refused", "The model refused to answer.");
    if (answer.calls->empty()) return finish(step, plan, answer.text);
    return next_call(run, flow, plan, at, answer);
}

/// The agent's own work, without what its flow and its forms put around it.
Move next_of(const engine::Run& run, const FlowPlan& flow, const AgentPlan& plan) {
    if (plan.agent->type == AgentType::decision) return next_decision(run, flow, plan);
    return next_skilled(run, flow, plan);
}

/// What comes between the agent's output and the end of its step.
Move before_finish(const engine::Run& run, const FlowPlan& flow, const AgentPlan& plan,
                   engine::Finish finish) {
    if (auto check = check_output(run, flow, plan, finish)) return *std::move(check);
    if (auto ask = ask_form(run, flow, plan, FormTime::post, finish.output.text))
        return *std::move(ask);
    if (const engine::Effect* form = form_of(run.steps.back(), FormTime::post))
        if (const json::object* values = values_of(*form))
            finish.output.data[submitted_data] = *values;
    return finish;
}

/// Of all models that were asked, each at its own price.
Usage usage_of(const models::Spent& spent) {
    return {.input_tokens = spent.input_tokens,
            .output_tokens = spent.output_tokens,
            .cost_micro_usd = spent.cost_micro_usd};
}

EffectError error_of(const models::ModelFailure& failure) {
    EffectError error{.message = failure.message,
                      .retry_after = failure.retry_after,
                      .http_status = failure.http_status};
    switch (failure.error_class) {
    case models::ErrorClass::retry: error.code = "model_unavailable"; break;
    case models::ErrorClass::retry_after: error.code = "model_busy"; break;
    case models::ErrorClass::refused: error.code = "model_refused"; break;
    case models::ErrorClass::out_of_context: error.code = "out_of_context"; break;
    case models::ErrorClass::cancelled: error.code = "cancelled"; break;
    }
    error.retryable = failure.error_class == models::ErrorClass::retry ||
                      failure.error_class == models::ErrorClass::retry_after;
    if (failure.error_class == models::ErrorClass::retry_after)
        error.failure = FailureClass::rate_limited;
    else if (error.retryable)
        error.failure = failure.timed_out ? FailureClass::timed_out : FailureClass::unavailable;
    return error;
}

/// What is wrong with the answer to a question that has a form.
std::optional<Error> fault_of(const AgentPlan& plan, EffectKind kind, const json::object& result) {
    if (kind == EffectKind::judge) {
        if (auto verdict = verdict_of(result); !verdict) return std::move(verdict).error();
    } else if (plan.agent->type == AgentType::decision) {
        if (auto choice = choice_of(plan, result); !choice) return std::move(choice).error();
    }
    return std::nullopt;
}

EffectOutcome outcome_of(const AgentPlan& plan, EffectKind kind, const models::CallAnswer& answer) {
    if (answer) {
        EffectOutcome outcome{.result = result_of(answer->completion, answer->model),
                              .usage = usage_of(answer->spent),
                              .cut_off = answer->spent.cut_off};
        if (auto fault = fault_of(plan, kind, outcome.result))
            outcome.error = EffectError{.code = "model_answer",
                                        .message = std::move(fault->message),
                                        .retryable = true,
                                        .failure = FailureClass::invalid_output};
        return outcome;
    }
    const models::ModelFailure& failure = answer.error().failure;
    EffectOutcome outcome{.error = error_of(failure),
                          .usage = usage_of(answer.error().spent),
                          .cut_off = answer.error().spent.cut_off};
    if (answer.error().unusable) outcome.error->code = "model_unconfigured";
    if (!failure.partial_text.empty())
        outcome.result = {{"text", failure.partial_text}, {"model", answer.error().model}};
    return outcome;
}

/// Which prompt it is that could not be filled in.
Error in_prompt_of(const Agent& agent, Error error) {
    error.message = fmt::format("The prompt of \"{}\": {}", agent.title, error.message);
    return error;
}

/// Each model once: see engine/policies.h.
models::Call call_for(const engine::Run& run, const AgentPlan& plan, models::ModelRequest request) {
    models::Call call{.models = {plan.agent->llm.model},
                      .scope = run.scope,
                      .request = std::move(request),
                      .policy = {.attempts_max = 1}};
    for (const auto& [fallback, limits] : plan.fallbacks) call.models.push_back(fallback);
    return call;
}

/// What a call has used so far, as long as its provider has not said.
class Meter {
public:
    explicit Meter(const AgentPlan& plan) : plan_(plan) {}

    void turn_to(const std::string& model, const models::ModelRequest& request) {
        limits_ = plan_.limits_of(model);
        request_ = &request;
        input_tokens_.reset();
        output_tokens_ = 0;
    }
    /// With `more` of its answer. Counts what was asked only once something has come: most calls
    /// end before.
    Usage with(std::string_view more) {
        if (!input_tokens_) input_tokens_ = models::count_input_tokens(*request_);
        output_tokens_ += models::count_tokens(more);
        return {.input_tokens = *input_tokens_,
                .output_tokens = output_tokens_,
                .cost_micro_usd = models::cost_micro_usd(limits_, *input_tokens_, output_tokens_)};
    }

private:
    const AgentPlan& plan_;
    models::ModelLimits limits_;
    const models::ModelRequest* request_ = nullptr; ///< lives until the call has ended
    std::optional<std::int64_t> input_tokens_;
    std::int64_t output_tokens_ = 0;
};

std::string_view code_of(const Error& error) {
    return error.code == Code::too_large ? "document_too_long" : "document";
}

Task<bool> is_cancelled() {
    const auto state = co_await asio::this_coro::cancellation_state;
    co_return state.cancelled() != asio::cancellation_type::none;
}

/// What the open effect asks, or why it cannot.
struct Asking {
    std::optional<models::ModelRequest> request;
    EffectOutcome fault; ///< without a request
};

/// `run`, `flow` and `plan` outlive the task.
Task<Asking> make_request(store::Store& store, const engine::Run& run, const FlowPlan& flow,
                          const AgentPlan& plan) {
    Result<Material> material;
    if (!files_of(run, flow).empty()) material = co_await gather(store, run, flow, plan);
    if (!material)
        co_return Asking{{}, not_done(std::string(code_of(material.error())), material.error())};
    auto request = request_for(run, flow, plan, *std::move(material));
    if (!request)
        co_return Asking{{}, not_done("prompt", in_prompt_of(*plan.agent, request.error()))};
    const json::object& intent = run.steps.back().effects.back().intent;
    request->max_tokens = int_member(intent, "max_tokens", request->max_tokens);
    co_return Asking{*std::move(request), {}};
}

/// The same.
Task<EffectOutcome> run_model(store::Store& store, const models::Caller& caller,
                              const engine::Run& run, const FlowPlan& flow, const AgentPlan& plan,
                              std::string effect_key, engine::LiveSink live) {
    auto [request, fault] = co_await make_request(store, run, flow, plan);
    if (!request) co_return fault;
    if (co_await is_cancelled()) co_return cancelled();
    request->idempotency_key = std::move(effect_key);
    Meter meter(plan);
    models::Call call = call_for(run, plan, *std::move(request));
    call.on_turn = [&meter](const std::string& model, const models::ModelRequest& asked) {
        meter.turn_to(model, asked);
    };
    live.measure([&meter](std::string_view more) { return meter.with(more); });
    models::ChunkSink on_text;
    if (live) on_text = live;
    const models::CallAnswer answer = co_await caller.call(std::move(call), std::move(on_text));
    live.measure({});
    co_return outcome_of(plan, EffectKind::model, answer);
}

/// What the flow's judge is asked about the output that the step would finish with.
models::Call judge_call(const engine::Run& run, const FlowPlan& flow, const AgentPlan& plan) {
    const Move move = next_of(run, flow, plan);
    const auto* finish = std::get_if<engine::Finish>(&move);
    CHECK(finish);
    models::Call call = call_for(run, plan, judge_request(run, flow, plan, finish->output));
    call.models = plan.judges;
    return call;
}

/// The same three.
Task<EffectOutcome> run_judge(const models::Caller& caller, const engine::Run& run,
                              const FlowPlan& flow, const AgentPlan& plan, std::string effect_key) {
    models::Call call = judge_call(run, flow, plan);
    call.request.idempotency_key = std::move(effect_key);
    co_return outcome_of(plan, EffectKind::judge, co_await caller.call(std::move(call), {}));
}

Task<EffectOutcome> run_files(store::Store& store, const engine::Run& run, const FlowPlan& flow) {
    const auto files = co_await find_files(store, run, flow);
    if (!files) co_return not_done("document", files.error());
    co_return EffectOutcome{.result = {{"files", to_json(*files)}}};
}

Task<std::optional<engine::Quote>> quote_model(store::Store& store, const engine::Run& run,
                                               std::shared_ptr<const FlowPlan> flow,
                                               const AgentPlan& plan) {
    if (std::ranges::all_of(models_of(plan), &models::ModelLimits::free_of_charge))
        co_return std::nullopt;
    const Asking asking = co_await make_request(store, run, *flow, plan);
    if (!asking.request) co_return std::nullopt;
    auto quote = quote_of(run, std::move(flow), plan, models_of(plan), *asking.request);
    quote.can_shrink = true;
    co_return quote;
}

engine::Quote quote_judge(const engine::Run& run, const std::shared_ptr<const FlowPlan>& flow,
                          const AgentPlan& plan) {
    const models::Call call = judge_call(run, *flow, plan);
    std::vector<models::ModelLimits> asked;
    for (const std::string& name : call.models) asked.push_back(plan.limits_of(name));
    return quote_of(run, flow, plan, std::move(asked), call.request);
}

} // namespace

AgentExecutor::AgentExecutor(store::Store& store, const models::Caller& caller,
                             const connectors::Catalogue& catalogue)
    : store_(store), caller_(caller), plans_(caller.registry(), catalogue) {}

Move AgentExecutor::next(const engine::Run& run) const {
    CHECK(!run.steps.empty());
    const engine::Step& step = run.steps.back();
    const auto flow = plans_.get(run.flow);
    const AgentPlan* plan = flow->find(step.agent);
    CHECK(plan);
    if (!step.effects.empty()) {
        CHECK(step.effects.back().done);
        if (const auto& error = step.effects.back().error) return Fail{*error};
    }
    if (auto ask = ask_form(run, *flow, *plan, FormTime::pre)) return *std::move(ask);
    Move move = next_of(run, *flow, *plan);
    if (auto* finish = std::get_if<engine::Finish>(&move))
        return before_finish(run, *flow, *plan, std::move(*finish));
    return move;
}

Ask AgentExecutor::ask_whether_done(const engine::Run& run) const {
    const auto flow = plans_.get(run.flow);
    const AgentPlan* plan = flow->find(run.steps.back().agent);
    CHECK(plan && !run.steps.back().effects.empty());
    return uncertain_call(run, *flow, *plan);
}

CallRules AgentExecutor::rules(const engine::Run& run) const {
    const engine::Step& step = run.steps.back();
    const auto flow = plans_.get(run.flow);
    const AgentPlan* plan = flow->find(step.agent);
    if (!plan) return {};
    CallRules rules = plan->agent->rules;
    if (step.effects.empty() || kind_of(step.effects.back()) != EffectKind::tool) return rules;
    const ToolPlan* tool = plan->find_tool(text_member(step.effects.back().intent, "tool"));
    if (!tool) return rules;
    if (tool->action->rules.retry) rules.retry = tool->action->rules.retry;
    if (tool->action->rules.timeout) rules.timeout = tool->action->rules.timeout;
    return rules;
}

LedgerRow AgentExecutor::charge(const engine::Run& run) const {
    const engine::Step& step = run.steps.back();
    const auto flow = plans_.get(run.flow);
    const AgentPlan* plan = flow->find(step.agent);
    if (!plan) return StepExecutor::charge(run);
    return charge_of(*plan, step);
}

Task<std::optional<engine::Quote>> AgentExecutor::quote(const engine::Run& run) {
    const auto flow = plans_.get(run.flow);
    const AgentPlan* plan = flow->find(run.steps.back().agent);
    CHECK(plan && !run.steps.back().effects.empty());
    switch (kind_of(run.steps.back().effects.back())) {
    case EffectKind::model: co_return co_await quote_model(store_, run, flow, *plan);
    case EffectKind::tool: co_return quote_tool(run, flow, *plan, caller_.registry());
    case EffectKind::judge: co_return quote_judge(run, flow, *plan);
    default: co_return std::nullopt;
    }
}

Task<EffectOutcome> AgentExecutor::perform(const engine::Run& run, std::string effect_key,
                                           engine::LiveSink live) {
    co_await asio::this_coro::throw_if_cancelled(false);
    if (co_await is_cancelled()) co_return cancelled();
    const auto flow = plans_.get(run.flow);
    const AgentPlan* plan = flow->find(run.steps.back().agent);
    CHECK(plan && !run.steps.back().effects.empty());
    switch (kind_of(run.steps.back().effects.back())) {
    case EffectKind::model:
        co_return co_await run_model(store_, caller_, run, *flow, *plan, std::move(effect_key),
                                     std::move(live));
    case EffectKind::tool:
        co_return co_await run_tool(store_, run, *flow, *plan, std::move(effect_key));
    case EffectKind::files: co_return co_await run_files(store_, run, *flow);
    case EffectKind::judge:
        co_return co_await run_judge(caller_, run, *flow, *plan, std::move(effect_key));
    case EffectKind::preview:
    case EffectKind::form:
    case EffectKind::anomaly: break; // waits for a person: nobody performs it
    }
    co_return cancelled();
}

} // namespace weft::agents
