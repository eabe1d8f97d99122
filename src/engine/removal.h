#pragma once

#include "base/gate.h"
#include "domain/organization.h"
#include "engine/waker.h"
#include "store/store.h"

#include <functional>

namespace weft::engine {

/// Removes what deleted projects leave behind: stops their runs, waits until whoever carries them
/// out has let go, then removes rows, files and at last the project's own row. One loop on one io
/// thread; what an earlier process did not finish is taken up by start(). Owned by the engine.
///
/// No write of a run lands afterwards: its commits need the execution's row, and what its actions
/// write needs the project's.
///
/// It also stops what runs in projects in the trash, for whoever could not end that, and removes
/// what imports that ended half-way have left.
class Removal {
public:
    using Cancel = std::function<void(const std::vector<ExecutionId>&)>;

    /// `cancel` aborts what executions do right now; any thread.
    Removal(store::Store& store, asio::any_io_executor on, Clock& clock, Cancel cancel)
        : store_(store), cancel_(std::move(cancel)), clock_(clock), started_at_(clock.now()),
          waker_(std::make_shared<Waker>(on)) {}

    void start();
    void stop(); ///< blocks; what is unfinished waits for the next start
    void ask_to_stop();
    /// A project was marked deleted, or an import was given up. From any thread.
    void wake() { waker_->wake(); }

    /// Nothing of the project's runs begins any more once this has returned.
    Task<Result<>> stop_runs(Project project);

private:
    Task<> serve();
    /// Whether somebody fills a project, which may come to be removed without a call of wake().
    Task<Result<bool>> round();
    /// What was to be filled until then is filled by nobody.
    Instant given_up_before() const;
    Task<Result<>> remove(Project project, Instant before);
    Task<Result<>> wait_until_free(ProjectId project);

    store::Store& store_;
    const Cancel cancel_;
    Clock& clock_;
    const Instant started_at_;
    const std::shared_ptr<Waker> waker_;
    std::atomic<bool> stopping_{false};
    Gate gate_;
};

} // namespace weft::engine
