#pragma once

#include "base/task.h"
#include "domain/project_limits.h"
#include "domain/scope.h"
#include "models/key_limiter.h"

#include <functional>

namespace weft::models {

/// Lets calls of one model or connector through, as many at once and in a minute as the project's
/// limits allow; the others wait. Of one process. Used from all io threads.
class CallGate {
public:
    explicit CallGate(Clock& clock) : clock_(clock) {}

    /// From now on. Who is inside stays.
    void set(const CallLimit& limit);
    /// Zero: go ahead. Else how long to wait before asking again. `who` keeps its turn over its
    /// repetitions.
    milliseconds try_enter(const std::string& who);
    void leave();

private:
    Clock& clock_;
    Mutex mutex_;
    CallLimit limit_ GUARDED_BY(mutex_);
    std::unique_ptr<KeyLimiter> per_minute_ GUARDED_BY(mutex_); ///< nullptr: no such limit
    std::int64_t inside_ GUARDED_BY(mutex_) = 0;
};

using Gates = std::vector<std::shared_ptr<CallGate>>;
/// The gates before what the names name, of which any may be limited; empty: none is.
using GatesOf = std::function<Task<Result<Gates>>(Scope, std::vector<std::string> names)>;

/// A place inside gates, given back with it.
class Pass {
public:
    explicit Pass(Gates inside) : inside_(std::move(inside)) {}
    Pass(Pass&&) = default;
    Pass& operator=(Pass&&) = delete;
    ~Pass() {
        for (const auto& gate : inside_) gate->leave();
    }

private:
    Gates inside_;
};

/// Waits until all gates have let it in. cancelled: whoever awaits it was cancelled.
Task<Result<Pass>> enter(Gates gates, std::string who);

} // namespace weft::models
