#include "store/claims.h"

#include "store/test_world.h"

#include <gmock/gmock.h>

namespace weft::store {

using State = ExecutionState;

TEST(Claims, take_what_is_ready_once) {
    World world;
    const Execution made = world.make();
    claims::Turn turn;
    const auto claimed = world.claim(10, turn, 77);
    ASSERT_EQ(claimed.size(), 1U);
    EXPECT_EQ(claimed[0].execution, made.id);
    EXPECT_EQ(claimed[0].project, world.scope.project);
    EXPECT_EQ(claimed[0].organization, world.scope.organization);
    EXPECT_EQ(claimed[0].epoch, 1);
    const Execution after = world.find(made.id);
    EXPECT_EQ(after.state, State::running);
    EXPECT_EQ(after.owner, 77);
    EXPECT_TRUE(world.claim(10, turn).empty());
}

TEST(Claims, what_was_paused_or_stopped_is_not_claimed) {
    World world;
    const Execution paused = world.make();
    const Execution stopped = world.make();
    Tx tx = world.tx();
    must(executions::request_pause(tx, world.scope, paused.id));
    must(executions::request_stop(tx, world.scope, stopped.id));
    // Even when a row of `ready` says otherwise.
    for (const Execution& each : {paused, stopped})
        world.execute(fmt::format("INSERT INTO ready VALUES ({}, 1, {})",
                                  world.bytes(world.scope.project), world.bytes(each.id)));
    claims::Turn turn;
    EXPECT_TRUE(world.claim(10, turn).empty());
    EXPECT_EQ(world.count("ready"), 0);
}

TEST(Claims, a_project_that_floods_does_not_keep_another_waiting) {
    World world;
    const Scope quiet = world.project();
    const Scope third = world.project();
    for (int i = 0; i < 1'000; ++i) world.make();
    world.clock.advance(seconds(1));
    const Execution single = world.make_in(quiet);
    for (int i = 0; i < 20; ++i) world.make_in(third);

    claims::Turn turn;
    const auto claimed = world.claim(10, turn);
    EXPECT_EQ(claimed.size(), 10U);
    const auto of = [&](const Scope& scope) {
        return std::ranges::count_if(
            claimed, [&](const Claim& each) { return each.project == scope.project; });
    };
    EXPECT_TRUE(std::ranges::any_of(
        claimed, [&](const Claim& each) { return each.execution == single.id; }));
    EXPECT_EQ(of(quiet), 1);
    EXPECT_GE(of(world.scope), 3);
    EXPECT_GE(of(third), 3);
}

TEST(Claims, single_slots_go_round_the_projects) {
    World world;
    std::vector<Scope> scopes{world.scope, world.project(), world.project()};
    for (const Scope& scope : scopes)
        for (int i = 0; i < 3; ++i) world.make_in(scope);
    claims::Turn turn;
    std::map<ProjectId, int> served;
    for (int i = 0; i < 6; ++i) ++served[world.claim(1, turn).at(0).project];
    for (const Scope& scope : scopes) EXPECT_EQ(served[scope.project], 2);
    EXPECT_EQ(world.claim(10, turn).size(), 3U);
}

TEST(Claims, first_ready_first_claimed) {
    World world;
    std::vector<ExecutionId> order;
    for (int i = 0; i < 5; ++i) {
        order.push_back(world.make().id);
        world.clock.advance(milliseconds(1));
    }
    claims::Turn turn;
    std::vector<ExecutionId> claimed;
    for (int i = 0; i < 5; ++i) claimed.push_back(world.claim(1, turn).at(0).execution);
    EXPECT_EQ(claimed, order);
}

TEST(Claims, timers_wake_when_they_are_due) {
    World world;
    const Execution made = world.make();
    StepCommit step = world.step(world.claim_one());
    step.intent.reset();
    step.wake_at = world.clock.now() + seconds(60);
    EXPECT_EQ(world.commit(step), Verdict::committed);
    EXPECT_EQ(world.find(made.id).owner, 0);

    Tx tx = world.tx();
    EXPECT_EQ(must(claims::next_wake(tx)), world.clock.now() + seconds(60));
    EXPECT_EQ(must(claims::wake_due(tx, 10)), 0);
    world.clock.advance(seconds(60));
    Tx later = world.tx();
    EXPECT_EQ(must(claims::wake_due(later, 10)), 1);
    EXPECT_EQ(must(claims::next_wake(later)), std::nullopt);
    const Claim again = world.claim_one();
    EXPECT_EQ(again.execution, made.id);
    EXPECT_EQ(again.epoch, 2);
    EXPECT_EQ(world.find(made.id).wake_at, std::nullopt);
}

TEST(Claims, a_paused_timer_does_not_wake_and_a_stopped_one_is_gone) {
    World world;
    const Execution paused = world.make();
    const Execution stopped = world.make();
    world.execute("DELETE FROM ready");
    for (const Execution& each : {paused, stopped})
        world.set(each.id, fmt::format("state = 1, wake_at = {}", world.clock.now().us + 1));
    Tx tx = world.tx();
    must(executions::request_pause(tx, world.scope, paused.id));
    must(executions::request_stop(tx, world.scope, stopped.id));
    EXPECT_EQ(must(claims::next_wake(tx)), std::nullopt);
    world.clock.advance(seconds(1));
    Tx later = world.tx();
    EXPECT_EQ(must(claims::wake_due(later, 10)), 0);
    must(executions::request_resume(later, world.scope, paused.id));
    EXPECT_EQ(world.ready(paused.id), 1);
}

TEST(Claims, recovery_takes_back_what_another_process_run_held) {
    World world;
    const Execution running = world.make();
    const Execution paused = world.make();
    const Execution stopped = world.make();
    const Execution mine = world.make();
    claims::Turn turn;
    EXPECT_EQ(world.claim(3, turn, 1).size(), 3U);
    EXPECT_EQ(world.claim(1, turn, 2).size(), 1U);
    Tx tx = world.tx();
    must(executions::request_pause(tx, world.scope, paused.id));
    must(executions::request_stop(tx, world.scope, stopped.id));

    EXPECT_EQ(must(claims::recover(tx, 2, 2)), 2);
    EXPECT_EQ(must(claims::recover(tx, 2, 2)), 1);
    EXPECT_EQ(must(claims::recover(tx, 2, 2)), 0);
    EXPECT_EQ(world.ready(running.id), 1);
    EXPECT_EQ(world.ready(paused.id), 0);
    EXPECT_EQ(world.find(paused.id).state, State::paused);
    EXPECT_EQ(world.find(paused.id).owner, 0);
    EXPECT_EQ(world.find(stopped.id).state, State::cancelled);
    EXPECT_FALSE(world.find(stopped.id).settling);
    EXPECT_EQ(world.find(mine.id).owner, 2);
    must(executions::request_resume(tx, world.scope, paused.id));
    EXPECT_EQ(world.ready(paused.id), 1);
    for (const Execution& each : {running, paused, stopped})
        EXPECT_EQ(world.find(each.id).epoch, 2);
}

TEST(Claims, what_an_earlier_process_had_begun_comes_before_what_waits_its_turn) {
    World world;
    const Execution begun = world.make();
    const Execution later_begun = world.make();
    claims::Turn turn;
    EXPECT_EQ(world.claim(2, turn, 1).size(), 2U);
    const Execution waiting = world.make();
    world.clock.advance(seconds(1));

    Tx tx = world.tx();
    EXPECT_EQ(must(claims::recover(tx, 2, 10)), 2);
    turn.all_from = {};
    const std::vector<Claim> claims = world.claim(3, turn, 2);
    ASSERT_EQ(claims.size(), 3U);
    EXPECT_EQ(claims[0].execution, begun.id);
    EXPECT_EQ(claims[1].execution, later_begun.id);
    EXPECT_EQ(claims[2].execution, waiting.id);
}

TEST(Claims, whether_anything_is_ready_is_one_look) {
    World world;
    Tx tx = world.tx();
    EXPECT_FALSE(must(claims::any_ready(tx)));
    world.make();
    EXPECT_TRUE(must(claims::any_ready(tx)));
    world.claim_one();
    EXPECT_FALSE(must(claims::any_ready(tx)));
}

TEST(Claims, letting_go_gives_a_live_execution_back) {
    World world;
    const Execution made = world.make();
    const Claim claim = world.claim_one();
    Tx tx = world.tx();
    must(claims::let_go(tx, {claim.project, claim.organization, claim.execution, claim.epoch - 1}));
    EXPECT_EQ(world.find(made.id).owner, 1);
    must(claims::let_go(tx, claim));
    EXPECT_EQ(world.find(made.id).owner, 0);
    EXPECT_EQ(world.ready(made.id), 1);

    const Claim second = world.claim_one();
    must(executions::request_stop(tx, world.scope, made.id));
    must(claims::let_go(tx, second));
    EXPECT_FALSE(world.find(made.id).settling);
    EXPECT_EQ(world.ready(made.id), 0);
}

TEST(Claims, a_stop_that_nobody_answers_is_settled_and_late_writes_are_fenced) {
    World world;
    const Execution made = world.make();
    const Claim claim = world.claim_one();
    Tx tx = world.tx();
    must(executions::request_stop(tx, world.scope, made.id));
    EXPECT_EQ(must(claims::settle_overdue(tx, world.clock.now(), 10)).size(), 0);
    world.clock.advance(seconds(5));
    EXPECT_EQ(must(claims::settle_overdue(tx, world.clock.now(), 10)).size(), 1);
    EXPECT_EQ(must(claims::settle_overdue(tx, world.clock.now(), 10)).size(), 0);
    EXPECT_FALSE(world.find(made.id).settling);
    EXPECT_EQ(world.find(made.id).owner, 0);
    EXPECT_EQ(world.commit(world.step(claim)), Verdict::fenced);
    EXPECT_EQ(world.count("journal"), 0);
}

} // namespace weft::store
