// What budgets cost: durable steps per second of agents that ask a model with a price, on two
// servers in turn, of which one has budgets at three levels.
//   bench_budget [EXECUTIONS [WAVES]]
#include "database.h"
#include "model.h"

namespace weft::bench {

constexpr int agents = 10;
constexpr int start_connections = 64;

struct Side {
    Side(const std::filesystem::path& folder, const Model& model, const char* name)
        : data(folder / name), database(data),
          server(serve(data, both(database.environment(), model.environment()))),
          starting(server.port(), start_connections), reading(server.port(), 1),
          flow(starting, agents, Model::name) {}

    static std::vector<std::string> both(std::vector<std::string> one,
                                         const std::vector<std::string>& other) {
        one.insert(one.end(), other.begin(), other.end());
        return one;
    }

    std::filesystem::path data;
    Database database;
    ServerProcess server;
    Connections starting;
    Connections reading;
    Flow flow;
};

void measure(int executions, int waves) {
    const ScratchDirectory scratch;
    Model model(Model::Mood::quick);
    Side plain(scratch.path(), model, "plain");
    Side limited(scratch.path(), model, "limited");
    limited.reading.ask("PUT", "/budgets",
                        R"({"budgets": [{"window": "month", "cost_usd": 1e6}]})");
    limited.reading.ask(
        "PATCH", "/settings/" + limited.flow.project,
        R"({"budgets": [{"level": "project", "window": "day", "cost_usd": 1e6, "credits": 1e8},
                        {"level": "execution", "window": "run", "cost_usd": 100}]})");
    for (int i = 0; i < waves; ++i) {
        const double without_s =
            run_wave(plain.starting, plain.reading, plain.flow, {.executions = executions});
        const double with_s =
            run_wave(limited.starting, limited.reading, limited.flow, {.executions = executions});
        if (i == 0) continue; // nothing is warm yet
        sample("budget.without_per_s", executions * agents / without_s);
        sample("budget.with_per_s", executions * agents / with_s);
        sample("budget.share", without_s / with_s);
    }
}

} // namespace weft::bench

int main(int count, char** arguments) {
    weft::bench::measure(count > 1 ? std::atoi(arguments[1]) : 256,
                         count > 2 ? std::atoi(arguments[2]) : 8);
}
