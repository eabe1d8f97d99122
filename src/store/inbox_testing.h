#pragma once

#include "store/inbox.h"
#include "store/invariants_testing.h"
#include "store/test_world.h"

/// Executions that ask people, for the tests of the inbox.
namespace weft::store {

struct InboxWorld : World {
    InboxWorld() { scope.principal.name = "Ada"; }

    static Ask ask(std::string summary = "May I?", std::string asked = R"({"tool":"t"})",
                   InboxType type = InboxType::preview) {
        Ask made{.type = type, .agent_title = "Writer"};
        made.agent.bytes[11] = 7;
        made.summary = std::move(summary);
        made.asked = std::move(asked);
        return made;
    }

    /// A step whose intent waits for a person.
    StepCommit waiting(const Claim& claim, Ask of = ask()) {
        StepCommit made = step(claim);
        made.next_state = ExecutionState::input_required;
        made.release = true;
        made.ask = std::move(of);
        return made;
    }
    /// An execution that waits for the answer to `of`.
    ExecutionId waits(Ask of = ask()) {
        make();
        const Claim claim = claim_one();
        EXPECT_EQ(commit(waiting(claim, std::move(of))), Verdict::committed);
        return claim.execution;
    }
    InboxItem item_of(const ExecutionId& id, InboxType type = InboxType::preview) {
        Tx to = tx();
        return must(inbox::find_of(to, scope, id, type));
    }
    inbox::Page list(const inbox::Filter& filter) {
        Tx to = tx();
        return must(inbox::list(to, scope, filter));
    }
    Result<InboxItem> answer(const InboxItem& item, InboxStatus status, json::object with = {}) {
        Tx to = tx();
        return inbox::answer(to, scope, item, status, std::move(with));
    }
    /// What does not hold of the inbox alone: steps here are made up.
    std::vector<std::string> inbox_violations() {
        Tx to = tx();
        std::vector<std::string> all = must(violations(to));
        std::erase_if(all, [](const std::string& each) {
            return !each.starts_with("invariants.counted") && !each.starts_with("invariants.words");
        });
        return all;
    }
    std::string status_of(const ExecutionId& id) {
        return std::string(to_text(item_of(id).status));
    }
};

} // namespace weft::store
