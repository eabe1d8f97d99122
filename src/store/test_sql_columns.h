#pragma once

#include "store/journal.h"
#include "store/oracle_testing.h"
#include "store/organizations.h"
#include "store/projects.h"
#include "store/test_home.h"
#include "store/test_world.h"

namespace weft::store {

inline std::string outcome(const Error& error) {
    switch (error.code) {
    case Code::not_found: return "not_found";
    case Code::conflict: return "conflict";
    default: return error.message + " " + error.log_text;
    }
}

inline constexpr Query<std::int64_t, ProjectId, ExecutionId> ready_count_sql{"test.ready_count",
                                                                             R"sql(
    SELECT count(*) FROM ready WHERE project_id = $1 AND execution_id = $2)sql"};

/// A column that is a database's tables and the functions of src/store over them.
class SqlColumn : public EngineStore {
public:
    std::string create(int parent, bool at_once) override {
        ExecutionStart start;
        start.agentflow = ids_of_flows_.mint<AgentflowTag>(1);
        start.version = ids_of_flows_.mint<VersionTag>(1);
        if (parent != 0) start.parent = id_of(parent);
        return change([&](Tx& tx) {
            return executions::create(tx, scope_, start, "flow",
                                      at_once ? executions::Start::now
                                              : executions::Start::when_told);
        });
    }
    std::string start(int execution) override { return verb(executions::start, execution); }
    std::string claim(std::int64_t node, int max, std::vector<PlainClaim>& claims) override {
        std::string told = "claimed";
        const auto taken = written([&](Tx& tx) {
            claims::Turn turn;
            return claims::claim(tx, node, max, turn);
        });
        for (const Claim& each : taken) {
            claims.push_back({number_of(each.execution), each.epoch});
            told += fmt::format(" {}", claims.back().execution);
        }
        return told;
    }
    std::string commit(const PlainStep& plain) override;
    std::string let_go(const PlainClaim& claim) override {
        must(write([&](Tx& tx) {
            return claims::let_go(tx, {scope_.project, {}, id_of(claim.execution), claim.epoch});
        }));
        return "";
    }
    std::string recover(std::int64_t node) override {
        return std::to_string(written([&](Tx& tx) { return claims::recover(tx, node, 1'000); }));
    }
    std::string wake_due() override {
        return std::to_string(written([&](Tx& tx) { return claims::wake_due(tx, 1'000); }));
    }
    std::string settle_overdue(Instant stopped_before) override {
        const auto settled =
            written([&](Tx& tx) { return claims::settle_overdue(tx, stopped_before, 1'000); });
        return std::to_string(settled.size());
    }
    std::string pause(int execution) override { return verb(executions::request_pause, execution); }
    std::string resume(int execution) override {
        return verb(executions::request_resume, execution);
    }
    std::string stop(int execution) override { return verb(executions::request_stop, execution); }
    std::string pause_task(int execution) override {
        return task_verb(tasks::request_pause, execution);
    }
    std::string resume_task(int execution) override {
        return task_verb(tasks::request_resume, execution);
    }
    std::string stop_task(int execution) override {
        return task_verb(tasks::request_stop, execution);
    }
    std::string answer(int execution, WaitReason reason, std::string name) override {
        return change([&](Tx& tx) {
            return waits::answer(tx, scope_, {id_of(execution), reason, name}, {});
        });
    }
    std::string decide_fate(int execution, waits::Fate fate) override {
        return change(
            [&](Tx& tx) { return waits::decide_fate(tx, scope_, id_of(execution), {}, fate, {}); });
    }
    std::int64_t next_seq(int execution) override {
        std::int64_t next = 1;
        must(read([&](Rx& rx) -> Result<> {
            const auto found = executions::find(rx, scope_, id_of(execution));
            if (found) next = found->next_seq;
            return {};
        }));
        return next;
    }
    std::string state() override {
        std::string all;
        must(read([&](Rx& rx) -> Result<> {
            for (int number = 1; number <= std::ssize(ids_); ++number)
                all += TRY(shown(rx, number));
            return {};
        }));
        return all;
    }

protected:
    SqlColumn(FakeClock& clock) : clock_(clock), ids_of_flows_(clock) {}

    /// One transaction: what failed leaves nothing behind.
    virtual Result<> write(const std::function<Result<>(Tx&)>& change) = 0;
    virtual Result<> read(const std::function<Result<>(Rx&)>& look) = 0;
    virtual Verdict commit_step(StepCommit step) = 0;

    FakeClock& clock_;
    Scope scope_;

private:
    ExecutionId id_of(int number) const {
        if (number >= 1 && number <= std::ssize(ids_))
            return ids_[static_cast<std::size_t>(number) - 1];
        ExecutionId stranger;
        stranger.bytes.fill(0xEE);
        return stranger;
    }
    int number_of(const ExecutionId& id) const {
        return static_cast<int>(std::ranges::find(ids_, id) - ids_.begin()) + 1;
    }
    void take_in_new() {
        must(read([&](Rx& rx) -> Result<> {
            const auto page = TRY(executions::list(rx, scope_, {.limit = executions::page_max}));
            for (auto each = page.executions.rbegin(); each != page.executions.rend(); ++each)
                if (number_of(each->id) > std::ssize(ids_)) ids_.push_back(each->id);
            return {};
        }));
    }
    /// What a write that always succeeds has found.
    template <class F, class T = std::invoke_result_t<F, Tx&>::value_type> T written(F fn) {
        T found{};
        must(write([&](Tx& tx) -> Result<> {
            found = TRY(fn(tx));
            return {};
        }));
        return found;
    }
    template <class F> std::string change(F fn) {
        std::string told;
        const auto done = write([&](Tx& tx) -> Result<> {
            told = one_line(TRY(fn(tx)).state);
            return {};
        });
        take_in_new();
        return done ? told : outcome(done.error());
    }
    template <class F> std::string verb(F fn, int execution) {
        return change([&](Tx& tx) { return fn(tx, scope_, id_of(execution)); });
    }
    template <class F> std::string task_verb(F fn, int execution) {
        const auto done = write([&](Tx& tx) -> Result<> {
            const auto found = executions::find(tx, scope_, id_of(execution));
            TRY(fn(tx, scope_, found ? found->task : TaskId{}));
            return {};
        });
        return done ? "" : outcome(done.error());
    }
    Result<std::string> shown(Rx& rx, int number);

    IdMinter ids_of_flows_;
    std::vector<ExecutionId> ids_;
};

inline std::string SqlColumn::commit(const PlainStep& plain) {
    const auto row = [&](JournalKind kind) { return JournalRow{0, kind, clock_.now(), "{}"}; };
    StepCommit step{.project = scope_.project,
                    .execution = id_of(plain.execution),
                    .epoch = plain.epoch,
                    .expected_seq = plain.expected_seq};
    for (const JournalKind kind : plain.results) step.results.push_back(row(kind));
    if (plain.intent) step.intent = row(*plain.intent);
    step.usage = plain.usage;
    step.next_state = plain.next_state;
    step.wake_at = plain.wake_at;
    step.waiting = plain.waiting;
    step.release = plain.release;
    step.progress = plain.progress;
    if (plain.child) {
        step.child.emplace();
        step.child->agentflow = ids_of_flows_.mint<AgentflowTag>(1);
        step.child->version = ids_of_flows_.mint<VersionTag>(1);
    }
    const Verdict verdict = commit_step(std::move(step));
    take_in_new();
    static constexpr const char* words[] = {"committed", "fenced",   "stopped",
                                            "paused",    "no_child", "no_budget"};
    return words[static_cast<int>(verdict)];
}

inline Result<std::string> SqlColumn::shown(Rx& rx, int number) {
    const auto seen = [](const std::optional<Instant>& at) {
        return at ? std::to_string(at->us) : "-";
    };
    const ExecutionId id = id_of(number);
    const Execution one = TRY(executions::find(rx, scope_, id));
    const TaskRow task = TRY(tasks::find(rx, scope_, one.task))
    .task;
    const auto ready = TRY(rx.maybe(ready_count_sql, scope_.project, id));
    std::string line = fmt::format(
        "{} {} from {} want {} task {} {} owner {} epoch {} wake {} ended {} {} usage {}/{}/{}/{}:",
        number, to_text(one.state), static_cast<int>(one.paused_from), static_cast<int>(one.want),
        static_cast<int>(task.want), one.settling ? "settling" : "settled", one.owner, one.epoch,
        seen(one.wake_at), seen(one.ended_at), ready.value() > 0 ? "ready" : "-",
        one.usage.input_tokens, one.usage.output_tokens, one.usage.cost_micro_usd,
        one.usage.credits_micro);
    for (const JournalRow& row : TRY(journal::read(rx, scope_, id, 1)))
        line += fmt::format(" {}", static_cast<int>(row.kind));
    if (const auto wait = TRY(waits::find(rx, scope_, id)))
        line +=
            fmt::format("; waits {} {} {}", static_cast<int>(wait->reason), wait->name, wait->seq);
    return line + "\n";
}

/// SQLite, in memory: all of it one transaction.
class SqliteColumn final : public SqlColumn {
public:
    explicit SqliteColumn(FakeClock& clock) : SqlColumn(clock) { scope_ = world_.scope; }

private:
    Tx tx() {
        world_.clock = clock_;
        return world_.tx();
    }
    Result<> write(const std::function<Result<>(Tx&)>& change) override {
        world_.execute("SAVEPOINT verb");
        Tx to = tx();
        const auto done = change(to);
        if (!done) world_.execute("ROLLBACK TO verb");
        world_.execute("RELEASE verb");
        return done;
    }
    Result<> read(const std::function<Result<>(Rx&)>& look) override {
        Tx of = tx();
        return look(of);
    }
    Verdict commit_step(StepCommit step) override {
        Tx to = tx();
        return must(apply(to, must(pack(std::move(step)))));
    }

    World world_;
};

/// PostgreSQL as a server has it: by the store's own threads, common steps by their own lane.
class PostgresColumn final : public SqlColumn {
public:
    explicit PostgresColumn(FakeClock& clock)
        : SqlColumn(clock), home_(Options{.directory = directory_.path,
                                          .url = database_.url,
                                          .master_key = std::string(64, 'a')},
                                  &clock) {
        must(write([this](Tx& tx) -> Result<> {
            scope_.organization = TRY(organizations::create(tx, "Org"))
            .id;
            scope_.project = TRY(projects::create(tx, scope_, {.name = "P"}))
            .id;
            return {};
        }));
    }

private:
    Result<> write(const std::function<Result<>(Tx&)>& change) override {
        return home_.wait(home_.store->write([&](Tx& tx) { return change(tx); }));
    }
    Result<> read(const std::function<Result<>(Rx&)>& look) override {
        return home_.store->read_here([&](Rx& rx) { return look(rx); });
    }
    Verdict commit_step(StepCommit step) override {
        return must(home_.wait(home_.store->commit(std::move(step))));
    }

    OwnDatabase database_;
    TemporaryDirectory directory_;
    Home home_;
};

} // namespace weft::store
