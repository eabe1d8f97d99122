// What the cluster of WEFT_BENCH_STORE itself can do for one connection: the rows of durable steps
// written through libpq into Weft's tables, one step in each commit or a hundred.
//   bench_raw_postgres [SECONDS of each]
#include "raw_postgres.h"

namespace weft::bench {

constexpr int executions = 256;
constexpr int group = 100;

void measure(double for_s) {
    const ScratchDirectory scratch;
    const Database database(scratch.path());
    CHECK(database.on_postgres());
    RawPostgres raw(database, scratch.path() / "data", executions);
    sample("raw.single_per_s", rate_of(for_s, [&] { raw.commit_step(); }));
    sample("raw.grouped_per_s", group * rate_of(for_s, [&] { raw.commit_steps(group); }));
}

} // namespace weft::bench

int main(int count, char** arguments) {
    weft::bench::measure(count > 1 ? std::atof(arguments[1]) : 2);
}
