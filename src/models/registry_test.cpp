#include "models/registry.h"

#include "tests/support/fault_server.h"
#include "tests/support/spawned.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weft::models {
namespace {

using ::testing::HasSubstr;

struct Row {
    const char* model = "";
    RegistrySettings settings;
    const char* refusal = ""; ///< "" = found
};

TEST(Registry, finds_a_provider_or_names_the_missing_setting) {
    const RegistrySettings with_key{.openai = {.api_key = "sk-canary"}};
    const RegistrySettings with_url{.openai = {.base_url = "http://127.0.0.1:1/v1"}};
    const Row rows[] = {
        {"weft/rehearsal", {}, ""},
        {"openai/gpt-4o-mini", with_key, ""},
        {"openai/gpt-4o-mini", {}, "The model openai/gpt-4o-mini needs a key: set OPENAI_API_KEY"},
        {"openai/gpt-4o-mini", with_url, "set OPENAI_API_KEY"},
        {"openai-compatible/org/llama3", with_url, ""},
        {"openai-compatible/llama3", with_key, "needs an address: set OPENAI_BASE_URL"},
        {"anthropic/claude-sonnet-4-5", with_key, "needs a key: set ANTHROPIC_API_KEY"},
        {"anthropic/claude-sonnet-4-5", {.anthropic = {.api_key = "k"}}, ""},
        {"google/gemini-2.5-pro", {}, "needs a key: set GEMINI_API_KEY"},
        {"google/gemini-2.5-pro", {.google = {.api_key = "k"}}, ""},
        {"azure/mine", {}, "needs a key: set AZURE_OPENAI_API_KEY"},
        {"azure/mine", {.azure = {.api_key = "k"}}, "needs an address: set AZURE_OPENAI_ENDPOINT"},
        {"azure/mine", {.azure = {"k", "http://127.0.0.1:1"}}, ""},
        {"mistral/mistral-small-latest", {}, "set MISTRAL_API_KEY"},
        {"groq/llama-3.1-8b-instant", {}, "set GROQ_API_KEY"},
        {"ollama/llama3.2", {}, ""},
        {"cohere/command", with_key,
         "no model provider \"cohere\"; there are weft, openai, azure, anthropic, google, mistral, "
         "groq, ollama, openai-compatible"},
        {"gpt-4o", with_key, "write provider/name"},
        {"openai/", with_key, "write provider/name"},
        {"/gpt-4o", with_key, "write provider/name"},
        {"", with_key, "write provider/name"},
    };
    http::IoThreads threads(1);
    http::Client client(threads);
    FakeClock clock;
    for (const Row& row : rows) {
        const Registry registry = make_registry(row.settings, client, clock);
        const Result<Model*> found = registry.find(row.model);
        EXPECT_EQ(found.has_value(), *row.refusal == '\0') << row.model;
        if (found) {
            EXPECT_NE(*found, nullptr);
            continue;
        }
        EXPECT_EQ(found.error().code, Code::invalid);
        EXPECT_THAT(found.error().message, HasSubstr(row.refusal)) << row.model;
    }
}

TEST(Registry, who_uses_the_same_key_shares_its_limits) {
    testing::FaultServer server({testing::Scripted{.text = "ok"}});
    http::IoThreads threads(1);
    http::Client client(threads);
    FakeClock clock;
    RegistrySettings settings{.openai = {"k", server.base_url()}, .allow_private_network = true};
    settings.rate_limits = rate_limits_from("openai=1").value();
    const Registry registry = make_registry(settings, client, clock);
    threads.run();
    const auto ask = [&](const char* model) {
        return testing::Spawned(threads.at(0),
                                registry.find(model).value()->complete({.model = "m"}, {}))
            .get();
    };
    EXPECT_TRUE(ask("openai/m"));
    EXPECT_FALSE(ask("openai-compatible/m"));
    EXPECT_FALSE(ask("openai/m"));
    clock.advance(seconds(60));
    EXPECT_TRUE(ask("openai-compatible/m"));
    threads.stop();
}

TEST(Registry, prices_hold_for_openai_alone) {
    http::IoThreads threads(1);
    http::Client client(threads);
    FakeClock clock;
    const Registry registry =
        make_registry({.openai = {"k", "http://127.0.0.1:1/v1"}}, client, clock);
    EXPECT_FALSE(registry.find("openai/gpt-4o").value()->limits("gpt-4o").price_unknown);
    EXPECT_TRUE(registry.find("openai-compatible/gpt-4o").value()->limits("gpt-4o").price_unknown);
}

} // namespace
} // namespace weft::models
