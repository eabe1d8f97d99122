// Items of the inbox: written with the row that waits, found, answered once, and never left open.
#include "store/inbox.h"

#include "store/inbox_testing.h"
#include "store/removal.h"

namespace weft::store {

TEST(Inbox, an_item_is_written_with_the_row_that_waits_for_it) {
    InboxWorld world;
    const ExecutionId id = world.waits();
    const InboxItem item = world.item_of(id);
    EXPECT_EQ(item.status, InboxStatus::pending);
    EXPECT_EQ(item.type, InboxType::preview);
    EXPECT_EQ(item.seq, 2) << "after the result, the intent";
    EXPECT_EQ(item.execution, id);
    EXPECT_EQ(item.execution_uuid, world.find(id).uuid);
    EXPECT_EQ(item.agent.bytes[11], 7);
    EXPECT_EQ(item.agent_title, "Writer");
    EXPECT_EQ(item.summary, "May I?");
    EXPECT_EQ(text_or(item.asked, "tool"), "t");
    EXPECT_TRUE(item.answer.empty());
    EXPECT_EQ(item.created_at, world.clock.now());
    EXPECT_EQ(world.find(id).state, ExecutionState::input_required);
}

TEST(Inbox, what_is_large_is_kept_once_and_found_whole) {
    InboxWorld world;
    const std::string text(100'000, 'x');
    world.waits(InboxWorld::ask("a", R"({"text":")" + text + R"("})"));
    const ExecutionId id = world.waits(InboxWorld::ask("b", R"({"text":")" + text + R"("})"));
    const InboxItem item = world.item_of(id);
    EXPECT_EQ(text_or(item.asked, "text"), text);
    EXPECT_EQ(world.count("blob"), 1);
    EXPECT_EQ(world.count("inbox WHERE asked IS NULL"), 2);
}

TEST(Inbox, a_verdict_that_keeps_the_intent_out_keeps_the_item_out) {
    InboxWorld world;
    world.make();
    const Claim paused = world.claim_one();
    Tx tx = world.tx();
    must(executions::request_pause(tx, world.scope, paused.execution));
    EXPECT_EQ(world.commit(world.waiting(paused)), Verdict::paused);
    EXPECT_EQ(world.count("inbox"), 0);

    world.make();
    const Claim stopped = world.claim_one();
    must(executions::request_stop(tx, world.scope, stopped.execution));
    EXPECT_EQ(world.commit(world.waiting(stopped)), Verdict::stopped);
    EXPECT_EQ(world.commit(world.waiting(stopped)), Verdict::fenced);
    EXPECT_EQ(world.count("inbox"), 0);
}

TEST(Inbox, a_wait_that_a_pause_lets_through_brings_its_item) {
    InboxWorld world;
    world.make();
    const Claim claim = world.claim_one();
    Tx tx = world.tx();
    must(executions::request_pause(tx, world.scope, claim.execution));
    StepCommit step = world.waiting(claim, InboxWorld::ask("?", "{}", InboxType::uncertain_effect));
    step.intent.reset(); // an uncertain effect waits with a row of what happened
    EXPECT_EQ(world.commit(step), Verdict::paused);
    EXPECT_EQ(world.item_of(claim.execution).seq, 1);
}

TEST(Inbox, one_answer_counts_and_the_second_is_told_of_the_first) {
    InboxWorld world;
    const ExecutionId id = world.waits();
    const InboxItem item = world.item_of(id);
    auto draft = must(world.answer(item, InboxStatus::input_required, {{"input", 1}}));
    EXPECT_EQ(draft.status, InboxStatus::input_required);
    EXPECT_EQ(draft.answer.at("input"), 1);
    world.clock.advance(seconds(5));
    auto done = must(world.answer(item, InboxStatus::approved, {{"input", 2}}));
    EXPECT_EQ(done.status, InboxStatus::approved);
    EXPECT_EQ(done.answer.at("by").at("name"), "Ada");
    EXPECT_EQ(done.updated_at, world.clock.now());
    world.scope.principal.name = "Bob";
    for (const auto late :
         {InboxStatus::approved, InboxStatus::rejected, InboxStatus::input_required}) {
        const auto refused = world.answer(item, late);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, Code::conflict);
        EXPECT_EQ(refused.error().message,
                  "Ada approved this at " + to_iso8601(done.updated_at) + ".");
    }
    EXPECT_EQ(world.item_of(id).answer.at("input"), 2);
}

TEST(Inbox, stopping_or_ending_leaves_nothing_open) {
    InboxWorld world;
    Tx tx = world.tx();
    const ExecutionId one = world.waits();
    const ExecutionId other = world.waits();
    must(executions::request_stop(tx, world.scope, one));
    EXPECT_EQ(world.status_of(one), "expired");
    EXPECT_EQ(world.status_of(other), "pending");
    must(tasks::request_stop(tx, world.scope, world.find(other).task));
    EXPECT_EQ(world.status_of(other), "expired");
    const auto late = world.answer(world.item_of(one), InboxStatus::approved);
    ASSERT_FALSE(late);
    EXPECT_TRUE(late.error().message.starts_with("This expired at ")) << late.error().message;

    // A run that goes on by itself, because a time was up, and ends.
    const ExecutionId ended = world.waits();
    world.execute(fmt::format("INSERT INTO ready (project_id, since, execution_id) "
                              "VALUES ({}, 0, {})",
                              world.bytes(world.scope.project), world.bytes(ended)));
    StepCommit last = world.step(world.claim_one(), 3);
    last.next_state = ExecutionState::failed;
    EXPECT_EQ(world.commit(last), Verdict::committed);
    EXPECT_EQ(world.status_of(ended), "expired");
}

TEST(Inbox, what_was_answered_stays_answered_when_the_run_is_stopped) {
    InboxWorld world;
    const ExecutionId id = world.waits();
    must(world.answer(world.item_of(id), InboxStatus::approved));
    Tx tx = world.tx();
    must(executions::request_stop(tx, world.scope, id));
    EXPECT_EQ(world.status_of(id), "approved");
}

TEST(Inbox, the_runs_of_a_removed_project_ask_nobody) {
    InboxWorld world;
    const ExecutionId id = world.waits();
    Tx tx = world.tx();
    Project project;
    project.id = world.scope.project;
    project.organization = world.scope.organization;
    must(removal::stop_some(tx, project, 10));
    EXPECT_EQ(world.status_of(id), "expired");
}

TEST(Inbox, lists_page_newest_first_and_keep_their_places) {
    InboxWorld world;
    for (int i = 0; i < 7; ++i) {
        world.clock.advance(seconds(1));
        world.waits(InboxWorld::ask(fmt::format("Letter {} of 100%", i)));
    }
    const auto first = world.list({.limit = 3});
    EXPECT_EQ(first.total, 7);
    ASSERT_EQ(first.items.size(), 3U);
    EXPECT_EQ(first.items[0].summary, "Letter 6 of 100%");
    world.waits(InboxWorld::ask("one more"));
    const auto second = world.list({.after = first.items.back().id, .limit = 3});
    EXPECT_EQ(second.total, 8);
    ASSERT_EQ(second.items.size(), 3U);
    EXPECT_EQ(second.items[0].summary, "Letter 3 of 100%") << "whatever came meanwhile";
    const auto last = world.list({.after = second.items.back().id, .limit = 3});
    ASSERT_EQ(last.items.size(), 1U);
    EXPECT_EQ(last.items[0].summary, "Letter 0 of 100%");
}

TEST(Inbox, filters_and_search_combine) {
    InboxWorld world;
    const ExecutionId mail = world.waits(InboxWorld::ask("Writer wants to send a MAIL"));
    world.waits(InboxWorld::ask("Writer wants to insert 100% of _all_"));
    world.waits(InboxWorld::ask("Did the mail leave?", "{}", InboxType::uncertain_effect));
    must(world.answer(world.item_of(mail), InboxStatus::approved));
    const auto count = [&](const inbox::Filter& filter) {
        const auto page = world.list(filter);
        EXPECT_EQ(page.total, std::ssize(page.items));
        return page.total;
    };
    EXPECT_EQ(count({}), 3);
    EXPECT_EQ(count({.status = InboxStatus::approved}), 1);
    EXPECT_EQ(count({.status = InboxStatus::pending}), 2);
    EXPECT_EQ(count({.type = InboxType::preview}), 2);
    EXPECT_EQ(count({.status = InboxStatus::pending, .type = InboxType::preview}), 1);
    EXPECT_EQ(count({.search = "Mail"}), 2);
    EXPECT_EQ(count({.status = InboxStatus::pending, .search = "mail"}), 1);
    EXPECT_EQ(count({.type = InboxType::preview, .search = "mail"}), 1);
    EXPECT_EQ(count({.status = InboxStatus::pending, .type = InboxType::preview, .search = "mail"}),
              0);
    EXPECT_EQ(count({.search = "100%"}), 1);
    EXPECT_EQ(count({.search = "_ALL_"}), 1);
    EXPECT_EQ(count({.search = "send, mail: writer"}), 1) << "in whatever order";
    EXPECT_EQ(count({.search = "ma"}), 0) << "words are whole";
    EXPECT_EQ(count({.search = "send leave"}), 0) << "all of them";
    EXPECT_EQ(count({.search = "%"}), 0) << "signs are no words";
    EXPECT_EQ(count({.search = " "}), 0);
}

TEST(Inbox, another_projects_items_are_not_there) {
    InboxWorld world;
    const ExecutionId id = world.waits();
    const InboxItem item = world.item_of(id);
    const Scope other = world.project();
    Tx tx = world.tx();
    EXPECT_EQ(inbox::find(tx, other, item.id).error().code, Code::not_found);
    EXPECT_EQ(inbox::find_of(tx, other, id, InboxType::preview).error().code, Code::not_found);
    EXPECT_EQ(must(inbox::list(tx, other, {})).total, 0);
    EXPECT_EQ(inbox::answer(tx, other, item, InboxStatus::approved, {}).error().code,
              Code::not_found);
    EXPECT_EQ(world.status_of(id), "pending");
}

TEST(Inbox, a_later_question_of_the_same_run_replaces_an_open_one) {
    InboxWorld world;
    const ExecutionId id = world.waits();
    const InboxItem first = world.item_of(id);
    Tx tx = world.tx();
    must(inbox::add(tx, world.scope.project, id, InboxWorld::ask("Then this?"), 9, {}));
    EXPECT_EQ(world.item_of(id).summary, "Then this?");
    EXPECT_EQ(must(inbox::find(tx, world.scope, first.id)).status, InboxStatus::expired);
}

} // namespace weft::store
