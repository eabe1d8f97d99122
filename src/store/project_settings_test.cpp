#include "store/project_settings.h"

#include "store/root_key.h"
#include "store/test_world.h"
#include "store/vault.h"

#include <gmock/gmock.h>

namespace weft::store {

namespace {

constexpr std::string_view providers[] = {"openai"};

struct SettingsWorld : World {
    Vault vault = must(Vault::open(-1, std::string(64, 'a')));

    SettingsWorld() { must(root_key::unlock(connection, vault)); }

    Result<> change(const Scope& in, const std::string& patch) {
        Tx to = tx();
        const auto before = must(project_settings::all(to, in.project));
        const json::value parsed = must(parse_json(patch));
        return project_settings::put(to, vault, in,
                                     must(patch_settings(before, parsed.as_object(), providers)));
    }
    std::string secret(const Scope& in, std::string_view name) {
        Tx to = tx();
        return must(secrets::get(to, vault, in, name)).value_or("none");
    }
};

} // namespace

TEST(ProjectSettings, lie_in_one_row_for_each_section_and_belong_to_one_project) {
    SettingsWorld world;
    const Scope other = world.project();
    EXPECT_EQ(world.count("project_setting"), 0);
    must(world.change(world.scope, R"({"default_model":"openai/gpt-4o",
        "budgets":[{"level":"project","window":"day","credits":5}],
        "models":{"openai":{"api_key":"canary-1"}},
        "notifications":{"webhook":{"url":"https://x.example","secret":"canary-2"}}})"));
    EXPECT_EQ(world.count("project_setting"), 4);
    EXPECT_EQ(world.secret(world.scope, model_key_name("openai")), "canary-1");
    Tx tx = world.tx();
    EXPECT_EQ(must(project_settings::default_model(tx, world.scope.project)), "openai/gpt-4o");
    EXPECT_EQ(must(project_settings::notifications(tx, world.scope.project)).webhook_url,
              "https://x.example");
    EXPECT_EQ(must(project_settings::webhook_secret(tx, world.vault, world.scope)), "canary-2");
    EXPECT_EQ(must(project_settings::default_model(tx, other.project)), "");
    EXPECT_FALSE(must(project_settings::webhook_secret(tx, world.vault, other)));
    EXPECT_FALSE(must(project_settings::changed_at(tx, other.project)));
    EXPECT_EQ(world.count("project_setting WHERE body LIKE '%canary%'"), 0);

    must(world.change(world.scope, R"({"models":null,"notifications":null})"));
    EXPECT_EQ(world.secret(world.scope, model_key_name("openai")), "none");
    EXPECT_EQ(world.secret(world.scope, webhook_secret_name), "none");
    EXPECT_EQ(must(project_settings::default_model(tx, world.scope.project)), "openai/gpt-4o");
}

TEST(ProjectSettings, each_change_has_a_time_of_its_own) {
    SettingsWorld world; // whose clock stands still
    const auto changed = [&world] {
        must(world.change(world.scope, R"({"models":{"openai":{"api_key":"k"}}})"));
        Tx tx = world.tx();
        return must(project_settings::section(tx, world.scope.project, setting::models))
            ->updated_at;
    };
    const Instant first = changed();
    EXPECT_GT(changed(), first) << "a node must see that the key it remembers is an old one";
}

TEST(ProjectSettings, name_flows_of_the_project_alone) {
    SettingsWorld world;
    const std::string flow = "6a0000000000000000000001";
    const std::string patch = R"({"budgets":[{"level":"execution","credits":1},
        {"level":"agentflow","agentflow_id":")" +
                              flow + R"(","window":"day","credits":1}],
        "input_forms":[{"agentflow_id":")" +
                              flow + R"(","fields":[]}]})";
    const auto refused = world.change(world.scope, patch);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::invalid);
    ASSERT_EQ(refused.error().fields.size(), 2);
    EXPECT_EQ(refused.error().fields[0].field, "budgets.1.agentflow_id");
    EXPECT_EQ(refused.error().fields[1].field, "input_forms.0.agentflow_id");
    EXPECT_EQ(world.count("project_setting"), 0);

    const Scope other = world.project();
    world.execute(fmt::format(
        "INSERT INTO agentflow (project_id, id, name, is_active, is_deleted, version_id, "
        "version_number, created_at, updated_at, last_used) VALUES ({}, {}, 'f', 1, 1, {}, 1, 0, "
        "0, 0)",
        world.bytes(world.scope.project), world.bytes(flow), world.bytes(flow)));
    EXPECT_FALSE(world.change(other, patch));
    must(world.change(world.scope, patch));
    Tx tx = world.tx();
    const auto id = AgentflowId::parse(flow).value();
    EXPECT_TRUE(must(project_settings::start_rules(tx, world.scope.project, id)).form);
    EXPECT_FALSE(must(project_settings::start_rules(tx, other.project, id)).form);
}

} // namespace weft::store
