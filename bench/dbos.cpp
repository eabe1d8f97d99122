// Durable steps a second of DBOS with a workflow of ten steps that do nothing, driven as ours is:
// so many at once, on a database of its own of the cluster that WEFT_BENCH_STORE names. bench/run
// puts the packages where this looks for them.
//   bench_dbos NODE SERVICE [WORKFLOWS at once [SECONDS]]
//   the program, and dbos/ten_steps.mjs beside the node_modules with the SDK
#include "database.h"
#include "load.h"

namespace weft::bench {

constexpr int steps = 10;

/// Steps whose result lies in DBOS's own table.
std::int64_t recorded(const Database& database) {
    return std::stoll(database.psql("SELECT count(*) FROM dbos.operation_outputs"));
}

void measure(const std::string& node, const std::string& script, int at_once, double for_s) {
    const ScratchDirectory scratch;
    const Database database(scratch.path());
    CHECK(database.on_postgres());
    ServerProcess service({node, script, database.url()});
    Connections to(service.port(), at_once);
    const std::string run = request("POST", "/ten_steps");
    rate(to, run, for_s / 4);
    const std::int64_t before = recorded(database);
    const double per_s = rate(to, run, for_s);
    const auto written = static_cast<double>(recorded(database) - before);
    CHECK(written >= per_s * for_s * steps); // what lies there is what was counted
    sample("dbos.steps_per_s", per_s * steps);
    service.stop(SIGKILL);
}

} // namespace weft::bench

int main(int count, char** arguments) {
    CHECK(count > 2);
    weft::bench::measure(arguments[1], arguments[2], count > 3 ? std::atoi(arguments[3]) : 256,
                         count > 4 ? std::atof(arguments[4]) : 8);
}
