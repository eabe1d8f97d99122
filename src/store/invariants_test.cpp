#include "store/invariants_testing.h"

#include "store/test_world.h"

#include <gmock/gmock.h>

namespace weft::store {

namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

/// An execution that has done one effect and is at a second one.
struct Broken : World {
    Execution run = make();
    Claim mine = claim_one();

    Broken() {
        StepCommit first = step(mine);
        first.results.clear();
        first.usage = {};
        first.intent->payload = R"({"s":0,"n":1,"a":1})";
        commit(first);
        StepCommit second = step(mine, 2);
        second.results[0].payload = R"({"s":0,"n":1,"a":1,"u":[10,20,30,40],"d":{"cr":60}})";
        second.intent->payload = R"({"s":0,"n":2,"a":1})";
        second.usage = {10, 20, 30, 100};
        second.ledger = {{.usage = {10, 20, 30, 100}}};
        commit(second);
    }
    std::vector<std::string> found() {
        Tx to = tx();
        return must(violations(to));
    }
    /// One more row.
    void append(int kind, const std::string& payload) {
        execute(fmt::format("INSERT INTO journal (project_id, execution_id, seq, kind, at, payload,"
                            " total_input_tokens, total_output_tokens, total_cost_micro_usd,"
                            " total_credits_micro)"
                            " SELECT project_id, execution_id, seq + 1, {}, 0, '{}',"
                            " total_input_tokens, total_output_tokens, total_cost_micro_usd,"
                            " total_credits_micro FROM journal ORDER BY seq DESC LIMIT 1",
                            kind, payload));
    }
};

} // namespace

TEST(Invariants, hold_of_an_ordinary_run) { EXPECT_THAT(Broken().found(), IsEmpty()); }

TEST(Invariants, each_is_seen_when_it_is_broken) {
    struct Case {
        std::function<void(Broken&)> breaks;
        const char* seen;
    };
    const Case cases[] = {
        {[](Broken& to) { to.execute("UPDATE journal SET seq = 9 WHERE seq = 3"); },
         "invariants.numbering"},
        {[](Broken& to) {
             to.execute("UPDATE journal SET total_output_tokens = 21 WHERE seq = 3");
         },
         "invariants.counters"},
        {[](Broken& to) { to.execute("DELETE FROM ledger"); }, "invariants.charges"},
        {[](Broken& to) { to.append(2, R"({"s":0,"n":1,"a":1})"); }, "invariants.attempts"},
        {[](Broken& to) { to.append(2, R"({"s":0,"n":3,"a":1})"); }, "invariants.unmeant"},
        {[](Broken& to) { to.append(4, "{}"); }, "invariants.ends"},
        {[](Broken& to) { to.set(to.run.id, "state = 4, owner = 0"); }, "invariants.ends"},
        {[](Broken& to) { to.set(to.run.id, "state = 6"); }, "invariants.owners"},
        {[](Broken& to) { to.set(to.run.id, "owner = 0"); }, "invariants.forgotten"},
    };
    for (const Case& each : cases) {
        Broken world;
        each.breaks(world);
        EXPECT_THAT(world.found(), ElementsAre(StartsWith(each.seen))) << each.seen;
    }
}

} // namespace weft::store
