#include "store/waits.h"

#include "engine/journal.h"
#include "engine/progress.h"
#include "engine/world_testing.h"

#include <gmock/gmock.h>

namespace weft::engine {

namespace {

using store::waits::Fate;

/// A world whose runs wait; nothing is performed meanwhile.
struct Waiting : World {
    using World::World;

    void until_waiting_for(const ExecutionId& id, WaitReason reason) {
        until(id, [&](const Execution& seen) {
            return seen.owner == 0 && open(id) && open(id)->reason == reason;
        });
    }
    std::optional<store::waits::Open> open(const ExecutionId& id) {
        return read([&](store::Rx& rx) { return store::waits::find(rx, scope, id); });
    }
    Result<Execution> answer(const ExecutionId& id, WaitReason reason = WaitReason::event) {
        const std::string name = reason == WaitReason::event ? "go" : "";
        auto answered = await(store->write([&](store::Tx& tx) {
            return store::waits::answer(tx, scope, {id, reason, name}, {{"said", "yes"}});
        }));
        engine->wake();
        return answered;
    }
    void decide_fate(const ExecutionId& id, Fate fate, std::optional<json::value> output = {}) {
        write([&](store::Tx& tx) {
            return store::waits::decide_fate(tx, scope, id, {}, fate, output);
        });
        engine->wake();
    }
    /// A verb of the store, whether or not the run has ended meanwhile.
    void ask(const ExecutionId& id,
             Result<Execution> (*verb)(store::Tx&, const Scope&, const ExecutionId&)) {
        const auto done = await(store->write([&](store::Tx& tx) { return verb(tx, scope, id); }));
        if (!done) EXPECT_EQ(done.error().code, Code::conflict) << done.error().message;
        engine->wake();
    }
    void restart() {
        close();
        open_again();
    }
    void open_again() {
        World::open();
        start();
    }
    void pass(microseconds by) {
        clock.advance(by);
        engine->wake();
    }
    std::string conclusion(const ExecutionId& id) {
        until(id, ExecutionState::completed);
        check_invariants(*this, id);
        return load(id).conclusion;
    }
};

constexpr const char* said_yes = R"({"said":"yes","timed_out":false})";

} // namespace

TEST(AwaitRun, of_200_ms_and_of_3_months_are_the_same_row_and_outlive_the_process) {
    for (const std::int64_t ms : {200LL, 7'776'000'000LL}) {
        Waiting world(fmt::format("agent nap: time:{} -> end\n", ms));
        world.start();
        const ExecutionId id = world.begin();
        world.until_waiting(id);
        world.restart();
        world.pass(milliseconds(ms) - microseconds(1));
        world.until_waiting(id);
        EXPECT_EQ(kinds_of(world.journal(id)), "intent");
        world.pass(microseconds(1));
        EXPECT_THAT(world.conclusion(id), testing::StartsWith("nap: {\"timed_out\":false"));
        EXPECT_EQ(kinds_of(world.journal(id)), "intent result finished");
    }
}

TEST(AwaitRun, an_answer_before_and_after_a_restart) {
    for (const auto reason : {WaitReason::event, WaitReason::person})
        for (const bool answered_before : {true, false}) {
            Waiting world(fmt::format("agent hear: {} -> end\n", to_text(reason)));
            world.start();
            const ExecutionId id = world.begin();
            world.until_waiting_for(id, reason);
            world.close();
            world.World::open(); // the store answers, no engine runs
            if (answered_before) must(world.answer(id, reason));
            world.start();
            if (!answered_before) must(world.answer(id, reason));
            EXPECT_EQ(world.conclusion(id), fmt::format("hear: {}", said_yes));
            EXPECT_EQ(kinds_of(world.journal(id)), "intent answer branch finished");
        }
}

TEST(AwaitRun, a_deadline_without_an_answer_says_so) {
    for (const char* word : {"person", "event", "child=long"}) {
        Waiting world(fmt::format("agent ask: {}:1000 -> end\nagent long: event -> end\n", word));
        world.start();
        const ExecutionId id = world.begin();
        world.until_waiting(id);
        world.pass(seconds(1));
        EXPECT_EQ(world.conclusion(id), R"(ask: {"timed_out":true})");
        const auto late = world.answer(id);
        EXPECT_EQ(late.error().code, Code::conflict);
    }
}

TEST(AwaitRun, a_paused_wait_takes_its_answer_and_goes_on_with_the_resume) {
    Waiting world("agent hear: event:1000 -> end\n");
    world.start();
    const ExecutionId id = world.begin();
    world.until_waiting_for(id, WaitReason::event);
    world.pause(id);
    EXPECT_EQ(must(world.answer(id)).state, ExecutionState::paused);
    world.pass(seconds(2)); // the deadline of an answered wait means nothing
    world.restart();
    EXPECT_EQ(world.find(id).state, ExecutionState::paused);
    world.resume(id);
    EXPECT_EQ(world.conclusion(id), fmt::format("hear: {}", said_yes));
}

TEST(AwaitRun, a_wait_that_was_due_while_it_was_paused_ends_with_the_resume) {
    Waiting world("agent nap: time:1000 -> end\n");
    world.start();
    const ExecutionId id = world.begin();
    world.until_waiting(id);
    world.pause(id);
    world.pass(seconds(5));
    const ExecutionId other = world.begin();
    world.until_waiting(other); // the engine has looked
    EXPECT_EQ(world.find(id).state, ExecutionState::paused);
    world.resume(id);
    world.conclusion(id);
}

TEST(AwaitRun, a_stopped_wait_takes_no_answer_and_never_goes_on) {
    Waiting world("agent hear: event:1000 -> end\n");
    world.start();
    const ExecutionId id = world.begin();
    world.until_waiting_for(id, WaitReason::event);
    const auto stopped_at = world.stop(id);
    EXPECT_EQ(world.answer(id).error().code, Code::conflict);
    world.pass(seconds(2));
    const ExecutionId other = world.begin();
    world.until_waiting_for(other, WaitReason::event);
    EXPECT_EQ(kinds_of(world.journal(id)), "intent");
    check_invariants(world, id, stopped_at);
}

TEST(AwaitRun, of_two_answers_at_once_one_wins) {
    Waiting world("agent hear: event -> end\n");
    world.start();
    for (int round = 0; round < 20; ++round) {
        const ExecutionId id = world.begin();
        world.until_waiting_for(id, WaitReason::event);
        std::atomic<int> taken = 0;
        const auto answer = [&] {
            const auto answered = world.answer(id);
            if (answered)
                ++taken;
            else
                EXPECT_EQ(answered.error().code, Code::conflict);
        };
        std::thread first(answer);
        std::thread second(answer);
        first.join();
        second.join();
        EXPECT_EQ(taken, 1);
        world.conclusion(id);
    }
}

TEST(AwaitRun, an_answer_races_with_its_deadline_a_pause_and_a_stop) {
    Waiting world("agent hear: event:1000 -> end\n");
    world.start();
    for (int round = 0; round < 30; ++round) {
        const ExecutionId id = world.begin();
        world.until_waiting(id);
        std::atomic<bool> taken = false;
        std::thread answering([&] { taken = world.answer(id).has_value(); });
        if (round % 3 == 0) world.pass(seconds(1));
        if (round % 3 == 1) world.ask(id, &store::executions::request_pause);
        if (round % 3 == 2) world.stop(id);
        answering.join();
        if (round % 3 == 1) {
            world.ask(id, &store::executions::request_resume);
            EXPECT_TRUE(taken);
        }
        world.until(id, [](const Execution& seen) {
            return is_final(seen.state) && !seen.settling && seen.owner == 0;
        });
        const TheRun run = world.load(id);
        EXPECT_EQ(world.find(id).state == ExecutionState::completed &&
                      run.conclusion.contains("yes"),
                  taken && run.state == ExecutionState::completed);
        EXPECT_EQ(std::ranges::count(world.journal(id), JournalKind::answer, &JournalRow::kind),
                  taken ? 1 : 0);
        check_invariants(world, id, 0);
    }
}

TEST(AwaitRun, a_child_is_started_once_and_its_end_is_the_result) {
    Waiting world("agent part: child=work -> end\nagent work: event pure -> end\n");
    world.start();
    const ExecutionId id = world.begin();
    world.until_waiting_for(id, WaitReason::child);
    const ExecutionId child = world.open(id)->child;
    world.until_waiting_for(child, WaitReason::event);
    world.restart(); // nothing is started anew
    EXPECT_EQ(world.open(id)->child, child);
    must(world.answer(child));
    const std::string conclusion = world.conclusion(id);
    EXPECT_THAT(conclusion, testing::HasSubstr(R"("status":"completed")"));
    EXPECT_THAT(conclusion, testing::HasSubstr("work.1.2"));
    EXPECT_EQ(world.load(child).start.parent, id);
    const auto nodes = world.read(
        [&](store::Rx& rx) { return store::tasks::find(rx, world.scope, world.find(id).task); });
    EXPECT_EQ(nodes.nodes.size(), 2U);
}

TEST(AwaitRun, a_child_that_fails_or_is_stopped_is_an_answer_too) {
    for (const bool stopped : {true, false}) {
        Waiting world("agent part: child=work -> end\nagent work: event -> nowhere\n");
        world.start();
        const ExecutionId id = world.begin();
        world.until_waiting_for(id, WaitReason::child);
        const ExecutionId child = world.open(id)->child;
        world.until_waiting_for(child, WaitReason::event);
        if (stopped)
            world.stop(child);
        else
            must(world.answer(child));
        world.engine->wake();
        EXPECT_THAT(world.conclusion(id), testing::HasSubstr(stopped ? "cancelled" : "failed"));
    }
}

TEST(AwaitRun, an_uncertain_effect_goes_on_as_a_person_says) {
    for (const Fate fate : {Fate::done, Fate::not_done, Fate::stop}) {
        Door door;
        std::atomic<int> performed = 0;
        Waiting world("agent pay: once -> end\n");
        world.executor.performing = [&](const TheRun& run, std::string, LiveSink live) {
            ++performed;
            return door.pass(run, live);
        };
        world.start();
        const ExecutionId id = world.begin();
        door.await_entered(1);
        world.restart();
        world.until_waiting_for(id, WaitReason::uncertain_effect);
        EXPECT_EQ(world.find(id).state, ExecutionState::input_required);
        door.open();
        world.decide_fate(id, fate, json::object{{"receipt", 7}});
        if (fate == Fate::stop) {
            EXPECT_EQ(world.find(id).state, ExecutionState::cancelled);
        } else {
            EXPECT_EQ(world.conclusion(id),
                      fate == Fate::done ? R"(pay: {"receipt":7})" : "pay: pay.1.1");
        }
        EXPECT_EQ(performed, fate == Fate::not_done ? 2 : 1);
        EXPECT_EQ(kinds_of(world.journal(id)),
                  fate == Fate::done       ? "intent wait answer branch finished"
                  : fate == Fate::not_done ? "intent wait answer intent result finished"
                                           : "intent wait answer");
    }
}

TEST(AwaitRun, viewers_hear_that_a_wait_begins_and_how_it_ended) {
    Waiting world("agent hear: event -> nap\nagent nap: time:10 -> end\n");
    world.start();
    const ExecutionId id = world.begin();
    world.until_waiting_for(id, WaitReason::event);
    must(world.answer(id));
    world.until_waiting(id);
    world.pass(milliseconds(10));
    world.conclusion(id);
    std::string told;
    for (const JournalRow& row : world.journal(id))
        for (const Event& event : must(events_of(row, *world.executor.flow()))) {
            told += event.name;
            if (const auto reason = text_or(event.data, "reason"); !reason.empty())
                told += fmt::format(" {} {}", reason, text_or(event.data, "outcome"));
            told += "\n";
        }
    EXPECT_EQ(told, "effect.started\nexecution.waiting event \n"
                    "execution.answered event answered\neffect.finished\n"
                    "agent.finished\neffect.started\nexecution.waiting time \n"
                    "execution.answered time due\neffect.finished\nagent.finished\n"
                    "execution.finished\n");
}

} // namespace weft::engine
