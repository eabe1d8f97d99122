#include "domain/policy.h"

#include "domain/testing.h"

#include <gtest/gtest.h>

namespace weft {

namespace {

std::string faults_in(std::string_view text) {
    Faults faults;
    const json::value value = js(text);
    Members members(value, "", faults);
    CallRules rules;
    read_call_rules(members, rules);
    return faults_of(faults.result());
}

milliseconds wait_ms(const RetryPolicy& policy, int attempt, std::optional<milliseconds> after = {},
                     std::string_view key = "run/1/1") {
    return std::chrono::duration_cast<milliseconds>(wait_after(policy, attempt, after, key));
}

} // namespace

TEST(RetryPolicy, nonsense_is_named) {
    const std::pair<const char*, const char*> cases[] = {
        {R"({})", "ok"},
        {R"({"retry":null,"call_timeout_s":null})", "ok"},
        {R"({"retry":{"attempts":5,"first_s":0.5,"factor":3,"max_s":60,"jitter":0,"on":[]}})",
         "ok"},
        {R"({"retry":3})", "retry: must be an object, not number"},
        {R"({"retry":{"attempts":0}})", "retry.attempts: must lie between 1 and 20"},
        {R"({"retry":{"attempts":"two"}})", "retry.attempts: must be a whole number, not string"},
        {R"({"retry":{"factor":0.5}})", "retry.factor: must lie between 1 and 10"},
        {R"({"retry":{"first_s":-1}})", "retry.first_s: must lie between 0 and 86400"},
        {R"({"retry":{"first_s":10,"max_s":5}})", "retry.max_s: must not be less than first_s"},
        {R"({"retry":{"on":["refused"]}})",
         "retry.on.0: must be one of rate_limited, unavailable, timed_out, invalid_output"},
        {R"({"retry":{"atempts":2}})",
         "retry.atempts: is no member of a retry policy: there are attempts, first_s, factor, "
         "max_s, jitter and on"},
        {R"({"call_timeout_s":0})", "call_timeout_s: must lie between 0.1 and 31536000"},
        {R"({"call_timeout_s":"1m"})", "call_timeout_s: must be a number, not string"},
    };
    for (const auto& [text, fault] : cases) EXPECT_EQ(faults_in(text), fault) << text;
}

TEST(RetryPolicy, is_shown_as_it_was_given_and_taken_out_by_null) {
    const json::value given =
        js(R"({"retry":{"attempts":5,"first_s":0.5,"factor":3,"max_s":60,"jitter":0.1,
               "on":["rate_limited","timed_out"]},"call_timeout_s":2.5})");
    Faults faults;
    Members members(given, "", faults);
    CallRules rules;
    read_call_rules(members, rules);
    json::object shown;
    add_call_rules(shown, rules);
    EXPECT_EQ(rules.retry->attempts_max, 5);
    EXPECT_EQ(rules.timeout, milliseconds(2'500));
    const json::value kept = shown;
    Members again(kept, "", faults);
    CallRules read;
    read_call_rules(again, read);
    EXPECT_EQ(read.retry, rules.retry);
    EXPECT_EQ(read.timeout, rules.timeout);

    const json::value none = js(R"({"retry":null,"call_timeout_s":null})");
    Members nothing(none, "", faults);
    read_call_rules(nothing, rules);
    EXPECT_FALSE(rules.retry);
    EXPECT_FALSE(rules.timeout);
}

TEST(RetryPolicy, waits_grow_to_the_most_and_keep_a_retry_after) {
    RetryPolicy policy{
        .attempts_max = 9, .first = milliseconds(100), .factor = 3, .max = milliseconds(1'000)};
    policy.jitter = 0;
    EXPECT_EQ(wait_ms(policy, 1), milliseconds(100));
    EXPECT_EQ(wait_ms(policy, 2), milliseconds(300));
    EXPECT_EQ(wait_ms(policy, 3), milliseconds(900));
    EXPECT_EQ(wait_ms(policy, 4), milliseconds(1'000));
    EXPECT_EQ(wait_ms(policy, 2'000'000'000), milliseconds(1'000));
    EXPECT_EQ(wait_ms(policy, 1, milliseconds(7'000)), milliseconds(7'000));
    EXPECT_EQ(wait_ms(policy, 4, milliseconds(10)), milliseconds(1'000));
}

TEST(RetryPolicy, chance_spreads_the_waits_of_different_calls_and_never_those_of_one) {
    const RetryPolicy policy;
    milliseconds least{1'000'000};
    milliseconds most{0};
    for (int run = 0; run < 1'000; ++run) {
        const std::string key = fmt::format("run-{}/1/1", run);
        const milliseconds wait = wait_ms(policy, 1, {}, key);
        EXPECT_EQ(wait_ms(policy, 1, {}, key), wait);
        EXPECT_GE(wait, milliseconds(750));
        EXPECT_LE(wait, milliseconds(1'000));
        EXPECT_GE(wait_ms(policy, 1, milliseconds(5'000), key), milliseconds(5'000)) << "too early";
        EXPECT_LE(wait_ms(policy, 1, milliseconds(5'000), key), milliseconds(5'250));
        least = std::min(least, wait);
        most = std::max(most, wait);
    }
    EXPECT_LT(least, milliseconds(760));
    EXPECT_GT(most, milliseconds(990));
}

} // namespace weft
