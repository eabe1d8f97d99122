// Flows, skills, connectors and files.
#include "store/agentflows.h"
#include "domain/limits.h"
#include "store/aggregates_testing.h"
#include "store/connectors.h"
#include "store/files.h"
#include "store/skills.h"

namespace weft::store {

class FlowsTest : public AggregateTest {
protected:
    void add_connectors(const Scope& scope) {
        ASSERT_TRUE(write([&](Tx& tx) { return connectors::create_defaults(tx, scope, kinds()); }));
    }
    Skill skill(const Scope& scope, const std::string& name) {
        return read([&](Rx& rx) { return skills::find_by_name(rx, scope, name); }).value();
    }
    Result<Agentflow> save(const Scope& scope, const Agentflow& flow) {
        return write([&](Tx& tx) { return agentflows::save(tx, scope, flow); });
    }
    Result<Agentflow> find(const Scope& scope, const AgentflowId& id) {
        return read([&](Rx& rx) { return agentflows::find(rx, scope, id); });
    }
    Result<std::vector<Skill>> install(const Scope& scope, std::string_view text) {
        std::vector<Skill> given{skill_from_json(js(text), "").value()};
        given[0].connector_name = given[0].actions[0].category;
        return write([&](Tx& tx) { return skills::install(tx, scope, given, kinds()); });
    }
};

TEST_F(FlowsTest, default_connectors_come_once_with_a_skill_per_action) {
    add_connectors(mine_);
    add_connectors(mine_);
    const auto connectors = read([&](Rx& rx) { return connectors::list(rx, mine_); }).value();
    ASSERT_EQ(connectors.size(), 2U);
    const auto tables =
        read([&](Rx& rx) { return connectors::find_by_category(rx, mine_, "tables"); }).value();
    EXPECT_EQ(tables.status, "active");
    EXPECT_EQ(read([&](Rx& rx) { return connectors::find(rx, mine_, tables.id); })->name, "Tables");
    EXPECT_EQ(read([&](Rx& rx) { return skills::list(rx, mine_); })->size(), 3U);
    EXPECT_EQ(read([&](Rx& rx) { return skills::list(rx, mine_, "", 2); })->size(), 2U);
    EXPECT_EQ(
        read([&](Rx& rx) { return skills::list_of_category(rx, mine_, "tables", 10); })->size(),
        2U);
    const Skill insert = skill(mine_, "Tables - Insert records");
    EXPECT_EQ(insert.connector, tables.id);
    EXPECT_EQ(insert.connector_name, "Tables");
    ASSERT_EQ(insert.actions.size(), 1U);
    EXPECT_EQ(insert.actions[0].effect, EffectClass::keyed);
    EXPECT_EQ(insert.actions[0].id.size(), 24U);
    EXPECT_EQ(insert.actions[0].input.size(), 2U);
    EXPECT_EQ(to_json(read([&](Rx& rx) { return skills::find(rx, mine_, insert.id); }).value()),
              to_json(insert));
    for (const Scope& other : {sibling_, foreign_}) {
        EXPECT_TRUE(is_code(read([&](Rx& rx) { return connectors::find(rx, other, tables.id); }),
                            Code::not_found));
        EXPECT_TRUE(is_code(read([&](Rx& rx) { return skills::find(rx, other, insert.id); }),
                            Code::not_found));
        EXPECT_TRUE(read([&](Rx& rx) { return skills::list(rx, other); })->empty());
    }
}

TEST_F(FlowsTest, a_packages_skill_refines_the_connectors_action_and_keeps_its_ids) {
    add_connectors(mine_);
    const char* given = R"json({"name":"Einträge sichern","description":"saves","actions":[
        {"category":"tables","sort":"insert_records","effect":"pure","preset":{"table":"Entries"},
         "input_schema":{"fields":[{"field_id":"records","type":"text","split":"^#","items":[
             {"field_id":"version","pattern":"v(\\d+)","examples":["v1"]}]}]}}]})json";
    const Skill first = install(mine_, given).value()[0];
    const Skill stored = skill(mine_, "Einträge sichern");
    EXPECT_EQ(to_json(stored), to_json(first));
    const Action& action = stored.actions[0];
    EXPECT_EQ(action.effect, EffectClass::keyed); // the connector's, whatever the package says
    EXPECT_EQ(action.preset.at("table"), "Entries");
    EXPECT_EQ(action.input[1].type, "array");
    EXPECT_TRUE(action.input[1].required);
    EXPECT_EQ(action.input[1].description, "d");
    EXPECT_EQ(action.input[1].split, "^#");
    EXPECT_EQ(action.input[1].items[0].pattern, "v(\\d+)");
    EXPECT_EQ(stored.connector,
              read([&](Rx& rx) { return connectors::find_by_category(rx, mine_, "tables"); })->id);
    clock_.advance(seconds(1));
    const Skill again = install(mine_, R"({"name":"Einträge sichern","description":"new","actions":[
        {"category":"tables","sort":"insert_records"},{"category":"tables",
            "sort":"list_records"}]})")
                            .value()[0];
    EXPECT_EQ(again.id, first.id);
    EXPECT_EQ(again.actions[0].id, first.actions[0].id);
    EXPECT_EQ(skill(mine_, "Einträge sichern").description, "new");
    EXPECT_EQ(skill(mine_, "Einträge sichern").actions.size(), 2U);
    EXPECT_EQ(read([&](Rx& rx) { return skills::list(rx, mine_); })->size(), 4U);
}

TEST_F(FlowsTest, wrong_package_skills_are_named) {
    add_connectors(mine_);
    const std::pair<const char*, const char*> cases[] = {
        {R"({"name":"s","actions":[{"category":"tables","sort":"drop"}]})",
         "skills.0.actions.0: there is no action /tables/drop"},
        {R"({"name":"s","actions":[{"category":"mail","sort":"send"}]})",
         "skills.0: this project has no connector of the category mail"},
        {R"({"name":"s","actions":[{"category":"tables","sort":"insert_records",
            "preset":{"table":7}}]})",
         "skills.0.actions.0.preset.table: must be a text, not number"},
        {R"({"name":"s","actions":[{"category":"tables","sort":"insert_records",
            "preset":{"x":7}}]})",
         "skills.0.actions.0.preset.x: is not a known field"},
        {R"({"name":"s","actions":[{"category":"tables","sort":"insert_records",
             "input_schema":{"fields":[{"field_id":"x"}]}}]})",
         "skills.0.actions.0.input_schema.fields.0: is no field of this action: x"},
    };
    for (const auto& [text, expected] : cases) EXPECT_EQ(faults_of(install(mine_, text)), expected);
    EXPECT_EQ(faults_of(install(sibling_,
                                R"({"name":"s","actions":[{"category":"files","sort":"read"}]})")),
              "skills.0: this project has no connector of the category files");
}

TEST_F(FlowsTest, saving_writes_immutable_versions_with_expanded_skills) {
    add_connectors(mine_);
    Scope scope = mine_;
    scope.principal.name = "somebody";
    Agentflow draft{.name = " Prüfung ", .role = "r"};
    draft.agents = {{.title = "a", .skill_ids = {skill(mine_, "Files - Read").id}}, {.title = "b"}};
    const Agentflow first = save(scope, draft).value();
    EXPECT_EQ(first.name, "Prüfung");
    EXPECT_EQ(first.version_number, 1);
    EXPECT_EQ(first.id.ordinal(), 1U);
    EXPECT_EQ(first.agents[0].id.ordinal(), 1U);
    EXPECT_EQ(first.initial_agent, first.agents[0].id);
    ASSERT_EQ(first.agents[0].skills.size(), 1U);
    EXPECT_EQ(first.agents[0].skills[0].actions[0].endpoint(), "/files/read");
    EXPECT_EQ(first.created_at, clock_.now());

    clock_.advance(seconds(5));
    Agentflow changed = first;
    changed.name = "Neu";
    changed.agents[0].skill_ids.clear();
    changed.agents[0].skills.clear();
    const Agentflow second = save(scope, changed).value();
    EXPECT_EQ(second.id, first.id);
    EXPECT_EQ(second.version_number, 2);
    EXPECT_NE(second.version, first.version);
    EXPECT_EQ(second.created_at, first.created_at);
    EXPECT_EQ(second.updated_at, clock_.now());
    EXPECT_EQ(to_json(find(mine_, first.id).value()), to_json(second));
    const auto old =
        read([&](Rx& rx) { return agentflows::find_version(rx, mine_, first.version); }).value();
    EXPECT_EQ(to_json(old), to_json(first));
    const auto now =
        read([&](Rx& rx) { return agentflows::find_current(rx, mine_, first.id); }).value();
    EXPECT_EQ(now.version, second.version);
    EXPECT_EQ(now.name, "Neu");
    EXPECT_TRUE(now.is_active);
}

TEST_F(FlowsTest, skills_are_read_anew_by_their_ids_whatever_a_client_says_they_are) {
    add_connectors(mine_);
    const Skill real = skill(mine_, "Files - Read");
    Skill forged = real;
    forged.actions[0].category = "shell";
    Agentflow draft{.name = "f",
                    .agents = {{.title = "a", .skill_ids = {real.id}, .skills = {forged}}}};
    EXPECT_EQ(save(mine_, draft).value().agents[0].skills[0].actions[0].category, "files");
}

TEST_F(FlowsTest, unknown_skills_parents_and_agents_are_named) {
    add_connectors(mine_);
    add_connectors(foreign_);
    const SkillId theirs = skill(foreign_, "Files - Read").id;
    Agentflow draft{.name = "f",
                    .agents = {{.title = "a"}, {.title = "b", .skill_ids = {theirs, theirs}}}};
    const std::string hex = theirs.hex();
    EXPECT_EQ(faults_of(save(mine_, draft)),
              "agents.1.skills.0: there is no such skill: " + hex +
                  " | agents.1.skills.1: there is no such skill: " + hex);
    Agentflow child{.name = "f", .parent = save(foreign_, Agentflow{.name = "p"}).value().id};
    EXPECT_EQ(faults_of(save(mine_, child)),
              "parent_agentflow_id: names no other agentflow of this project");
    Agentflow loose{.name = "f",
                    .agents = {{.title = "a", .next = *AgentId::parse(std::string(24, 'a'))}}};
    EXPECT_EQ(faults_of(save(mine_, loose)),
              "agents.0.next_agent: names no agent of this flow: aaaaaaaaaaaaaaaaaaaaaaaa");
    EXPECT_EQ(faults_of(save(mine_, Agentflow{})), "name: must not be empty");
    EXPECT_EQ(read([&](Rx& rx) { return agentflows::list(rx, mine_, 0, 10); }).value().total, 0);
}

TEST_F(FlowsTest, a_flow_that_is_too_large_is_refused) {
    Agentflow draft{.name = "f"};
    for (int i = 0; i < 17; ++i)
        draft.agents.push_back(
            {.title = "a", .prompt = {.template_text = std::string(60'000, 'x')}});
    EXPECT_TRUE(save(mine_, draft).has_value());
    draft.agents.push_back(draft.agents[0]);
    EXPECT_TRUE(is_code(save(mine_, draft), Code::invalid));
}

TEST_F(FlowsTest, other_projects_see_nothing) {
    const Agentflow flow = save(mine_, Agentflow{.name = "f"}).value();
    for (const Scope& other : {sibling_, foreign_}) {
        EXPECT_TRUE(is_code(find(other, flow.id), Code::not_found));
        EXPECT_TRUE(is_code(save(other, flow), Code::not_found));
        EXPECT_TRUE(
            is_code(read([&](Rx& rx) { return agentflows::find_version(rx, other, flow.version); }),
                    Code::not_found));
        EXPECT_TRUE(
            is_code(read([&](Rx& rx) { return agentflows::find_current(rx, other, flow.id); }),
                    Code::not_found));
        EXPECT_TRUE(
            is_code(write([&](Tx& tx) { return agentflows::touch_last_used(tx, other, flow.id); }),
                    Code::not_found));
        EXPECT_TRUE(is_code(write([&](Tx& tx) { return agentflows::remove(tx, other, flow.id); }),
                            Code::not_found));
        EXPECT_EQ(read([&](Rx& rx) { return agentflows::list(rx, other, 0, 10); }).value().total,
                  0);
    }
}

TEST_F(FlowsTest, lists_are_stable_used_flows_are_stamped_and_deleted_ones_are_gone) {
    std::vector<Agentflow> made;
    for (int i = 0; i < 5; ++i) {
        made.push_back(save(mine_, Agentflow{.name = std::to_string(i)}).value());
        clock_.advance(seconds(1));
    }
    const auto names = [&](std::int64_t skip, std::int64_t limit) {
        const auto page =
            read([&](Rx& rx) { return agentflows::list(rx, mine_, skip, limit); }).value();
        std::string text = std::to_string(page.total) + ":";
        for (const Agentflow& flow : page.flows) text += " " + flow.name;
        return text;
    };
    EXPECT_EQ(names(0, 2), "5: 0 1");
    ASSERT_TRUE(save(mine_, Agentflow{.name = "5"}));
    ASSERT_TRUE(save(mine_, made[0])); // saving again does not move it
    EXPECT_EQ(names(2, 2), "6: 2 3");
    EXPECT_EQ(names(4, 1'000), "6: 4 5");
    EXPECT_EQ(names(-1, 0), "6: 0");
    EXPECT_EQ(find(mine_, made[1].id)->last_used, Instant{});
    ASSERT_TRUE(write([&](Tx& tx) { return agentflows::touch_last_used(tx, mine_, made[1].id); }));
    EXPECT_EQ(find(mine_, made[1].id)->last_used, clock_.now());
    ASSERT_TRUE(write([&](Tx& tx) { return agentflows::remove(tx, mine_, made[1].id); }));
    EXPECT_TRUE(is_code(find(mine_, made[1].id), Code::not_found));
    EXPECT_TRUE(is_code(save(mine_, made[1]), Code::not_found));
    EXPECT_EQ(names(0, 2), "5: 0 2");
    EXPECT_TRUE(read([&](Rx& rx) {
                    return agentflows::find_version(rx, mine_, made[1].version);
                })->is_deleted);
}

class FilesTest : public AggregateTest {
protected:
    Result<File> create(const Scope& scope, const files::Draft& draft) {
        return write([&](Tx& tx) { return files::create(tx, scope, draft); });
    }
    Result<File> put(const Scope& scope, const FileId& id, std::string bytes,
                     std::string type = "") {
        return await(files::put_bytes(*store_, scope, id, std::move(bytes), std::move(type)));
    }
    Result<std::string> get(const Scope& scope, const FileId& id) {
        return await(files::get_bytes(*store_, scope, id));
    }
};

TEST_F(FilesTest, bytes_come_after_the_row_and_only_once) {
    const File file =
        create(mine_, {.name = "übersicht.txt", .tags = {"Rechnung", "b", "Rechnung"}}).value();
    EXPECT_EQ(file.status, FileStatus::pending);
    EXPECT_EQ(file.media_type, "application/octet-stream");
    EXPECT_EQ(file.id.ordinal(), 1U);
    EXPECT_THAT(file.tags, testing::ElementsAre("Rechnung", "b"));
    EXPECT_TRUE(is_code(get(mine_, file.id), Code::conflict));
    const std::string bytes("a\0b\xff", 4);
    const auto ready = put(mine_, file.id, bytes, "text/plain; charset=utf-8");
    ASSERT_TRUE(ready) << outcome(ready);
    EXPECT_EQ(ready->status, FileStatus::ready);
    EXPECT_EQ(ready->size, 4);
    EXPECT_EQ(ready->media_type, "text/plain; charset=utf-8");
    EXPECT_EQ(get(mine_, file.id).value(), bytes);
    EXPECT_TRUE(is_code(put(mine_, file.id, "other"), Code::conflict));
    EXPECT_EQ(get(mine_, file.id).value(), bytes);
    ASSERT_TRUE(write([&](Tx& tx) { return files::set_pages(tx, mine_, file.id, 3); }));
    EXPECT_EQ(read([&](Rx& rx) { return files::find(rx, mine_, file.id); })->pages, 3);
    const File empty = create(mine_, {.name = "empty"}).value();
    EXPECT_EQ(put(mine_, empty.id, "")->size, 0);
    EXPECT_EQ(get(mine_, empty.id).value(), "");
}

TEST_F(FilesTest, other_projects_see_nothing) {
    const File file = create(mine_, {.name = "a"}).value();
    ASSERT_TRUE(put(mine_, file.id, "secret"));
    const File pending = create(mine_, {.name = "b"}).value();
    for (const Scope& other : {sibling_, foreign_}) {
        EXPECT_TRUE(is_code(get(other, file.id), Code::not_found));
        EXPECT_TRUE(is_code(put(other, pending.id, "x"), Code::not_found));
        EXPECT_TRUE(is_code(read([&](Rx& rx) { return files::find(rx, other, file.id); }),
                            Code::not_found));
        EXPECT_TRUE(is_code(write([&](Tx& tx) { return files::set_tags(tx, other, file.id, {}); }),
                            Code::not_found));
        EXPECT_EQ(read([&](Rx& rx) { return files::list(rx, other, {}); }).value().total, 0);
    }
}

TEST_F(FilesTest, wrong_files) {
    EXPECT_EQ(faults_of(create(mine_, {.name = ""})), "filename: must not be empty");
    EXPECT_EQ(faults_of(create(mine_, {.name = "a", .tags = {"ok", "\t"}})),
              "tags.1: must not be empty");
    EXPECT_EQ(faults_of(create(mine_, {.name = "a", .media_type = "text"})),
              "type: must be a media type such as text/plain");
    const File file = create(mine_, {.name = "../../etc/passwd"}).value(); // a name, never a path
    EXPECT_TRUE(is_code(put(mine_, file.id, "x", "bad\r\ntype/x"), Code::invalid));
    EXPECT_TRUE(is_code(put(mine_, file.id, std::string(limits::file_bytes_max + 1, 'x')),
                        Code::too_large));
    EXPECT_TRUE(put(mine_, file.id, "x"));
    const File broken = create(mine_, {.name = "b"}).value();
    ASSERT_TRUE(
        write([&](Tx& tx) { return files::mark_failed(tx, mine_, broken.id, "not a PDF"); }));
    EXPECT_EQ(get(mine_, broken.id).error().message, "This file has no content: not a PDF");
    EXPECT_TRUE(put(mine_, broken.id, "again")); // may be tried again
    EXPECT_TRUE(
        is_code(write([&](Tx& tx) { return files::mark_failed(tx, mine_, broken.id, "late"); }),
                Code::conflict));
}

TEST_F(FilesTest, tags_are_counted_and_found) {
    const File one = create(mine_, {.name = "1", .tags = {"a", "ß"}}).value();
    clock_.advance(seconds(1));
    ASSERT_TRUE(create(mine_, {.name = "2", .tags = {"a"}}));
    ASSERT_TRUE(create(sibling_, {.name = "3", .tags = {"a"}}));
    const auto tags = [&] {
        std::string text;
        for (const auto& tag : read([&](Rx& rx) { return files::tags(rx, mine_); }).value())
            text += tag.name + std::to_string(tag.count) + " ";
        return text;
    };
    const auto tagged = [&](const char* tag) {
        const auto page =
            read([&](Rx& rx) { return files::list(rx, mine_, {.tag = tag}); }).value();
        std::string text = std::to_string(page.total) + ":";
        for (const File& file : page.files) text += " " + file.name;
        return text;
    };
    EXPECT_EQ(tags(), "a2 ß1 ");
    EXPECT_EQ(tagged("a"), "2: 2 1");
    EXPECT_EQ(tagged("ß"), "1: 1");
    EXPECT_EQ(tagged(""), "2: 2 1");
    ASSERT_TRUE(create(mine_, {.name = "100% Ab_C!.txt"}));
    const auto named = [&](const char* part) {
        return read([&](Rx& rx) { return files::list(rx, mine_, {.search = part}); }).value().total;
    };
    EXPECT_EQ(named("aB_c!"), 1);
    EXPECT_EQ(named("0% A"), 1);
    EXPECT_EQ(named("0_ A"), 0);
    EXPECT_EQ(named(""), 3);
    ASSERT_TRUE(write([&](Tx& tx) { return files::set_tags(tx, mine_, one.id, {"c"}); }));
    EXPECT_EQ(tags(), "a1 c1 ");
}

} // namespace weft::store
