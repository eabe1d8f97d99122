// The provider `openai` against servers that others wrote: npm's @dwmkerr/mock-llm and
// openai-api-mock, and Node's own server for HTTP/2.
#include "models/formats.h"
#include "tests/support/certificate.h"
#include "tests/support/node_server.h"
#include "tests/support/spawned.h"

#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weft::models {
namespace {

using testing::Certificate;
using ::testing::HasSubstr;
using testing::NodeServer;
using testing::Spawned;

const std::string js = std::string(WEFT_SOURCE_DIR) + "/tests/js/";

class Asker {
public:
    explicit Asker(std::string base_url, std::string ca_file = {}) {
        model_ = make_model(*client_, openai_format,
                            {.base_url = std::move(base_url),
                             .api_key = "sk-canary-1",
                             .reach = http::Reach::anywhere,
                             .ca_file = std::move(ca_file)});
        threads_.run();
    }
    ~Asker() {
        client_.reset();
        threads_.stop();
    }
    Spawned<ModelAnswer> start(ModelRequest request) {
        return Spawned(threads_.at(0), model_->complete(std::move(request),
                                                        [this](std::string_view) { ++pieces; }));
    }

    std::atomic<int> pieces = 0;

private:
    http::IoThreads threads_{1};
    std::unique_ptr<http::Client> client_ = std::make_unique<http::Client>(threads_);
    std::unique_ptr<Model> model_;
};

std::string url(const NodeServer& server, const char* scheme = "http") {
    return std::string(scheme) + "://127.0.0.1:" + std::to_string(server.port()) + "/v1";
}

ModelRequest ask(std::string model, std::string text) {
    return {.model = std::move(model),
            .messages = {{Message::Role::user, std::move(text)}},
            .idempotency_key = "k"};
}

TEST(ForeignModels, mock_llm_streams_what_it_was_asked) {
    NodeServer server("node_modules/@dwmkerr/mock-llm/dist/main.js",
                      {"--config", js + "mock_llm.yaml"});
    Asker asker(url(server));
    const ModelAnswer answer =
        asker.start(ask("gpt-4o-mini", "one two three, one two three")).get();
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->text, "You said: one two three, one two three");
    EXPECT_EQ(answer->stop, StopReason::finished);
    EXPECT_EQ(asker.pieces, 5) << "eight characters a piece";
    EXPECT_TRUE(answer->usage_estimated) << "it reports no usage";
}

TEST(ForeignModels, mock_llm_takes_the_key_and_a_conversation_with_tools) {
    NodeServer server("node_modules/@dwmkerr/mock-llm/dist/main.js",
                      {"--config", js + "mock_llm.yaml"});
    Asker asker(url(server));
    ModelRequest request = ask("locked", "call");
    request.messages.push_back(
        {Message::Role::assistant, "", {{"c1", "weather_get", json::object{{"city", "Bern"}}}}});
    request.messages.push_back({Message::Role::tool, "sunny", {}, "c1"});
    request.tools = {{"weather_get", "Asks for the weather", {{.field_id = "city"}}}};
    const ModelAnswer answer = asker.start(request).get();
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->text, "You said: sunny");
}

TEST(ForeignModels, mock_llm_puts_an_error_into_the_stream) {
    NodeServer server("node_modules/@dwmkerr/mock-llm/dist/main.js",
                      {"--config", js + "mock_llm.yaml"});
    Asker asker(url(server));
    const ModelAnswer answer = asker.start(ask("busy", "x")).get();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().error_class, ErrorClass::retry_after);
    EXPECT_THAT(answer.error().message, HasSubstr("Rate limit reached"));
}

TEST(ForeignModels, openai_api_mock_streams_words) {
    NodeServer server("openai_api_mock_server.mjs");
    Asker asker(url(server));
    const ModelAnswer answer = asker.start(ask("gpt-4o-mini", "x")).get();
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->stop, StopReason::finished) << "it ends with [DONE] and gives no reason";
    EXPECT_EQ(asker.pieces, 4);
    EXPECT_FALSE(answer->text.empty());
}

TEST(ForeignModels, openai_api_mock_calls_a_tool) {
    NodeServer server("openai_api_mock_server.mjs");
    Asker asker(url(server));
    ModelRequest request = ask("gpt-4o-mini", "x");
    request.tools = {{"person_find",
                      "Finds a person",
                      {{.field_id = "email", .required = true}, {.field_id = "city"}}}};
    request.forced_tool = "person_find";
    const ModelAnswer answer = asker.start(request).get();
    ASSERT_TRUE(answer) << answer.error().message;
    ASSERT_EQ(answer->calls.size(), 1);
    EXPECT_EQ(answer->stop, StopReason::tool_calls);
    EXPECT_EQ(answer->calls[0].name, "person_find");
    EXPECT_THAT(std::string(text_or(answer->calls[0].arguments, "email")), HasSubstr("@"));
    EXPECT_EQ(answer->input_tokens, 81);
    EXPECT_EQ(answer->output_tokens, 19);
}

/// Node's server for HTTP/2 and HTTP/1.1, with our certificate.
class Http2Server {
public:
    NodeServer& operator*() { return server_; }

private:
    const Certificate& own_ = Certificate::loopback();
    NodeServer server_{
        "http2_server.mjs", {}, {"KEY_FILE=" + own_.key_file, "CERTIFICATE_FILE=" + own_.ca_file}};
};

TEST(ForeignModels, a_server_that_offers_http2_is_called_so_that_a_stop_reaches_it_at_once) {
    Http2Server server;
    Asker asker(url(*server, "https"), Certificate::loopback().ca_file);
    const ModelAnswer first = asker.start(ask("m", "opens the connection")).get();
    ASSERT_TRUE(first) << first.error().message;
    EXPECT_EQ(first->text, "Hello over HTTP/1.1");
    auto hanging = asker.start(ask("hang", "x"));
    ASSERT_TRUE((*server).wait_output("hang began"));
    hanging.cancel();
    const ModelAnswer stopped = hanging.get();
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().error_class, ErrorClass::cancelled);
    EXPECT_TRUE((*server).wait_output("hang broken off")) << (*server).output();
    EXPECT_TRUE(asker.start(ask("m", "y")).get());
}

} // namespace
} // namespace weft::models
