#include "store/waits.h"

#include "store/executions.h"
#include "store/journal.h"
#include "store/ready.h"

#include <boost/json/serialize.hpp>

namespace weft::store::waits {

namespace {

/// An execution and the wait that it began last.
struct Facts {
    ExecutionState state = ExecutionState::ready;
    Uuid uuid;
    std::int64_t next_seq = 0;
    std::optional<std::int64_t> seq;
    std::optional<WaitReason> reason;
    std::optional<std::string> name;
    std::optional<std::string> place;
    ExecutionId child;
    std::optional<std::string> outcome;
    std::optional<Instant> answered_at;
    std::optional<std::string> answered_by;

    /// Nothing has been journalled since it began.
    bool open() const { return seq && next_seq == *seq + 1 && !is_final(state); }
};

constexpr Query<Facts, ProjectId, ExecutionId> facts_sql{"waits.facts", R"sql(
    SELECT e.state, e.uuid,
           1 + coalesce((SELECT max(seq) FROM journal
                          WHERE project_id = $1 AND execution_id = $2), 0),
           w.seq, w.reason, w.name, w.place, w.child_id, w.outcome, w.answered_at, w.answered_by
      FROM execution e
      LEFT JOIN waiting w ON w.project_id = e.project_id AND w.execution_id = e.id
     WHERE e.project_id = $1 AND e.id = $2)sql"};

constexpr Query<void, ProjectId, ExecutionId, std::int64_t, WaitReason, std::string, std::string,
                ExecutionId>
    begin_sql{"waits.begin", R"sql(
    INSERT INTO waiting (project_id, execution_id, seq, reason, name, place, child_id)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (project_id, execution_id) DO UPDATE
       SET seq = excluded.seq, reason = excluded.reason, name = excluded.name,
           place = excluded.place, child_id = excluded.child_id, outcome = NULL,
           answered_at = NULL, answered_by = NULL)sql"};

constexpr Query<void, ProjectId, ExecutionId, std::string, Instant, std::string> answered_sql{
    "waits.answered", R"sql(
    UPDATE waiting SET outcome = $3, answered_at = $4, answered_by = $5, child_id = NULL
     WHERE project_id = $1 AND execution_id = $2)sql"};

// An owner that holds it was about to say that the time is up: it is too late and fenced.
constexpr Query<ExecutionState, ProjectId, ExecutionId, Instant> go_on_sql{"waits.go_on", R"sql(
    UPDATE execution
       SET state = CASE WHEN state = 3 THEN 3 ELSE 1 END,
           paused_from = CASE WHEN state = 3 THEN 1 ELSE paused_from END,
           epoch = CASE WHEN owner <> 0 THEN epoch + 1 ELSE epoch END, owner = 0,
           wake_at = NULL, updated_at = $3
     WHERE project_id = $1 AND id = $2
    RETURNING state)sql"};

constexpr Query<ExecutionId, ProjectId, ExecutionId> parent_sql{"waits.parent", R"sql(
    SELECT execution_id FROM waiting WHERE project_id = $1 AND child_id = $2)sql"};

constexpr Query<void, ProjectId, ExecutionId, ExecutionId> follow_sql{"waits.follow", R"sql(
    UPDATE waiting SET child_id = $3 WHERE project_id = $1 AND child_id = $2)sql"};

struct Answer {
    std::string_view outcome;
    std::string_view by_id = {};
    std::string_view by_name = {};
    std::string members = {}; ///< r and e, without braces
};

std::string in_json(std::string_view text) { return json::serialize(json::string(text)); }

std::string payload_of(const Facts& wait, const Answer& answer) {
    std::string payload = fmt::format("{{{},\"o\":\"{}\"", wait.place.value_or(""), answer.outcome);
    if (!answer.by_id.empty())
        payload += fmt::format(",\"by\":{{\"id\":{},\"name\":{}}}", in_json(answer.by_id),
                               in_json(answer.by_name));
    if (!answer.members.empty()) payload += "," + answer.members;
    return payload + "}";
}

std::string member(std::string_view name, const json::object& object) {
    return fmt::format("\"{}\":{}", name, to_text(object));
}

/// The wait is open: this ends it.
Result<> write(Tx& tx, const ProjectId& project, const ExecutionId& execution, const Facts& wait,
               const Answer& answer) {
    JournalRow row{wait.next_seq, JournalKind::answer, tx.now(), payload_of(wait, answer)};
    std::optional<Packed> packed;
    if (row.payload.size() > inline_bytes_max) packed = TRY(blobs::pack(row.payload));
    TRY(journal::append(tx, project, execution, row, row.seq, packed));
    TRY(tx.put(answered_sql, project, execution, std::string(answer.outcome), tx.now(),
               std::string(answer.by_name)));
    const auto state = TRY(tx.maybe(go_on_sql, project, execution, tx.now()));
    if (state && *state < ExecutionState::paused) TRY(ready::add(tx, project, execution, tx.now()));
    return {};
}

std::string waited_for(const Facts& wait) {
    switch (*wait.reason) {
    case WaitReason::event: return fmt::format("the event \"{}\"", *wait.name);
    case WaitReason::time: return "a time";
    case WaitReason::person: return "a person's answer";
    case WaitReason::uncertain_effect: return "a person's word on whether its last action happened";
    case WaitReason::budget: return "a person's word on whether it may spend more";
    default: return "another execution";
    }
}

/// Why it takes no such answer, in plain words with what happened instead.
std::unexpected<Error> refusal(const Facts& wait, const Which& which) {
    std::string ended;
    if (is_final(wait.state))
        ended = fmt::format(" The execution has ended: it is {}.", weft::to_text(wait.state));
    const bool meant = wait.seq && *wait.reason == which.reason && *wait.name == which.name &&
                       which.seq.value_or(*wait.seq) == *wait.seq;
    if (meant && wait.answered_at) {
        const std::string by =
            wait.answered_by->empty() ? "" : fmt::format(" by {}", *wait.answered_by);
        return fail(Code::conflict,
                    fmt::format("This was answered already, with \"{}\"{}, at {}.{}", *wait.outcome,
                                by, to_iso8601(*wait.answered_at), ended));
    }
    if (meant && !wait.open() && !is_final(wait.state))
        return fail(Code::conflict, "The time for this answer is over: the execution went on "
                                    "without it at its deadline.");
    if (!ended.empty()) return fail(Code::conflict, ended.substr(1));
    if (wait.open())
        return fail(Code::conflict, fmt::format("The execution does not wait for this, but for {}.",
                                                waited_for(wait)));
    return fail(Code::conflict, "The execution does not wait for this. It takes an answer only "
                                "while it waits for it.");
}

/// The wait that is meant, which is open.
Result<Facts> find_open(Tx& tx, const Scope& scope, const Which& which) {
    auto wait = TRY(tx.maybe(facts_sql, scope.project, which.execution));
    if (!wait) return fail(Code::not_found, "There is no such execution.");
    const bool meant = wait->open() && *wait->reason == which.reason && *wait->name == which.name &&
                       which.seq.value_or(*wait->seq) == *wait->seq;
    if (!meant) return refusal(*wait, which);
    return *std::move(wait);
}

Answer answer_of(const Scope& scope, std::string_view outcome, std::string members) {
    return {outcome, scope.principal.id, scope.principal.name, std::move(members)};
}

Result<> check_size(std::string_view members) {
    if (members.size() <= answer_bytes_max) return {};
    return fail(Code::too_large,
                fmt::format("An answer may have at most {} bytes of JSON.", answer_bytes_max));
}

} // namespace

Result<Execution> answer(Tx& tx, const Scope& scope, const Which& which, json::object output) {
    output["timed_out"] = false;
    std::string members = member("r", {{"output", std::move(output)}});
    TRY(check_size(members));
    const Facts wait = TRY(find_open(tx, scope, which));
    TRY(write(tx, scope.project, which.execution, wait,
              answer_of(scope, "answered", std::move(members))));
    return executions::find(tx, scope, which.execution);
}

Result<Execution> decide_fate(Tx& tx, const Scope& scope, const ExecutionId& execution,
                              std::optional<std::int64_t> seq, Fate fate,
                              std::optional<json::value> output) {
    const Which which{execution, WaitReason::uncertain_effect, {}, seq};
    std::string members;
    std::string_view outcome = "done";
    if (fate == Fate::done) {
        members = member("r", {{"output", std::move(output).value_or(nullptr)}});
        TRY(check_size(members));
    } else if (fate == Fate::not_done) {
        outcome = "not_done";
        members = member("e", {{"c", "not_done"}, {"m", "A person says that it did not happen."}});
    } else {
        outcome = "stop";
        members = member("e", {{"c", "stopped"}, {"m", "A person stopped the run here."}});
    }
    const Facts wait = TRY(find_open(tx, scope, which));
    TRY(write(tx, scope.project, execution, wait, answer_of(scope, outcome, std::move(members))));
    if (fate == Fate::stop) return executions::request_stop(tx, scope, execution);
    return executions::find(tx, scope, execution);
}

Result<Execution> decide_budget(Tx& tx, const Scope& scope, const ExecutionId& execution,
                                std::int64_t seq, OverBudget outcome) {
    const Which which{execution, WaitReason::budget, {}, seq};
    const Facts wait = TRY(find_open(tx, scope, which));
    const bool goes_on = outcome == OverBudget::go_on;
    TRY(write(tx, scope.project, execution, wait,
              answer_of(scope, goes_on ? "go_on" : "stop", {})));
    if (!goes_on) return executions::request_stop(tx, scope, execution);
    return executions::find(tx, scope, execution);
}

Result<std::optional<Open>> find(Rx& rx, const Scope& scope, const ExecutionId& execution) {
    auto wait = TRY(rx.maybe(facts_sql, scope.project, execution));
    if (!wait) return fail(Code::not_found, "There is no such execution.");
    if (!wait->open()) return std::nullopt;
    return Open{*wait->seq, *wait->reason, *std::move(wait->name), wait->child};
}

Result<> begin(Tx& tx, const StepCommit& step, std::int64_t seq, const ExecutionId& child) {
    TRY(tx.put(begin_sql, step.project, step.execution, seq, step.waiting->reason,
               step.waiting->name, step.waiting->place, child));
    return {};
}

Result<> child_ended(Tx& tx, const ProjectId& project, const ExecutionId& child,
                     ExecutionState state, std::string_view members) {
    const auto parent = TRY(tx.maybe(parent_sql, project, child));
    if (!parent) return {};
    const auto wait = TRY(tx.maybe(facts_sql, project, *parent));
    if (!wait || !wait->open()) return {};
    Answer answer{.outcome = "answered", .members = std::string(members)};
    if (members.empty()) {
        const auto ended = TRY(tx.maybe(facts_sql, project, child));
        answer.members = member("r", {{"output",
                                       {{"timed_out", false},
                                        {"execution_id", ended ? ended->uuid.text() : ""},
                                        {"status", weft::to_text(state)},
                                        {"conclusion", ""}}}});
    }
    return write(tx, project, *parent, *wait, answer);
}

Result<> follow(Tx& tx, const ProjectId& project, const ExecutionId& child,
                const ExecutionId& other) {
    TRY(tx.put(follow_sql, project, child, other));
    return {};
}

Result<> child_refused(Tx& tx, const StepCommit& step, const Error& why) {
    const auto wait = TRY(tx.maybe(facts_sql, step.project, step.execution));
    if (!wait || !wait->open()) return {};
    return write(tx, step.project, step.execution, *wait,
                 {.outcome = "answered", .members = member("r", {{"error", why.message}})});
}

} // namespace weft::store::waits
