#pragma once

// Weft's tables written through SQLite's own C API: what the machine itself can do.

#include "base/ids.h"
#include "domain/ids.h"
#include "harness.h"
#include "store/store.h"

#include <sqlite3.h>

namespace weft::bench {

/// Calls `once` for a while; how often a second.
template <class F> double rate_of(double for_s, F once) {
    const std::int64_t started = monotonic_us();
    std::int64_t count = 0;
    for (; seconds_since(started) < for_s; ++count) once();
    return static_cast<double>(count) / seconds_since(started);
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

inline constexpr std::string_view payload =
    R"({"s":4,"g":"6923892500000184b17c0007","n":1,"a":1,"k":"model","us":105,)"
    R"("r":{"text":"Some words of a model.",)"
    R"("stop":"finished"},)"
    R"("d":{"t":"Some words of a model.","x":"6923892500000184b17c0008","us":107}})";

/// One start of a flow: the rows that POST /execute_flow writes.
inline IdBytes write_start(Raw& raw, const IdBytes& project, const IdBytes& flow) {
    const IdBytes task = raw.id();
    const IdBytes execution = raw.id();
    const std::int64_t now = raw.now();
    raw.run("UPDATE agentflow SET last_used = ?3 WHERE project_id = ?1 AND id = ?2", project, flow,
            now);
    raw.run("INSERT INTO task (project_id, id, want, name, created_by, created_at, updated_at) "
            "VALUES (?1, ?2, 0, 'Measured', ?3, ?4, ?4)",
            project, task, std::string_view("69238925000001000007"), now);
    raw.run(
        "INSERT INTO execution (project_id, id, uuid, task_id, agentflow_id, state, paused_from, "
        "want, settling, owner, epoch, started, wake_at, created_at, updated_at, ended_at) "
        "VALUES (?1, ?2, ?3, ?4, ?5, 0, 0, 0, 0, 0, 0, 1, NULL, ?6, ?6, NULL)",
        project, execution, raw.uuid().bytes, task, flow, now);
    raw.run("INSERT INTO execution_start (project_id, id, agentflow_id, version_id, goal, inputs, "
            "files, start_from_id, parent_id, executed_by_id, executed_by_name, executed_by_type) "
            "VALUES (?1, ?2, ?3, ?3, '', '{}', '[]', NULL, NULL, "
            "?4, 'First key', 'api')",
            project, execution, flow, std::string_view("69238925000001000007"));
    raw.run("INSERT INTO ready (project_id, since, execution_id) VALUES (?1, ?3, ?2)", project,
            execution, now);
    return execution;
}

/// One durable step: a result, the next intent and the charge, with what the execution has used.
inline void write_step(Raw& raw, const IdBytes& project, const IdBytes& execution,
                       std::int64_t& seq) {
    constexpr const char* journal =
        "INSERT INTO journal (project_id, execution_id, seq, kind, at, payload, blob_hash, "
        "total_input_tokens, total_output_tokens) VALUES (?1, ?2, ?3, ?4, ?5, ?6, NULL, ?7, ?8)";
    const std::int64_t now = raw.now();
    const std::int64_t input_tokens = 50 * seq;
    const std::int64_t output_tokens = 10 * seq;
    raw.run(journal, project, execution, seq++, 2, now, payload, input_tokens, output_tokens);
    raw.run(journal, project, execution, seq++, 1, now, payload.substr(0, 90), input_tokens,
            output_tokens);
    raw.run("INSERT INTO ledger (project_id, id, execution_id, agent_id, agent_title, model, "
            "input_tokens, output_tokens, cost_micro_usd, credits_micro, created_at) "
            "VALUES (?1, ?2, ?3, ?3, 'Agent 4', 'weft/rehearsal', 100, 20, 0, 0, ?4)",
            project, raw.id(), execution, now);
}

/// With `write` in a commit of its own.
template <class F> void commit(Raw& raw, F write) {
    raw.execute("BEGIN IMMEDIATE");
    write();
    raw.execute("COMMIT");
}

} // namespace weft::bench
