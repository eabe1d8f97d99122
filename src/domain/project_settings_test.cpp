#include "domain/project_settings.h"

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>

namespace weft {

namespace {

using testing::ElementsAre;

constexpr std::string_view providers[] = {"openai", "ollama"};
const std::string flow = "6a0000000000000000000001";

json::object object(const char* text) { return json::parse(text).as_object(); }

SettingsPatch patched(const ProjectSettings& before, const char* patch) {
    auto out = patch_settings(before, object(patch), providers);
    EXPECT_TRUE(out) << out.error().message;
    return out ? *std::move(out) : SettingsPatch{};
}

/// The fields that are wrong, in order.
std::vector<std::string> wrong(const char* patch, const ProjectSettings& before = {}) {
    const auto out = patch_settings(before, object(patch), providers);
    std::vector<std::string> fields;
    if (!out)
        for (const FieldError& each : out.error().fields) fields.push_back(each.field);
    return fields;
}

ProjectSettings stored(const ProjectSettings& settings) {
    auto read = project_settings_from_json(to_json(settings));
    EXPECT_TRUE(read) << read.error().message;
    return read ? *std::move(read) : ProjectSettings{};
}

} // namespace

TEST(ProjectSettings, are_read_as_they_were_stored) {
    const ProjectSettings settings =
        patched({}, R"({"models":{"openai":{"api_key":"sk-1","base_url":"https://a.example"}},
            "default_model":"openai/gpt-4o",
            "budgets":[{"level":"execution","cost_usd":0.5,"policy":"ask"},
                {"level":"agentflow","agentflow_id":"6a0000000000000000000001","window":"day",
                 "credits":12},
                {"level":"project","window":"month","credits":0,"policy":"shrink"}],
            "retention":{"runs_days":30},
            "input_forms":[{"agentflow_id":"6a0000000000000000000001","fields":[
                {"name":"city","kind":"option","options":["Rome","Oslo"],"required":true},
                {"name":"rows","kind":"table","columns":["a"]}]}],
            "notifications":{"mail":["Ada@Example.org"],
                "webhook":{"url":"https://b.example/x","secret":"s"},"on":["inbox"]},
            "nobody_knows_this":1})")
            .settings;
    EXPECT_EQ(to_json(stored(settings)), to_json(settings));
    EXPECT_TRUE(settings.models.at("openai").has_key);
    EXPECT_EQ(settings.budgets.at(0).cost_micro_usd, 500'000);
    EXPECT_EQ(settings.budgets.at(0).window, BudgetWindow::run);
    EXPECT_EQ(settings.budgets.at(1).agentflow.hex(), flow);
    EXPECT_EQ(settings.budgets.at(2).credits_micro, 0) << "nothing may be spent";
    EXPECT_THAT(settings.notifications.mail, ElementsAre("ada@example.org"));
    EXPECT_FALSE(to_text(to_json(settings)).contains("sk-1"));
    EXPECT_EQ(to_json(stored({})), to_json(ProjectSettings{}));
}

TEST(ProjectSettings, name_every_fault_and_change_nothing) {
    EXPECT_THAT(wrong(R"({"models":{"nobody":{}, "openai":{"base_url":"ftp://x"}},
                          "default_model":"gpt-4o"})"),
                ElementsAre("models.nobody", "models.openai.base_url", "default_model"));
    EXPECT_THAT(wrong(R"({"models":1})"), ElementsAre("models"));
    EXPECT_THAT(wrong(R"({"models":{"openai":{"api_key":7}}})"),
                ElementsAre("models.openai.api_key"));
    EXPECT_THAT(wrong(R"({"default_model":"nobody/x"})"), ElementsAre("default_model"));
    EXPECT_THAT(wrong(R"({"budgets":[{"level":"project","window":"week","credits":1},
        {"level":"agentflow","window":"day","credits":1},
        {"level":"execution","window":"day","credits":1},
        {"level":"project","window":"day"},
        {"level":"project","window":"month","credits":-1},
        {"level":"project","window":"day","credits":1},
        7, {"level":"project","credits":1}]})"),
                ElementsAre("budgets.0.window", "budgets.1.agentflow_id", "budgets.2.window",
                            "budgets.3", "budgets.4.credits", "budgets.4", "budgets.5", "budgets.6",
                            "budgets.7.window", "budgets.7"));
    EXPECT_THAT(wrong(R"({"retention":{"runs_days":0}})"), ElementsAre("retention.runs_days"));
    EXPECT_THAT(
        wrong(R"({"notifications":{"mail":["x"],"webhook":{"url":"x"},"on":["y"]}})"),
        ElementsAre("notifications.mail.0", "notifications.webhook.url", "notifications.on.0"));
    EXPECT_THAT(wrong(R"({"input_forms":[{"fields":[{"name":"a","kind":"x"},
                    {"name":"a","kind":"option"},{"kind":"list"}]}]})"),
                ElementsAre("input_forms.0.agentflow_id", "input_forms.0.fields.0.kind",
                            "input_forms.0.fields.1.options", "input_forms.0.fields.1.name",
                            "input_forms.0.fields.2.name"));
}

TEST(ProjectSettings, keys_stay_unless_something_is_said_of_them) {
    const std::string name = model_key_name("openai");
    SettingsPatch patch = patched({}, R"({"models":{"openai":{"api_key":"sk-1"}}})");
    EXPECT_EQ(patch.secrets.at(name), "sk-1");
    const ProjectSettings before = patch.settings;
    for (const char* same : {R"({"models":{"openai":{"api_key":"********"}}})",
                             R"({"models":{"openai":{"has_key":false}}})", R"({"models":{}})",
                             R"({"models":{"ollama":{"base_url":"http://h:1"}}})"}) {
        patch = patched(before, same);
        EXPECT_TRUE(patch.settings.models.at("openai").has_key) << same;
        EXPECT_TRUE(patch.secrets.empty()) << same;
    }
    for (const char* gone :
         {R"({"models":{"openai":{"api_key":null}}})", R"({"models":{"openai":{"api_key":""}}})",
          R"({"models":{"openai":null}})", R"({"models":null})"}) {
        patch = patched(before, gone);
        EXPECT_FALSE(patch.settings.models.contains("openai")) << gone;
        EXPECT_EQ(patch.secrets.at(name), std::nullopt) << gone;
    }
    EXPECT_THAT(wrong(R"({"models":{"openai":{"base_url":"https://elsewhere.example"}}})", before),
                ElementsAre("models.openai.api_key"))
        << "a stored key must not be led elsewhere by who does not know it";
    EXPECT_THAT(wrong(R"({"models":{"openai":{"base_url":"https://elsewhere.example",
                                    "api_key":"sk-1"}}})",
                      before),
                ElementsAre());
}

TEST(ProjectSettings, a_webhooks_secret_goes_with_it) {
    const std::string name(webhook_secret_name);
    SettingsPatch patch =
        patched({}, R"({"notifications":{"webhook":{"url":"https://b.example","secret":"s"}}})");
    EXPECT_EQ(patch.secrets.at(name), "s");
    const ProjectSettings before = patch.settings;
    patch = patched(before, R"({"notifications":{"webhook":{"url":"https://c.example"}}})");
    EXPECT_TRUE(patch.settings.notifications.has_secret);
    EXPECT_TRUE(patch.secrets.empty());
    patch = patched(before, R"({"notifications":{"on":["inbox"]}})");
    EXPECT_FALSE(patch.settings.notifications.has_secret);
    EXPECT_EQ(patch.secrets.at(name), std::nullopt);
    patch = patched({}, R"({"notifications":{"webhook":{"url":"https://b.example",
                            "has_secret":true}}})");
    EXPECT_FALSE(patch.settings.notifications.has_secret) << "there is none";
}

TEST(InputForms, say_what_is_wrong_with_the_inputs_of_a_run) {
    const InputForm form = patched({}, R"({"input_forms":[{
        "agentflow_id":"6a0000000000000000000001","fields":[
            {"name":"title","kind":"short_text","required":true},
            {"name":"body","kind":"long_text"},
            {"name":"rows","kind":"table","columns":["a","b"]},
            {"name":"when","kind":"date_time"},
            {"name":"contract","kind":"file"},
            {"name":"city","kind":"option","options":["Rome","Oslo"]},
            {"name":"tags","kind":"list"}]}]})")
                               .settings.input_forms.at(0);
    const auto faults = [&form](const char* inputs) {
        std::vector<std::string> fields;
        if (const auto checked = check_inputs(form, object(inputs)); !checked)
            for (const FieldError& each : checked.error().fields) fields.push_back(each.field);
        return fields;
    };
    EXPECT_THAT(faults(R"({"title":"x","more":1,"rows":[{"a":1},{"b":null}],
                    "when":"2026-03-01T08:00:00Z","contract":"6a0000000000000000000009",
                    "city":"Oslo","tags":["a"],"body":"two\nlines"})"),
                ElementsAre());
    EXPECT_THAT(faults(R"({})"), ElementsAre("input_variables.title"));
    EXPECT_THAT(faults(R"({"title":""})"), ElementsAre("input_variables.title"));
    EXPECT_THAT(faults(R"({"title":"two\nlines","body":7,"rows":[{"c":1},2],"when":"soon",
                    "contract":"x","city":"Paris","tags":["a",1]})"),
                ElementsAre("input_variables.title", "input_variables.body",
                            "input_variables.rows.0.c", "input_variables.rows.1",
                            "input_variables.when", "input_variables.contract",
                            "input_variables.city", "input_variables.tags.1"));
    EXPECT_THAT(faults(R"({"title":"x","rows":{},"tags":"a"})"),
                ElementsAre("input_variables.rows", "input_variables.tags"));
    const auto files = check_inputs(form, object(R"({"title":"x",
        "contract":"6a0000000000000000000009"})"));
    ASSERT_TRUE(files);
    EXPECT_EQ(files->at(0).id.hex(), "6a0000000000000000000009");
}

} // namespace weft
