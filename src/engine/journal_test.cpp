#include "engine/journal.h"

#include "engine/decide.h"
#include "engine/payload.h"
#include "engine/progress.h"
#include "engine/scripted_testing.h"

#include <gtest/gtest.h>

namespace weft::engine {

namespace {

constexpr Instant start{1'700'000'000'000'000};

struct Played {
    std::shared_ptr<const Agentflow> flow;
    std::vector<JournalRow> rows;
};

/// fetch fails once and is retried, then an expression decides, then write ends the run.
Played played_run() {
    const ScriptedExecutor executor(
        "agent fetch: keyed -> judge\nagent judge: -> write\nagent write: pure -> end\n");
    Played played{executor.flow(), {}};
    TheRun run;
    run.flow = played.flow;
    Instant now = start;
    const auto tell = [&](Signal signal) {
        Decision made =
            decide(std::move(run), std::move(signal), now, Limits{.backoff_jitter = 0}, executor);
        for (JournalRow& row : made.happened) played.rows.push_back(std::move(row));
        if (made.next) played.rows.push_back(std::move(*made.next));
        run = std::move(made.run);
        now = now + milliseconds(1500);
    };
    tell(Claimed{});
    tell(Performed{{{}, EffectError{"busy", "Busy.", true, {}, 429}, {7, 0, 70, 0}}});
    tell(Claimed{});
    tell(Performed{{{{"text", "a \"quoted\"\n\tline"}}, {}, {10, 5, 100, 0}}});
    tell(Performed{{{{"text", "last"}}, {}, {1, 2, 3, 0}}});
    return played;
}

/// The line with its JSON as the product prints it: how numbers look is not this test's business.
std::string reprinted(const std::string& line) {
    const std::size_t brace = line.find('{');
    return line.substr(0, brace) + weft::to_text(parse_json(line.substr(brace)).value());
}

std::vector<std::string> told(const Played& played) {
    std::vector<std::string> lines;
    for (const JournalRow& row : played.rows) {
        auto events = events_of(row, *played.flow);
        EXPECT_TRUE(events);
        for (const Event& event : *events)
            lines.push_back(
                fmt::format("{} {} {}", event.id, event.name, weft::to_text(event.data)));
    }
    return lines;
}

} // namespace

TEST(Journal, rows_become_the_events_that_viewers_get) {
    const std::vector<std::string> lines = told(played_run());
    const auto agent = [](int n, const char* title) {
        return fmt::format(R"("agent_id":"a0000000000000000000000{}","{}":)", n, title);
    };
    const std::string fetch = "{" + agent(1, "agent_title") + R"("fetch")";
    const std::string write = "{" + agent(3, "agent_title") + R"("write")";
    const std::string effect = R"(,"kind":"tool","tool":"t1","number":1,"attempt":)";
    const std::vector<std::string> expected{
        "1 effect.started " + fetch + effect + "1}",
        "2 effect.finished " + fetch + effect +
            R"(1,"ok":false,"duration_ms":1500.0,"input_tokens":7,)"
            R"("output_tokens":0,"cost_usd":7E-5,)"
            R"("error":{"code":"busy","message":"Busy.","http_status":429}})",
        "3 execution.waiting " + fetch +
            R"(,"reason":"retry","message":"Busy.","wake_at":1.7000000025E9})",
        "4 effect.started " + fetch + effect + "2}",
        "0 effect.finished " + fetch + effect +
            R"(2,"ok":true,"duration_ms":1500.0,"input_tokens":10,"output_tokens":5,)"
            R"("cost_usd":1E-4})",
        "5 agent.finished {" + agent(1, "title") +
            R"("fetch","output":{"text":"fetch: a \"quoted\"\n\tline","data":{}},)"
            R"("next_agent":"a00000000000000000000002","duration_ms":4.5E3,"input_tokens":17,)"
            R"("output_tokens":5,"cost_usd":1.7E-4})",
        "6 agent.finished {" + agent(2, "title") +
            R"("judge","output":{"text":"judge:","data":{},"decision_reason":"by expression"},)"
            R"("next_agent":"a00000000000000000000003","duration_ms":0E0,"input_tokens":0,)"
            R"("output_tokens":0,"cost_usd":0E0})",
        "7 effect.started " + write + effect + "1}",
        "0 effect.finished " + write + effect +
            R"(1,"ok":true,"duration_ms":1500.0,"input_tokens":1,)"
            R"("output_tokens":2,"cost_usd":3E-6})",
        "8 agent.finished {" + agent(3, "title") +
            R"("write","output":{"text":"write: last","data":{}},"next_agent":null,)"
            R"("duration_ms":1500.0,"input_tokens":1,"output_tokens":2,"cost_usd":3E-6})",
        R"(9 execution.finished {"status":"completed","conclusion":"write: last","error":null})",
    };
    ASSERT_EQ(lines.size(), expected.size());
    for (std::size_t i = 0; i < lines.size(); ++i) EXPECT_EQ(lines[i], reprinted(expected[i]));
}

TEST(Journal, a_cancelled_run_is_told_without_a_row) {
    const Event event = finished_event(ExecutionState::cancelled);
    EXPECT_EQ(event.name, "execution.finished");
    EXPECT_EQ(weft::to_text(event.data), R"({"status":"cancelled","conclusion":"","error":null})");
}

TEST(Journal, fold_refuses_rows_that_do_not_follow) {
    const Played played = played_run();
    for (std::size_t skipped = 0; skipped + 1 < played.rows.size(); ++skipped) {
        if (played.rows[skipped].kind == JournalKind::wait)
            continue; // it tells, it changes no step
        TheRun run;
        run.flow = played.flow;
        Result<> folded;
        for (std::size_t i = 0; i < played.rows.size() && folded; ++i) {
            JournalRow row = played.rows[i];
            if (i == skipped) continue;
            if (i > skipped) --row.seq; // the numbers fit, the story does not
            folded = fold(run, row);
        }
        EXPECT_FALSE(folded) << "without row " << skipped + 1;
    }
}

TEST(Journal, fold_refuses_a_gap_garbage_and_anything_after_the_end) {
    const Played played = played_run();
    TheRun run;
    run.flow = played.flow;
    EXPECT_FALSE(fold(run, played.rows[1]));
    JournalRow garbage = played.rows[0];
    for (const char* text : {"", "{", "[]", "null", "{\"s\":\"zero\"}", "{\"s\":7}"}) {
        garbage.payload = text;
        EXPECT_FALSE(fold(run, garbage)) << text;
    }
    EXPECT_EQ(describe(run), describe([&] {
                  TheRun empty;
                  return empty;
              }()));

    for (const JournalRow& row : played.rows) ASSERT_TRUE(fold(run, row));
    JournalRow more = played.rows.back();
    ++more.seq;
    EXPECT_FALSE(fold(run, more));
}

TEST(Payload, carries_any_text_and_deep_values) {
    std::string every_byte;
    for (int c = 0; c < 256; ++c) every_byte += static_cast<char>(c);
    json::object deep;
    for (int i = 0; i < 60; ++i) deep = json::object{{"in", std::move(deep)}};
    PayloadWriter writer;
    writer.add("text", every_byte);
    writer.add("deep", deep);
    writer.add("cut", std::string_view("gr\xC3"));
    writer.add("least", std::numeric_limits<std::int64_t>::min());
    auto read = read_payload(writer.finish());
    ASSERT_TRUE(read) << read.error().log_text;
    EXPECT_EQ(text_or(*read, "text"), every_byte);
    EXPECT_EQ(text_or(*read, "cut"), "gr\xC3");
    EXPECT_EQ(int_member(*read, "least"), std::numeric_limits<std::int64_t>::min());
    EXPECT_EQ(take_object(*read, "deep"), deep);
}

} // namespace weft::engine
