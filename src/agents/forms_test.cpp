// Agents that ask people for input: when they ask, and where what is entered can be seen.
#include "agents/forms.h"

#include "agents/testing.h"

namespace weft::agents {

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view amount_form =
    R"({"title": "How much?", "fields": [{"field_id": "amount", "type": "number"}]})";
constexpr std::string_view note_form = R"({"fields": [{"field_id": "note", "type": "Long text"}]})";

class FormsTest : public AskingTest {
protected:
    /// "Work", which asks with these forms, then "Next", which reads what "Work" brought.
    std::shared_ptr<Agentflow> flow(std::string_view pre, std::string_view post,
                                    std::string_view prompt = "Do it.") {
        return flow_of(fmt::format(
            R"({{"name": "Flow", "agents": [{{"title": "Work", "llm": {{"model": "test/any"}},
                "prompt": "{}", "next_agent": "Next",
                "pre_and_post_execution_input": {{"pre": {}, "post": {}}}}},
                {{"title": "Next", "llm": {{"model": "test/any"}}, "context": ["Work"],
                  "prompt": "Note: {{{{ note | default('none') }}}}."}}]}})",
            prompt, pre, post));
    }
    std::string told(std::size_t call) { return model_->asked.at(call).messages.at(1).text; }
    static json::object values(std::string_view text) { return submitted(js(text).as_object()); }
};

} // namespace

TEST_F(FormsTest, the_first_form_comes_before_any_model_and_the_agent_sees_what_was_entered) {
    model_->says("Done.");
    go(run_of(flow(amount_form, "null", "Pay {{ amount }} of {{ inputs.most }}.")));
    EXPECT_EQ(made_.run.state, ExecutionState::input_required);
    EXPECT_TRUE(model_->asked.empty());
    ASSERT_TRUE(made_.ask);
    EXPECT_EQ(made_.ask->type, InboxType::runtime_input);
    EXPECT_EQ(made_.ask->agent_title, "Work");
    EXPECT_EQ(made_.ask->summary, R"("Work" of "Flow" asks for input before it begins: How much?)");
    EXPECT_EQ(text_or(made_.run.steps[0].effects[0].intent, "when"), "pre");
    const json::value shown = asked();
    EXPECT_EQ(text_or(shown, "when"), "pre");
    EXPECT_EQ(text_or(shown.at("form").at("fields").at(0), "field_id"), "amount");
    EXPECT_FALSE(find(shown, "output"));

    made_.run.start.inputs = js(R"({"amount": 1, "most": 9})").as_object();
    answer(values(R"({"amount": 5})"));
    EXPECT_EQ(made_.run.state, ExecutionState::completed);
    EXPECT_THAT(told(0), HasSubstr("Pay 5 of 9."));
    EXPECT_THAT(told(0), HasSubstr("# What a person entered for you\n{\"amount\":5}"));
    EXPECT_EQ(model_->asked[0].facts.at("inputs"), js(R"({"amount": 5, "most": 9})"));
    EXPECT_THAT(told(1), Not(HasSubstr("entered for you"))) << "of another agent's form";
    EXPECT_EQ(kinds_of(made_.run), "model");
    EXPECT_EQ(made_.run.steps[0].effects.size(), 2U);
}

TEST_F(FormsTest, the_second_form_comes_after_the_output_and_before_the_step_ends) {
    model_->says("Done.");
    go(run_of(flow("null", note_form)));
    EXPECT_EQ(made_.run.state, ExecutionState::input_required);
    EXPECT_EQ(made_.run.steps.size(), 1U);
    EXPECT_FALSE(made_.run.steps[0].output);
    EXPECT_EQ(asked("when"), "post");
    EXPECT_EQ(asked("output"), "Done.");
    EXPECT_EQ(made_.ask->summary, R"("Work" of "Flow" asks for input about what it brought.)");
    answer(values(R"({"note": "Well done"})"));
    EXPECT_EQ(made_.run.state, ExecutionState::completed);
    const engine::StepOutput& output = *made_.run.steps[0].output;
    EXPECT_EQ(output.text, "Done.");
    EXPECT_EQ(json::value(output.data), js(R"({"runtime_input": {"note": "Well done"}})"));
    EXPECT_THAT(told(1), HasSubstr("Note: Well done."));
    EXPECT_THAT(told(1), HasSubstr(R"("runtime_input":{"note":"Well done"})"));
    EXPECT_EQ(model_->asked.size(), 2U);
}

TEST_F(FormsTest, both_are_asked_once_each_and_forms_without_fields_never) {
    model_->says("Done.");
    go(run_of(flow(amount_form, note_form)));
    answer(values(R"({"amount": 5})"));
    EXPECT_EQ(asked("when"), "post");
    EXPECT_EQ(kinds_of(made_.run), "form model form");
    answer(values(R"({"note": "x"})"));
    EXPECT_EQ(made_.run.state, ExecutionState::completed);
    EXPECT_EQ(json::value(inputs_of(made_.run)), js(R"({"amount": 5, "note": "x"})"));

    go(run_of(flow(R"({"fields": []})", "null")));
    EXPECT_EQ(made_.run.state, ExecutionState::completed);
}

TEST_F(FormsTest, what_is_entered_decides_where_a_decision_agent_goes) {
    model_->says("Done.");
    auto made = flow_of(fmt::format(R"({{"name": "Flow", "agents": [
        {{"title": "Which?", "agent_type": "decision_agent",
          "conditions": [{{"decision": "Big", "condition": "{{{{ amount > 10 }}}}"}},
                         {{"decision": "end", "condition": "{{{{ amount <= 10 }}}}"}}],
          "pre_and_post_execution_input": {{"pre": {}}}}},
        {{"title": "Big", "llm": {{"model": "test/any"}}}}]}})",
                                    amount_form));
    go(run_of(made));
    answer(values(R"({"amount": 11})"));
    EXPECT_EQ(made_.run.steps.size(), 2U);
    go(run_of(made));
    answer(values(R"({"amount": 3})"));
    EXPECT_EQ(made_.run.steps.size(), 1U);
    EXPECT_EQ(made_.run.state, ExecutionState::completed);
}

TEST_F(FormsTest, a_sentence_is_still_judged_once_when_a_form_follows_the_decision) {
    model_->calls("choose", R"({"decision": 0, "reason": "No."})");
    go(run_of(flow_of(fmt::format(R"({{"name": "Flow", "agents": [
        {{"title": "Which?", "agent_type": "decision_agent", "llm": {{"model": "test/any"}},
          "conditions": [{{"decision": "end", "condition": "It rains."}}],
          "pre_and_post_execution_input": {{"pre": {}, "post": {}}}}}]}})",
                                  amount_form, note_form))));
    answer(values("{}"));
    EXPECT_EQ(asked("when"), "post");
    answer(values(R"({"note": "x"})"));
    EXPECT_EQ(made_.run.state, ExecutionState::completed);
    EXPECT_EQ(model_->asked.size(), 1U);
    EXPECT_EQ(made_.run.steps[0].output->decision_reason, "No.");
}

TEST_F(FormsTest, a_file_of_a_form_is_a_document_of_the_run) {
    model_->says("Done.");
    const FileId file = make_file(scope_, "invoice.txt", "Total 42.");
    go(run_of(flow(R"({"fields": [{"field_id": "invoice", "type": "file"}]})", "null")));
    answer(submitted({{"invoice", file.hex()}}));
    EXPECT_EQ(made_.run.state, ExecutionState::completed);
    ASSERT_EQ(model_->asked[0].documents.size(), 1U);
    EXPECT_EQ(model_->asked[0].documents[0].text, "Total 42.");
    const auto plan = compile(made_.run.flow, registry_, catalogue_);
    EXPECT_THAT(files_of(made_.run, *plan), ElementsAre(file));
}

TEST_F(FormsTest, a_version_from_before_forms_were_checked_asks_nothing) {
    model_->says("Done.");
    auto made = std::make_shared<Agentflow>(*flow("null", "null"));
    made->agents[0].extra["pre_and_post_execution_input"] = json::object{{"pre", 1}};
    made->extra["anomaly_detection"] = json::object{{"is_enabled", "perhaps"}};
    go(run_of(made));
    EXPECT_EQ(made_.run.state, ExecutionState::completed);
}

} // namespace weft::agents
