// Plans, credits and what is counted for them; what the ledger says is the only truth.
#include "store/plans.h"

#include "store/agentflows.h"
#include "store/ledger.h"
#include "store/organizations.h"
#include "store/projects.h"
#include "store/removal.h"
#include "store/test_world.h"
#include "store/usage.h"

#include <random>

#include <gmock/gmock.h>

namespace weft::store {

namespace {

using ::testing::HasSubstr;

constexpr std::int64_t credit = 1'000'000;
constexpr std::chrono::hours day{24};

struct PlanWorld : World {
    Tx at = tx();
    Organization organization = must(organizations::create(at, "Ours", scope.organization));

    Tx now() { return tx(); }
    void charge(std::int64_t credits_micro) { charge_in(scope, credits_micro); }
    void charge_in(const Scope& in, std::int64_t credits_micro) {
        Tx to = tx();
        must(ledger::append(to, in.project, {}, {.model = "m", .usage = {1, 2, 3, credits_micro}}));
    }
    plans::Terms change(const plans::Change& change) {
        Tx to = tx();
        return must(plans::change(to, scope.organization, change));
    }
    /// A plan with so many credits a cycle, from the day before this one on.
    void grant(std::int64_t credits) {
        change({.plan = "team", .overrides = {{"subscription_credits", credits}}});
    }
    void top_up(std::int64_t credits) {
        Tx to = tx();
        EXPECT_TRUE(
            must(plans::top_up(to, scope.organization, minter.mint<TopUpTag>(0), credits, "")));
    }
    plans::Credits credits() {
        Tx to = tx();
        return must(plans::credits_left(to, scope.organization, clock.now()));
    }
    /// "subscription + top-ups" that are left, in whole credits.
    std::string left() {
        const auto now = credits();
        return fmt::format("{} + {}", now.subscription_left_micro / credit,
                           now.top_up_left_micro / credit);
    }
    void settle() {
        Tx to = tx();
        must(plans::settle(to, scope.organization, clock.now()));
    }
    std::int64_t used(Quota quota) {
        Tx to = tx();
        return must(usage::count(to, scope.organization, quota, midnight_before(clock.now())));
    }
    Result<> check(Quota quota) {
        Tx to = tx();
        const Quota grown[] = {quota};
        return plans::check(to, scope.organization, grown);
    }
    void remove_project() {
        Tx to = tx();
        const Project project = must(projects::mark_deleted(to, scope, scope.project));
        while (!must(removal::finish(to, project))) {}
    }
};

} // namespace

TEST(Plans, nothing_is_limited_without_one) {
    PlanWorld world;
    world.charge(1'000'000 * credit);
    Tx tx = world.now();
    EXPECT_FALSE(must(plans::find(tx, world.scope.organization)));
    EXPECT_FALSE(must(plans::is_limited(tx, world.scope.organization)));
    EXPECT_FALSE(world.credits().is_used_up());
    EXPECT_TRUE(world.check(Quota::projects));
}

TEST(Plans, a_subscription_is_used_before_top_ups_and_ends_with_its_cycle) {
    PlanWorld world;
    world.grant(10);
    world.top_up(5);
    EXPECT_EQ(world.left(), "10 + 5");
    world.charge(4 * credit);
    EXPECT_EQ(world.left(), "6 + 5");
    world.charge(8 * credit);
    EXPECT_EQ(world.left(), "0 + 3");
    EXPECT_FALSE(world.credits().is_used_up());
    world.charge(4 * credit); // was under way when the last credit went
    EXPECT_EQ(world.left(), "0 + -1");
    EXPECT_TRUE(world.credits().is_used_up());
    world.top_up(3);
    EXPECT_EQ(world.left(), "0 + 2") << "what went beyond is made up for";
    world.clock.advance(31 * day);
    EXPECT_EQ(world.left(), "10 + 2");
    world.clock.advance(31 * day);
    EXPECT_EQ(world.left(), "10 + 2") << "the unused subscription ends with its cycle";
    world.charge(11 * credit);
    EXPECT_EQ(world.left(), "0 + 1");
}

TEST(Plans, what_a_cycle_cost_beyond_everything_ends_with_it) {
    PlanWorld world;
    world.grant(10);
    world.charge(25 * credit);
    EXPECT_EQ(world.left(), "0 + -15");
    world.clock.advance(31 * day);
    EXPECT_EQ(world.left(), "10 + 0");
    world.settle();
    EXPECT_EQ(world.left(), "10 + 0");
}

// Against a plain count, with cycles settled at whatever time, or never.
TEST(Plans, credits_are_those_of_a_plain_count_whenever_cycles_are_settled) {
    for (unsigned seed = 0; seed < 6; ++seed) {
        PlanWorld world;
        std::mt19937 random(seed);
        const auto below = [&](int n) { return static_cast<int>(random() % unsigned(n)); };
        world.grant(20);
        const Instant from = midnight_before(world.clock.now());
        std::int64_t used = 0;
        std::int64_t top_ups = 0;
        BillingCycle cycle = cycle_at(from, world.clock.now());
        for (int step = 0; step < 150; ++step) {
            world.clock.advance(std::chrono::hours(below(60)));
            const BillingCycle here = cycle_at(from, world.clock.now());
            if (here != cycle) {
                top_ups -= std::clamp<std::int64_t>(used - 20, 0, top_ups);
                used = 0;
                cycle = here;
            }
            if (below(3) > 0) {
                const int credits = below(4);
                world.charge(credits * credit);
                used += credits;
            }
            if (below(12) == 0) {
                world.top_up(7);
                top_ups += 7;
            }
            if (seed % 2 == 1 && below(9) == 0) world.settle();
            EXPECT_EQ(world.left(), fmt::format("{} + {}", std::max<std::int64_t>(0, 20 - used),
                                                top_ups - std::max<std::int64_t>(0, used - 20)))
                << seed << " " << step;
        }
        if (seed % 2 == 1) EXPECT_GT(world.count("credit_cycle"), 2);
    }
}

TEST(Plans, only_cycles_that_are_over_are_settled_and_each_once) {
    PlanWorld world;
    world.grant(10);
    world.charge(12 * credit);
    const auto due = [&] {
        Tx tx = world.now();
        return must(plans::unsettled(tx, world.clock.now())).size();
    };
    EXPECT_EQ(due(), 0U);
    world.clock.advance(70 * day);
    EXPECT_EQ(due(), 1U);
    world.settle();
    world.settle();
    EXPECT_EQ(due(), 0U);
    EXPECT_EQ(world.count("credit_cycle"), 2);
    EXPECT_EQ(world.count("credit_cycle WHERE used_micro = 12000000 AND top_up_micro = 0"), 1);
}

TEST(Plans, a_trial_grants_nothing_after_its_end) {
    PlanWorld world;
    const auto terms = world.change({.plan = "trial"});
    EXPECT_EQ(terms.trial_ends_at, world.clock.now() + 14 * day);
    EXPECT_EQ(world.left(), "50 + 0");
    world.clock.advance(14 * day);
    EXPECT_TRUE(world.credits().is_used_up());
    world.top_up(2);
    EXPECT_EQ(world.left(), "0 + 2");
    world.clock.advance(31 * day);
    EXPECT_EQ(world.left(), "0 + 2");
    world.change({.trial_ends_at = std::optional<Instant>{}});
    EXPECT_EQ(world.left(), "50 + 2");
}

TEST(Plans, another_plan_keeps_the_cycle_and_what_is_used_of_it) {
    PlanWorld world;
    world.grant(10);
    world.charge(8 * credit);
    world.clock.advance(2 * day);
    world.grant(100);
    EXPECT_EQ(world.left(), "92 + 0");
    world.change({.plan = "self_hosted", .overrides = {{"subscription_credits", nullptr}}});
    EXPECT_FALSE(world.credits().is_limited);
    world.grant(10);
    EXPECT_EQ(world.left(), "2 + 0");
}

TEST(Plans, a_cycle_can_be_ended_today) {
    PlanWorld world;
    world.grant(10);
    world.top_up(5);
    world.charge(12 * credit);
    world.clock.advance(3 * day);
    const Instant today = midnight_before(world.clock.now());
    EXPECT_EQ(world.change({.cycle_starts = world.clock.now()}).cycles_from, today);
    EXPECT_EQ(world.left(), "10 + 3");
    Tx tx = world.now();
    for (const Instant wrong : {Instant{today.us - 1}, Instant{today.us + 86'400'000'000}}) {
        const auto refused = plans::change(tx, world.scope.organization, {.cycle_starts = wrong});
        ASSERT_FALSE(refused);
        EXPECT_THAT(refused.error().message, HasSubstr("to today"));
    }
}

TEST(Plans, a_top_up_is_added_once) {
    PlanWorld world;
    world.grant(10);
    const auto id = world.minter.mint<TopUpTag>(0);
    Tx tx = world.now();
    EXPECT_TRUE(must(plans::top_up(tx, world.scope.organization, id, 7, "invoice 1")));
    EXPECT_FALSE(must(plans::top_up(tx, world.scope.organization, id, 7, "invoice 1")));
    EXPECT_EQ(world.left(), "10 + 7");
    EXPECT_FALSE(plans::top_up(tx, world.scope.organization, id, 0, ""));
    EXPECT_FALSE(plans::top_up(tx, world.minter.mint<OrganizationTag>(0), id, 7, ""));
}

TEST(Plans, what_is_no_plan_and_no_limit_is_refused) {
    PlanWorld world;
    const std::pair<plans::Change, const char*> refused[] = {
        {{.plan = "gold"}, "self_hosted, trial, starter, team"},
        {{.overrides = {{"number_of_cats", 1}}}, "no limit of this name"},
        {{.overrides = {{"number_of_projects", -1}}}, "from 0 to 1000000000"},
        {{.overrides = {{"number_of_projects", "3"}}}, "from 0 to 1000000000"},
    };
    for (const auto& [change, says] : refused) {
        Tx tx = world.now();
        const auto outcome = plans::change(tx, world.scope.organization, change);
        ASSERT_FALSE(outcome) << says;
        EXPECT_EQ(outcome.error().code, Code::invalid);
        EXPECT_THAT(outcome.error().message, HasSubstr(says));
    }
    EXPECT_EQ(world.count("organization_plan"), 0);
}

TEST(Plans, each_quota_counts_all_projects_of_the_organization_and_no_other) {
    PlanWorld world;
    const Scope foreign = world.project();
    Tx tx = world.now();
    const Scope second{world.scope.organization,
                       must(projects::create(tx, world.scope, {.name = "Second"})).id,
                       world.scope.principal};
    for (const Scope& in : {world.scope, second, foreign}) {
        const std::string project = world.bytes(in.project);
        const auto id = [&] { return world.bytes(world.minter.mint<FileTag>(1)); };
        world.make_in(in);
        world.execute(fmt::format("INSERT INTO agentflow (project_id, id, name, is_active, "
                                  "is_deleted, version_id, version_number, created_at, updated_at, "
                                  "last_used) VALUES ({0}, {1}, 'f', 1, 0, {1}, 1, 0, 0, 0), "
                                  "({0}, {2}, 'gone', 1, 1, {2}, 1, 0, 0, 0)",
                                  project, id(), id()));
        for (const char* category : {"restful", "content_creator", "files", "tables", "flow"})
            world.execute(fmt::format(
                "INSERT INTO connector (project_id, id, category, name, description, status, "
                "reason, config, created_at, updated_at) VALUES ({}, {}, '{}', '', '', '', '', "
                "'{{}}', 0, 0)",
                project, id(), category));
        world.execute(
            fmt::format("INSERT INTO data_table (project_id, id, name, columns, triggers, "
                        "created_at, updated_at) VALUES ({}, {}, 't', '[]', '[]', 0, 0)",
                        project, id()));
        world.execute(fmt::format("INSERT INTO file (project_id, id, name, media_type, size, "
                                  "status, reason, tags, pages, created_at) VALUES ({}, {}, 'f', "
                                  "'', 1500000, 2, '', '[]', 0, 0)",
                                  project, id()));
    }
    EXPECT_EQ(world.used(Quota::projects), 2);
    EXPECT_EQ(world.used(Quota::agentflows), 2);
    EXPECT_EQ(world.used(Quota::connectors), 2);
    EXPECT_EQ(world.used(Quota::tables), 2);
    EXPECT_EQ(world.used(Quota::files), 2);
    EXPECT_EQ(world.used(Quota::storage_mb), 3);
    EXPECT_EQ(world.used(Quota::executions), 2);
    EXPECT_EQ(world.used(Quota::members), 0);

    for (const QuotaWords& each : quota_words()) {
        if (each.quota == Quota::members) continue;
        const std::int64_t used = world.used(each.quota);
        world.change({.plan = "self_hosted", .overrides = {{each.name, used}}});
        EXPECT_TRUE(world.check(each.quota)) << each.name;
        world.change({.overrides = {{each.name, used - 1}}});
        const auto refused = world.check(each.quota);
        ASSERT_FALSE(refused) << each.name;
        EXPECT_EQ(refused.error().code, Code::payment_required);
        EXPECT_THAT(refused.error().message, HasSubstr(each.name));
        EXPECT_EQ(refused.error().fields.at(0).field, each.name);
    }
}

TEST(Plans, executions_count_anew_in_each_cycle) {
    PlanWorld world;
    world.change({.plan = "starter", .overrides = {{"number_of_executions", 2}}});
    world.make();
    world.make();
    EXPECT_TRUE(world.check(Quota::executions));
    world.make();
    const auto refused = world.check(Quota::executions);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("next cycle, which begins on 2023-12-14"));
    world.clock.advance(31 * day);
    world.make();
    EXPECT_TRUE(world.check(Quota::executions));
}

// Nobody gets credits or executions back by deleting the project that used them.
TEST(Plans, what_a_deleted_project_used_stays_used) {
    PlanWorld world;
    world.grant(100);
    for (int i = 0; i < 50; ++i) {
        world.charge(credit);
        world.make();
    }
    world.clock.advance(2 * day);
    for (int i = 0; i < 20; ++i) world.charge(credit);
    const Instant begin = world.credits().cycle.begins_at;
    const auto executions = [&] {
        Tx tx = world.now();
        return must(usage::count(tx, world.scope.organization, Quota::executions, begin));
    };
    EXPECT_EQ(world.left(), "30 + 0");
    EXPECT_EQ(executions(), 50);
    Tx tx = world.now();
    const Project project = must(projects::mark_deleted(tx, world.scope, world.scope.project));
    int slices = 0;
    do {
        ++slices;
        EXPECT_EQ(world.left(), "30 + 0") << slices;
        EXPECT_EQ(executions(), 50) << slices;
    } while (!must(removal::finish(tx, project)));
    EXPECT_GT(slices, 5);
    EXPECT_EQ(world.count("ledger"), 0);
    EXPECT_EQ(world.left(), "30 + 0");
    EXPECT_EQ(executions(), 50);
    EXPECT_EQ(world.count("usage_removed"), 2) << "one a day";
    world.clock.advance(31 * day);
    EXPECT_EQ(world.left(), "100 + 0");
}

} // namespace weft::store
