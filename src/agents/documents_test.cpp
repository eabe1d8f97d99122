#include "agents/documents.h"

#include "agents/history.h"
#include "agents/testing.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace weft::agents {

namespace {

using testing::HasSubstr;
using testing::Not;

class DocumentsTest : public ExecutorTest {
protected:
    /// One agent "Read" with these files; `pages`: it has a skill that reads them in pages.
    engine::Run reading(std::vector<FileId> files, bool pages) {
        auto flow = flow_of(R"({"name": "Flow", "agents": [{"title": "Read", "turns_max": 200,
            "llm": {"model": "test/any", "max_tokens": 1000}}]})");
        if (pages) {
            Skill skill{.name = "Read"};
            skill.actions.push_back(*connectors::find_action(catalogue_, "files", "read"));
            flow->agents[0].skills.push_back(std::move(skill));
        }
        engine::Run run = run_of(flow);
        run.start.files = std::move(files);
        return run;
    }
};

TEST_F(DocumentsTest, what_fits_is_given_whole) {
    model_->known_limits.window_tokens = 5'000;
    model_->says("Read.");
    const FileId a = make_file(scope_, "a.txt", std::string(4'000, 'a'));
    const FileId b = make_file(scope_, "b.txt", "caf\xE9");
    EXPECT_EQ(drive(reading({a, b}, false)).state, ExecutionState::completed);
    const auto& asked = model_->asked.back();
    ASSERT_EQ(asked.documents.size(), 2U);
    EXPECT_EQ(asked.documents[0].text, std::string(4'000, 'a'));
    EXPECT_EQ(asked.documents[1].name, "b.txt");
    EXPECT_EQ(asked.documents[1].file_id, b.hex());
    EXPECT_EQ(asked.documents[1].text, "café");
    EXPECT_EQ(
        asked.facts.at("files"),
        js(fmt::format(R"([{{"_id": "{}", "name": "a.txt"}}, {{"_id": "{}", "name": "b.txt"}}])",
                       a.hex(), b.hex())));
}

TEST_F(DocumentsTest, what_does_not_fit_is_named_and_read_in_pages) {
    model_->known_limits.window_tokens =
        5'000; // beside the answer 16,000 bytes, half of them for documents
    model_->says("Read.");
    const FileId file = make_file(scope_, "long.txt", std::string(8'001, 'a'));
    EXPECT_EQ(drive(reading({file}, true)).state, ExecutionState::completed);
    const auto& asked = model_->asked.back();
    EXPECT_TRUE(asked.documents.empty());
    EXPECT_THAT(asked.messages[1].text,
                HasSubstr("long.txt (file_id " + file.hex() + ", 8001 bytes)"));
    EXPECT_THAT(asked.messages[1].text, HasSubstr("at most 4000 characters"));

    const engine::Run failed = drive(reading({file}, false));
    ASSERT_TRUE(failed.error);
    EXPECT_EQ(failed.error->code, "document_too_long");
    EXPECT_THAT(failed.error->message, HasSubstr("files/read"));
}

TEST_F(DocumentsTest, an_agent_with_context_and_no_reading_skill_gets_no_documents) {
    auto flow = flow_of(R"({"name": "Flow", "agents": [
        {"title": "One", "llm": {"model": "test/any"}, "next_agent": "Two"},
        {"title": "Two", "llm": {"model": "test/any"}, "context": ["One"]}]})");
    engine::Run run = run_of(flow);
    run.start.files = {make_file(scope_, "a.txt", "text")};
    model_->says("Read.");
    drive(std::move(run));
    EXPECT_EQ(model_->asked[0].documents.size(), 1U);
    EXPECT_TRUE(model_->asked[1].documents.empty());
}

TEST_F(DocumentsTest, a_document_that_is_not_there_or_no_text_fails_the_step) {
    model_->says("Never.");
    const FileId binary = make_file(scope_, "b.bin", std::string("\0\1", 2));
    const FileId theirs = make_file(other_, "o.txt", "secret");
    for (const FileId& file : {binary, theirs}) {
        const engine::Run run = drive(reading({file}, false));
        ASSERT_TRUE(run.error);
        EXPECT_EQ(run.error->code, "document");
        EXPECT_THAT(run.error->message, Not(HasSubstr("secret")));
    }
    EXPECT_TRUE(model_->asked.empty());
}

TEST_F(DocumentsTest, a_long_document_is_read_to_its_end_within_a_small_window) {
    constexpr std::int64_t window = 8'000;
    model_->known_limits.window_tokens = window;
    std::string text;
    for (int i = 0; text.size() < 300'000; ++i)
        text += fmt::format("line {} – some words to fill it\n", i);
    const FileId file = make_file(scope_, "long.txt", text);
    std::string seen;
    model_->script.push_back([&](const models::ModelRequest& request) {
        std::size_t bytes = 0;
        for (const models::Message& message : request.messages) {
            bytes += message.text.size();
            for (const models::ToolCall& call : message.calls)
                bytes += to_text(call.arguments).size();
        }
        EXPECT_LT(bytes, static_cast<std::size_t>(window * 4));
        json::object arguments{{"length", 7'000}};
        if (request.messages.size() > 2) {
            const json::value page = js(request.messages.back().text);
            seen += text_or(page, "text");
            if (page.at("next_offset").is_null()) return models::Completion{.text = "Read it all."};
            arguments["offset"] = page.at("next_offset");
        }
        return models::Completion{.calls = {{"c", "files_read", std::move(arguments)}},
                                  .stop = models::StopReason::tool_calls};
    });
    EXPECT_EQ(drive(reading({file}, true)).conclusion, "Read it all.");
    EXPECT_EQ(seen, text);
    EXPECT_THAT(model_->asked.back().messages[3].text, HasSubstr("left out here"));
}

TEST(History, is_shortened_oldest_first_and_the_last_turn_stays) {
    using Role = models::Message::Role;
    std::vector<models::Message> turns;
    for (const char c : {'a', 'b', 'c'}) {
        const std::string text(3'000, c);
        turns.push_back({.role = Role::assistant,
                         .text = "think",
                         .calls = {{"1", "t", json::object{{"in", text}}}}});
        turns.push_back({.role = Role::tool, .text = text, .call_id = "1"});
    }
    auto whole = turns;
    fit(whole, 20'000);
    EXPECT_EQ(whole[0].calls[0].arguments, turns[0].calls[0].arguments);
    auto some = turns;
    fit(some, 12'500);
    EXPECT_THAT(to_text(some[0].calls[0].arguments), HasSubstr("left_out"));
    EXPECT_THAT(some[1].text, HasSubstr("left_out"));
    EXPECT_EQ(some[2].calls[0].arguments, turns[2].calls[0].arguments);
    auto last = turns;
    fit(last, 5'000);
    EXPECT_THAT(last[3].text, HasSubstr("left_out"));
    EXPECT_EQ(last[4].calls[0].arguments, turns[4].calls[0].arguments);
    EXPECT_THAT(last[5].text, HasSubstr("cut here"));
    EXPECT_EQ(last[0].text, "think");
}

TEST(History, texts_are_cut_between_characters) {
    std::string text = "aé€z";
    cut_text(text, 4);
    EXPECT_TRUE(text.starts_with("aé [cut here: 4 more bytes"));
    std::string fits = "aé€z";
    cut_text(fits, 7);
    EXPECT_EQ(fits, "aé€z");
}

/// Streams a word and then says nothing until it is cancelled.
class Hanging final : public models::Model {
public:
    Task<models::ModelAnswer> complete(models::ModelRequest, models::ChunkSink on_text) override {
        asio::steady_timer never(co_await asio::this_coro::executor,
                                 asio::steady_timer::time_point::max());
        on_text("Once upon");
        co_await never.async_wait(asio::as_tuple(asio::use_awaitable));
        co_return std::unexpected(models::ModelFailure{
            models::ErrorClass::cancelled, "Stopped.", 0, {}, "Once upon", 12, 2});
    }
    models::ModelLimits limits(std::string_view) const override { return {}; }
};

class CancelTest : public DocumentsTest {
protected:
    engine::EffectOutcome cancelled_at_first_text(engine::StepExecutor& executor,
                                                  const engine::Run& run) {
        asio::io_context loop;
        asio::cancellation_signal stop;
        std::optional<engine::EffectOutcome> outcome;
        engine::LiveSink live = [&](std::string_view) {
            asio::post(loop, [&] { stop.emit(asio::cancellation_type::terminal); });
        };
        asio::co_spawn(loop, connectors::keep(executor.perform(run, "key", live), outcome),
                       asio::bind_cancellation_slot(stop.slot(), [](std::exception_ptr) {}));
        loop.run();
        return outcome.value();
    }
};

TEST_F(CancelTest, what_had_arrived_is_the_outcome) {
    models::Registry registry;
    registry.providers.emplace_back("test", std::make_unique<Hanging>());
    const models::Caller caller(registry, clock_);
    AgentExecutor executor(*store_, caller, catalogue_);
    const auto made =
        engine::decide(reading({}, false), engine::Claimed{}, clock_.now(), limits_, executor);
    const engine::EffectOutcome outcome = cancelled_at_first_text(executor, made.run);
    ASSERT_TRUE(outcome.error);
    EXPECT_EQ(outcome.error->code, "cancelled");
    EXPECT_FALSE(outcome.error->retryable);
    EXPECT_EQ(outcome.result.at("text"), "Once upon");
    EXPECT_EQ(outcome.usage.input_tokens, 12);
    EXPECT_EQ(outcome.usage.output_tokens, 2);
}

Task<engine::EffectOutcome> stopped_before(engine::StepExecutor& executor, const engine::Run& run,
                                           asio::cancellation_signal& stop) {
    co_await asio::this_coro::throw_if_cancelled(false);
    stop.emit(asio::cancellation_type::terminal);
    co_return co_await executor.perform(run, "key", {});
}

TEST_F(CancelTest, one_that_comes_first_asks_no_model) {
    const auto made =
        engine::decide(reading({}, false), engine::Claimed{}, clock_.now(), limits_, *executor_);
    asio::io_context loop;
    asio::cancellation_signal stop;
    std::optional<engine::EffectOutcome> outcome;
    asio::co_spawn(loop, connectors::keep(stopped_before(*executor_, made.run, stop), outcome),
                   asio::bind_cancellation_slot(stop.slot(), [](std::exception_ptr) {}));
    loop.run();
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->error->code, "cancelled");
    EXPECT_TRUE(model_->asked.empty());
}

} // namespace
} // namespace weft::agents
