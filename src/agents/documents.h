#pragma once

#include "agents/conversation.h"
#include "store/store.h"

namespace weft::agents {

/// The rows of the run's files, in order. `run` and `flow` outlive the task. not_found: one was
/// removed.
Task<Result<std::vector<File>>> find_files(store::Store& store, const engine::Run& run,
                                           const FlowPlan& flow);

/// What the agent gets of the run's files (Material says which). All three outlive the task.
/// too_large: they do not fit and the agent has no tool to read them in pages. Else as
/// connectors::read_text.
Task<Result<Material>> gather(store::Store& store, const engine::Run& run, const FlowPlan& flow,
                              const AgentPlan& plan);

} // namespace weft::agents
