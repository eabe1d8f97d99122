#include "store/commit.h"

#include "store/agentflows.h"
#include "store/budgets.h"
#include "store/executions.h"
#include "store/inbox.h"
#include "store/journal.h"
#include "store/ledger.h"
#include "store/ready.h"
#include "store/uncharged.h"
#include "store/waits.h"

namespace weft::store {

namespace {

/// The common step's check: a live execution that goes on running, of which nobody asked anything.
/// Such a step only adds rows.
constexpr Query<std::int64_t, ProjectId, ExecutionId, std::int64_t, std::int64_t> goes_on_sql{
    "commit.goes_on", R"sql(
    SELECT 1 FROM execution
     WHERE project_id = $1 AND id = $2 AND epoch = $3 AND owner <> 0 AND want = 0 AND +state = 1
       AND $4 = 1 + coalesce((SELECT max(seq) FROM journal
                               WHERE project_id = $1 AND execution_id = $2), 0)
       AND NOT EXISTS (SELECT 1 FROM task t
                        WHERE t.project_id = $1 AND t.id = execution.task_id AND t.want <> 0))sql"};

struct Facts {
    ExecutionState state = ExecutionState::ready;
    ExecutionState paused_from = ExecutionState::ready;
    Want want = Want::run;
    Want task_want = Want::run;
    bool settling = false;
    std::int64_t owner = 0;
    std::int64_t epoch = 0;
    std::int64_t next_seq = 0;
    std::optional<Instant> ended_at;
};
constexpr Query<Facts, ProjectId, ExecutionId> facts_sql{"commit.facts", R"sql(
    SELECT e.state, e.paused_from, e.want, t.want, e.settling, e.owner, e.epoch,
           1 + coalesce((SELECT max(seq) FROM journal
                          WHERE project_id = $1 AND execution_id = $2), 0),
           e.ended_at
      FROM execution e JOIN task t ON t.project_id = e.project_id AND t.id = e.task_id
     WHERE e.project_id = $1 AND e.id = $2)sql"};

constexpr Query<void, ProjectId, ExecutionId, ExecutionState, ExecutionState, Want, std::int64_t,
                std::optional<Instant>, Instant, std::optional<Instant>>
    change_sql{"commit.change", R"sql(
    UPDATE execution SET state = $3, paused_from = $4, want = $5, settling = 0, owner = $6,
           wake_at = $7, updated_at = $8, ended_at = $9
     WHERE project_id = $1 AND id = $2)sql"};

enum class Keep { all, results };

/// Writes the rows that are kept, the first with what the step used; the number after them.
Result<std::int64_t> write_rows(Tx& tx, const PackedStep& packed, Keep keep) {
    const StepCommit& step = packed.step;
    std::int64_t seq = step.expected_seq;
    const auto append = [&](const JournalRow& row, const std::optional<Packed>& payload,
                            std::int64_t credits_micro) {
        Usage used = seq == step.expected_seq ? step.usage : Usage{};
        used.credits_micro += credits_micro;
        return journal::append(tx, step.project, step.execution, row, seq++, payload, used);
    };
    for (std::size_t i = 0; i < step.results.size(); ++i)
        TRY(append(step.results[i], packed.packed[i], 0));
    if (step.intent && keep == Keep::all) {
        const auto& charge = step.last_charge;
        TRY(append(*step.intent, packed.packed.back(), charge ? charge->usage.credits_micro : 0));
        if (charge) TRY(ledger::append(tx, step.project, step.execution, *charge));
    }
    for (const LedgerRow& row : step.ledger)
        TRY(ledger::append(tx, step.project, step.execution, row));
    return seq;
}

/// What a step brings that comes after a stop: the result of the intent that was open, if that is
/// what it begins with, and what that cost. Not the branches that were taken after it.
PackedStep late_result(const PackedStep& packed) {
    PackedStep late{.step = packed.step, .packed = {}};
    StepCommit& step = late.step;
    step.intent.reset();
    if (step.results.empty() || step.results.front().kind != JournalKind::result) {
        step.results.clear();
        step.ledger.clear();
        step.usage = {};
        step.settle.reset();
        return late;
    }
    step.results.resize(1);
    late.packed.push_back(packed.packed.front());
    if (!step.first) return late;
    step.usage = step.first->usage;
    step.ledger.resize(std::min(step.ledger.size(), step.first->ledger_rows));
    return late;
}

/// The item that the last row before `next_seq` waits for.
Result<> write_ask(Tx& tx, const PackedStep& packed, std::int64_t next_seq) {
    const StepCommit& step = packed.step;
    if (!step.ask) return {};
    return inbox::add(tx, step.project, step.execution, *step.ask, next_seq - 1, packed.asked);
}

/// The execution's row after the step.
struct After {
    ExecutionState state = ExecutionState::ready;
    ExecutionState paused_from = ExecutionState::ready;
    Want want = Want::run;
    std::int64_t owner = 0;
    std::optional<Instant> wake_at;
    std::optional<Instant> ended_at;
};

Result<> change(Tx& tx, const StepCommit& step, const After& after) {
    TRY(tx.put(change_sql, step.project, step.execution, after.state, after.paused_from, after.want,
               after.owner, after.wake_at, tx.now(), after.ended_at));
    return {};
}

/// After a stop: the late result is kept, then the owner has let go.
Result<Verdict> settle(Tx& tx, const PackedStep& packed, const Facts& facts) {
    const PackedStep late = late_result(packed);
    const After after{.state = ExecutionState::cancelled,
                      .paused_from = facts.paused_from,
                      .want = Want::stop,
                      .ended_at = facts.ended_at.value_or(tx.now())};
    TRY(write_rows(tx, late, Keep::results));
    TRY(budgets::apply(tx, late.step, budgets::Take::settle_only));
    TRY(change(tx, late.step, after));
    if (late.step.ledger.empty()) TRY(uncharged::note(tx, late.step.project, late.step.execution));
    return Verdict::stopped;
}

/// More of an open effect: whatever was asked for meanwhile, it arrived and was paid for.
Result<Verdict> note_progress(Tx& tx, const PackedStep& packed, Want want) {
    TRY(write_rows(tx, packed, Keep::results));
    return want == Want::stop ? Verdict::stopped : Verdict::committed;
}

/// At a pause: the step's results and what it now waits for, but no new intent, nor the wait that
/// it would have begun.
Result<Verdict> rest(Tx& tx, const PackedStep& packed) {
    const StepCommit& step = packed.step;
    After after{.state = ExecutionState::paused,
                .paused_from = step.next_state,
                .want = Want::pause,
                .wake_at = step.wake_at};
    if (step.intent && step.waiting) {
        after.paused_from = ExecutionState::running;
        after.wake_at.reset();
    }
    const std::int64_t next_seq = TRY(write_rows(tx, packed, Keep::results));
    TRY(budgets::apply(tx, step, budgets::Take::settle_only));
    TRY(change(tx, step, after));
    if (step.waiting && !step.intent) TRY(waits::begin(tx, step, next_seq - 1, {}));
    if (!step.intent) TRY(write_ask(tx, packed, next_seq));
    return Verdict::paused;
}

/// What happened stands; the owner keeps the execution.
Result<Verdict> go_without_intent(Tx& tx, const PackedStep& packed, Verdict why) {
    TRY(write_rows(tx, packed, Keep::results));
    return why;
}

/// The child of a step, if it could be made.
struct Child {
    std::optional<ExecutionId> id;
    Error refused; ///< why not
};

Result<Child> add_child(Tx& tx, const StepCommit& step, Want want) {
    ExecutionStart child = *step.child;
    child.parent = step.execution;
    const Scope scope{{}, step.project, {}};
    if (!child.version) {
        const auto current = agentflows::find_current(tx, scope, child.agentflow);
        if (!current && current.error().code != Code::not_found)
            return std::unexpected(current.error());
        if (!current) return Child{{}, current.error()};
        child.version = current->version;
    }
    const auto made = TRY(executions::create_child(tx, scope, child, want));
    if (!made) return Child{{}, executions::task_full()};
    const auto used = agentflows::touch_last_used(tx, scope, child.agentflow);
    if (!used && used.error().code != Code::not_found) // a version outlives its flow
        return std::unexpected(used.error());
    return Child{made, {}};
}

/// The wait that the step begins, and who waits for this execution's end.
Result<> tell_family(Tx& tx, const StepCommit& step, const Child& child, std::int64_t next_seq) {
    if (step.waiting) {
        TRY(waits::begin(tx, step, next_seq - 1, child.id.value_or(ExecutionId{})));
        if (step.child && !child.id) return waits::child_refused(tx, step, child.refused);
    }
    if (!is_final(step.next_state)) return {};
    if (child.id) return waits::follow(tx, step.project, step.execution, *child.id);
    return waits::child_ended(tx, step.project, step.execution, step.next_state,
                              step.answer_for_parent);
}

Result<Verdict> move_on(Tx& tx, const PackedStep& packed, const Facts& facts) {
    const StepCommit& step = packed.step;
    Child child;
    if (step.child) child = TRY(add_child(tx, step, std::max(facts.want, facts.task_want)));
    const bool has_room = TRY(budgets::apply(tx, step, budgets::Take::reserve_too));
    if (!has_room) return go_without_intent(tx, packed, Verdict::no_budget);
    if (step.child && !child.id && !step.waiting)
        return go_without_intent(tx, packed, Verdict::no_child);
    const bool final = is_final(step.next_state);
    const bool releases = final || step.release || step.wake_at;
    After after{.state = step.next_state,
                .paused_from = facts.paused_from,
                .owner = releases ? 0 : facts.owner};
    if (final)
        after.ended_at = tx.now();
    else
        after.wake_at = step.wake_at;
    const std::int64_t next_seq = TRY(write_rows(tx, packed, Keep::all));
    if (final) TRY(inbox::expire(tx, step.project, step.execution));
    TRY(write_ask(tx, packed, next_seq));
    TRY(change(tx, step, after));
    TRY(tell_family(tx, step, child, next_seq));
    if (step.release && step.next_state == ExecutionState::ready && !step.wake_at)
        TRY(ready::add(tx, step.project, step.execution, tx.now()));
    return Verdict::committed;
}

/// Everything but the common step.
Result<Verdict> apply_rare(Tx& tx, const PackedStep& packed) {
    const StepCommit& step = packed.step;
    const auto facts = TRY(tx.maybe(facts_sql, step.project, step.execution));
    if (!facts || facts->epoch != step.epoch || facts->owner == 0 ||
        facts->next_seq != step.expected_seq)
        return Verdict::fenced;
    const bool settling = facts->state == ExecutionState::cancelled && facts->settling;
    if (is_final(facts->state) && !settling) return Verdict::fenced;
    const Want want = settling ? Want::stop : std::max(facts->want, facts->task_want);
    if (step.progress) return note_progress(tx, packed, want);
    if (want == Want::stop) return settle(tx, packed, *facts);
    if (want == Want::pause && !is_final(step.next_state)) return rest(tx, packed);
    return move_on(tx, packed, *facts);
}

} // namespace

Result<PackedStep> pack(StepCommit step) {
    PackedStep packed;
    for (const JournalRow& row : step.results)
        packed.packed.push_back(row.payload.size() <= inline_bytes_max
                                    ? std::nullopt
                                    : std::optional(TRY(blobs::pack(row.payload))));
    if (step.intent)
        packed.packed.push_back(step.intent->payload.size() <= inline_bytes_max
                                    ? std::nullopt
                                    : std::optional(TRY(blobs::pack(step.intent->payload))));
    if (step.ask && step.ask->asked.size() > inline_bytes_max)
        packed.asked = TRY(blobs::pack(step.ask->asked));
    packed.step = std::move(step);
    return packed;
}

Result<Verdict> apply(Tx& tx, const PackedStep& packed) {
    const StepCommit& step = packed.step;
    if (step.next_state != ExecutionState::running || step.release || step.wake_at || step.child ||
        step.ask)
        return apply_rare(tx, packed);
    const auto goes_on =
        TRY(tx.maybe(goes_on_sql, step.project, step.execution, step.epoch, step.expected_seq));
    if (!goes_on) return apply_rare(tx, packed);
    const bool has_room = TRY(budgets::apply(tx, step, budgets::Take::reserve_too));
    TRY(write_rows(tx, packed, has_room ? Keep::all : Keep::results));
    return has_room ? Verdict::committed : Verdict::no_budget;
}

} // namespace weft::store
