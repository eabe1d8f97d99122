#include "models/prices.h"

#include <cmath>

namespace weft::models {

namespace {

/// Those who call the same models by the same names.
enum class Shop { openai, anthropic, google, mistral, groq };

struct Price {
    Shop shop;
    std::string_view model;
    std::int64_t window_tokens;
    std::int64_t micro_usd_per_million_input;
    std::int64_t micro_usd_per_million_output;
};

constexpr std::int64_t cent = 10'000; ///< in micro-dollars

/// List prices for a million tokens, without discounts for cached or batched input and without
/// surcharges for long ones, from the providers' public lists: Anthropic's and Google's as of March
/// 2026, the others' as of the second half of 2025. A price that has changed since is wrong here
/// until this table is changed.
constexpr Price prices[] = {
    {Shop::openai, "gpt-5", 400'000, 125 * cent, 1000 * cent},
    {Shop::openai, "gpt-5-mini", 400'000, 25 * cent, 200 * cent},
    {Shop::openai, "gpt-5-nano", 400'000, 5 * cent, 40 * cent},
    {Shop::openai, "gpt-4.1", 1'047'576, 200 * cent, 800 * cent},
    {Shop::openai, "gpt-4.1-mini", 1'047'576, 40 * cent, 160 * cent},
    {Shop::openai, "gpt-4.1-nano", 1'047'576, 10 * cent, 40 * cent},
    {Shop::openai, "gpt-4o", 128'000, 250 * cent, 1000 * cent},
    {Shop::openai, "gpt-4o-mini", 128'000, 15 * cent, 60 * cent},
    {Shop::openai, "gpt-4-turbo", 128'000, 1000 * cent, 3000 * cent},
    {Shop::openai, "gpt-3.5-turbo", 16'385, 50 * cent, 150 * cent},
    {Shop::openai, "o3", 200'000, 200 * cent, 800 * cent},
    {Shop::openai, "o3-mini", 200'000, 110 * cent, 440 * cent},
    {Shop::openai, "o4-mini", 200'000, 110 * cent, 440 * cent},
    {Shop::anthropic, "claude-opus-4-6", 200'000, 500 * cent, 2500 * cent},
    {Shop::anthropic, "claude-sonnet-4-6", 200'000, 300 * cent, 1500 * cent},
    {Shop::anthropic, "claude-opus-4-5", 200'000, 500 * cent, 2500 * cent},
    {Shop::anthropic, "claude-opus-4-1", 200'000, 1500 * cent, 7500 * cent},
    {Shop::anthropic, "claude-opus-4", 200'000, 1500 * cent, 7500 * cent},
    {Shop::anthropic, "claude-sonnet-4-5", 200'000, 300 * cent, 1500 * cent},
    {Shop::anthropic, "claude-sonnet-4", 200'000, 300 * cent, 1500 * cent},
    {Shop::anthropic, "claude-haiku-4-5", 200'000, 100 * cent, 500 * cent},
    {Shop::anthropic, "claude-3-7-sonnet", 200'000, 300 * cent, 1500 * cent},
    {Shop::anthropic, "claude-3-5-sonnet", 200'000, 300 * cent, 1500 * cent},
    {Shop::anthropic, "claude-3-5-haiku", 200'000, 80 * cent, 400 * cent},
    {Shop::anthropic, "claude-3-opus", 200'000, 1500 * cent, 7500 * cent},
    {Shop::anthropic, "claude-3-haiku", 200'000, 25 * cent, 125 * cent},
    {Shop::google, "gemini-2.5-pro", 1'048'576, 125 * cent, 1000 * cent},
    {Shop::google, "gemini-2.5-flash", 1'048'576, 30 * cent, 250 * cent},
    {Shop::google, "gemini-2.5-flash-lite", 1'048'576, 10 * cent, 40 * cent},
    {Shop::google, "gemini-2.0-flash", 1'048'576, 10 * cent, 40 * cent},
    {Shop::google, "gemini-2.0-flash-lite", 1'048'576, 75 * cent / 10, 30 * cent},
    {Shop::mistral, "mistral-large-latest", 128'000, 200 * cent, 600 * cent},
    {Shop::mistral, "mistral-medium-latest", 128'000, 40 * cent, 200 * cent},
    {Shop::mistral, "mistral-small-latest", 128'000, 10 * cent, 30 * cent},
    {Shop::mistral, "codestral-latest", 256'000, 30 * cent, 90 * cent},
    {Shop::groq, "llama-3.3-70b-versatile", 131'072, 59 * cent, 79 * cent},
    {Shop::groq, "llama-3.1-8b-instant", 131'072, 5 * cent, 8 * cent},
};

/// An Azure deployment that is named like OpenAI's model is taken for it.
constexpr std::pair<std::string_view, Shop> shops[] = {
    {"openai", Shop::openai}, {"azure", Shop::openai},    {"anthropic", Shop::anthropic},
    {"google", Shop::google}, {"mistral", Shop::mistral}, {"groq", Shop::groq},
};

bool matches(std::string_view text, std::string_view form) {
    if (text.size() != form.size()) return false;
    for (std::size_t at = 0; at < form.size(); ++at) {
        const bool digit = text[at] >= '0' && text[at] <= '9';
        if (form[at] == 'd' ? !digit : text[at] != form[at]) return false;
    }
    return true;
}

/// A release of the same model: dated as OpenAI, Anthropic and Google do, or the latest.
bool is_release(std::string_view tail) {
    return tail.empty() || matches(tail, "-dddd-dd-dd") || matches(tail, "-dddddddd") ||
           matches(tail, "-ddd") || tail == "-0" || tail == "-latest";
}

} // namespace

ModelLimits limits_of(std::string_view provider, std::string_view model) {
    if (provider == "ollama")
        return {.window_tokens = ollama_window_tokens, .free_of_charge = true};
    const auto shop = std::ranges::find(shops, provider, &std::pair<std::string_view, Shop>::first);
    if (shop == std::end(shops)) return {.price_unknown = true};
    for (const Price& price : prices) {
        if (price.shop != shop->second || !model.starts_with(price.model)) continue;
        if (!is_release(model.substr(price.model.size()))) continue;
        return {.window_tokens = price.window_tokens,
                .micro_usd_per_million_input = price.micro_usd_per_million_input,
                .micro_usd_per_million_output = price.micro_usd_per_million_output};
    }
    return {.price_unknown = true};
}

std::int64_t cost_micro_usd(const ModelLimits& limits, std::int64_t input_tokens,
                            std::int64_t output_tokens) {
    const double input =
        static_cast<double>(input_tokens) * static_cast<double>(limits.micro_usd_per_million_input);
    const double output = static_cast<double>(output_tokens) *
                          static_cast<double>(limits.micro_usd_per_million_output);
    return std::llround((input + output) / 1e6);
}

} // namespace weft::models
