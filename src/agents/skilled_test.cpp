#include "agents/testing.h"

#include <thread>

namespace weft::agents {

namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view parcels = R"({"table_name": "Parcels", "columns": [
    {"column_name": "code", "column_type": "String"},
    {"column_name": "grams", "column_type": "Number"}]})";

class SkilledTest : public ExecutorTest {
protected:
    /// One agent "Work" with the skills that are named, its other members from `more`.
    std::shared_ptr<Agentflow> flow(std::string_view more, std::vector<Skill> skills = {}) {
        auto made = flow_of(fmt::format(
            R"({{"name": "Flow", "agents": [
                {{"title": "Work", "llm": {{"model": "test/any", "max_tokens": 100}}{}{}}}]}})",
            more.empty() ? "" : ", ", more));
        made->agents[0].skills = std::move(skills);
        return made;
    }
    Skill skill(std::string_view category, std::string_view sort, std::string_view preset = "{}") {
        Skill made{.name = fmt::format("{} {}", category, sort), .description = "Does it."};
        made.actions.push_back(*connectors::find_action(catalogue_, category, sort));
        made.actions[0].preset = js(preset).as_object();
        return made;
    }
    Skill insert() { return skill("tables", "insert_records", R"({"table": "Parcels"})"); }
    engine::Run worked(std::string_view more = "", std::vector<Skill> skills = {}) {
        return drive(run_of(flow(more, std::move(skills))));
    }
    static std::vector<std::string> kinds_of(const engine::Run& run) {
        std::vector<std::string> kinds;
        for (const engine::Effect& effect : run.steps.back().effects)
            kinds.push_back(to_text(json::value(effect.intent)));
        return kinds;
    }
    const models::ModelRequest& last_asked() { return model_->asked.back(); }
};

TEST_F(SkilledTest, an_answer_without_a_call_is_the_output) {
    model_->known_limits = {.micro_usd_per_million_input = 2'500'000,
                            .micro_usd_per_million_output = 10'000'000};
    model_->script.push_back([](const auto&) {
        return models::Completion{.text = "Done.", .input_tokens = 1'400, .output_tokens = 200};
    });
    const engine::Run run = worked(
        R"("role": "Clerk", "prompt": {"template": "Count to {{ inputs.n | default(3) }}."})");
    EXPECT_EQ(run.state, ExecutionState::completed);
    EXPECT_EQ(run.conclusion, "Done.");
    EXPECT_THAT(kinds_of(run), ElementsAre(R"({"kind":"model","turn":1})"));
    EXPECT_EQ(run.usage.cost_micro_usd, 5'500);
    EXPECT_EQ(run.usage.credits_micro, 30'000 + 2'999); // 0.03 + 2 / 667
    const auto& messages = last_asked().messages;
    ASSERT_EQ(messages.size(), 2U);
    EXPECT_THAT(messages[0].text, HasSubstr("Clerk"));
    EXPECT_THAT(messages[1].text, HasSubstr("Count to 3."));
    EXPECT_EQ(last_asked().model, "any");
    EXPECT_EQ(last_asked().max_tokens, 100);
    EXPECT_FALSE(last_asked().idempotency_key.empty());
}

TEST_F(SkilledTest, calls_run_one_after_another_and_the_next_turn_sees_them) {
    const Table table = make_table(scope_, parcels);
    model_->script.push_back([](const auto&) {
        return models::Completion{.text = "Two at once.",
                                  .calls = {{"a", "tables_insert_records",
                                             js(R"({"records": [{"code": "x"}, {"code": "y"}]})")},
                                            {"b", "tables_count_records", js("{}")}},
                                  .stop = models::StopReason::tool_calls};
    });
    model_->says("There are two.");
    const engine::Run run =
        worked("", {insert(), skill("tables", "count_records", R"({"table": "Parcels"})")});
    EXPECT_THAT(kinds_of(run),
                ElementsAre(R"({"kind":"model","turn":1})",
                            R"({"kind":"tool","tool":"tables_insert_records","turn":1,"call":0})",
                            R"({"kind":"tool","tool":"tables_count_records","turn":1,"call":1})",
                            R"({"kind":"model","turn":2})"));
    EXPECT_EQ(run.steps[0].effects[1].effect_class, EffectClass::keyed);
    EXPECT_EQ(run.steps[0].effects[2].effect_class, EffectClass::pure);
    EXPECT_EQ(records_in(table), 2);
    const json::object& data = run.steps[0].output->data;
    EXPECT_EQ(data.at("tables_count_records"), js(R"({"count": 2})"));
    EXPECT_EQ(data.at("tables_insert_records").at("inserted"), 2);

    const auto& messages = last_asked().messages;
    ASSERT_EQ(messages.size(), 5U);
    EXPECT_EQ(messages[2].text, "Two at once.");
    EXPECT_EQ(messages[2].calls.size(), 2U);
    EXPECT_EQ(messages[3].call_id, "a");
    EXPECT_THAT(messages[3].text, HasSubstr(R"("inserted":2)"));
    EXPECT_THAT(messages[3].text, Not(HasSubstr("record_ids")));
    EXPECT_EQ(messages[4].call_id, "b");
    EXPECT_EQ(messages[4].text, R"({"count":2})");
}

TEST_F(SkilledTest, preset_inputs_are_neither_shown_nor_set) {
    make_table(scope_, parcels);
    model_->calls("tables_insert_records", R"({"table": "Other", "records": []})");
    model_->says("Hm.");
    const engine::Run run = worked("", {insert()});
    ASSERT_EQ(last_asked().tools.size(), 1U);
    const models::Tool& tool = last_asked().tools[0];
    EXPECT_EQ(tool.name, "tables_insert_records");
    EXPECT_EQ(tool.description, "Does it.");
    ASSERT_EQ(tool.input.size(), 1U);
    EXPECT_EQ(tool.input[0].field_id, "records");
    EXPECT_EQ(last_asked().messages.back().text, R"({"error":"table: is not a known field"})");
    EXPECT_TRUE(run.steps[0].output->data.empty());
}

TEST_F(SkilledTest, the_same_action_twice_is_two_tools) {
    make_table(scope_, parcels);
    const Table second =
        make_table(scope_, R"({"table_name": "Second", "columns": [{"column_name": "code"}]})");
    model_->calls("tables_insert_records_2", R"({"records": [{"code": "x"}]})");
    model_->says("Done.");
    const engine::Run run =
        worked("", {insert(), skill("tables", "insert_records", R"({"table": "Second"})")});
    EXPECT_EQ(records_in(second), 1);
    EXPECT_TRUE(run.steps[0].output->data.contains("tables_insert_records_2"));
}

TEST_F(SkilledTest, long_tool_names_are_cut_and_stay_different) {
    Skill first = insert();
    first.actions[0].category = std::string(40, 'c');
    first.actions[0].sort = std::string(40, 's');
    model_->says("Done.");
    worked("", {first, first});
    ASSERT_EQ(last_asked().tools.size(), 2U);
    EXPECT_EQ(last_asked().tools[0].name.size(), 64U);
    EXPECT_EQ(last_asked().tools[1].name.size(), 64U);
    EXPECT_TRUE(last_asked().tools[1].name.ends_with("_2"));
}

TEST_F(SkilledTest, the_model_is_told_of_its_mistakes) {
    make_table(scope_, parcels);
    const struct {
        std::string_view tool, arguments, told;
    } cases[] = {
        {"tables_drop", "{}", "There is no tool tables_drop. There are: tables_insert_records."},
        {"tables_insert_records", "{}", "records: is missing"},
        {"tables_insert_records", "[]", "must be an object, not array"},
        {"tables_insert_records", R"({"records": [{"grams": "heavy"}]})",
         "records.0.grams: must be a number"},
    };
    for (const auto& each : cases) {
        model_->script.clear();
        model_->calls(std::string(each.tool), each.arguments);
        model_->says("I gave up.");
        const engine::Run run = worked("", {insert()});
        EXPECT_EQ(run.state, ExecutionState::completed) << each.told;
        EXPECT_THAT(last_asked().messages.back().text, HasSubstr(each.told));
    }
}

TEST_F(SkilledTest, ends_with_the_reason) {
    make_table(scope_, parcels);
    const struct {
        models::Completion completion;
        std::string code;
    } cases[] = {
        {{.text = "And then", .stop = models::StopReason::length}, "output_limit"},
        {{.text = "No.", .stop = models::StopReason::refused}, "model_refused"},
        {{.calls = std::vector<models::ToolCall>(65, {"c", "x", {}})}, "call_limit"},
        {{.calls = {{"c", "x", json::object{}}}, .stop = models::StopReason::tool_calls},
         "turn_limit"},
    };
    for (const auto& each : cases) {
        model_->script.clear();
        model_->script.push_back([&](const auto&) { return each.completion; });
        const engine::Run run = worked(R"("turns_max": 3)", {insert()});
        EXPECT_EQ(run.state, ExecutionState::failed);
        ASSERT_TRUE(run.error);
        EXPECT_EQ(run.error->code, each.code);
        if (each.code == "turn_limit") EXPECT_EQ(run.steps[0].effects.size(), 6U);
    }
}

TEST_F(SkilledTest, model_failures_say_what_may_be_done) {
    using models::ErrorClass;
    const struct {
        ErrorClass error_class;
        std::string code;
        bool retryable;
    } cases[] = {
        {ErrorClass::retry, "model_unavailable", true},
        {ErrorClass::retry_after, "model_busy", true},
        {ErrorClass::refused, "model_refused", false},
        {ErrorClass::out_of_context, "out_of_context", false},
        {ErrorClass::cancelled, "cancelled", false},
    };
    for (const auto& each : cases) {
        model_->script.clear();
        model_->script.push_back([&](const auto&) {
            return std::unexpected(models::ModelFailure{each.error_class, "Why.", 429,
                                                        milliseconds(1'500), "Once u", 30, 7});
        });
        const engine::Run run = worked();
        ASSERT_TRUE(run.error) << each.code;
        EXPECT_EQ(run.error->code, each.code);
        EXPECT_EQ(run.error->message, "Why.");
        EXPECT_EQ(run.error->retryable, each.retryable);
        EXPECT_EQ(run.error->http_status, 429);
        EXPECT_EQ(run.error->retry_after, milliseconds(1'500));
        const engine::Effect& effect = run.steps[0].effects[0];
        EXPECT_EQ(effect.result.at("text"), "Once u");
        EXPECT_EQ(effect.usage.output_tokens, 7);
    }
}

TEST_F(SkilledTest, faults_of_the_flow_fail_the_step_by_name) {
    model_->says("Never asked.");
    const struct {
        std::string more, code, part;
    } cases[] = {
        {R"("prompt": {"template": "Dear {{ inputs.customer }}"})", "prompt", "customer"},
        {R"("prompt": {"template": "Dear {{ "})", "prompt", "Line 1"},
        {R"("llm": {"model": "nobody/x"})", "model_unconfigured", "nobody"},
    };
    for (const auto& each : cases) {
        const engine::Run run = worked(each.more);
        ASSERT_TRUE(run.error) << each.more;
        EXPECT_EQ(run.error->code, each.code);
        EXPECT_THAT(run.error->message, HasSubstr(each.part));
    }
    EXPECT_TRUE(model_->asked.empty());
}

TEST_F(SkilledTest, an_action_that_this_server_lacks_fails) {
    Skill unknown = insert();
    unknown.actions[0].category = "letters";
    model_->calls("letters_insert_records", R"({"records": []})");
    const engine::Run run = worked("", {unknown});
    ASSERT_TRUE(run.error);
    EXPECT_EQ(run.error->code, "tool_failed");
    EXPECT_EQ(run.steps[0].effects[1].effect_class, EffectClass::keyed) << "what the version says";
}

TEST_F(SkilledTest, context_brings_texts_and_data_of_earlier_agents) {
    make_table(scope_, parcels);
    auto made = flow_of(R"({"name": "Flow", "agents": [
        {"title": "One", "llm": {"model": "test/any"}, "next_agent": "Two"},
        {"title": "Two", "llm": {"model": "test/any"}, "context": ["One"],
         "prompt": {"template":
            "{{ agents['One'].text | upper }} for {{ goal }} at {{ now }}"}}]})");
    made->agents[0].skills = {insert()};
    model_->calls("tables_insert_records", R"({"records": [{"code": "x"}]})");
    model_->says("first words");
    model_->says("second words");
    engine::Run run = run_of(made);
    run.start.goal = "Ship it";
    run = drive(std::move(run));
    EXPECT_EQ(run.conclusion, "second words");
    const std::string& text = last_asked().messages[1].text;
    EXPECT_THAT(text, HasSubstr("# Goal\nShip it"));
    EXPECT_THAT(text, HasSubstr("# What \"One\" found\nfirst words"));
    EXPECT_THAT(text, HasSubstr(R"("inserted":1)"));
    EXPECT_THAT(text, Not(HasSubstr("record_ids")));
    EXPECT_THAT(text, HasSubstr("FIRST WORDS for Ship it at 20"));
    const json::value facts(last_asked().facts);
    EXPECT_EQ(facts.at("goal"), "Ship it");
    EXPECT_EQ(facts.at("agents").at("One").at("text"), "first words");
    EXPECT_EQ(facts.at("agents").at("One").at("data").at("tables_insert_records").at("total"), 1);
}

TEST_F(SkilledTest, live_text_reaches_the_viewer) {
    model_->says("Streaming.");
    const auto made =
        engine::decide(run_of(flow("")), engine::Claimed{}, clock_.now(), limits_, *executor_);
    std::string live;
    await(executor_->perform(made.run, "key", [&](std::string_view text) { live += text; }));
    EXPECT_EQ(live, "Streaming.");
}

TEST_F(SkilledTest, the_same_run_gives_the_same_move) {
    make_table(scope_, parcels);
    model_->calls("tables_insert_records", R"({"records": [{"code": "x"}]})");
    model_->says("Done.");
    const engine::Run ended = worked("", {insert()});
    for (std::size_t count = 0; count <= ended.steps[0].effects.size(); ++count) {
        engine::Run run = ended;
        run.steps[0].output.reset();
        run.steps[0].effects.resize(count);
        const AgentExecutor another(*store_, caller_, catalogue_);
        const engine::Move a = executor_->next(run);
        const engine::Move b = another.next(run);
        ASSERT_EQ(a.index(), b.index());
        if (const auto* perform = std::get_if<engine::Perform>(&a))
            EXPECT_EQ(perform->intent, ended.steps[0].effects[count].intent);
        else
            EXPECT_EQ(std::get<engine::Finish>(a).output.data,
                      std::get<engine::Finish>(b).output.data);
    }
}

TEST_F(SkilledTest, plans_are_made_once_for_a_version_and_forgotten_in_the_end) {
    PlanCache plans(registry_, catalogue_);
    const auto version = [&](int n) {
        auto made = flow("");
        made->version = minter_.mint<VersionTag>(static_cast<std::uint32_t>(n) % 7);
        return made;
    };
    const auto first = version(0);
    const auto plan = plans.get(first);
    EXPECT_EQ(plans.get(first), plan);
    for (std::size_t n = 0; n < PlanCache::plans_max; ++n) plans.get(version(static_cast<int>(n)));
    EXPECT_NE(plans.get(first), plan);
    EXPECT_EQ(plan->agents[0].agent->title, "Work") << "a plan in use outlives its place";
    const auto unsaved = flow("");
    EXPECT_NE(plans.get(unsaved), plans.get(unsaved));
}

TEST_F(SkilledTest, plans_are_shared_by_threads) {
    PlanCache plans(registry_, catalogue_);
    std::vector<std::shared_ptr<Agentflow>> versions;
    for (std::uint32_t n = 0; n < 2 * PlanCache::plans_max; ++n) {
        versions.push_back(flow(""));
        versions.back()->version = minter_.mint<VersionTag>(n);
    }
    std::atomic<int> wrong = 0;
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < 4; ++t)
        threads.emplace_back([&, t] {
            for (std::size_t i = 0; i < 2'000; ++i) {
                const auto& version = versions[(i * (t + 1)) % versions.size()];
                if (plans.get(version)->flow->version != version->version) ++wrong;
            }
        });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(wrong, 0);
}

} // namespace
} // namespace weft::agents
