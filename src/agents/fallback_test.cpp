#include "agents/effects.h"
#include "agents/pricing.h"
#include "agents/testing.h"

// Agents whose model does not answer, and what an answer of another one costs.
namespace weft::agents {

namespace {

using models::ErrorClass;
using testing::HasSubstr;

constexpr models::ModelLimits gpt_4o{.micro_usd_per_million_input = 2'500'000,
                                     .micro_usd_per_million_output = 10'000'000};
constexpr models::ModelLimits fifth{.micro_usd_per_million_input = 500'000,
                                    .micro_usd_per_million_output = 2'000'000};

class FallbackTest : public ExecutorTest {
protected:
    engine::Run go(std::string_view fallbacks = R"(["spare/any"])") {
        return drive(run_of(flow_of(fmt::format(
            R"({{"name": "F", "agents": [{{"title": "Work",
                "llm": {{"model": "test/any", "fallbacks": {}}}}}]}})",
            fallbacks))));
    }
    void answers(Scripted& model, std::string text, std::int64_t input, std::int64_t output) {
        model.script.push_back([=](const auto&) {
            return models::Completion{.text = text, .input_tokens = input, .output_tokens = output};
        });
    }
};

TEST_F(FallbackTest, another_model_stands_in_and_is_the_one_that_is_named_and_paid) {
    model_->known_limits = gpt_4o;
    spare_->known_limits = fifth;
    model_->fails({.error_class = ErrorClass::retry_after,
                   .message = "busy",
                   .http_status = 429,
                   .retry_after = seconds(60)});
    answers(*spare_, "done", 600'000, 67'000);
    const engine::Run run = go();
    ASSERT_EQ(run.state, ExecutionState::completed);
    EXPECT_EQ(run.conclusion, "done");
    const engine::Effect& effect = run.steps[0].effects[0];
    EXPECT_EQ(effect.attempt, 1) << "at once, without a wait";
    EXPECT_EQ(text_member(effect.result, "model"), "spare/any");
    EXPECT_EQ(effect.usage.cost_micro_usd, 300'000 + 134'000);
    EXPECT_EQ(spare_->asked.at(0).model, "any");
    EXPECT_EQ(spare_->asked.at(0).idempotency_key,
              model_->asked.at(0).idempotency_key + "/spare/any");
    const auto plan = compile(run.flow, registry_, catalogue_);
    const LedgerRow charge = charge_of(plan->agents[0], run.steps[0]);
    EXPECT_EQ(charge.model, "spare/any");
    EXPECT_EQ(charge.usage.credits_micro, 230'000) << "0.03 + 667/667 × 0.2";
}

TEST_F(FallbackTest, a_refusal_of_the_request_is_final) {
    model_->fails({.error_class = ErrorClass::refused, .message = "bad request"});
    spare_->says("done");
    const engine::Run run = go();
    EXPECT_EQ(run.state, ExecutionState::failed);
    EXPECT_EQ(run.error.value().code, "model_refused");
    EXPECT_TRUE(spare_->asked.empty());
}

TEST_F(FallbackTest, when_nobody_answers_the_engine_waits_for_the_one_that_is_ready_first) {
    limits_.attempts_max = 3;
    limits_.backoff_jitter = 0;
    model_->fails({.error_class = ErrorClass::retry_after, .retry_after = seconds(60)});
    spare_->fails({.error_class = ErrorClass::retry_after, .retry_after = seconds(20)});
    const engine::Run run = go();
    ASSERT_EQ(run.waiting_for, engine::WaitReason::retry);
    EXPECT_EQ(run.wake_at.value(), run.steps[0].effects[0].ended + seconds(20));
    EXPECT_EQ(model_->asked.size(), 1) << "once each: the wait is the engine's";
    EXPECT_EQ(spare_->asked.size(), 1);
}

TEST_F(FallbackTest, a_fallback_that_is_not_set_up_is_passed_over) {
    model_->fails({.error_class = ErrorClass::retry, .message = "down"});
    spare_->says("done");
    const engine::Run run = go(R"(["nobody/x", "spare/any"])");
    EXPECT_EQ(run.state, ExecutionState::completed);
    EXPECT_EQ(text_member(run.steps[0].effects[0].result, "model"), "spare/any");
}

/// A step whose model calls used so many tokens each, answered by these models.
engine::Step step_of(std::vector<std::pair<const char*, std::int64_t>> calls) {
    engine::Step step;
    for (const auto& [model, tokens] : calls) {
        engine::Effect effect{.intent = {{"kind", "model"}}, .done = true};
        effect.result = {{"model", model}};
        effect.usage.input_tokens = tokens;
        step.usage.input_tokens += tokens;
        step.effects.push_back(effect);
    }
    return step;
}

TEST(Pricing, charges_by_price_and_by_thousands_of_tokens) {
    Agent agent;
    agent.llm.model = "test/any";
    AgentPlan plan{.agent = &agent, .prompt = expr::Template::compile(""), .limits = gpt_4o};
    plan.fallbacks = {{"spare/any", fifth}, {"free/any", {.free_of_charge = true}}};
    const auto credits = [&plan](const models::ModelLimits& limits, const engine::Step& step) {
        plan.limits = limits;
        return credits_micro(plan, step);
    };
    EXPECT_EQ(credits(gpt_4o, step_of({{"test/any", 667'400}})), 1'030'000);
    EXPECT_EQ(credits(gpt_4o, step_of({{"test/any", 300}})), 30'000);
    EXPECT_EQ(credits(fifth, step_of({{"test/any", 667'000}})), 230'000);
    EXPECT_EQ(credits({}, step_of({{"test/any", 667'000}})), 1'030'000);
    EXPECT_EQ(credits({.free_of_charge = true}, step_of({{"test/any", 667'000}})), 0);
    EXPECT_EQ(credits(gpt_4o, {}), 0);
    EXPECT_EQ(credits(gpt_4o, step_of({{"test/any", 333'500}, {"spare/any", 333'500}})), 630'000)
        << "half at 1, half at 0.2";
    EXPECT_EQ(credits(gpt_4o, step_of({{"free/any", 667'000}})), 0);
    engine::Step failed = step_of({{"spare/any", 333'500}});
    failed.usage.input_tokens += 333'500; // of an attempt that failed: at the agent's own price
    EXPECT_EQ(credits(gpt_4o, failed), 630'000);
}

} // namespace
} // namespace weft::agents
