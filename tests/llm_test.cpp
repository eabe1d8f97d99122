#include "api_world.h"

#include "http/testing.h"
#include "store/ledger.h"
#include "support/fault_server.h"

#include <boost/asio/use_future.hpp>
#include <gmock/gmock.h>

namespace weft {

namespace {

using testing::FaultServer;
using testing::Scripted;
using testing::SeenConnection;

constexpr const char* path = "/llm/execute/calls";

json::object question(const std::string& model) {
    return {{"model", model},
            {"messages", json::array{{{"role", "user"}, {"content", "Say hello."}}}}};
}

/// One `data:` of a stream of server-sent events, with its event's name.
struct Event {
    std::string name;
    std::string data;
};
std::vector<Event> events_of(const std::string& text) {
    std::vector<Event> events(1);
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with("event: ")) events.back().name = line.substr(7);
        if (line.starts_with("data: ")) events.back().data += line.substr(6);
        if (line.empty() && !events.back().data.empty()) events.emplace_back();
    }
    events.pop_back();
    return events;
}

/// As bytes, for a client that leaves when it likes.
std::string raw_call(const json::object& body) {
    const std::string text = to_text(body);
    return fmt::format("POST {} HTTP/1.1\r\nhost: weft\r\nx-api-key: {}\r\n"
                       "content-type: application/json\r\ncontent-length: {}\r\n\r\n{}",
                       path, WholeServer::key, text.size(), text);
}

/// A server whose "openai-compatible" models are a scripted one.
struct World {
    explicit World(std::vector<Scripted> answers) : model(std::move(answers)), server(settings()) {}

    server::Settings settings() const {
        server::Settings settings;
        settings.openai_base_url = model.base_url();
        settings.allow_private_network = true;
        return settings;
    }
    Reply ask(json::object body, http::Headers headers = {}) {
        return server.owner().send(http::Method::post, path, to_text(body), std::move(headers));
    }
    std::string address() { return server.program().address(); }

    FaultServer model;
    WholeServer server;
};

constexpr const char* local = "openai-compatible/local";

Scripted says(std::string text, int chunks = 1) {
    Scripted answer;
    answer.text = std::move(text);
    answer.chunks = chunks;
    return answer;
}

json::object streamed(const std::string& model) {
    json::object body = question(model);
    body["stream"] = true;
    return body;
}

} // namespace

TEST_F(Api, llm_call_is_for_operators_and_says_what_is_wrong_with_it) {
    const std::string body = to_text(question("weft/rehearsal"));
    const auto as = [&](TestClient& client, const std::string& to) {
        return code_of(client.send(http::Method::post, to, body));
    };
    EXPECT_EQ(as(*nobody_, path), "401 unauthenticated");
    EXPECT_EQ(as(*viewer_, path), "403 forbidden");
    EXPECT_EQ(as(*stranger_, in_project(path)), "404 not_found");
    const Reply done = owner().send(http::Method::post, path, body);
    EXPECT_EQ(done.status, 200) << done.text;

    struct Case {
        const char* field;
        json::value value;
    };
    const Case cases[] = {
        {"model", "rehearsal"},
        {"model", "nobody/x"},
        {"model", ""},
        {"messages", json::array{}},
        {"messages", json::array{1}},
        {"messages", json::array{{{"role", "nobody"}, {"content", "x"}}}},
        {"messages", json::array{{{"role", "user"}, {"content", 1}}}},
        {"messages",
         json::array{{{"role", "user"}, {"content", json::array{{{"type", "image"}}}}}}},
        {"temperature", 2.1},
        {"temperature", -1},
        {"temperature", "warm"},
        {"maxTokens", 0},
        {"maxTokens", 1'000'001},
        {"fallbacks", "weft/rehearsal"},
        {"response_format", json::object{{"type", "xml"}}},
        {"response_format", json::object{{"type", "json_schema"}}},
        {"response_format",
         json::object{{"type", "json_schema"},
                      {"json_schema", {{"name", "a b"}, {"schema", json::object{}}}}}},
    };
    for (const Case& each : cases) {
        json::object wrong = question("weft/rehearsal");
        wrong[each.field] = each.value;
        const Reply refused = owner().send(http::Method::post, path, to_text(wrong));
        EXPECT_EQ(code_of(refused), "422 invalid") << to_text(wrong);
        const json::array& errors = refused.body.at("errors").as_array();
        ASSERT_FALSE(errors.empty()) << refused.text;
        EXPECT_TRUE(text_or(errors[0], "field").starts_with(each.field)) << refused.text;
    }
}

TEST_F(Api, llm_call_needs_no_key_for_the_rehearsal_model) {
    const Reply done = owner().post(path, question("weft/rehearsal"));
    ASSERT_EQ(done.status, 200) << done.text;
    const json::value& choice = done.body.at("choices").at(0);
    EXPECT_EQ(text_or(choice.at("message"), "role"), "assistant");
    EXPECT_EQ(text_or(choice.at("message"), "content"), done.at("response"));
    EXPECT_EQ(text_or(choice, "finish_reason"), "stop");
    EXPECT_EQ(done.at("model"), "weft/rehearsal");
}

TEST(Llm, passes_the_question_on_and_the_answer_back) {
    World world({says("Hello.")});
    json::object body = question(local);
    body["messages"] = json::array{
        {{"role", "system"}, {"content", "Be brief."}},
        {{"role", "user"},
         {"content", json::array{{{"type", "text"}, {"text", "Say "}},
                                 {{"type", "text"}, {"text", "hello."}}}}},
    };
    body["temperature"] = 0.5;
    body["maxTokens"] = 77;
    const Reply done = world.ask(body);
    ASSERT_EQ(done.status, 200) << done.text;
    EXPECT_EQ(done.at("response"), "Hello.");
    EXPECT_EQ(int_or(done.body.at("usage"), "prompt_tokens"), 11);
    EXPECT_EQ(int_or(done.body.at("usage"), "completion_tokens"), 7);
    EXPECT_EQ(int_or(done.body.at("usage"), "total_tokens"), 18);
    const auto asked = parse_json(world.model.requests().at(0).body).value();
    EXPECT_EQ(double_or(asked, "temperature"), 0.5);
    EXPECT_EQ(text_or(asked, "model"), "local");
    EXPECT_EQ(text_or(asked.at("messages").at(0), "content"), "Be brief.");
    EXPECT_EQ(text_or(asked.at("messages").at(1), "content"), "Say hello.");
    EXPECT_NE(to_text(asked).find("77"), std::string::npos);
}

TEST(Llm, streams_chunks_that_openai_clients_understand) {
    World world({says("One two three.", 3)});
    const Reply done = world.ask(streamed(local));
    ASSERT_EQ(done.status, 200) << done.text;
    EXPECT_TRUE(done.headers.find("content-type")->starts_with("text/event-stream"));
    const auto events = events_of(done.text);
    ASSERT_GE(events.size(), 3u);
    EXPECT_EQ(events.back().data, "[DONE]");
    std::string text;
    std::string reason;
    json::value usage;
    for (std::size_t i = 0; i + 1 < events.size(); ++i) {
        EXPECT_EQ(events[i].name, "");
        const json::value chunk = parse_json(events[i].data).value();
        EXPECT_EQ(text_or(chunk, "object"), "chat.completion.chunk");
        EXPECT_FALSE(text_or(chunk, "id").empty());
        EXPECT_EQ(text_or(chunk, "model"), local);
        const json::value& choice = chunk.at("choices").at(0);
        text += text_or(choice.at("delta"), "content");
        EXPECT_EQ(text_or(choice.at("delta"), "role"), i == 0 ? "assistant" : "");
        if (choice.at("finish_reason").is_string()) reason = text_or(choice, "finish_reason");
        if (const json::value* given = find(chunk, "usage")) usage = *given;
    }
    EXPECT_EQ(text, "One two three.");
    EXPECT_EQ(reason, "stop");
    EXPECT_EQ(int_or(usage, "total_tokens"), 18);
}

TEST(Llm, each_piece_is_sent_while_the_model_goes_on) {
    Scripted hangs = says("Hello there.", 4);
    hangs.fault = Scripted::Fault::hangs;
    hangs.fault_after = 1;
    World world({hangs});
    http::RawClient client(world.address());
    ASSERT_TRUE(client.send(raw_call(streamed(local))));
    // Arrives although the model is silent from here on.
    EXPECT_NE(client.read_until("\"finish_reason\":null").find("\"content\":\"Hel"),
              std::string::npos);
    EXPECT_TRUE(world.model.wait_hanging());
}

TEST(Llm, a_client_that_leaves_in_mid_stream_aborts_the_call) {
    Scripted hangs = says("Hello there.", 4);
    hangs.fault = Scripted::Fault::hangs;
    World world({hangs});
    {
        http::RawClient client(world.address());
        ASSERT_TRUE(client.send(raw_call(streamed(local))));
        client.read_until("\"finish_reason\":null");
        ASSERT_TRUE(world.model.wait_hanging());
    }
    EXPECT_TRUE(world.model.wait_all_closed());
}

TEST(Llm, a_client_that_leaves_before_the_first_piece_aborts_the_call_too) {
    Scripted silent;
    silent.fault = Scripted::Fault::never_answers;
    World world({silent});
    {
        http::RawClient client(world.address());
        ASSERT_TRUE(client.send(raw_call(streamed(local))));
        ASSERT_TRUE(world.model.wait_hanging());
    }
    EXPECT_TRUE(world.model.wait_all_closed());
}

TEST(Llm, a_failure_before_the_first_piece_is_an_ordinary_error) {
    Scripted refuses;
    refuses.status = 400;
    refuses.raw_body = R"({"error":{"message":"No such model.","code":"model_not_found"}})";
    Scripted busy;
    busy.status = 429;
    busy.headers = {{"Retry-After", "60"}};
    busy.raw_body = R"({"error":{"message":"Slow down."}})";
    World world({refuses, refuses, busy, busy});
    for (const bool stream : {false, true}) {
        json::object body = question(local);
        body["stream"] = stream;
        const Reply refused = world.ask(body);
        EXPECT_EQ(code_of(refused), "422 invalid") << refused.text;
        EXPECT_NE(refused.at("detail").find("No such model"), std::string::npos) << refused.text;
    }
    for (const bool stream : {false, true}) {
        json::object body = question(local);
        body["stream"] = stream;
        const Reply refused = world.ask(body);
        EXPECT_EQ(code_of(refused), "429 rate_limited") << refused.text;
        EXPECT_EQ(*refused.headers.find("retry-after"), "60");
    }
}

TEST(Llm, a_failure_after_the_first_piece_is_an_event) {
    Scripted cut = says("Hello there.", 4);
    cut.fault = Scripted::Fault::cut_off;
    cut.fault_after = 2;
    World world({cut});
    const Reply done = world.ask(streamed(local));
    EXPECT_EQ(done.status, 200);
    const auto events = events_of(done.text);
    ASSERT_GE(events.size(), 2u);
    EXPECT_EQ(events.back().name, "error");
    const json::value error = parse_json(events.back().data).value();
    EXPECT_EQ(text_or(error, "code"), "unavailable");
    EXPECT_EQ(text_or(error.at("error"), "message"), text_or(error, "detail"));
}

TEST(Llm, a_fallback_answers_for_an_account_without_credit) {
    Scripted empty;
    empty.status = 402;
    empty.raw_body = R"({"error":{"message":"Insufficient balance."}})";
    World world({empty});
    EXPECT_EQ(code_of(world.ask(question(local))), "402 payment_required");
    for (json::object body : {question(local), streamed(local)}) {
        body["fallbacks"] = json::array{"weft/rehearsal"};
        const Reply done = world.ask(body);
        EXPECT_EQ(done.status, 200) << done.text;
        EXPECT_NE(done.text.find("\"model\":\"weft/rehearsal\""), std::string::npos) << done.text;
    }
}

TEST(Llm, an_answer_in_a_form_is_json_that_fits_or_is_asked_for_again) {
    const std::string fenced = "```json\n{\"city\": \"Oslo\"}\n```";
    World world({says("Oslo."), says(fenced), says("Oslo."), says(fenced)});
    json::object body = question(local);
    const json::object schema{{"type", "object"},
                              {"required", json::array{"city"}},
                              {"properties", {{"city", {{"type", "string"}}}}}};
    body["response_format"] = {{"type", "json_schema"},
                               {"json_schema", {{"name", "place"}, {"schema", schema}}}};
    const Reply whole = world.ask(body);
    ASSERT_EQ(whole.status, 200) << whole.text;
    EXPECT_EQ(whole.at("response"), R"({"city":"Oslo"})");
    EXPECT_EQ(int_or(whole.body.at("usage"), "total_tokens"), 36); // both answers are paid for
    body["stream"] = true;
    const Reply stream = world.ask(body);
    const auto events = events_of(stream.text);
    ASSERT_EQ(events.size(), 3u) << stream.text;
    const json::value chunk = parse_json(events[0].data).value();
    EXPECT_EQ(text_or(chunk.at("choices").at(0).at("delta"), "content"), R"({"city":"Oslo"})");
    EXPECT_EQ(world.model.requests().size(), 4u);
}

TEST(Llm, a_retry_is_answered_without_asking_again) {
    World world({says("First."), says("Second.")});
    http::Headers headers;
    headers.set("Idempotency-Key", "once");
    const Reply first = world.ask(question(local), headers);
    const Reply again = world.ask(question(local), headers);
    EXPECT_EQ(first.at("response"), "First.");
    EXPECT_EQ(again.text, first.text);
    EXPECT_EQ(world.model.requests().size(), 1u);
    EXPECT_FALSE(world.model.requests()[0].header("idempotency-key").empty());
    // A stream is not kept: whoever repeats it is served anew.
    const Reply stream = world.ask(streamed(local), [] {
        http::Headers other;
        other.set("Idempotency-Key", "stream");
        return other;
    }());
    EXPECT_EQ(events_of(stream.text).back().data, "[DONE]");
}

TEST(Llm, each_call_is_one_row_of_the_ledger) {
    testing::TemporaryDirectory directory;
    Scripted hangs = says("Four or more.", 4);
    hangs.fault = Scripted::Fault::hangs;
    FaultServer model({says("One."), says("Two."), says("Three."), hangs});
    ProjectId project;
    OrganizationId organization;
    {
        server::Settings settings;
        settings.data = directory.path() / "data";
        settings.openai_base_url = model.base_url();
        settings.allow_private_network = true;
        WholeServer server(settings);
        project = server.program().first_start()->project.id;
        organization = server.program().first_start()->organization.id;
        EXPECT_EQ(server.owner().post(path, question(local)).status, 200);
        EXPECT_EQ(server.owner().post(path, streamed(local)).status, 200);
        http::Headers headers;
        headers.set("Idempotency-Key", "charged once");
        for (int i = 0; i < 2; ++i)
            EXPECT_EQ(server.owner()
                          .send(http::Method::post, path, to_text(question(local)), headers)
                          .status,
                      200);
        http::RawClient leaves(server.program().address());
        ASSERT_TRUE(leaves.send(raw_call(streamed(local))));
        leaves.read_until("\"finish_reason\":null");
    } // stopped: what was to be charged is written
    SystemClock clock;
    IdMinter ids(clock);
    auto store =
        store::Store::open({directory.path() / "data", store::store_url(directory.path() / "data")},
                           clock, ids)
            .value();
    const Scope scope{organization, project, {}};
    const auto page =
        store->read_here([&](store::Rx& rx) { return store::ledger::list(rx, scope, 100, 0); });
    ASSERT_TRUE(page.has_value());
    ASSERT_EQ(page->total, 4);
    EXPECT_GT(page->charges[0].row.usage.input_tokens, 0); // of what was broken off, an estimate
    for (const auto& charge : std::span(page->charges).subspan(1)) {
        EXPECT_FALSE(charge.execution);
        EXPECT_EQ(charge.row.model, local);
        EXPECT_EQ(charge.row.usage.input_tokens, 11);
        EXPECT_EQ(charge.row.usage.output_tokens, 7);
        EXPECT_GT(charge.row.usage.credits_micro, 0);
    }
}

} // namespace weft
