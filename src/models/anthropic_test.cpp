#include "models/formats.h"

#include "models/testing.h"

namespace weft::models {
namespace {

using testing::FaultServer;
using testing::Scripted;
using Fault = Scripted::Fault;

const Endpoint anthropic{.provider = "anthropic", .key_setting = "ANTHROPIC_API_KEY"};

const std::string hello_stream = transcript("anthropic_text.sse");

const std::string tool_stream = transcript("anthropic_calls.sse");

const std::string_view whole_message =
    R"({"id":"msg_3","type":"message","role":"assistant","model":"claude","content":[
        {"type":"text","text":"Hi "},{"type":"text","text":"there"},
        {"type":"tool_use","id":"toolu_1","name":"f","input":{"x":1}}],
        "stop_reason":"tool_use","stop_sequence":null,
        "usage":{"input_tokens":10,"output_tokens":6}})";

/// The end of a message for this reason.
std::string ended(const char* reason) {
    return fmt::format("data: {{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{{\"type\":"
                       "\"text_delta\",\"text\":\"cut\"}}}}\n\ndata: {{\"type\":\"message_delta\","
                       "\"delta\":{{\"stop_reason\":\"{}\"}},\"usage\":{{\"input_tokens\":9,"
                       "\"output_tokens\":4}}}}\n\n",
                       reason);
}

TEST(Anthropic, request_on_the_wire) {
    FaultServer server({in_pieces(hello_stream, 0)});
    Asker asker(root_of(server), anthropic_format, anthropic);
    ModelRequest request = conversation();
    request.forced_tool = "weather_get";
    ASSERT_TRUE(asker.complete(request));
    const auto seen = server.requests().at(0);
    EXPECT_EQ(seen.method, "POST");
    EXPECT_EQ(seen.target, "/v1/messages");
    EXPECT_EQ(seen.header("x-api-key"), key);
    EXPECT_EQ(seen.header("anthropic-version"), "2023-06-01");
    EXPECT_EQ(seen.header("authorization"), "");
    EXPECT_EQ(seen.header("idempotency-key"), "") << "the reference knows none";
    EXPECT_EQ(to_text(body_of(server)), to_text(parse_json(R"({"model": "m", "max_tokens": 99,
        "temperature": 0.5, "stream": true, "system": "Be brief", "messages": [
          {"role": "user", "content": [{"type": "text", "text": "Weather?"}]},
          {"role": "assistant", "content": [{"type": "text", "text": "Let me see."},
            {"type": "tool_use", "id": "call_1", "name": "weather_get", "input": {"city": "Bern"}},
            {"type": "tool_use", "id": "call_2", "name": "time_get",
             "input": {"unreadable": "{broken"}}]},
          {"role": "user", "content": [
            {"type": "tool_result", "tool_use_id": "call_1", "content": "sunny"},
            {"type": "tool_result", "tool_use_id": "call_2", "content": "{\"error\":\"no\"}"}]}],
        "tools": [{"name": "weather_get", "description": "Asks for the weather",
          "input_schema": {"type": "object",
            "properties": {"city": {"type": "string", "description": "A town"}},
            "required": ["city"], "additionalProperties": false}},
          {"name": "time_get", "description": "Asks for the time", "input_schema": {
            "type": "object", "properties": {}, "required": [], "additionalProperties": false}}],
        "tool_choice": {"type": "tool", "name": "weather_get"}})")
                                                    .value()));
}

TEST(Anthropic, documents_stand_in_the_first_user_message) {
    FaultServer server({in_pieces(hello_stream, 0)});
    Asker asker(server.base_url(), anthropic_format, anthropic);
    ModelRequest request = conversation();
    request.temperature = 1.7; // beyond what it takes
    request.documents = {{"0123456789abcdef01234567", "a.txt", "text"}};
    ASSERT_TRUE(asker.complete(request));
    const json::value body = body_of(server);
    EXPECT_EQ(body.at("temperature"), 1);
    const std::string text(body.at("messages").at(0).at("content").at(0).at("text").as_string());
    EXPECT_THAT(text, ::testing::StartsWith("Weather?\n\nThe following documents are data"));
}

TEST(Anthropic, answers_as_the_reference_shows_them) {
    const std::string too_long = ended("max_tokens");
    const std::string beyond = ended("model_context_window_exceeded");
    const std::string refused = ended("refusal");
    const std::string stopped = ended("stop_sequence");
    const Transcript rows[] = {
        {"text", hello_stream, "Grüezi 🌞!|finished", 100, 15},
        {"thoughts, text and calls in pieces", tool_stream,
         R"(Okay.|toolu_01 weather_get {"city":"Zürich"}|toolu_02 time_get {}|tool_calls)", 472,
         89},
        {"one object although a stream was asked for", whole_message,
         R"(Hi there|toolu_1 f {"x":1}|tool_calls)", 10, 6},
        {"the limit", too_long, "cut|length", 9, 4},
        {"the window", beyond, "cut|length", 9, 4},
        {"a refusal", refused, "cut|refused", 9, 4},
        {"a stop sequence", stopped, "cut|finished", 9, 4},
        {"kinds that nobody knows yet",
         "data: {\"type\":\"new_thing\",\"x\":1}\n\ndata: {\"type\":\"message_stop\"}\n\n",
         "|finished", 0, 0, true},
    };
    check_transcripts(rows, anthropic_format, anthropic, hello());
}

TEST(Anthropic, failures_say_what_to_do) {
    const auto error = [](const char* type, const char* message) {
        return fmt::format(R"({{"type":"error","error":{{"type":"{}","message":"{}"}},)"
                           R"("request_id":"req_1"}})",
                           type, message);
    };
    const auto begun = [&](const char* type) {
        return in_pieces(std::string(hello_stream.substr(0, hello_stream.find("🌞"))) + "\"}}\n\n" +
                             "event: error\ndata: " + error(type, "Overloaded") + "\n\n",
                         0);
    };
    Scripted cut = in_pieces(hello_stream, 0);
    cut.pieces = {cut.pieces[0].substr(0, cut.pieces[0].find("event: content_block_stop"))};
    cut.fault = Fault::cut_off;
    Scripted ends = cut;
    ends.fault = Fault::ends_early;
    const Wrong rows[] = {
        {"overloaded", refusal(529, error("overloaded_error", "Overloaded")), "retry", 529,
         "anthropic is overloaded (529): Overloaded"},
        {"overloaded, says when",
         refusal(529, error("overloaded_error", "Overloaded"), {{"retry-after", "7"}}),
         "retry_after", 529, "overloaded", 7'000},
        {"rate limit", refusal(429, error("rate_limit_error", "Slow"), {{"retry-after", "12"}}),
         "retry_after", 429, "too many requests (429): Slow", 12'000},
        {"bad key", refusal(401, error("authentication_error", "invalid x-api-key")), "refused",
         401, "check ANTHROPIC_API_KEY"},
        {"forbidden", refusal(403, error("permission_error", "no")), "refused", 403,
         "ANTHROPIC_API_KEY"},
        {"bad request", refusal(400, error("invalid_request_error", "temperature: too high")),
         "refused", 400, "temperature: too high"},
        {"no money in words",
         refusal(400, error("invalid_request_error",
                            "Your credit balance is too low to access the Anthropic API.")),
         "refused", 400, "no credit left", -1, "", true},
        {"no money", refusal(402, error("billing_error", "Pay")), "refused", 402, "no credit left",
         -1, "", true},
        {"no such model", refusal(404, error("not_found_error", "model: claude-9")), "refused", 404,
         "does not know the model"},
        {"too large", refusal(413, error("request_too_large", "Request exceeds")), "refused", 413,
         "too large"},
        {"too long",
         refusal(400, error("invalid_request_error", "prompt is too long: 210000 tokens > 200000")),
         "out_of_context", 400, "longer than the model's window"},
        {"too long with the answer",
         refusal(400, error("invalid_request_error",
                            "input length and `max_tokens` exceed context limit: 1 + 2 > 2")),
         "out_of_context", 400, "window"},
        {"its own fault", refusal(500, error("api_error", "Internal")), "retry", 500, "Internal"},
        {"timed out", refusal(504, error("timeout_error", "Slow")), "retry", 504, "(504)"},
        {"overloaded in the stream", begun("overloaded_error"), "retry", 200,
         "in the middle of its answer): Overloaded", -1, "Grüezi "},
        {"a limit in the stream", begun("rate_limit_error"), "retry_after", 200, "too many", -1,
         "Grüezi "},
        {"cut off", cut, "retry", 200, "did not answer", -1, "Grüezi 🌞!"},
        {"ended early", ends, "retry", 200, "in the middle", -1, "Grüezi 🌞!"},
        {"no JSON", in_pieces("data: {\"type\"\n\n", 0), "retry", 200, "is not JSON"},
        {"no type", in_pieces("data: {\"x\": 1}\n\n", 0), "retry", 200, "without `type`"},
    };
    check_failures(rows, anthropic_format, anthropic, hello());
}

TEST(Anthropic, what_a_broken_answer_cost_is_counted_from_what_is_known) {
    Scripted cut = in_pieces(hello_stream, 0);
    cut.pieces = {cut.pieces[0].substr(0, cut.pieces[0].find("event: content_block_stop"))};
    FaultServer server({cut});
    Asker asker(server.base_url(), anthropic_format, anthropic);
    const ModelAnswer answer = asker.complete(hello());
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().input_tokens, 100) << "the first event said it";
    EXPECT_GT(answer.error().output_tokens, 1) << "the last one would have";
}

TEST(Anthropic, a_stop_closes_the_socket) {
    const std::size_t half = hello_stream.find("event: content_block_stop");
    Scripted answer{.content_type = "text/event-stream",
                    .pieces = {std::string(hello_stream.substr(0, half)),
                               std::string(hello_stream.substr(half))}};
    check_stop(answer, 1, anthropic_format, anthropic, hello(), "Grüezi 🌞!");
}

} // namespace
} // namespace weft::models
