#include "models/caller.h"

#include "models/formats.h"
#include "models/registry.h"
#include "tests/support/fault_server.h"
#include "tests/support/spawned.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weft::models {
namespace {

using ::testing::ElementsAre;
using testing::FaultServer;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Scripted;
using testing::Spawned;
using Fault = Scripted::Fault;

Task<bool> step_clock(FakeClock& clock, std::vector<int>& waits, milliseconds how_long) {
    clock.advance(how_long);
    waits.push_back(static_cast<int>(how_long.count()));
    co_return true;
}

/// Providers "a", "b" … each with a server of its own, and a Caller over them whose waits only move
/// its clock.
class CallerTest : public ::testing::Test {
protected:
    ~CallerTest() override {
        client_.reset();
        threads_.stop();
    }
    /// The next provider. Its only model is gpt-4o unless a test names others.
    FaultServer& provider(std::vector<Scripted> answers) {
        servers_.push_back(std::make_unique<FaultServer>(std::move(answers)));
        const std::string name(1, static_cast<char>('a' + registry_.providers.size()));
        registry_.providers.push_back({name, make_model(*client_, openai_format,
                                                        {.provider = "openai", // whose prices hold
                                                         .base_url = servers_.back()->base_url(),
                                                         .api_key = "sk-canary-1",
                                                         .reach = http::Reach::anywhere})});
        return *servers_.back();
    }
    Spawned<CallAnswer> start(Call call, ChunkSink on_text = {}) {
        if (!std::exchange(running_, true)) threads_.run();
        return Spawned(threads_.at(0), caller_.call(std::move(call), std::move(on_text)));
    }
    Result<> check(std::vector<std::string> models) {
        if (!std::exchange(running_, true)) threads_.run();
        return Spawned<Result<>>(threads_.at(0), caller_.check(std::move(models), {})).get();
    }
    CallAnswer call(Call call) { return start(std::move(call)).get(); }

    FakeClock clock_;
    std::vector<int> waits_; ///< milliseconds
    Registry registry_;
    http::IoThreads threads_{1};
    std::unique_ptr<http::Client> client_ = std::make_unique<http::Client>(threads_);
    std::vector<std::unique_ptr<FaultServer>> servers_;
    bool running_ = false;
    Caller caller_{registry_, clock_,
                   [this](milliseconds how_long) { return step_clock(clock_, waits_, how_long); }};
};

Call hello(std::vector<std::string> models, CallPolicy policy = {}) {
    return {.models = std::move(models),
            .request = {.messages = {{Message::Role::user, "Say hello"}}, .idempotency_key = "k"},
            .policy = policy};
}

Task<Result<std::shared_ptr<const Registry>>> just(std::shared_ptr<const Registry> registry) {
    co_return registry;
}

Scripted busy(const char* seconds) {
    return {.status = 429, .headers = {{"Retry-After", seconds}}, .raw_body = "{}"};
}
Scripted status(int code, std::string body = "{}") {
    return {.status = code, .raw_body = std::move(body)};
}

TEST_F(CallerTest, the_first_model_answers) {
    provider({{.text = "Hello"}});
    const CallAnswer answer = call(hello({"a/gpt-4o"}));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->model, "a/gpt-4o");
    EXPECT_EQ(answer->completion.text, "Hello");
    EXPECT_EQ(answer->spent.input_tokens, 11);
    EXPECT_EQ(answer->spent.output_tokens, 7);
    EXPECT_EQ(answer->spent.cost_micro_usd, 98) << "11 × 2.50 + 7 × 10.00, rounded";
    EXPECT_THAT(waits_, IsEmpty());
}

TEST_F(CallerTest, what_may_pass_is_asked_again_after_a_growing_wait) {
    FaultServer& server = provider({status(500), status(502), {.text = "Hello"}});
    const CallAnswer answer = call(hello({"a/gpt-4o"}));
    ASSERT_TRUE(answer) << answer.error().failure.message;
    EXPECT_THAT(waits_, ElementsAre(500, 1'000));
    ASSERT_EQ(server.requests().size(), 3);
    EXPECT_EQ(server.requests()[2].header("idempotency-key"), "k") << "a repetition, not a second";
}

TEST_F(CallerTest, a_retry_after_is_waited_for_unless_it_is_too_long) {
    provider({busy("3"), {.text = "Hello"}});
    ASSERT_TRUE(call(hello({"a/gpt-4o"})));
    EXPECT_THAT(waits_, ElementsAre(3'000));
    FaultServer& other = provider({busy("60")});
    const CallAnswer answer = call(hello({"b/gpt-4o"}));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().failure.error_class, ErrorClass::retry_after);
    EXPECT_EQ(answer.error().failure.retry_after, milliseconds(60'000));
    EXPECT_EQ(other.requests().size(), 1);
    EXPECT_THAT(waits_, ElementsAre(3'000));
}

TEST_F(CallerTest, no_attempt_begins_after_the_deadline) {
    FaultServer& server = provider({status(500)});
    const CallAnswer answer =
        call(hello({"a/gpt-4o"}, {.attempts_max = 9, .total_max = milliseconds(1'600)}));
    ASSERT_FALSE(answer);
    EXPECT_THAT(waits_, ElementsAre(500, 1'000));
    EXPECT_EQ(server.requests().size(), 3);
}

struct Chain {
    const char* name = "";
    std::vector<Scripted> first;
    const char* models = "a/gpt-4o b/gpt-4o";
    const char* answered = ""; ///< "": nobody
    std::size_t asked_first = 1;
    std::size_t asked_second = 1;
    ErrorClass error_class = ErrorClass::retry;
    int attempts_max = 1;
};

std::vector<std::string> words(std::string_view text) {
    std::vector<std::string> out(1);
    for (const char c : text)
        if (c == ' ')
            out.emplace_back();
        else
            out.back() += c;
    return out;
}

const char* const too_long = R"({"error":{"message":"m","code":"context_length_exceeded"}})";
const char* const no_credit = R"({"error":{"message":"Quota","type":"insufficient_quota"}})";

TEST_F(CallerTest, the_next_model_is_asked_when_it_may_help) {
    const Chain rows[] = {
        {"unavailable", {status(500)}, "a/gpt-4o b/gpt-4o", "b/gpt-4o"},
        {"after all its attempts", {status(500)}, "a/gpt-4o b/gpt-4o", "b/gpt-4o", 3, 1, {}, 3},
        {"busy", {busy("60")}, "a/gpt-4o b/gpt-4o", "b/gpt-4o"},
        {"no connection", {{.fault = Fault::closes}}, "a/gpt-4o b/gpt-4o", "b/gpt-4o"},
        {"no credit", {status(429, no_credit)}, "a/gpt-4o b/gpt-4o", "b/gpt-4o"},
        {"a bad request", {status(400)}, "a/gpt-4o b/gpt-4o", "", 1, 0, ErrorClass::refused},
        {"a bad key", {status(401)}, "a/gpt-4o b/gpt-4o", "", 1, 0, ErrorClass::refused},
        {"too long, a larger window", {status(400, too_long)}, "a/gpt-4o b/gpt-4.1", "b/gpt-4.1"},
        {"too long, the same window",
         {status(400, too_long)},
         "a/gpt-4o b/gpt-4o",
         "",
         1,
         0,
         ErrorClass::out_of_context},
        {"too long, the third has a larger window",
         {status(400, too_long)},
         "a/gpt-4o b/gpt-4o b/gpt-4.1",
         "b/gpt-4.1"},
        {"a fallback without a provider is passed over",
         {status(500)},
         "a/gpt-4o nobody/x b/gpt-4o",
         "b/gpt-4o"},
        {"a first one without a provider is a mistake",
         {status(500)},
         "nobody/x b/gpt-4o",
         "",
         0,
         0,
         ErrorClass::refused},
    };
    for (const Chain& row : rows) {
        registry_.providers.clear();
        FaultServer& first = provider(row.first);
        FaultServer& second = provider({{.text = "second"}});
        const CallAnswer answer =
            call(hello(words(row.models), {.attempts_max = row.attempts_max}));
        EXPECT_EQ(answer ? answer->model : "", row.answered) << row.name;
        EXPECT_EQ(first.requests().size(), row.asked_first) << row.name;
        EXPECT_EQ(second.requests().size(), row.asked_second) << row.name;
        if (!answer) EXPECT_EQ(answer.error().failure.error_class, row.error_class) << row.name;
        if (answer)
            EXPECT_EQ(second.requests()[0].header("idempotency-key"), "k/" + answer->model)
                << row.name << ": another request has another key";
    }
}

TEST_F(CallerTest, nobody_answers_tells_what_may_pass_and_when) {
    struct Row {
        const char* name;
        std::vector<Scripted> first, second;
        const char* model;
        int retry_ms;
    };
    const Row rows[] = {
        {"busy, then a bad key", {busy("60")}, {status(401)}, "a/gpt-4o", 60'000},
        {"busy, then busy for less", {busy("60")}, {busy("30")}, "b/gpt-4o", 30'000},
        {"busy, then busy for longer", {busy("30")}, {busy("60")}, "a/gpt-4o", 30'000},
    };
    for (const Row& row : rows) {
        registry_.providers.clear();
        provider(row.first);
        provider(row.second);
        const CallAnswer answer = call(hello({"a/gpt-4o", "b/gpt-4o"}, {.attempts_max = 1}));
        ASSERT_FALSE(answer) << row.name;
        EXPECT_EQ(answer.error().model, row.model) << row.name;
        EXPECT_EQ(answer.error().failure.retry_after, milliseconds(row.retry_ms)) << row.name;
    }
}

TEST_F(CallerTest, what_a_viewer_has_seen_is_not_asked_again) {
    const Scripted broken{
        .fault = Fault::cut_off, .fault_after = 2, .text = "one two three", .chunks = 3};
    FaultServer& first = provider({broken});
    FaultServer& second = provider({{.text = "second"}});
    std::string seen;
    auto watched =
        start(hello({"a/gpt-4o", "b/gpt-4o"}), [&seen](std::string_view text) { seen += text; });
    const CallAnswer answer = watched.get();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().failure.partial_text, "one two th");
    EXPECT_EQ(seen, "one two th");
    EXPECT_EQ(first.requests().size(), 1);
    EXPECT_EQ(second.requests().size(), 0);
    EXPECT_GT(answer.error().spent.cost_micro_usd, 0) << "what had arrived was paid for";

    const CallAnswer unseen = call(hello({"a/gpt-4o", "b/gpt-4o"}));
    ASSERT_TRUE(unseen);
    EXPECT_EQ(unseen->completion.text, "second");
    EXPECT_EQ(first.requests().size(), 4);
    EXPECT_GT(unseen->spent.output_tokens, 7) << "the failed attempts count";
}

TEST_F(CallerTest, a_stop_ends_the_call_and_asks_nobody_else) {
    provider({{.fault = Fault::never_answers}});
    FaultServer& second = provider({{.text = "second"}});
    auto running = start(hello({"a/gpt-4o", "b/gpt-4o"}));
    ASSERT_TRUE(servers_[0]->wait_hanging());
    running.cancel();
    const CallAnswer answer = running.get();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().failure.error_class, ErrorClass::cancelled);
    EXPECT_TRUE(servers_[0]->wait_all_closed());
    EXPECT_EQ(second.requests().size(), 0);
}

TEST_F(CallerTest, a_stop_ends_the_wait_between_attempts) {
    FaultServer& server = provider({busy("20")});
    std::promise<void> began;
    const Caller real(registry_, clock_, [&began](milliseconds how_long) {
        began.set_value();
        return wait_on_timer(how_long);
    });
    threads_.run();
    running_ = true;
    Spawned<CallAnswer> waiting(threads_.at(0), real.call(hello({"a/gpt-4o"}), {}));
    ASSERT_EQ(began.get_future().wait_for(seconds(20)), std::future_status::ready);
    waiting.cancel();
    const CallAnswer answer = waiting.get();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().failure.error_class, ErrorClass::cancelled);
    EXPECT_EQ(server.requests().size(), 1);
}

TEST_F(CallerTest, checks_names_before_anything_is_asked) {
    provider({{.text = "x"}});
    EXPECT_TRUE(check({"a/gpt-4o", "nobody/x"}));
    EXPECT_THAT(check({}).error().message, HasSubstr("provider/name"));
    EXPECT_THAT(check({"nobody/x"}).error().message, HasSubstr("no model provider"));
    const CallAnswer answer = call(hello({"nobody/x"}));
    ASSERT_FALSE(answer);
    EXPECT_TRUE(answer.error().unusable);
    EXPECT_EQ(answer.error().failure.error_class, ErrorClass::refused);
}

TEST_F(CallerTest, a_projects_own_key_comes_before_the_servers_and_goes_nowhere_else) {
    FaultServer& shared = provider({{.text = "the server's"}, {.text = "the server's"}});
    FaultServer own(std::vector<Scripted>{{.text = "its own"}, {.text = "its own"}});
    threads_.run();
    running_ = true;
    Registry servers;
    servers.providers.push_back({"openai", make_model(*client_, openai_format,
                                                      {.provider = "openai",
                                                       .base_url = shared.base_url(),
                                                       .api_key = "sk-of-the-server",
                                                       .reach = http::Reach::anywhere})});
    const RegistrySettings settings{.openai = {"sk-of-the-server", shared.base_url()},
                                    .allow_private_network = true};
    const auto owns = [&](const std::string& key, const std::string& url) {
        return make_own_registry({{"openai", {key, url}}}, settings, servers, *client_, clock_);
    };
    std::shared_ptr<const Registry> mine;
    const Caller caller(servers, clock_, wait_on_timer,
                        {.models = [&mine](const Scope&) { return just(mine); }});
    Scope project;
    project.project.bytes[0] = 1;
    const auto ask = [&](const Scope& scope) {
        Call asked = hello({"openai/gpt-4o"});
        asked.scope = scope;
        return Spawned<CallAnswer>(threads_.at(0), caller.call(std::move(asked), {})).get();
    };
    mine = owns("sk-of-the-project", own.base_url());
    ASSERT_TRUE(ask(project));
    EXPECT_EQ(own.requests().at(0).header("authorization"), "Bearer sk-of-the-project");
    ASSERT_TRUE(ask({}));
    EXPECT_EQ(shared.requests().at(0).header("authorization"), "Bearer sk-of-the-server");
    mine = owns("sk-of-the-project", "");
    ASSERT_TRUE(ask(project)) << "its own key, where the server asks";
    EXPECT_EQ(shared.requests().at(1).header("authorization"), "Bearer sk-of-the-project");
    mine = owns("", own.base_url());
    const CallAnswer answer = ask(project);
    ASSERT_FALSE(answer) << "the server's key must not go to an address of the project";
    EXPECT_TRUE(answer.error().unusable);
    EXPECT_EQ(own.requests().size(), 1);
}

} // namespace
} // namespace weft::models
