// Durable steps per second: executions of ten agents, from the first start to the look that shows
// all of them completed, counted from the journal afterwards.
//   bench_steps [EXECUTIONS [WAVES]]
#include "database.h"
#include "load.h"

namespace weft::bench {

constexpr int agents = 10;
constexpr int start_connections = 64;

// Steps whose result stands in the journal after its intent, each attempt once.
constexpr const char* durable_in_sqlite = R"sql(
    SELECT count(DISTINCT hex(r.execution_id) || ' ' || (r.payload ->> 's') || ' ' ||
                          (r.payload ->> 'n') || ' ' || (r.payload ->> 'a'))
      FROM journal r
     WHERE r.kind = 2 AND EXISTS
           (SELECT 1 FROM journal i
             WHERE i.project_id = r.project_id AND i.execution_id = r.execution_id
               AND i.kind = 1 AND i.seq < r.seq
               AND i.payload ->> 's' = r.payload ->> 's'
               AND i.payload ->> 'n' = r.payload ->> 'n'
               AND i.payload ->> 'a' = r.payload ->> 'a'))sql";
constexpr const char* durable_in_postgres = R"sql(
    WITH row AS (SELECT execution_id, seq, kind, payload::json ->> 's' AS s,
                        payload::json ->> 'n' AS n, payload::json ->> 'a' AS a
                   FROM journal WHERE kind IN (1, 2))
    SELECT count(DISTINCT (r.execution_id, r.s, r.n, r.a))
      FROM row r JOIN row i USING (execution_id, s, n, a)
     WHERE r.kind = 2 AND i.kind = 1 AND i.seq < r.seq)sql";

void measure(int executions, int waves) {
    const ScratchDirectory scratch;
    const std::filesystem::path data = scratch.path() / "data";
    const Database database(data);
    std::vector<double> took_s;
    {
        const ServerProcess server = serve(data, database.environment());
        Connections starting(server.port(), start_connections);
        Connections reading(server.port(), 1);
        const Flow flow(starting, agents);
        const double cpu_before_s = server.cpu_s();
        const double writes_before = metric(reading, "weft_store_writes_total");
        const double commits_before = metric(reading, "weft_store_commits_total");
        for (int i = 0; i < waves; ++i)
            took_s.push_back(run_wave(starting, reading, flow, {.executions = executions}));
        sample("steps.cpu_us",
               (server.cpu_s() - cpu_before_s) / (executions * agents * waves) * 1e6);
        sample("steps.writes_per_commit",
               (metric(reading, "weft_store_writes_total") - writes_before) /
                   (metric(reading, "weft_store_commits_total") - commits_before));
        sample("steps.resident_mb", static_cast<double>(server.resident_bytes()) / 1e6);
    }
    const std::int64_t steps = database.number(durable_in_sqlite, durable_in_postgres);
    CHECK(steps == std::int64_t{executions} * agents * waves);
    for (const double each : took_s) sample("steps.per_s", executions * agents / each);
}

} // namespace weft::bench

int main(int count, char** arguments) {
    weft::bench::measure(count > 1 ? std::atoi(arguments[1]) : 256,
                         count > 2 ? std::atoi(arguments[2]) : 5);
}
