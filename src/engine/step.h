#pragma once

#include "base/task.h"
#include "domain/agentflow.h"
#include "domain/budget.h"
#include "domain/execution.h"
#include "domain/inbox.h"
#include "domain/scope.h"

#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace weft::engine {

/// Why an effect failed, and what may be done about it.
struct EffectError {
    std::string code;    ///< stable word: "model_unavailable", "tool_input", "turn_limit", …
    std::string message; ///< a plain sentence
    bool retryable = false;
    std::optional<milliseconds> retry_after;
    int http_status = 0;                      ///< of a failed call; 0 = none
    std::optional<FailureClass> failure = {}; ///< none: `unavailable`
};

/// What an effect has brought while it is still under way.
struct Streamed {
    std::string text;
    Usage usage; ///< estimated; already counted by the journal
};

/// What budgets hold for an effect while it is open.
struct Reserved {
    Amount worst;
    /// What its step cost before it, charged or not, in micro-credits.
    std::int64_t credits_before = 0;
};

/// One act on the outside (a model call, a tool call) with its recorded result. A retry takes the
/// place of the failed attempt: a step has one Effect for each number.
struct Effect {
    int number = 0;  ///< 1, 2, … within its step
    int attempt = 1; ///< of this effect
    EffectClass effect_class = EffectClass::pure;
    /// The executor's own words: enough, with the run, to perform it. Its text members `kind` and
    /// `tool` are shown to viewers.
    json::object intent;
    /// An earlier process may have performed this attempt already and not lived to record it. One
    /// that is `checkable` asks before it acts; the others just act again, under the same effect
    /// key.
    bool repeated = false;
    WaitReason awaits = WaitReason::none; ///< of class `awaited`: where its result comes from
    std::string awaited_name;             ///< which event, or which question to a person
    bool done = false;
    /// The executor's own words; of one that was answered {"output": what was answered},
    /// or {"error": why} when a child could not be started.
    json::object result;
    /// A person said that it did not happen: it is attempted once more, whatever its attempts.
    bool redo = false;
    std::optional<EffectError> error;
    std::vector<EffectError> earlier_errors; ///< of the attempts before this one
    Usage usage;                             ///< of this attempt, so far while it is open
    std::optional<Reserved> reserved;        ///< of this attempt; none: nothing was limited
    Streamed streamed;               ///< of this attempt; its text stands in `result` once done
    std::vector<Streamed> abandoned; ///< what a crash cut off before it was done again: was paid
    Instant started;
    Instant ended;
    bool ok() const { return done && !error; }
};

/// What a finished step leaves behind.
struct StepOutput {
    std::string text;
    json::object data; ///< by tool: its last successful output
    std::string decision_reason = {};
};

/// One visit of the run to one agent.
struct Step {
    AgentId agent;
    std::vector<Effect> effects;
    std::optional<StepOutput> output; ///< set once it has finished
    AgentId next;                     ///< of a finished step: who follows; none = the run completes
    Instant started;
    Instant ended;
    Usage usage;                 ///< of all attempts of all its effects
    Usage charged;               ///< of it, what the ledger holds already
    microseconds held_before{0}; ///< Run::held() when it began
};

using weft::WaitReason;

/// A budget has no room for what the run would do next.
struct Shortfall {
    Shortage of;
    std::int64_t needed = 0;        ///< in millionths of the budget's unit
    std::int64_t output_tokens = 0; ///< for so many there is room; 0: for none, or it is no answer
};

/// A run as the fold of its journal: all that the executor may look at.
struct Run {
    /// Where the JSON of its steps lies. Not the heap: a reader's arena, which outlives the run.
    json::storage_ptr storage;
    Scope scope;
    Uuid uuid;
    ExecutionStart start;
    Instant created_at;                    ///< `now` of templates
    std::shared_ptr<const Agentflow> flow; ///< the pinned version
    std::vector<Step> steps;               ///< the last one may be in progress
    ExecutionState state = ExecutionState::ready;
    std::int64_t next_seq = 1;
    WaitReason waiting_for = WaitReason::none;
    std::optional<Instant> wake_at;   ///< of a wait that ends by itself
    std::optional<EffectError> error; ///< why it failed
    std::string conclusion;           ///< markdown
    Usage usage;
    /// What calls of which nobody learned the end may have cost beyond `usage`.
    Amount lost;
    microseconds paused{0};      ///< for how long, as far as this look at the store knows
    microseconds person_held{0}; ///< for how long it waited for a person
    std::optional<Instant> person_since = {}; ///< it waits for a person now
    ExecutionId failover = {}; ///< the execution that took over after this one failed
    /// For how long its deadlines stood still.
    microseconds held() const { return paused + person_held; }
    /// The task has no room for a child that the run was about to start: it goes on without. Known
    /// to this process alone.
    bool childless = false;
    std::optional<Shortfall> shortfall = {}; ///< known to this process alone
};

/// What a step does next.
struct Perform {
    EffectClass effect_class = EffectClass::pure;
    json::object intent;
};
/// An effect of class `awaited`: nobody performs it, its result comes from outside. Meanwhile the
/// run is a row and nothing else. Its result is {"output": {"timed_out": bool, …}}: store/waits.h
/// has what else each reason brings.
struct Await {
    WaitReason reason = WaitReason::time;     ///< time, person, event or child
    std::string name = {};                    ///< which event, or which question
    std::optional<Instant> until = {};        ///< of `time` the end, of the others a deadline
    std::optional<milliseconds> within = {};  ///< the same, from now on
    std::optional<ExecutionStart> child = {}; ///< what to start; no version: the flow's newest
    json::object intent = {};
    std::optional<Ask> ask = {}; ///< of `person`: the item of the inbox that asks for the answer
};
struct Finish {
    StepOutput output;
    AgentId next; ///< none = the run completes
    /// What the step used, and the credits it costs. Only these credits are added to the run's
    /// counters: tokens and money were counted with each effect. The engine fills in agent and
    /// title when they are empty.
    LedgerRow charge;
};
struct Fail {
    EffectError error;
};
using Move = std::variant<Perform, Await, Finish, Fail>;

/// What performing an effect brought.
struct EffectOutcome {
    json::object result; ///< also with an error: what had arrived, e.g. partial text
    std::optional<EffectError> error;
    Usage usage;
    bool cut_off = false; ///< more than `usage` may have been used: nobody has said
};

/// What performing an effect may cost. Refers to the run that was asked about.
struct Quote {
    std::int64_t output_tokens = 0; ///< at most
    bool can_shrink = false;        ///< intent member "max_tokens" makes them fewer
    std::function<Amount(std::int64_t output_tokens)> price; ///< if it answers with so many
};

/// Where the text of a model goes while it streams: to those who watch, and in pieces into the
/// journal. Called on the run's own thread.
class LiveSink {
public:
    using Text = std::function<void(std::string_view)>;
    /// What the effect has used so far, `more` being its text since the last call.
    using Estimate = std::function<Usage(std::string_view more)>;

    LiveSink() = default;
    template <std::invocable<std::string_view> F>
    requires(!std::same_as<std::remove_cvref_t<F>, LiveSink>)
    LiveSink(F text, std::function<void(Estimate)> measure = {}) // NOLINT: a lambda is one
        : text_(std::move(text)), measure_(std::move(measure)) {}

    explicit operator bool() const { return static_cast<bool>(text_); }
    void operator()(std::string_view text) const {
        if (text_) text_(text);
    }
    /// Says how to tell what the stream costs, from now on until another way is given, or none.
    void measure(Estimate estimate) const {
        if (measure_) measure_(std::move(estimate));
    }

private:
    Text text_;
    std::function<void(Estimate)> measure_;
};

/// How steps are carried out. Implemented by src/agents; the engine knows no agent. Used from all
/// io threads.
class StepExecutor {
public:
    virtual ~StepExecutor() = default;

    /// Pure: no clock, no I/O, no randomness; the same run gives the same move. `run.steps.back()`
    /// is the step.
    virtual Move next(const Run& run) const = 0;

    /// What a person is asked when nobody can tell whether the open effect, of class `once`,
    /// happened. Pure.
    virtual Ask ask_whether_done(const Run& run) const = 0;

    /// What the flow says of the last effect of the last step. Pure. By default the agent's words.
    virtual CallRules rules(const Run& run) const {
        const Agent* agent = run.flow->find(run.steps.back().agent);
        return agent ? agent->rules : CallRules{};
    }

    /// What carrying out the last effect of the last step may cost; none: nothing, or what would be
    /// asked cannot be made up, which perform() then tells.
    virtual Task<std::optional<Quote>> quote(const Run&) { co_return std::nullopt; }

    /// What the last step is charged for what it has used so far. Pure.
    virtual LedgerRow charge(const Run& run) const {
        return {.agent = run.steps.back().agent, .usage = run.steps.back().usage};
    }

    /// Carries out the last effect of the last step, whose intent is durable. Terminal cancellation
    /// of the coroutine aborts it at once; what had arrived is then the outcome, with error code
    /// "cancelled". `effect_key` is the same for every attempt of this effect and every repetition
    /// after a crash: an attempt that timed out may have acted, and only the same key keeps it from
    /// acting twice.
    virtual Task<EffectOutcome> perform(const Run& run, std::string effect_key, LiveSink live) = 0;
};

} // namespace weft::engine
