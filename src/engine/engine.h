#pragma once

#include "domain/organization.h"
#include "engine/events.h"
#include "engine/limits.h"
#include "engine/step.h"
#include "store/tasks.h"

#include <boost/asio/any_io_executor.hpp>

namespace weft::engine {

/// An execution and the run that its journal tells, as one look at the store shows them.
struct Loaded {
    Execution execution;
    Run run;
    std::optional<store::executions::Stopped> stopped = {}; ///< none: nobody stopped it
};

/// A task with all its executions, in the order of the nodes.
struct LoadedTask {
    store::tasks::TaskView view;
    std::vector<Loaded> executions;
};

/// Claims executions that are ready and runs each as one coroutine on an io thread: decide, commit,
/// act, decide … Owns those coroutines. Everything durable goes through Store::commit.
///
/// start() recovers what an earlier process left and begins to claim; stop() lets no new step
/// begin, cancels effects in flight without recording them as results (they are repeated by class
/// at the next start), and waits.
class Engine {
public:
    /// `threads`: one executor per io thread, each of a context that one thread runs; they outlive
    /// the engine.
    Engine(store::Store& store, std::vector<asio::any_io_executor> threads, StepExecutor& executor,
           Clock& clock, EventHub& events, Limits limits = {});
    ~Engine();

    Result<> start();
    void stop();
    /// The asking half of stop(), which does not wait: for who runs the executors on this very
    /// thread. Once they have run out of work, stop() returns at once.
    void ask_to_stop();

    /// Something may be ready: called after a commit that made an execution ready. Cheap, from any
    /// thread.
    void wake();
    /// Aborts what these executions are doing right now; called after the stop's commit. From any
    /// thread.
    void cancel(const std::vector<ExecutionId>& executions);

    /// The organization has budgets from now on: also those of its runs that this process has
    /// begun keep to them. Of other processes those that they claim later.
    void limit(const OrganizationId& organization);

    /// Of a project that was marked deleted: when this returns, nothing of its runs begins any
    /// more. Its rows and files go in the background, also after a restart.
    Task<Result<>> remove(Project project);

    /// The first half of that, for a project that was put into the trash.
    Task<Result<>> stop_all(Project project);
    /// A run was made to wait for a place (store/run_slots.h).
    void wake_queue();
    /// There is something to remove: an import was given up.
    void wake_removal();

    /// For answers of the API. not_found: outside the scope. internal: the journal cannot be read.
    /// `in`: where the JSON of what is loaded lies.
    Task<Result<Loaded>> load(Scope scope, ExecutionId id, json::storage_ptr in = {});
    /// A small one, as most are, as one look at the store shows it.
    Task<Result<LoadedTask>> load_task(Scope scope, TaskId id, json::storage_ptr in = {});
    /// A version of a flow, read at most once while it is in use. `scope` outlives the task.
    /// not_found: outside the scope.
    Task<Result<std::shared_ptr<const Agentflow>>> version(const Scope& scope, VersionId version);

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

} // namespace weft::engine
