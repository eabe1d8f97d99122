#include "sim/checks.h"

#include "engine/journal.h"
#include "engine/progress.h"
#include "store/executions.h"
#include "store/invariants_testing.h"
#include "store/journal.h"

namespace weft::sim {

namespace {

struct Seen {
    Execution execution;
    std::vector<JournalRow> rows;
};

class Check {
public:
    Check(const Known& known, const Seen& seen, Trace& trace)
        : known_(known), execution_(seen.execution), rows_(seen.rows), trace_(trace) {}

    void all() {
        state();
        journal();
        fold();
        beginnings();
    }

private:
    template <class... Args> void broken(fmt::format_string<Args...> text, Args&&... args) {
        trace_.broken("{}: {}", known_.id.hex(), fmt::format(text, std::forward<Args>(args)...));
    }

    void state() {
        if (known_.final_state && execution_.state != *known_.final_state)
            broken("had ended as {} and is {}", to_text(*known_.final_state),
                   to_text(execution_.state));
        if (known_.stopped_at_seq && !is_final(execution_.state))
            broken("was stopped and is {}", to_text(execution_.state));
        if (is_final(execution_.state) && !execution_.ended_at) broken("ended at no time");
    }

    void journal() {
        if (execution_.next_seq != std::ssize(rows_) + 1)
            broken("has {} rows and would write row {}", rows_.size(), execution_.next_seq);
        if (rows_.size() < known_.row_sums.size())
            broken("{} rows were durable and {} are there", known_.row_sums.size(), rows_.size());
        for (std::size_t i = 0; i < std::min(rows_.size(), known_.row_sums.size()); ++i)
            if (row_sum(rows_[i]) != known_.row_sums[i])
                broken("row {} is another than it was", i + 1);
        for (const JournalRow& row : rows_)
            if (known_.stopped_at_seq && row.seq >= *known_.stopped_at_seq &&
                (row.kind == JournalKind::intent || row.kind == JournalKind::finished))
                broken("row {} was written after the stop at {}", row.seq, *known_.stopped_at_seq);
    }

    void fold() {
        engine::Run run;
        run.start.id = known_.id;
        for (const JournalRow& row : rows_)
            if (const auto folded = engine::fold(run, row); !folded)
                return broken("does not fold: {}", folded.error().log_text);
        const auto numbers = [](const Usage& usage) {
            return std::array{usage.input_tokens, usage.output_tokens, usage.cost_micro_usd,
                              usage.credits_micro};
        };
        if (numbers(run.usage) != numbers(execution_.usage))
            broken("the counters are not the sum of the journal");
        const bool told = is_final(run.state);
        const bool by_itself = execution_.state == ExecutionState::completed ||
                               execution_.state == ExecutionState::failed;
        if (told != by_itself)
            broken("is {} and its journal says {}", to_text(execution_.state), to_text(run.state));
    }

    /// Whether row `seq` is an intent, or a part of what one streams.
    bool has_intent(std::int64_t seq) const {
        if (seq > std::ssize(rows_)) return false;
        const auto kind_of = [this](std::int64_t of) {
            return rows_[static_cast<std::size_t>(of) - 1].kind;
        };
        while (seq > 1 && kind_of(seq) == JournalKind::partial) --seq;
        return seq > 0 && kind_of(seq) == JournalKind::intent;
    }

    void beginnings() {
        for (const Began& began : known_.began) {
            if (!has_intent(began.seq))
                broken("{} began without the intent of row {}", began.key, began.seq);
        }
    }

    const Known& known_;
    const Execution& execution_;
    const std::vector<JournalRow>& rows_;
    Trace& trace_;
};

struct Lost {
    ExecutionId id;
    ExecutionState state = ExecutionState::ready;
    std::int64_t owner = 0;
};
constexpr store::Query<Lost, ProjectId, std::int64_t> lost_sql{"sim.lost", R"sql(
    SELECT id, state, owner FROM execution
     WHERE project_id = $1
       AND ((owner <> 0 AND owner <> $2)
            OR (owner = 0 AND started = 1 AND state < 2 AND wake_at IS NULL
                AND NOT EXISTS (SELECT 1 FROM ready r
                                 WHERE r.project_id = $1 AND r.execution_id = execution.id)
                AND NOT EXISTS (SELECT 1 FROM waiting w
                                 WHERE w.project_id = $1 AND w.execution_id = execution.id
                                   AND w.seq = (SELECT max(j.seq) FROM journal j
                                                 WHERE j.project_id = $1
                                                   AND j.execution_id = execution.id)))))sql"};

constexpr store::Query<Tally, ProjectId, AgentflowId> tally_sql{"sim.tally", R"sql(
    SELECT (SELECT count(*) FROM execution WHERE project_id = $1 AND agentflow_id <> $2),
           (SELECT count(*) FROM journal
             WHERE project_id = $1 AND payload LIKE '%"c":"%timed_out"%'))sql"};

Result<Seen> look(store::Rx& rx, const Scope& scope, const ExecutionId& id) {
    Seen seen;
    seen.execution = TRY(store::executions::find(rx, scope, id));
    seen.rows = TRY(store::journal::read(rx, scope, id, 1));
    return seen;
}

void check_invariants(Machine& machine, Trace& trace) {
    const auto broken =
        machine.store().read_here([](store::Rx& rx) { return store::violations(rx); });
    if (!broken) return; // the disk refuses just now
    for (const std::string& each : *broken) trace.broken("{}", each);
}

} // namespace

void check_all(Machine& machine, const Book& book, Trace& trace) {
    for (const auto& [id, known] : book.executions) {
        const auto seen = machine.store().read_here(
            [&](store::Rx& rx) { return look(rx, machine.scope, known.id); });
        if (seen)
            Check(known, *seen, trace).all();
        else
            trace.broken("{}: cannot be read: {}", id.hex(), seen.error().message);
    }
    check_invariants(machine, trace);
}

void check_nothing_is_lost(Machine& machine, Trace& trace) {
    const std::int64_t node = machine.store().node();
    const auto lost = machine.store().read_here(
        [&](store::Rx& rx) { return rx.all(lost_sql, machine.scope.project, node); });
    if (!lost) return; // the disk refuses just now
    for (const Lost& each : *lost)
        trace.broken("{}: is {} and owned by {}, and nobody will ever go on with it", each.id.hex(),
                     to_text(each.state), each.owner);
}

Tally tally_of(Machine& machine, const AgentflowId& first) {
    const auto tally = machine.store().read_here(
        [&](store::Rx& rx) { return rx.maybe(tally_sql, machine.scope.project, first); });
    return tally && *tally ? **tally : Tally{};
}

} // namespace weft::sim
