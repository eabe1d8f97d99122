// What an answer costs beside a bare Beast server that sends the same bytes: both are driven in
// turn, in the same run, by the same load generator.
//   bench_answers [SECONDS of each turn [TURNS]]
#include "load.h"

#include <fstream>
#include <thread>

namespace weft::bench {

constexpr int connections = 64;
constexpr int agents = 2;
constexpr int records = 1'000;

/// How long and how often each of two servers is driven.
struct Turns {
    double for_s = 0.25;
    int count = 12;
};

struct Side {
    ServerProcess& server;
    Connections& to;
    std::string name; ///< of its samples
};

struct Cost {
    double per_s = 0;
    double cpu_us = 0; ///< of the server, for one request
};

Cost cost_of(const Side& side, const std::string& what, double for_s) {
    const double cpu_before_s = side.server.cpu_s();
    const std::int64_t started = monotonic_us();
    Cost cost{.per_s = rate(side.to, what, for_s)};
    cost.cpu_us =
        (side.server.cpu_s() - cpu_before_s) / (cost.per_s * seconds_since(started)) * 1e6;
    sample(side.name + ".per_s", cost.per_s);
    sample(side.name + ".cpu_us", cost.cpu_us);
    return cost;
}

/// Drives ours and the other by turns: each pair gives a ratio.
void compare(const std::string& name, const Side& ours, const Side& other, const std::string& what,
             Turns turns) {
    for (int i = 0; i < turns.count; ++i) {
        const Cost bare = cost_of(other, what, turns.for_s);
        const Cost weft = cost_of(ours, what, turns.for_s);
        sample(name + ".ratio", weft.per_s / bare.per_s);
    }
}

/// Beside a bare server: one that only sends what Weft answered to `what`, or, with a database, one
/// that reads that record from it for each request.
void compare_bytes(const std::string& name, const std::filesystem::path& folder,
                   ServerProcess& weft, const std::string& what, Turns turns,
                   const std::string& database = {}) {
    Connections to(weft.port(), connections);
    const std::filesystem::path recorded = folder / (name + ".answer");
    std::ofstream(recorded, std::ios::binary) << to.bytes_of(what);
    std::vector<std::string> command{(own_folder() / "bench_bare").string(),
                                     std::to_string(std::thread::hardware_concurrency()),
                                     recorded.string()};
    if (!database.empty()) command.insert(command.end(), {"record", database});
    ServerProcess bare(std::move(command));
    Connections to_bare(bare.port(), connections);
    const std::string theirs = to_bare.bytes_of(what);
    const std::string ours = to.bytes_of(what);
    CHECK(theirs.size() == ours.size());
    CHECK(theirs.substr(theirs.find("\r\n\r\n")) == ours.substr(ours.find("\r\n\r\n")));
    compare(name, {weft, to, name}, {bare, to_bare, name + ".bare"}, what, turns);
}

/// The _id of the task of one run of a flow of two agents, when it has completed.
std::string completed_task(Connections& to, const Flow& flow) {
    const json::value started = to.ask("POST", "/execute_flow?projectID=" + flow.project,
                                       fmt::format(R"({{"agentflow_id": "{}"}})", flow.id));
    const std::string task(text_or(started, "task_id"));
    for (;;) {
        const json::value now = to.ask("GET", "/task/" + task);
        if (text_or(now, "status") == "completed") return task;
        ::usleep(5'000);
    }
}

/// A table of a thousand records; the path of one in the middle.
std::string record_path(Connections& to, const std::string& project) {
    const json::value table = to.ask("POST", "/create/table?projectID=" + project,
                                     R"({"table_name": "Releases", "columns": [
                   {"column_name": "Product", "column_type": "string"},
                   {"column_name": "Version", "column_type": "string"},
                   {"column_name": "Stars", "column_type": "number"},
                   {"column_name": "Stable", "column_type": "boolean"},
                   {"column_name": "Notes", "column_type": "string"}]})");
    const std::string path = fmt::format("/storage/{}/{}", project, text_or(table, "_id"));
    std::string record;
    for (int i = 0; i < records; ++i) {
        const json::value made = to.ask(
            "POST", path,
            fmt::format(R"({{"product": "Loom", "version": "3.1.{0}", "stars": {0}, "stable": true,
                             "notes": "Faster starts, fewer surprises, and \"quotes\"."}})",
                        i));
        if (i == records / 2) record = text_or(made, "_id");
    }
    return path + "/" + record;
}

void measure(Turns turns) {
    const ScratchDirectory scratch;
    const std::filesystem::path data = scratch.path() / "data";
    const std::filesystem::path copy = scratch.path() / "copy.db";
    std::string task;
    std::string record;
    {
        const ServerProcess filling = serve(data);
        Connections to(filling.port(), 1);
        const Flow flow(to, agents);
        task = completed_task(to, flow);
        record = record_path(to, flow.project);
    }
    std::filesystem::copy_file(data / "weft.db", copy); // nobody has it open
    std::filesystem::copy_file(data / "weft.db-wal", copy.string() + "-wal");
    ServerProcess weft = serve(data);
    compare_bytes("health", scratch.path(), weft, request("GET", "/health"), turns);
    compare_bytes("task", scratch.path(), weft, request("GET", "/task/" + task), turns);
    compare_bytes("record", scratch.path(), weft, request("GET", record), turns, copy.string());
}

} // namespace weft::bench

int main(int count, char** arguments) {
    weft::bench::Turns turns;
    if (count > 1) turns.for_s = std::atof(arguments[1]);
    if (count > 2) turns.count = std::atoi(arguments[2]);
    weft::bench::measure(turns);
}
