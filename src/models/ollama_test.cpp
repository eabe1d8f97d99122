#include "models/formats.h"

#include "models/testing.h"

namespace weft::models {
namespace {

using testing::FaultServer;
using testing::Scripted;
using Fault = Scripted::Fault;

const Endpoint ollama{.provider = "ollama"};
constexpr std::string_view lines = "application/x-ndjson";

const std::string hello_stream = transcript("ollama_text.ndjson");

const std::string call_stream = transcript("ollama_calls.ndjson");

TEST(Ollama, request_on_the_wire) {
    FaultServer server({in_pieces(hello_stream, 0, lines)});
    http::IoThreads threads(1);
    http::Client client(threads);
    const auto model = make_model(
        client, ollama_format,
        {.provider = "ollama", .base_url = root_of(server), .reach = http::Reach::anywhere});
    threads.run();
    const ModelAnswer answer =
        testing::Spawned(threads.at(0), model->complete(conversation(), {})).get();
    threads.stop();
    ASSERT_TRUE(answer) << answer.error().message;
    const auto seen = server.requests().at(0);
    EXPECT_EQ(seen.target, "/api/chat");
    EXPECT_EQ(seen.header("authorization"), "") << "it needs no key";
    EXPECT_EQ(seen.header("idempotency-key"), "");
    EXPECT_EQ(to_text(body_of(server)), to_text(parse_json(R"({"model": "m", "messages": [
          {"role": "system", "content": "Be brief"}, {"role": "user", "content": "Weather?"},
          {"role": "assistant", "content": "Let me see.", "tool_calls": [
            {"function": {"name": "weather_get", "arguments": {"city": "Bern"}}},
            {"function": {"name": "time_get", "arguments": {"unreadable": "{broken"}}}]},
          {"role": "tool", "content": "sunny", "tool_name": "weather_get"},
          {"role": "tool", "content": "{\"error\":\"no\"}", "tool_name": "time_get"}],
        "stream": true, "tools": [{"type": "function", "function": {"name": "weather_get",
          "description": "Asks for the weather", "parameters": {"type": "object",
            "properties": {"city": {"type": "string", "description": "A town"}},
            "required": ["city"], "additionalProperties": false}}},
          {"type": "function", "function": {"name": "time_get",
            "description": "Asks for the time", "parameters": {"type": "object", "properties": {},
            "required": [], "additionalProperties": false}}}],
        "options": {"temperature": 0.5, "num_predict": 99, "num_ctx": 4096}})")
                                                    .value()));
}

TEST(Ollama, the_window_grows_in_powers_of_two_up_to_a_limit) {
    const std::pair<std::size_t, int> rows[] = {{10, 8'192}, {20'000, 16'384}, {400'000, 32'768}};
    for (const auto& [bytes, window] : rows) {
        FaultServer server({in_pieces(hello_stream, 0, lines)});
        Asker asker(root_of(server), ollama_format, ollama);
        ModelRequest request = hello();
        request.messages[0].text = std::string(bytes, 'a');
        ASSERT_TRUE(asker.complete(request));
        EXPECT_EQ(body_of(server).at("options").at("num_ctx"), window) << bytes;
    }
}

TEST(Ollama, answers_as_the_reference_shows_them) {
    const Transcript rows[] = {
        {"text", hello_stream, "Grüezi 🌞!|finished", 26, 282},
        {"text and whole calls, no line break at the end", call_stream,
         R"(Okay.|call_1 weather_get {"city":"Zürich"}|own time_get {}|tool_calls)", 169, 15},
        {"the limit",
         "{\"message\":{\"content\":\"cut\"},\"done\":true,\"done_reason\":\"length\","
         "\"prompt_eval_count\":3,"
         "\"eval_count\":1}\n",
         "cut|length", 3, 1},
        {"a prompt from its cache has no count",
         R"({"message":{"content":"a"},"done":true,"done_reason":"stop","eval_count":1}
)",
         "a|finished", 0, 0, true},
    };
    check_transcripts(rows, ollama_format, ollama, hello(), lines);
}

TEST(Ollama, a_forced_call_is_asked_for_as_an_answer_in_its_form) {
    const std::string_view chosen =
        R"({"message":{"role":"assistant","content":"{\"city\""},"done":false}
{"message":{"role":"assistant","content":": \"Bern\"}"},"done":false}
{"message":{"content":""},"done":true,"done_reason":"stop","prompt_eval_count":3,"eval_count":9}
)";
    ModelRequest request = conversation();
    request.forced_tool = "weather_get";
    const Transcript rows[] = {
        {"call", chosen, R"(|call_1 weather_get {"city":"Bern"}|tool_calls)", 3, 9}};
    check_transcripts(rows, ollama_format, ollama, request, lines);

    FaultServer server({in_pieces(chosen, 0, lines)});
    Asker asker(root_of(server), ollama_format, ollama);
    ASSERT_TRUE(asker.complete(request));
    EXPECT_EQ(asker.streamed, "") << "it is no text for a reader";
    const json::value body = body_of(server);
    EXPECT_FALSE(find(body, "tools"));
    EXPECT_EQ(body.at("format"), to_json_schema(request.tools[0].input));
    const json::array& messages = body.at("messages").as_array();
    EXPECT_THAT(std::string(text_or(messages.back(), "content")),
                ::testing::HasSubstr("input of the tool \"weather_get\""));
}

TEST(Ollama, failures_say_what_to_do) {
    const std::string first(hello_stream.substr(0, hello_stream.find('\n') + 1));
    const Scripted cut{.fault = Fault::cut_off,
                       .fault_after = 1,
                       .content_type = std::string(lines),
                       .pieces = {first, "{"}};
    Scripted ends = cut;
    ends.fault = Fault::ends_early;
    const Wrong rows[] = {
        {"no such model",
         refusal(404, R"({"error":"model \"x\" not found, try pulling it first"})"), "refused", 404,
         "does not know the model or the address (404): model \"x\" not found"},
        {"a model without tools",
         refusal(400, R"({"error":"registry.ollama.ai/library/x does not support tools"})"),
         "refused", 400, "does not support tools"},
        {"its own fault", refusal(500, R"({"error":"model runner has unexpectedly stopped"})"),
         "retry", 500, "unexpectedly stopped"},
        {"busy", refusal(503, R"({"error":"server busy, please try again"})"), "retry", 503,
         "server busy"},
        {"a proxy that wants a key", refusal(401, "{}"), "refused", 401,
         "does not let us in (401)"},
        {"an error in the stream",
         in_pieces(first + "{\"error\":\"an error was encountered while running the model\"}\n", 0,
                   lines),
         "retry", 200, "in the middle of its answer): an error was encountered", -1, "Grüezi"},
        {"cut off", cut, "retry", 200, "did not answer", -1, "Grüezi"},
        {"ended early", ends, "retry", 200, "in the middle", -1, "Grüezi"},
        {"ended within a line", in_pieces(first + "{\"message\":", 0, lines), "retry", 200,
         "is not JSON", -1, "Grüezi"},
        {"no JSON", in_pieces("{\"message\"\n", 0, lines), "retry", 200, "is not JSON"},
        {"no message", in_pieces("{}\n", 0, lines), "retry", 200, "without `message`"},
        {"a web page", in_pieces("<html>", 0, "text/html"), "retry", 200, "is the base URL right?"},
        {"a line without end",
         in_pieces("{\"message\":\"" + std::string(5 << 20, 'a'), 1 << 20, lines), "retry", 200,
         "too long"},
    };
    check_failures(rows, ollama_format, ollama, hello());
}

TEST(Ollama, a_stop_closes_the_socket) {
    const std::size_t half = hello_stream.find('\n') + 1;
    check_stop({.content_type = std::string(lines),
                .pieces = {std::string(hello_stream.substr(0, half)),
                           std::string(hello_stream.substr(half))}},
               1, ollama_format, ollama, hello(), "Grüezi");
}

} // namespace
} // namespace weft::models
