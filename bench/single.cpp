// One execution at a time: its durable steps a second, beside single commits of the same rows
// through the database's own C API on the same disk, by turns.
//   bench_single [SECONDS of each turn [TURNS]]
#include "load.h"
#include "raw_postgres.h"

namespace weft::bench {

constexpr int agents = 200; ///< as many as a flow may have
constexpr useconds_t between_reads_us = 1'000;

/// Commits of one step's rows a second, in SQLite.
class RawSteps {
public:
    explicit RawSteps(const std::filesystem::path& folder) : raw_(folder), project_(raw_.id()) {
        execution_ = write_start(raw_, project_, raw_.id());
    }
    double per_s(double for_s) {
        return rate_of(for_s, [this] {
            commit(raw_, [this] { write_step(raw_, project_, execution_, seq_); });
        });
    }

private:
    Raw raw_;
    IdBytes project_;
    IdBytes execution_{};
    std::int64_t seq_ = 1;
};

/// The executions so far. Reads take the cores of what is measured, so that none comes before nine
/// tenths of the time have passed that the shortest took.
struct Before {
    std::int64_t ended = 0;
    std::int64_t shortest_us = 0;
};

/// Durable steps a second of executions that follow one another, each read as final before the
/// next is started.
double steps_per_s(Connections& to, const Flow& flow, double for_s, Before& before) {
    const std::int64_t started = monotonic_us();
    std::int64_t steps = 0;
    while (seconds_since(started) < for_s) {
        const std::int64_t begun = monotonic_us();
        to.bytes_of(flow.start_request());
        ++before.ended;
        ::usleep(static_cast<useconds_t>(before.shortest_us * 9 / 10));
        while (completed(to, flow.project) < before.ended) ::usleep(between_reads_us);
        const std::int64_t took_us = monotonic_us() - begun;
        before.shortest_us =
            before.shortest_us == 0 ? took_us : std::min(before.shortest_us, took_us);
        steps += agents;
    }
    return static_cast<double>(steps) / seconds_since(started);
}

/// The same in PostgreSQL, on a database beside the measured one.
class RawPostgresSteps {
public:
    explicit RawPostgresSteps(const std::filesystem::path& folder)
        : database_(folder), raw_(database_, folder, 1) {}
    double per_s(double for_s) {
        return rate_of(for_s, [this] { raw_.commit_step(); });
    }

private:
    Database database_;
    RawPostgres raw_;
};

template <class Raw> void measure(double for_s, int turns) {
    const ScratchDirectory scratch;
    Raw raw(scratch.path() / "raw");
    const std::filesystem::path data = scratch.path() / "data";
    const Database database(data);
    const ServerProcess server = serve(data, database.environment());
    Connections to(server.port(), 1);
    const Flow flow(to, agents);
    Before before;
    steps_per_s(to, flow, for_s / 4, before);
    for (int i = 0; i < turns; ++i) {
        const double alone = raw.per_s(for_s);
        const double ours = steps_per_s(to, flow, for_s, before);
        sample("single.raw_per_s", alone);
        sample("single.per_s", ours);
        sample("single.ratio", ours / alone);
    }
}

} // namespace weft::bench

int main(int count, char** arguments) {
    using namespace weft::bench;
    (Database::wanted() ? measure<RawPostgresSteps>
                        : measure<RawSteps>)(count > 1 ? std::atof(arguments[1]) : 0.5,
                                             count > 2 ? std::atoi(arguments[2]) : 8);
}
