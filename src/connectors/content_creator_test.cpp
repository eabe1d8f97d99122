#include "connectors/content_creator.h"

#include "connectors/testing.h"
#include "tests/support/fault_server.h"
#include "tests/support/spawned.h"

namespace weft::connectors {

class ContentCreatorTest : public StoreTest {
protected:
    ContentCreatorTest() { threads_.run(); }
    ~ContentCreatorTest() override {
        client_.stop();
        threads_.stop();
    }
    Result<json::value> write_text(json::object input, Usage* used = nullptr,
                                   std::string model = {}, Connector* connector = nullptr) {
        if (!connector) connector = catalogue_.find("content_creator");
        weft::testing::Spawned task(threads_.at(0), connector->run({.scope = scope_,
                                                                    .sort = "write",
                                                                    .input = std::move(input),
                                                                    .effect_key = "run/1/1",
                                                                    .model = std::move(model),
                                                                    .used = used}));
        return task.get();
    }
};

TEST_F(ContentCreatorTest, the_rehearsal_model_says_that_it_is_one) {
    Usage used;
    const json::value answer = must(write_text({{"instructions", "A toast."}}, &used));
    EXPECT_TRUE(text_or(answer, "content").contains("a rehearsal, not a language model"))
        << to_text(answer);
    EXPECT_EQ(text_or(answer, "model"), "weft/rehearsal");
    EXPECT_EQ(used.input_tokens, int_or(answer, "input_tokens"));
    EXPECT_EQ(used.cost_micro_usd, 0);
    EXPECT_TRUE(check_value(catalogue_.find("content_creator")->actions().at(0).output, answer,
                            Unknown::refuse));
}

TEST_F(ContentCreatorTest, asks_the_calling_agents_model_and_counts_what_it_used) {
    weft::testing::Scripted said;
    said.text = "To all of you.";
    weft::testing::FaultServer server({said});
    const models::Registry registry = models::make_registry(
        {.openai = {"key", server.base_url()}, .allow_private_network = true}, client_, clock_);
    const models::Caller caller(registry, clock_);
    const auto connector = make_content_creator(caller);
    Usage used;
    const json::value answer = must(write_text({{"instructions", "A toast."},
                                                {"tone", "warm"},
                                                {"words", 20},
                                                {"context", "It is Ada's birthday."}},
                                               &used, "openai/gpt-4o-mini", connector.get()));
    EXPECT_EQ(text_or(answer, "content"), "To all of you.");
    EXPECT_EQ(text_or(answer, "model"), "openai/gpt-4o-mini");
    EXPECT_EQ(used.input_tokens, 11);
    EXPECT_EQ(used.output_tokens, 7);
    const std::string asked = server.requests().at(0).body;
    for (const char* part : {"A toast.", "warm", "about 20 words", "Ada's birthday"})
        EXPECT_TRUE(asked.contains(part)) << part << asked;
    // By name: another model than the agent's.
    const json::value other = must(write_text({{"instructions", "x"}, {"model", "weft/rehearsal"}},
                                              nullptr, "openai/gpt-4o-mini", connector.get()));
    EXPECT_EQ(text_or(other, "model"), "weft/rehearsal");
}

TEST_F(ContentCreatorTest, refuses_with_the_reason) {
    struct Case {
        json::object input;
        std::string expected;
    };
    const Case cases[] = {
        {{{"instructions", ""}}, "instructions: must not be empty"},
        {{{"instructions", "x"}, {"words", -1}}, "words: must be between 0 and 20000"},
        {{{"instructions", "x"}, {"max_tokens", 0}}, "max_tokens: must be between 1 and 1000000"},
        {{{"instructions", "x"}, {"model", "nobody/none"}}, "model: "},
    };
    for (const Case& each : cases) {
        const auto result = write_text(each.input);
        EXPECT_TRUE(faults_of(result).starts_with(each.expected)) << faults_of(result);
    }
}

} // namespace weft::connectors
