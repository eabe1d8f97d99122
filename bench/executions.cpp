// How many starts of a flow without agents a second are acknowledged (each is on the disk before
// its answer), and what the same server does with requests that write nothing.
//   bench_executions [SECONDS]
#include "load.h"

namespace weft::bench {

constexpr int connections = 64;

void measure(double for_s) {
    const ScratchDirectory scratch;
    const ServerProcess server = serve(scratch.path() / "data");
    Connections to(server.port(), connections);
    const Flow flow(to, 0);

    sample("starts.health_per_s", rate(to, request("GET", "/health"), for_s / 2));
    const double cpu_before_s = server.cpu_s();
    const std::int64_t started = monotonic_us();
    const double acknowledged = rate(to, flow.start_request(), for_s);
    sample("starts.per_s", acknowledged);

    // All that was acknowledged is there and runs to its end.
    const auto count = static_cast<std::int64_t>(acknowledged * for_s);
    std::int64_t ended = 0;
    std::int64_t before = -1;
    while (ended != before || ended < count) {
        CHECK(seconds_since(started) < 60);
        ::usleep(20'000);
        before = ended;
        ended = completed(to, flow.project);
    }
    sample("starts.completed_per_s", static_cast<double>(ended) / seconds_since(started));
    sample("starts.cpu_us", (server.cpu_s() - cpu_before_s) / static_cast<double>(ended) * 1e6);
}

} // namespace weft::bench

int main(int count, char** arguments) {
    weft::bench::measure(count > 1 ? std::atof(arguments[1]) : 4);
}
