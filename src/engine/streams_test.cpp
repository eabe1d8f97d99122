#include "engine/streams.h"

#include "engine/decide.h"
#include "engine/journal.h"
#include "engine/payload.h"
#include "engine/progress.h"
#include "engine/world_testing.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <gtest/gtest.h>

namespace weft::engine {

namespace {

/// A token for each byte, a micro-dollar for each token, and ten tokens for the question.
LiveSink::Estimate by_bytes() {
    return [all = Usage{10, 0, 10, 0}](std::string_view more) mutable {
        const auto bytes = static_cast<std::int64_t>(more.size());
        return all += Usage{0, bytes, bytes, 0};
    };
}

/// Effects that say "half" at once and end at the door.
void stream_at(World& world, Door& door) {
    world.executor.performing = [&door](const TheRun& run, std::string, LiveSink live) {
        live.measure(by_bytes());
        return door.pass(run, live);
    };
}

void until_rows(World& world, const ExecutionId& id, std::int64_t rows) {
    world.until(id, [&](const Execution& seen) { return seen.next_seq > rows; });
}

/// What the rows themselves say, without the fold.
std::int64_t cost_in(const std::vector<JournalRow>& rows) {
    std::int64_t cost = 0;
    for (const JournalRow& row : rows) {
        const json::object payload = read_payload(row.payload).value();
        if (const json::value* used = payload.if_contains("u")) cost += used->at(2).as_int64();
    }
    return cost;
}

} // namespace

TEST(Streams, text_stands_in_the_journal_250_ms_after_it_came) {
    Door door;
    World world("agent a: keyed -> end\n");
    stream_at(world, door);
    const ExecutionId id = world.arrive_at(door);
    EXPECT_EQ(kinds_of(world.journal(id)), "intent");
    world.clock.advance(milliseconds(250));
    until_rows(world, id, 2);

    const TheRun run = world.load(id);
    const Effect& effect = run.steps.at(0).effects.at(0);
    EXPECT_FALSE(effect.done);
    EXPECT_EQ(effect.streamed.text, "half");
    EXPECT_EQ(run.usage, (Usage{10, 4, 14, 0}));
    EXPECT_EQ(world.find(id).usage, run.usage);

    door.open();
    world.until(id, ExecutionState::completed);
    EXPECT_EQ(kinds_of(world.journal(id)), "intent partial result finished");
    EXPECT_EQ(world.load(id).steps[0].effects[0].usage, ScriptedExecutor::success(run).usage);
    EXPECT_EQ(cost_in(world.journal(id)), 100);
    check_invariants(world, id);
}

TEST(Streams, what_came_within_one_beat_is_not_journalled_by_itself) {
    Door door;
    World world("agent a: keyed -> b\nagent b: keyed -> end\n");
    stream_at(world, door);
    const ExecutionId id = world.arrive_at(door);
    world.clock.advance(world.limits.stream_beat - milliseconds(1));
    door.open();
    world.until(id, ExecutionState::completed);
    EXPECT_EQ(kinds_of(world.journal(id)), "intent result intent result finished");
}

TEST(Streams, a_stop_keeps_the_text_so_far_and_counts_its_rest) {
    Door door;
    World world("agent a: keyed -> end\n");
    stream_at(world, door);
    const ExecutionId id = world.arrive_at(door);
    world.clock.advance(milliseconds(250));
    until_rows(world, id, 2);
    const auto stopped_at = world.stop(id);
    world.until(id, ExecutionState::cancelled);
    EXPECT_EQ(kinds_of(world.journal(id)), "intent partial result");
    const Usage said{3, 1, 7, ScriptedExecutor::credits_per_step}; // by the model, in the end
    EXPECT_EQ(world.find(id).usage, said);
    check_invariants(world, id, stopped_at);
}

TEST(Streams, text_that_comes_after_the_stop_is_kept_until_the_owner_lets_go) {
    Door door;
    World world("agent a: keyed -> end\n");
    world.executor.performing = [&](const TheRun& run, std::string, LiveSink live) {
        live.measure(by_bytes());
        live("deaf and talking");
        return door.pass_deaf(run);
    };
    const ExecutionId id = world.arrive_at(door);
    world.stop(id);
    world.clock.advance(milliseconds(250));
    until_rows(world, id, 2);
    EXPECT_TRUE(world.find(id).settling);
    EXPECT_EQ(kinds_of(world.journal(id)), "intent partial");
    world.clock.advance(seconds(6)); // overruled
    world.engine->wake();
    world.until(id, ExecutionState::cancelled);
    door.open();
    world.close();
    world.open();
    EXPECT_EQ(kinds_of(world.journal(id)), "intent partial");
    EXPECT_EQ(world.load(id).steps[0].effects[0].streamed.text, "deaf and talking");
    EXPECT_EQ(world.find(id).usage.cost_micro_usd, 26);
    check_invariants(world, id);
}

TEST(Streams, a_crash_leaves_text_and_cost_and_the_repetition_begins_anew) {
    Door door;
    World world("agent a: keyed -> end\n");
    stream_at(world, door);
    const ExecutionId id = world.arrive_at(door);
    world.clock.advance(milliseconds(250));
    until_rows(world, id, 2);
    world.close();
    world.open();
    EXPECT_EQ(world.load(id).steps[0].effects[0].streamed.text, "half");
    EXPECT_EQ(world.find(id).usage.cost_micro_usd, 14);

    world.start();
    door.await_entered(2);
    world.clock.advance(milliseconds(250));
    until_rows(world, id, 4);
    EXPECT_EQ(kinds_of(world.journal(id)), "intent partial partial partial");
    door.open();
    world.until(id, ExecutionState::completed);
    const TheRun run = world.load(id);
    const Effect& effect = run.steps[0].effects[0];
    ASSERT_EQ(effect.abandoned.size(), 1U);
    EXPECT_EQ(effect.abandoned[0].text, "half");
    EXPECT_EQ(effect.abandoned[0].usage, (Usage{10, 4, 14, 0}));
    EXPECT_EQ(effect.usage.cost_micro_usd, 100);
    EXPECT_EQ(run.usage.cost_micro_usd, 114);
    EXPECT_EQ(cost_in(world.journal(id)), 114);
    check_invariants(world, id);
}

TEST(Streams, viewers_hear_where_each_piece_belongs) {
    World world("agent a: keyed -> b\nagent b: keyed -> end\n");
    world.executor.performing = [](const TheRun& run, std::string,
                                   LiveSink live) -> Task<EffectOutcome> {
        live("one ");
        live("");
        live("two");
        return ScriptedExecutor::succeed(run);
    };
    const ExecutionId id = world.create();
    Mutex mutex;
    std::string heard;
    const auto watching = world.events.subscribe(
        id, {{}, [&](const LiveText& live) {
                 Lock lock(mutex);
                 heard += fmt::format("{}+{}:{}|", live.origin, live.offset, live.text);
             }});
    world.start();
    world.until(id, ExecutionState::completed);
    Lock lock(mutex);
    EXPECT_EQ(heard, "1+0:one |1+4:two|3+0:one |3+4:two|");
}

TEST(Streams, a_run_in_memory_and_the_same_read_back_are_alike) {
    ScriptedExecutor executor("agent a: keyed -> end\n");
    TheRun live;
    live.flow = executor.flow();
    TheRun folded;
    folded.flow = live.flow;
    const Limits limits;
    const auto keep = [&](const JournalRow& row) {
        EXPECT_TRUE(fold(folded, row)) << row.payload;
        EXPECT_EQ(describe(folded), describe(live));
    };
    const auto tell = [&](Signal signal) {
        Decision made = decide(std::move(live), std::move(signal), {}, limits, executor);
        live = std::move(made.run);
        for (const JournalRow& row : made.happened) EXPECT_TRUE(fold(folded, row)) << row.payload;
        if (made.next) EXPECT_TRUE(fold(folded, *made.next));
        EXPECT_EQ(describe(folded), describe(live));
        return made.usage;
    };
    const auto stream = [&](std::string_view text, const Usage& usage) {
        const auto offset = std::ssize(live.steps[0].effects[0].streamed.text);
        const JournalRow row = record_partial(live, offset, text, usage, {});
        stream_effect(live, text, usage);
        ++live.next_seq;
        keep(row);
    };
    tell(Claimed{});
    stream("gr\xC3", {10, 1, 11, 0}); // cut in the middle of a character
    stream("\xBC\xC3\x9F", {0, 2, 2, 0});
    EXPECT_EQ(live.steps[0].effects[0].streamed.text, "grüß");
    tell(Claimed{}); // after a crash
    EXPECT_TRUE(live.steps[0].effects[0].repeated);
    stream("grüße", {10, 3, 13, 0});
    EXPECT_EQ(tell(Performed{{{}, EffectError{"busy", "Busy.", true}, {9, 4, 13, 0}}}),
              (Usage{-1, 1, 0, ScriptedExecutor::credits_per_step}));
    EXPECT_EQ(live.usage, (Usage{19, 7, 26, ScriptedExecutor::credits_per_step}));
    EXPECT_EQ(text_or(live.steps[0].effects[0].result, "text"), "grüße");
}

TEST(Streams, fold_refuses_text_that_does_not_follow) {
    ScriptedExecutor executor("agent a: keyed -> end\n");
    TheRun run;
    run.flow = executor.flow();
    Decision made = decide(std::move(run), Claimed{}, {}, {}, executor);
    run = std::move(made.run);
    for (const JournalRow& row : {record_partial(run, 3, "text", {}, {}), [&] {
                                      TheRun other = run;
                                      other.steps[0].effects[0].attempt = 2;
                                      return record_partial(other, 0, "text", {}, {});
                                  }()})
        EXPECT_FALSE(fold(run, row)) << row.payload;
    EXPECT_TRUE(fold(run, record_partial(run, 0, "text", {}, {})));
    EXPECT_FALSE(fold(run, record_partial(run, 0, "text", {}, {})));
}

} // namespace weft::engine
