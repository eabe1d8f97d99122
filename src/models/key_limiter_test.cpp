#include "models/key_limiter.h"

#include "models/testing.h"

namespace weft::models {
namespace {

using testing::FaultServer;
using testing::Scripted;

http::Headers headers(std::vector<std::pair<std::string, std::string>> fields) {
    return {std::move(fields)};
}

TEST(KeyLimiter, limits_as_they_are_written) {
    const auto limits = rate_limits_from("openai=500/200000, groq=30 mistral=/50000").value();
    EXPECT_EQ(limits.size(), 3);
    EXPECT_EQ(limits.at("openai"), (RateLimit{500, 200'000}));
    EXPECT_EQ(limits.at("groq"), (RateLimit{30, 0}));
    EXPECT_EQ(limits.at("mistral"), (RateLimit{0, 50'000}));
    EXPECT_TRUE(rate_limits_from("").value().empty());
    for (const char* wrong : {"openai", "openai=", "=5", "openai=x", "openai=5/x", "openai=-5"})
        EXPECT_FALSE(rate_limits_from(wrong)) << wrong;
}

TEST(KeyLimiter, a_minutes_worth_goes_at_once_and_refills_evenly) {
    FakeClock clock;
    KeyLimiter limiter({.requests_per_minute = 6}, clock);
    for (int i = 0; i < 6; ++i) EXPECT_EQ(limiter.admit("", 0).count(), 0) << i;
    EXPECT_EQ(limiter.admit("", 0).count(), 10'000);
    clock.advance(seconds(9));
    EXPECT_EQ(limiter.admit("", 0).count(), 1'000);
    clock.advance(seconds(1));
    EXPECT_EQ(limiter.admit("", 0).count(), 0);
    EXPECT_EQ(limiter.admit("", 0).count(), 10'000);
    clock.advance(std::chrono::minutes(5));
    for (int i = 0; i < 6; ++i) EXPECT_EQ(limiter.admit("", 0).count(), 0) << i;
    EXPECT_GT(limiter.admit("", 0).count(), 0) << "no more than a minute's worth is saved";
}

TEST(KeyLimiter, who_waits_keeps_its_place) {
    FakeClock clock;
    KeyLimiter limiter({.requests_per_minute = 6}, clock);
    for (int i = 0; i < 6; ++i) limiter.admit("", 0);
    EXPECT_EQ(limiter.admit("a", 0).count(), 10'000);
    EXPECT_EQ(limiter.admit("b", 0).count(), 20'000) << "behind the first";
    EXPECT_EQ(limiter.admit("a", 0).count(), 10'000) << "asking again costs nothing";
    clock.advance(seconds(10));
    EXPECT_EQ(limiter.admit("", 0).count(), 20'000) << "a newcomer stands behind both";
    EXPECT_EQ(limiter.admit("a", 0).count(), 0);
    EXPECT_EQ(limiter.admit("b", 0).count(), 10'000);
    clock.advance(seconds(10));
    EXPECT_EQ(limiter.admit("b", 0).count(), 0);
    EXPECT_EQ(limiter.admit("b", 0).count(), 10'000) << "the next one is a new request";
}

TEST(KeyLimiter, tokens_are_counted_before_and_settled_after) {
    FakeClock clock;
    KeyLimiter limiter({.tokens_per_minute = 6'000}, clock);
    EXPECT_TRUE(limiter.counts_tokens());
    EXPECT_EQ(limiter.admit("", 5'000).count(), 0);
    EXPECT_EQ(limiter.admit("", 2'000).count(), 10'000);
    limiter.settle(5'000, 1'000); // most of what was counted was not used
    EXPECT_EQ(limiter.admit("", 2'000).count(), 0);
    EXPECT_EQ(limiter.admit("", 3'000).count(), 0);
    limiter.settle(3'000, 4'000); // more than was counted
    EXPECT_EQ(limiter.admit("", 1'000).count(), 20'000);
    clock.advance(std::chrono::minutes(2));
    EXPECT_EQ(limiter.admit("", 1'000'000).count(), 0) << "larger than the limit: when it is full";
    EXPECT_EQ(limiter.admit("", 1).count(), 10);
}

TEST(KeyLimiter, a_key_that_was_told_to_wait_is_not_used_before) {
    FakeClock clock;
    KeyLimiter limiter({}, clock);
    EXPECT_EQ(limiter.admit("", 0).count(), 0);
    limiter.must_wait(seconds(30));
    limiter.must_wait(seconds(10)); // the longer one holds
    EXPECT_EQ(limiter.admit("a", 0).count(), 30'000);
    clock.advance(seconds(30));
    EXPECT_EQ(limiter.admit("a", 0).count(), 0);
}

TEST(KeyLimiter, reads_what_providers_say_of_their_limits) {
    struct Row {
        const char* remaining;
        const char* limit;
        const char* reset;
        int wait_ms;
    };
    const Row rows[] = {
        {"0", "60", "1m0s", 1'000}, {"0", "1", "20ms", 20}, {"0", "10", "1h2m3.5s", 372'350},
        {"1", "60", "1m0s", 0},     {"", "60", "1m0s", 0},  {"0", "60", "soon", 0},
        {"0", "", "5s", 5'000},     {"x", "60", "5s", 0},
    };
    for (const Row& row : rows) {
        FakeClock clock;
        KeyLimiter limiter({}, clock);
        limiter.heard(headers({{"x-ratelimit-remaining-requests", row.remaining},
                               {"x-ratelimit-limit-requests", row.limit},
                               {"x-ratelimit-reset-requests", row.reset}}));
        EXPECT_EQ(limiter.admit("", 0).count(), row.wait_ms) << row.reset;
    }
}

/// A model with a limiter, both on a clock that the test moves.
class LimitedModel : public ::testing::Test {
protected:
    void begin(RateLimit limit, const FaultServer& server, const WireFormat& format) {
        model_ = make_model(client_, format,
                            {.provider = "openai",
                             .base_url = root_of(server),
                             .api_key = key,
                             .reach = http::Reach::anywhere},
                            std::make_shared<KeyLimiter>(limit, clock_));
        threads_.run();
    }
    ~LimitedModel() override { threads_.stop(); }
    ModelAnswer ask(std::string who) {
        ModelRequest request = hello();
        request.max_tokens = 10;
        request.idempotency_key = std::move(who);
        return testing::Spawned(threads_.at(0), model_->complete(request, {})).get();
    }

    FakeClock clock_;
    http::IoThreads threads_{1};
    http::Client client_{threads_};
    std::unique_ptr<Model> model_;
};

TEST_F(LimitedModel, nothing_is_sent_beyond_the_limit) {
    FaultServer server({Scripted{.text = "ok"}});
    begin({.requests_per_minute = 1}, server, openai_format);
    ASSERT_TRUE(ask("a"));
    const ModelAnswer answer = ask("b");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().error_class, ErrorClass::retry_after);
    EXPECT_EQ(answer.error().http_status, 0);
    EXPECT_EQ(answer.error().retry_after, milliseconds(60'000));
    EXPECT_THAT(answer.error().message, ::testing::HasSubstr("nothing was sent"));
    EXPECT_EQ(server.requests().size(), 1);
    clock_.advance(seconds(60));
    EXPECT_TRUE(ask("b"));
}

TEST_F(LimitedModel, tokens_that_were_not_used_come_back) {
    FaultServer server({Scripted{.text = "ok"}}); // 11 tokens in, 7 out
    begin({.tokens_per_minute = 36}, server, openai_format);
    EXPECT_TRUE(ask("a"));
    EXPECT_TRUE(ask("b")) << "18 of 36 are left, 16 are counted";
    EXPECT_FALSE(ask("c")) << "all 36 are used";
}

TEST_F(LimitedModel, a_provider_that_says_when_is_believed_also_in_the_body) {
    FaultServer server(
        {refusal(429, R"({"error":{"code":429,"message":"Quota","status":"RESOURCE_EXHAUSTED",
             "details":[{"@type":"RetryInfo","retryDelay":"30s"}]}})"),
         in_pieces("data: {\"candidates\":[{\"finishReason\":\"STOP\"}]}\n\n", 0)});
    begin({}, server, gemini_format);
    EXPECT_FALSE(ask("a"));
    EXPECT_EQ(ask("b").error().retry_after, milliseconds(30'000));
    EXPECT_EQ(server.requests().size(), 1) << "the second was not sent";
    clock_.advance(seconds(30));
    EXPECT_TRUE(ask("b"));
}

} // namespace
} // namespace weft::models
