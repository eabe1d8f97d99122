#include "models/failures.h"

#include "models/testing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weft::models {
namespace {

using testing::FaultServer;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::Phase;
using testing::Scripted;
using testing::Spawned;
using Fault = Scripted::Fault;

const Wrong wrongs[] = {
    {"429 in seconds", refusal(429, R"({"error":{"message":"Slow down"}})", {{"Retry-After", "3"}}),
     "retry_after", 429,
     "The model provider openai is receiving too many requests (429): Slow down", 3000},
    {"429 as a date",
     refusal(429, "{}",
             {{"Date", "Sun, 06 Nov 1994 08:49:37 GMT"},
              {"Retry-After", "Sun, 06 Nov 1994 08:49:42 GMT"}}),
     "retry_after", 429, "(429).", 5000},
    {"429 that does not say when", refusal(429, "busy"), "retry_after", 429, "too many requests"},
    {"429 for lack of money",
     refusal(429, R"({"error":{"message":"Quota","type":"insufficient_quota"}})"), "refused", 429,
     "no credit left", -1, "", true},
    {"500", refusal(500, R"({"error":{"message":"Oops"}})"), "retry", 500,
     "has a fault of its own (500): Oops"},
    {"500 with a page", refusal(500, "<html>gateway</html>"), "retry", 500, "(500)."},
    {"502", refusal(502, "x"), "retry", 502, "(502)"},
    {"503", refusal(503, "x"), "retry", 503, "(503)"},
    {"503 that says when", refusal(503, "x", {{"Retry-After", "2"}}), "retry_after", 503, "(503)",
     2000},
    {"504", refusal(504, "x"), "retry", 504, "(504)"},
    {"400", refusal(400, R"({"error":{"message":"Bad\nthing","code":null}})"), "refused", 400,
     "refused the request (400): Bad thing"},
    {"a flat error", refusal(400, R"({"error":"Bad Request","message":"No rule"})"), "refused", 400,
     "No rule"},
    {"401", refusal(401, std::string(R"({"error":{"message":"Incorrect key )") + key + "\"}}"),
     "refused", 401, "did not accept the key (401): check OPENAI_API_KEY."},
    {"403", refusal(403, "{}"), "refused", 403, "check OPENAI_API_KEY"},
    {"404", refusal(404, R"({"error":{"message":"The model `x` does not exist"}})"), "refused", 404,
     "does not know the model"},
    {"422", refusal(422, "{}"), "refused", 422, "refused the request (422)"},
    {"a redirect", refusal(307, "x", {{"Location", "http://127.0.0.1:1/"}}), "refused", 307,
     "which is not followed"},
    {"out of context by code",
     refusal(400, R"({"error":{"message":"m","code":"context_length_exceeded"}})"),
     "out_of_context", 400, "longer than the model's window"},
    {"out of context by words",
     refusal(400, R"({"error":{"message":"This model's maximum context length is 8 tokens"}})"),
     "out_of_context", 400, "maximum context length is 8"},
    {"the key comes back",
     refusal(400,
             std::string(R"({"error":{"message":"You sent )") + key + R"( twice: )" + key + "\"}}"),
     "refused", 400, "You sent [key] twice: [key]"},
    {"cut off in the middle",
     {.fault = Fault::cut_off, .fault_after = 2, .text = "one two three", .chunks = 3},
     "retry",
     200,
     "did not answer: 127.0.0.1",
     -1,
     "one two th"},
    {"ended in the middle",
     {.fault = Fault::ends_early, .fault_after = 2, .text = "one two three", .chunks = 3},
     "retry",
     200,
     "ended its answer in the middle",
     -1,
     "one two th"},
    {"a malformed chunk",
     {.fault = Fault::malformed_chunk, .fault_after = 1, .text = "one two three", .chunks = 3},
     "retry",
     200,
     "a piece of its stream is not JSON",
     -1,
     "one t"},
    {"a chunk that is no object", events("[1]"), "retry", 200,
     "sent array where an object belongs"},
    {"a chunk without choices", events("{}"), "retry", 200, "without `choices`"},
    {"an object cut in half", plain(R"({"choices": [)"), "retry", 200, "its answer is not JSON"},
    {"a web page", plain("<!doctype html>"), "retry", 200, "is the base URL right?"},
    {"nothing at all", {.raw_body = "\n"}, "retry", 200, "ended its answer in the middle"},
    {"closed without a word", {.fault = Fault::closes}, "retry", 0, "broke off the connection"},
    {"an error in the stream", events(R"({"choices":[{"delta":{"content":"par"}}]}
        {"error":{"message":"Overloaded","type":"server_error"}})"),
     "retry", 200, "in the middle of its answer): Overloaded", -1, "par"},
    {"a rate limit in the stream",
     events(R"({"error":{"message":"Slow","type":"rate_limit_error"}})"), "retry_after", 200,
     "Slow"},
    {"a bad request in the stream",
     events(R"({"error":{"message":"No","type":"invalid_request_error","code":400}})"), "refused",
     200, "No"},
    {"too long in the stream",
     events(R"({"error":{"message":"m","type":"bad","code":"context_length_exceeded"}})"),
     "out_of_context", 200, "window"},
};

TEST(Failures, failures_say_what_to_do) {
    check_failures(wrongs, openai_format, {.provider = "openai", .key_setting = "OPENAI_API_KEY"},
                   hello());
}

TEST(Failures, an_address_that_is_not_public_is_refused_with_the_setting_that_allows_it) {
    FaultServer server({Scripted{.text = "x"}});
    http::IoThreads threads(1);
    http::Client client(threads);
    const auto model =
        make_model(client, openai_format, {.base_url = server.base_url(), .api_key = key});
    threads.run();
    const ModelAnswer answer = Spawned(threads.at(0), model->complete(hello(), {})).get();
    threads.stop();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().error_class, ErrorClass::refused);
    EXPECT_THAT(answer.error().message, HasSubstr("allow-address"));
    EXPECT_TRUE(server.connections().empty());
}

/// "one", the reason, usage, [DONE], and then not the end of the answer.
Scripted whole_but_open(Fault fault) { return {.fault = fault, .fault_after = 4, .text = "one"}; }

TEST(Failures, a_connection_that_breaks_after_the_last_piece_costs_nothing) {
    FaultServer server({whole_but_open(Fault::cut_off)});
    Asker asker(server.base_url());
    const ModelAnswer answer = asker.complete(hello());
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->text, "one");
    EXPECT_EQ(answer->input_tokens, 11);
}

TEST(Failures, a_stop_counts_as_one_even_when_all_was_there) {
    FaultServer server({whole_but_open(Fault::hangs)});
    Asker asker(server.base_url());
    auto call = asker.start(hello());
    ASSERT_TRUE(server.wait_hanging());
    call.cancel();
    const ModelAnswer answer = call.get();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().error_class, ErrorClass::cancelled);
}

TEST(Failures, a_stop_in_every_phase) {
    for (const Phase phase : testing::all_phases) {
        testing::HangingServer server(phase);
        Asker asker(server.base_url());
        auto call = asker.start(hello());
        ASSERT_TRUE(server.wait_reached()) << to_text(phase);
        const std::int64_t bytes = server.bytes();
        asker.wait_streamed(phase == Phase::mid_stream ? 1 : 0);
        call.cancel();
        const ModelAnswer answer = call.get();
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().error_class, ErrorClass::cancelled) << to_text(phase);
        EXPECT_TRUE(server.wait_released()) << to_text(phase);
        EXPECT_EQ(server.bytes(), bytes) << to_text(phase);
        if (phase == Phase::mid_stream) {
            EXPECT_EQ(answer.error().partial_text, asker.streamed);
            EXPECT_GT(answer.error().input_tokens, 0);
        }
    }
}

} // namespace
} // namespace weft::models
