#include "store/retention.h"

#include "store/blobs.h"
#include "store/test_world.h"

#include <gmock/gmock.h>

namespace weft::store {

namespace {

constexpr microseconds day{24LL * 3'600 * 1'000'000};
const std::string large(20'000, 'x');

struct RetentionWorld : World {
    /// A run with a large text in its journal, as `state` says.
    ExecutionId run(const std::string& state, const std::string& text = large) {
        const Execution made = make();
        const Claim claim = claim_one();
        StepCommit with = step(claim);
        with.results[0].payload = to_text(json::object{{"text", text}});
        with.next_state = ExecutionState::completed;
        with.intent.reset();
        with.release = true;
        EXPECT_EQ(commit(with), Verdict::committed);
        set(made.id, state);
        return made.id;
    }
    void remove(Instant before) {
        for (;;) {
            Tx to = tx();
            if (must(retention::remove_some(to, scope.project, before))) return;
        }
    }
    std::string ended(Instant at) { return fmt::format("ended_at = {}", at.us); }
};

} // namespace

TEST(Retention, removes_what_ended_long_ago_and_nothing_else) {
    RetentionWorld world;
    const Instant start = world.clock.now();
    const ExecutionId old = world.run(world.ended(start));
    const ExecutionId late = world.run(world.ended(start + 40 * day)); // it took its time
    const ExecutionId alive = world.run("state = 2, ended_at = NULL");
    world.clock.advance(35 * day);
    const ExecutionId young = world.run(world.ended(world.clock.now()));
    const Instant before = start + 30 * day;
    {
        Tx tx = world.tx();
        EXPECT_TRUE(must(retention::any(tx, world.scope.project, before)));
    }
    world.remove(before);
    Tx tx = world.tx();
    EXPECT_FALSE(executions::find(tx, world.scope, old));
    for (const ExecutionId& kept : {late, alive, young})
        EXPECT_TRUE(executions::find(tx, world.scope, kept)) << kept.hex();
    for (const char* table : {"execution", "execution_start", "task", "journal"})
        EXPECT_EQ(world.count(table), 3) << table;
    EXPECT_EQ(world.count("gone_run"), 0);
    EXPECT_EQ(world.count("blob"), 1) << "the others still need the text";
    EXPECT_FALSE(must(retention::any(tx, world.scope.project, before)));
}

TEST(Retention, the_last_who_needs_a_large_text_takes_it_along) {
    RetentionWorld world;
    const Instant start = world.clock.now();
    world.run(world.ended(start));
    world.run(world.ended(start));
    world.run(world.ended(start), large + "another");
    EXPECT_EQ(world.count("blob"), 2);
    world.clock.advance(35 * day);
    world.remove(start + 30 * day);
    EXPECT_EQ(world.count("blob"), 0);
    EXPECT_EQ(world.count("blob_piece"), 0);
    EXPECT_EQ(world.count("journal"), 0);
    EXPECT_EQ(world.count("ledger"), 0);
}

TEST(Retention, a_task_goes_when_all_of_it_is_over) {
    RetentionWorld world;
    const Instant start = world.clock.now();
    const ExecutionId parent = world.run(world.ended(start));
    const Execution child = world.make(executions::Start::when_told, parent);
    world.clock.advance(35 * day);
    world.remove(start + 30 * day);
    EXPECT_EQ(world.count("execution"), 2) << "its child is alive";
    world.set(child.id, fmt::format("state = 5, ended_at = {}", start.us));
    world.remove(start + 30 * day);
    EXPECT_EQ(world.count("execution"), 0);
    EXPECT_EQ(world.count("task"), 0);
}

TEST(Retention, other_projects_keep_theirs) {
    RetentionWorld world;
    const Instant start = world.clock.now();
    world.run(world.ended(start));
    const Scope other = world.project();
    world.clock.advance(35 * day);
    Tx tx = world.tx();
    EXPECT_TRUE(must(retention::remove_some(tx, other.project, start + 30 * day)));
    EXPECT_EQ(world.count("execution"), 1);
    world.execute(fmt::format("INSERT INTO project_setting VALUES ({}, 'retention', "
                              "'{{\"runs_days\":30}}', 1)",
                              world.bytes(other.project)));
    const auto rules = must(retention::rules(tx, {}));
    ASSERT_EQ(rules.size(), 1U);
    EXPECT_EQ(rules[0].project, other.project);
    EXPECT_EQ(rules[0].runs_days, 30);
    EXPECT_TRUE(must(retention::rules(tx, other.project)).empty());
}

} // namespace weft::store
