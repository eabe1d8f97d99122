// From the answer to POST /task/{id}/stop to the moment at which the model's server sees its socket
// closed, while it streams slowly. Both times are of the same monotonic clock.
//   bench_stop [STOPS]
#include "load.h"
#include "tests/support/fault_server.h"

#include <algorithm>
#include <cmath>

namespace weft::bench {

using testing::FaultServer;
using testing::Scripted;
using testing::SeenConnection;

Scripted slow_stream() {
    Scripted slow;
    slow.chunks = 1'000;
    slow.text = std::string(10'000, 'x');
    slow.pause_between = milliseconds(20);
    return slow;
}

/// What closing a plain socket takes to be seen.
double plain_close_ms(FaultServer& model) {
    const std::size_t before = model.connections().size();
    std::int64_t closing_us = 0;
    {
        const Connections plain(model.port(), 1);
        CHECK(model.wait_until([&](const auto& all) { return all.size() > before; }));
        closing_us = monotonic_us();
    }
    CHECK(model.wait_all_closed());
    return static_cast<double>(model.connections().back().closed_us - closing_us) / 1e3;
}

/// When the client closed it; 0: it is open.
std::int64_t closed_us(const FaultServer& model, int connection) {
    for (const SeenConnection& each : model.connections())
        if (each.id == connection) return each.closed_us;
    CHECK(!"such a connection");
    return 0;
}

double stop_ms(FaultServer& model, Connections& to, const Flow& flow) {
    const std::size_t before = model.requests().size();
    const json::value started = to.ask("POST", "/execute_flow?projectID=" + flow.project,
                                       fmt::format(R"({{"agentflow_id": "{}"}})", flow.id));
    const std::int64_t deadline_us = monotonic_us() + 10'000'000;
    while (model.requests().size() == before) {
        CHECK(monotonic_us() < deadline_us);
        ::usleep(500);
    }
    ::usleep(30'000); // into the stream
    const int connection = model.requests().back().connection;
    CHECK(closed_us(model, connection) == 0);

    const json::value stopped =
        to.ask("POST", fmt::format("/task/{}/stop", text_or(started, "task_id")));
    const std::int64_t acknowledged_us = monotonic_us();
    CHECK(text_or(stopped, "status") == "cancelled");
    CHECK(model.wait_all_closed());
    return std::max(0.0, static_cast<double>(closed_us(model, connection) - acknowledged_us) / 1e3);
}

void measure(int stops) {
    const ScratchDirectory scratch;
    FaultServer model([](const testing::SeenRequest&) { return slow_stream(); });
    const ServerProcess server =
        serve(scratch.path() / "data", model_environment(model.base_url()));
    Connections to(server.port(), 1);
    const Flow flow(to, 1, "openai/gpt-4o-mini");
    std::vector<double> plain_ms;
    std::vector<double> stopped_ms;
    for (int i = 0; i < stops; ++i) {
        plain_ms.push_back(plain_close_ms(model));
        stopped_ms.push_back(stop_ms(model, to, flow));
    }
    sample("close.p99_ms", percentile(plain_ms, 0.99));
    sample("stop.p50_ms", percentile(stopped_ms, 0.5));
    sample("stop.p99_ms", percentile(stopped_ms, 0.99));
}

} // namespace weft::bench

int main(int count, char** arguments) {
    weft::bench::measure(count > 1 ? std::atoi(arguments[1]) : 200);
}
