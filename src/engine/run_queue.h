#pragma once

#include "base/gate.h"
#include "engine/waker.h"
#include "store/store.h"

#include <functional>

namespace weft::engine {

/// Starts runs that wait for a place where a project limits its runs (store/run_slots.h). One loop
/// on one io thread; with several nodes each may do it, and what is done is decided in the write.
/// While nobody waits it writes nothing. Owned by the engine.
class RunQueue {
public:
    /// `on_ready` is called when runs may be claimed; any thread.
    RunQueue(store::Store& store, asio::any_io_executor on, Clock& clock,
             std::function<void()> on_ready)
        : store_(store), clock_(clock), on_ready_(std::move(on_ready)),
          waker_(std::make_shared<Waker>(on)) {}

    void start();
    void ask_to_stop();
    void stop(); ///< blocks
    /// A run was made to wait. From any thread.
    void wake() { waker_->wake(); }
    /// A run has let go. From any thread, for next to nothing.
    void run_ended() {
        if (any_waits_) waker_->wake();
    }

private:
    Task<> serve();
    /// How long it may rest.
    Task<Result<microseconds>> round();
    Task<Result<bool>> go_round(ProjectId project);

    store::Store& store_;
    Clock& clock_;
    const std::function<void()> on_ready_;
    const std::shared_ptr<Waker> waker_;
    std::atomic<bool> stopping_{false};
    std::atomic<bool> any_waits_{false};
    Gate gate_;
};

} // namespace weft::engine
