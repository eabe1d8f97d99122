#pragma once

#include "domain/inbox.h"
#include "store/store.h"

/// What has changed in a project, as it is now, in the order of the last changes: for viewers of
/// the whole project. A change that is followed by another one of the same thing is not told
/// separately.
namespace weft::store::changes {

inline constexpr std::int64_t page_max = 200;

/// The place of the last change that a viewer has had. Of several at one time those with lower ids
/// come first.
template <class Tag> struct Place {
    Instant at;
    Id<Tag> id = {}; ///< none: before all of that time
};

struct ChangedExecution {
    ExecutionId id;
    Uuid uuid;
    TaskId task;
    AgentflowId agentflow;
    std::string name; ///< the task's: its flow's when it was started
    ExecutionState state = ExecutionState::ready;
    bool settling = false;
    Instant at;
};
/// At most page_max.
Result<std::vector<ChangedExecution>> executions(Rx& rx, const Scope& scope,
                                                 const Place<ExecutionTag>& after);

struct ChangedItem {
    InboxId id;
    InboxType type = InboxType::preview;
    InboxStatus status = InboxStatus::pending;
    std::optional<Uuid> execution_uuid; ///< none: no run waits for it
    Instant at;
};
Result<std::vector<ChangedItem>> items(Rx& rx, const Scope& scope, const Place<InboxTag>& after);

} // namespace weft::store::changes
