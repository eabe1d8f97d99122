// What the machine itself can do: fdatasync, and the rows of one start or of one durable step
// written through SQLite's own C API into the same tables, one commit each or 64 in a commit.
//   bench_raw [SECONDS of each]
#include "base/ids.h"
#include "domain/ids.h"
#include "harness.h"
#include "store/store.h"

#include <sqlite3.h>

namespace weft::bench {

constexpr int group = 64;

/// Calls `once` for a while; how often a second.
template <class F> double rate(double for_s, F once) {
    const std::int64_t started = monotonic_us();
    std::int64_t count = 0;
    for (; seconds_since(started) < for_s; ++count) once();
    return static_cast<double>(count) / seconds_since(started);
}

double fdatasync_rate(const std::filesystem::path& folder, double for_s) {
    const int file = ::open((folder / "synced").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    CHECK(file >= 0);
    const std::string page(4096, 'x');
    const double per_s = rate(for_s, [&] {
        CHECK(::write(file, page.data(), page.size()) == static_cast<ssize_t>(page.size()));
        CHECK(::fdatasync(file) == 0);
    });
    ::close(file);
    return per_s;
}

/// A database with Weft's tables and the writer's pragmas, written to in this thread.
class Raw {
public:
    explicit Raw(const std::filesystem::path& folder) : minter_(clock_) {
        CHECK(store::Store::open({folder}, clock_, minter_).has_value()); // makes the tables
        CHECK(sqlite3_open((folder / "weft.db").c_str(), &database_) == SQLITE_OK);
        execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA mmap_size = 0;"
                "PRAGMA cache_size = -16384; PRAGMA wal_autocheckpoint = 4000");
    }
    ~Raw() {
        for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
        sqlite3_close(database_);
    }
    Raw(const Raw&) = delete;

    void execute(const char* sql) {
        CHECK(sqlite3_exec(database_, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
    }

    /// The parameters `?1` … in order: ids (12 bytes) or UUIDs (16) as bytes, numbers, texts.
    template <class... Values> void run(const char* sql, const Values&... values) {
        sqlite3_stmt*& statement = statements_[sql];
        if (!statement)
            CHECK(sqlite3_prepare_v2(database_, sql, -1, &statement, nullptr) == SQLITE_OK);
        int n = 0;
        (bind(statement, ++n, values), ...);
        CHECK(sqlite3_step(statement) == SQLITE_DONE);
        sqlite3_reset(statement);
    }

    IdBytes id() { return minter_.mint<ProjectTag>(1).bytes; }
    Uuid uuid() { return minter_.mint_uuid(1); }
    std::int64_t now() { return clock_.now().us; }

private:
    static void bind(sqlite3_stmt* to, int n, std::int64_t value) {
        sqlite3_bind_int64(to, n, value);
    }
    static void bind(sqlite3_stmt* to, int n, int value) { sqlite3_bind_int(to, n, value); }
    static void bind(sqlite3_stmt* to, int n, std::string_view text) {
        sqlite3_bind_text(to, n, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
    }
    template <std::size_t size>
    static void bind(sqlite3_stmt* to, int n, const std::array<std::uint8_t, size>& bytes) {
        sqlite3_bind_blob(to, n, bytes.data(), static_cast<int>(size), SQLITE_STATIC);
    }

    SystemClock clock_;
    IdMinter minter_;
    sqlite3* database_ = nullptr;
    std::unordered_map<const char*, sqlite3_stmt*> statements_;
};

constexpr std::string_view payload =
    R"({"s":4,"g":"6923892500000184b17c0007","n":1,"a":1,"k":"model","us":105,)"
    R"("r":{"text":"Some words of a model.",)"
    R"("stop":"finished"},)"
    R"("d":{"t":"Some words of a model.","x":"6923892500000184b17c0008","us":107}})";

/// One start of a flow: the rows that POST /execute_flow writes.
IdBytes write_start(Raw& raw, const IdBytes& project, const IdBytes& flow) {
    const IdBytes task = raw.id();
    const IdBytes execution = raw.id();
    const std::int64_t now = raw.now();
    raw.run("UPDATE agentflow SET last_used = ?3 WHERE project_id = ?1 AND id = ?2", project, flow,
            now);
    raw.run("INSERT INTO task VALUES (?1, ?2, 0, 'Measured', ?3, ?4, ?4)", project, task,
            std::string_view("69238925000001000007"), now);
    raw.run("INSERT INTO execution VALUES (?1, ?2, ?3, ?4, ?5, 0, 0, 0, 0, 0, 0, 1, 1, NULL, "
            "?6, ?6, NULL, 0, 0, 0, 0)",
            project, execution, raw.uuid().bytes, task, flow, now);
    raw.run("INSERT INTO execution_start VALUES (?1, ?2, ?3, ?3, '', '{}', '[]', NULL, NULL, "
            "?4, 'First key', 'api')",
            project, execution, flow, std::string_view("69238925000001000007"));
    raw.run("INSERT INTO ready VALUES (?1, ?3, ?2)", project, execution, now);
    return execution;
}

/// One durable step: a result, the next intent, the charge and the execution's counters.
void write_step(Raw& raw, const IdBytes& project, const IdBytes& execution, std::int64_t& seq) {
    constexpr const char* journal = "INSERT INTO journal VALUES (?1, ?2, ?3, ?4, ?5, ?6, NULL)";
    const std::int64_t now = raw.now();
    raw.run(
        "UPDATE execution SET next_seq = ?3, updated_at = ?4, input_tokens = input_tokens + 100, "
        "output_tokens = output_tokens + 20 WHERE project_id = ?1 AND id = ?2",
        project, execution, seq + 2, now);
    raw.run(journal, project, execution, seq++, 2, now, payload);
    raw.run(journal, project, execution, seq++, 1, now, payload.substr(0, 90));
    raw.run("INSERT INTO ledger VALUES (?1, ?2, ?3, ?3, 'Agent 4', 'weft/rehearsal', "
            "100, 20, 0, 0, ?4)",
            project, raw.id(), execution, now);
}

/// Commits per second with one `write` each, and writes per second with many in a commit.
template <class F> void both_rates(Raw& raw, const std::string& name, double for_s, F write) {
    sample(name + ".single_per_s", rate(for_s, [&] {
               raw.execute("BEGIN IMMEDIATE");
               write();
               raw.execute("COMMIT");
           }));
    sample(name + ".grouped_per_s", group * rate(for_s, [&] {
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
    raw.run("INSERT INTO agentflow VALUES (?1, ?2, 'Measured', 1, 0, ?2, 1, ?3, ?3, ?3)", project,
            flow, raw.now());
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
