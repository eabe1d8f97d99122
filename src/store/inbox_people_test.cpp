// What people do with items: who is to answer, until when, by two; and how lists find them.
#include "store/inbox_people.h"

#include "store/inbox_testing.h"
#include "store/members.h"
#include "store/users.h"

#include <boost/json/array.hpp>

#include <random>

namespace weft::store {

namespace {

struct People : InboxWorld {
    UserId ada = add("ada@example.org", Role::operator_);
    UserId bob = add("bob@example.org", Role::operator_);
    UserId eve = add("eve@example.org", Role::viewer);

    UserId add(const std::string& email, Role role) {
        Tx to = tx();
        Scope owner = scope;
        owner.principal.role = Role::owner;
        const User user = must(users::create(to, email, email.substr(0, 3), "hash"));
        must(users::join(to, scope, user.id, OrganizationRole::member));
        must(members::add(to, owner, user.id, role));
        return user.id;
    }
    static Principal person(const UserId& user, Role role = Role::operator_) {
        return {Principal::Kind::user, user.hex(), "somebody", role};
    }
    InboxItem create(inbox::Draft draft) {
        Tx to = tx();
        return must(inbox::create(to, scope, draft));
    }
    Result<InboxItem> change(const InboxItem& item, const inbox::Change& change,
                             const Principal& by) {
        Tx to = tx();
        Scope as = scope;
        as.principal = by;
        return inbox::change(to, as, item.id, change);
    }
    Result<InboxItem> answer_as(const Principal& by, const InboxItem& item, InboxStatus status,
                                json::object with = {}) {
        Tx to = tx();
        Scope as = scope;
        as.principal = by;
        return inbox::answer(to, as, item, status, std::move(with));
    }
    InboxItem now(const InboxItem& item) {
        Tx to = tx();
        return must(inbox::find(to, scope, item.id));
    }
    void expect_no_violations() { EXPECT_EQ(inbox_violations(), std::vector<std::string>{}); }
    template <class T> static Code code(const Result<T>& result) {
        return result ? Code::internal : result.error().code;
    }
};

inbox::Draft question(std::string summary, UserId assignee = {}) {
    return {.type = InboxType::preview,
            .summary = std::move(summary),
            .asked = {{"skill", {{"name", "Post"}, {"input", {{"to", "Ada"}}}}}},
            .about = {},
            .assignee = assignee,
            .expires_at = {}};
}

} // namespace

TEST(InboxPeople, an_item_that_no_run_waits_for_tells_who_asks_and_about_what) {
    People world;
    inbox::Draft draft = question("May we?");
    draft.about = world.make().id;
    const InboxItem item = world.create(draft);
    EXPECT_FALSE(item.execution);
    EXPECT_EQ(item.about, draft.about);
    EXPECT_EQ(item.execution_uuid, world.find(draft.about).uuid);
    EXPECT_EQ(item.executed_by_id, world.scope.principal.id);
    EXPECT_EQ(item.executed_by_name, "Ada");
    EXPECT_EQ(item.status, InboxStatus::pending);
    // What becomes of the execution is nothing to it.
    Tx tx = world.tx();
    must(executions::request_stop(tx, world.scope, draft.about));
    EXPECT_EQ(world.now(item).status, InboxStatus::pending);
    EXPECT_EQ(must(world.answer(item, InboxStatus::approved)).status, InboxStatus::approved);
    EXPECT_EQ(People::code(world.answer(item, InboxStatus::rejected)), Code::conflict);
    draft.about = world.minter.mint<ExecutionTag>(1);
    EXPECT_EQ(People::code(inbox::create(tx, world.scope, draft)), Code::not_found);
    world.expect_no_violations();
}

TEST(InboxPeople, whom_it_is_assigned_to_alone_answers_or_an_editor) {
    People world;
    const InboxItem item = world.create(question("May we?", world.ada));
    EXPECT_EQ(item.assignee, world.ada);
    EXPECT_EQ(item.assignee_name, "ada");
    const auto rejected = InboxStatus::rejected;
    EXPECT_EQ(People::code(world.answer_as(People::person(world.bob), item, rejected)),
              Code::forbidden);
    EXPECT_EQ(People::code(world.change(item, {.assignee = world.bob}, People::person(world.bob))),
              Code::forbidden)
        << "nobody takes what is another's";
    EXPECT_EQ(world.now(item).status, InboxStatus::pending);
    const auto handed = world.change(item, {.assignee = world.bob}, People::person(world.ada));
    ASSERT_TRUE(handed) << handed.error().message;
    EXPECT_EQ(handed->assignee, world.bob);
    EXPECT_EQ(People::code(world.answer_as(People::person(world.ada), item, rejected)),
              Code::forbidden);
    EXPECT_TRUE(world.answer_as(People::person(world.eve, Role::editor), item, rejected));
    EXPECT_EQ(People::code(world.change(item, {.assignee = UserId{}}, People::person(world.bob))),
              Code::conflict)
        << "it is closed";
    EXPECT_EQ(People::code(world.change(world.create(question("Or we?")), {.assignee = world.eve},
                                        People::person(world.ada))),
              Code::invalid)
        << "a viewer may not answer";
    world.expect_no_violations();
}

TEST(InboxPeople, two_people_approve_the_same_input_and_not_who_started_it) {
    People world;
    inbox::Draft draft = question("May we?");
    draft.four_eyes = true;
    world.scope.principal = People::person(world.eve);
    const InboxItem item = world.create(draft);
    const auto approve = [&](const Principal& by, json::object with = {}) {
        return world.answer_as(by, item, InboxStatus::approved, std::move(with));
    };
    EXPECT_EQ(People::code(approve(People::person(world.eve, Role::owner))), Code::forbidden);
    EXPECT_EQ(People::code(approve({Principal::Kind::api_key, "k", "key", Role::owner})),
              Code::forbidden);
    EXPECT_EQ(People::code(approve({Principal::Kind::system, "", "clock", Role::owner})),
              Code::forbidden);
    EXPECT_EQ(must(approve(People::person(world.ada))).status, InboxStatus::input_required);
    EXPECT_EQ(People::code(approve(People::person(world.ada))), Code::conflict);
    // Another input needs two again, and a draft takes the approval away.
    const json::object other{{"input", {{"to", "Bob"}}}};
    const InboxItem changed = must(approve(People::person(world.bob), other));
    EXPECT_EQ(changed.status, InboxStatus::input_required);
    EXPECT_EQ(changed.answer.at("approvals").as_array().size(), 1U);
    must(world.answer_as(People::person(world.ada), item, InboxStatus::input_required, other));
    EXPECT_EQ(must(approve(People::person(world.bob), other)).status, InboxStatus::input_required);
    const InboxItem done = must(approve(People::person(world.ada), other));
    EXPECT_EQ(done.status, InboxStatus::approved);
    EXPECT_EQ(done.answer.at("approvals").as_array().size(), 2U);
    world.expect_no_violations();
}

TEST(InboxPeople, one_of_two_rejects) {
    People world;
    inbox::Draft draft = question("May we?");
    draft.four_eyes = true;
    const InboxItem item = world.create(draft);
    must(world.answer_as(People::person(world.ada), item, InboxStatus::approved));
    EXPECT_EQ(must(world.answer_as(People::person(world.bob), item, InboxStatus::rejected)).status,
              InboxStatus::rejected);
}

TEST(InboxPeople, an_agents_rules_go_with_what_it_asks) {
    People world;
    Ask ask = InboxWorld::ask();
    ask.rules = {.expires_in = seconds(60),
                 .on_expiry = OnExpiry::stop,
                 .four_eyes = true,
                 .assignee = world.bob};
    const InboxItem item = world.item_of(world.waits(ask));
    EXPECT_EQ(item.expires_at, world.clock.now() + seconds(60));
    EXPECT_EQ(item.on_expiry, OnExpiry::stop);
    EXPECT_TRUE(item.four_eyes);
    EXPECT_EQ(item.assignee, world.bob);
    ask.rules.assignee = world.eve;
    EXPECT_FALSE(world.item_of(world.waits(ask)).assignee) << "a viewer cannot answer";
    world.expect_no_violations();
}

TEST(InboxPeople, what_is_due_is_found_until_it_is_closed) {
    People world;
    inbox::Draft draft = question("May we?");
    draft.expires_at = world.clock.now() + seconds(10);
    const InboxItem first = world.create(draft);
    draft.expires_at = world.clock.now() + seconds(5);
    const InboxItem second = world.create(draft);
    world.create(question("Whenever?"));
    Tx tx = world.tx();
    EXPECT_TRUE(must(inbox::due(tx, world.clock.now())).empty());
    const auto due = must(inbox::due(tx, world.clock.now() + seconds(10)));
    ASSERT_EQ(due.size(), 2U);
    EXPECT_EQ(due[0].id, second.id);
    EXPECT_EQ(due[1].project, world.scope.project);
    must(world.answer(second, InboxStatus::approved));
    must(world.change(first, {.expires_at = std::optional<Instant>()}, People::person(world.ada)));
    EXPECT_TRUE(must(inbox::due(tx, world.clock.now() + seconds(10))).empty());
}

TEST(InboxPeople, time_brings_only_what_it_can) {
    using inbox::check_on_expiry;
    EXPECT_TRUE(check_on_expiry(InboxType::preview, true, false, OnExpiry::approve));
    EXPECT_FALSE(check_on_expiry(InboxType::preview, true, true, OnExpiry::approve));
    EXPECT_FALSE(check_on_expiry(InboxType::runtime_input, false, false, OnExpiry::approve));
    EXPECT_TRUE(check_on_expiry(InboxType::runtime_input, false, false, OnExpiry::reject));
    EXPECT_FALSE(check_on_expiry(InboxType::uncertain_effect, true, false, OnExpiry::reject));
    EXPECT_TRUE(check_on_expiry(InboxType::uncertain_effect, true, false, OnExpiry::stop));
}

namespace {

/// What a list must show, by looking at every item.
std::vector<InboxId> expected(const std::vector<InboxItem>& items, const inbox::Filter& filter) {
    std::vector<InboxId> ids;
    for (const InboxItem& item : items) {
        if (filter.status && item.status != *filter.status) continue;
        if (filter.type && item.type != *filter.type) continue;
        if (filter.assignee && item.assignee != *filter.assignee) continue;
        if (filter.to_do_of && (!is_open(item.status) || (!filter.assignee && item.assignee &&
                                                          item.assignee != *filter.to_do_of)))
            continue;
        const auto words = summary_words(item.summary);
        if (!std::ranges::includes(words, summary_words(filter.search))) continue;
        ids.push_back(item.id);
    }
    std::ranges::sort(ids, std::greater{});
    return ids;
}

inbox::Filter some_filter(std::mt19937& random, const std::vector<UserId>& users) {
    const auto one_of = [&](int n) { return std::uniform_int_distribution(0, n - 1)(random); };
    inbox::Filter filter;
    if (one_of(2)) filter.status = static_cast<InboxStatus>(one_of(6));
    if (one_of(2)) filter.type = static_cast<InboxType>(one_of(3));
    if (one_of(3) == 0) filter.assignee = users[static_cast<std::size_t>(one_of(3))];
    if (one_of(4) == 0) filter.to_do_of = users[static_cast<std::size_t>(one_of(3))];
    static const char* searches[] = {"letter",  "Letter three", "to two letter",
                                     "nowhere", "four five",    "one"};
    if (one_of(2)) filter.search = searches[one_of(6)];
    filter.limit = 1 + one_of(9);
    return filter;
}

} // namespace

TEST(InboxPeople, every_filter_finds_what_looking_at_each_item_finds) {
    People world;
    std::mt19937 random(11);
    const auto one_of = [&](int n) { return std::uniform_int_distribution(0, n - 1)(random); };
    const std::vector<UserId> users{{}, world.ada, world.bob};
    static const char* names[] = {"one", "two", "three", "four", "five"};
    std::vector<InboxItem> items;
    for (int i = 0; i < 150; ++i) {
        inbox::Draft draft =
            question(fmt::format("Letter {} to {}", names[one_of(5)], names[one_of(5)]),
                     users[static_cast<std::size_t>(one_of(3))]);
        draft.type = static_cast<InboxType>(one_of(3));
        InboxItem item = world.create(draft);
        const Principal boss = People::person(world.eve, Role::owner);
        if (one_of(3) > 0)
            item = must(world.answer_as(boss, item, static_cast<InboxStatus>(1 + one_of(5))));
        if (is_open(item.status) && one_of(2))
            item = must(
                world.change(item, {.assignee = users[static_cast<std::size_t>(one_of(3))]}, boss));
        items.push_back(std::move(item));
    }
    world.expect_no_violations();
    int found = 0;
    for (int i = 0; i < 300; ++i) {
        inbox::Filter filter = some_filter(random, users);
        const auto wanted = expected(items, filter);
        std::vector<InboxId> seen;
        for (;;) {
            const auto page = world.list(filter);
            EXPECT_EQ(page.total, std::ssize(wanted)) << i << " " << filter.search;
            EXPECT_TRUE(page.is_total_exact);
            for (const InboxItem& item : page.items) seen.push_back(item.id);
            if (std::ssize(page.items) < filter.limit) break;
            filter.after = page.items.back().id;
        }
        EXPECT_EQ(seen, wanted) << i << " " << filter.search;
        found += static_cast<int>(seen.size());
    }
    EXPECT_GT(found, 1'000) << "the filters find something";
}

TEST(InboxPeople, a_search_is_counted_to_a_limit_and_shown_to_the_end) {
    People world;
    const auto rare = world.create(question("Letter of one kind", world.ada)).id;
    for (std::int64_t i = 0; i < inbox::found_max; ++i) {
        inbox::Draft draft = question("Letter of another kind", i % 2 ? world.bob : UserId{});
        draft.type = i % 7 ? InboxType::preview : InboxType::uncertain_effect;
        world.create(draft);
    }
    const auto found = [&](inbox::Filter filter) { return world.list(std::move(filter)); };
    EXPECT_EQ(found({.search = "letter"}).total, inbox::found_max);
    EXPECT_FALSE(found({.search = "letter kind"}).is_total_exact);
    EXPECT_EQ(found({.search = "letter another"}).total, inbox::found_max);
    EXPECT_EQ(found({.assignee = world.bob, .search = "letter"}).total, inbox::found_max / 2);
    const auto ids = [](const auto& page) {
        std::vector<InboxId> all;
        for (const InboxItem& item : page.items) all.push_back(item.id);
        return all;
    };
    const InboxId middle = found({.limit = 200}).items.back().id;
    for (const InboxId& after : {InboxId{}, middle})
        EXPECT_EQ(ids(found({.search = "letter kind", .after = after, .limit = 60})),
                  ids(found({.after = after, .limit = 60})))
            << "of both types, the newest first";
    const auto page = found({.search = "kind one letter"});
    EXPECT_TRUE(page.is_total_exact);
    EXPECT_EQ(page.total, 1);
    ASSERT_EQ(page.items.size(), 1U);
    EXPECT_EQ(page.items.front().id, rare);
}

// The words and numbers of what was there before, which each database makes by itself.
TEST(InboxPeople, an_older_inbox_is_found_by_its_words_too) {
    InboxWorld world;
    for (const char* summary :
         {"\"Writer\" asks: may I use Post - Send?", "ÄNNE's Straße; 100% of _all_", "x",
          "a-very-long-word-of-0123456789012345678901234567890123456789012345 digits"})
        world.waits(InboxWorld::ask(summary));
    const auto rows = [&] {
        return std::pair(world.count("inbox_word"), world.inbox_violations());
    };
    const auto before = rows();
    EXPECT_GT(before.first, 20);
    world.execute("DELETE FROM inbox_word; DELETE FROM inbox_count");
    EXPECT_FALSE(rows().second.empty());
    for (const Migration& migration : migrations()) {
        const bool sqlite = world.connection.dialect() == Dialect::sqlite;
        if (number_of(migration) != 22 ||
            migration.name.ends_with(sqlite ? ".postgres.sql" : ".sqlite.sql"))
            continue;
        const std::string sql = sqlite ? in_sqlite(migration.sql) : in_postgres(migration.sql);
        const auto part = [&](const char* from, const char* to) {
            return sql.substr(sql.find(from), sql.find(to) - sql.find(from));
        };
        world.execute(part("INSERT INTO inbox_count", "-- The words"));
        world.execute(
            part(sqlite ? "WITH RECURSIVE" : "INSERT INTO inbox_word", "-- Items of which people"));
    }
    EXPECT_EQ(rows(), before);
    EXPECT_EQ(world.list({.search = "straße 100"}).total, 1);
    EXPECT_EQ(world.list({.search = "Ännes"}).total, 0);
}

} // namespace weft::store
