#include "agents/decision.h"

#include "agents/testing.h"

namespace weft::agents {

namespace {

using testing::HasSubstr;

class DecisionTest : public ExecutorTest {
protected:
    /// "First" answers "ready", then the decision agent "Which?" with these conditions may go to
    /// "Left" or "Right".
    engine::Run decided(std::string_view conditions, std::string_view next = "\"Right\"",
                        std::vector<FileId> files = {}) {
        auto flow = flow_of(fmt::format(R"({{"name": "Flow", "agents": [
            {{"title": "First", "llm": {{"model": "test/any"}}, "next_agent": "Which?"}},
            {{"title": "Which?", "agent_type": "decision_agent", "llm": {{"model": "test/any"}},
              "conditions": {}, "next_agent": {}}},
            {{"title": "Left", "llm": {{"model": "test/any"}}}},
            {{"title": "Right", "llm": {{"model": "test/any"}}}}]}})",
                                        conditions, next));
        engine::Run run = run_of(flow);
        run.start.inputs = js(R"({"amount": 70, "kind": "refund"})").as_object();
        run.start.files = std::move(files);
        return drive(std::move(run));
    }
    static std::string title_of(const engine::Run& run, std::size_t step) {
        return step < run.steps.size() ? run.flow->find(run.steps[step].agent)->title : "none";
    }
    void chooses(std::string_view arguments) {
        model_->script.clear();
        model_->says("ready");
        model_->calls("choose", arguments);
        model_->says("done");
    }
};

TEST_F(DecisionTest, the_first_true_expression_wins_without_a_model_call) {
    model_->says("ready");
    const engine::Run run = decided(R"([{"decision": "Right", "condition": "{{ amount > 100 }}"},
                                {"decision": "Right", "condition": "The customer is angry."},
                                {"decision": "Left",
            "condition": "{{ kind == 'refund' and agents.First.text == 'ready' }}"},
                                {"decision": "end", "condition": "{{ true }}"}])");
    EXPECT_EQ(run.state, ExecutionState::completed);
    EXPECT_EQ(title_of(run, 2), "Left");
    EXPECT_TRUE(run.steps[1].effects.empty());
    EXPECT_EQ(run.steps[1].output->text, "Left");
    EXPECT_THAT(run.steps[1].output->decision_reason, HasSubstr("kind == 'refund'"));
    EXPECT_EQ(model_->asked.size(), 2U);
}

TEST_F(DecisionTest, none_true_goes_to_next_agent) {
    model_->says("ready");
    EXPECT_EQ(title_of(decided(R"([{"decision": "Left", "condition": "{{ amount > 100 }}"}])"), 2),
              "Right");
    const engine::Run ended =
        decided(R"([{"decision": "Left", "condition": "{{ amount > 100 }}"}])", "null");
    EXPECT_EQ(ended.state, ExecutionState::completed);
    EXPECT_EQ(ended.steps.size(), 2U);
    EXPECT_EQ(ended.conclusion, "ready") << "the run concludes with what came before";
}

TEST_F(DecisionTest, a_true_expression_may_end_the_run) {
    model_->says("ready");
    const engine::Run run = decided(R"([{"decision": "end", "condition": "{{ amount == 70 }}"}])");
    EXPECT_EQ(run.steps.size(), 2U);
    EXPECT_EQ(run.steps[1].output->data,
              js(R"({"choose": {"decision": "end", "reason": "True: {{ amount == 70 }}"}})"));
}

TEST_F(DecisionTest, sentences_are_judged_by_one_forced_call) {
    constexpr std::string_view conditions = R"([
        {"decision": "Right", "condition": "{{ amount > 100 }}"},
        {"decision": "Right", "condition": "The customer is angry."},
        {"decision": "Left", "condition": "The customer is content."}])";
    chooses(R"({"decision": 2, "reason": "She says thank you."})");
    const engine::Run run = decided(conditions);
    EXPECT_EQ(title_of(run, 2), "Left");
    EXPECT_EQ(run.steps[1].output->decision_reason, "She says thank you.");
    const models::ModelRequest& asked = model_->asked[1];
    EXPECT_EQ(asked.forced_tool, "choose");
    EXPECT_EQ(asked.tools.size(), 1U);
    EXPECT_THAT(asked.messages[1].text,
                HasSubstr("1. The customer is angry.\n2. The customer is content.\n"));

    chooses(R"({"decision": "1", "reason": ""})");
    EXPECT_EQ(title_of(decided(conditions), 2), "Right");
    chooses(R"({"decision": 0, "reason": "Nothing fits."})");
    EXPECT_EQ(decided(conditions, "null").steps.size(), 2U);
}

TEST_F(DecisionTest, a_choice_that_is_none_is_worth_asking_again) {
    limits_.attempts_max = 3;
    for (const std::string_view wrong :
         {R"({"decision": 7, "reason": ""})", R"({"decision": "Left", "reason": ""})",
          R"({"reason": "?"})", R"({"decision": -1, "reason": ""})", "[]"}) {
        chooses(wrong);
        const engine::Run run = decided(R"([{"decision": "Left", "condition": "It rains."}])");
        EXPECT_EQ(run.waiting_for, engine::WaitReason::retry) << wrong;
        EXPECT_EQ(run.steps[1].effects[0].error->code, "model_answer");
    }
    model_->script.clear();
    model_->says("no tool called at all");
    EXPECT_EQ(decided(R"([{"decision": "Left", "condition": "It rains."}])").waiting_for,
              engine::WaitReason::retry);
}

TEST_F(DecisionTest, a_missing_value_fails_the_step_by_name) {
    model_->says("ready");
    const engine::Run run =
        decided(R"([{"decision": "Left", "condition": "{{ inputs.weight > 1 }}"}])");
    ASSERT_TRUE(run.error);
    EXPECT_EQ(run.error->code, "condition");
    EXPECT_THAT(run.error->message, HasSubstr("weight"));
}

TEST_F(DecisionTest, conditions_may_read_the_names_of_files) {
    model_->says("ready");
    const FileId file = make_file(scope_, "invoice.txt", "42");
    const engine::Run run =
        decided(R"([{"decision": "Left", "condition": "{{ files[0].name == 'invoice.txt' }}"}])",
                "\"Right\"", {file});
    EXPECT_EQ(title_of(run, 2), "Left");
    ASSERT_EQ(run.steps[1].effects.size(), 1U);
    EXPECT_EQ(run.steps[1].effects[0].effect_class, EffectClass::pure);
    EXPECT_EQ(title_of(decided(R"([{"decision": "Left", "condition": "{{ files == 1 }}"}])"), 2),
              "Right")
        << "a run without files needs no look";
}

} // namespace
} // namespace weft::agents
