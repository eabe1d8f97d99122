// What takes over when a run has failed.
#include "engine/runner.h"
#include "store/agentflows.h"
#include "store/executions.h"

namespace weft::engine {

namespace {

constexpr std::size_t failovers_in_a_row_max = 8;

/// The flows that failed one after the other, the last one first.
Result<std::vector<AgentflowId>> failed_in_a_row(store::Rx& rx, const Scope& scope,
                                                 const ExecutionStart& last) {
    std::vector<AgentflowId> flows{last.agentflow};
    ExecutionStart start = last;
    while (start.relation == Relation::failover && flows.size() <= failovers_in_a_row_max) {
        start = TRY(store::executions::find_start(rx, scope, start.parent));
        flows.push_back(start.agentflow);
    }
    return flows;
}

struct Failed {
    Uuid uuid;
    ExecutionStart start;
    std::optional<VersionId> successor;
};

Result<Failed> look_up(store::Rx& rx, const Scope& scope, const ExecutionId& id) {
    Failed failed {
        TRY(store::executions::find(rx, scope, id))
        .uuid, TRY(store::executions::find_start(rx, scope, id))
        , {}
    };
    if (failed.start.stop_after) return failed; // a part was tried: that it failed is the answer
    const auto next = TRY(store::agentflows::find_failover(rx, scope, failed.start.agentflow));
    if (!next) return failed;
    const auto earlier = TRY(failed_in_a_row(rx, scope, failed.start));
    const bool seen = std::ranges::find(earlier, next->agentflow) != earlier.end();
    if (!seen && earlier.size() <= failovers_in_a_row_max) failed.successor = next->version;
    return failed;
}

} // namespace

Task<Result<std::optional<ExecutionStart>>> Runner::failover_of(const store::Claim& claim,
                                                                const Run& run) {
    const Scope scope{claim.organization, claim.project, {}};
    Failed failed = CO_TRY(
        store_.read_point([&](store::Rx& rx) { return look_up(rx, scope, claim.execution); }));
    if (!failed.successor) co_return std::nullopt;
    const auto flow = CO_TRY(version(scope, *failed.successor));
    const auto before = CO_TRY(version(scope, failed.start.version));
    const Agent* agent = run.steps.empty() ? nullptr : before->find(run.steps.back().agent);
    ExecutionStart child = std::move(failed.start);
    child.agentflow = flow->id;
    child.version = *failed.successor;
    child.goal = flow->failover_goal;
    child.start_from = {};
    child.relation = Relation::failover;
    child.inputs["failed"] =
        json::object{{"execution_id", failed.uuid.text()},
                     {"agentflow_id", before->id.hex()},
                     {"agentflow", before->name},
                     {"agent", agent ? json::value(agent->title) : json::value(nullptr)},
                     {"code", run.error ? run.error->code : std::string{}},
                     {"error", run.error ? run.error->message : std::string{}}};
    co_return child;
}

} // namespace weft::engine
