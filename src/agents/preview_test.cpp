// An agent that must ask a person first: what it asks, and what it makes of the answers.
#include "agents/preview.h"
#include "agents/effects.h"
#include "agents/testing.h"

namespace weft::agents {

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view parcels = R"({"table_name": "Parcels", "columns": [
    {"column_name": "code", "column_type": "String"}]})";

class PreviewTest : public AskingTest {
protected:
    /// One agent that must ask, with two skills that insert into the table "Parcels" and one that
    /// counts.
    std::shared_ptr<Agentflow> flow() {
        auto made = flow_of(R"({"name": "Flow", "agents": [{"title": "Work",
            "llm": {"model": "test/any"}, "is_preview_mode_enabled": true}]})");
        for (const char* sort : {"insert_records", "count_records"}) {
            Skill skill{.name = fmt::format("Tables - {}", sort)};
            skill.id.bytes[11] = 5;
            skill.actions.push_back(*connectors::find_action(catalogue_, "tables", sort));
            skill.actions[0].preset = js(R"({"table": "Parcels"})").as_object();
            made->agents[0].skills.push_back(std::move(skill));
        }
        return made;
    }
    const models::Message& last_message() { return model_->asked.back().messages.back(); }
    void calls(std::string said, std::initializer_list<const char*> codes) {
        models::Completion completion{.text = std::move(said),
                                      .stop = models::StopReason::tool_calls};
        for (const char* code : codes)
            completion.calls.push_back(
                {code, "tables_insert_records",
                 js(fmt::format(R"({{"records": [{{"code": "{}"}}]}})", code))});
        model_->script.push_back([completion](const auto&) { return completion; });
    }
};

} // namespace

TEST_F(PreviewTest, a_person_sees_the_exact_input_and_what_the_model_thought) {
    const Table table = make_table(scope_, parcels);
    calls("I put it into the table.", {"x"});
    go(run_of(flow()));
    ASSERT_EQ(made_.act, engine::Act::wait);
    EXPECT_EQ(made_.run.state, ExecutionState::input_required);
    EXPECT_EQ(records_in(table), 0);
    ASSERT_TRUE(made_.ask);
    EXPECT_EQ(made_.ask->type, InboxType::preview);
    EXPECT_EQ(made_.ask->agent_title, "Work");
    EXPECT_EQ(made_.ask->summary,
              R"("Work" of "Flow" asks whether it may use "Tables - insert_records".)");
    const json::value shown = asked();
    const json::value& skill = shown.at("skill");
    EXPECT_EQ(text_or(skill, "name"), "Tables - insert_records");
    EXPECT_EQ(text_or(skill, "id"), "000000000000000000000005");
    EXPECT_EQ(skill.at("input"), js(R"({"records": [{"code": "x"}], "table": "Parcels"})"));
    EXPECT_EQ(asked().at("thoughts"), js(R"({"text": "I put it into the table.",
        "reasoning": "", "plan": "", "criticism": "", "speak": ""})"));
}

TEST_F(PreviewTest, thoughts_come_by_their_names_where_the_model_gave_them) {
    make_table(scope_, parcels);
    calls(R"({"thoughts": {"text": "a", "plan": "b", "speak": 7, "mood": "c"}})", {"x"});
    go(run_of(flow()));
    EXPECT_EQ(asked().at("thoughts"), js(R"({"text": "a", "reasoning": "", "plan": "b",
        "criticism": "", "speak": ""})"));
}

TEST_F(PreviewTest, approved_calls_are_made_and_rejected_ones_are_told_to_the_model) {
    const Table table = make_table(scope_, parcels);
    calls("", {"x", "y", "z"});
    model_->says("Done.");
    go(run_of(flow()));
    answer(approved(std::nullopt));
    EXPECT_EQ(records_in(table), 1);
    EXPECT_EQ(asked().at("skill").at("input").at("records").at(0).at("code"), "y");
    answer(rejected("Not that one."));
    EXPECT_EQ(records_in(table), 1);
    EXPECT_EQ(asked().at("skill").at("input").at("records").at(0).at("code"), "z");
    answer(approved(js(R"({"records": [{"code": "w"}, {"code": "v"}]})").as_object()));
    EXPECT_EQ(records_in(table), 3);
    EXPECT_EQ(made_.run.conclusion, "Done.");
    EXPECT_EQ(kinds_of(made_.run), "model preview tool preview preview tool model");

    const auto& messages = model_->asked.back().messages;
    ASSERT_EQ(messages.size(), 6U);
    EXPECT_THAT(messages[3].text, HasSubstr(R"("inserted":1)"));
    EXPECT_THAT(messages[3].text, Not(HasSubstr("A person")));
    EXPECT_EQ(messages[4].call_id, "y");
    EXPECT_THAT(messages[4].text, HasSubstr("Their reason: Not that one."));
    EXPECT_EQ(messages[5].call_id, "z");
    EXPECT_THAT(messages[5].text, HasSubstr("A person changed the input"));
    EXPECT_THAT(messages[5].text, HasSubstr(R"({"code":"w"})"));
    EXPECT_THAT(messages[5].text, HasSubstr(R"("inserted":2)"));
}

TEST_F(PreviewTest, nobody_is_asked_about_looking_or_about_what_cannot_be_done) {
    const Table table = make_table(scope_, parcels);
    model_->calls("tables_count_records", "{}");
    model_->calls("tables_insert_records", R"({"records": 7})");
    model_->calls("no_such_tool", "{}");
    model_->says("Done.");
    go(run_of(flow()));
    EXPECT_EQ(made_.run.state, ExecutionState::completed);
    EXPECT_EQ(kinds_of(made_.run), "model tool model tool model tool model");
    EXPECT_EQ(records_in(table), 0);
}

TEST_F(PreviewTest, an_edit_is_checked_and_cannot_change_what_the_skill_fixes) {
    const auto plan = compile(flow(), registry_, catalogue_);
    const AgentId agent = plan->agents[0].agent->id;
    const auto edited = [&](std::string_view input) {
        return edited_input(*plan, agent, "tables_insert_records", js(input).as_object(), "in");
    };
    const auto kept = edited(R"({"table": "Parcels", "records": []})");
    ASSERT_TRUE(kept);
    EXPECT_EQ(json::value(*kept), js(R"({"records": []})"));
    EXPECT_TRUE(edited(R"({"records": []})"));
    const auto field_of = [&](std::string_view input) {
        const auto refused = edited(input);
        return refused ? "" : refused.error().fields.at(0).field;
    };
    EXPECT_EQ(field_of(R"({"table": "Letters", "records": []})"), "in.table");
    EXPECT_EQ(field_of(R"({})"), "in.records");
    EXPECT_EQ(field_of(R"({"records": [], "more": 1})"), "in.more");
    EXPECT_EQ(edited_input(*plan, agent, "gone", {}, "in").error().code, Code::conflict);
}

TEST_F(PreviewTest, whether_it_happened_is_asked_with_the_input_as_a_person_left_it) {
    make_table(scope_, parcels);
    calls("", {"x"});
    go(run_of(flow()));
    engine::close_effect(
        made_.run,
        {{{"output", approved(js(R"({"records": [{"code": "w"}]})").as_object())}}, {}, {}},
        clock_.now());
    const auto next =
        engine::decide(std::move(made_.run), engine::Claimed{}, clock_.now(), limits_, *executor_);
    ASSERT_EQ(next.act, engine::Act::perform);
    const Ask ask = executor_->ask_whether_done(next.run);
    EXPECT_EQ(ask.type, InboxType::uncertain_effect);
    EXPECT_THAT(ask.summary, HasSubstr("Did it happen?"));
    const json::value asked = js(ask.asked);
    EXPECT_EQ(text_or(asked, "tool"), "tables_insert_records");
    EXPECT_EQ(asked.at("skill").at("input"),
              js(R"({"records": [{"code": "w"}], "table": "Parcels"})"));
}

} // namespace weft::agents
