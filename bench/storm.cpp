// As stop.cpp, but with so many executions streaming at once, and stopped one right after another.
//   bench_storm [STREAMS [STORMS]]
#include "load.h"
#include "tests/support/fault_server.h"

#include <unordered_map>

namespace weft::bench {

using testing::FaultServer;
using testing::Scripted;

constexpr int stop_connections = 16;
constexpr useconds_t into_the_streams_us = 300'000;

Scripted slow_stream() {
    Scripted slow;
    slow.chunks = 1'000;
    slow.text = std::string(10'000, 'x');
    slow.pause_between = milliseconds(200);
    return slow;
}

/// Task ids by the goals that the model is told.
using Tasks = std::unordered_map<std::string, std::string>;

Tasks start(Connections& to, const Flow& flow, int streams, int storm) {
    Tasks tasks;
    std::vector<std::string> goals;
    for (int i = 0; i < streams; ++i) goals.push_back(fmt::format("storm {} stream {};", storm, i));
    for (const std::string& goal : goals) {
        const std::string answer = to.bytes_of(flow.start_request(goal));
        const json::value made =
            parse_json(std::string_view(answer).substr(answer.find("\r\n\r\n") + 4)).value();
        tasks[goal] = text_or(made, "task_id");
    }
    return tasks;
}

/// When each stop was acknowledged, by task.
std::unordered_map<std::string, std::int64_t> stop_all(int port, const Tasks& tasks) {
    std::vector<std::string> left;
    for (const auto& [goal, task] : tasks) left.push_back(task);
    std::unordered_map<std::string, std::int64_t> acknowledged_us;
    Connections to(port, stop_connections);
    to.drive(
        [&](std::string& out) {
            if (left.empty()) return false;
            out = request("POST", fmt::format("/task/{}/stop", left.back()));
            left.pop_back();
            return true;
        },
        [&](const Answered& answered) {
            const std::int64_t now = monotonic_us();
            CHECK(answered.status == 200);
            const json::value stopped = parse_json(answered.body).value();
            CHECK(text_or(stopped, "status") == "cancelled");
            acknowledged_us[std::string(text_or(stopped, "_id"))] = now;
        });
    return acknowledged_us;
}

std::vector<double> storm(FaultServer& model, int port, Connections& to, const Flow& flow,
                          int streams, int number) {
    const std::size_t before = model.requests().size();
    const Tasks tasks = start(to, flow, streams, number);
    const std::int64_t deadline_us = monotonic_us() + 30'000'000;
    while (model.requests().size() < before + static_cast<std::size_t>(streams)) {
        CHECK(monotonic_us() < deadline_us);
        ::usleep(5'000);
    }
    ::usleep(into_the_streams_us);
    const auto acknowledged_us = stop_all(port, tasks);
    CHECK(model.wait_all_closed());

    std::unordered_map<int, std::int64_t> closed_us;
    for (const auto& each : model.connections()) closed_us[each.id] = each.closed_us;
    std::vector<double> took_ms;
    for (const auto& seen : model.requests()) {
        const auto at = seen.body.find(fmt::format("storm {} stream ", number));
        if (at == seen.body.npos) continue;
        const std::string goal = seen.body.substr(at, seen.body.find(';', at) + 1 - at);
        const std::int64_t late_us =
            closed_us.at(seen.connection) - acknowledged_us.at(tasks.at(goal));
        took_ms.push_back(std::max(0.0, static_cast<double>(late_us) / 1e3));
    }
    CHECK(std::ssize(took_ms) == streams);
    return took_ms;
}

void measure(int streams, int storms) {
    const ScratchDirectory scratch;
    FaultServer model([](const testing::SeenRequest&) { return slow_stream(); });
    const ServerProcess server =
        serve(scratch.path() / "data", model_environment(model.base_url()));
    Connections to(server.port(), 1);
    const Flow flow(to, 1, "openai/gpt-4o-mini");
    for (int i = 0; i < storms; ++i) {
        const auto took_ms = storm(model, server.port(), to, flow, streams, i);
        sample("storm.p50_ms", percentile(took_ms, 0.5));
        sample("storm.p99_ms", percentile(took_ms, 0.99));
    }
}

} // namespace weft::bench

int main(int count, char** arguments) {
    weft::bench::measure(count > 1 ? std::atoi(arguments[1]) : 200,
                         count > 2 ? std::atoi(arguments[2]) : 3);
}
