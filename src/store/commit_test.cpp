#include "store/commit.h"

#include "store/journal.h"
#include "store/ledger.h"
#include "store/test_world.h"

#include <gmock/gmock.h>

namespace weft::store {

namespace {

using State = ExecutionState;

/// "1r 2i": seq and the first letter of the kind.
std::string journal_of(World& world, const ExecutionId& id) {
    Tx tx = world.tx();
    std::string text;
    for (const JournalRow& row : must(journal::read(tx, world.scope, id, 1)))
        text += (text.empty() ? "" : " ") + std::to_string(row.seq) +
                std::string(1, " irwfbap"[static_cast<int>(row.kind)]);
    return text;
}

JournalRow row(JournalKind kind, std::string payload = "{}") {
    return {0, kind, Instant{1}, std::move(payload)};
}

} // namespace

TEST(Commit, a_step_is_written_whole_and_counted) {
    World world;
    const Execution made = world.make();
    const Claim claim = world.claim_one();
    StepCommit step = world.step(claim);
    step.ledger = {{world.minter.mint<AgentTag>(1), "Extractor", "weft/rehearsal", {1, 2, 3, 4}}};
    world.clock.advance(seconds(1));
    EXPECT_EQ(world.commit(step), Verdict::committed);
    step.expected_seq = 3;
    step.intent->at = world.clock.now();
    EXPECT_EQ(world.commit(step), Verdict::committed);

    const Execution after = world.find(made.id);
    EXPECT_EQ(after.state, State::running);
    EXPECT_EQ(after.next_seq, 5);
    EXPECT_EQ(after.owner, 1);
    EXPECT_EQ(after.updated_at, step.intent->at);
    EXPECT_EQ(after.usage.input_tokens, 20);
    EXPECT_EQ(after.usage.output_tokens, 40);
    EXPECT_EQ(after.usage.cost_micro_usd, 60);
    EXPECT_EQ(after.usage.credits_micro, 80);
    EXPECT_EQ(journal_of(world, made.id), "1r 2i 3r 4i");

    Tx tx = world.tx();
    const auto charges = must(ledger::list(tx, world.scope, 10, 0));
    EXPECT_EQ(charges.total, 2);
    ASSERT_EQ(charges.charges.size(), 2U);
    EXPECT_EQ(charges.charges[0].execution, made.id);
    EXPECT_EQ(charges.charges[0].row.agent_title, "Extractor");
    EXPECT_EQ(charges.charges[0].row.usage.credits_micro, 4);
    EXPECT_EQ(must(ledger::list(tx, world.project(), 10, 0)).total, 0);
}

TEST(Commit, fenced_writes_nothing) {
    World world;
    const Execution made = world.make();
    const Claim claim = world.claim_one();
    const StepCommit good = world.step(claim);
    EXPECT_EQ(world.commit(good), Verdict::committed);
    const Execution before = world.find(made.id);

    const auto fenced = [&](auto change) {
        StepCommit step = world.step(claim, 3);
        change(step);
        EXPECT_EQ(world.commit(step), Verdict::fenced);
        step.next_state = State::completed;
        step.release = true;
        EXPECT_EQ(world.commit(step), Verdict::fenced);
    };
    fenced([](StepCommit& step) { step.epoch = 0; });
    fenced([](StepCommit& step) { step.epoch = 2; });
    fenced([](StepCommit& step) { step.expected_seq = 1; }); // the same commit again
    fenced([](StepCommit& step) { step.expected_seq = 4; });
    fenced([&](StepCommit& step) { step.execution = world.minter.mint<ExecutionTag>(1); });
    fenced([&](StepCommit& step) { step.project = world.project().project; });
    EXPECT_EQ(journal_of(world, made.id), "1r 2i");
    const Execution after = world.find(made.id);
    EXPECT_EQ(after.next_seq, before.next_seq);
    EXPECT_EQ(after.usage.input_tokens, before.usage.input_tokens);
    EXPECT_EQ(world.count("ledger"), 0);

    // After the owner has let go, its own epoch is not enough.
    StepCommit last = world.step(claim, 3);
    last.next_state = State::completed;
    EXPECT_EQ(world.commit(last), Verdict::committed);
    EXPECT_EQ(world.commit(world.step(claim, 5)), Verdict::fenced);
}

namespace {

ExecutionStart child_of(World& world, Relation relation = Relation::failover) {
    return {.agentflow = world.minter.mint<AgentflowTag>(1),
            .version = world.minter.mint<VersionTag>(1),
            .goal = "Mend it",
            .relation = relation};
}

std::vector<TaskNode> nodes_of(World& world, const TaskId& task) {
    Tx tx = world.tx();
    return must(tasks::find(tx, world.scope, task)).nodes;
}

/// The step of a run that fails while a child takes over.
StepCommit failing(World& world, const Claim& claim) {
    StepCommit step = world.step(claim);
    step.intent = row(JournalKind::finished);
    step.next_state = State::failed;
    step.child = child_of(world);
    return step;
}

} // namespace

TEST(Commit, a_child_is_made_with_the_intent) {
    World world;
    const Execution made = world.make();
    const Claim claim = world.claim_one();
    EXPECT_EQ(world.commit(failing(world, claim)), Verdict::committed);

    const auto nodes = nodes_of(world, made.task);
    ASSERT_EQ(nodes.size(), 2U);
    EXPECT_EQ(nodes[0].state, State::failed);
    EXPECT_EQ(nodes[0].relation, Relation::none);
    EXPECT_EQ(nodes[1].parent, made.id);
    EXPECT_EQ(nodes[1].relation, Relation::failover);
    EXPECT_EQ(nodes[1].state, State::ready);
    EXPECT_EQ(world.ready(nodes[1].id), 1);
    EXPECT_EQ(world.claim_one().execution, nodes[1].id);
    Tx tx = world.tx();
    EXPECT_EQ(must(executions::find_start(tx, world.scope, nodes[1].id)).goal, "Mend it");
}

TEST(Commit, a_step_that_goes_on_running_may_have_a_child_too) {
    World world;
    const Execution made = world.make();
    StepCommit step = world.step(world.claim_one());
    step.child = child_of(world, Relation::sub_flow);
    EXPECT_EQ(world.commit(step), Verdict::committed);
    EXPECT_EQ(nodes_of(world, made.task).back().relation, Relation::sub_flow);
    EXPECT_EQ(world.find(made.id).state, State::running);
}

TEST(Commit, no_child_of_a_stopped_run_and_a_paused_one_of_a_paused) {
    const auto child_after = [](auto ask) {
        World world;
        const Execution made = world.make();
        const Claim claim = world.claim_one();
        Tx tx = world.tx();
        ask(tx, world.scope, made);
        world.commit(failing(world, claim));
        const auto nodes = nodes_of(world, made.task);
        if (nodes.size() == 1) return std::string("none");
        return fmt::format("{} ready {}", to_text(nodes[1].state), world.ready(nodes[1].id));
    };
    EXPECT_EQ(child_after([](Tx&, const Scope&, const Execution&) {}), "ready ready 1");
    EXPECT_EQ(child_after([](Tx& tx, const Scope& scope, const Execution& made) {
                  must(executions::request_stop(tx, scope, made.id));
              }),
              "none");
    EXPECT_EQ(child_after([](Tx& tx, const Scope& scope, const Execution& made) {
                  must(tasks::request_stop(tx, scope, made.task));
              }),
              "none");
    EXPECT_EQ(child_after([](Tx& tx, const Scope& scope, const Execution& made) {
                  must(executions::request_pause(tx, scope, made.id));
              }),
              "paused ready 0");
    EXPECT_EQ(child_after([](Tx& tx, const Scope& scope, const Execution& made) {
                  must(tasks::request_pause(tx, scope, made.task));
              }),
              "paused ready 0");
}

TEST(Commit, a_full_task_gets_no_child_but_keeps_what_happened) {
    World world;
    const Execution made = world.make();
    const Claim claim = world.claim_one();
    for (std::int64_t i = 1; i < executions::per_task_max; ++i)
        world.make(executions::Start::when_told, made.id);
    EXPECT_EQ(world.commit(failing(world, claim)), Verdict::no_child);
    EXPECT_EQ(world.count("execution"), executions::per_task_max);
    EXPECT_EQ(journal_of(world, made.id), "1r");
    const Execution after = world.find(made.id);
    EXPECT_EQ(after.state, State::running);
    EXPECT_EQ(after.owner, 1);
    EXPECT_EQ(after.usage.input_tokens, 10);
    EXPECT_EQ(world.commit(world.step(claim, 2)), Verdict::committed);
}

TEST(Commit, after_a_stop_what_happened_is_kept_once) {
    for (const bool whole_task : {false, true}) {
        World world;
        const Execution made = world.make();
        const Claim claim = world.claim_one();
        Tx tx = world.tx();
        if (whole_task)
            must(tasks::request_stop(tx, world.scope, made.task));
        else
            must(executions::request_stop(tx, world.scope, made.id));
        const Instant stopped_at = world.clock.now();
        world.clock.advance(seconds(1));

        StepCommit step = world.step(claim);
        step.results.push_back(row(JournalKind::finished));
        step.next_state = State::completed;
        EXPECT_EQ(world.commit(step), Verdict::stopped);
        EXPECT_EQ(journal_of(world, made.id), "1r");
        const Execution after = world.find(made.id);
        EXPECT_EQ(after.state, State::cancelled);
        EXPECT_FALSE(after.settling);
        EXPECT_EQ(after.owner, 0);
        EXPECT_EQ(after.next_seq, 2);
        EXPECT_EQ(after.ended_at, stopped_at);
        EXPECT_EQ(after.usage.cost_micro_usd, 30);

        EXPECT_EQ(world.commit(world.step(claim, 2)), Verdict::fenced);
        EXPECT_EQ(world.commit(world.step(claim, 1)), Verdict::fenced);
        EXPECT_EQ(journal_of(world, made.id), "1r");
    }
}

/// An expression was evaluated behind the result before anybody knew of the stop.
TEST(Commit, after_a_stop_no_branch_is_taken_behind_the_late_result) {
    World world;
    const Execution made = world.make();
    const Claim claim = world.claim_one();
    Tx tx = world.tx();
    must(executions::request_stop(tx, world.scope, made.id));
    StepCommit step = world.step(claim);
    step.results.push_back(row(JournalKind::branch));
    step.results.push_back(row(JournalKind::branch));
    step.ledger = {{{}, "fetch", "m", {1, 2, 3, 4}}, {{}, "judge", "m", {}}, {{}, "pick", "m", {}}};
    step.usage = {10, 20, 30, 999};
    step.first = {.usage = {10, 20, 30, 40}, .ledger_rows = 1};
    EXPECT_EQ(world.commit(step), Verdict::stopped);
    EXPECT_EQ(journal_of(world, made.id), "1r");
    EXPECT_EQ(world.find(made.id).usage.credits_micro, 40);
    EXPECT_EQ(world.count("ledger"), 1);
}

TEST(Commit, after_a_stop_a_step_without_a_late_result_leaves_nothing) {
    for (const JournalKind kind : {JournalKind::branch, JournalKind::wait, JournalKind::partial}) {
        World world;
        const Execution made = world.make();
        const Claim claim = world.claim_one();
        Tx tx = world.tx();
        must(executions::request_stop(tx, world.scope, made.id));
        StepCommit step = world.step(claim);
        step.results = {row(kind)};
        step.ledger = {{{}, "judge", "m", {}}};
        EXPECT_EQ(world.commit(step), Verdict::stopped);
        EXPECT_EQ(journal_of(world, made.id), "");
        EXPECT_EQ(world.find(made.id).usage.credits_micro, 0);
        EXPECT_EQ(world.find(made.id).owner, 0);
        EXPECT_EQ(world.count("ledger"), 0);
    }
}

TEST(Commit, progress_is_recorded_and_changes_nothing_else) {
    struct Case {
        const char* asked;
        Verdict verdict;
        State state;
        Verdict then; ///< of the step's own commit
    };
    for (const Case& each :
         {Case{"want = 0", Verdict::committed, State::running, Verdict::committed},
          Case{"state = 3, want = 1", Verdict::committed, State::paused, Verdict::paused},
          Case{"state = 6, want = 2, settling = 1", Verdict::stopped, State::cancelled,
               Verdict::stopped}}) {
        World world;
        const Execution made = world.make();
        const Claim claim = world.claim_one();
        world.set(made.id, each.asked);
        StepCommit more{.project = claim.project,
                        .execution = claim.execution,
                        .epoch = claim.epoch,
                        .expected_seq = 1,
                        .results = {row(JournalKind::partial)},
                        .usage = {10, 20, 30, 0},
                        .progress = true};
        EXPECT_EQ(world.commit(more), each.verdict) << each.asked;
        EXPECT_EQ(world.commit(more), Verdict::fenced) << "twice";
        const Execution after = world.find(made.id);
        EXPECT_EQ(after.state, each.state);
        EXPECT_EQ(after.owner, 1);
        EXPECT_EQ(after.settling, each.state == State::cancelled);
        EXPECT_EQ(after.next_seq, 2);
        EXPECT_EQ(after.usage.cost_micro_usd, 30);
        more.expected_seq = 2;
        more.epoch = 7;
        EXPECT_EQ(world.commit(more), Verdict::fenced);
        EXPECT_EQ(world.commit(world.step(claim, 2)), each.then);
        EXPECT_EQ(world.find(made.id).usage.cost_micro_usd, 60);
        if (each.verdict == Verdict::stopped) {
            more.epoch = claim.epoch;
            more.expected_seq = 3;
            EXPECT_EQ(world.commit(more), Verdict::fenced) << "settled";
        }
    }
}

TEST(Commit, the_want_of_the_task_or_of_the_execution_alone_is_enough) {
    for (const auto& [table, want, verdict] :
         {std::tuple{"task", 1, Verdict::paused}, std::tuple{"task", 2, Verdict::stopped},
          std::tuple{"execution", 1, Verdict::paused},
          std::tuple{"execution", 2, Verdict::stopped}}) {
        World world;
        const Execution made = world.make();
        const Claim claim = world.claim_one();
        world.execute(fmt::format("UPDATE {} SET want = {}", table, want));
        EXPECT_EQ(world.commit(world.step(claim)), verdict);
        EXPECT_EQ(journal_of(world, made.id), "1r");
        EXPECT_EQ(world.find(made.id).owner, 0);
        EXPECT_EQ(world.find(made.id).state, want == 1 ? State::paused : State::cancelled);
    }
}

TEST(Commit, a_pause_keeps_the_result_and_drops_the_intent) {
    World world;
    const Execution made = world.make();
    const Claim claim = world.claim_one();
    Tx tx = world.tx();
    must(executions::request_pause(tx, world.scope, made.id));
    EXPECT_EQ(world.commit(world.step(claim)), Verdict::paused);
    EXPECT_EQ(journal_of(world, made.id), "1r");
    const Execution after = world.find(made.id);
    EXPECT_EQ(after.state, State::paused);
    EXPECT_EQ(after.paused_from, State::running);
    EXPECT_EQ(after.owner, 0);
    EXPECT_EQ(after.usage.input_tokens, 10);
    EXPECT_EQ(world.commit(world.step(claim, 2)), Verdict::fenced);

    must(executions::request_resume(tx, world.scope, made.id));
    const Claim again = world.claim_one();
    EXPECT_EQ(again.epoch, 2);
    EXPECT_EQ(world.commit(world.step(again, 2)), Verdict::committed);
    EXPECT_EQ(journal_of(world, made.id), "1r 2r 3i");
}

TEST(Commit, a_pause_remembers_what_the_step_waits_for) {
    World world;
    const Execution made = world.make();
    const Claim claim = world.claim_one();
    Tx tx = world.tx();
    must(executions::request_pause(tx, world.scope, made.id));
    StepCommit step = world.step(claim);
    step.results.push_back(row(JournalKind::wait));
    step.intent.reset();
    step.next_state = State::input_required;
    step.wake_at = world.clock.now() + seconds(60);
    EXPECT_EQ(world.commit(step), Verdict::paused);
    EXPECT_EQ(journal_of(world, made.id), "1r 2w");
    EXPECT_EQ(must(executions::request_resume(tx, world.scope, made.id)).state,
              State::input_required);
    EXPECT_EQ(world.ready(made.id), 0);
    EXPECT_EQ(must(claims::next_wake(tx)), step.wake_at);
}

TEST(Commit, an_end_wins_over_a_pause) {
    World world;
    const Execution made = world.make();
    const Claim claim = world.claim_one();
    Tx tx = world.tx();
    must(tasks::request_pause(tx, world.scope, made.task));
    StepCommit step = world.step(claim);
    step.intent = row(JournalKind::finished);
    step.next_state = State::completed;
    EXPECT_EQ(world.commit(step), Verdict::committed);
    EXPECT_EQ(journal_of(world, made.id), "1r 2f");
    EXPECT_EQ(world.find(made.id).state, State::completed);
}

TEST(Commit, resumed_before_the_step_ended_nothing_is_lost) {
    World world;
    const Execution made = world.make();
    const Claim claim = world.claim_one();
    Tx tx = world.tx();
    must(executions::request_pause(tx, world.scope, made.id));
    must(executions::request_resume(tx, world.scope, made.id));
    EXPECT_EQ(world.commit(world.step(claim)), Verdict::committed);
    EXPECT_EQ(world.find(made.id).owner, 1);
}

TEST(Commit, every_final_state_ends_the_execution) {
    for (const State final : {State::completed, State::failed, State::cancelled}) {
        World world;
        const Execution made = world.make();
        StepCommit step = world.step(world.claim_one());
        step.intent.reset();
        step.next_state = final;
        EXPECT_EQ(world.commit(step), Verdict::committed);
        const Execution after = world.find(made.id);
        EXPECT_EQ(after.state, final);
        EXPECT_EQ(after.owner, 0);
        EXPECT_EQ(after.ended_at, world.clock.now());
        EXPECT_EQ(world.ready(made.id), 0);
    }
}

TEST(Commit, released_as_ready_it_may_be_claimed_at_once) {
    World world;
    const Execution made = world.make();
    StepCommit step = world.step(world.claim_one());
    step.intent.reset();
    step.next_state = State::ready;
    step.release = true;
    EXPECT_EQ(world.commit(step), Verdict::committed);
    EXPECT_EQ(world.claim_one().execution, made.id);
}

TEST(Commit, large_payloads_are_kept_once_as_blobs_and_come_back) {
    World world;
    const Execution made = world.make();
    const Claim claim = world.claim_one();
    std::string large = "{\"text\":\"";
    for (int i = 0; i < 20'000; ++i) large += std::to_string(i * 7919 % 1'000);
    large += "\"}";
    const std::string just(inline_bytes_max, 'x');
    StepCommit step = world.step(claim);
    step.results = {row(JournalKind::result, large), row(JournalKind::result, just)};
    step.intent = row(JournalKind::intent, large);
    EXPECT_EQ(world.commit(step), Verdict::committed);
    EXPECT_EQ(world.count("blob"), 1);
    EXPECT_EQ(world.count("journal WHERE payload IS NULL"), 2);

    Tx tx = world.tx();
    const auto rows = must(journal::read(tx, world.scope, made.id, 1));
    ASSERT_EQ(rows.size(), 3U);
    EXPECT_EQ(rows[0].payload, large);
    EXPECT_EQ(rows[1].payload, just);
    EXPECT_EQ(rows[2].payload, large);

    world.execute("UPDATE blob SET body = " + world.bytes("28b52ffd0000"));
    EXPECT_EQ(journal::read(tx, world.scope, made.id, 1).error().code, Code::internal);
    world.execute("DELETE FROM blob");
    EXPECT_EQ(journal::read(tx, world.scope, made.id, 1).error().code, Code::internal);
    EXPECT_EQ(pack({.results = {row(JournalKind::result, std::string(payload_bytes_max + 1, 'x'))}})
                  .error()
                  .code,
              Code::too_large);
}

TEST(Commit, payloads_of_several_pieces_come_back_and_a_lost_piece_is_told) {
    World world;
    const Execution made = world.make();
    std::string large;
    while (large.size() < 3 * piece_bytes_max + 7) large += std::to_string(large.size() * 7919);
    StepCommit step = world.step(world.claim_one());
    step.results = {row(JournalKind::result, large)};
    EXPECT_EQ(world.commit(step), Verdict::committed);
    EXPECT_EQ(world.count("blob WHERE length(body) = 0"), 1);
    EXPECT_EQ(world.count("blob_piece"), 4);

    Tx tx = world.tx();
    EXPECT_EQ(must(journal::read(tx, world.scope, made.id, 1)).at(0).payload, large);
    world.execute("DELETE FROM blob_piece WHERE number = 1");
    EXPECT_EQ(journal::read(tx, world.scope, made.id, 1).error().code, Code::internal);
    must(blobs::put(tx, world.scope.project, must(blobs::pack(large))));
    EXPECT_EQ(must(journal::read(tx, world.scope, made.id, 1)).at(0).payload, large);
    world.execute("UPDATE blob_piece SET number = 9 WHERE number = 0");
    EXPECT_EQ(journal::read(tx, world.scope, made.id, 1).error().code, Code::internal);
}

TEST(Journal, is_read_in_pages_and_by_its_own_project_only) {
    World world;
    const Execution made = world.make();
    const Claim claim = world.claim_one();
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(world.commit(world.step(claim, 1 + 2 * i)), Verdict::committed);
    Tx tx = world.tx();
    const auto seqs = [&](std::int64_t from, std::int64_t rows) {
        std::string text;
        for (const JournalRow& each : must(journal::read(tx, world.scope, made.id, from, rows)))
            text += std::to_string(each.seq) + " ";
        return text;
    };
    EXPECT_EQ(seqs(1, 4), "1 2 3 4 ");
    EXPECT_EQ(seqs(5, 4), "5 6 7 8 ");
    EXPECT_EQ(seqs(9, 4), "9 10 ");
    EXPECT_EQ(seqs(11, 4), "");
    EXPECT_TRUE(must(journal::read(tx, world.project(), made.id, 1)).empty());
}

} // namespace weft::store
