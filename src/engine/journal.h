#pragma once

#include "engine/step.h"

/// The payloads of the journal: written and read only here. Each kind's members (short, since they
/// are written thousands of times a second; times are microseconds, ids hex, a usage [input,
/// output, micro-USD, micro-credits]):
///
///   intent    s step from 0, g agent, n effect, a attempt, c effect class, i the executor's
///             intent; of a step's first h for how long the run had been held before; of one that
///             is awaited w reason, at deadline, x its name; b what budgets hold for it [micro-USD,
///             micro-credits, micro-credits of the step before it]
///   result    s g n a, k kind, t tool, us duration, r result, e error, u usage beyond what partial
///             rows counted, v what they counted; d when it also finished its step:
///             {t text, o data, b reason, x next agent, us duration, u usage of the step, cr
///             credits charged}
///             l what it may have cost beyond u and v [micro-USD, micro-credits]; cr credits
///             charged for a step that a stop ended
///             of one that was awaited and whose time came also w reason, o "due" or "timed_out"
///   answer    what place_of says, then o "answered", "done", "not_done", "go_on" or "stop", by {id
///             name}, r result, e error: store/waits.h writes it
///   branch    s g d: a step finished without a new effect
///   wait      s g, w reason, at wake-up, m sentence
///   charged   s g, cr credits charged for a step whose run was stopped when nobody carried it on
///   partial   s g n a, o bytes of text before it in this performance, t text, u usage: more of an
///             open effect; or x 1: a crash cut it off and it begins anew
///   finished  s g, st state, c conclusion, cr credits charged for the step that failed, e error {c
///             m y retryable, ra retry after ms, h http status, f failure class}
///
/// `finished` stands in the journal of completed and failed runs. Cancelled is a state that the
/// stop's commit sets: its journal just ends, at most with the late result of the open intent and
/// with what its step is charged late.
namespace weft::engine {

/// What a result, a wait or an end says beyond the run: of the effect, l, and of its step, cr.
struct Ended {
    Amount lost;
    std::optional<std::int64_t> credits_micro = {}; ///< the step was charged these with the row
};

/// The row that tells of the last change of `run` as a `kind`, numbered run.next_seq; the caller
/// counts on. `partial`: that the open effect begins anew.
JournalRow record(const Run& run, JournalKind kind, Instant at, const Ended& ended = {});

/// That the open effect has brought `text` behind the first `offset` bytes, and used `usage` for
/// it.
JournalRow record_partial(const Run& run, std::int64_t offset, std::string_view text,
                          const Usage& usage, Instant at);
/// What an answer's row says about the effect that it answers: JSON members without the braces,
/// made when the wait begins. s g n a, k kind, t tool, w reason, f since; of a wait for a budget,
/// before an effect, no n a k t.
std::string place_of(const Run& run);
/// What a run that ended brings to the execution that waits for it: JSON members without the
/// braces, r as of an answer.
std::string answer_for_parent(const Run& run);

/// Carries `run` over one more row. internal: the row is unreadable or does not follow from those
/// before it.
Result<> fold(Run& run, const JournalRow& row);

/// What viewers of a run are told. `data` is complete in itself.
struct Event {
    std::int64_t id = 0; ///< the row's seq on the last event of its row, else 0: a viewer resumes
                         ///< after whole rows
    std::string name;    ///< effect.started, model.text, effect.finished, agent.finished,
                         ///< execution.waiting, execution.answered, execution.finished
    json::object data;
};

/// The events that one row stands for, in order. `flow`: the run's version, for agents' titles.
/// internal: the row is unreadable.
Result<std::vector<Event>> events_of(const JournalRow& row, const Agentflow& flow);

inline constexpr std::string_view text_event_name = "model.text";

/// Text of the model that was asked last: behind the first `offset` bytes of its answer; at 0 the
/// answer begins, anew if there was one.
Event text_event(std::int64_t offset, std::string_view text);

/// The closing event of a run that ended without a `finished` row, that is: was cancelled. Its id
/// is 0.
Event finished_event(ExecutionState state);

} // namespace weft::engine
