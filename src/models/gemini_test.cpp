#include "models/formats.h"

#include "models/testing.h"

namespace weft::models {
namespace {

using testing::FaultServer;
using testing::Scripted;
using Fault = Scripted::Fault;

const Endpoint google{.provider = "google", .key_setting = "GEMINI_API_KEY"};

const std::string_view hello_stream =
    "data: {\"candidates\": [{\"content\": {\"parts\": [{\"text\": \"Grüezi\"}],\"role\": "
    "\"model\"},\"index\": 0}],\"usageMetadata\": {\"promptTokenCount\": 8,\"totalTokenCount\": "
    "8},\"modelVersion\": \"gemini-2.5-flash\",\"responseId\": \"r1\"}\r\n\r\n"
    "data: {\"candidates\": [{\"content\": {\"parts\": [{\"text\": \"not for the "
    "reader\",\"thought\": true},{\"text\": \" 🌞!\"}],\"role\": \"model\"},\"finishReason\": "
    "\"STOP\",\"index\": 0}],\"usageMetadata\": {\"promptTokenCount\": 8,\"candidatesTokenCount\": "
    "5,\"thoughtsTokenCount\": 20,\"totalTokenCount\": 33},\"modelVersion\": "
    "\"gemini-2.5-flash\"}\r\n\r\n";

const std::string call_stream = transcript("gemini_calls.sse");

std::string ended(std::string_view reason) {
    return fmt::format("data: {{\"candidates\":[{{\"content\":{{\"parts\":[{{\"text\":\"cut\"}}]}},"
                       "\"finishReason\":\"{}\"}}],\"usageMetadata\":{{\"promptTokenCount\":3,"
                       "\"candidatesTokenCount\":1}}}}\n\n",
                       reason);
}

TEST(Gemini, request_on_the_wire) {
    FaultServer server({in_pieces(hello_stream, 0)});
    Asker asker(root_of(server) + "/v1beta", gemini_format, google);
    ModelRequest request = conversation();
    request.model = "gemini-2.5-flash";
    request.forced_tool = "weather_get";
    ASSERT_TRUE(asker.complete(request));
    const auto seen = server.requests().at(0);
    EXPECT_EQ(seen.target, "/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse");
    EXPECT_EQ(seen.header("x-goog-api-key"), key) << "in no URL: those are logged";
    EXPECT_EQ(seen.header("authorization"), "");
    EXPECT_EQ(to_text(body_of(server)), to_text(parse_json(R"({"contents": [
          {"role": "user", "parts": [{"text": "Weather?"}]},
          {"role": "model", "parts": [{"text": "Let me see."},
            {"functionCall": {"name": "weather_get", "args": {"city": "Bern"}},
             "thoughtSignature": "s1"},
            {"functionCall": {"name": "time_get", "args": {"unreadable": "{broken"}}}]},
          {"role": "user", "parts": [
            {"functionResponse": {"name": "weather_get", "response": {"result": "sunny"}}},
            {"functionResponse": {"name": "time_get", "response": {"error": "no"}}}]}],
        "generationConfig": {"temperature": 0.5, "maxOutputTokens": 99},
        "systemInstruction": {"parts": [{"text": "Be brief"}]},
        "tools": [{"functionDeclarations": [
          {"name": "weather_get", "description": "Asks for the weather", "parameters": {
            "type": "object", "properties": {"city": {"type": "string", "description": "A town"}},
            "required": ["city"]}},
          {"name": "time_get", "description": "Asks for the time"}]}],
        "toolConfig": {"functionCallingConfig": {"mode": "ANY",
          "allowedFunctionNames": ["weather_get"]}}})")
                                                    .value()));
}

TEST(Gemini, answers_as_the_reference_shows_them) {
    const std::string too_long = ended("MAX_TOKENS");
    const std::string unsafe = ended("SAFETY");
    const std::string prohibited = ended("PROHIBITED_CONTENT");
    const Transcript rows[] = {
        {"text and thoughts", hello_stream, "Grüezi 🌞!|finished", 8, 25},
        {"text and whole calls", call_stream,
         R"(Okay.|call_1 weather_get {"city":"Zürich"}|own time_get {}|tool_calls)", 100, 31},
        {"the limit", too_long, "cut|length", 3, 1},
        {"for safety", unsafe, "cut|refused", 3, 1},
        {"prohibited", prohibited, "cut|refused", 3, 1},
        {"a prompt that is blocked",
         "data: {\"promptFeedback\":{\"blockReason\":\"SAFETY\"},\"usageMetadata\":{"
         "\"promptTokenCount\":4,\"candidatesTokenCount\":0}}\n\n",
         "|refused", 4, 0},
        {"no usage",
         "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]},"
         "\"finishReason\":\"STOP\"}]}\n\n",
         "a|finished", 0, 0, true},
        {"one object although a stream was asked for",
         R"({"candidates":[{"content":{"parts":[{"text":"whole"}]},"finishReason":"STOP"}],
             "usageMetadata":{"promptTokenCount":2,"candidatesTokenCount":1}})",
         "whole|finished", 2, 1},
    };
    check_transcripts(rows, gemini_format, google, hello());
}

TEST(Gemini, a_thought_signature_comes_back_with_its_call) {
    FaultServer server({in_pieces(call_stream, 0)});
    Asker asker(root_of(server), gemini_format, google);
    const ModelAnswer answer = asker.complete(hello());
    ASSERT_TRUE(answer);
    ASSERT_EQ(answer->calls.size(), 2);
    EXPECT_EQ(answer->calls[0].mark, "c2ln");
    EXPECT_EQ(answer->calls[1].mark, "");
}

TEST(Gemini, a_schema_is_cut_down_to_what_it_has) {
    FaultServer server({in_pieces(hello_stream, 0)});
    Asker asker(root_of(server), gemini_format, google);
    ModelRequest request = hello();
    Field rows{.field_id = "rows", .type = "array", .examples = {json::array{}}};
    rows.items = {{.field_id = "when", .type = "date", .required = true}};
    request.tools = {{"f", "d", {rows}}};
    ASSERT_TRUE(asker.complete(request));
    const std::string shown = to_text(body_of(server).at("tools"));
    EXPECT_THAT(shown, ::testing::HasSubstr(R"("when":{"type":"string")"));
    EXPECT_THAT(shown, ::testing::Not(::testing::HasSubstr("additionalProperties")));
    EXPECT_THAT(shown, ::testing::Not(::testing::HasSubstr("examples")));
}

TEST(Gemini, failures_say_what_to_do) {
    Scripted cut{.fault = Fault::cut_off,
                 .fault_after = 1,
                 .content_type = "text/event-stream",
                 .pieces = {std::string(hello_stream.substr(0, hello_stream.find("\r\n\r\n") + 4)),
                            "data: "}};
    Scripted ends = cut;
    ends.fault = Fault::ends_early;
    const Wrong rows[] = {
        {"a quota that says when",
         refusal(429, R"({"error":{"code":429,"message":"Quota","status":"RESOURCE_EXHAUSTED",
             "details":[{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[]},
             {"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"31.5s"}]}})"),
         "retry_after", 429, "too many requests (429): Quota", 31'500},
        {"a bad key", refusal(400, R"({"error":{"code":400,"message":"API key not valid.",
             "status":"INVALID_ARGUMENT","details":[{"@type":"…ErrorInfo",
             "reason":"API_KEY_INVALID","domain":"googleapis.com"}]}})"),
         "refused", 400, "check GEMINI_API_KEY"},
        {"forbidden",
         refusal(403, R"({"error":{"code":403,"message":"No","status":"PERMISSION_DENIED"}})"),
         "refused", 403, "check GEMINI_API_KEY"},
        {"bad request",
         refusal(400, R"({"error":{"code":400,"message":"Bad","status":"INVALID_ARGUMENT"}})"),
         "refused", 400, "refused the request (400): Bad"},
        {"no such model",
         refusal(404, R"({"error":{"code":404,"message":"models/x","status":"NOT_FOUND"}})"),
         "refused", 404, "does not know the model"},
        {"too long",
         refusal(400, R"({"error":{"code":400,"message":"The input token count (1200000) exceeds )"
                      R"(the maximum number of tokens allowed (1048576).",)"
                      R"("status":"INVALID_ARGUMENT"}})"),
         "out_of_context", 400, "longer than the model's window"},
        {"unavailable",
         refusal(503, R"({"error":{"code":503,"message":"Busy","status":"UNAVAILABLE"}})"), "retry",
         503, "Busy"},
        {"its own fault",
         refusal(500, R"({"error":{"code":500,"message":"Oops","status":"INTERNAL"}})"), "retry",
         500, "Oops"},
        {"an error in the stream",
         in_pieces("data: {\"error\":{\"code\":503,\"message\":\"Busy\",\"status\":"
                   "\"UNAVAILABLE\"}}\n\n",
                   0),
         "retry", 200, "in the middle of its answer): Busy"},
        {"a call that cannot be read",
         in_pieces("data: {\"candidates\":[{\"finishReason\":\"MALFORMED_FUNCTION_CALL\"}]}\n\n",
                   0),
         "retry", 200, "cannot be read"},
        {"cut off", cut, "retry", 200, "did not answer", -1, "Grüezi"},
        {"ended early", ends, "retry", 200, "in the middle", -1, "Grüezi"},
        {"no candidates", in_pieces("data: {}\n\n", 0), "retry", 200, "without `candidates`"},
    };
    check_failures(rows, gemini_format, google, hello());
}

TEST(Gemini, a_stop_closes_the_socket) {
    const std::size_t half = hello_stream.find("\r\n\r\n") + 4;
    check_stop({.content_type = "text/event-stream",
                .pieces = {std::string(hello_stream.substr(0, half)),
                           std::string(hello_stream.substr(half))}},
               1, gemini_format, google, hello(), "Grüezi");
}

} // namespace
} // namespace weft::models
