#include "agents/pricing.h"

#include "agents/effects.h"
#include "models/prices.h"
#include "models/tokens.h"

#include <cmath>

namespace weft::agents {

namespace {

constexpr double kilotokens_per_credit = 667;
constexpr double gpt_4o_micro_usd =
    2'500'000 + 10'000'000; ///< a million tokens in and a million out

double price_ratio(const models::ModelLimits& limits) {
    if (limits.free_of_charge) return 0;
    const auto price = static_cast<double>(limits.micro_usd_per_million_input +
                                           limits.micro_usd_per_million_output);
    return price > 0 ? price / gpt_4o_micro_usd : 1;
}

std::int64_t tokens_of(const Usage& usage) { return usage.input_tokens + usage.output_tokens; }

/// The model that answered an effect, by its whole name; "" when none did.
std::string_view model_of(const engine::Effect& effect) {
    const EffectKind kind = kind_of(effect);
    const bool asks = kind == EffectKind::model || kind == EffectKind::judge;
    return asks ? text_member(effect.result, "model") : "";
}

/// `priced`: the tokens, each times its model's ratio.
std::int64_t credits_of(std::int64_t tokens, double priced) {
    if (tokens == 0 || priced <= 0) return 0;
    const double kilotokens = std::round(static_cast<double>(tokens) / 1'000);
    return base_credits_micro + std::llround(kilotokens * 1e6 / kilotokens_per_credit * priced /
                                             static_cast<double>(tokens));
}

} // namespace

std::int64_t credits_micro(const models::ModelLimits& limits, const Usage& usage) {
    const std::int64_t tokens = tokens_of(usage);
    return credits_of(tokens, static_cast<double>(tokens) * price_ratio(limits));
}

/// What failed attempts used is in no effect: it is counted at the price of the agent's own model.
std::int64_t credits_micro(const AgentPlan& plan, const engine::Step& step) {
    const std::int64_t tokens = tokens_of(step.usage);
    double priced = static_cast<double>(tokens) * price_ratio(plan.limits);
    for (const engine::Effect& effect : step.effects)
        if (const std::string_view model = model_of(effect); !model.empty())
            priced += static_cast<double>(tokens_of(effect.usage)) *
                      (price_ratio(plan.limits_of(model)) - price_ratio(plan.limits));
    return credits_of(tokens, priced);
}

namespace {

struct CallSize {
    std::int64_t input_tokens = 0;
    std::int64_t output_tokens = 0;
};

Amount price_of(const AgentPlan& plan, const engine::Step& step,
                std::span<const models::ModelLimits> asked, const CallSize& size) {
    Amount price;
    double priced = static_cast<double>(tokens_of(step.usage)) * price_ratio(plan.limits);
    std::int64_t tokens = tokens_of(step.usage);
    for (const models::ModelLimits& limits : asked) {
        price.micro_usd += models::cost_micro_usd(limits, size.input_tokens, size.output_tokens);
        tokens += size.input_tokens + size.output_tokens;
        priced += static_cast<double>(size.input_tokens + size.output_tokens) *
                  std::max(price_ratio(limits), price_ratio(plan.limits));
    }
    price.micro_credits =
        std::max<std::int64_t>(credits_of(tokens, priced) - credits_micro(plan, step), 0);
    return price;
}

} // namespace

std::vector<models::ModelLimits> models_of(const AgentPlan& plan) {
    std::vector<models::ModelLimits> all{plan.limits};
    for (const auto& [name, limits] : plan.fallbacks) all.push_back(limits);
    return all;
}

engine::Quote quote_of(const engine::Run& run, std::shared_ptr<const FlowPlan> flow,
                       const AgentPlan& plan, std::vector<models::ModelLimits> asked,
                       const models::ModelRequest& request) {
    const std::int64_t input_tokens = models::count_input_tokens(request);
    auto price = [&run, &plan, flow = std::move(flow), asked = std::move(asked),
                  input_tokens](std::int64_t output_tokens) {
        return price_of(plan, run.steps.back(), asked, {input_tokens, output_tokens});
    };
    return {.output_tokens = request.max_tokens, .price = std::move(price)};
}

LedgerRow charge_of(const AgentPlan& plan, const engine::Step& step) {
    const Agent& agent = *plan.agent;
    LedgerRow charge{agent.id, agent.title, agent.llm.model, step.usage};
    for (const engine::Effect& effect : step.effects)
        if (const std::string_view model = model_of(effect); !model.empty()) charge.model = model;
    charge.usage.credits_micro = credits_micro(plan, step);
    return charge;
}

} // namespace weft::agents
