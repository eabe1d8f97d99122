// Durable steps per second: executions of ten agents, from the first start to the look that shows
// all of them completed, counted from the journal afterwards.
//   bench_steps [EXECUTIONS [WAVES]]
#include "journal.h"
#include "load.h"

namespace weft::bench {

constexpr int agents = 10;
constexpr int start_connections = 64;
constexpr useconds_t between_reads_us = 2'000;
constexpr double patience_s = 60;

/// Steps whose result stands in the journal after its intent, each attempt once.
std::int64_t durable_steps(const std::filesystem::path& data) {
    constexpr const char* sql = R"sql(
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
    return Journal(data).number(sql);
}

/// Starts them all and looks until as many more have completed; seconds.
double wave(Connections& starting, Connections& reading, const Flow& flow, int executions) {
    const std::string start = flow.start_request();
    const std::int64_t before = completed(reading, flow.project);
    int sent = 0;
    const std::int64_t started = monotonic_us();
    starting.drive(
        [&](std::string& out) {
            out = start;
            return sent++ < executions;
        },
        [](const Answered& answered) { CHECK(answered.status == 200); });
    const double all_started = seconds_since(started);
    while (completed(reading, flow.project) < before + executions) {
        CHECK(seconds_since(started) < patience_s);
        ::usleep(between_reads_us);
    }
    const double all_ended = seconds_since(started);
    fmt::print(stderr, "all started after {:.3f} s, all read as completed after {:.3f} s\n",
               all_started, all_ended);
    return all_ended;
}

void measure(int executions, int waves) {
    const ScratchDirectory scratch;
    const std::filesystem::path data = scratch.path() / "data";
    std::vector<double> took_s;
    {
        const ServerProcess server = serve(data);
        Connections starting(server.port(), start_connections);
        Connections reading(server.port(), 1);
        const Flow flow(starting, agents);
        const double cpu_before_s = server.cpu_s();
        for (int i = 0; i < waves; ++i) took_s.push_back(wave(starting, reading, flow, executions));
        sample("steps.cpu_us",
               (server.cpu_s() - cpu_before_s) / (executions * agents * waves) * 1e6);
    }
    const std::int64_t steps = durable_steps(data);
    CHECK(steps == std::int64_t{executions} * agents * waves);
    for (const double each : took_s) sample("steps.per_s", executions * agents / each);
}

} // namespace weft::bench

int main(int count, char** arguments) {
    weft::bench::measure(count > 1 ? std::atoi(arguments[1]) : 256,
                         count > 2 ? std::atoi(arguments[2]) : 5);
}
