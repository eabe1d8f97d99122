#include "store/invariants_testing.h"

namespace weft::store {

namespace {

constexpr SystemQuery<std::string> numbering_sql{"invariants.numbering", R"sql(
    SELECT lower(hex(e.id)) || ': next_seq ' || e.next_seq || ', rows ' || count(j.seq) ||
           ', last ' || coalesce(max(j.seq), 0)
      FROM execution e
      LEFT JOIN journal j ON j.project_id = e.project_id AND j.execution_id = e.id
     GROUP BY e.project_id, e.id
    HAVING count(j.seq) <> e.next_seq - 1 OR coalesce(max(j.seq), 0) <> e.next_seq - 1)sql"};

constexpr SystemQuery<std::string> counters_sql{"invariants.counters", R"sql(
    WITH summed AS (
        SELECT e.id, e.input_tokens, e.output_tokens, e.cost_micro_usd, e.credits_micro,
               total(j.payload ->> '$.u[0]') AS input, total(j.payload ->> '$.u[1]') AS output,
               total(j.payload ->> '$.u[2]') AS cost,
               total(j.payload ->> '$.u[3]') + total(j.payload ->> '$.d.cr') AS credits
          FROM execution e
          JOIN journal j ON j.project_id = e.project_id AND j.execution_id = e.id
         GROUP BY e.project_id, e.id HAVING count(*) = count(j.payload))
    SELECT lower(hex(id)) || ': counters ' || input_tokens || ' ' || output_tokens || ' ' ||
           cost_micro_usd || ' ' || credits_micro || ', journal ' || input || ' ' || output ||
           ' ' || cost || ' ' || credits
      FROM summed
     WHERE input_tokens <> input OR output_tokens <> output OR cost_micro_usd <> cost
        OR credits_micro <> credits)sql"};

constexpr SystemQuery<std::string> charges_sql{"invariants.charges", R"sql(
    SELECT lower(hex(e.id)) || ': credits ' || e.credits_micro || ', ledger ' ||
           total(l.credits_micro)
      FROM execution e
      LEFT JOIN ledger l ON l.project_id = e.project_id AND l.execution_id = e.id
     GROUP BY e.project_id, e.id HAVING e.credits_micro <> total(l.credits_micro))sql"};

constexpr SystemQuery<std::string> attempts_sql{"invariants.attempts", R"sql(
    SELECT lower(hex(execution_id)) || ': ' || count(*) || ' rows of kind ' || kind ||
           ' for step ' || (payload ->> 's') || ', effect ' || (payload ->> 'n') ||
           ', attempt ' || (payload ->> 'a')
      FROM journal WHERE kind IN (1, 2) AND payload IS NOT NULL
     GROUP BY project_id, execution_id, kind, payload ->> 's', payload ->> 'n', payload ->> 'a'
    HAVING count(*) > 1)sql"};

constexpr SystemQuery<std::string> unmeant_sql{"invariants.unmeant", R"sql(
    SELECT lower(hex(r.execution_id)) || ': result ' || r.seq || ' without its intent'
      FROM journal r
     WHERE r.kind = 2 AND r.payload IS NOT NULL
       AND NOT EXISTS (
           SELECT 1 FROM journal i
            WHERE i.project_id = r.project_id AND i.execution_id = r.execution_id
              AND i.seq < r.seq AND i.kind = 1
              AND (i.payload IS NULL OR (i.payload ->> 's' = r.payload ->> 's' AND
                   i.payload ->> 'n' = r.payload ->> 'n' AND
                   i.payload ->> 'a' = r.payload ->> 'a'))))sql"};

constexpr SystemQuery<std::string> ends_sql{"invariants.ends", R"sql(
    SELECT lower(hex(e.id)) || ': state ' || e.state || ', ' || count(j.seq) ||
           ' finished, the last as row ' || coalesce(max(j.seq), 0) || ' of ' || (e.next_seq - 1)
      FROM execution e
      LEFT JOIN journal j
        ON j.project_id = e.project_id AND j.execution_id = e.id AND j.kind = 4
     GROUP BY e.project_id, e.id
    HAVING count(j.seq) <> (e.state IN (4, 5))
        OR (count(j.seq) = 1 AND max(j.seq) <> e.next_seq - 1))sql"};

constexpr SystemQuery<std::string> owners_sql{"invariants.owners", R"sql(
    SELECT lower(hex(id)) || ': ended in state ' || state || ' and is owned by ' || owner
      FROM execution WHERE state > 3 AND owner <> 0 AND settling = 0)sql"};

constexpr SystemQuery<std::string> forgotten_sql{"invariants.forgotten", R"sql(
    SELECT lower(hex(e.id)) || ': in state ' || e.state || ' and nothing will carry it on'
      FROM execution e
     WHERE e.state < 3 AND e.started = 1 AND e.owner = 0 AND e.wake_at IS NULL
       AND NOT EXISTS (SELECT 1 FROM ready r
                        WHERE r.project_id = e.project_id AND r.execution_id = e.id)
       AND NOT EXISTS (SELECT 1 FROM journal j
                        WHERE j.project_id = e.project_id AND j.execution_id = e.id
                          AND j.seq = e.next_seq - 1 AND j.kind = 3)
       AND NOT EXISTS (SELECT 1 FROM waiting w
                        WHERE w.project_id = e.project_id AND w.execution_id = e.id
                          AND w.seq = e.next_seq - 1 AND w.answered_at IS NULL))sql"};

} // namespace

Result<std::vector<std::string>> violations(Rx& rx) {
    std::vector<std::string> all;
    for (const auto& query : {numbering_sql, counters_sql, charges_sql, attempts_sql, unmeant_sql,
                              ends_sql, owners_sql, forgotten_sql})
        for (std::string& line : TRY(rx.all(query)))
            all.push_back(std::string(query.name) + " " + std::move(line));
    return all;
}

} // namespace weft::store
