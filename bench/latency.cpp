// From the moment at which a flow of three agents was to be started to that at which it was read as
// completed, while so many are started each second whether or not those before have ended.
//   bench_latency [SECONDS [STARTS each second]]
#include "base/mutex.h"
#include "database.h"
#include "load.h"

#include <thread>

namespace weft::bench {

constexpr int agents = 3;
constexpr useconds_t between_reads_us = 250;

struct Started {
    std::string execution;
    std::int64_t due_us = 0;
};

/// What one thread has started and another reads.
class Underway {
public:
    void add(Started one) {
        const Lock lock(mutex_);
        all_.push_back(std::move(one));
    }
    std::vector<Started> take() {
        const Lock lock(mutex_);
        return std::exchange(all_, {});
    }

private:
    Mutex mutex_;
    std::vector<Started> all_ GUARDED_BY(mutex_);
};

void start_at_rate(int port, const std::string& what, int count, int per_s, Underway& underway) {
    Connections to(port, 1);
    const std::int64_t begun = monotonic_us();
    for (int i = 0; i < count; ++i) {
        const std::int64_t due_us = begun + std::int64_t{i} * 1'000'000 / per_s;
        const std::int64_t early_us = due_us - monotonic_us();
        if (early_us > 0) ::usleep(static_cast<useconds_t>(early_us));
        const std::string answer = to.bytes_of(what);
        const json::value made =
            parse_json(std::string_view(answer).substr(answer.find("\r\n\r\n") + 4)).value();
        underway.add({std::string(text_or(made, "_id")), due_us});
    }
}

std::vector<double> read_all(Connections& to, std::size_t count, Underway& underway) {
    std::vector<double> took_ms;
    std::vector<Started> open;
    while (took_ms.size() < count) {
        for (Started& each : underway.take()) open.push_back(std::move(each));
        std::erase_if(open, [&](const Started& each) {
            const json::value now = to.ask("GET", "/execute_flow/" + each.execution);
            if (text_or(now, "status") != "completed") return false;
            took_ms.push_back(static_cast<double>(monotonic_us() - each.due_us) / 1e3);
            return true;
        });
        ::usleep(between_reads_us);
    }
    return took_ms;
}

void measure(double for_s, int per_s) {
    const ScratchDirectory scratch;
    const std::filesystem::path data = scratch.path() / "data";
    const Database database(data);
    const ServerProcess server = serve(data, database.environment());
    Connections to(server.port(), 1);
    const Flow flow(to, agents);
    Underway underway;
    const int count = static_cast<int>(for_s * per_s);
    std::thread starting(start_at_rate, server.port(), flow.start_request(), count, per_s,
                         std::ref(underway));
    const auto took_ms = read_all(to, static_cast<std::size_t>(count), underway);
    starting.join();
    sample("latency.p50_ms", percentile(took_ms, 0.5));
    sample("latency.p99_ms", percentile(took_ms, 0.99));
}

} // namespace weft::bench

int main(int count, char** arguments) {
    weft::bench::measure(count > 1 ? std::atof(arguments[1]) : 8,
                         count > 2 ? std::atoi(arguments[2]) : 50);
}
