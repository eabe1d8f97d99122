// The settings of a project over HTTP: who may, what is refused, and that each has an effect.
#include "api_world.h"

#include "support/fault_server.h"

#include <gmock/gmock.h>

namespace weft {

namespace {

using testing::FaultServer;
using testing::Scripted;

constexpr const char* secret = "sk-of-this-project-0123456789";

} // namespace

class Settings : public Api {
protected:
    std::string path() const { return "/settings/" + project_; }
    Reply change(TestClient& client, const json::value& patch) {
        return client.send(http::Method::patch, path(), to_text(patch));
    }
    Reply change(const json::value& patch) { return change(owner(), patch); }
    void TearDown() override {
        for (const char* name :
             {"models", "default_model", "budgets", "retention", "input_forms", "notifications"})
            EXPECT_EQ(change({{name, nullptr}}).status, 200) << name;
    }
    std::string model_of_new_agent() {
        const Reply flow = owner().post(
            in_project("/agentflow"), {{"name", "f"}, {"agents", {json::object{{"title", "a"}}}}});
        return std::string(
            text_or(flow.body.at("agents").at(0).at("llm"), "model")); // as it was saved
    }
};

TEST_F(Settings, are_read_by_viewers_and_changed_by_editors) {
    const json::object patch{{"default_model", "openai/gpt-4o"}};
    EXPECT_EQ(code_of(nobody_->get(path())), "401 unauthenticated");
    EXPECT_EQ(code_of(stranger_->get(path())), "404 not_found");
    EXPECT_EQ(viewer_->get(path()).status, 200);
    EXPECT_EQ(code_of(change(*nobody_, patch)), "401 unauthenticated");
    EXPECT_EQ(code_of(change(*stranger_, patch)), "404 not_found");
    EXPECT_EQ(code_of(change(*viewer_, patch)), "403 forbidden");
    for (const char* role : {"operator", "editor"}) {
        const Reply key = owner().post("/apikey", {{"name", role}, {"scopes", json::array{role}}});
        TestClient client(server_->url(), key.at("secret_key"));
        EXPECT_EQ(change(client, patch).status, std::string(role) == "editor" ? 200 : 403);
    }
    EXPECT_EQ(viewer_->get(path()).at("default_model"), "openai/gpt-4o");
}

TEST_F(Settings, are_all_there_when_nobody_has_set_one_and_can_be_sent_back) {
    const Reply before = owner().get(path());
    EXPECT_EQ(before.status, 200);
    EXPECT_TRUE(before.body.at("budgets").as_array().empty());
    EXPECT_TRUE(before.body.at("models").as_object().empty());
    const Reply sent = change(before.body);
    EXPECT_EQ(sent.status, 200) << sent.text;
    for (const auto& [name, value] : before.body.as_object())
        if (name != "updated_at") EXPECT_EQ(sent.body.at(name), value) << name;
}

TEST_F(Settings, one_fault_and_nothing_changes) {
    const Reply refused = change({{"default_model", "openai/gpt-4o"},
                                  {"models", {{"openai", {{"api_key", secret}}}}},
                                  {"retention", {{"runs_days", -1}}},
                                  {"budgets", {json::object{{"level", "moon"}}}}});
    EXPECT_EQ(code_of(refused), "422 invalid");
    std::vector<std::string> fields;
    for (const json::value& each : refused.body.at("errors").as_array())
        fields.emplace_back(text_or(each, "field"));
    EXPECT_THAT(fields, ::testing::IsSupersetOf({"retention.runs_days", "budgets.0.level"}));
    EXPECT_EQ(owner().get(path()).at("default_model"), "");
    EXPECT_TRUE(owner().get(path()).body.at("models").as_object().empty());
    EXPECT_FALSE(refused.text.contains(secret));
    const Reply credentials =
        change({{"models", {{"openai", {{"base_url", "https://ada:pass@a.example"}}}}}});
    EXPECT_EQ(code_of(credentials), "422 invalid");
}

TEST_F(Settings, keys_are_write_only) {
    const Reply set = change(
        {{"models", {{"openai", {{"api_key", secret}}}}},
         {"notifications",
          {{"webhook", {{"url", "https://a.example"}, {"secret", secret}}}, {"on", {"inbox"}}}}});
    EXPECT_EQ(set.status, 200) << set.text;
    for (const Reply& reply : {set, owner().get(path()), viewer_->get(path())}) {
        EXPECT_FALSE(reply.text.contains(secret));
        EXPECT_EQ(text_or(reply.body.at("models").at("openai"), "api_key"), "********");
        EXPECT_TRUE(bool_or(reply.body.at("notifications").at("webhook"), "has_secret"));
    }
    EXPECT_FALSE(owner().get("/v1/project/" + project_ + "/export").text.contains(secret));
    EXPECT_EQ(change(owner().get(path()).body).status, 200);
    const Reply after = owner().get(path());
    EXPECT_TRUE(bool_or(after.body.at("models").at("openai"), "has_key"));
}

TEST_F(Settings, are_audited_by_the_names_of_sections_alone) {
    ASSERT_EQ(change({{"models", {{"openai", {{"api_key", secret}}}}}}).status, 200);
    const Reply log = owner().get("/audit?object=" + project_);
    EXPECT_TRUE(log.text.contains("settings.change")) << log.text;
    EXPECT_FALSE(log.text.contains(secret));
}

TEST_F(Settings, the_default_model_is_that_of_agents_that_name_none) {
    EXPECT_EQ(model_of_new_agent(), "weft/rehearsal");
    ASSERT_EQ(change({{"default_model", "openai/gpt-4o"}}).status, 200);
    EXPECT_EQ(model_of_new_agent(), "openai/gpt-4o");
    const Reply named = owner().post(
        in_project("/agentflow"),
        {{"name", "f"},
         {"agents", {json::object{{"title", "a"}, {"llm", {{"model", "ollama/x"}}}}}}});
    EXPECT_EQ(text_or(named.body.at("agents").at(0).at("llm"), "model"), "ollama/x");
    const std::string flow = named.at("_id");
    const Reply added = owner().post(in_project("/agentflow/" + flow + "/skilled"),
                                     {{"title", "b"}, {"llm", {{"max_tokens", 7}}}});
    EXPECT_EQ(text_or(added.body.at("agents").at(1).at("llm"), "model"), "openai/gpt-4o");
    const Reply put =
        owner().send(http::Method::put, "/agentflow/" + flow, R"({"agents":[{"title":"c"}]})");
    EXPECT_EQ(text_or(put.body.at("agents").at(0).at("llm"), "model"), "openai/gpt-4o");
    const Reply renamed = owner().send(http::Method::put, "/agentflow/" + flow, R"({"name":"g"})");
    EXPECT_EQ(text_or(renamed.body.at("agents").at(0).at("llm"), "model"), "openai/gpt-4o");
}

TEST_F(Settings, a_form_says_what_a_run_is_started_with) {
    const std::string flow = new_flow("with a form");
    const auto start = [&](const json::value& inputs) {
        return owner().post(in_project("/execute_flow"),
                            {{"agentflow_id", flow}, {"input_variables", inputs}});
    };
    EXPECT_EQ(start(json::object{}).status, 200);
    const json::array fields{{{"name", "city"}, {"kind", "short_text"}, {"required", true}},
                             {{"name", "contract"}, {"kind", "file"}}};
    const Reply set =
        change({{"input_forms", {json::object{{"agentflow_id", flow}, {"fields", fields}}}}});
    ASSERT_EQ(set.status, 200) << set.text;
    const Reply refused = start(json::object{});
    EXPECT_EQ(code_of(refused), "422 invalid");
    EXPECT_EQ(text_or(refused.body.at("errors").at(0), "field"), "input_variables.city");
    const Reply absent = start({{"city", "Rome"}, {"contract", "6a0000000000000000000009"}});
    EXPECT_EQ(text_or(absent.body.at("errors").at(0), "field"), "input_variables.contract");
    EXPECT_EQ(start({{"city", "Rome"}}).status, 200);
    EXPECT_EQ(
        owner().post(in_project("/execute_flow"), {{"agentflow_id", new_flow("other")}}).status,
        200);
}

TEST_F(Settings, budgets_and_forms_name_flows_of_this_project) {
    const std::string theirs =
        stranger_->post("/agentflow", {{"name", "theirs"}}).at("_id"); // of another organization
    const Reply refused = change({{"budgets",
                                   {json::object{{"level", "agentflow"},
                                                 {"agentflow_id", theirs},
                                                 {"window", "day"},
                                                 {"credits", 1}}}}});
    EXPECT_EQ(code_of(refused), "422 invalid");
    EXPECT_EQ(text_or(refused.body.at("errors").at(0), "field"), "budgets.0.agentflow_id");
}

TEST(SettingsModels, runs_use_the_projects_own_key) {
    FaultServer shared(std::vector<Scripted>(4, {.text = "the server's"}));
    FaultServer own(std::vector<Scripted>(4, {.text = "the project's"}));
    server::Settings with;
    with.openai_base_url = shared.base_url();
    with.openai_api_key = "sk-of-the-server-0123456789";
    with.allow_private_network = true;
    WholeServer server(with);
    const std::string in = "?projectID=" + server.project();
    const Reply flow = server.owner().post(
        "/agentflow" + in, {{"name", "f"},
                            {"agents",
                             {json::object{{"title", "a"},
                                           {"llm", {{"model", "openai/gpt-4o"}}},
                                           {"prompt", {{"template", "Say hello"}}}}}}});
    const auto run = [&] {
        const Reply started =
            server.owner().post("/execute_flow" + in, {{"agentflow_id", flow.at("_id")}});
        const Reply ended = server.wait_for(started.at("_id"));
        EXPECT_EQ(ended.at("status"), "completed") << ended.text;
    };
    const auto set = [&](const json::value& access) {
        const Reply changed =
            server.owner().send(http::Method::patch, "/settings/" + server.project(),
                                to_text(json::object{{"models", {{"openai", access}}}}));
        EXPECT_EQ(changed.status, 200) << changed.text;
    };
    run();
    EXPECT_EQ(shared.requests().back().header("authorization"),
              "Bearer sk-of-the-server-0123456789");
    set({{"api_key", secret}, {"base_url", own.base_url()}});
    run();
    ASSERT_EQ(own.requests().size(), 1U);
    EXPECT_EQ(own.requests().back().header("authorization"), std::string("Bearer ") + secret);
    set({{"api_key", "sk-the-next-one-0123456789"}});
    run();
    ASSERT_EQ(own.requests().size(), 2U) << "the new key holds from the next call on";
    EXPECT_EQ(own.requests().back().header("authorization"), "Bearer sk-the-next-one-0123456789");
    const Reply asked =
        server.owner().post("/llm/execute/calls" + in,
                            {{"model", "openai/gpt-4o"},
                             {"messages", {json::object{{"role", "user"}, {"content", "hello"}}}}});
    EXPECT_EQ(asked.status, 200) << asked.text;
    EXPECT_EQ(own.requests().size(), 3U);
    set(nullptr);
    run();
    EXPECT_EQ(shared.requests().size(), 2U) << "without its own key it is the server's again";
    EXPECT_EQ(own.requests().size(), 3U);
}

TEST(SettingsModels, the_servers_key_does_not_go_to_an_address_of_the_project) {
    FaultServer thief(std::vector<Scripted>(2, {.text = "thank you"}));
    server::Settings with;
    with.openai_api_key = "sk-of-the-server-0123456789";
    with.allow_private_network = true;
    WholeServer server(with);
    const std::string in = "?projectID=" + server.project();
    ASSERT_EQ(
        server.owner()
            .send(http::Method::patch, "/settings/" + server.project(),
                  to_text(json::object{{"models", {{"openai", {{"base_url", thief.base_url()}}}}}}))
            .status,
        200);
    const Reply asked =
        server.owner().post("/llm/execute/calls" + in,
                            {{"model", "openai/gpt-4o"},
                             {"messages", {json::object{{"role", "user"}, {"content", "hello"}}}}});
    EXPECT_EQ(asked.status, 422) << asked.text;
    EXPECT_TRUE(thief.requests().empty());
}

} // namespace weft
