// Checks of a PostgreSQL database that holds the store.
#include "base/log.h"
#include "cli/doctor_checks.h"
#include "store/migrations.h"
#include "store/postgres_inspect.h"

namespace weft::cli {

namespace {

using store::PostgresFacts;

constexpr std::int64_t round_trip_us_slow = 5'000;
constexpr std::int64_t clock_us_apart = 1'000'000;
constexpr std::int64_t clock_us_wrong = 300'000'000;
constexpr std::int64_t transaction_s_long = 300;

void add(Findings& findings, Health health, const char* what, std::string sentence,
         const char* mend = "") {
    findings.push_back(
        {health, what, std::move(sentence), health == Health::ok ? std::string() : mend});
}

void check_server(const PostgresFacts& facts, Findings& findings) {
    const bool is_old = facts.version_number < store::postgres_version_least;
    add(findings, is_old ? Health::problem : Health::ok, "database",
        fmt::format("{} is PostgreSQL {}", facts.place, facts.version),
        "Weft needs PostgreSQL 15 or later: move the data to one (pg_upgrade).");
    const bool is_far = facts.round_trip_us > round_trip_us_slow;
    add(findings, is_far ? Health::warning : Health::ok, "database",
        fmt::format("a round trip takes {:.2f} ms", double(facts.round_trip_us) / 1000),
        "Each step waits for a few: let Weft run nearer to the database.");
    add(findings, facts.encoding == "UTF8" ? Health::ok : Health::problem, "database encoding",
        "it is " + facts.encoding,
        "Make another: CREATE DATABASE weft ENCODING 'UTF8' TEMPLATE template0");
}

/// What synchronous_commit means here.
const char* meaning(const std::string& value) {
    if (value == "off") return "what was acknowledged may be lost when the database crashes";
    if (value == "local") return "a commit is on this server's disk; standbys may be behind";
    if (value == "remote_write")
        return "a commit is on the disk, and synchronous standbys have received it";
    if (value == "remote_apply")
        return "a commit is on the disk, and synchronous standbys show it already";
    return "a commit is on the disk, of synchronous standbys too";
}

void check_durability(const PostgresFacts& facts, Findings& findings) {
    const bool syncs = facts.fsync == "on";
    add(findings, syncs ? Health::ok : Health::problem, "database fsync",
        syncs ? "on: what is committed is on the disk"
              : "off: a loss of power may destroy the whole database",
        "ALTER SYSTEM SET fsync = on; SELECT pg_reload_conf(). Off is for tests only.");
    const bool whole = facts.full_page_writes == "on";
    add(findings, whole ? Health::ok : Health::problem, "database full_page_writes",
        whole ? "on: pages that a crash left half written are mended"
              : "off: pages that a crash left half written stay so",
        "ALTER SYSTEM SET full_page_writes = on; SELECT pg_reload_conf(). Off is for file systems "
        "that never write half a page (ZFS).");
    const bool risky = facts.synchronous_commit == "off";
    std::string sentence = facts.synchronous_commit + ": " + meaning(facts.synchronous_commit);
    if (!risky && facts.synchronous_commit != "local")
        sentence += facts.synchronous_standbys.empty()
                        ? "; no standby is named in synchronous_standby_names"
                        : "; synchronous: " + facts.synchronous_standbys;
    add(findings, risky ? Health::problem : Health::ok, "database synchronous_commit", sentence,
        "ALTER DATABASE … SET synchronous_commit = on (or the same for the role), so that an "
        "acknowledged run outlives a crash.");
}

void check_settings(const PostgresFacts& facts, Findings& findings) {
    const bool minimal = facts.wal_level == "minimal";
    add(findings, minimal ? Health::warning : Health::ok, "database wal_level",
        facts.wal_level + (minimal ? ": neither standbys nor a backup to a moment are possible"
                                   : ": standbys and backups to a moment are possible"),
        "ALTER SYSTEM SET wal_level = replica, and restart the database.");
    add(findings, Health::ok, "database isolation",
        "the default is " + facts.isolation + "; Weft's transactions choose their own");
    if (facts.is_standby)
        add(findings, Health::problem, "database role", "it is a standby and takes no writes",
            "Name the primary in --store: several hosts between commas, and "
            "?target_session_attrs=read-write.");
    else if (facts.read_only == "on")
        add(findings, Health::problem, "database role",
            "it takes no writes: default_transaction_read_only is on",
            "ALTER DATABASE … SET default_transaction_read_only = off (or the same for the role).");
    else
        add(findings, Health::ok, "database role", "it is a primary and takes writes");
}

void check_room(const PostgresFacts& facts, Findings& findings) {
    const std::int64_t wanted = store::postgres_connections_of_node();
    const std::int64_t left = facts.connections_max - facts.connections_now;
    add(findings,
        facts.connections_max < wanted ? Health::problem
        : left < wanted                ? Health::warning
                                       : Health::ok,
        "database connections",
        fmt::format("{} of {} are taken, by {} Weft nodes and others; a node uses {}",
                    facts.connections_now, facts.connections_max, facts.nodes, wanted),
        "ALTER SYSTEM SET max_connections = …, and restart the database; or put a pooler before it "
        "(pgbouncer, pool_mode = transaction).");
    if (facts.is_pooled)
        add(findings, Health::ok, "database pooler",
            "a pooler stands between; Weft works behind one that pools transactions");
    else
        add(findings, Health::ok, "database pooler", "none: connections go to the database itself");
    const std::string size =
        size_text(static_cast<std::uint64_t>(facts.bytes)) + " are used by the database";
    if (!facts.bytes_free)
        add(findings, Health::ok, "database disk",
            size + "; how much is free is not known from here: look on its machine (df -h)");
    else
        add(findings,
            *facts.bytes_free < free_bytes_least ? Health::problem
            : *facts.bytes_free < free_bytes_few ? Health::warning
                                                 : Health::ok,
            "database disk", size + ", " + size_text(*facts.bytes_free) + " are free",
            "Make room: a full disk stops all runs.");
    const std::int64_t apart_us = std::abs(facts.clock_ahead_us);
    add(findings,
        apart_us > clock_us_wrong   ? Health::problem
        : apart_us > clock_us_apart ? Health::warning
                                    : Health::ok,
        "database clock",
        fmt::format("it is {:.3f} s {} this machine's", double(apart_us) / 1e6,
                    facts.clock_ahead_us < 0 ? "behind" : "ahead of"),
        "Set both clocks (timedatectl set-ntp true): times of runs and of keys depend on them.");
}

void check_vacuum(const PostgresFacts& facts, Findings& findings) {
    add(findings, facts.autovacuum == "on" ? Health::ok : Health::problem, "database vacuum",
        facts.autovacuum == "on" ? "autovacuum is on"
                                 : "autovacuum is off: tables grow and every query gets slower",
        "ALTER SYSTEM SET autovacuum = on; SELECT pg_reload_conf()");
    const bool is_long = facts.transaction_s > transaction_s_long;
    add(findings, is_long ? Health::warning : Health::ok, "database vacuum",
        facts.transaction_process == 0 ? "no transaction holds it back"
        : is_long ? fmt::format("a transaction of process {} is open for {} s: nothing that was "
                                "deleted since can be removed",
                                facts.transaction_process, facts.transaction_s)
                  : fmt::format("the oldest transaction is open for {} s", facts.transaction_s),
        "End it (SELECT pg_terminate_backend(PROCESS)), and set "
        "idle_in_transaction_session_timeout for whoever left it.");
    if (facts.prepared > 0)
        add(findings, Health::warning, "database vacuum",
            fmt::format("{} prepared transactions are open; none is Weft's, and nothing that was "
                        "deleted since can be removed",
                        facts.prepared),
            "pg_prepared_xacts lists them: COMMIT PREPARED or ROLLBACK PREPARED each.");
}

void check_schema(const PostgresFacts& facts, Findings& findings) {
    const std::int64_t newest = store::newest_number(store::migrations(), store::Dialect::postgres);
    if (!facts.schema)
        return add(findings, Health::ok, "database schema",
                   "nothing of Weft's is there yet; the first start makes it");
    if (facts.is_half_moved)
        return add(findings, Health::problem, "database schema",
                   "a directory's data is being moved there and is not all there",
                   "Run `weft migrate` again: it goes on where it stopped.");
    if (*facts.schema > newest)
        return add(findings, Health::problem, "database schema",
                   fmt::format("version {}; this Weft knows {}", *facts.schema, newest),
                   "A newer Weft has used it: use that version.");
    add(findings, Health::ok, "database schema",
        fmt::format("version {}{}", *facts.schema,
                    *facts.schema < newest ? "; the next start brings it up to date" : ""));
}

} // namespace

void check_postgres(const Patient& patient, Findings& findings) {
    set_log_level(LogLevel::off); // what it would say is said here
    SystemClock clock;
    const auto facts = store::postgres_facts(patient.settings.store, clock);
    if (!facts) {
        check_clock(patient, {}, findings);
        return add(findings, Health::problem, "database",
                   "it cannot be looked at: " + facts.error().message,
                   "Start the database, or correct --store (WEFT_STORE): "
                   "postgres://user@host:5432/database");
    }
    check_server(*facts, findings);
    check_durability(*facts, findings);
    check_settings(*facts, findings);
    check_room(*facts, findings);
    check_vacuum(*facts, findings);
    check_schema(*facts, findings);
    check_clock(patient, facts->content.value_or(store::Facts{}), findings);
    if (facts->content) check_keys(*facts->content, findings);
}

} // namespace weft::cli
