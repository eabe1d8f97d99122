// What the machine itself can do: fdatasync, and the rows of one start or of one durable step
// written through SQLite's own C API into the same tables, one commit each or 64 in a commit.
//   bench_raw [SECONDS of each]
#include "raw_store.h"

namespace weft::bench {

constexpr int group = 64;

double fdatasync_rate(const std::filesystem::path& folder, double for_s) {
    const int file = ::open((folder / "synced").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    CHECK(file >= 0);
    const std::string page(4096, 'x');
    const double per_s = rate_of(for_s, [&] {
        CHECK(::write(file, page.data(), page.size()) == static_cast<ssize_t>(page.size()));
        CHECK(::fdatasync(file) == 0);
    });
    ::close(file);
    return per_s;
}

/// Commits per second with one `write` each, and writes per second with many in a commit.
template <class F> void both_rates(Raw& raw, const std::string& name, double for_s, F write) {
    sample(name + ".single_per_s", rate_of(for_s, [&] { commit(raw, write); }));
    sample(name + ".grouped_per_s", group * rate_of(for_s, [&] {
                                        raw.execute("BEGIN IMMEDIATE");
                                        for (int i = 0; i < group; ++i) write();
                                        raw.execute("COMMIT");
                                    }));
}

void measure(double for_s) {
    const ScratchDirectory scratch;
    sample("raw.fdatasync_per_s", fdatasync_rate(scratch.path(), for_s));
    Raw raw(scratch.path() / "data");
    const IdBytes project = raw.id();
    const IdBytes flow = raw.id();
    raw.run("INSERT INTO agentflow (project_id, id, name, is_active, is_deleted, version_id, "
            "version_number, created_at, updated_at, last_used) "
            "VALUES (?1, ?2, 'Measured', 1, 0, ?2, 1, ?3, ?3, ?3)",
            project, flow, raw.now());
    both_rates(raw, "raw.start", for_s, [&] { write_start(raw, project, flow); });

    // As in a run of 256 executions: neighbours in a commit are steps of different ones.
    std::vector<IdBytes> executions;
    std::vector<std::int64_t> seqs(256, 1);
    for (int i = 0; i < 256; ++i) executions.push_back(write_start(raw, project, flow));
    std::size_t turn = 0;
    both_rates(raw, "raw.step", for_s, [&] {
        turn = (turn + 1) % executions.size();
        write_step(raw, project, executions[turn], seqs[turn]);
    });
}

} // namespace weft::bench

int main(int count, char** arguments) {
    weft::bench::measure(count > 1 ? std::atof(arguments[1]) : 1);
}
