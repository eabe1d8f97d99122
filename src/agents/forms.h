#pragma once

#include "agents/effects.h"
#include "agents/plan.h"

/// Forms of agents: what a person fills in before an agent begins, or about what it brought.
///
/// What is submitted stands over the run's inputs from then on (effects.h, inputs_of), so that
/// prompts and conditions see it as `inputs`; of the form before its work the agent's model is told
/// besides. Values of the form after its work are its output's `data.runtime_input`. Files of forms
/// are files of the run.
namespace weft::agents {

inline constexpr std::string_view submitted_data = "runtime_input";

/// The question that comes before `at` of the run's last step, if the agent has such a form and
/// nobody was asked yet. `output`: of the step, for the form that comes after it.
std::optional<engine::Await> ask_form(const engine::Run& run, const FlowPlan& flow,
                                      const AgentPlan& plan, FormTime at,
                                      std::string_view output = {});

/// Those that the run was started with, then those of forms, each once.
std::vector<FileId> files_of(const engine::Run& run, const FlowPlan& flow);

} // namespace weft::agents
