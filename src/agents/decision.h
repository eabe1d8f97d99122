#pragma once

#include "agents/plan.h"
#include "engine/step.h"

/// Decision agents: expressions first, then one question to the model about the sentences.
namespace weft::agents {

/// The tool that such an agent's model must call: choose(decision, reason), where decision is the
/// number of a sentence or 0.
models::Tool choose_tool();
/// The numbered sentences, for the end of the user's message.
std::string question_text(const AgentPlan& plan);

struct Choice {
    const BranchPlan* branch = nullptr; ///< nullptr: none of the sentences holds
    std::string reason;
};
/// What the model chose. invalid: it called nothing, something else, or named no sentence: worth
/// asking again.
Result<Choice> choice_of(const AgentPlan& plan, const json::object& result);

/// What a decision step does next. Pure. A decision that ends the run hands on the text of the step
/// before it, so that the run concludes with it; any other has the title of the agent it leads to.
engine::Move next_decision(const engine::Run& run, const FlowPlan& flow, const AgentPlan& plan);

} // namespace weft::agents
