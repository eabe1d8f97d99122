// From the start of the process to its first answer, on a directory in which some hundred
// executions lie, and what it then holds in memory while nobody asks anything.
//   bench_start
#include "load.h"

namespace weft::bench {

constexpr int executions = 500;
constexpr int agents = 3;
constexpr int starts = 5;
constexpr useconds_t idle_us = 1'500'000;

void fill(const std::filesystem::path& data) {
    const ServerProcess server = serve(data);
    Connections to(server.port(), 16);
    const Flow flow(to, agents);
    start_all(to, flow, executions);
    while (completed(to, flow.project) < executions) ::usleep(10'000);
}

/// Milliseconds until GET /health is answered.
double first_answer_ms(std::int64_t started_us, const ServerProcess& server,
                       std::string_view target) {
    Connections to(server.port(), 1);
    bool sent = false;
    to.drive(
        [&](std::string& out) {
            out = request("GET", target);
            return !std::exchange(sent, true);
        },
        [](const Answered& answered) { CHECK(answered.status == 200); });
    return seconds_since(started_us) * 1e3;
}

void measure() {
    const ScratchDirectory scratch;
    const std::filesystem::path data = scratch.path() / "data";
    fill(data);
    for (int i = 0; i < starts; ++i) {
        {
            const std::int64_t started_us = monotonic_us();
            const ServerProcess bare({(own_folder() / "bench_http_hello").string()});
            sample("hello.first_answer_ms", first_answer_ms(started_us, bare, "/"));
        }
        const std::int64_t started_us = monotonic_us();
        const ServerProcess server = serve(data);
        sample("start.first_answer_ms", first_answer_ms(started_us, server, "/health"));
        if (i > 0) continue;
        ::usleep(idle_us);
        sample("start.idle_mb", static_cast<double>(server.resident_bytes()) / 1e6);
    }
}

} // namespace weft::bench

int main() { weft::bench::measure(); }
