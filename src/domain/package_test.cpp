#include "domain/package.h"
#include "domain/limits.h"
#include "domain/testing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weft {

namespace {

using Files = std::map<std::string, std::string>;

Files digest() {
    return {
        {"coworker.json",
         R"({"name":"Digest","version":"1.0.0","category":"writing","role":"Editor",
            "description":"d","permissions":["tables"],"entry_flow":"Digest a document"})"},
        {"flows/digest.json", R"({"name":"Digest a document","agents":[
            {"title":"Extract","skills":["Save entries"],"next_agent":"Choose"},
            {"title":"Choose","agent_type":"decision_agent",
             "conditions":[{"decision":"Write","condition":"{{ true }}"}]},
            {"title":"Write","context":["Extract"]}]})"},
        {"tables/entries.json",
         R"({"table_name":"Entries","columns":[{"column_name":"Version"}]})"},
        {"skills.json",
         R"([{"name":"Save entries","description":"saves","category":"tables","actions":[
            {"sort":"insert_records","preset":{"table":"Entries"},"input_schema":{"fields":[
                {"field_id":"records","type":"array","split":"^#",
                    "items":[{"field_id":"version"}]}]}}]}])"},
        {"sample/one.txt", "any text"},
        {"README.md", "# Digest"},
    };
}

std::string read(const Files& files) { return faults_of(package_from_files(files)); }

Files with(const std::string& path, const std::string& text) {
    Files files = digest();
    files[path] = text;
    return files;
}

std::function<AgentId()> counting_mint() {
    return
        [n = std::uint8_t{0}]() mutable { return AgentId{{1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ++n}}; };
}

} // namespace

TEST(Package, is_read_whole) {
    const Package package = package_from_files(digest()).value();
    EXPECT_EQ(package.name, "Digest");
    EXPECT_EQ(package.version, "1.0.0");
    EXPECT_EQ(package.category, "writing");
    EXPECT_EQ(package.role, "Editor");
    EXPECT_THAT(package.permissions, testing::ElementsAre("tables"));
    EXPECT_EQ(package.entry().path, "flows/digest.json");
    ASSERT_EQ(package.tables.size(), 1U);
    EXPECT_EQ(package.tables[0].columns[0].id, "version");
    ASSERT_EQ(package.skills.size(), 1U);
    EXPECT_EQ(package.skills[0].connector_name, "tables");
    EXPECT_EQ(package.skills[0].actions[0].input[0].split, "^#");
    EXPECT_THAT(package.samples, testing::ElementsAre("sample/one.txt"));
}

TEST(Package, a_flow_gets_ids) {
    const Package package = package_from_files(digest()).value();
    const SkillId skill = *SkillId::parse("cccccccccccccccccccccccc");
    const Agentflow flow =
        agentflow_from_package(package.entry(), {{"Save entries", skill}}, counting_mint()).value();
    EXPECT_EQ(flow.agents[0].skill_ids, std::vector{skill});
    EXPECT_EQ(flow.initial_agent, flow.agents[0].id);
    EXPECT_EQ(flow.agents[0].next, flow.agents[1].id);
    EXPECT_EQ(flow.agents[1].conditions[0].decision, flow.agents[2].id.hex());
    EXPECT_EQ(flow.agents[2].context, std::vector{flow.agents[0].id});
    EXPECT_EQ(faults_of(agentflow_from_package(package.entry(), {}, counting_mint())),
              "flows/digest.json.agents.0.skills.0: names no skill of skills.json: Save entries");
}

TEST(Package, only_files_of_the_layout_belong_into_it) {
    for (const char* path : {"coworker.json", "skills.json", "README.md", "flows/a.json",
                             "tables/a-b_c.json", "forms/x.json", "sample/notes.2026.txt"})
        EXPECT_TRUE(is_package_path(path)) << path;
    for (const char* path : {"",
                             "/etc/passwd",
                             "/coworker.json",
                             "../coworker.json",
                             "flows/../../x.json",
                             "flows/..",
                             "flows/",
                             "flows/a.txt",
                             "flows/a/b.json",
                             "sample/a/b",
                             "sample/.hidden",
                             "sample/..",
                             "./coworker.json",
                             "sample/a\\b",
                             "sample/a b",
                             "other/x.json",
                             "run.sh",
                             "coworker.json/",
                             "Flows/a.json",
                             "flows//a.json"})
        EXPECT_FALSE(is_package_path(path)) << path;
    EXPECT_FALSE(is_package_path("sample/" + std::string(200, 'x')));
    EXPECT_EQ(read(with("../evil.json", "{}")), "../evil.json: does not belong into a package");
    EXPECT_EQ(read(with("/etc/cron.d/x", "{}")), "/etc/cron.d/x: does not belong into a package");
    EXPECT_EQ(read(with("hook.sh", "")), "hook.sh: does not belong into a package");
}

TEST(Package, faults_name_the_file) {
    const std::tuple<const char*, const char*, const char*> cases[] = {
        {"coworker.json", "{", "coworker.json: This is not valid JSON: incomplete JSON at byte 1."},
        {"coworker.json", "[]", "coworker.json: must be an object, not array"},
        {"coworker.json", R"({"version":"x"})",
         "coworker.json.name: is missing | coworker.json.entry_flow: is missing | "
         "coworker.json.version: must be a version such as 1.0.0"},
        {"coworker.json", R"({"name":"n","version":"1.0","entry_flow":"Nothing"})",
         "coworker.json.entry_flow: names no flow of this package"},
        {"skills.json", "{}", "skills.json: must be an array of skills"},
        {"skills.json", R"([{"name":"a"}])", "skills.json.0.actions: is missing"},
        {"skills.json",
         R"([{"name":"a","actions":[{"category":"x","sort":"y"},{"category":"z","sort":"y"}]}])",
         "skills.json.0.actions: must all be of one category"},
        {"skills.json", R"([])",
         "flows/digest.json.agents.0.skills.0: names no skill of skills.json: Save entries"},
        {"tables/entries.json", R"({"columns":[]})", "tables/entries.json.table_name: is missing"},
        {"tables/more.json", R"({"table_name":"Entries"})",
         "tables/more.json: has the name of another table"},
        {"flows/more.json", R"({"name":"Digest a document"})",
         "flows/more.json: has the name of another flow"},
        {"flows/more.json", R"({"name":"b","agents":[{"title":"x","next_agent":"y"}]})",
         "flows/more.json.agents.0.next_agent: must be an id of 24 hexadecimal digits"},
        {"flows/more.json",
         R"({"name":"b","agents":[{"title":"x","agent_type":"decision_agent"}]})",
         "flows/more.json.agents.0.conditions: a decision agent needs at least one condition"},
        {"forms/a.json", "nope", "forms/a.json: This is not valid JSON: syntax error at byte 0."},
    };
    for (const auto& [path, text, expected] : cases)
        EXPECT_EQ(read(with(path, text)), expected) << text;
    Files files = digest();
    files.erase("coworker.json");
    EXPECT_EQ(read(files), "coworker.json: is missing");
}

TEST(Package, sizes_are_limited) {
    auto big = package_from_files(
        with("sample/big.txt", std::string(limits::package_file_bytes_max + 1, 'x')));
    ASSERT_FALSE(big);
    EXPECT_EQ(big.error().code, Code::too_large);
    Files many = digest();
    for (std::size_t i = 0; i < limits::package_files_max; ++i)
        many["sample/" + std::to_string(i)] = "";
    EXPECT_EQ(package_from_files(many).error().code, Code::too_large);
    Files heavy = digest();
    for (int i = 0; i < 5; ++i) heavy["sample/" + std::to_string(i)] = std::string(4 << 20, 'x');
    EXPECT_EQ(package_from_files(heavy).error().code, Code::too_large);
}

} // namespace weft
