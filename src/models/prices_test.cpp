#include "models/prices.h"

#include <gtest/gtest.h>

namespace weft::models {
namespace {

TEST(Prices, by_provider_and_name) {
    struct Row {
        const char* provider = "";
        const char* model = "";
        std::int64_t input = 0, output = 0; ///< micro-dollars per million; -1: unknown
        std::int64_t window = 128'000;
    };
    const Row rows[] = {
        {"openai", "gpt-4o", 2'500'000, 10'000'000},
        {"openai", "gpt-4o-2024-08-06", 2'500'000, 10'000'000},
        {"openai", "gpt-4o-mini", 150'000, 600'000},
        {"openai", "gpt-4o-mini-2024-07-18", 150'000, 600'000},
        {"openai", "gpt-4.1", 2'000'000, 8'000'000, 1'047'576},
        {"openai", "gpt-4.1-nano", 100'000, 400'000, 1'047'576},
        {"openai", "gpt-4o-audio-preview", -1, -1},
        {"openai", "gpt-4o-2024", -1, -1},
        {"openai", "llama3", -1, -1},
        {"openai", "claude-sonnet-4-5", -1, -1},
        {"openai", "", -1, -1},
        {"openai-compatible", "gpt-4o", -1, -1},
        {"azure", "gpt-4o", 2'500'000, 10'000'000},
        {"azure", "our-deployment", -1, -1},
        {"anthropic", "claude-opus-4-1-20250805", 15'000'000, 75'000'000, 200'000},
        {"anthropic", "claude-opus-4-20250514", 15'000'000, 75'000'000, 200'000},
        {"anthropic", "claude-opus-4-5", 5'000'000, 25'000'000, 200'000},
        {"anthropic", "claude-opus-4-0", 15'000'000, 75'000'000, 200'000},
        {"anthropic", "claude-3-5-haiku-latest", 800'000, 4'000'000, 200'000},
        {"anthropic", "claude-sonnet-4-6", 3'000'000, 15'000'000, 200'000},
        {"anthropic", "claude-opus-9", -1, -1},
        {"google", "gemini-2.5-flash", 300'000, 2'500'000, 1'048'576},
        {"google", "gemini-2.5-flash-lite", 100'000, 400'000, 1'048'576},
        {"google", "gemini-2.0-flash-001", 100'000, 400'000, 1'048'576},
        {"mistral", "mistral-small-latest", 100'000, 300'000},
        {"groq", "llama-3.1-8b-instant", 50'000, 80'000, 131'072},
        {"nobody", "gpt-4o", -1, -1},
    };
    for (const Row& row : rows) {
        const ModelLimits limits = limits_of(row.provider, row.model);
        EXPECT_EQ(limits.price_unknown, row.input < 0) << row.model;
        EXPECT_FALSE(limits.free_of_charge);
        EXPECT_EQ(limits.window_tokens, row.window) << row.model;
        EXPECT_EQ(limits.micro_usd_per_million_input, std::max<std::int64_t>(0, row.input))
            << row.model;
        EXPECT_EQ(limits.micro_usd_per_million_output, std::max<std::int64_t>(0, row.output))
            << row.model;
    }
    EXPECT_TRUE(limits_of("ollama", "llama3.2").free_of_charge);
}

TEST(Prices, a_cost_is_rounded_to_the_nearest_micro_dollar) {
    const ModelLimits gpt_4o = limits_of("openai", "gpt-4o");
    EXPECT_EQ(cost_micro_usd(gpt_4o, 1'000'000, 100'000), 3'500'000);
    EXPECT_EQ(cost_micro_usd(gpt_4o, 1, 0), 3);
    EXPECT_EQ(cost_micro_usd({}, 1'000'000, 1'000'000), 0);
}

} // namespace
} // namespace weft::models
