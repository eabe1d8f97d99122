#include "models/openai.h"

namespace weft::models {

namespace {

struct Price {
    std::string_view model;
    std::int64_t window_tokens;
    std::int64_t micro_usd_per_million_input;
    std::int64_t micro_usd_per_million_output;
};

constexpr std::int64_t cent = 10'000; ///< in micro-dollars

/// OpenAI's list prices for a million tokens, without discounts for cached or batched input.
constexpr Price prices[] = {
    {"gpt-5", 400'000, 125 * cent, 1000 * cent},
    {"gpt-5-mini", 400'000, 25 * cent, 200 * cent},
    {"gpt-5-nano", 400'000, 5 * cent, 40 * cent},
    {"gpt-4.1", 1'047'576, 200 * cent, 800 * cent},
    {"gpt-4.1-mini", 1'047'576, 40 * cent, 160 * cent},
    {"gpt-4.1-nano", 1'047'576, 10 * cent, 40 * cent},
    {"gpt-4o", 128'000, 250 * cent, 1000 * cent},
    {"gpt-4o-mini", 128'000, 15 * cent, 60 * cent},
    {"gpt-4-turbo", 128'000, 1000 * cent, 3000 * cent},
    {"gpt-3.5-turbo", 16'385, 50 * cent, 150 * cent},
    {"o3", 200'000, 200 * cent, 800 * cent},
    {"o3-mini", 200'000, 110 * cent, 440 * cent},
    {"o4-mini", 200'000, 110 * cent, 440 * cent},
};

/// "-2024-08-06": a dated release of the same model.
bool is_date(std::string_view tail) {
    constexpr std::string_view form = "-dddd-dd-dd";
    if (tail.size() != form.size()) return false;
    for (std::size_t at = 0; at < form.size(); ++at) {
        const bool digit = tail[at] >= '0' && tail[at] <= '9';
        if (form[at] == 'd' ? !digit : tail[at] != '-') return false;
    }
    return true;
}

} // namespace

ModelLimits openai_limits(std::string_view model) {
    for (const Price& price : prices) {
        if (!model.starts_with(price.model)) continue;
        const std::string_view tail = model.substr(price.model.size());
        if (!tail.empty() && !is_date(tail)) continue;
        return {.window_tokens = price.window_tokens,
                .micro_usd_per_million_input = price.micro_usd_per_million_input,
                .micro_usd_per_million_output = price.micro_usd_per_million_output};
    }
    return {.price_unknown = true};
}

} // namespace weft::models
