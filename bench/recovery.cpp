// kill -9 while so many executions are open and some of them ask a model: how soon the next process
// answers, and how soon each that was running has its next intent on the disk.
//   bench_recovery [OPEN [RUNNING]]
#include "journal.h"
#include "load.h"
#include "model.h"

#include <unordered_set>

namespace weft::bench {

constexpr int start_connections = 64;
constexpr useconds_t between_looks_us = 20'000;

std::unordered_set<std::string> owned(const Journal& journal) {
    std::unordered_set<std::string> ids;
    journal.rows("SELECT id FROM execution WHERE owner <> 0", 0,
                 [&](sqlite3_stmt* row) { ids.insert(Journal::bytes(row, 0)); });
    return ids;
}

/// Waits until each of `running` has an intent in a row after `row`.
void wait_resumed(const Journal& journal, std::unordered_set<std::string> running, std::int64_t row,
                  std::int64_t deadline_us) {
    while (!running.empty()) {
        CHECK(monotonic_us() < deadline_us);
        journal.rows("SELECT rowid, execution_id FROM journal WHERE rowid > ?1 AND kind = 1", row,
                     [&](sqlite3_stmt* each) {
                         row = std::max<std::int64_t>(row, sqlite3_column_int64(each, 0));
                         running.erase(Journal::bytes(each, 1));
                     });
        if (!running.empty()) ::usleep(between_looks_us);
    }
}

void answered_health(int port) {
    Connections to(port, 1);
    to.bytes_of(request("GET", "/health"));
}

void measure(int open, int running) {
    const ScratchDirectory scratch;
    const std::filesystem::path data = scratch.path() / "data";
    Model model(Model::Mood::silent);
    {
        ServerProcess server = serve(data, model.environment());
        Connections to(server.port(), start_connections);
        Flow flow(to, 1, Model::name);
        flow.add_agents(to, 2, "weft/rehearsal");
        start_all(to, flow, open);
        const std::int64_t deadline_us = monotonic_us() + 60'000'000;
        while (model.asked() < running) {
            CHECK(monotonic_us() < deadline_us);
            ::usleep(between_looks_us);
        }
        sample("recovery.running_mb", static_cast<double>(server.resident_bytes()) / 1e6);
        server.stop(SIGKILL);
    }
    const Journal journal(data);
    auto ran = owned(journal);
    const std::int64_t last_row = journal.number("SELECT max(rowid) FROM journal");
    CHECK(std::ssize(ran) >= running);
    sample("recovery.open",
           static_cast<double>(journal.number("SELECT count(*) FROM execution WHERE state < 3")));
    sample("recovery.running", static_cast<double>(ran.size()));

    model.be(Model::Mood::quick);
    const std::int64_t started_us = monotonic_us();
    const ServerProcess server = serve(data, model.environment());
    answered_health(server.port());
    sample("recovery.api_s", seconds_since(started_us));
    wait_resumed(journal, std::move(ran), last_row, started_us + 120'000'000);
    sample("recovery.resumed_s", seconds_since(started_us));
}

} // namespace weft::bench

int main(int count, char** arguments) {
    weft::bench::measure(count > 1 ? std::atoi(arguments[1]) : 100'000,
                         count > 2 ? std::atoi(arguments[2]) : 10'000);
}
