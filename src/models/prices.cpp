#include "models/prices.h"

#include <cmath>

namespace weft::models {

std::int64_t cost_micro_usd(const ModelLimits& limits, std::int64_t input_tokens,
                            std::int64_t output_tokens) {
    const double input =
        static_cast<double>(input_tokens) * static_cast<double>(limits.micro_usd_per_million_input);
    const double output = static_cast<double>(output_tokens) *
                          static_cast<double>(limits.micro_usd_per_million_output);
    return std::llround((input + output) / 1e6);
}

} // namespace weft::models
