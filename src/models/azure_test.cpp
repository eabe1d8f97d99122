#include "models/formats.h"

#include "models/testing.h"

// Azure OpenAI, Groq and Mistral: what they do otherwise than OpenAI.
namespace weft::models {
namespace {

using testing::FaultServer;
using testing::Scripted;

const Endpoint azure{
    .provider = "azure", .key_setting = "AZURE_OPENAI_API_KEY", .api_version = "2024-10-21"};

const std::string filtered_stream = transcript("azure_text.sse");

std::string stream_with(std::string_view reason) {
    std::string out(filtered_stream);
    return out.replace(out.find("REASON"), 6, reason);
}

TEST(Azure, request_on_the_wire) {
    FaultServer server({Scripted{.text = "ok"}});
    Asker asker(root_of(server) + "/", azure_format, azure);
    ModelRequest request = hello();
    request.model = "our deployment";
    ASSERT_TRUE(asker.complete(request));
    const auto seen = server.requests().at(0);
    EXPECT_EQ(seen.target,
              "/openai/deployments/our%20deployment/chat/completions?api-version=2024-10-21");
    EXPECT_EQ(seen.header("api-key"), key);
    EXPECT_EQ(seen.header("authorization"), "");
    EXPECT_EQ(seen.header("idempotency-key"), "");
    EXPECT_EQ(to_text(body_of(server)),
              R"({"model":"our deployment","messages":[{"role":"user","content":"Say hello"}],)"
              R"("stream":true,"stream_options":{"include_usage":true},"max_tokens":4096,)"
              R"("temperature":0})");
}

TEST(Azure, answers_as_the_reference_shows_them) {
    const std::string good = stream_with("stop");
    const std::string filtered = stream_with("content_filter");
    const Transcript rows[] = {
        {"text", good, "Grüezi|finished", 9, 4},
        {"stopped by the filter", filtered, "Grüezi|refused", 9, 4},
    };
    check_transcripts(rows, azure_format, azure, hello());
}

TEST(Azure, failures_say_what_to_do) {
    const Wrong rows[] = {
        {"a prompt that the filter refuses",
         refusal(400, R"({"error":{"message":"The response was filtered","type":null,
             "param":"prompt","code":"content_filter","status":400,"innererror":{
             "code":"ResponsibleAIPolicyViolation","content_filter_result":{
             "violence":{"filtered":true,"severity":"high"}}}}})"),
         "refused", 400, "content filter (400): The response was filtered"},
        {"a bad key",
         refusal(401, R"({"error":{"code":"401","message":"Access denied due to invalid key"}})"),
         "refused", 401, "check AZURE_OPENAI_API_KEY"},
        {"no such deployment",
         refusal(404, R"({"error":{"code":"DeploymentNotFound","message":"No deployment"}})"),
         "refused", 404, "does not know the model"},
        {"a limit in milliseconds",
         refusal(429, R"({"error":{"code":"429","message":"Requests have exceeded"}})",
                 {{"retry-after", "1"}, {"retry-after-ms", "350"}}),
         "retry_after", 429, "Requests have exceeded", 350},
        {"cut off",
         {.fault = Scripted::Fault::cut_off, .fault_after = 2, .text = "one two", .chunks = 2},
         "retry",
         200,
         "did not answer",
         -1,
         "one two"},
    };
    check_failures(rows, azure_format, azure, hello());
}

TEST(Azure, a_stop_closes_the_socket) {
    check_stop({.text = "one two", .chunks = 2}, 1, azure_format, azure, hello(), "one ");
}

TEST(Groq, is_the_openai_format_without_idempotency_keys) {
    FaultServer server({Scripted{.text = "ok"}});
    Asker asker(server.base_url(), groq_format, {.provider = "groq"});
    ASSERT_TRUE(asker.complete(hello()));
    const auto seen = server.requests().at(0);
    EXPECT_EQ(seen.target, "/v1/chat/completions");
    EXPECT_EQ(seen.header("authorization"), std::string("Bearer ") + key);
    EXPECT_EQ(seen.header("idempotency-key"), "");
    EXPECT_TRUE(body_of(server).as_object().contains("stream_options"));
}

TEST(Mistral, request_on_the_wire) {
    FaultServer server({Scripted{.text = "ok"}});
    Asker asker(server.base_url(), mistral_format, {.provider = "mistral"});
    ModelRequest request = conversation();
    request.messages[2].calls[1].id = "Ab3dEf9hI"; // as Mistral itself makes them
    request.messages[4].call_id = "Ab3dEf9hI";
    ASSERT_TRUE(asker.complete(request));
    const json::value body = body_of(server);
    EXPECT_FALSE(find(body, "stream_options"));
    const json::array& messages = body.at("messages").as_array();
    const std::string made(messages[2].at("tool_calls").at(0).at("id").as_string());
    EXPECT_EQ(made.size(), 9);
    EXPECT_EQ(text_or(messages[3], "tool_call_id"), made) << "the same on both sides";
    EXPECT_EQ(messages[2].at("tool_calls").at(1).at("id"), "Ab3dEf9hI");
    EXPECT_EQ(messages[4].at("tool_call_id"), "Ab3dEf9hI");
}

TEST(Mistral, reports_usage_with_the_reason) {
    const std::string mistral_text = transcript("mistral_text.sse");
    const std::string mistral_call = transcript("mistral_call.sse");
    const Transcript rows[] = {
        {"text", mistral_text, "Bonjour é|finished", 5, 3},
        {"a call in one piece and the limit", mistral_call, R"(|D681PevKs f {"x":1}|length)", 5, 3},
    };
    check_transcripts(rows, mistral_format, {.provider = "mistral"}, hello());
}

} // namespace
} // namespace weft::models
