#include "engine/engine.h"

#include "base/check.h"

#include "engine/journal.h"
#include "engine/progress.h"
#include "engine/world_testing.h"
#include "store/claims.h"
#include "store/journal.h"

#include <set>

#include <gtest/gtest.h>

namespace weft::engine {

namespace {

constexpr const char* chain_of_ten = "agent a: pure -> b\nagent b: keyed -> c\nagent c: pure -> d\n"
                                     "agent d: pure -> e\nagent e: keyed -> f\nagent f: pure -> g\n"
                                     "agent g: pure -> h\nagent h: keyed -> i\nagent i: pure -> j\n"
                                     "agent j: pure -> end\n";

EffectOutcome failure(bool retryable, std::optional<milliseconds> after = {}) {
    return {{},
            EffectError{"unavailable", "The model did not answer.", retryable, after, 503},
            {2, 0, 1, 0}};
}

Task<EffectOutcome> answer(EffectOutcome outcome) { co_return outcome; }

/// Succeeds if the store, asked from within the effect, has its intent as the journal's last row.
Task<EffectOutcome> check_intent(World& world, const TheRun& run) {
    const auto rows = co_await world.store->read(
        [&](store::Rx& rx) { return store::journal::read(rx, run.scope, run.start.id, 1); });
    const Effect& effect = run.steps.back().effects.back();
    const std::string place = fmt::format(R"({{"s":{},)", run.steps.size() - 1);
    const std::string effect_words =
        fmt::format(R"("n":{},"a":{},)", effect.number, effect.attempt);
    const bool durable = rows && !rows->empty() && rows->back().kind == JournalKind::intent &&
                         rows->back().payload.starts_with(place) &&
                         rows->back().payload.contains(effect_words);
    EXPECT_TRUE(durable) << place << effect_words;
    co_return ScriptedExecutor::success(run);
}

Task<EffectOutcome> blow_up() {
    CHECK(1 + 1 == 3);
    co_return EffectOutcome{};
}

/// Keys in the order in which effects were performed.
class Keys {
public:
    void add(const std::string& key) {
        Lock lock(mutex_);
        keys_.push_back(key);
    }
    std::vector<std::string> all() {
        Lock lock(mutex_);
        return keys_;
    }

private:
    Mutex mutex_;
    std::vector<std::string> keys_ GUARDED_BY(mutex_);
};

} // namespace

TEST(Engine, a_chain_of_ten_completes_with_one_commit_per_step) {
    World world(chain_of_ten);
    world.start();
    const ExecutionId id = world.begin();
    world.until(id, ExecutionState::completed);

    const TheRun run = world.load(id);
    EXPECT_EQ(run.steps.size(), 10U);
    EXPECT_EQ(run.conclusion, "j: j.10.1");
    EXPECT_EQ(run.usage.input_tokens, 100);
    EXPECT_EQ(run.usage.credits_micro, 10 * ScriptedExecutor::credits_per_step);
    EXPECT_EQ(world.journal(id).size(), 21U);
    EXPECT_EQ(world.ledger_size(), 10);
    check_invariants(world, id);
}

TEST(Engine, no_effect_begins_before_its_intent_is_durable) {
    World world("agent a: pure keyed -> b\nagent b: -> c\nagent c: once -> end\n");
    world.executor.performing = [&](const TheRun& run, std::string, LiveSink) {
        return check_intent(world, run);
    };
    world.start();
    world.until(world.begin(), ExecutionState::completed);
}

TEST(Engine, an_expression_branches_without_an_effect) {
    World world("agent a: pure -> b\nagent b: -> c\nagent c: -> d\nagent d: pure -> end\n");
    world.start();
    const ExecutionId id = world.begin();
    world.until(id, ExecutionState::completed);
    EXPECT_EQ(kinds_of(world.journal(id)), "intent result branch branch intent result finished");
    check_invariants(world, id);
}

TEST(Engine, a_flow_without_agents_completes_at_once) {
    World world("");
    world.start();
    const ExecutionId id = world.begin();
    world.until(id, ExecutionState::completed);
    EXPECT_EQ(kinds_of(world.journal(id)), "finished");
    EXPECT_EQ(world.load(id).conclusion, "");
}

TEST(Engine, a_failed_effect_waits_as_a_row_and_is_tried_again_under_the_same_key) {
    World world("agent a: keyed -> end\n");
    Keys keys;
    world.executor.performing = [&](const TheRun& run, std::string key, LiveSink) {
        keys.add(key);
        const bool first = run.steps.back().effects.back().attempt == 1;
        return answer(first ? failure(true) : ScriptedExecutor::success(run));
    };
    world.start();
    const ExecutionId id = world.begin();
    world.until_waiting(id);
    EXPECT_EQ(world.find(id).state, ExecutionState::running);
    EXPECT_EQ(world.load(id).waiting_for, WaitReason::retry);
    EXPECT_EQ(kinds_of(world.journal(id)), "intent result wait");

    world.clock.advance(seconds(1));
    world.engine->wake();
    world.until(id, ExecutionState::completed);
    EXPECT_EQ(kinds_of(world.journal(id)), "intent result wait intent result finished");
    ASSERT_EQ(keys.all().size(), 2U);
    EXPECT_EQ(keys.all()[0], keys.all()[1]);
    EXPECT_EQ(keys.all()[0], world.find(id).uuid.text() + "/1/1");
    check_invariants(world, id);
}

TEST(Engine, a_clock_that_jumps_during_a_run_loses_and_repeats_nothing) {
    World world("agent a: keyed -> b\nagent b: pure -> c\nagent c: keyed -> end\n");
    static constexpr seconds hour(3'600);
    static constexpr microseconds jumps[] = {-hour, 365 * 24 * hour, -2 * 365 * 24 * hour};
    Keys keys;
    std::atomic<std::size_t> calls = 0;
    world.executor.performing = [&](const TheRun& run, std::string key, LiveSink) {
        keys.add(key);
        world.clock.advance(jumps[calls++ % std::size(jumps)]);
        return answer(ScriptedExecutor::success(run));
    };
    world.start();
    std::vector<ExecutionId> ids;
    for (int i = 0; i < 5; ++i) {
        ids.push_back(world.begin());
        world.until(ids.back(), ExecutionState::completed);
    }
    for (const ExecutionId& id : ids) check_invariants(world, id);
    const std::vector<std::string> all = keys.all();
    EXPECT_EQ(all.size(), 15U);
    EXPECT_EQ(std::set<std::string>(all.begin(), all.end()).size(), 15U);
    EXPECT_EQ(std::set<ExecutionId>(ids.begin(), ids.end()).size(), 5U);
}

TEST(Engine, a_wait_outlives_a_clock_that_goes_back_and_ends_with_one_that_goes_on) {
    for (const microseconds jump : {microseconds(seconds(-3'600)), microseconds(0)}) {
        World world("agent a: keyed -> end\n");
        world.executor.performing = [&](const TheRun& run, std::string, LiveSink) {
            const bool first = run.steps.back().effects.back().attempt == 1;
            return answer(first ? failure(true) : ScriptedExecutor::success(run));
        };
        world.start();
        const ExecutionId id = world.begin();
        world.until_waiting(id);
        world.clock.advance(jump);
        world.engine->wake();
        EXPECT_EQ(world.find(id).state, ExecutionState::running);
        world.clock.advance(seconds(365 * 24 * 3'600));
        world.engine->wake();
        world.until(id, ExecutionState::completed);
        check_invariants(world, id);
    }
}

TEST(Engine, gives_up_after_the_last_attempt_with_the_reason) {
    World world("agent a: pure -> end\n", {.attempts_max = 2});
    world.executor.performing = [](const TheRun&, std::string, LiveSink) {
        return answer(failure(true));
    };
    world.start();
    const ExecutionId id = world.begin();
    world.until_waiting(id);
    world.clock.advance(seconds(1));
    world.engine->wake();
    world.until(id, ExecutionState::failed);
    EXPECT_EQ(world.load(id).error->message, "The model did not answer.");
    check_invariants(world, id);
}

TEST(Engine, pause_records_the_result_and_begins_nothing_then_resume_goes_on) {
    Door door;
    World world("agent a: pure -> b\nagent b: pure -> end\n");
    const ExecutionId id = world.begin_at(door);
    world.pause(id);
    door.open();
    world.until(id, ExecutionState::paused);
    EXPECT_EQ(kinds_of(world.journal(id)), "intent result");
    check_invariants(world, id);

    world.resume(id);
    world.until(id, ExecutionState::completed);
    EXPECT_EQ(kinds_of(world.journal(id)), "intent result intent result finished");
    check_invariants(world, id);
}

TEST(Engine, a_pause_in_the_last_step_lets_the_run_end) {
    Door door;
    World world("agent a: pure -> end\n");
    const ExecutionId id = world.begin_at(door);
    world.pause(id);
    door.open();
    world.until(id, ExecutionState::completed);
    check_invariants(world, id);
}

TEST(Engine, pause_and_resume_while_waiting_keep_the_backoff) {
    World world("agent a: pure -> end\n");
    world.executor.performing = [](const TheRun& run, std::string, LiveSink) {
        const bool first = run.steps.back().effects.back().attempt == 1;
        return answer(first ? failure(true, seconds(60)) : ScriptedExecutor::success(run));
    };
    world.start();
    const ExecutionId id = world.begin();
    world.until_waiting(id);
    world.pause(id);
    world.clock.advance(seconds(30));
    world.resume(id);
    EXPECT_EQ(world.find(id).state, ExecutionState::running);
    EXPECT_TRUE(world.find(id).wake_at);
    world.clock.advance(seconds(31));
    world.engine->wake();
    world.until(id, ExecutionState::completed);
    EXPECT_EQ(kinds_of(world.journal(id)), "intent result wait intent result finished");
}

TEST(Engine, a_fault_in_one_run_fails_that_run_alone) {
    for (const char* script :
         {"agent a: pure -> b\nagent b: throws -> end\n", "agent a: pure -> end\n"}) {
        World world(script);
        const bool in_perform = std::string_view(script).find("throws") == std::string_view::npos;
        std::atomic<int> performed = 0;
        if (in_perform)
            world.executor.performing = [&](const TheRun& run, std::string, LiveSink) {
                return performed++ == 0 ? blow_up() : answer(ScriptedExecutor::success(run));
            };
        world.start();
        const ExecutionId id = world.begin();
        world.until(id, ExecutionState::failed);
        const TheRun run = world.load(id);
        EXPECT_EQ(run.error->code, "internal");
        EXPECT_EQ(run.error->message.find("runner"), std::string::npos);
        EXPECT_EQ(run.error->message.find("CHECK"), std::string::npos);
        check_invariants(world, id);
        if (in_perform) world.until(world.begin(), ExecutionState::completed);
    }
}

TEST(Engine, a_run_whose_journal_is_unreadable_fails_and_the_others_go_on) {
    World world("agent a: pure -> end\n");
    const ExecutionId id = world.create();
    store::claims::Turn turn;
    const auto claims = world.write(
        [&](store::Tx& tx) { return store::claims::claim(tx, world.store->node(), 1, turn); });
    ASSERT_EQ(claims.size(), 1U);
    store::StepCommit step{
        .project = world.scope.project, .execution = id, .epoch = claims[0].epoch};
    step.expected_seq = 1;
    step.intent = JournalRow{1, JournalKind::result, world.clock.now(), "{\"s\":3}"};
    EXPECT_EQ(must(await(world.store->commit(step))), store::Verdict::committed);
    world.write([&](store::Tx& tx) { return store::claims::let_go(tx, claims[0]); });

    world.start();
    const ExecutionId other = world.begin();
    world.until(other, ExecutionState::completed);
    world.until(id, ExecutionState::failed);
    EXPECT_EQ(kinds_of(world.journal(id)), "result finished");
    EXPECT_FALSE(await(world.engine->load(world.scope, id)));
}

TEST(Engine, load_is_confined_to_the_scope) {
    World world("agent a: pure -> end\n");
    const ExecutionId id = world.create();
    Scope other = world.scope;
    other.project.bytes[11] ^= 1;
    const auto loaded = await(world.engine->load(other, id));
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().code, Code::not_found);
}

TEST(Engine, a_long_journal_is_read_back_whole) {
    std::string script = "agent a: ";
    for (int i = 0; i < 400; ++i) script += "pure ";
    Door door;
    World world(script + "-> end\n");
    world.executor.performing = [&](const TheRun& run, std::string, LiveSink live) {
        if (run.steps[0].effects.size() < 300) return answer(ScriptedExecutor::success(run));
        return door.pass(run, live);
    };
    const ExecutionId id = world.arrive_at(door);
    world.close();
    world.open();
    door.open();
    world.start();
    world.until(id, ExecutionState::completed);
    const TheRun run = world.load(id);
    EXPECT_EQ(run.steps[0].effects.size(), 400U);
    EXPECT_EQ(run.next_seq, 802);
}

TEST(Engine, a_thousand_at_once_complete) {
    World world("agent a: pure -> b\nagent b: keyed -> c\nagent c: pure -> end\n",
                {.runs_live_max = 300});
    std::vector<ExecutionId> ids;
    world.start();
    for (int i = 0; i < 1'000; ++i) ids.push_back(world.begin());
    for (const ExecutionId& id : ids) world.until(id, ExecutionState::completed);
    for (const ExecutionId& id : ids) {
        EXPECT_EQ(world.load(id).conclusion, "c: c.3.1");
        EXPECT_EQ(world.find(id).epoch, 1);
    }
    EXPECT_EQ(world.ledger_size(), 3'000);
}

/// Were it not told when there is room again, the engine would find two of them at each poll.
TEST(Engine, a_run_that_ends_makes_room_for_the_next_at_once) {
    World world("agent a: pure -> end\n", {.runs_live_max = 2});
    std::vector<ExecutionId> ids;
    for (int i = 0; i < 200; ++i) ids.push_back(world.create());
    world.start();
    world.until(ids.back(), ExecutionState::completed);
}

TEST(Engine, live_text_reaches_those_who_watch) {
    Door door;
    World world("agent a: pure -> end\n");
    world.executor.performing = [&](const TheRun& run, std::string, LiveSink live) {
        return door.pass(run, live);
    };
    const ExecutionId id = world.create();
    Keys heard;
    const auto watching = world.events.subscribe(
        id, {{}, [&](const LiveText& live) { heard.add(std::string(live.text)); }});
    world.start();
    door.await_entered(1);
    door.open();
    world.until(id, ExecutionState::completed);
    EXPECT_EQ(heard.all(), std::vector<std::string>{"half"});
}

TEST(EventHub, tells_each_watcher_of_its_own_execution_until_it_leaves) {
    EventHub hub;
    ExecutionId one;
    one.bytes[0] = 1;
    ExecutionId two;
    two.bytes[0] = 2;
    int first = 0;
    int second = 0;
    auto kept = hub.subscribe(one, {[&] { ++first; }, {}});
    {
        const auto left = hub.subscribe(one, {[&] { ++second; }, {}});
        hub.changed(one);
        hub.changed(two);
        hub.live_text(one, {1, 0, "nobody listens to text"});
    }
    hub.changed(one);
    EXPECT_EQ(first, 2);
    EXPECT_EQ(second, 1);
    kept = {};
    hub.changed(one);
    EXPECT_EQ(first, 2);
}

TEST(EventHub, a_listener_may_leave_and_join_from_within) {
    EventHub hub;
    ExecutionId one;
    int calls = 0;
    EventHub::Subscription inner;
    EventHub::Subscription outer =
        hub.subscribe(one, {[&] {
                                ++calls;
                                inner = hub.subscribe(one, {[&] { ++calls; }, {}});
                                outer = {};
                            },
                            {}});
    hub.changed(one);
    hub.changed(one);
    EXPECT_EQ(calls, 2);
}

} // namespace weft::engine
