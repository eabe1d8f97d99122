#pragma once

#include "agents/plan.h"
#include "engine/step.h"

namespace weft::agents {

inline constexpr std::int64_t base_credits_micro = 30'000;

/// What a finished step is charged, in millionths of a credit (api-contract.md, credit history):
///
///     0.03 + round(tokens / 1,000) / 667 × ratio
///
/// tokens: input and output of all its model calls, failed attempts too. ratio: the model's price
/// (input + output per million) over gpt-4o's (2.50 + 10.00 USD); 1 for a model without a known
/// price, 0 for a free one; where several models answered, their mean by tokens. Free models and
/// steps that asked no model are charged nothing, not even the base.
std::int64_t credits_micro(const AgentPlan& plan, const engine::Step& step);
/// The same for calls of one model that belong to no step.
std::int64_t credits_micro(const models::ModelLimits& limits, const Usage& usage);

/// What a call costs at most whose models `asked`, one after the other, may each get the request
/// and answer with all its tokens. Credits: how many more the run's last step then costs. The plan
/// lies in `flow`; the run outlives the quote.
engine::Quote quote_of(const engine::Run& run, std::shared_ptr<const FlowPlan> flow,
                       const AgentPlan& plan, std::vector<models::ModelLimits> asked,
                       const models::ModelRequest& request);
/// Of the agent, in their order.
std::vector<models::ModelLimits> models_of(const AgentPlan& plan);

/// The step's row of the ledger. Its model is the one that gave the last answer.
LedgerRow charge_of(const AgentPlan& plan, const engine::Step& step);

} // namespace weft::agents
