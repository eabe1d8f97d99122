#pragma once

#include "agents/plan.h"
#include "domain/inbox.h"
#include "engine/step.h"

/// What agents ask people. Shapes of what is asked: domain/inbox.h.
namespace weft::agents {

/// Whether a person must see this call of a tool before it is made: the agent says so
/// (is_preview_mode_enabled), the call acts on something, and it is one that can be made.
bool needs_preview(const AgentPlan& plan, const ToolPlan& tool, const json::value& arguments);

/// The question whether the agent may make a call. `model`: the result of the model call that asked
/// for it; what the model thought is told as far as it said so, either in words or as an object
/// {"thoughts": {text, reasoning, plan, criticism, speak}}.
Ask preview_of(const FlowPlan& flow, const AgentPlan& plan, const ToolPlan& tool,
               const json::object& model, const json::value& arguments);

/// "Work" of "Flow", for the sentences that people read.
std::string name_of(const FlowPlan& flow, const AgentPlan& plan);
Ask ask_about(InboxType type, const AgentPlan& plan, std::string summary,
              const json::object& asked);

/// The question whether the tool call at the end of the run happened.
Ask uncertain_call(const engine::Run& run, const FlowPlan& flow, const AgentPlan& plan);

/// What a person made of the input of an agent's tool, as the effect is given it: without what the
/// skill fixes. invalid: the tool does not take it, or it changes what is fixed; fields begin with
/// `at`.
Result<json::object> edited_input(const FlowPlan& flow, const AgentId& agent, std::string_view tool,
                                  const json::object& input, const std::string& at);

} // namespace weft::agents
