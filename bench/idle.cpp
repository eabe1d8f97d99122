// What a server does while nobody asks anything of it: statements of its store and processor time.
// On PostgreSQL also the transactions that the database has counted.
//   bench_idle [SECONDS]
#include "database.h"
#include "load.h"

namespace weft::bench {

constexpr int executions = 200;
constexpr useconds_t settle_us = 2'500'000; // the log is moved into the database meanwhile
/// PostgreSQL's processes report what they have done ten seconds after their last transaction.
constexpr useconds_t settle_postgres_us = 12'000'000;

/// Ended in the measured database so far: those of the server, and of PostgreSQL's own vacuum.
double transactions(const Database& database) {
    if (!database.on_postgres()) return 0;
    return std::stod(database.psql_beside(
        "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = " +
        database.literal()));
}

void measure(double for_s) {
    const ScratchDirectory scratch;
    const std::filesystem::path data = scratch.path() / "data";
    const Database database(data);
    const ServerProcess server = serve(data, database.environment());
    Connections to(server.port(), 16);
    const Flow flow(to, 3);
    start_all(to, flow, executions);
    while (completed(to, flow.project) < executions) ::usleep(10'000);
    ::usleep(database.on_postgres() ? settle_postgres_us : settle_us);

    // Those that asking for the figure costs are among them.
    const double statements_before = metric(to, "weft_store_statements_total");
    const double transactions_before = transactions(database);
    const double cpu_before_s = server.cpu_s();
    ::usleep(static_cast<useconds_t>(for_s * 1e6));
    const double cpu_after_s = server.cpu_s();
    const double ended = transactions(database) - transactions_before;
    const double statements = metric(to, "weft_store_statements_total") - statements_before;
    sample("idle.statements_per_s", statements / for_s);
    if (database.on_postgres()) sample("idle.transactions_per_s", ended / for_s);
    sample("idle.cpu_percent", (cpu_after_s - cpu_before_s) / for_s * 100);
    sample("idle.resident_mb", static_cast<double>(server.resident_bytes()) / 1e6);
}

} // namespace weft::bench

int main(int count, char** arguments) {
    weft::bench::measure(count > 1 ? std::atof(arguments[1]) : 20);
}
