#include "models/tokens.h"

#include <fstream>
#include <gtest/gtest.h>

namespace weft::models {
namespace {

json::value samples() {
    std::ifstream file(std::string(WEFT_SOURCE_DIR) + "/src/models/token_samples.json");
    return parse_json(std::string((std::istreambuf_iterator<char>(file)), {})).value();
}

/// The counts are those of o200k_base. Where `held_out` is set, nothing was fitted to the text.
TEST(Tokens, samples_are_counted_within_bounds) {
    const json::value all = samples();
    double sum = 0;
    double counted = 0;
    for (const json::value& sample : all.as_array()) {
        const auto name = text_or(sample, "name");
        const auto real = static_cast<double>(int_or(sample, "tokens"));
        const auto tokens = static_cast<double>(count_tokens(text_or(sample, "text")));
        const bool held_out = bool_or(sample, "held_out");
        const double most = name == "vietnamese" ? 1.75 : held_out ? 1.3 : 1.2;
        EXPECT_LE(tokens, real * most) << name;
        EXPECT_GE(tokens, real * (held_out ? 0.75 : 0.8)) << name;
        sum += real;
        counted += tokens;
    }
    EXPECT_NEAR(counted / sum, 1, 0.05);
}

TEST(Tokens, bytes_by_four_would_not_keep_these_bounds) {
    int outside = 0;
    const json::value all = samples();
    for (const json::value& sample : all.as_array()) {
        const double real = static_cast<double>(int_or(sample, "tokens"));
        const double guess = static_cast<double>(text_or(sample, "text").size()) / 4;
        outside += guess > real * 1.3 || guess < real * 0.75 ? 1 : 0;
    }
    EXPECT_GE(outside, 10);
}

TEST(Tokens, edges) {
    EXPECT_EQ(count_tokens(""), 0);
    EXPECT_EQ(count_tokens("hello"), 1);
    EXPECT_EQ(count_tokens("\xff\xfe"), 2) << "no UTF-8: a token a byte";
    EXPECT_EQ(count_tokens(std::string(3'000, '7')), 1'000);
    EXPECT_LE(count_tokens(std::string(1 << 20, ' ')), 14'000);
}

TEST(Tokens, a_request_counts_all_its_texts) {
    ModelRequest request{.messages = {{Message::Role::user, "hello"}}};
    const std::int64_t bare = count_input_tokens(request);
    EXPECT_EQ(bare, 5);
    request.tools = {{"weather_get", "Asks for the weather", {{.field_id = "city"}}}};
    const std::int64_t with_tool = count_input_tokens(request);
    EXPECT_GT(with_tool, bare + 20);
    request.documents = {{"0123456789abcdef01234567", "a.txt", std::string(600, '7')}};
    EXPECT_GT(count_input_tokens(request), with_tool + 200);
    request.messages.push_back(
        {Message::Role::assistant, "", {{"c", "f", json::object{{"text", "one two three"}}}}});
    EXPECT_GT(count_input_tokens(request), with_tool + 205);
}

} // namespace
} // namespace weft::models
