#include "api/admission.h"

#include "store/executions.h"
#include "store/run_slots.h"
#include "store/tasks.h"

namespace weft::api {

namespace {

namespace slots = store::run_slots;
using store::executions::Start;

bool is_limited(const std::optional<ProjectLimits>& limits, const ExecutionStart& start) {
    return limits && !start.parent && limits->limits_runs_of(start.agentflow);
}

} // namespace

Result<bool> Admission::admit(store::Tx& tx, const ProjectLimits& limits, const AgentflowId& flow) {
    owned_.clear();
    stopped_.clear();
    const auto admitted = TRY(slots::admit(tx, rq_.scope.project, limits, flow));
    for (const TaskId& task : admitted.replaces) {
        const auto changed = TRY(store::tasks::request_stop(tx, rq_.scope, task));
        owned_.insert(owned_.end(), changed.execution_ids.begin(), changed.execution_ids.end());
        for (const TaskNode& node : changed.view.nodes) stopped_.push_back(node.id);
    }
    waits_ = admitted.waits;
    return waits_;
}

Result<Execution> Admission::create(store::Tx& tx, const std::optional<ProjectLimits>& limits,
                                    const ExecutionStart& start, const std::string& name,
                                    bool autostart) {
    const bool limited = autostart && is_limited(limits, start);
    const bool waits = limited && TRY(admit(tx, *limits, start.agentflow));
    const Start when = autostart && !waits ? Start::now : Start::when_told;
    const Execution made = TRY(store::executions::create(tx, rq_.scope, start, name, when));
    if (limited) TRY(slots::add(tx, rq_.scope.project, made, start.agentflow, waits));
    return made;
}

Result<Execution> Admission::start(store::Tx& tx, const ExecutionId& id) {
    const ProjectId& project = rq_.scope.project;
    const auto limits = TRY(slots::limits(tx, project));
    if (!limits || !TRY(store::executions::waits_to_be_told(tx, rq_.scope, id)))
        return store::executions::start(tx, rq_.scope, id);
    const Execution run = TRY(store::executions::find(tx, rq_.scope, id));
    if (TRY(slots::has(tx, project, id))) return run; // waits for its turn
    const auto start = TRY(store::executions::find_start(tx, rq_.scope, id));
    if (!is_limited(limits, start)) return store::executions::start(tx, rq_.scope, id);
    const bool waits = TRY(admit(tx, *limits, start.agentflow));
    TRY(slots::add(tx, project, run, start.agentflow, waits));
    return waits ? run : TRY(store::executions::start(tx, rq_.scope, id));
}

void Admission::finish() {
    if (waits_) rq_.engine.wake_queue();
    rq_.engine.cancel(owned_);
    for (const ExecutionId& each : stopped_) rq_.services.events.changed(each);
    if (!waits_) rq_.engine.wake();
}

} // namespace weft::api
