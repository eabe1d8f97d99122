#pragma once

#include "api/request.h"
#include "domain/project_limits.h"

namespace weft::api {

/// How a project's limits decide on runs that a person or program starts (store/run_slots.h).
/// Lives in the handler: what has been stopped in the write is cancelled after it.
class Admission {
public:
    explicit Admission(Request& rq) : rq_(rq) {}

    /// Makes the run: at once, to wait for its turn, or instead of another. conflict, rate_limited:
    /// the limits refuse it. May be called again when the write is.
    Result<Execution> create(store::Tx& tx, const std::optional<ProjectLimits>& limits,
                             const ExecutionStart& start, const std::string& name, bool autostart);
    /// The same for one that was made with autostart false.
    Result<Execution> start(store::Tx& tx, const ExecutionId& id);
    /// After the write: wakes whoever must know.
    void finish();

private:
    /// Whether it must wait.
    Result<bool> admit(store::Tx& tx, const ProjectLimits& limits, const AgentflowId& flow);

    Request& rq_;
    bool waits_ = false;
    std::vector<ExecutionId> owned_;   ///< stopped in favour of the new one, and still at work
    std::vector<ExecutionId> stopped_; ///< all of them
};

} // namespace weft::api
