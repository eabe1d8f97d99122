// How much later a project's single run starts because another project has started very many: from
// the moment at which POST /execute_flow is sent to that at which the run's first intent is seen in
// the journal, on an idle server and while the flood is being started and worked off.
//   bench_fairness [FLOOD [SINGLES]]
#include "journal.h"
#include "load.h"

#include <atomic>
#include <thread>

namespace weft::bench {

constexpr useconds_t between_looks_us = 200;
constexpr useconds_t between_singles_us = 20'000;
constexpr std::int64_t patience_us = 60'000'000;
constexpr int flood_connections = 8;

/// A flow of one agent in a project of its own.
struct Quiet {
    std::string start;

    explicit Quiet(Connections& to, const std::string& organization) {
        const json::value project =
            to.ask("POST", "/v1/project",
                   fmt::format(R"({{"projectName": "Quiet", "orgId": "{}"}})", organization));
        const std::string id(text_or(project, "_id"));
        const json::value flow = to.ask("POST", "/agentflow/?projectID=" + id,
                                        R"({"name": "Single", "agents": [{"title": "Work",
                       "prompt": {"template": "Do it."}}]})");
        start = fmt::format(R"({{"agentflow_id": "{}"}})", text_or(flow, "_id"));
        target = "/execute_flow?projectID=" + id;
    }
    std::string target;
};

/// How long after it was sent the run's first intent was seen in the journal.
double start_ms(Connections& to, const Journal& journal, const Quiet& quiet) {
    const std::int64_t last = journal.number("SELECT coalesce(max(rowid), 0) FROM journal");
    const std::int64_t sent_us = monotonic_us();
    const json::value started = to.ask("POST", quiet.target, quiet.start);
    const std::string id(text_or(started, "_id"));
    bool found = false;
    while (!found) {
        found = journal.number(fmt::format("SELECT count(*) FROM journal WHERE rowid > {} AND "
                                           "execution_id = x'{}'",
                                           last, id)
                                   .c_str()) > 0;
        CHECK(monotonic_us() < sent_us + patience_us);
        if (!found) ::usleep(between_looks_us);
    }
    return static_cast<double>(monotonic_us() - sent_us) / 1e3;
}

std::vector<double> starts_ms(Connections& to, const Journal& journal, const Quiet& quiet,
                              int singles) {
    std::vector<double> took_ms;
    for (int i = 0; i < singles; ++i) {
        took_ms.push_back(start_ms(to, journal, quiet));
        ::usleep(between_singles_us);
    }
    return took_ms;
}

/// Starts so many runs; what is refused because the server lags behind is started again.
class Flood {
public:
    Flood(int port, const std::string& start, int count)
        : thread_([this, port, start, count] {
              Connections to(port, flood_connections);
              to.drive(
                  [&](std::string& out) {
                      out = start;
                      return started < count && !stopping;
                  },
                  [&](const Answered& answered) {
                      CHECK(answered.status == 200 || answered.status == 429);
                      if (answered.status == 200)
                          ++started;
                      else
                          ++refused;
                  });
          }) {}
    ~Flood() {
        stopping = true;
        thread_.join();
    }
    Flood(const Flood&) = delete;

    std::atomic<int> started{0};
    std::atomic<int> refused{0};
    std::atomic<bool> stopping{false};

private:
    std::thread thread_;
};

void measure(int flood, int singles) {
    const ScratchDirectory scratch;
    const std::filesystem::path data = scratch.path() / "data";
    const ServerProcess server = serve(data);
    Connections to(server.port(), 1);
    const Flow loud(to, 1);
    const json::value project = to.ask("GET", "/v1/project/" + loud.project);
    const Quiet quiet(to, std::string(text_or(project, "orgId")));
    const Journal journal(data);
    starts_ms(to, journal, quiet, 20); // warm
    const auto idle_ms = starts_ms(to, journal, quiet, singles);

    Flood other(server.port(), loud.start_request(), flood);
    while (other.started < flood / 10) ::usleep(10'000);
    const auto flooded_ms = starts_ms(to, journal, quiet, singles);
    sample("fairness.idle_p50_ms", percentile(idle_ms, 0.5));
    sample("fairness.idle_p99_ms", percentile(idle_ms, 0.99));
    sample("fairness.flooded_p50_ms", percentile(flooded_ms, 0.5));
    sample("fairness.flooded_p99_ms", percentile(flooded_ms, 0.99));
    sample("fairness.later_p99_ms", percentile(flooded_ms, 0.99) - percentile(idle_ms, 0.99));
    sample("fairness.started", other.started);
    sample("fairness.refused", other.refused);
    sample("fairness.waiting", static_cast<double>(journal.number("SELECT count(*) FROM ready")));
}

} // namespace weft::bench

int main(int count, char** arguments) {
    weft::bench::measure(count > 1 ? std::atoi(arguments[1]) : 100'000,
                         count > 2 ? std::atoi(arguments[2]) : 300);
}
