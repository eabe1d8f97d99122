#include "store/postgres_merged.h"

namespace weft::store {

namespace {

// In SQLite's store: commit.goes_on or commit.change, journal.append, ledger.append and
// blobs.put, once for each step. $1 … $11: one element for each step; $12 … $17 for each row of
// the journal, $18 … $26 for each of the ledger, $27 … $30 for each blob, the first of them the
// number of its step. $31 … $33 for each step: the number of the budgets that it counts against,
// 0 for none, and what it takes of them in money and in credits; $34, $35 for each such number:
// the organization and the revision of what is known of its budgets; $36 … $42 for each slice of
// such a number (unit 1 is money). An execution for which another one waits, or that still asks
// a person, ends elsewhere. What it reads of an execution, and of budgets, stands until it has
// written: whoever else writes to one holds `writer` alone. No EXISTS beside an OR: see query.h.
constexpr Sql merged_sql{"postgres_merged.steps", nullptr, R"sql(
    WITH fresh AS MATERIALIZED (
        SELECT b.n
          FROM unnest($34::bytea[], $35::bigint[])
               WITH ORDINALITY AS b (organization_id, revision, n)
         WHERE b.revision = coalesce((SELECT number FROM budget_revision r
                                       WHERE r.organization_id = b.organization_id), 0)),
    step AS (
        SELECT * FROM unnest($1::bytea[], $2::bytea[], $3::bigint[], $4::bigint[], $5::bigint[],
                             $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[],
                             $11::bigint[], $31::bigint[], $32::bigint[], $33::bigint[])
            WITH ORDINALITY AS s (project_id, id, epoch, seq, at, input_tokens, output_tokens,
                                  cost_micro_usd, credits_micro, state, ends, budgets, money,
                                  credits, n)),
    moved AS MATERIALIZED (
        SELECT s.n, s.project_id, s.id, s.at, s.state, s.ends, s.budgets, s.money, s.credits,
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
           AND (s.ends = 0 OR (SELECT 1 FROM waiting w
                                WHERE w.project_id = e.project_id AND w.child_id = e.id
                                LIMIT 1) IS NULL)
           AND (s.ends = 0 OR (SELECT 1 FROM inbox i
                                WHERE i.project_id = e.project_id AND i.execution_id = e.id
                                  AND i.status < 2 LIMIT 1) IS NULL)
           AND (s.budgets = 0 OR s.budgets IN (SELECT n FROM fresh))),
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
        ON CONFLICT (project_id, hash) DO NOTHING),
    spent AS (
        UPDATE budget_slice b SET free = b.free - u.amount
          FROM (SELECT k.organization_id, k.subject_id, k.level, k.span, k.unit, k.node,
                       CAST(sum(CASE k.unit WHEN 1 THEN t.money ELSE t.credits END) AS BIGINT)
                           AS amount
                  FROM (SELECT budgets, sum(money) AS money, sum(credits) AS credits
                          FROM moved WHERE budgets > 0 GROUP BY budgets) AS t
                  JOIN unnest($36::bigint[], $37::bytea[], $38::bytea[], $39::bigint[],
                              $40::bigint[], $41::bigint[], $42::bigint[])
                       AS k (budgets, organization_id, subject_id, level, span, unit, node)
                    ON k.budgets = t.budgets
                 GROUP BY k.organization_id, k.subject_id, k.level, k.span, k.unit, k.node) AS u
         WHERE b.organization_id = u.organization_id AND b.subject_id = u.subject_id
           AND b.level = u.level AND b.span = u.span AND b.unit = u.unit AND b.node = u.node)
    SELECT n FROM moved)sql"};

} // namespace

const Sql& MergedSteps::sql() { return merged_sql; }

MergedSteps::Arrays MergedSteps::arrays(std::string_view letters) {
    using Of = PostgresArray::Of;
    Arrays all;
    for (const char letter : letters)
        all.emplace_back(letter == 'i' ? Of::int8 : letter == 't' ? Of::text : Of::bytea);
    return all;
}

void MergedSteps::add_row(const JournalRow& row, std::int64_t seq,
                          const std::optional<Packed>& packed) {
    rows_.at(0).add(count_);
    rows_.at(1).add(seq);
    rows_.at(2).add(static_cast<std::int64_t>(row.kind));
    rows_.at(3).add(row.at.us);
    if (!packed) {
        rows_.at(4).add(std::string_view(row.payload));
        rows_.at(5).add_null();
        return;
    }
    rows_.at(4).add_null();
    rows_.at(5).add(BytesView(packed->hash.bytes));
    blobs_.at(0).add(count_);
    blobs_.at(1).add(BytesView(packed->hash.bytes));
    blobs_.at(2).add(packed->size);
    // Of several pieces each is there already: Store::commit has put them.
    blobs_.at(3).add(packed->pieces.size() == 1 ? BytesView(packed->pieces.front().bytes)
                                                : BytesView());
}

void MergedSteps::add(const PackedStep& packed, const std::optional<BudgetSlices::Taken>& taken,
                      Instant now, IdMinter& minter) {
    const StepCommit& step = packed.step;
    ++count_;
    std::int64_t seq = step.expected_seq;
    for (std::size_t i = 0; i < step.results.size(); ++i)
        add_row(step.results[i], seq++, packed.packed[i]);
    if (step.intent) add_row(*step.intent, seq, packed.packed.back());
    steps_.at(0).add(step.project);
    steps_.at(1).add(step.execution);
    steps_.at(2).add(step.epoch);
    steps_.at(3).add(step.expected_seq);
    steps_.at(4).add(now.us);
    steps_.at(5).add(step.usage.input_tokens);
    steps_.at(6).add(step.usage.output_tokens);
    steps_.at(7).add(step.usage.cost_micro_usd);
    const auto& last = step.last_charge;
    steps_.at(8).add(step.usage.credits_micro + (last ? last->usage.credits_micro : 0));
    steps_.at(9).add(static_cast<std::int64_t>(step.next_state));
    steps_.at(10).add(std::int64_t{is_final(step.next_state)});
    const auto id = [&] { return minter.mint<struct ChargeTag>(step.project.ordinal()); };
    for (const LedgerRow& charge : step.ledger) add_charge(charge, id());
    if (last) add_charge(*last, id());
    budgets_.at(0).add(taken ? number_of(*taken) : 0);
    budgets_.at(1).add(taken ? taken->amount.micro_usd : 0);
    budgets_.at(2).add(taken ? taken->amount.micro_credits : 0);
}

void MergedSteps::add_charge(const LedgerRow& charge, const Id<struct ChargeTag>& id) {
    charges_.at(0).add(count_);
    charges_.at(1).add(id);
    charges_.at(2).add(charge.agent);
    charges_.at(3).add(std::string_view(charge.agent_title));
    charges_.at(4).add(std::string_view(charge.model));
    charges_.at(5).add(charge.usage.input_tokens);
    charges_.at(6).add(charge.usage.output_tokens);
    charges_.at(7).add(charge.usage.cost_micro_usd);
    charges_.at(8).add(charge.usage.credits_micro);
}

/// Of the budgets that a step counts against; their slices are sent once.
std::int64_t MergedSteps::number_of(const BudgetSlices::Taken& taken) {
    const auto next = static_cast<std::int64_t>(numbers_.size()) + 1;
    const auto [number, is_new] =
        numbers_.try_emplace(std::pair(taken.organization, *taken.slices), next);
    if (!is_new) return number->second;
    revisions_.at(0).add(taken.organization);
    revisions_.at(1).add(taken.revision);
    for (const BudgetSlices::Slice* each : *taken.slices) {
        const Budget& budget = each->standing.budget;
        slices_.at(0).add(next);
        slices_.at(1).add(each->organization);
        slices_.at(2).add(budget.subject);
        slices_.at(3).add(static_cast<std::int64_t>(budget.level));
        slices_.at(4).add(static_cast<std::int64_t>(budget.window));
        slices_.at(5).add(static_cast<std::int64_t>(budget.unit));
        slices_.at(6).add(node_);
    }
    return next;
}

std::vector<PostgresConnection::Parameter> MergedSteps::parameters() const {
    std::vector<PostgresConnection::Parameter> all;
    for (const auto* group :
         {&steps_, &rows_, &charges_, &blobs_, &budgets_, &revisions_, &slices_})
        for (const PostgresArray& each : *group) all.push_back({each.type(), each.binary()});
    return all;
}

} // namespace weft::store
