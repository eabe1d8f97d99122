#include "models/rehearsal.h"

#include "models/digest.h"
#include "tests/support/spawned.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weft::models {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Answered {
    ModelAnswer answer;
    std::vector<std::string> chunks;
};

Answered ask(ModelRequest request) {
    Answered out;
    const auto model = make_rehearsal_model();
    asio::io_context context;
    testing::Spawned task(context, model->complete(std::move(request), [&](std::string_view text) {
        out.chunks.emplace_back(text);
    }));
    context.run();
    out.answer = task.get();
    return out;
}

Tool tool(const std::string& name, Fields input = {}) {
    return {name, "Does " + name, std::move(input)};
}

/// The conversation after the model's answer and the tool's.
void answer_call(ModelRequest& request, const Completion& said, std::string result) {
    request.messages.push_back({Message::Role::assistant, said.text, said.calls});
    for (const ToolCall& call : said.calls)
        request.messages.push_back({Message::Role::tool, result, {}, call.id});
}

ModelRequest two_tools() {
    ModelRequest request;
    request.messages = {{Message::Role::system, "You are a test"}, {Message::Role::user, "Do it"}};
    request.tools = {
        tool("tables_list", {{.field_id = "limit", .type = "number", .examples = {5}}}),
        tool("mail_send", {{.field_id = "to", .required = true}, {.field_id = "table_id"}})};
    request.facts = {{"goal", "Tell them"}, {"inputs", json::object{{"to", "ada"}}}};
    return request;
}

TEST(Rehearsal, calls_each_tool_once_in_order_and_concludes) {
    ModelRequest request = two_tools();
    const auto first = ask(request).answer;
    ASSERT_TRUE(first) << first.error().message;
    ASSERT_EQ(first->calls.size(), 1u);
    EXPECT_EQ(first->calls[0].name, "tables_list");
    EXPECT_EQ(to_text(first->calls[0].arguments), R"({"limit":5})");
    EXPECT_EQ(first->stop, StopReason::tool_calls);

    // More is there, but the documents were given whole: it goes on.
    answer_call(request, *first, R"({"table_id": "t9", "total_count": 3, "next_offset": 100})");
    const auto second = ask(request).answer;
    ASSERT_EQ(second->calls.size(), 1u);
    EXPECT_EQ(second->calls[0].name, "mail_send");
    EXPECT_EQ(to_text(second->calls[0].arguments), R"({"to":"ada","table_id":"t9"})");
    EXPECT_NE(second->calls[0].id, first->calls[0].id);

    answer_call(request, *second, R"({"sent": true})");
    const auto last = ask(request).answer;
    EXPECT_TRUE(last->calls.empty());
    EXPECT_EQ(last->stop, StopReason::finished);
    EXPECT_THAT(last->text, HasSubstr("rehearsal, not a language model"));
    EXPECT_THAT(last->text, HasSubstr("### `tables_list`"));
    EXPECT_THAT(last->text, HasSubstr("- total_count: 3"));
    EXPECT_THAT(last->text, HasSubstr("### `mail_send`"));
    EXPECT_THAT(last->text, HasSubstr("- sent: true"));
    EXPECT_THAT(last->text, HasSubstr("**Goal**: Tell them"));
}

TEST(Rehearsal, failed_calls_are_told_and_not_repeated) {
    ModelRequest request = two_tools();
    answer_call(request, *ask(request).answer,
                R"({"error": {"message": "The table\nis gone.", "table_id": "no"}})");
    const auto second = ask(request).answer;
    ASSERT_EQ(second->calls.size(), 1u);
    EXPECT_EQ(to_text(second->calls[0].arguments), R"({"to":"ada"})")
        << "nothing is taken from a failed call";
    answer_call(request, *second, R"({"error": "No such address."})");
    const auto last = ask(request).answer;
    EXPECT_THAT(last->text, HasSubstr("### `tables_list`\n\nIt failed: The table is gone.\n"));
    EXPECT_THAT(last->text, HasSubstr("### `mail_send`\n\nIt failed: No such address.\n"));
}

TEST(Rehearsal, calls_without_an_answer_and_answers_that_are_no_json_are_told) {
    ModelRequest request = two_tools();
    request.messages.push_back(
        {Message::Role::assistant,
         "",
         {{"a", "tables_list", json::object()}, {"b", "mail_send", json::object()}}});
    request.messages.push_back({Message::Role::tool, "just words", {}, "a"});
    request.messages.push_back({Message::Role::tool, "for nobody", {}, "zzz"});
    const auto last = ask(request).answer;
    EXPECT_THAT(last->text, HasSubstr("just words"));
    EXPECT_THAT(last->text, HasSubstr("### `mail_send`\n\nIt failed: it was not answered\n"));
    EXPECT_THAT(last->text, Not(HasSubstr("for nobody")));
}

TEST(Rehearsal, cannot_judge_sentences) {
    ModelRequest request = two_tools();
    request.forced_tool = "choose";
    const auto answer = ask(request).answer;
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().error_class, ErrorClass::refused);
    EXPECT_THAT(answer.error().message, HasSubstr("cannot judge sentences"));
}

TEST(Rehearsal, patterns_that_re2_refuses_are_named) {
    ModelRequest request = two_tools();
    request.tools[0].input = {{.field_id = "x", .pattern = "("}};
    const auto answer = ask(request).answer;
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().error_class, ErrorClass::refused);
    EXPECT_EQ(answer.error().message,
              "tables_list: RE2 does not accept the pattern (: missing ): (.");
}

TEST(Rehearsal, is_free_and_counts_four_bytes_a_token) {
    const auto model = make_rehearsal_model();
    EXPECT_TRUE(model->limits("rehearsal").free_of_charge);
    EXPECT_EQ(model->limits("rehearsal").micro_usd_per_million_input, 0);
    ModelRequest request;
    request.messages = {{Message::Role::user, std::string(40, 'x')}};
    request.documents = {{"65f000000000000000000001", "ab", std::string(398, 'y')}};
    const auto answer = ask(request).answer;
    EXPECT_EQ(answer->input_tokens, 110);
    EXPECT_EQ(answer->output_tokens, static_cast<std::int64_t>(answer->text.size() + 3) / 4);
    EXPECT_TRUE(answer->usage_estimated);
}

json::value entries(int count) {
    json::array records;
    for (int i = 0; i < count; ++i)
        records.push_back(json::object{{"_id", i},
                                       {"name", fmt::format("é{}", i)},
                                       {"level", i % 3 ? "low" : "high"},
                                       {"tags", json::array{"t" + std::to_string(i % 2), "all"}},
                                       {"created_at", 1}});
    return records;
}

/// The second agent of a flow: no tools, the first one's records in its context.
TEST(Rehearsal, digests_the_records_of_earlier_agents) {
    ModelRequest request;
    request.messages = {{Message::Role::user, "Write a digest"}};
    request.facts = {
        {"agents",
         json::object{
             {"Reader",
              json::object{{"text", "done"},
                           {"data", json::object{{"tables_insert",
                                                  json::object{{"records", entries(42)}}}}}}},
             {"Checker", json::object{{"text", "All | fine"}, {"data", json::object()}}}}}};
    const Answered out = ask(request);
    const std::string& text = out.answer->text;
    EXPECT_THAT(text, HasSubstr("### From Reader\n\n`tables_insert.records`: 42 records\n"));
    EXPECT_THAT(text, HasSubstr("- By **level**: low 28, high 14\n"));
    EXPECT_THAT(text, HasSubstr("- **tags**: 3 different: t0, all, t1\n"));
    EXPECT_THAT(text, HasSubstr("- **é0**; level: high; tags: t0, all\n"));
    EXPECT_THAT(text, HasSubstr("- **é9**"));
    EXPECT_THAT(text, Not(HasSubstr("- **é10**")));
    EXPECT_THAT(text, HasSubstr("There are 32 more.\n"));
    EXPECT_THAT(text, Not(HasSubstr("created_at")));
    EXPECT_THAT(text, Not(HasSubstr("By **name**")));
    EXPECT_THAT(text, HasSubstr("### From Checker\n\n> All | fine\n"));
}

TEST(Rehearsal, records_of_a_tool_become_a_table) {
    ModelRequest request;
    request.messages = {{Message::Role::user, "Go"}};
    request.tools = {
        tool("tables_insert", {{.field_id = "records", .type = "array", .required = true}})};
    json::object arguments{{"records", json::array{json::object{{"name", "a|b\nc"}, {"n", 1.5}},
                                                   json::object{{"name", "d"}}}}};
    request.messages.push_back(
        {Message::Role::assistant, "", {{"call_1", "tables_insert", arguments}}});
    request.messages.push_back(
        {Message::Role::tool, R"({"inserted": 2, "ids": ["x", "y"]})", {}, "call_1"});
    const std::string text = ask(request).answer->text;
    EXPECT_THAT(text, HasSubstr("- inserted: 2\n- ids: 2 elements: x, y\n"));
    EXPECT_THAT(
        text,
        HasSubstr(
            "`records`: 2 records\n\n| name | n |\n| --- | --- |\n| a\\|b c | 1.5 |\n| d |  |\n"));
}

TEST(Rehearsal, streams_its_text_in_pieces_of_whole_characters) {
    ModelRequest request;
    request.messages = {{Message::Role::user, "x"}};
    json::object data{
        {"list", json::object{{"text", std::string(300, 'x')}, {"records", entries(50)}}}};
    request.facts = {{"goal", "äöü"},
                     {"agents", json::object{{"A", json::object{{"text", ""}, {"data", data}}}}}};
    const Answered out = ask(request);
    EXPECT_GE(out.chunks.size(), 3u);
    std::string joined;
    for (const std::string& chunk : out.chunks) {
        joined += chunk;
        EXPECT_FALSE(chunk.empty());
        EXPECT_NE(static_cast<unsigned char>(chunk[0]) & 0xC0, 0x80);
    }
    EXPECT_EQ(joined, out.answer->text);
    EXPECT_GE(ask(two_tools()).chunks.size(), 0u);
    EXPECT_GE(ask({.messages = {{Message::Role::user, "x"}}}).chunks.size(), 2u);
}

TEST(Rehearsal, the_same_request_gives_the_same_bytes) {
    ModelRequest request = two_tools();
    request.facts["agents"] = json::object{
        {"A", json::object{{"text", "t"}, {"data", json::object{{"x", entries(30)}}}}}};
    const auto twice = [&] {
        const Answered a = ask(request);
        const Answered b = ask(request);
        EXPECT_EQ(a.answer->text, b.answer->text);
        EXPECT_EQ(a.chunks, b.chunks);
        EXPECT_EQ(a.answer->input_tokens, b.answer->input_tokens);
        if (!a.answer->calls.empty()) {
            EXPECT_EQ(a.answer->calls[0].id, b.answer->calls[0].id);
            EXPECT_EQ(to_text(a.answer->calls[0].arguments), to_text(b.answer->calls[0].arguments));
        }
        return *a.answer;
    };
    answer_call(request, twice(), R"({"a": 1})");
    answer_call(request, twice(), R"({"b": 1})");
    EXPECT_TRUE(twice().calls.empty());
}

TEST(Digest, values_of_any_shape) {
    EXPECT_EQ(digest(nullptr, Rows::table), "- null\n");
    EXPECT_EQ(digest("a\n b", Rows::table), "- a b\n");
    EXPECT_EQ(digest(json::object(), Rows::table), "");
    EXPECT_EQ(digest(json::array{1, 2}, Rows::table), "- 2 elements: 1, 2\n");
    const json::value deep =
        parse_json(R"({"a": {"b": {"c": {"d": {"e": 1}}}}, "f": [[1], [2]], "_id": 1})").value();
    EXPECT_EQ(digest(deep, Rows::table), "- a.b.c.d: {\"e\":1}\n- f: 2 elements: 1, 2\n");
    EXPECT_EQ(digest(parse_json(R"([{"x": {"y": 1}}])").value(), Rows::bullets),
              "records: 1 record\n\n- **{\"y\":1}**\n");
    EXPECT_EQ(one_line("  é \t\n x ", 10), "é x");
    EXPECT_EQ(one_line("ééé x", 3), "ééé…");
}

} // namespace
} // namespace weft::models
