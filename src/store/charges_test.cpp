// The credit history of an organization.
#include "store/charges.h"

#include "store/projects.h"
#include "store/test_world.h"

namespace weft::store {

namespace {

using charges::ChargeKind;
using charges::Filter;

struct ChargeWorld : World {
    Scope foreign = project();
    Scope second = another_project();
    Execution run = make();
    int made = 0;

    Scope another_project() {
        Tx to = tx();
        const Project made_now = must(projects::create(to, scope, {.name = "Second"}));
        return {scope.organization, made_now.id, scope.principal};
    }
    void charge(const Scope& in, const char* model = "openai/gpt-4o",
                const ExecutionId& execution = {}) {
        Tx to = tx();
        must(ledger::append(to, in.project, execution,
                            {.agent_title = std::to_string(++made),
                             .model = model,
                             .usage = {100, 11, 5, 30'000}}));
        clock.advance(seconds(60));
    }
    charges::Page page(const Filter& filter) {
        Tx to = tx();
        return must(charges::list(to, scope, filter));
    }
    /// The numbers of charges, in the list's order.
    static std::string numbers(const std::vector<charges::Charged>& charges) {
        std::string text;
        for (const auto& each : charges) text += (text.empty() ? "" : " ") + each.entry.agent_title;
        return text;
    }
    std::string list(const Filter& filter = {}) { return numbers(page(filter).charges); }
};

} // namespace

TEST(Charges, are_those_of_all_projects_newest_first) {
    ChargeWorld world;
    world.charge(world.scope);
    world.charge(world.second);
    world.charge(world.foreign);
    world.charge(world.scope, "weft/rehearsal", world.run.id);
    world.charge(world.second);
    EXPECT_EQ(world.list(), "5 4 2 1");
    const auto page = world.page({.limit = 2, .skip = 1});
    EXPECT_EQ(world.numbers(page.charges), "4 2");
    EXPECT_EQ(page.total, 4);
    EXPECT_EQ(page.credits_micro, 120'000);
    const auto& step = page.charges[0];
    EXPECT_EQ(step.entry.execution_uuid, world.run.uuid);
    EXPECT_EQ(step.project, world.scope.project);
    EXPECT_EQ(step.project_name, "p");
    EXPECT_EQ(page.charges[1].project_name, "Second");
    EXPECT_FALSE(page.charges[1].entry.execution);
    EXPECT_EQ(step.entry.input_tokens + step.entry.output_tokens, 111);
}

TEST(Charges, each_filter_chooses_and_counts_the_same) {
    ChargeWorld world;
    const Instant begin = world.clock.now();
    world.charge(world.scope);
    world.charge(world.scope, "groq/x", world.run.id);
    world.charge(world.second, "groq/x");
    world.charge(world.scope, "groq/x", world.run.id);
    Tx tx = world.tx();
    const auto flow = must(executions::find_start(tx, world.scope, world.run.id)).agentflow;
    const std::pair<Filter, const char*> cases[] = {
        {{.project = world.second.project}, "3"},
        {{.model = "groq/x"}, "4 3 2"},
        {{.model = "groq"}, ""},
        {{.agentflow = flow}, "4 2"},
        {{.agentflow = world.minter.mint<AgentflowTag>(1)}, ""},
        {{.kind = ChargeKind::agent_execution}, "4 2"},
        {{.kind = ChargeKind::llm_call}, "3 1"},
        {{.from = begin + seconds(60)}, "4 3 2"},
        {{.before = begin + seconds(60)}, "1"},
        {{.from = begin + seconds(60), .before = begin + seconds(180)}, "3 2"},
        {{.model = "groq/x", .agentflow = flow, .from = begin + seconds(90)}, "4"},
    };
    for (const auto& [filter, numbers] : cases) {
        const auto page = world.page(filter);
        EXPECT_EQ(world.numbers(page.charges), numbers);
        EXPECT_EQ(page.total, std::ssize(page.charges));
    }
    Tx again = world.tx();
    EXPECT_EQ(charges::list(again, world.scope, {.project = world.foreign.project}).error().code,
              Code::not_found);
}

// Rows that are charged meanwhile move nothing for whoever goes on after the last one he saw.
TEST(Charges, pages_follow_one_another_while_more_is_charged) {
    ChargeWorld world;
    for (int i = 0; i < 30; ++i) world.charge(i % 3 == 0 ? world.second : world.scope);
    std::string seen;
    Filter filter{.limit = 7};
    for (;;) {
        const auto page = world.page(filter);
        if (page.charges.empty()) break;
        seen += (seen.empty() ? "" : " ") + world.numbers(page.charges);
        filter.below = page.charges.back().entry.id;
        world.charge(world.scope);
    }
    std::string all;
    for (int i = 30; i > 0; --i) all += (all.empty() ? "" : " ") + std::to_string(i);
    EXPECT_EQ(seen, all);
}

TEST(Charges, within_one_second_the_order_is_always_the_same) {
    ChargeWorld world;
    for (int i = 0; i < 20; ++i) {
        Tx tx = world.tx();
        const Scope& in = i % 2 == 0 ? world.scope : world.second;
        must(ledger::append(tx, in.project, {}, {.agent_title = std::to_string(i), .model = "m"}));
    }
    const std::string whole = world.list();
    std::string pages;
    for (int skip = 0; skip < 20; skip += 3)
        pages += (skip > 0 ? " " : "") + world.list({.limit = 3, .skip = skip});
    EXPECT_EQ(pages, whole);
}

} // namespace weft::store
