// What a server does while nobody asks anything of it: statements of its store and processor time.
//   bench_idle [SECONDS]
#include "load.h"

namespace weft::bench {

constexpr int executions = 200;
constexpr useconds_t settle_us = 2'500'000; // the log is moved into the database meanwhile

void measure(double for_s) {
    const ScratchDirectory scratch;
    const ServerProcess server = serve(scratch.path() / "data");
    Connections to(server.port(), 16);
    const Flow flow(to, 3);
    start_all(to, flow, executions);
    while (completed(to, flow.project) < executions) ::usleep(10'000);
    ::usleep(settle_us);

    // Those that asking for the figure costs are among them.
    const double statements_before = metric(to, "weft_store_statements_total");
    const double cpu_before_s = server.cpu_s();
    ::usleep(static_cast<useconds_t>(for_s * 1e6));
    const double cpu_after_s = server.cpu_s();
    const double statements = metric(to, "weft_store_statements_total") - statements_before;
    sample("idle.statements_per_s", statements / for_s);
    sample("idle.cpu_percent", (cpu_after_s - cpu_before_s) / for_s * 100);
}

} // namespace weft::bench

int main(int count, char** arguments) {
    weft::bench::measure(count > 1 ? std::atof(arguments[1]) : 20);
}
