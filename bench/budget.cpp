// What budgets cost: durable steps per second of agents that ask a model with a price, on two
// servers in turn, of which one has budgets at three levels. With WEFT_BENCH_STORE also where two
// nodes share each database, and so its budgets.
//   bench_budget [EXECUTIONS [WAVES]]
#include "database.h"
#include "model.h"

namespace weft::bench {

constexpr int agents = 10;
constexpr int start_connections = 64;

struct Side {
    Side(const std::filesystem::path& folder, const Model& model, const std::string& name,
         int nodes)
        : data(folder / name), database(data), server(serve(data, environment(database, model))),
          starting(server.port(), start_connections), reading(server.port(), 1),
          flow(starting, agents, Model::name) {
        if (nodes > 1)
            second = std::unique_ptr<ServerProcess>(new ServerProcess(
                serve(folder / (name + "_second"), environment(database, model))));
    }

    static std::vector<std::string> environment(const Database& database, const Model& model) {
        std::vector<std::string> all = database.environment();
        for (const std::string& each : model.environment()) all.push_back(each);
        all.push_back("WEFT_MASTER_KEY=" + std::string(64, 'a'));
        return all;
    }

    /// Of the server, or of both.
    double cpu_s() const { return server.cpu_s() + (second ? second->cpu_s() : 0); }

    std::filesystem::path data;
    Database database;
    ServerProcess server;
    std::unique_ptr<ServerProcess> second;
    Connections starting;
    Connections reading;
    Flow flow;
};

struct Cost {
    double took_s = 0;
    double cpu_us = 0; ///< of the servers, for a step
};

void measure(int executions, int waves, int nodes) {
    const ScratchDirectory scratch;
    Model model(Model::Mood::quick);
    Side plain(scratch.path(), model, "plain", nodes);
    Side limited(scratch.path(), model, "limited", nodes);
    const std::string name = nodes > 1 ? "budget.two_nodes." : "budget.";
    limited.reading.ask("PUT", "/budgets",
                        R"({"budgets": [{"window": "month", "cost_usd": 1e6}]})");
    limited.reading.ask(
        "PATCH", "/settings/" + limited.flow.project,
        R"({"budgets": [{"level": "project", "window": "day", "cost_usd": 1e6, "credits": 1e8},
                        {"level": "execution", "window": "run", "cost_usd": 100}]})");
    const double steps = executions * agents;
    const auto wave = [&](Side& side) {
        const double cpu_before_s = side.cpu_s();
        const double took_s =
            run_wave(side.starting, side.reading, side.flow, {.executions = executions});
        return Cost{took_s, (side.cpu_s() - cpu_before_s) / steps * 1e6};
    };
    for (int i = 0; i < waves; ++i) {
        const bool plain_first = i % 2 == 0;
        const Cost first = wave(plain_first ? plain : limited);
        const Cost second = wave(plain_first ? limited : plain);
        if (i == 0) continue; // nothing is warm yet
        const auto& [without, with] =
            plain_first ? std::pair(first, second) : std::pair(second, first);
        sample(name + "without_per_s", steps / without.took_s);
        sample(name + "with_per_s", steps / with.took_s);
        sample(name + "share", without.took_s / with.took_s);
        sample(name + "without_cpu_us", without.cpu_us);
        sample(name + "with_cpu_us", with.cpu_us);
    }
}

} // namespace weft::bench

int main(int count, char** arguments) {
    const int executions = count > 1 ? std::atoi(arguments[1]) : 512;
    const int waves = count > 2 ? std::atoi(arguments[2]) : 13;
    weft::bench::measure(executions, waves, 1);
    if (weft::bench::Database::wanted()) weft::bench::measure(executions, waves, 2);
}
