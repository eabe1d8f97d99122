// What executions that wait cost: so many are started and wait as rows for a model that is busy
// until tomorrow; then what the server holds in memory above what it held before, and what lies on
// the disk for each.
//   bench_waiting [EXECUTIONS]
#include "journal.h"
#include "load.h"
#include "model.h"

namespace weft::bench {

constexpr int start_connections = 64;
constexpr useconds_t settle_us = 5'000'000;
constexpr useconds_t between_looks_us = 1'000'000;
constexpr const char* waiting_sql =
    "SELECT count(*) FROM execution WHERE wake_at IS NOT NULL AND state < 3 AND owner = 0";

double directory_bytes(const std::filesystem::path& folder) {
    double bytes = 0;
    for (const auto& each : std::filesystem::recursive_directory_iterator(folder))
        if (each.is_regular_file()) bytes += static_cast<double>(each.file_size());
    return bytes;
}

void measure(int executions) {
    const ScratchDirectory scratch;
    const std::filesystem::path data = scratch.path() / "data";
    Model model(Model::Mood::busy);
    const ServerProcess server = serve(data, model.environment());
    Connections to(server.port(), start_connections);
    const Flow flow(to, 1, Model::name);
    start_all(to, flow, 100); // what is made at the first use is there before
    ::usleep(settle_us);
    const double idle_bytes = static_cast<double>(server.resident_bytes());
    const double empty_bytes = directory_bytes(data);

    const std::int64_t started = monotonic_us();
    start_all(to, flow, executions);
    const Journal journal(data);
    while (journal.number(waiting_sql) < executions) ::usleep(between_looks_us);
    sample("waiting.seconds", seconds_since(started));
    ::usleep(settle_us);
    sample("waiting.executions", executions);
    sample("waiting.above_idle_mb",
           (static_cast<double>(server.resident_bytes()) - idle_bytes) / 1e6);
    sample("waiting.disk_bytes", (directory_bytes(data) - empty_bytes) / executions);
    const double cpu_before_s = server.cpu_s();
    ::usleep(settle_us);
    sample("waiting.cpu_percent", (server.cpu_s() - cpu_before_s) / (settle_us / 1e6) * 100);
}

} // namespace weft::bench

int main(int count, char** arguments) {
    weft::bench::measure(count > 1 ? std::atoi(arguments[1]) : 1'000'000);
}
