#pragma once

#include "models/model.h"

namespace weft::models {

/// What the provider's prices make of these tokens, rounded to the nearest micro-USD. Zero for a
/// model without a known price.
std::int64_t cost_micro_usd(const ModelLimits& limits, std::int64_t input_tokens,
                            std::int64_t output_tokens);

} // namespace weft::models
