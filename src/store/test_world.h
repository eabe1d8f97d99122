#pragma once

#include "store/claims.h"
#include "store/commit.h"
#include "store/database_testing.h"
#include "store/executions.h"
#include "store/migrations.h"
#include "store/postgres.h"
#include "store/sqlite.h"
#include "store/tasks.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace weft::store {

/// The value of a result that a test expects to be there.
template <class T> T must(Result<T> result) {
    if (!result) throw std::runtime_error(result.error().message + " | " + result.error().log_text);
    if constexpr (!std::is_void_v<T>) return *std::move(result);
}

/// A migrated database without a store, in memory or on PostgreSQL: for the functions that take an
/// Rx or a Tx. All that a test does is one transaction that is never committed.
struct World {
    FakeClock clock;
    IdMinter minter{clock};
    BorrowedDatabase database;
    Reach reach{database.url};
    std::unique_ptr<Connection> opened = open();
    Connection& connection = *opened;
    std::uint32_t ordinals = 0;
    Scope scope;

    World() {
        must(migrate(connection, migrations(), clock.now()));
        must(connection.begin_writing());
        scope = project();
    }

    Tx tx() { return Tx(connection, clock.now(), minter); }

    /// A new project in an organization of its own.
    Scope project() {
        Scope made;
        const std::uint32_t ordinal = ++ordinals;
        made.organization = minter.mint<OrganizationTag>(ordinal);
        made.project = minter.mint<ProjectTag>(ordinal);
        made.principal.id = "0123456789abcdef01234567";
        execute(fmt::format(
            "INSERT INTO project (id, organization_id, ordinal, name, description, coworker_role, "
            "status, created_at, updated_at) VALUES ({}, {}, {}, 'p', '', '', '', 0, 0)",
            bytes(made.project), bytes(made.organization), ordinal));
        return made;
    }

    void execute(const std::string& sql) { must(connection.execute(sql)); }

    /// Bytes, by their hexadecimal digits, as SQL writes them.
    std::string bytes(const std::string& hex) const {
        const bool sqlite = connection.dialect() == Dialect::sqlite;
        return sqlite ? "x'" + hex + "'" : "'\\x" + hex + "'::bytea";
    }
    template <class Tag> std::string bytes(const Id<Tag>& id) const { return bytes(id.hex()); }

    /// Columns of one execution set by hand: "state = 3, owner = 7".
    void set(const ExecutionId& id, const std::string& columns) {
        execute(fmt::format("UPDATE execution SET {} WHERE id = {}", columns, bytes(id)));
    }

    std::int64_t count(const std::string& from) {
        // The cache is keyed by the pointer: each text must live as long as the connection.
        const std::string& kept =
            *texts.emplace_back(std::make_unique<std::string>("SELECT count(*) FROM " + from));
        return must(connection.maybe<std::int64_t>(Sql{"count", kept.c_str()})).value();
    }
    std::int64_t ready(const ExecutionId& id) {
        return count(fmt::format("ready WHERE execution_id = {}", bytes(id)));
    }

    Execution make(executions::Start when = executions::Start::now,
                   const ExecutionId& parent = {}) {
        return make_in(scope, when, parent);
    }
    Execution make_in(const Scope& in, executions::Start when = executions::Start::now,
                      const ExecutionId& parent = {}) {
        Tx to = tx();
        ExecutionStart start;
        start.agentflow = minter.mint<AgentflowTag>(1);
        start.version = minter.mint<VersionTag>(1);
        start.parent = parent;
        return must(executions::create(to, in, start, "flow", when));
    }
    Execution find(const ExecutionId& id) {
        Tx to = tx();
        return must(executions::find(to, scope, id));
    }
    std::vector<Claim> claim(int max, claims::Turn& turn, std::int64_t node = 1) {
        Tx to = tx();
        return must(claims::claim(to, node, max, turn));
    }
    Claim claim_one(std::int64_t node = 1) {
        claims::Turn turn;
        return claim(1, turn, node).at(0);
    }
    Verdict commit(StepCommit step) {
        Tx to = tx();
        const PackedStep packed = must(pack(std::move(step)));
        return must(apply(to, packed));
    }
    /// A step that brings one result and means to do one thing more.
    StepCommit step(const Claim& claim, std::int64_t seq = 1) {
        return {.project = claim.project,
                .execution = claim.execution,
                .epoch = claim.epoch,
                .expected_seq = seq,
                .results = {{0, JournalKind::result, clock.now(), R"({"r":1})"}},
                .intent = JournalRow{0, JournalKind::intent, clock.now(), R"({"i":1})"},
                .usage = {10, 20, 30, 40}};
    }

    std::vector<std::unique_ptr<std::string>> texts;

private:
    std::unique_ptr<Connection> open() {
        if (on_postgres()) return std::make_unique<PostgresConnection>(reach);
        return must(SqliteConnection::open(":memory:", SqliteConnection::Access::write));
    }
};

} // namespace weft::store
