// The setting allow-address, through a whole server: a model on this machine is called at the port
// that is named.
#include "support/fault_server.h"
#include "whole_server.h"

#include <gmock/gmock.h>

namespace weft {

using testing::FaultServer;
using testing::Reply;
using testing::Scripted;
using testing::WholeServer;

namespace {

Reply ask_model(const FaultServer& model, const std::string& allowed, const std::string& status) {
    server::Settings settings;
    settings.openai_base_url = model.base_url();
    settings.openai_api_key = "sk-test-not-a-real-key";
    settings.allow_address = allowed;
    WholeServer server(settings);
    const json::value agent{{"title", "Ask"},
                            {"llm", {{"model", "openai/gpt-4o-mini"}}},
                            {"prompt", {{"template", "Say something."}}}};
    const Reply flow =
        server.owner().post("/agentflow", {{"name", "asks"}, {"agents", json::array{agent}}});
    const Reply run = server.owner().post("/execute_flow", {{"agentflow_id", flow.at("_id")}});
    return server.wait_for(run.at("_id"), status);
}

} // namespace

TEST(AllowAddress, a_named_port_is_called_and_no_other) {
    FaultServer model({Scripted{.text = "Something."}});
    const std::string here = "127.0.0.1:" + std::to_string(model.port());
    const Reply refused = ask_model(model, "127.0.0.1:1, 10.0.0.0/8", "failed");
    EXPECT_THAT(refused.text, ::testing::HasSubstr("not a public address (loopback)"));
    EXPECT_TRUE(model.connections().empty());
    const Reply done = ask_model(model, "10.0.0.0/8, " + here, "completed");
    EXPECT_EQ(done.at("status"), "completed") << done.text;
    ASSERT_FALSE(model.requests().empty());
    EXPECT_EQ(model.requests()[0].header("authorization"), "Bearer sk-test-not-a-real-key");
}

TEST(AllowAddress, what_is_no_address_is_refused_with_its_name) {
    server::Settings settings;
    settings.allow_address = "localhost:11434";
    const auto started = server::Program::start(settings);
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().code, Code::invalid);
    EXPECT_THAT(started.error().message, ::testing::HasSubstr("'localhost:11434'"));
    for (const server::Setting& setting : server::settings_table())
        if (setting.name == std::string_view("allow-address"))
            EXPECT_FALSE(server::apply(settings, setting, "localhost:11434"));
}

} // namespace weft
