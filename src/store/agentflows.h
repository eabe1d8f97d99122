#pragma once

#include "domain/agentflow.h"
#include "store/store.h"

namespace weft::store::agentflows {

inline constexpr std::int64_t page_max = 200;

/// Writes the flow as a new immutable version, which is what runs from now on unless another one is
/// published (flow_versions.h). Without `flow.id` it is a new flow. Agents without an id get one;
/// the flow is resolved; skills are read anew by their ids and expanded. not_found: no such flow in
/// this project. invalid: one FieldError for each fault and each unknown skill. Load, change and
/// save in one write, so that no other change is lost.
Result<Agentflow> save(Tx& tx, const Scope& scope, Agentflow flow);

/// A new flow under its id, with agents that have theirs: of somebody who has checked it. Its
/// parent may follow. invalid: as save, for its skills and its size.
Result<> insert(Tx& tx, const Scope& scope, Agentflow flow);

/// As it stands. not_found: no such flow in this project, or it was deleted.
Result<Agentflow> find(Rx& rx, const Scope& scope, const AgentflowId& id);

/// As it was saved then, also of a deleted flow. not_found: no such version in this project.
Result<Agentflow> find_version(Rx& rx, const Scope& scope, const VersionId& version);

/// The version that an execution started now would run, and the flow's name, without reading the
/// body.
struct Current {
    VersionId version;
    std::string name;
    bool is_active = false;
};
/// not_found: as find.
Result<Current> find_current(Rx& rx, const Scope& scope, const AgentflowId& id);

struct Page {
    std::vector<Agentflow>
        flows; ///< oldest first, so that pages do not change when flows are added
    std::int64_t total = 0;
};
/// At most `page_max`.
Result<Page> list(Rx& rx, const Scope& scope, std::int64_t skip, std::int64_t limit);

/// The flows that name this one as their parent and have a failover_goal, oldest first; at most
/// `page_max`. not_found: as find.
Result<std::vector<Agentflow>> list_failovers(Rx& rx, const Scope& scope, const AgentflowId& of);

/// The one that takes over when a run of the flow fails: the oldest of them that is active, as it
/// stands.
struct Failover {
    AgentflowId agentflow;
    VersionId version;
};
Result<std::optional<Failover>> find_failover(Rx& rx, const Scope& scope, const AgentflowId& of);

/// An execution was started now. not_found: as find.
Result<> touch_last_used(Tx& tx, const Scope& scope, const AgentflowId& id);

/// Its versions and executions stay. not_found: as find.
Result<> remove(Tx& tx, const Scope& scope, const AgentflowId& id);

} // namespace weft::store::agentflows
