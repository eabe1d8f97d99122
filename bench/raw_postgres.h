#pragma once

// Weft's tables written through libpq, as little as that takes: what a PostgreSQL cluster can do
// for one connection.

#include "database.h"
#include "raw_store.h"

#include <libpq-fe.h>

namespace weft::bench {

/// The rows of durable steps of some executions, written in turn. What a transaction needs is sent
/// at once and waited for once.
class RawPostgres {
public:
    RawPostgres(const Database& database, const std::filesystem::path& folder, int executions)
        : minter_(clock_), project_(id()), seqs_(static_cast<std::size_t>(executions), 1) {
        store::Options options{folder};
        options.url = database.url();
        CHECK(store::Store::open(options, clock_, minter_).has_value()); // makes the tables
        connection_ = PQconnectdb(database.url().c_str());
        CHECK(PQstatus(connection_) == CONNECTION_OK);
        for (const auto& [name, sql] : statements) {
            PGresult* made = PQprepare(connection_, name, sql, 0, nullptr);
            CHECK(PQresultStatus(made) == PGRES_COMMAND_OK);
            PQclear(made);
        }
        CHECK(PQenterPipelineMode(connection_) == 1);
        for (int i = 0; i < executions; ++i) {
            executions_.push_back(id());
            send("start", {project_, executions_.back(), now()});
        }
        finish();
    }
    ~RawPostgres() { PQfinish(connection_); }
    RawPostgres(const RawPostgres&) = delete;

    /// One step in a commit of its own, each row with a statement of its own.
    void commit_step() {
        turn_ = (turn_ + 1) % executions_.size();
        std::int64_t& seq = seqs_[turn_];
        const std::string& execution = executions_[turn_];
        const std::string at = now();
        send("begin", {});
        send("journal", {project_, execution, std::to_string(seq++), "2", at, result_});
        send("journal", {project_, execution, std::to_string(seq++), "1", at, intent_});
        send("ledger", {project_, id(), execution, at});
        send("commit", {});
        finish();
    }

    /// So many steps of as many executions in one commit, the rows of each table with one
    /// statement.
    void commit_steps(int count) {
        std::string executions;
        std::string seqs;
        std::string ids;
        for (int i = 0; i < count; ++i) {
            turn_ = (turn_ + 1) % executions_.size();
            add(executions, executions_[turn_]);
            add(seqs, std::to_string(seqs_[turn_]));
            add(ids, id());
            seqs_[turn_] += 2;
        }
        executions = "{" + executions + "}";
        seqs = "{" + seqs + "}";
        const std::string at = now();
        send("begin", {});
        send("journals", {project_, executions, seqs, at, result_, intent_});
        send("ledgers", {project_, executions, "{" + ids + "}", at});
        send("commit", {});
        finish();
    }

private:
    static constexpr const char* statements[][2] = {
        {"begin", "BEGIN"},
        {"commit", "COMMIT"},
        {"start", R"sql(
            INSERT INTO execution (project_id, id, uuid, task_id, agentflow_id, state, paused_from,
                                   want, settling, owner, epoch, started, created_at, updated_at)
            VALUES ($1, $2, $2, $2, $2, 1, 0, 0, 0, 1, 1, 1, $3, $3))sql"},
        {"journal", R"sql(
            INSERT INTO journal (project_id, execution_id, seq, kind, at, payload,
                                 total_input_tokens, total_output_tokens)
            VALUES ($1, $2, $3::bigint, $4, $5, $6, $3::bigint * 50, $3::bigint * 10))sql"},
        {"ledger", R"sql(
            INSERT INTO ledger (project_id, id, execution_id, agent_id, agent_title, model,
                                input_tokens, output_tokens, cost_micro_usd, credits_micro,
                                created_at)
            VALUES ($1, $2, $3, $3, 'Agent 4', 'weft/rehearsal', 100, 20, 0, 0, $4))sql"},
        {"journals", R"sql(
            INSERT INTO journal (project_id, execution_id, seq, kind, at, payload,
                                 total_input_tokens, total_output_tokens)
            SELECT $1, s.id, s.seq + r.n, 2 - r.n, $4, r.payload, s.seq * 50, s.seq * 10
              FROM unnest($2::bytea[], $3::bigint[]) AS s (id, seq),
                   (VALUES (0, $5), (1, $6)) AS r (n, payload))sql"},
        {"ledgers", R"sql(
            INSERT INTO ledger (project_id, id, execution_id, agent_id, agent_title, model,
                                input_tokens, output_tokens, cost_micro_usd, credits_micro,
                                created_at)
            SELECT $1, s.id, s.execution, s.execution, 'Agent 4', 'weft/rehearsal', 100, 20, 0, 0,
                   $4
              FROM unnest($2::bytea[], $3::bytea[]) AS s (execution, id))sql"},
    };

    /// As PostgreSQL reads bytes in a text.
    std::string id() { return "\\x" + to_hex(minter_.mint<ProjectTag>(1).bytes); }
    std::string now() { return std::to_string(clock_.now().us); }

    static void add(std::string& array, const std::string& element) {
        if (!array.empty()) array += ',';
        array += element.starts_with('\\') ? "\"\\" + element + "\"" : element;
    }

    void send(const char* name, const std::vector<std::string>& parameters) {
        std::vector<const char*> values;
        for (const std::string& each : parameters) values.push_back(each.c_str());
        CHECK(PQsendQueryPrepared(connection_, name, static_cast<int>(values.size()), values.data(),
                                  nullptr, nullptr, 0) == 1);
        ++sent_;
    }
    void finish() {
        CHECK(PQpipelineSync(connection_) == 1);
        for (; sent_ > 0; --sent_) {
            PGresult* answer = PQgetResult(connection_);
            if (PQresultStatus(answer) != PGRES_COMMAND_OK)
                fmt::print(stderr, "{}", PQresultErrorMessage(answer));
            CHECK(PQresultStatus(answer) == PGRES_COMMAND_OK);
            PQclear(answer);
            CHECK(PQgetResult(connection_) == nullptr);
        }
        PGresult* synced = PQgetResult(connection_);
        CHECK(PQresultStatus(synced) == PGRES_PIPELINE_SYNC);
        PQclear(synced);
    }

    SystemClock clock_;
    IdMinter minter_;
    PGconn* connection_ = nullptr;
    std::string project_;
    std::vector<std::string> executions_;
    std::vector<std::int64_t> seqs_;
    std::string result_{payload};
    std::string intent_{payload.substr(0, 90)};
    std::size_t turn_ = 0;
    int sent_ = 0;
};

} // namespace weft::bench
