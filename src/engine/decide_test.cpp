#include "engine/decide.h"

#include "engine/journal.h"
#include "engine/progress.h"
#include "engine/scripted_testing.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace weft::engine {

namespace {

constexpr Instant start{1'700'000'000'000'000};

Run empty_run(const ScriptedExecutor& executor) {
    Run run;
    run.flow = executor.flow();
    run.created_at = start;
    return run;
}

/// Runs one data file: lines about the flow and the limits first, then `> signal` lines, each
/// followed by the history that it is expected to bring. Answers the file as it should be.
///
///   > claim | overruled | ok GO? | fail CODE retryable? after MS? as CLASS? | aborted TEXT |
///   broken WHY     what decide is told > answer answered | done | not_done   what was waited for
///   comes from outside > pass MS        the clock moves > crash          the run is read back from
///   the rows that were recorded > paused         from here on nothing but what has happened is
///   recorded; the next line says `claim`
class History {
public:
    explicit History(std::string text) : executor_(text) {
        std::istringstream in(text);
        for (std::string line; std::getline(in, line);) {
            if (line.starts_with("limit ")) read_limit(line);
            if (line.starts_with("start from ")) start_from_ = line.substr(11);
            if (line.starts_with("stop after ")) stop_after_ = line.substr(11);
        }
        run_ = empty_run(executor_);
        for (const Agent& agent : run_.flow->agents) {
            if (agent.title == start_from_) run_.start.start_from = agent.id;
            if (agent.title == stop_after_) run_.start.stop_after = agent.id;
        }
    }

    std::string play(const std::string& text) {
        std::istringstream in(text);
        for (std::string line; std::getline(in, line);) {
            if (line.starts_with("> ")) {
                out_ += line + "\n";
                signal(line.substr(2));
            } else if (!line.starts_with("    ")) {
                out_ += line + "\n";
            }
        }
        return out_;
    }

private:
    void read_limit(const std::string& line) {
        std::istringstream in(line.substr(6));
        std::string name;
        int value = 0;
        in >> name >> value;
        if (name == "steps_max")
            limits_.steps_max = value;
        else if (name == "effects_max")
            limits_.effects_max = value;
        else if (name == "attempts_max")
            limits_.attempts_max = value;
        else if (name == "jitter_percent")
            limits_.backoff_jitter = value / 100.0;
        else
            ADD_FAILURE() << "no limit " << name;
    }

    void signal(const std::string& line) {
        std::istringstream in(line);
        std::string verb;
        std::string word;
        in >> verb;
        if (verb == "pass") {
            std::int64_t ms = 0;
            in >> ms;
            now_ = now_ + milliseconds(ms);
        } else if (verb == "crash") {
            run_ = folded();
        } else if (verb == "paused") {
            paused_ = true;
        } else if (verb == "claim") {
            tell(Claimed{});
        } else if (verb == "overruled") {
            tell(Overruled{});
        } else if (verb == "ok") {
            in >> word;
            EffectOutcome outcome = ScriptedExecutor::success(run_);
            if (!word.empty()) outcome.result["go"] = word;
            tell(Performed{std::move(outcome)});
        } else if (verb == "fail") {
            tell(Performed{{{{"text", "partial"}}, read_error(in), {3, 1, 7, 0}}});
        } else if (verb == "answer") {
            in >> word;
            answer(word);
        } else if (verb == "aborted") {
            in >> word;
            tell(Aborted{{{{"text", word}}, EffectError{"cancelled", "Stopped."}, {3, 1, 7, 0}}});
        } else if (verb == "finished-late") {
            tell(Aborted{ScriptedExecutor::success(run_)});
        } else if (verb == "stopped") {
            tell(Stopped{});
        } else if (verb == "broken") {
            tell(Broken{"Something broke."});
        } else {
            ADD_FAILURE() << "no signal " << verb;
        }
    }

    static FailureClass failure_named(std::string_view name) {
        for (const FailureClass each : RetryPolicy{}.on)
            if (weft::to_text(each) == name) return each;
        ADD_FAILURE() << "no class " << name;
        return {};
    }

    static EffectError read_error(std::istringstream& in) {
        EffectError error;
        in >> error.code;
        error.message = "It said " + error.code + ".";
        error.http_status = 503;
        for (std::string word; in >> word;) {
            if (word == "retryable") error.retryable = true;
            std::int64_t ms = 0;
            if (word == "as" && in >> word) error.failure = failure_named(word);
            if (word == "after" && in >> ms) error.retry_after = milliseconds(ms);
        }
        return error;
    }

    /// The row that store/waits.h writes while the run lies in the store.
    void answer(const std::string& outcome) {
        std::string payload = fmt::format("{{{},\"o\":\"{}\"", place_of(run_), outcome);
        if (outcome == "answered" || outcome == "done")
            payload += R"(,"r":{"output":{"said":"yes"}})";
        else
            payload += R"(,"e":{"c":"no","m":"Not so."})";
        keep({run_.next_seq, JournalKind::answer, now_, payload + "}"});
        run_ = folded();
    }

    void tell(Signal signal) {
        const Usage before = run_.usage;
        Decision made = decide(std::move(run_), std::move(signal), now_, limits_, executor_);
        for (const JournalRow& row : made.happened) keep(row);
        if (made.next && !paused_) keep(*made.next);
        out_ += "    = " + to_text(made) + "\n";
        EXPECT_EQ(made.run.usage.cost_micro_usd - before.cost_micro_usd, made.usage.cost_micro_usd);
        const auto& last = made.last_charge;
        EXPECT_EQ(made.run.usage.credits_micro - before.credits_micro,
                  made.usage.credits_micro + (last ? last->usage.credits_micro : 0));
        if (std::exchange(paused_, false)) {
            run_ = folded();
            return;
        }
        run_ = std::move(made.run);
        // A repetition is known to this process alone.
        if (auto* step = run_.steps.empty() ? nullptr : &run_.steps.back())
            for (Effect& effect : step->effects) effect.repeated = false;
        EXPECT_EQ(describe(run_), describe(folded())) << out_;
    }

    void keep(const JournalRow& row) {
        static constexpr const char* kinds[] = {"",       "intent", "result",  "wait",   "finished",
                                                "branch", "answer", "partial", "charged"};
        rows_.push_back(row);
        out_ +=
            fmt::format("    {} {} {}\n", row.seq, kinds[static_cast<int>(row.kind)], row.payload);
    }

    Run folded() {
        Run run = empty_run(executor_);
        run.start = run_.start;
        for (const JournalRow& row : rows_) {
            const auto done = fold(run, row);
            EXPECT_TRUE(done) << (done ? "" : done.error().log_text);
        }
        return run;
    }

    std::string to_text(const Decision& made) const {
        static constexpr const char* acts[] = {"perform", "wait", "end", "record"};
        std::string text = acts[static_cast<int>(made.act)];
        text += fmt::format(", {}", weft::to_text(made.run.state));
        if (made.act == Act::perform && made.run.steps.back().effects.back().repeated)
            text += ", repeated";
        if (made.run.wake_at)
            text += fmt::format(", in {} ms", (*made.run.wake_at - now_).count() / 1000);
        for (const LedgerRow& each : made.ledger)
            text += fmt::format(", charge {} {}", each.agent_title, each.usage.credits_micro);
        if (const auto& last = made.last_charge)
            text +=
                fmt::format(", last charge {} {}", last->agent_title, last->usage.credits_micro);
        return text;
    }

    ScriptedExecutor executor_;
    std::string start_from_;
    std::string stop_after_;
    Limits limits_{.backoff_jitter = 0};
    Run run_;
    Instant now_ = start;
    std::vector<JournalRow> rows_;
    bool paused_ = false;
    std::string out_;
};

std::string read_file(const std::filesystem::path& path) {
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> case_names() {
    std::vector<std::string> names;
    for (const auto& entry :
         std::filesystem::directory_iterator(WEFT_SOURCE_DIR "/src/engine/cases"))
        names.push_back(entry.path().stem().string());
    std::ranges::sort(names);
    return names;
}

class DecideCase : public testing::TestWithParam<std::string> {};

} // namespace

TEST_P(DecideCase, brings_the_expected_history) {
    const std::filesystem::path path =
        std::string(WEFT_SOURCE_DIR "/src/engine/cases/") + GetParam() + ".txt";
    const std::string expected = read_file(path);
    const std::string actual = History(expected).play(expected);
    if (std::getenv("WEFT_TEST_UPDATE"))
        std::ofstream(path) << actual;
    else
        EXPECT_EQ(actual, expected);
}

INSTANTIATE_TEST_SUITE_P(Cases, DecideCase, testing::ValuesIn(case_names()),
                         [](const auto& info) { return info.param; });

TEST(Decide, retries_with_growing_backoff_then_gives_up) {
    const ScriptedExecutor executor("agent fetch: pure -> end\n");
    Limits limits{.backoff_jitter = 0};
    limits.attempts_max = 4;
    Instant now = start;
    auto run = decide(empty_run(executor), Claimed{}, now, limits, executor).run;
    const auto fail = [&] {
        Decision made =
            decide(std::move(run), Performed{{{}, EffectError{"late", "Too late.", true}, {}}}, now,
                   limits, executor);
        const auto waits = made.run.wake_at ? (*made.run.wake_at - now).count() / 1'000 : -1;
        if (made.run.wake_at) {
            now = *made.run.wake_at;
            made = decide(std::move(made.run), Claimed{}, now, limits, executor);
            EXPECT_EQ(made.act, Act::perform);
        }
        run = std::move(made.run);
        return waits;
    };

    EXPECT_EQ(fail(), 1'000);
    EXPECT_EQ(fail(), 2'000);
    EXPECT_EQ(fail(), 4'000);
    EXPECT_EQ(fail(), -1);
    EXPECT_EQ(run.state, ExecutionState::failed);
    EXPECT_EQ(run.steps[0].effects[0].earlier_errors.size(), 3U);
}

TEST(Decide, a_late_claim_does_not_shorten_the_backoff_and_writes_nothing_new) {
    const ScriptedExecutor executor("agent fetch: pure -> end\n");
    const Limits limits{.backoff_jitter = 0};
    auto run = decide(empty_run(executor), Claimed{}, start, limits, executor).run;
    Decision waiting =
        decide(std::move(run), Performed{{{}, EffectError{"late", "Too late.", true}, {}}}, start,
               limits, executor);
    ASSERT_EQ(waiting.act, Act::wait);

    const Decision early =
        decide(std::move(waiting.run), Claimed{}, start + milliseconds(10), limits, executor);
    EXPECT_EQ(early.act, Act::wait);
    EXPECT_FALSE(early.next);
    EXPECT_EQ(early.run.wake_at, start + seconds(1));
}

} // namespace weft::engine
