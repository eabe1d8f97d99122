#include "store/postgres_steps.h"

#include "store/budget_book.h"
#include "store/postgres_arrays.h"

#include <libpq-fe.h>

namespace weft::store {

namespace {

constexpr std::size_t merged_max = 256;
constexpr std::int64_t steps_lane = 2;
constexpr const char* share_sql = "SELECT 1 FROM store_info WHERE name = 'writer' FOR SHARE";

// In SQLite's store: commit.goes_on or commit.change, journal.append, ledger.append and blobs.put,
// once for each step. $1 … $11: one element for each step; $12 … $17 for each row of the journal,
// $18 … $26 for each of the ledger, $27 … $30 for each blob, the first of them the number of its
// step. An execution for which another one waits, or that still asks a person, ends elsewhere. What
// it reads of an execution stands until it has written: whoever else writes to one holds `writer`
// alone.
constexpr Sql merged_sql{"postgres_steps.merged", nullptr, R"sql(
    WITH step AS (
        SELECT * FROM unnest($1::bytea[], $2::bytea[], $3::bigint[], $4::bigint[], $5::bigint[],
                             $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[],
                             $11::bigint[])
            WITH ORDINALITY AS s (project_id, id, epoch, seq, at, input_tokens, output_tokens,
                                  cost_micro_usd, credits_micro, state, ends, n)),
    moved AS MATERIALIZED (
        SELECT s.n, s.project_id, s.id, s.at, s.state, s.ends,
               s.input_tokens + coalesce(j.total_input_tokens, 0) AS input_tokens,
               s.output_tokens + coalesce(j.total_output_tokens, 0) AS output_tokens,
               s.cost_micro_usd + coalesce(j.total_cost_micro_usd, 0) AS cost_micro_usd,
               s.credits_micro + coalesce(j.total_credits_micro, 0) AS credits_micro
          FROM step s
          JOIN execution e ON e.project_id = s.project_id AND e.id = s.id
          LEFT JOIN LATERAL
               (SELECT * FROM journal
                 WHERE project_id = s.project_id AND execution_id = s.id
                 ORDER BY seq DESC LIMIT 1) AS j ON true
         WHERE e.epoch = s.epoch AND s.seq = 1 + coalesce(j.seq, 0)
           AND e.owner <> 0 AND e.want = 0 AND +e.state = 1
           AND NOT EXISTS (SELECT 1 FROM task t
                            WHERE t.project_id = e.project_id AND t.id = e.task_id
                              AND t.want <> 0)
           AND (s.ends = 0 OR NOT EXISTS (SELECT 1 FROM waiting w
                                           WHERE w.project_id = e.project_id
                                             AND w.child_id = e.id))
           AND (s.ends = 0 OR NOT EXISTS (SELECT 1 FROM inbox i
                                           WHERE i.project_id = e.project_id
                                             AND i.execution_id = e.id AND i.status < 2))),
    ended AS (
        UPDATE execution e SET state = m.state, owner = 0, updated_at = m.at, ended_at = m.at
          FROM moved m
         WHERE m.ends = 1 AND e.project_id = m.project_id AND e.id = m.id),
    written AS (
        INSERT INTO journal (project_id, execution_id, seq, kind, at, payload, blob_hash,
                             total_input_tokens, total_output_tokens, total_cost_micro_usd,
                             total_credits_micro)
        SELECT m.project_id, m.id, r.seq, r.kind, r.at, r.payload, r.blob_hash, m.input_tokens,
               m.output_tokens, m.cost_micro_usd, m.credits_micro
          FROM unnest($12::bigint[], $13::bigint[], $14::bigint[], $15::bigint[], $16::text[],
                      $17::bytea[]) AS r (n, seq, kind, at, payload, blob_hash)
          JOIN moved m ON m.n = r.n),
    paid AS (
        INSERT INTO ledger (project_id, id, execution_id, agent_id, agent_title, model,
                            input_tokens, output_tokens, cost_micro_usd, credits_micro, created_at)
        SELECT m.project_id, r.id, m.id, r.agent_id, r.title, r.model, r.input_tokens,
               r.output_tokens, r.cost_micro_usd, r.credits_micro, m.at
          FROM unnest($18::bigint[], $19::bytea[], $20::bytea[], $21::text[], $22::text[],
                      $23::bigint[], $24::bigint[], $25::bigint[], $26::bigint[])
            AS r (n, id, agent_id, title, model, input_tokens, output_tokens, cost_micro_usd,
                  credits_micro)
          JOIN moved m ON m.n = r.n),
    kept AS (
        INSERT INTO blob (project_id, hash, size, body)
        SELECT m.project_id, r.hash, r.size, r.body
          FROM unnest($27::bigint[], $28::bytea[], $29::bigint[], $30::bytea[])
            AS r (n, hash, size, body)
          JOIN moved m ON m.n = r.n
        ON CONFLICT (project_id, hash) DO NOTHING)
    SELECT n FROM moved)sql"};

constexpr Query<std::int64_t, ProjectId, ExecutionId, std::int64_t, std::int64_t> stands_sql{
    "postgres_steps.stands", R"sql(
    SELECT 1 FROM execution
     WHERE project_id = $1 AND id = $2 AND epoch = $3
       AND $4 = 1 + coalesce((SELECT max(seq) FROM journal
                               WHERE project_id = $1 AND execution_id = $2), 0))sql"};

/// One array for each letter: i for int8, t for text, b for bytea.
std::vector<PostgresArray> arrays(std::string_view letters) {
    using Of = PostgresArray::Of;
    std::vector<PostgresArray> all;
    for (const char letter : letters)
        all.emplace_back(letter == 'i' ? Of::int8 : letter == 't' ? Of::text : Of::bytea);
    return all;
}

/// The parameters of merged_sql.
struct Columns {
    std::vector<PostgresArray> steps = arrays("bbiiiiiiiii");
    std::vector<PostgresArray> rows = arrays("iiiitb");
    std::vector<PostgresArray> charges = arrays("ibbttiiii");
    std::vector<PostgresArray> blobs = arrays("ibib");
    std::int64_t count = 0;

    void add(const PackedStep& packed, Instant now, IdMinter& minter);
    void add_row(const JournalRow& row, std::int64_t seq, const std::optional<Packed>& packed);
    void add_charge(const LedgerRow& charge, const Id<struct ChargeTag>& id);
    std::vector<PostgresConnection::Parameter> parameters() const;
};

void Columns::add_row(const JournalRow& row, std::int64_t seq,
                      const std::optional<Packed>& packed) {
    rows.at(0).add(count);
    rows.at(1).add(seq);
    rows.at(2).add(static_cast<std::int64_t>(row.kind));
    rows.at(3).add(row.at.us);
    if (!packed) {
        rows.at(4).add(std::string_view(row.payload));
        rows.at(5).add_null();
        return;
    }
    rows.at(4).add_null();
    rows.at(5).add(BytesView(packed->hash.bytes));
    blobs.at(0).add(count);
    blobs.at(1).add(BytesView(packed->hash.bytes));
    blobs.at(2).add(packed->size);
    // Of several pieces each is there already: Store::commit has put them.
    blobs.at(3).add(packed->pieces.size() == 1 ? BytesView(packed->pieces.front().bytes)
                                               : BytesView());
}

void Columns::add(const PackedStep& packed, Instant now, IdMinter& minter) {
    const StepCommit& step = packed.step;
    ++count;
    std::int64_t seq = step.expected_seq;
    for (std::size_t i = 0; i < step.results.size(); ++i)
        add_row(step.results[i], seq++, packed.packed[i]);
    if (step.intent) add_row(*step.intent, seq, packed.packed.back());
    steps.at(0).add(step.project);
    steps.at(1).add(step.execution);
    steps.at(2).add(step.epoch);
    steps.at(3).add(step.expected_seq);
    steps.at(4).add(now.us);
    steps.at(5).add(step.usage.input_tokens);
    steps.at(6).add(step.usage.output_tokens);
    steps.at(7).add(step.usage.cost_micro_usd);
    const auto& last = step.last_charge;
    steps.at(8).add(step.usage.credits_micro + (last ? last->usage.credits_micro : 0));
    steps.at(9).add(static_cast<std::int64_t>(step.next_state));
    steps.at(10).add(std::int64_t{is_final(step.next_state)});
    const auto id = [&] { return minter.mint<struct ChargeTag>(step.project.ordinal()); };
    for (const LedgerRow& charge : step.ledger) add_charge(charge, id());
    if (last) add_charge(*last, id());
}

void Columns::add_charge(const LedgerRow& charge, const Id<struct ChargeTag>& id) {
    charges.at(0).add(count);
    charges.at(1).add(id);
    charges.at(2).add(charge.agent);
    charges.at(3).add(std::string_view(charge.agent_title));
    charges.at(4).add(std::string_view(charge.model));
    charges.at(5).add(charge.usage.input_tokens);
    charges.at(6).add(charge.usage.output_tokens);
    charges.at(7).add(charge.usage.cost_micro_usd);
    charges.at(8).add(charge.usage.credits_micro);
}

std::vector<PostgresConnection::Parameter> Columns::parameters() const {
    std::vector<PostgresConnection::Parameter> all;
    for (const auto* group : {&steps, &rows, &charges, &blobs})
        for (const PostgresArray& each : *group) all.push_back({each.type(), each.binary()});
    return all;
}

/// Which of `count` steps the statement says it has written.
std::vector<bool> moved(const PGresult* found, std::size_t count) {
    std::vector<bool> all(count, false);
    for (int row = 0; row < PQntuples(found); ++row) {
        std::uint64_t number = 0;
        std::memcpy(&number, PQgetvalue(found, row, 0), sizeof number);
        all.at(std::byteswap(number) - 1) = true;
    }
    return all;
}

/// It goes on, or ends without a word to others.
bool is_common(const StepCommit& step) {
    if (step.wake_at || step.waiting || step.child || step.ask || step.progress) return false;
    if (step.next_state == ExecutionState::running) return !step.release;
    return is_final(step.next_state) && step.answer_for_parent.empty();
}

bool counts(const StepJob* job) { return job->packed.step.reserve || job->packed.step.settle; }

} // namespace

PostgresSteps::PostgresSteps(Reach& reach, WriterTally& tally, PostgresWriter& writer,
                             std::int64_t node, Clock& clock, IdMinter& minter)
    : reach_(reach), tally_(tally), writer_(writer), clock_(clock), minter_(minter),
      connection_(reach), marks_(node, steps_lane) {
    lane_.start(merged_max, [this](std::deque<StepJob*> jobs) { work(std::move(jobs)); });
}

bool PostgresSteps::submit(StepJob& job) {
    return is_common(job.packed.step) ? lane_.submit(job) : writer_.submit(job);
}

void PostgresSteps::work(std::deque<StepJob*> jobs) {
    const std::int64_t started = monotonic_us();
    const auto taken = commit(jobs);
    if (taken) {
        tally_.note_commit(jobs.size());
        tally_.note_hold(monotonic_us() - started, merged_sql.name);
    }
    for (std::size_t i = 0; i < jobs.size(); ++i) {
        StepJob& job = *jobs[i];
        // What one step of many may have spoilt is tried again by itself.
        const bool alone = !taken && taken.error().code != Code::unavailable;
        if (alone || (taken && !(*taken)[i])) {
            pass_on(job);
            continue;
        }
        if (taken)
            job.result = Verdict::committed;
        else
            job.refuse(taken.error());
        finish(job);
    }
}

void PostgresSteps::pass_on(StepJob& job) {
    if (!writer_.submit(job)) turn_away(job, shutting_down());
}

/// Which of the jobs are written and committed.
Result<std::vector<bool>> PostgresSteps::commit(const std::deque<StepJob*>& jobs) {
    if (reach_.away()) return std::unexpected(database_away("it is away"));
    if (std::ranges::any_of(jobs, counts)) return commit_counted(jobs);
    Columns columns;
    for (const StepJob* job : jobs) columns.add(job->packed, clock_.now(), minter_);
    TRY(connection_.begin_writing());
    connection_.post(share_sql);
    connection_.post(marks_.next());
    const auto found = connection_.run_last(merged_sql, columns.parameters());
    if (found) return moved(found->get(), jobs.size());
    if (connection_.in_doubt()) return settle_doubt(jobs, found.error());
    return std::unexpected(found.error());
}

Result<std::vector<bool>> PostgresSteps::commit_counted(const std::deque<StepJob*>& jobs) {
    TRY(connection_.begin_writing());
    connection_.post(share_sql);
    connection_.post(marks_.next());
    auto written = write_counted(jobs);
    if (!written) {
        connection_.roll_back();
        return written;
    }
    const auto committed = connection_.commit();
    if (committed) return written;
    if (connection_.in_doubt()) return settle_doubt(jobs, committed.error());
    return std::unexpected(committed.error());
}

/// What is not taken goes on to the writer, as all that is not: also a step without room.
Result<std::vector<bool>> PostgresSteps::write_counted(const std::deque<StepJob*>& jobs) {
    Tx tx(connection_, clock_.now(), minter_);
    BudgetBook book;
    Columns columns;
    std::vector<std::size_t> sent;
    std::vector<BudgetBook::Taken> taken;
    for (std::size_t i = 0; i < jobs.size(); ++i) {
        const StepCommit& step = jobs[i]->packed.step;
        auto took = BudgetBook::Taken{};
        if (counts(jobs[i])) took = TRY(book.take(tx, step, budgets::Take::reserve_too));
        if (!took.has_room) {
            BudgetBook::undo(took);
            continue;
        }
        columns.add(jobs[i]->packed, clock_.now(), minter_);
        sent.push_back(i);
        taken.push_back(std::move(took));
    }
    std::vector<bool> written(jobs.size(), false);
    const auto found = TRY(connection_.run_arrays(merged_sql, columns.parameters()));
    const std::vector<bool> each = moved(found.get(), sent.size());
    for (std::size_t i = 0; i < sent.size(); ++i) {
        written[sent[i]] = each[i];
        if (!each[i]) BudgetBook::undo(taken[i]);
    }
    TRY(book.flush(tx));
    return written;
}

/// After a commit that nobody answered: which of the jobs it wrote, if it took place.
Result<std::vector<bool>> PostgresSteps::settle_doubt(const std::deque<StepJob*>& jobs,
                                                      const Error& why) {
    if (!marks_.find_out(reach_, connection_).value_or(false)) return std::unexpected(why);
    while (reach_.wait_back())
        if (auto written = find_written(jobs)) return written;
    return std::unexpected(why);
}

/// Only the owner's steps move an execution on within an epoch.
Result<std::vector<bool>> PostgresSteps::find_written(const std::deque<StepJob*>& jobs) {
    TRY(connection_.begin_reading());
    std::vector<bool> written;
    for (const StepJob* job : jobs) {
        const StepCommit& step = job->packed.step;
        const auto rows = static_cast<std::int64_t>(step.results.size() + (step.intent ? 1 : 0));
        const auto found = connection_.maybe<std::int64_t>(
            stands_sql.text(), step.project, step.execution, step.epoch, step.expected_seq + rows);
        if (!found) {
            connection_.end_reading();
            return std::unexpected(found.error());
        }
        written.push_back(found->has_value());
    }
    connection_.end_reading();
    return written;
}

} // namespace weft::store
