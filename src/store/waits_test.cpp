#include "store/waits.h"

#include "store/agentflows.h"
#include "store/journal.h"
#include "store/test_world.h"

#include <gmock/gmock.h>

namespace weft::store {

namespace {

using State = ExecutionState;
using testing::HasSubstr;

/// A world with one execution that waits: row 1 began it.
struct Waits : World {
    Execution made;

    explicit Waits(WaitReason reason = WaitReason::event, std::string name = "go",
                   std::optional<Instant> wake_at = {}) {
        scope.principal.name = "Ada";
        made = make();
        EXPECT_EQ(commit(wait_of(claim_one(), reason, std::move(name), wake_at)),
                  Verdict::committed);
    }

    StepCommit wait_of(const Claim& claim, WaitReason reason, std::string name,
                       std::optional<Instant> wake_at) {
        StepCommit step = {.project = claim.project,
                           .execution = claim.execution,
                           .epoch = claim.epoch,
                           .expected_seq = find(claim.execution).next_seq,
                           .next_state = State::running,
                           .wake_at = wake_at,
                           .waiting = Waiting{reason, std::move(name), R"("s":0,"n":1,"a":1)"},
                           .release = true};
        JournalRow row{0, JournalKind::intent, clock.now(), "{}"};
        if (reason == WaitReason::person || reason == WaitReason::uncertain_effect)
            step.next_state = State::input_required;
        if (reason == WaitReason::uncertain_effect) {
            row.kind = JournalKind::wait;
            step.results.push_back(row);
        } else {
            step.intent = row;
        }
        return step;
    }

    Result<Execution> answer(waits::Which which) {
        Tx to = tx();
        return waits::answer(to, scope, which, {{"said", "yes"}});
    }
    Result<Execution> answer(WaitReason reason = WaitReason::event, std::string name = "go") {
        return answer({made.id, reason, std::move(name)});
    }
    Result<Execution> fate(waits::Fate fate, std::optional<json::value> output = {}) {
        Tx to = tx();
        return waits::decide_fate(to, scope, made.id, {}, fate, std::move(output));
    }
    std::vector<JournalRow> rows() {
        Tx to = tx();
        return must(journal::read(to, scope, made.id, 1));
    }
    std::optional<waits::Open> open() {
        Tx to = tx();
        return must(waits::find(to, scope, made.id));
    }
};

std::string refused(const Result<Execution>& answer, Code code = Code::conflict) {
    if (answer) return "taken";
    EXPECT_EQ(answer.error().code, code) << answer.error().message;
    return answer.error().message;
}

} // namespace

TEST(Waits, an_answer_is_a_row_and_makes_the_run_ready) {
    for (const auto reason : {WaitReason::event, WaitReason::person}) {
        Waits world(reason);
        EXPECT_EQ(world.find(world.made.id).owner, 0);
        EXPECT_EQ(world.find(world.made.id).state,
                  reason == WaitReason::person ? State::input_required : State::running);
        EXPECT_EQ(world.ready(world.made.id), 0);
        EXPECT_EQ(world.open()->seq, 1);

        const Execution after = must(world.answer(reason));
        EXPECT_EQ(after.state, State::running);
        EXPECT_EQ(after.next_seq, 3);
        EXPECT_EQ(world.ready(world.made.id), 1);
        EXPECT_FALSE(world.open());
        ASSERT_EQ(world.rows().size(), 2U);
        EXPECT_EQ(world.rows()[1].kind, JournalKind::answer);
        EXPECT_EQ(world.rows()[1].payload,
                  R"({"s":0,"n":1,"a":1,"o":"answered","by":{"id":"0123456789abcdef01234567",)"
                  R"("name":"Ada"},"r":{"output":{"said":"yes","timed_out":false}}})");
    }
}

TEST(Waits, the_second_answer_is_told_what_happened) {
    Waits world;
    must(world.answer());
    EXPECT_THAT(refused(world.answer()), HasSubstr("answered already, with \"answered\" by Ada"));
    EXPECT_EQ(world.rows().size(), 2U);
    // Also when the run has gone on, and when it has ended.
    Claim claim = world.claim_one();
    StepCommit end = world.step(claim, 3);
    end.next_state = State::completed;
    EXPECT_EQ(world.commit(end), Verdict::committed);
    EXPECT_THAT(refused(world.answer()), HasSubstr("answered already"));
    EXPECT_THAT(refused(world.answer()), HasSubstr("it is completed"));
}

TEST(Waits, only_what_is_waited_for_is_taken) {
    Waits world;
    EXPECT_THAT(refused(world.answer(WaitReason::event, "other")),
                HasSubstr("but for the event \"go\""));
    EXPECT_THAT(refused(world.answer(WaitReason::person, "go")), HasSubstr("the event"));
    EXPECT_THAT(refused(world.answer({world.made.id, WaitReason::event, "go", 7})),
                HasSubstr("does not wait for this"));
    EXPECT_THAT(refused(world.fate(waits::Fate::done)), HasSubstr("the event"));
    EXPECT_EQ(world.rows().size(), 1U);
    // Nor by another project, nor of an execution that waits for nothing.
    const Scope own = world.scope;
    world.scope = world.project();
    EXPECT_EQ(refused(world.answer(), Code::not_found), "There is no such execution.");
    world.scope = own;
    const Execution other = world.make();
    EXPECT_THAT(refused(world.answer({other.id, WaitReason::event, "go"})),
                HasSubstr("only while it waits"));
    must(world.answer({world.made.id, WaitReason::event, "go", 1}));
}

TEST(Waits, an_answer_that_is_too_large_is_refused) {
    Waits world;
    Tx tx = world.tx();
    const auto given = waits::answer(tx, world.scope, {world.made.id, WaitReason::event, "go"},
                                     {{"text", std::string(waits::answer_bytes_max, 'x')}});
    EXPECT_THAT(refused(given, Code::too_large), HasSubstr("262144 bytes"));
    const auto long_one = waits::answer(tx, world.scope, {world.made.id, WaitReason::event, "go"},
                                        {{"text", std::string(inline_bytes_max, 'x')}});
    ASSERT_TRUE(long_one);
    EXPECT_THAT(world.rows()[1].payload, HasSubstr("xxx\",\"timed_out\":false"));
}

TEST(Waits, while_it_is_paused_an_answer_is_kept) {
    for (const auto reason : {WaitReason::event, WaitReason::person}) {
        Waits world(reason, "go", Instant{1});
        Tx tx = world.tx();
        must(executions::request_pause(tx, world.scope, world.made.id));
        EXPECT_EQ(must(world.answer(reason)).state, State::paused);
        EXPECT_EQ(world.ready(world.made.id), 0);
        EXPECT_THAT(refused(world.answer(reason)), HasSubstr("answered already"));
        EXPECT_EQ(must(executions::request_resume(tx, world.scope, world.made.id)).state,
                  State::running);
        EXPECT_EQ(world.ready(world.made.id), 1);
        EXPECT_EQ(world.claim_one().epoch, 2);
    }
}

TEST(Waits, a_pause_and_a_resume_leave_the_wait_as_it_is) {
    Waits world(WaitReason::person);
    Tx tx = world.tx();
    must(executions::request_pause(tx, world.scope, world.made.id));
    EXPECT_EQ(must(executions::request_resume(tx, world.scope, world.made.id)).state,
              State::input_required);
    EXPECT_EQ(world.ready(world.made.id), 0);
    must(world.answer(WaitReason::person));
    EXPECT_EQ(world.ready(world.made.id), 1);
}

TEST(Waits, whose_time_is_over_go_on_after_a_pause_that_came_before_they_were_claimed) {
    for (const auto reason : {WaitReason::event, WaitReason::person}) {
        for (const bool whole_task : {false, true}) {
            Waits world(reason, "go", Instant{1});
            Tx tx = world.tx();
            EXPECT_EQ(must(claims::wake_due(tx, 10)), 1);
            if (whole_task) {
                must(tasks::request_pause(tx, world.scope, world.made.task));
                must(tasks::request_resume(tx, world.scope, world.made.task));
            } else {
                must(executions::request_pause(tx, world.scope, world.made.id));
                must(executions::request_resume(tx, world.scope, world.made.id));
            }
            EXPECT_EQ(world.ready(world.made.id), 1) << "nobody would ever claim it";
            EXPECT_EQ(world.claim_one().epoch, 2);
        }
    }
}

TEST(Waits, after_a_stop_an_answer_is_refused) {
    for (const bool whole_task : {false, true}) {
        Waits world;
        Tx tx = world.tx();
        if (whole_task)
            must(tasks::request_stop(tx, world.scope, world.made.task));
        else
            must(executions::request_stop(tx, world.scope, world.made.id));
        EXPECT_EQ(refused(world.answer()), "The execution has ended: it is cancelled.");
        EXPECT_EQ(world.rows().size(), 1U);
        EXPECT_EQ(world.ready(world.made.id), 0);
    }
}

TEST(Waits, an_answer_comes_before_a_claim_that_has_not_acted_yet) {
    // The deadline is over and somebody has claimed it to say so: the answer is faster.
    Waits world(WaitReason::event, "go", Instant{1});
    Tx tx = world.tx();
    EXPECT_EQ(must(claims::wake_due(tx, 10)), 1);
    const Claim claim = world.claim_one();
    must(world.answer());
    EXPECT_EQ(world.find(world.made.id).owner, 0);
    EXPECT_EQ(world.find(world.made.id).epoch, claim.epoch + 1);
    EXPECT_EQ(world.commit(world.step(claim, 2)), Verdict::fenced);
    EXPECT_EQ(world.rows().size(), 2U);
    const Claim second = world.claim_one(); // nobody is left without an owner
    EXPECT_EQ(world.commit(world.step(second, 3)), Verdict::committed);
}

TEST(Waits, an_answer_after_the_deadline_was_acted_on_is_refused) {
    Waits world(WaitReason::event, "go", Instant{1});
    Tx tx = world.tx();
    EXPECT_EQ(must(claims::wake_due(tx, 10)), 1);
    EXPECT_EQ(world.commit(world.step(world.claim_one(), 2)), Verdict::committed);
    EXPECT_THAT(refused(world.answer()), HasSubstr("at its deadline"));
}

TEST(Waits, a_wait_that_a_pause_kept_from_beginning_takes_no_answer) {
    World world;
    const Execution made = world.make();
    const Claim claim = world.claim_one();
    Tx tx = world.tx();
    must(executions::request_pause(tx, world.scope, made.id));
    StepCommit step = world.step(claim);
    step.waiting = Waiting{WaitReason::person, "", ""};
    step.next_state = State::input_required;
    step.wake_at = Instant{1};
    step.release = true;
    EXPECT_EQ(world.commit(step), Verdict::paused);
    EXPECT_EQ(world.count("waiting"), 0);
    EXPECT_FALSE(world.find(made.id).wake_at);
    EXPECT_EQ(must(executions::request_resume(tx, world.scope, made.id)).state, State::running);
    EXPECT_EQ(world.ready(made.id), 1);
}

TEST(Waits, a_persons_word_on_an_uncertain_effect) {
    struct {
        waits::Fate fate;
        const char* payload;
        State state;
    } const cases[] = {
        {waits::Fate::done,
         R"("o":"done","by":{"id":"0123456789abcdef01234567","name":"Ada"},)"
         R"("r":{"output":{"receipt":7}}})",
         State::running},
        {waits::Fate::not_done, R"("o":"not_done")", State::running},
        {waits::Fate::stop, R"("o":"stop")", State::cancelled},
    };
    for (const auto& each : cases) {
        Waits world(WaitReason::uncertain_effect, "");
        EXPECT_THAT(refused(world.answer(WaitReason::person, "")),
                    HasSubstr("whether its last action happened"));
        const Execution after = must(world.fate(each.fate, json::object{{"receipt", 7}}));
        EXPECT_EQ(after.state, each.state);
        EXPECT_EQ(world.ready(world.made.id), each.state == State::running ? 1 : 0);
        EXPECT_THAT(world.rows().at(1).payload, HasSubstr(each.payload));
        EXPECT_THAT(refused(world.fate(waits::Fate::done)), HasSubstr("answered already"));
    }
}

TEST(Waits, an_uncertain_effect_found_at_a_pause_is_answered_all_the_same) {
    World world;
    const Execution made = world.make();
    const Claim claim = world.claim_one();
    Tx tx = world.tx();
    must(executions::request_pause(tx, world.scope, made.id));
    StepCommit step = world.step(claim);
    step.results = {{0, JournalKind::wait, world.clock.now(), "{}"}};
    step.intent.reset();
    step.waiting = Waiting{WaitReason::uncertain_effect, "", ""};
    step.next_state = State::input_required;
    step.release = true;
    EXPECT_EQ(world.commit(step), Verdict::paused);
    EXPECT_EQ(
        must(waits::decide_fate(tx, world.scope, made.id, {}, waits::Fate::not_done, {})).state,
        State::paused);
    must(executions::request_resume(tx, world.scope, made.id));
    EXPECT_EQ(world.ready(made.id), 1);
}

namespace {

/// A parent that waits for a child of a real flow.
struct Family : Waits {
    Execution parent;
    ExecutionId child;

    Family() {
        Tx to = tx();
        Agentflow flow;
        flow.name = "flow";
        flow = must(agentflows::save(to, scope, flow));
        must(waits::answer(to, scope, {made.id, WaitReason::event, "go"}, {}));
        StepCommit step = wait_of(claim_one(), WaitReason::child, "", {});
        step.child = ExecutionStart{.agentflow = flow.id, .goal = "help"};
        EXPECT_EQ(commit(step), Verdict::committed);
        parent = find(made.id);
        child = open()->child;
    }
};

} // namespace

TEST(Waits, a_child_starts_with_its_parents_wait_and_its_end_answers_it) {
    for (const bool said : {true, false}) {
        Family world;
        const Execution child = world.find(world.child);
        EXPECT_EQ(child.task, world.parent.task);
        EXPECT_EQ(world.ready(child.id), 1);
        Tx tx = world.tx();
        EXPECT_EQ(must(executions::find_start(tx, world.scope, child.id)).parent, world.made.id);
        StepCommit end = world.step(world.claim_one());
        end.next_state = State::failed;
        if (said) end.answer_for_parent = R"("r":{"output":{"conclusion":"none"}})";
        EXPECT_EQ(world.commit(end), Verdict::committed);
        EXPECT_EQ(world.ready(world.made.id), 1);
        EXPECT_THAT(world.rows().back().payload,
                    HasSubstr(said ? R"({"conclusion":"none"})" : R"("status":"failed")"));
    }
}

TEST(Waits, a_stopped_child_answers_its_parent) {
    Family world;
    Tx tx = world.tx();
    must(executions::request_stop(tx, world.scope, world.child));
    EXPECT_EQ(world.ready(world.made.id), 1);
    EXPECT_THAT(world.rows().back().payload, HasSubstr(R"("status":"cancelled")"));
}

TEST(Waits, a_stopped_task_leaves_no_parent_to_answer) {
    Family world;
    Tx tx = world.tx();
    must(tasks::request_stop(tx, world.scope, world.parent.task));
    EXPECT_EQ(world.ready(world.made.id), 0);
    EXPECT_EQ(world.rows().back().kind, JournalKind::intent);
}

TEST(Waits, who_takes_over_from_a_failed_child_answers_for_it) {
    Family world;
    Tx tx = world.tx();
    const Claim claim = world.claim_one();
    StepCommit end = world.step(claim);
    end.next_state = State::failed;
    end.child = ExecutionStart{
        .agentflow = must(executions::find_start(tx, world.scope, world.child)).agentflow};
    EXPECT_EQ(world.commit(end), Verdict::committed);
    EXPECT_EQ(world.ready(world.made.id), 0);
    EXPECT_NE(world.open()->child, world.child);
    must(executions::request_stop(tx, world.scope, world.open()->child));
    EXPECT_EQ(world.ready(world.made.id), 1);
}

TEST(Waits, a_child_that_cannot_start_is_the_waits_answer) {
    Waits world;
    must(world.answer());
    StepCommit step = world.wait_of(world.claim_one(), WaitReason::child, "", {});
    step.child = ExecutionStart{.agentflow = world.minter.mint<AgentflowTag>(1)};
    EXPECT_EQ(world.commit(step), Verdict::committed);
    EXPECT_EQ(world.ready(world.made.id), 1);
    EXPECT_THAT(world.rows().back().payload, HasSubstr(R"("r":{"error":"There is no such)"));
}

} // namespace weft::store
