#pragma once

#include "store/store.h"

/// Waits for something from outside: a person, an event, the end of a child. commit.h begins them;
/// here they are answered, in the transaction of whoever answers. The answer is a journal row
/// (kind `answer`, its payload in engine/journal.h), which makes the execution ready; while it is
/// paused the answer is kept and it goes on when it is resumed.
///
/// The first answer wins, also over a deadline that has passed and that nobody has acted on yet.
/// conflict, of every answer: the execution has ended, it does not wait for this, or the wait is
/// over; the message says what happened. not_found: no such execution in this project. After the
/// commit: Engine::wake(), and EventHub::changed() of the execution.
namespace weft::store::waits {

inline constexpr std::size_t answer_bytes_max = 256 * 1024; ///< of an output as JSON text

/// Which wait is meant.
struct Which {
    ExecutionId execution;
    WaitReason reason = WaitReason::event;
    std::string name = {};                ///< of an event or a question
    std::optional<std::int64_t> seq = {}; ///< of the row that began it; none: whichever is open
};

/// The wait's effect gets {"output": {"timed_out": false, …output}}. too_large: the output.
Result<Execution> answer(Tx& tx, const Scope& scope, const Which& which, json::object output);

/// What a person knows about an effect of which Weft does not know whether it happened.
enum class Fate {
    done,     ///< it happened; the run goes on with {"output": output}, null when there is none
    not_done, ///< it did not: it is performed again, as the next attempt
    stop,     ///< whatever it was: the execution is stopped
};
/// Answers a wait of reason `uncertain_effect`.
Result<Execution> decide_fate(Tx& tx, const Scope& scope, const ExecutionId& execution,
                              std::optional<std::int64_t> seq, Fate fate,
                              std::optional<json::value> output);

/// Answers a wait of reason `budget`: the call is tried again, or the execution stopped.
enum class OverBudget { go_on, stop };
Result<Execution> decide_budget(Tx& tx, const Scope& scope, const ExecutionId& execution,
                                std::int64_t seq, OverBudget outcome);

/// What an execution waits for right now.
struct Open {
    std::int64_t seq = 0;
    WaitReason reason = WaitReason::none;
    std::string name;
    ExecutionId child;
};
/// None: for nothing that is answered from outside.
Result<std::optional<Open>> find(Rx& rx, const Scope& scope, const ExecutionId& execution);

// --- for commit.cpp and those who end executions

/// The execution of `step` waits from row `seq` on, for `child` if there is one.
Result<> begin(Tx& tx, const StepCommit& step, std::int64_t seq, const ExecutionId& child);
/// Whoever waits for `child` goes on with how it ended. `members`: r of the answer, as JSON members
/// without braces; empty: made of `state`.
Result<> child_ended(Tx& tx, const ProjectId& project, const ExecutionId& child,
                     ExecutionState state, std::string_view members);
/// Whoever waits for `child` waits for `other` from now on, which takes over from it.
Result<> follow(Tx& tx, const ProjectId& project, const ExecutionId& child,
                const ExecutionId& other);
/// The child of `step` could not be started: its wait is answered with {"error": why}.
Result<> child_refused(Tx& tx, const StepCommit& step, const Error& why);

} // namespace weft::store::waits
