// Projects that an import fills, and projects in the trash, as the store sees them.
#include "store/project_filling.h"
#include "store/connectors.h"
#include "store/removal.h"
#include "store/test_world.h"

namespace weft::store {

namespace {

std::string code(const auto& result) { return result ? "" : result.error().message; }

bool is_pending(Rx& rx, const ProjectId& project, Instant at) {
    return std::ranges::count(must(removal::pending(rx, at)), project, &Project::id) > 0;
}

} // namespace

TEST(ProjectFilling, is_seen_by_nobody_before_it_is_published) {
    World world;
    Tx tx = world.tx();
    const Project begun = must(projects::begin(tx, world.scope, {.name = "made of a file"}));
    const Scope inside{begun.organization, begun.id, world.scope.principal};
    EXPECT_FALSE(projects::find(tx, inside, begun.id));
    EXPECT_FALSE(projects::find_by_name(tx, inside, "made of a file"));
    EXPECT_FALSE(projects::find_by_ordinal(tx, begun.ordinal));
    EXPECT_EQ(must(projects::list(tx, inside)).total, 1);
    EXPECT_EQ(must(projects::ordinal_of(tx, inside)), begun.ordinal);
    EXPECT_TRUE(projects::fill_on(tx, inside));
    const ConnectorAccount account{
        .id = world.minter.mint<ConnectorTag>(begun.ordinal), .category = "restful", .name = "Web"};
    EXPECT_TRUE(connectors::insert(tx, inside, account));
    EXPECT_FALSE(is_pending(tx, begun.id, world.clock.now()));
    EXPECT_TRUE(must(removal::any_filled(tx)));

    const Project made = must(projects::publish(tx, inside, begun.name));
    EXPECT_EQ(made.name, "made of a file");
    EXPECT_EQ(must(projects::list(tx, inside)).total, 2);
    EXPECT_EQ(must(connectors::list(tx, inside)).size(), 1U);
    EXPECT_FALSE(must(removal::any_filled(tx)));
    EXPECT_FALSE(projects::fill_on(tx, inside)) << "it is a project like others";
    EXPECT_FALSE(projects::publish(tx, inside, begun.name));
    world.clock.advance(2 * projects::fill_time);
    EXPECT_FALSE(is_pending(tx, begun.id, world.clock.now()));
}

TEST(ProjectFilling, one_that_nobody_goes_on_with_is_removed) {
    World world;
    const Project begun = [&] {
        Tx tx = world.tx();
        return must(projects::begin(tx, world.scope, {.name = "broken off"}));
    }();
    const Scope inside{begun.organization, begun.id, world.scope.principal};
    world.clock.advance(projects::fill_time - seconds(1));
    {
        Tx tx = world.tx();
        EXPECT_FALSE(is_pending(tx, begun.id, tx.now()));
        EXPECT_TRUE(projects::fill_on(tx, inside));
    }
    world.clock.advance(projects::fill_time - seconds(1));
    {
        Tx tx = world.tx();
        EXPECT_FALSE(is_pending(tx, begun.id, tx.now())) << "somebody went on";
    }
    world.clock.advance(seconds(1));
    Tx tx = world.tx();
    EXPECT_TRUE(is_pending(tx, begun.id, tx.now()));
    EXPECT_FALSE(projects::fill_on(tx, inside)) << "whoever comes too late must not go on";
    EXPECT_FALSE(projects::publish(tx, inside, begun.name));
    EXPECT_TRUE(must(removal::finish(tx, begun)));
    EXPECT_EQ(world.count("project"), 1);
}

TEST(ProjectFilling, one_that_was_given_up_is_removed_at_once) {
    World world;
    Tx tx = world.tx();
    const Project begun = must(projects::begin(tx, world.scope, {.name = "given up"}));
    const Scope inside{begun.organization, begun.id, world.scope.principal};
    EXPECT_TRUE(projects::give_up(tx, inside));
    EXPECT_TRUE(is_pending(tx, begun.id, tx.now()));
    EXPECT_FALSE(projects::fill_on(tx, inside));
    EXPECT_FALSE(projects::ordinal_of(tx, inside));
    EXPECT_TRUE(projects::begin(tx, world.scope, {.name = "given up"})) << "its name is free";
}

TEST(ProjectFilling, its_name_may_be_taken_meanwhile) {
    World world;
    Tx tx = world.tx();
    const Project begun = must(projects::begin(tx, world.scope, {.name = "wanted"}));
    const Scope inside{begun.organization, begun.id, world.scope.principal};
    must(projects::create(tx, world.scope, {.name = "wanted"}));
    EXPECT_EQ(code(projects::publish(tx, inside, begun.name)),
              "There is already a project named \"wanted\".");
}

TEST(ProjectTrash, nothing_is_made_or_claimed_in_it_and_it_comes_back_when_all_is_stopped) {
    World world;
    world.make();
    Tx tx = world.tx();
    const Project trashed = must(projects::put_in_trash(tx, world.scope, world.scope.project));
    EXPECT_EQ(trashed.trashed_at, tx.now());
    EXPECT_EQ(must(projects::find(tx, world.scope, trashed.id)).trashed_at, tx.now());
    EXPECT_TRUE(code(projects::ordinal_of(tx, world.scope)).contains("in the trash"));
    EXPECT_EQ(must(projects::list(tx, world.scope)).total, 0);
    EXPECT_EQ(must(projects::list(tx, world.scope, {.trash = projects::Trash::inside})).total, 1);
    EXPECT_EQ(must(projects::list(tx, world.scope, {.trash = projects::Trash::both})).total, 1);
    ASSERT_EQ(must(removal::alive_in_trash(tx)).size(), 1U);
    EXPECT_TRUE(code(projects::restore(tx, world.scope, trashed.id)).contains("still"));
    claims::Turn turn;
    EXPECT_TRUE(world.claim(10, turn).empty());
    EXPECT_EQ(must(removal::stop_some(tx, trashed, 10)).count, 1);
    EXPECT_TRUE(must(removal::alive_in_trash(tx)).empty());
    EXPECT_FALSE(must(projects::restore(tx, world.scope, trashed.id)).trashed_at);
    EXPECT_TRUE(projects::ordinal_of(tx, world.scope));
    EXPECT_FALSE(projects::restore(tx, world.scope, trashed.id));
    EXPECT_FALSE(is_pending(tx, trashed.id, tx.now()));
}

} // namespace weft::store
