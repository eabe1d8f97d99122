#pragma once

#include "agents/plan.h"
#include "engine/step.h"
#include "store/store.h"

namespace weft::agents {

inline constexpr std::size_t tool_output_bytes_max = 4 << 20;

/// What the model gave and what the skill fixes. invalid: the arguments are not what the tool
/// takes; every fault by its field.
Result<json::object> checked_input(const ToolPlan& tool, const json::value& arguments);

/// Of an error after which trying again may help.
FailureClass failure_class(Code code);

/// Carries out the tool effect at the end of the last step: checks the arguments that the model
/// gave, adds the preset inputs, runs the action and checks its output. What the model can put
/// right (an unknown tool, wrong arguments, a thing that is not there) is a result {"error": …} and
/// no failure.
///
/// Errors of the effect: connector (the account is gone, switched off, not set up, or failed),
/// tool_unavailable (a disk, network or peer; retryable, of class `once` only when the connector
/// knows that nothing happened), cancelled, tool_failed (retryable when a `pure` action answered
/// something unexpected).
Task<engine::EffectOutcome> run_tool(store::Store& store, const engine::Run& run,
                                     const FlowPlan& flow, const AgentPlan& plan,
                                     std::string effect_key);

/// What the same may cost; none: it asks no model.
std::optional<engine::Quote> quote_tool(const engine::Run& run,
                                        const std::shared_ptr<const FlowPlan>& flow,
                                        const AgentPlan& plan, const models::Registry& registry);

/// What a call of a tool of class `awaited` waits for. None: its arguments do not say; performing
/// it tells the model so. Pure.
std::optional<engine::Await> await_tool(const engine::Run& run, const FlowPlan& flow,
                                        const ToolPlan& tool, const json::value& arguments);

} // namespace weft::agents
