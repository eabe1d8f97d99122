#include "store/budgets.h"

#include "store/journal.h"
#include "store/ledger.h"
#include "store/test_world.h"

#include <gmock/gmock.h>

namespace weft::store {

namespace {

Budget of_project(const World& world, std::int64_t ceiling,
                  BudgetWindow window = BudgetWindow::day) {
    return {.level = BudgetLevel::project,
            .subject = subject_of(world.scope.project),
            .window = window,
            .unit = BudgetUnit::money,
            .ceiling = ceiling};
}

struct Budgeted : World {
    explicit Budgeted(const std::vector<Budget>& budgets = {}) {
        clock.advance(seconds(1'000'000));
        for (const Budget& budget : budgets) set(budget);
    }
    void set(const Budget& budget) {
        Tx to = tx();
        const Period period = period_of(budget.window, clock.now());
        const auto spent = must(
            budgets::spent(to, scope.organization, scope.project, budget, period, clock.now()));
        must(budgets::set(to, scope.organization, scope.project, budget, period, spent));
    }
    std::int64_t used(std::size_t which = 0) {
        Tx to = tx();
        return must(budgets::list(to, scope)).at(which).used_at(clock.now());
    }
    Claim begin() {
        make();
        return claim_one();
    }
    /// An intent that may cost `worst`, after a result that settles.
    StepCommit costly(const Claim& claim, std::int64_t worst, std::int64_t seq = 1) {
        StepCommit all = step(claim, seq);
        all.reserve = {.worst = {worst, 10 * worst}, .before = {}};
        all.organization = scope.organization;
        all.agentflow = flow_of(claim.execution);
        return all;
    }
    Settlement settled(std::int64_t reserved, std::int64_t used) {
        return {{reserved, 10 * reserved}, {used, 10 * used}, clock.now()};
    }
    AgentflowId flow_of(const ExecutionId& execution) {
        Tx to = tx();
        return must(executions::find_start(to, scope, execution)).agentflow;
    }
    std::int64_t rows(const ExecutionId& id) {
        return count(fmt::format("journal WHERE execution_id = {}", bytes(id)));
    }
};

} // namespace

TEST(Budgets, hold_what_a_call_may_cost_until_it_is_known) {
    Budgeted world;
    world.set(of_project(world, 100));
    const Claim claim = world.begin();
    EXPECT_TRUE(claim.is_limited);
    EXPECT_EQ(world.commit(world.costly(claim, 60)), Verdict::committed);
    EXPECT_EQ(world.used(), 60);

    StepCommit next = world.costly(claim, 60, 3);
    next.settle = world.settled(60, 25);
    EXPECT_EQ(world.commit(next), Verdict::committed);
    EXPECT_EQ(world.used(), 85);
    EXPECT_EQ(world.rows(claim.execution), 4);
}

TEST(Budgets, without_room_keep_the_result_and_not_the_intent) {
    Budgeted world;
    world.set(of_project(world, 100));
    const Claim claim = world.begin();
    EXPECT_EQ(world.commit(world.costly(claim, 60)), Verdict::committed);
    StepCommit next = world.costly(claim, 61, 3);
    next.settle = world.settled(60, 40);
    EXPECT_EQ(world.commit(next), Verdict::no_budget);
    EXPECT_EQ(world.used(), 40);
    EXPECT_EQ(world.rows(claim.execution), 3);
    Tx tx = world.tx();
    const auto found = must(budgets::shortage(tx, next, world.clock.now()));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->left(), 60);
    next.reserve->worst.micro_usd = 60;
    EXPECT_FALSE(must(budgets::shortage(tx, next, world.clock.now())));
    // To the last millionth.
    next = world.costly(claim, 60, 4);
    next.results.clear();
    next.usage = {};
    EXPECT_EQ(world.commit(next), Verdict::committed);
    EXPECT_EQ(world.used(), 100);
}

TEST(Budgets, of_two_runs_the_second_finds_what_the_first_has_left) {
    Budgeted world;
    world.set(of_project(world, 100));
    const Claim one = world.begin();
    const Claim other = world.begin();
    EXPECT_EQ(world.commit(world.costly(one, 51)), Verdict::committed);
    EXPECT_EQ(world.commit(world.costly(other, 50)), Verdict::no_budget);
}

TEST(Budgets, of_each_level_and_unit_must_all_have_room) {
    Budgeted world;
    const Claim claim = world.begin();
    Budget flow = of_project(world, 1'000, BudgetWindow::month);
    flow.level = BudgetLevel::agentflow;
    flow.subject = subject_of(world.flow_of(claim.execution));
    Budget organization = of_project(world, 700);
    organization.level = BudgetLevel::organization;
    organization.subject = subject_of(world.scope.organization);
    organization.unit = BudgetUnit::credits;
    Budget another = of_project(world, 1);
    another.level = BudgetLevel::agentflow;
    another.subject = subject_of(world.minter.mint<AgentflowTag>(1));
    for (const Budget& each : {flow, organization, another}) world.set(each);
    EXPECT_EQ(world.commit(world.costly(claim, 71)), Verdict::no_budget) << "710 of 700 credits";
    Tx tx = world.tx();
    EXPECT_EQ(must(budgets::shortage(tx, world.costly(claim, 71), world.clock.now()))->budget.level,
              BudgetLevel::organization);
    StepCommit step = world.costly(claim, 70, 2);
    step.results.clear();
    EXPECT_EQ(world.commit(step), Verdict::committed);
    std::map<std::int64_t, std::int64_t> used;
    for (const auto& each : must(budgets::list(tx, world.scope)))
        used[each.budget.ceiling] = each.used;
    EXPECT_EQ(used[1'000], 70);
    EXPECT_EQ(used[700], 700);
    EXPECT_EQ(used[1], 0);
}

TEST(Budgets, of_a_run_count_that_run_alone) {
    Budgeted world;
    Budget budget = of_project(world, 100, BudgetWindow::run);
    budget.level = BudgetLevel::execution;
    world.set(budget);
    const Claim one = world.begin();
    const Claim other = world.begin();
    EXPECT_EQ(world.commit(world.costly(one, 100)), Verdict::committed);
    EXPECT_EQ(world.commit(world.costly(other, 100)), Verdict::committed);
    StepCommit next = world.costly(one, 50, 3);
    next.reserve->before = {51, 0};
    EXPECT_EQ(world.commit(next), Verdict::no_budget);
    next = world.costly(one, 49, 4);
    next.reserve->before = {51, 0};
    EXPECT_EQ(world.commit(next), Verdict::committed);
    EXPECT_EQ(world.used(), 0);
}

TEST(Budgets, begin_anew_at_midnight) {
    Budgeted world;
    world.set(of_project(world, 100));
    const Claim claim = world.begin();
    EXPECT_EQ(world.commit(world.costly(claim, 100)), Verdict::committed);
    const Settlement of_yesterday = world.settled(100, 80);
    world.clock.advance(seconds(86'400));
    EXPECT_EQ(world.used(), 0);
    StepCommit next = world.costly(claim, 90, 3);
    next.settle = of_yesterday;
    EXPECT_EQ(world.commit(next), Verdict::committed);
    EXPECT_EQ(world.used(), 90) << "what was held yesterday is no part of today";
}

TEST(Budgets, are_settled_by_the_late_result_of_a_stopped_run_and_reserve_nothing_then) {
    Budgeted world;
    world.set(of_project(world, 100));
    const Claim claim = world.begin();
    EXPECT_EQ(world.commit(world.costly(claim, 60)), Verdict::committed);
    Tx tx = world.tx();
    must(executions::request_stop(tx, world.scope, claim.execution));
    StepCommit late = world.costly(claim, 40, 3);
    late.settle = world.settled(60, 25);
    EXPECT_EQ(world.commit(late), Verdict::stopped);
    EXPECT_EQ(world.used(), 25);
}

TEST(Budgets, of_a_paused_run_hold_nothing_for_what_it_does_not_begin) {
    Budgeted world;
    world.set(of_project(world, 100));
    const Claim claim = world.begin();
    EXPECT_EQ(world.commit(world.costly(claim, 60)), Verdict::committed);
    Tx tx = world.tx();
    must(executions::request_pause(tx, world.scope, claim.execution));
    StepCommit next = world.costly(claim, 40, 3);
    next.settle = world.settled(60, 25);
    EXPECT_EQ(world.commit(next), Verdict::paused);
    EXPECT_EQ(world.used(), 25);
}

TEST(Budgets, change_nothing_with_a_step_that_is_fenced) {
    Budgeted world;
    world.set(of_project(world, 100));
    const Claim claim = world.begin();
    StepCommit step = world.costly(claim, 60);
    step.epoch += 1;
    EXPECT_EQ(world.commit(step), Verdict::fenced);
    EXPECT_EQ(world.used(), 0);
}

TEST(Budgets, begin_with_what_was_spent_before_them) {
    Budgeted world;
    const Claim ended = world.begin();
    StepCommit whole = world.step(ended);
    whole.usage = {1, 1, 70, 700};
    whole.ledger = {{.usage = whole.usage}};
    whole.intent->kind = JournalKind::finished;
    whole.next_state = ExecutionState::completed;
    EXPECT_EQ(world.commit(whole), Verdict::committed);
    const Claim live = world.begin();
    StepCommit half = world.step(live);
    half.usage = {1, 1, 12, 0};
    EXPECT_EQ(world.commit(half), Verdict::committed);

    world.set(of_project(world, 100));
    EXPECT_EQ(world.used(), 82);
    EXPECT_EQ(world.commit(world.costly(live, 19, 3)), Verdict::no_budget);
    world.set(of_project(world, 200));
    EXPECT_EQ(world.used(), 82) << "another ceiling, and nothing is forgotten";
}

TEST(Budgets, that_are_set_in_the_middle_of_a_call_count_what_it_used) {
    Budgeted world;
    const Claim claim = world.begin();
    EXPECT_EQ(world.commit(world.costly(claim, 60)), Verdict::committed);
    const Settlement settled = world.settled(60, 25);
    world.clock.advance(seconds(1));
    world.set(of_project(world, 100));
    const std::int64_t at_first = world.used();
    StepCommit next = world.costly(claim, 1, 3);
    next.settle = settled;
    EXPECT_EQ(world.commit(next), Verdict::committed);
    EXPECT_EQ(world.used(), at_first + 25 + 1);
}

TEST(Budgets, of_a_project_go_with_it_and_are_nobody_elses) {
    Budgeted world;
    world.set(of_project(world, 100));
    const Scope other = world.project();
    Tx tx = world.tx();
    EXPECT_TRUE(must(budgets::list(tx, other)).empty());
    must(budgets::remove(tx, world.scope.organization, of_project(world, 0)));
    EXPECT_TRUE(must(budgets::list(tx, world.scope)).empty());
}

} // namespace weft::store
