#include "store/invariants_testing.h"

namespace weft::store {

namespace {

/// An execution and what is wrong with it.
struct Fault {
    ExecutionId execution;
    std::string what;
};

constexpr SystemQuery<Fault> numbering_sql{"invariants.numbering", R"sql(
    SELECT execution_id, 'rows ' || count(*) || ', last ' || max(seq)
      FROM journal GROUP BY project_id, execution_id
    HAVING count(*) <> max(seq) OR min(seq) <> 1)sql"};

// In PostgreSQL's JSON there is no \u0000.

constexpr SystemQuery<Fault> counters_sql{"invariants.counters", R"sql(
    WITH summed AS (
        SELECT j.project_id, j.execution_id AS id, max(j.seq) AS last,
               CAST(total(j.payload ->> '$.u[0]') AS INTEGER) AS input,
               CAST(total(j.payload ->> '$.u[1]') AS INTEGER) AS output,
               CAST(total(j.payload ->> '$.u[2]') AS INTEGER) AS cost,
               CAST(total(j.payload ->> '$.u[3]') + total(j.payload ->> '$.d.cr') +
                    total(j.payload ->> '$.cr') AS INTEGER) AS credits
          FROM journal j
         GROUP BY j.project_id, j.execution_id HAVING count(*) = count(j.payload))
    SELECT s.id, 'counters ' || t.total_input_tokens || ' ' || t.total_output_tokens || ' ' ||
           t.total_cost_micro_usd || ' ' || t.total_credits_micro || ', journal ' || s.input ||
           ' ' || s.output || ' ' || s.cost || ' ' || s.credits
      FROM summed s
      JOIN journal t ON t.project_id = s.project_id AND t.execution_id = s.id AND t.seq = s.last
     WHERE t.total_input_tokens <> s.input OR t.total_output_tokens <> s.output
        OR t.total_cost_micro_usd <> s.cost OR t.total_credits_micro <> s.credits)sql",
                                          R"sql(
    WITH summed AS (
        SELECT j.project_id, j.execution_id AS id, max(j.seq) AS last,
               coalesce(sum((p.body #>> '{u,0}')::bigint), 0) AS input,
               coalesce(sum((p.body #>> '{u,1}')::bigint), 0) AS output,
               coalesce(sum((p.body #>> '{u,2}')::bigint), 0) AS cost,
               coalesce(sum((p.body #>> '{u,3}')::bigint), 0) +
               coalesce(sum((p.body #>> '{d,cr}')::bigint), 0) +
               coalesce(sum((p.body ->> 'cr')::bigint), 0) AS credits
          FROM journal j
         CROSS JOIN LATERAL
               (SELECT replace(j.payload, '\u0000', '')::json AS body OFFSET 0) AS p
         GROUP BY j.project_id, j.execution_id HAVING count(*) = count(j.payload))
    SELECT s.id, 'counters ' || t.total_input_tokens || ' ' || t.total_output_tokens || ' ' ||
           t.total_cost_micro_usd || ' ' || t.total_credits_micro || ', journal ' || s.input ||
           ' ' || s.output || ' ' || s.cost || ' ' || s.credits
      FROM summed s
      JOIN journal t ON t.project_id = s.project_id AND t.execution_id = s.id AND t.seq = s.last
     WHERE t.total_input_tokens <> s.input OR t.total_output_tokens <> s.output
        OR t.total_cost_micro_usd <> s.cost OR t.total_credits_micro <> s.credits)sql"};

// Tokens and money are charged with their step: of what has ended, all, but for stopped runs that
// are noted to be charged late.
constexpr SystemQuery<Fault> charges_sql{"invariants.charges", R"sql(
    WITH used AS (
        SELECT j.project_id, j.execution_id AS id, j.total_credits_micro AS credits,
               j.total_cost_micro_usd AS cost,
               j.total_input_tokens + j.total_output_tokens AS tokens,
               e.state > 3 AND e.owner = 0 AND NOT EXISTS
                   (SELECT 1 FROM uncharged n
                     WHERE n.project_id = e.project_id AND n.execution_id = e.id) AS is_over
          FROM journal j
          JOIN execution e ON e.project_id = j.project_id AND e.id = j.execution_id
         WHERE j.seq = (SELECT max(seq) FROM journal
                         WHERE project_id = j.project_id AND execution_id = j.execution_id)),
    paid AS (
        SELECT u.id, u.is_over, u.credits, u.cost, u.tokens,
               coalesce(sum(l.credits_micro), 0) AS paid_credits,
               coalesce(sum(l.cost_micro_usd), 0) AS paid_cost,
               coalesce(sum(l.input_tokens + l.output_tokens), 0) AS paid_tokens
          FROM used u
          LEFT JOIN ledger l ON l.project_id = u.project_id AND l.execution_id = u.id
         GROUP BY u.project_id, u.id, u.is_over, u.credits, u.cost, u.tokens)
    SELECT id, 'credits ' || credits || ', cost ' || cost || ', tokens ' || tokens ||
           ', ledger ' || paid_credits || ', ' || paid_cost || ', ' || paid_tokens
      FROM paid
     WHERE credits <> paid_credits OR cost < paid_cost OR tokens < paid_tokens
        OR (is_over AND (cost <> paid_cost OR tokens <> paid_tokens)))sql"};

constexpr SystemQuery<Fault> attempts_sql{"invariants.attempts", R"sql(
    SELECT execution_id, count(*) || ' rows of kind ' || kind || ' for step ' ||
           (payload ->> 's') || ', effect ' || (payload ->> 'n') || ', attempt ' ||
           (payload ->> 'a')
      FROM journal WHERE kind IN (1, 2) AND payload IS NOT NULL
     GROUP BY project_id, execution_id, kind, payload ->> 's', payload ->> 'n', payload ->> 'a'
    HAVING count(*) > 1)sql",
                                          R"sql(
    WITH act AS (
        SELECT project_id, execution_id, kind, p.body ->> 's' AS s, p.body ->> 'n' AS n,
               p.body ->> 'a' AS a
          FROM journal
         CROSS JOIN LATERAL (SELECT replace(payload, '\u0000', '')::json AS body OFFSET 0) AS p
         WHERE kind IN (1, 2) AND payload IS NOT NULL)
    SELECT execution_id, count(*) || ' rows of kind ' || kind || ' for step ' || s ||
           ', effect ' || n || ', attempt ' || a
      FROM act GROUP BY project_id, execution_id, kind, s, n, a HAVING count(*) > 1)sql"};

constexpr SystemQuery<Fault> unmeant_sql{"invariants.unmeant", R"sql(
    SELECT r.execution_id, 'result ' || r.seq || ' without its intent'
      FROM journal r
     WHERE r.kind = 2 AND r.payload IS NOT NULL
       AND NOT EXISTS (
           SELECT 1 FROM journal i
            WHERE i.project_id = r.project_id AND i.execution_id = r.execution_id
              AND i.seq < r.seq AND i.kind = 1
              AND (i.payload IS NULL OR (i.payload ->> 's' = r.payload ->> 's' AND
                   i.payload ->> 'n' = r.payload ->> 'n' AND
                   i.payload ->> 'a' = r.payload ->> 'a'))))sql",
                                         R"sql(
    WITH act AS (
        SELECT project_id, execution_id, seq, kind, payload, p.body ->> 's' AS s,
               p.body ->> 'n' AS n, p.body ->> 'a' AS a
          FROM journal
         CROSS JOIN LATERAL (SELECT replace(payload, '\u0000', '')::json AS body OFFSET 0) AS p
         WHERE kind IN (1, 2))
    SELECT r.execution_id, 'result ' || r.seq || ' without its intent'
      FROM act r
     WHERE r.kind = 2 AND r.payload IS NOT NULL
       AND NOT EXISTS (
           SELECT 1 FROM act i
            WHERE i.project_id = r.project_id AND i.execution_id = r.execution_id
              AND i.seq < r.seq AND i.kind = 1
              AND (i.payload IS NULL OR (i.s = r.s AND i.n = r.n AND i.a = r.a))))sql"};

constexpr SystemQuery<Fault> ends_sql{"invariants.ends", R"sql(
    SELECT e.id, 'state ' || e.state || ', ' || count(j.seq) || ' finished, the last as row ' ||
           coalesce(max(j.seq), 0)
      FROM execution e
      LEFT JOIN journal j
        ON j.project_id = e.project_id AND j.execution_id = e.id AND j.kind = 4
     GROUP BY e.project_id, e.id
    HAVING count(j.seq) <> CASE WHEN e.state IN (4, 5) THEN 1 ELSE 0 END
        OR (count(j.seq) = 1 AND
            max(j.seq) <> (SELECT max(seq) FROM journal
                            WHERE project_id = e.project_id AND execution_id = e.id)))sql"};

constexpr SystemQuery<Fault> owners_sql{"invariants.owners", R"sql(
    SELECT id, 'ended in state ' || state || ' and is owned by ' || owner
      FROM execution WHERE state > 3 AND owner <> 0 AND settling = 0)sql"};

constexpr SystemQuery<Fault> forgotten_sql{"invariants.forgotten", R"sql(
    SELECT e.id, 'in state ' || e.state || ' and nothing will carry it on'
      FROM execution e
     WHERE e.state < 3 AND e.started = 1 AND e.owner = 0 AND e.wake_at IS NULL
       AND NOT EXISTS (SELECT 1 FROM ready r
                        WHERE r.project_id = e.project_id AND r.execution_id = e.id)
       AND NOT EXISTS (SELECT 1 FROM journal j
                        WHERE j.project_id = e.project_id AND j.execution_id = e.id
                          AND j.seq = (SELECT max(seq) FROM journal
                                        WHERE project_id = e.project_id AND execution_id = e.id)
                          AND j.kind = 3)
       AND NOT EXISTS (SELECT 1 FROM waiting w
                        WHERE w.project_id = e.project_id AND w.execution_id = e.id
                          AND w.seq = (SELECT max(seq) FROM journal
                                        WHERE project_id = e.project_id AND execution_id = e.id)
                          AND w.answered_at IS NULL))sql"};

// Not of projects that are being removed, whose rows go in slices.
constexpr SystemQuery<Fault> counted_sql{"invariants.counted", R"sql(
    SELECT k.project_id, 'status ' || k.status || ', type ' || k.type || ' of the inbox: the ' ||
           'counter is off by ' || sum(k.n)
      FROM (SELECT project_id, assignee, status, type, items AS n FROM inbox_count
             UNION ALL
            SELECT project_id, assignee, status, type, -1 FROM inbox) AS k
     WHERE NOT EXISTS (SELECT 1 FROM project p
                        WHERE p.id = k.project_id AND p.deleted_at IS NOT NULL)
     GROUP BY k.project_id, k.assignee, k.status, k.type HAVING sum(k.n) <> 0)sql"};

constexpr SystemQuery<Fault> words_sql{"invariants.words", R"sql(
    SELECT w.id, 'is found by "' || w.word || '" as what it is not'
      FROM inbox_word w
      LEFT JOIN inbox i ON i.project_id = w.project_id AND i.id = w.id
       AND i.status = w.status AND i.type = w.type
     WHERE i.id IS NULL
       AND NOT EXISTS (SELECT 1 FROM project p
                        WHERE p.id = w.project_id AND p.deleted_at IS NOT NULL)
     UNION ALL
    SELECT i.id, 'is found by no word'
      FROM inbox i
     WHERE i.summary <> ''
       AND NOT EXISTS (SELECT 1 FROM inbox_word w
                        WHERE w.project_id = i.project_id AND w.id = i.id)
       AND NOT EXISTS (SELECT 1 FROM project p
                        WHERE p.id = i.project_id AND p.deleted_at IS NOT NULL))sql"};

constexpr SystemQuery<Fault> budgets_sql{"invariants.budgets", R"sql(
    SELECT subject_id, 'a budget of which ' || used || ' is used' FROM budget WHERE used < 0)sql",
                                         R"sql(
    SELECT b.subject_id, 'a budget of ' || b.ceiling || ' of which ' || b.used || ' is used and ' ||
           f.free || ' leased'
      FROM budget b
      JOIN (SELECT organization_id, subject_id, level, span, unit, window_from, sum(free) AS free
              FROM budget_slice
             GROUP BY organization_id, subject_id, level, span, unit, window_from) AS f
        ON f.organization_id = b.organization_id AND f.subject_id = b.subject_id
       AND f.level = b.level AND f.span = b.span AND f.unit = b.unit
       AND f.window_from = b.window_from
     WHERE b.used < f.free OR b.used > b.ceiling
     UNION ALL
    SELECT subject_id, 'a budget of which ' || used || ' is used' FROM budget WHERE used < 0)sql"};

} // namespace

Result<std::vector<std::string>> violations(Rx& rx) {
    std::vector<std::string> all;
    for (const auto& query :
         {numbering_sql, counters_sql, charges_sql, attempts_sql, unmeant_sql, ends_sql, owners_sql,
          forgotten_sql, counted_sql, words_sql, budgets_sql})
        for (const Fault& fault : TRY(rx.all(query)))
            all.push_back(fmt::format("{} {}: {}", query.name, fault.execution.hex(), fault.what));
    return all;
}

} // namespace weft::store
