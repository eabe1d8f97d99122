#include "agents/pricing.h"

#include <cmath>

namespace weft::agents {

namespace {

constexpr std::int64_t base_micro = 30'000;
constexpr double kilotokens_per_credit = 667;
constexpr double gpt_4o_micro_usd =
    2'500'000 + 10'000'000; ///< a million tokens in and a million out

} // namespace

std::int64_t credits_micro(const models::ModelLimits& limits, const Usage& step) {
    const std::int64_t tokens = step.input_tokens + step.output_tokens;
    if (limits.free_of_charge || tokens == 0) return 0;
    const auto price = static_cast<double>(limits.micro_usd_per_million_input +
                                           limits.micro_usd_per_million_output);
    const double ratio = price > 0 ? price / gpt_4o_micro_usd : 1;
    const double kilotokens = std::round(static_cast<double>(tokens) / 1'000);
    return base_micro + std::llround(kilotokens * 1e6 / kilotokens_per_credit * ratio);
}

} // namespace weft::agents
