#pragma once

#include "base/mutex.h"
#include "engine/decide.h"
#include "engine/engine.h"
#include "engine/events.h"
#include "engine/live.h"
#include "engine/streams.h"
#include "engine/versions.h"
#include "store/tasks.h"
#include "store/uncharged.h"

#include <atomic>
#include <set>

namespace weft::engine {

/// What people are told of a fault that is Weft's own.
inline constexpr std::string_view broken_sentence =
    "This run ended because of a fault inside Weft. The server's log tells more.";

/// An executor whose exceptions have become plain failures of the step.
class FencedExecutor final : public StepExecutor {
public:
    explicit FencedExecutor(StepExecutor& inner) : inner_(inner) {}
    Move next(const Run& run) const override;
    Ask ask_whether_done(const Run& run) const override;
    CallRules rules(const Run& run) const override;
    /// Runs with cancellation as asio has it by default, and leaves the coroutine uncancelled with
    /// throw_if_cancelled(false).
    Task<std::optional<Quote>> quote(const Run& run) override;
    LedgerRow charge(const Run& run) const override;
    Task<EffectOutcome> perform(const Run& run, std::string effect_key, LiveSink live) override;

private:
    StepExecutor& inner_;
};

/// Carries out one claimed run after another step: decide, commit, act. Owned by the engine; its
/// coroutines run on all io threads. What a run needs is durable before it acts; a verdict other
/// than `committed` ends its coroutine.
class Runner {
public:
    Runner(store::Store& store, StepExecutor& executor, Clock& clock, EventHub& events,
           Limits limits)
        : store_(store), executor_(executor), clock_(clock), events_(events), limits_(limits) {}

    /// How this process came by a run: it was there to be claimed, or its owner here did not let go
    /// of an effect whose time was up.
    enum class Begin { claimed, overruled };
    /// Until the run ends, waits, is paused or stopped, or belongs to somebody else.
    Task<> run(store::Claim claim, std::shared_ptr<Live> live, Begin begin = Begin::claimed);

    /// See Engine.
    Task<Result<Loaded>> load(Scope scope, ExecutionId id, json::storage_ptr in);
    Task<Result<LoadedTask>> load_task(Scope scope, TaskId id, json::storage_ptr in);
    Task<Result<std::shared_ptr<const Agentflow>>> version(const Scope& scope, VersionId version);

    /// What the last step of a stopped run is to be charged yet; none: all of it is.
    Task<Result<std::optional<store::uncharged::LateCharge>>> late_charge(Scope scope,
                                                                          ExecutionId id);

    /// The organization has budgets from now on: those of its runs that this process has claimed
    /// already keep to them, too.
    void limit(const OrganizationId& organization);

    /// From now on no effect is begun, and one that is cancelled is not recorded: runs give their
    /// claims back.
    void shut_down() { shutting_down_ = true; }

    /// Called when a run has begun to wait for an instant. Set before the first run.
    std::function<void(Instant)> on_wait;
    /// Called before an effect begins that must have ended by then. Set before the first run.
    std::function<void(Instant)> on_deadline;
    /// Where what models stream is journalled. Set before the first run; outlives the last.
    Streams* streams = nullptr;
    /// Called when a commit has made another run ready: a child, or whoever waited for one. The
    /// same.
    std::function<void()> on_ready;

private:
    /// What must survive a fault in a run's coroutine.
    struct Held {
        store::Claim claim;
        std::shared_ptr<Live> live;
        Begin begin = Begin::claimed;
        std::int64_t next_seq = 0; ///< after all that is durable; 0 = not known yet
    };

    /// What is read at once about a run.
    struct Head {
        Execution execution;
        ExecutionStart start;
        std::optional<store::executions::Stopped> stopped;
        ExecutionId failover; ///< what took over after it failed
        std::vector<JournalRow>
            rows; ///< all of them, or none when there are too many for a short read
    };

    Task<Result<>> drive(Held& held);
    /// What one short read shows of a task that is small.
    struct TaskHead {
        store::tasks::TaskView view;
        std::vector<Head> heads; ///< of all its executions; none: it is not small
    };

    static Result<Head> head_of(store::Rx& rx, const Scope& scope, const ExecutionId& id);
    static Result<TaskHead> small_task(store::Rx& rx, const Scope& scope, const TaskId& id);
    /// `scope` outlives the task.
    Task<Result<Head>> read_head(const Scope& scope, ExecutionId id);
    Task<Result<Run>> fold_head(Scope scope, Head head, json::storage_ptr in = {});
    Task<Result<Loaded>> load_head(Scope scope, Head head, json::storage_ptr in);
    Task<Result<>> go_on(Held& held, Run run, Signal signal);
    /// The run as its journal has it, after a commit that wrote less than was decided.
    Task<Result<Run>> read_again(const Held& held);
    /// What the call that `made` is about to begin may cost, if that counts against a budget.
    Task<std::optional<Quote>> reserve(const Held& held, Decision& made);
    /// Which budget had no room for it; none: it has by now.
    Task<Result<std::optional<Shortfall>>> shortfall_of(const Held& held, const Decision& made,
                                                        const Quote& quote);
    store::Reservation reservation_of(const Decision& made) const;
    Task<std::optional<Signal>> act(Held& held, Run& run);
    Task<EffectOutcome> perform(Held& held, Run& run);
    /// The execution that takes over for a run that has failed, as decided: of the flow's failover
    /// agentflow, with the same inputs and, as `failed`, what failed and why. None: there is no
    /// such flow, or it has failed in this row of failovers already, or the row is too long.
    Task<Result<std::optional<ExecutionStart>>> failover_of(const store::Claim& claim,
                                                            const Run& run);
    Task<Result<store::Verdict>> commit(Held& held, Decision& made);
    Task<Result<>> let_go(store::Claim claim);
    Task<> fail_run(Held& held, Error why);
    bool is_limited(const store::Claim& claim);
    bool is_leaving(const Held& held) const { return shutting_down_ || held.live->leave; }
    Task<> pause_briefly();

    store::Store& store_;
    FencedExecutor executor_;
    Clock& clock_;
    EventHub& events_;
    const Limits limits_;
    VersionCache versions_{64};
    std::atomic<bool> shutting_down_ = false;
    Mutex limited_mutex_;
    std::set<OrganizationId> limited_ GUARDED_BY(limited_mutex_);
};

} // namespace weft::engine
