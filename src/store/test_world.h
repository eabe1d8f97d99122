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

#include <set>

namespace weft::store {

/// The value of a result that a test expects to be there.
template <class T> T must(Result<T> result) {
    if (!result) throw std::runtime_error(result.error().message + " | " + result.error().log_text);
    if constexpr (!std::is_void_v<T>) return *std::move(result);
}

/// A connection to a migrated database, in memory or on PostgreSQL. What is done on it is one
/// transaction that is never committed, so on PostgreSQL the next one gets the same again.
class OneTransaction {
public:
    OneTransaction() : kept_(taken()) { must(connection().begin_writing()); }
    ~OneTransaction() {
        connection().roll_back();
        if (on_postgres()) idle().push_back(std::move(kept_));
    }
    OneTransaction(const OneTransaction&) = delete;

    Connection& connection() { return *kept_->connection; }

private:
    struct Kept {
        BorrowedDatabase database;
        Reach reach{database.url};
        std::unique_ptr<Connection> connection;
    };
    using Free = std::vector<std::unique_ptr<Kept>>;

    static Free& idle() {
        static Free all = [] {
            const BorrowedDatabase before_this; // what takes databases back outlives them
            return Free();
        }();
        return all;
    }
    static std::unique_ptr<Kept> taken() {
        if (!idle().empty()) {
            auto kept = std::move(idle().back());
            idle().pop_back();
            return kept;
        }
        auto kept = std::make_unique<Kept>();
        if (on_postgres())
            kept->connection = std::make_unique<PostgresConnection>(kept->reach);
        else
            kept->connection =
                must(SqliteConnection::open(":memory:", SqliteConnection::Access::write));
        must(migrate(*kept->connection, migrations(), Instant{}));
        return kept;
    }

    std::unique_ptr<Kept> kept_;
};

/// A migrated database without a store: for the functions that take an Rx or a Tx. All that a test
/// does is one transaction.
struct World {
    FakeClock clock;
    IdMinter minter{clock};
    OneTransaction transaction;
    Connection& connection = transaction.connection();
    std::uint32_t ordinals = 0;
    Scope scope;

    World() : scope(project()) {}

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
        const char* text = kept("SELECT count(*) FROM " + from);
        return must(connection.maybe<std::int64_t>(Sql{"count", text})).value();
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

    /// A connection's cache is keyed by the pointer: each text must live as long as it.
    static const char* kept(std::string sql) {
        static std::set<std::string> texts;
        return texts.insert(std::move(sql)).first->c_str();
    }
};

} // namespace weft::store
