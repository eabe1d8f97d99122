#pragma once

#include "agents/plan.h"
#include "engine/step.h"

namespace weft::agents {

/// The turns of a step so far: what the model said and what its tools answered, in order. A tool's
/// answer is its output as JSON, or {"error": …}. Nothing for a decision agent.
std::vector<models::Message> history_of(const engine::Step& step, const AgentPlan& plan);

/// Shortens texts and arguments until all is at most `bytes` long, oldest first, each replaced by a
/// word about what was there. The last turn stays as it is, but that a single answer of more than
/// half of `bytes` loses its end.
void fit(std::vector<models::Message>& turns, std::int64_t bytes);

/// Cuts a longer text at a character's border and says how much is missing.
void cut_text(std::string& text, std::size_t bytes_max);

} // namespace weft::agents
