#pragma once

#include "domain/execution.h"
#include "models/model.h"

namespace weft::agents {

/// What a finished step is charged, in millionths of a credit (api-contract.md, credit history):
///
///     0.03 + round(tokens / 1,000) / 667 × ratio
///
/// tokens: input and output of all its model calls, failed attempts too. ratio: the model's price
/// (input + output per million) over gpt-4o's (2.50 + 10.00 USD); 1 for a model without a known
/// price. Free models and steps that asked no model are charged nothing, not even the base.
std::int64_t credits_micro(const models::ModelLimits& limits, const Usage& step);

} // namespace weft::agents
