// What a transaction that somebody forgets to end costs: so many durable steps on a database of the
// cluster that WEFT_BENCH_STORE names while another session holds a snapshot open, so that no row
// that is dead since can be taken away; and as many without. The last tenth is measured.
//   bench_bloat [STEPS]
#include "database.h"
#include "load.h"

#include <libpq-fe.h>

namespace weft::bench {

constexpr int agents = 10;
constexpr int executions = 1'000; ///< started together
constexpr int start_connections = 64;
constexpr useconds_t between_looks_us = 20'000; ///< each counts all executions so far

/// A session with a snapshot of the database as it was.
class Snapshot {
public:
    explicit Snapshot(const std::string& url) : connection_(PQconnectdb(url.c_str())) {
        run("BEGIN ISOLATION LEVEL REPEATABLE READ");
        run("SELECT 1");
    }
    ~Snapshot() { PQfinish(connection_); }
    Snapshot(const Snapshot&) = delete;

private:
    void run(const char* sql) const {
        PGresult* answer = PQexec(connection_, sql);
        const auto status = PQresultStatus(answer);
        CHECK(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK);
        PQclear(answer);
    }

    PGconn* connection_;
};

enum class Session { none, holds_snapshot };

/// Steps a second of the last tenth.
double last_per_s(std::int64_t steps, Session other) {
    const ScratchDirectory scratch;
    const std::filesystem::path data = scratch.path() / "data";
    const Database database(data);
    CHECK(database.on_postgres());
    const ServerProcess server = serve(data, database.environment());
    Connections starting(server.port(), start_connections);
    Connections reading(server.port(), 1);
    const Flow flow(starting, agents);
    std::unique_ptr<Snapshot> snapshot;
    if (other == Session::holds_snapshot) snapshot = std::make_unique<Snapshot>(database.url());

    const std::int64_t waves = std::max<std::int64_t>(10, steps / (executions * agents));
    double shortest_s = 1e9;
    double last_s = 0;
    for (std::int64_t i = 0; i < waves; ++i) {
        const double took_s = run_wave(starting, reading, flow,
                                       {.executions = executions,
                                        .first_look_s = i == 0 ? 0 : shortest_s * 0.9,
                                        .between_looks_us = between_looks_us});
        shortest_s = std::min(shortest_s, took_s);
        if (i >= waves - waves / 10) last_s += took_s;
        if ((i + 1) % std::max<std::int64_t>(1, waves / 10) == 0)
            fmt::print(stderr, "{} steps: {:.0f}/s\n", (i + 1) * executions * agents,
                       executions * agents / took_s);
    }
    fmt::print(
        stderr, "dead rows: {}\n",
        database.psql("SELECT string_agg(relname || ' ' || n_dead_tup, ', ' ORDER BY relname)"
                      " FROM pg_stat_user_tables WHERE n_dead_tup > 1000"));
    const std::int64_t written = std::stoll(
        database.psql("SELECT count(DISTINCT (execution_id, seq)) FROM journal WHERE kind = 2"));
    CHECK(written >= waves * executions * agents);
    const std::int64_t last_waves = waves / 10;
    return static_cast<double>(last_waves * executions * agents) / last_s;
}

void measure(std::int64_t steps) {
    const double plain = last_per_s(steps, Session::none);
    const double held = last_per_s(steps, Session::holds_snapshot);
    sample("bloat.plain_per_s", plain);
    sample("bloat.held_per_s", held);
    sample("bloat.ratio", held / plain);
}

} // namespace weft::bench

int main(int count, char** arguments) {
    weft::bench::measure(count > 1 ? std::atoll(arguments[1]) : 1'000'000);
}
