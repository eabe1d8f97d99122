#pragma once

#include "models/model.h"

namespace weft::models {

/// How much of a model of Ollama's is used at most; more needs memory that few machines have.
inline constexpr std::int64_t ollama_window_tokens = 32'768;

/// Window and list prices by the names that the provider gives its models, also with a date behind
/// ("gpt-4o-2024-08-06"). price_unknown: this table does not have it; the window is then 128,000.
/// Ollama's models cost nothing.
ModelLimits limits_of(std::string_view provider, std::string_view model);

/// What the provider's prices make of these tokens, rounded to the nearest micro-USD. Zero for a
/// model without a known price.
std::int64_t cost_micro_usd(const ModelLimits& limits, std::int64_t input_tokens,
                            std::int64_t output_tokens);

} // namespace weft::models
