#include "models/openai.h"

#include <gtest/gtest.h>

namespace weft::models {
namespace {

TEST(OpenAiPrices, by_name) {
    struct Row {
        const char* model;
        std::int64_t input, output; ///< micro-dollars per million; -1: unknown
    };
    const Row rows[] = {
        {"gpt-4o", 2'500'000, 10'000'000},
        {"gpt-4o-2024-08-06", 2'500'000, 10'000'000},
        {"gpt-4o-mini", 150'000, 600'000},
        {"gpt-4o-mini-2024-07-18", 150'000, 600'000},
        {"gpt-4.1", 2'000'000, 8'000'000},
        {"gpt-4.1-mini", 400'000, 1'600'000},
        {"gpt-4.1-nano", 100'000, 400'000},
        {"gpt-4o-audio-preview", -1, -1},
        {"gpt-4o-2024", -1, -1},
        {"llama3", -1, -1},
        {"", -1, -1},
    };
    for (const Row& row : rows) {
        const ModelLimits limits = openai_limits(row.model);
        EXPECT_EQ(limits.price_unknown, row.input < 0) << row.model;
        EXPECT_FALSE(limits.free_of_charge);
        EXPECT_EQ(limits.micro_usd_per_million_input, std::max<std::int64_t>(0, row.input))
            << row.model;
        EXPECT_EQ(limits.micro_usd_per_million_output, std::max<std::int64_t>(0, row.output))
            << row.model;
    }
}

} // namespace
} // namespace weft::models
