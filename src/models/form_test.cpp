#include "models/caller.h"
#include "models/formats.h"
#include "models/rehearsal.h"
#include "models/testing.h"

// Answers that must be JSON of a form: how each provider is asked, and what Caller makes of
// answers.
namespace weft::models {
namespace {

using testing::FaultServer;
using ::testing::HasSubstr;
using testing::Scripted;

json::object schema_of(const char* text) { return parse_json(text).value().as_object(); }

const json::object order = schema_of(R"({"type":"object","properties":{"code":{"type":"string"},
    "grams":{"type":"integer"}},"required":["code","grams"],"additionalProperties":false})");

ModelRequest asked(json::object schema = order) {
    ModelRequest request = hello();
    request.form = AnswerForm{.name = "order", .schema = std::move(schema)};
    return request;
}

json::value sent(const WireFormat& format, const ModelRequest& request) {
    return format.body(request);
}

std::string at(const json::value& body, std::string_view pointer) {
    boost::system::error_code error;
    const json::value* found = body.find_pointer(pointer, error);
    return found ? to_text(*found) : "nothing";
}

TEST(Form, is_asked_for_in_each_providers_own_way) {
    const std::string schema = to_text(order);
    const json::value openai = sent(openai_format, asked());
    EXPECT_EQ(at(openai, "/response_format/type"), "\"json_schema\"");
    EXPECT_EQ(at(openai, "/response_format/json_schema/name"), "\"order\"");
    EXPECT_EQ(at(openai, "/response_format/json_schema/schema"), schema);
    EXPECT_EQ(at(openai, "/response_format/json_schema/strict"), "true");
    EXPECT_EQ(sent(azure_format, asked()), openai);

    const json::value anthropic = sent(anthropic_format, asked());
    EXPECT_EQ(at(anthropic, "/tools/0/name"), "\"order\"");
    EXPECT_EQ(at(anthropic, "/tools/0/input_schema"), schema);
    EXPECT_EQ(at(anthropic, "/tool_choice"), R"({"type":"tool","name":"order"})");

    const json::value gemini = sent(gemini_format, asked());
    EXPECT_EQ(at(gemini, "/generationConfig/responseMimeType"), "\"application/json\"");
    EXPECT_EQ(at(gemini, "/generationConfig/responseSchema/properties"),
              R"({"code":{"type":"string"},"grams":{"type":"integer"}})");
    EXPECT_EQ(at(gemini, "/generationConfig/responseSchema/additionalProperties"), "nothing");

    EXPECT_EQ(at(sent(ollama_format, asked()), "/format"), schema);
}

TEST(Form, strict_is_said_of_schemas_that_are) {
    const std::pair<const char*, const char*> rows[] = {
        {R"({"type":"object","properties":{"a":{}},"required":["a"]})", "false"},
        {R"({"type":"object","properties":{"a":{}},"additionalProperties":false})", "false"},
        {R"({"type":"object","properties":{"a":{"type":"array","items":{"properties":{"b":{}}}}},
             "required":["a"],"additionalProperties":false})",
         "false"},
        {R"({"type":"object","properties":{"a":{"type":["string","null"]}},"required":["a"],
             "additionalProperties":false})",
         "true"},
    };
    for (const auto& [schema, strict] : rows)
        EXPECT_EQ(at(sent(openai_format, asked(schema_of(schema))),
                     "/response_format/json_schema/strict"),
                  strict)
            << schema;
}

TEST(Form, beside_tools) {
    ModelRequest request = conversation();
    request.form = AnswerForm{.schema = order};
    const json::value anthropic = sent(anthropic_format, request);
    EXPECT_EQ(at(anthropic, "/tools/2/name"), "\"answer\"");
    EXPECT_EQ(at(anthropic, "/tool_choice"), R"({"type":"any"})") << "a tool, or the answer";
    EXPECT_EQ(at(sent(gemini_format, request), "/generationConfig/responseSchema"), "nothing")
        << "refused beside functions";
    EXPECT_EQ(at(sent(ollama_format, request), "/format"), "nothing") << "would forbid calls";
}

TEST(Form, a_schema_with_references_goes_to_gemini_as_it_is) {
    const json::object tree = schema_of(R"({"type":"object","properties":{"next":{"$ref":"#"}}})");
    const json::value body = sent(gemini_format, asked(tree));
    EXPECT_EQ(at(body, "/generationConfig/responseJsonSchema"), to_text(tree));
    EXPECT_EQ(at(body, "/generationConfig/responseSchema"), "nothing");
}

TEST(Form, anthropics_call_is_the_text) {
    const std::string_view stream =
        "data: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":"
        "\"tool_use\",\"id\":\"t\",\"name\":\"order\",\"input\":{}}}\n\n"
        "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":"
        "\"input_json_delta\",\"partial_json\":\"{\\\"code\\\":\\\"a\\\"}\"}}\n\n"
        "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"tool_use\"},\"usage\":{"
        "\"input_tokens\":3,\"output_tokens\":2}}\n\n";
    FaultServer server({in_pieces(stream, 0)});
    Asker asker(root_of(server), anthropic_format, {.provider = "anthropic"});
    const ModelAnswer answer = asker.complete(asked());
    ASSERT_TRUE(answer);
    EXPECT_EQ(shown(*answer), R"({"code":"a"}|finished)");
}

TEST(Form, the_rehearsal_model_says_that_it_cannot) {
    http::IoThreads threads(1);
    threads.run();
    const auto model = make_rehearsal_model();
    const ModelAnswer answer = testing::Spawned(threads.at(0), model->complete(asked(), {})).get();
    threads.stop();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().error_class, ErrorClass::refused);
    EXPECT_THAT(answer.error().message, HasSubstr("choose a language model"));
}

Task<bool> no_wait(milliseconds) { co_return true; }

/// A Caller with the models "a/m" and "b/m".
class FormCall : public ::testing::Test {
protected:
    ~FormCall() override {
        client_.reset();
        threads_.stop();
    }
    CallAnswer call(std::vector<Scripted> first, std::vector<Scripted> second = {{.text = "no"}},
                    int repairs_max = 2) {
        for (auto* answers : {&first, &second}) {
            servers_.push_back(std::make_unique<FaultServer>(std::move(*answers)));
            registry_.providers.push_back(
                {std::string(1, static_cast<char>('a' + registry_.providers.size())),
                 make_model(*client_, openai_format,
                            {.provider = "openai",
                             .base_url = servers_.back()->base_url(),
                             .reach = http::Reach::anywhere})});
        }
        threads_.run();
        const Caller caller(registry_, clock_, no_wait);
        Call question{.models = {"a/gpt-4o", "b/gpt-4o"}, .request = asked()};
        question.repairs_max = repairs_max;
        question.request.idempotency_key = "k";
        return testing::Spawned(threads_.at(0), caller.call(question,
                                                            [this](std::string_view text) {
                                                                streamed_ += text;
                                                                ++pieces_;
                                                            }))
            .get();
    }
    std::size_t asked_first() { return servers_[0]->requests().size(); }
    std::size_t asked_second() { return servers_[1]->requests().size(); }

    FakeClock clock_;
    Registry registry_;
    http::IoThreads threads_{1};
    std::unique_ptr<http::Client> client_ = std::make_unique<http::Client>(threads_);
    std::vector<std::unique_ptr<FaultServer>> servers_;
    std::string streamed_;
    int pieces_ = 0;
};

const char* const good = R"({"code":"PX","grams":12})";

TEST_F(FormCall, an_answer_that_fits_is_read_and_shown_whole) {
    const CallAnswer answer = call({{.text = good, .chunks = 5}});
    ASSERT_TRUE(answer) << answer.error().failure.message;
    EXPECT_EQ(to_text(answer->value), good);
    EXPECT_EQ(streamed_, good);
    EXPECT_EQ(pieces_, 1);
    EXPECT_EQ(asked_first(), 1);
}

TEST_F(FormCall, a_fence_is_no_fault) {
    const CallAnswer answer = call({{.text = "```json\n" + std::string(good) + "\n```\n"}});
    ASSERT_TRUE(answer);
    EXPECT_EQ(to_text(answer->value), good);
}

TEST_F(FormCall, faults_are_told_and_mended) {
    const CallAnswer answer = call(
        {{.text = "Sure! Here it is."}, {.text = R"({"code":"PX","grams":"12"})"}, {.text = good}});
    ASSERT_TRUE(answer) << answer.error().failure.message;
    EXPECT_EQ(to_text(answer->value), good);
    EXPECT_EQ(streamed_, good) << "what did not fit was not shown";
    EXPECT_EQ(answer->spent.input_tokens, 33) << "three answers were paid for";
    const auto requests = servers_[0]->requests();
    ASSERT_EQ(requests.size(), 3);
    EXPECT_THAT(requests[1].body, HasSubstr("It is not JSON"));
    EXPECT_THAT(requests[1].body, HasSubstr("Sure! Here it is."));
    EXPECT_THAT(requests[2].body, HasSubstr("grams must be of type integer, not string."));
    EXPECT_THAT(requests[2].body, HasSubstr("nothing but JSON of this schema"));
    EXPECT_EQ(requests[0].header("idempotency-key"), "k");
    EXPECT_EQ(requests[1].header("idempotency-key"), "k/repair1") << "another request";
}

TEST_F(FormCall, after_the_last_repair_another_model_is_asked_and_then_it_is_a_failure) {
    const CallAnswer answer = call({{.text = "no"}}, {{.text = R"({"code":"PX"})"}}, 1);
    ASSERT_FALSE(answer);
    EXPECT_EQ(asked_first(), 2);
    EXPECT_EQ(asked_second(), 2);
    EXPECT_EQ(answer.error().failure.error_class, ErrorClass::retry);
    EXPECT_EQ(answer.error().failure.message,
              "The model b/gpt-4o did not answer in the form that was asked for, 2 times. Lastly: "
              "grams is missing.");
    EXPECT_EQ(answer.error().failure.partial_text, R"({"code":"PX"})");
    EXPECT_EQ(answer.error().spent.input_tokens, 44);
    EXPECT_EQ(streamed_, "");
}

TEST_F(FormCall, an_answer_that_is_cut_off_is_asked_for_again_shorter) {
    const CallAnswer answer =
        call({{.text = R"({"code":"PX)", .finish_reason = "length"}, {.text = good}});
    ASSERT_TRUE(answer);
    EXPECT_THAT(servers_[0]->requests()[1].body, HasSubstr("write less"));
}

TEST_F(FormCall, a_call_and_a_refusal_are_answers_of_their_own) {
    const CallAnswer answer = call({{.text = "", .finish_reason = "content_filter"}});
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->completion.stop, StopReason::refused);
    EXPECT_TRUE(answer->value.is_null());
    EXPECT_EQ(asked_first(), 1);
}

TEST_F(FormCall, failures_in_between_are_repeated_as_always) {
    const CallAnswer answer =
        call({refusal(500, "{}"), {.text = "no"}, refusal(502, "{}"), {.text = good}});
    ASSERT_TRUE(answer) << answer.error().failure.message;
    EXPECT_EQ(asked_first(), 4);
}

} // namespace
} // namespace weft::models
