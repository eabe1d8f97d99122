#pragma once

#include "base/check.h"
#include "base/task.h"
#include "base/time.h"
#include "domain/budget.h"
#include "domain/execution.h"
#include "domain/inbox.h"
#include "domain/scope.h"
#include "store/connection.h"
#include "store/jobs.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace weft::store {

/// A reading transaction: one consistent view of the store. Lives inside read(), read_point() and
/// read_here().
class Rx {
public:
    explicit Rx(Connection& connection) : connection_(connection) {}

    /// All rows, at most `rows_max` (an error beyond it: page instead).
    template <class Row, class... Params>
    Result<std::vector<Row>> all(const Query<Row, Params...>& query,
                                 const std::type_identity_t<Params>&... params) {
        return connection_.all<Row>(query.text(), params...);
    }
    template <class Row, class... Params>
    Result<std::vector<Row>> all(const SystemQuery<Row, Params...>& query,
                                 const std::type_identity_t<Params>&... params) {
        return connection_.all<Row>(query.text(), params...);
    }
    /// The first row, or none.
    template <class Row, class... Params>
    Result<std::optional<Row>> maybe(const Query<Row, Params...>& query,
                                     const std::type_identity_t<Params>&... params) {
        return connection_.maybe<Row>(query.text(), params...);
    }
    template <class Row, class... Params>
    Result<std::optional<Row>> maybe(const SystemQuery<Row, Params...>& query,
                                     const std::type_identity_t<Params>&... params) {
        return connection_.maybe<Row>(query.text(), params...);
    }

    /// Shows `see` one row after the other, as many as there are, until it answers false.
    template <class Row, class... Params, class See>
    Result<> each(const Query<Row, Params...>& query, See see,
                  const std::type_identity_t<Params>&... params) {
        return connection_.each<Row>(query.text(), see, params...);
    }

    Dialect dialect() const { return connection_.dialect(); }

protected:
    Connection& connection_;
};

/// A writing transaction: a savepoint in the writer's batch. Returning an error from the function
/// undoes it.
class Tx : public Rx {
public:
    /// `book`: of the batch, in which steps count what they spend; none: at once.
    Tx(Connection& connection, Instant now, IdMinter& minter, class BudgetBook* book = nullptr)
        : Rx(connection), now_(now), minter_(minter), book_(book) {}

    template <class... Params>
    Result<Changes> run(const Query<void, Params...>& query,
                        const std::type_identity_t<Params>&... params) {
        return connection_.run(query.text(), params...);
    }
    template <class... Params>
    Result<Changes> run(const SystemQuery<void, Params...>& query,
                        const std::type_identity_t<Params>&... params) {
        return connection_.run(query.text(), params...);
    }
    /// `run` without the number of rows. What it meets may be told only to the next statement, or
    /// to whoever asked for the write.
    template <class... Params> Result<> put(const Query<void, Params...>& query,
                                            const std::type_identity_t<Params>&... params) {
        return connection_.put(query.text(), params...);
    }
    Instant now() const { return now_; }
    IdMinter& minter() { return minter_; }
    BudgetBook* book() { return book_; }

private:
    Instant now_;
    IdMinter& minter_;
    BudgetBook* book_;
};

/// What an execution waits for from outside once a step is committed.
struct Waiting {
    WaitReason reason = WaitReason::none;
    std::string name;  ///< which event or question
    std::string place; ///< the engine's words about the effect, for the answer's row
};

/// What the call that an intent begins may cost at most.
struct Reservation {
    Amount worst;
    Amount before; ///< what its run has spent until then, for budgets of level execution
    bool ignores_plan = false; ///< credits are not counted on this server: no cycle's budget holds
};
/// What became of an earlier reservation of the same run.
struct Settlement {
    Amount reserved;
    Amount used;
    Instant at; ///< when it was reserved
};

/// One engine step, as plain data, so that stores may merge many into one statement. The rows of
/// `results` go in also if somebody asked for a pause meanwhile (they happened and were paid for),
/// `intent` then does not. After a stop only the late result goes in: the first row.
struct StepCommit {
    /// What the first row alone adds.
    struct First {
        Usage usage;
        std::size_t ledger_rows = 0; ///< of `ledger`, the first ones
    };

    ProjectId project;
    ExecutionId execution;
    std::int64_t epoch = 0;        ///< of the claim
    std::int64_t expected_seq = 0; ///< seq of the first row; rows are numbered from it
    std::vector<JournalRow> results;
    std::optional<JournalRow> intent; ///< seq = expected_seq + results.size()
    std::vector<LedgerRow> ledger;
    /// Goes with the intent; its credits come on top of `usage`.
    std::optional<LedgerRow> last_charge = {};
    Usage usage;                     ///< what `results` tell that the execution has used
    std::optional<First> first = {}; ///< none: it is all of `usage` and `ledger`
    ExecutionState next_state = ExecutionState::running;
    std::optional<Instant> wake_at; ///< set: the owner lets go until then
    /// The last row begins this wait (store/waits.h).
    std::optional<Waiting> waiting = {};
    /// With a final next_state: what the execution that waits for this one gets (store/waits.h).
    std::string answer_for_parent = {};
    /// The owner lets go (waiting, final). With next_state `ready` the execution may be claimed
    /// again at once.
    bool release = false;
    /// More of what the open effect streams: `results` and `usage` are recorded and nothing else
    /// changes. At a pause the effect goes on (committed); after a stop its owner is still awaited
    /// (stopped).
    bool progress = false;
    /// An execution to be made with the intent, or not at all. Its parent is this execution, whose
    /// task it joins; paused where either is. `id` is minted, `parent` filled in, without `version`
    /// it is the flow's newest. With `waiting` that is what is waited for, and a refusal the wait's
    /// answer; with a final next_state it takes over from this execution.
    std::optional<ExecutionStart> child = {};
    /// The item of the inbox that the commit's last row waits for; written exactly when that row
    /// is.
    std::optional<Ask> ask = {};
    /// Goes with the intent, which is not written when a budget has no room for it; `settle` with
    /// the results (store/budgets.h). Whose budgets: both need `organization` and `agentflow`.
    std::optional<Reservation> reserve = {};
    std::optional<Settlement> settle = {};
    OrganizationId organization = {};
    AgentflowId agentflow = {};
};

enum class Verdict {
    committed, ///< all of it is durable
    fenced,    ///< nothing was written: somebody else owns the execution now. Drop everything.
    stopped,   ///< results written, intent not; the execution is cancelled and no longer owned
    paused,    ///< results written, intent not; the execution is paused and no longer owned
    /// Results written, intent not, and nothing else has changed: the task has as many executions
    /// as it may have. The owner goes on without the child.
    no_child,
    no_budget, ///< the same, since a budget has no room for `reserve`
};

/// What the engine claimed.
struct Claim {
    ProjectId project;
    OrganizationId organization;
    ExecutionId execution;
    std::int64_t epoch = 0;
    bool is_limited = false; ///< its organization has budgets
};

/// Who does what is submitted to the store.
enum class Hands {
    own,    ///< the store's threads
    caller, ///< whoever calls Store::work_writes and work_reads: everything then runs on one thread
};

/// What a node hears of others that use the same database, on a thread of the store's own.
struct NodeWatch {
    struct Seen {
        bool lost = false;      ///< a node's lease has ended: what it owned may be taken over
        bool ready = false;     ///< something waits to be claimed
        bool stops = false;     ///< of runs of ours, asked for at whatever node
        bool queued = false;    ///< runs have or await a place (run_slots.h)
        bool uncharged = false; ///< stopped runs are to be charged (uncharged.h)
        bool people =
            false; ///< somebody is to be told, or an answer's time is up (Store::inbox_due)
        bool others = false; ///< there are other nodes
    };
    /// Every two seconds, and sooner after another node's hint.
    std::function<void(const Seen& seen)> beat = {};
    /// Ours may have ended: nothing may be begun until holds_lease(), and what is under way must be
    /// broken off.
    std::function<void()> lease_ended = {};
};

struct Options {
    std::filesystem::path directory;
    /// postgres://…: everything but keys lies there. Empty: in the directory, in SQLite.
    std::string url = {};
    int readers = 2;
    int point_connections = 2; ///< one per io thread
    std::string master_key =
        {}; ///< 64 hex digits; empty: <directory>/master.key, made when it is absent
    milliseconds read_ms_max{5'000};     ///< of one read(), its time in the queue included
    milliseconds silence_ms_max{20'000}; ///< a database that does not answer for so long is away
    std::string vfs =
        {}; ///< SQLite's name of what the database lies on; empty: the machine's files
    Hands hands = Hands::own;
};

/// What the writer has done since the start.
struct WriterStats {
    std::int64_t commits = 0;         ///< that changed something
    std::int64_t writes = 0;          ///< acknowledged
    std::int64_t longest_hold_us = 0; ///< of one write
    const char* longest_hold_at = ""; ///< the last statement of that write
    std::int64_t checkpoints = 0;
};

/// The data directory: one SQLite database, its keys, its blobs. One process at a time (flock). The
/// verbs are the only ways onto a connection.
///
/// Threads: one writer that drains a queue into group commits (synchronous=FULL), `readers` for
/// read(). Callers are coroutines on io threads; completions are posted back to the caller's
/// executor. Call drain() while the io_contexts still run; destroy after every coroutine that uses
/// it has ended and before the io_contexts.
class Store {
public:
    /// Opens or creates the directory (0700), takes its lock, checks the library's version,
    /// migrates. conflict: another process has it, or a newer version wrote it. unavailable: the
    /// directory cannot be written; says what to do. invalid: the master key is not the one that
    /// this store was made with.
    static Result<std::unique_ptr<Store>> open(Options options, Clock& clock, IdMinter& minter);
    ~Store();

    /// Runs `fn(Rx&) -> Result<T>` on the reader pool. timed_out after `read_ms_max`. Ignores
    /// cancellation.
    template <class F> auto read(F fn) -> Task<std::invoke_result_t<F, Rx&>> {
        Reading<F> job(fn);
        co_await await_read(job);
        co_return std::move(*job.result);
    }
    /// The same for what is short: only primary or unique keys and ≤ 64 rows. SQLite does it
    /// inline, on the calling thread's own connection. Not from within another `fn`.
    template <class F> auto read_point(F fn) -> Task<std::invoke_result_t<F, Rx&>> {
        Reading<F> job(fn);
        if (!point(job)) co_await await_read(job);
        co_return std::move(*job.result);
    }
    /// The same for whoever is in no coroutine (start-up, commands, the simulator, tests): blocks
    /// the calling thread. Not on an io thread.
    template <class F> auto read_here(F fn) -> std::invoke_result_t<F, Rx&> {
        Reading<F> job(fn);
        wait_here(job);
        return std::move(*job.result);
    }
    /// Runs `fn(Tx&) -> Result<T>` on the writer and returns when it is durable. Ignores
    /// cancellation: what was asked for happens. Hold the writer ≤ 10 ms. unavailable: the disk
    /// refused; nothing of it happened.
    template <class F> auto write(F fn) -> Task<std::invoke_result_t<F, Tx&>> {
        Writing<F> job(fn);
        co_await await_write(job);
        co_return std::move(*job.result);
    }
    /// The engine's verb. fenced is a verdict, not an error. Large payloads are compressed on the
    /// calling thread and written in pieces before the step itself.
    Task<Result<Verdict>> commit(StepCommit step);

    /// The bytes of a file of the project, in the data directory's files/; durable when it returns.
    /// Blocking work, on the reader pool. write_file replaces; remove_file of an absent one
    /// succeeds. not_found: there are no bytes.
    Task<Result<>> write_file(ProjectId project, FileId file, std::string bytes);
    Task<Result<std::string>> read_file(ProjectId project, FileId file);
    Task<Result<>> remove_file(ProjectId project, FileId file);
    Task<Result<>> remove_files_of(ProjectId project);

    std::int64_t node() const; ///< this process run; never 0, never seen before
    /// Whether other processes may use the same database: what this one remembers of it grows old.
    bool is_shared() const;
    /// On SQLite nobody calls it: there are no others.
    void watch_nodes(NodeWatch watch);
    bool holds_lease() const;
    /// Whether a look into the inbox for notices, calls and what has expired may find any. On
    /// SQLite always; on a database that nodes share as the last beat, 2 s ago at most, has seen.
    bool inbox_due() const;
    /// Tells other nodes that something was made ready or stopped. May be lost. Any thread.
    void hint();
    class Vault& vault(); ///< secrets and key hashes (store/vault.h)
    const std::filesystem::path& directory() const;
    /// Writes into the directory where this process answers, for `holder_of` (store/inspect.h).
    Result<> announce(std::string_view address);

    /// For how long the oldest write that is not yet durable has waited; 0 = none waits. Any
    /// thread.
    microseconds writer_age() const;
    WriterStats stats() const;
    /// How many statements have run on all connections since the start. Any thread.
    std::int64_t statements() const;
    /// Refuses new work, lets what was accepted end and stops the threads. Blocks; idempotent.
    void drain();

    /// With Hands::caller: does one batch of the waiting writes, or one waiting read. False: none
    /// waited.
    bool work_writes();
    bool work_reads();
    bool has_writes() const;
    bool has_reads() const;
    /// With Hands::caller: forgets what was accepted, and destroys the coroutines that wait for it,
    /// as the end of a process does.
    void abandon();

private:
    struct Impl;
    explicit Store(std::unique_ptr<Impl> impl);

    template <class F> struct Reading final : ReadJob {
        explicit Reading(F& fn) : fn(fn) {}
        void run(Rx& rx) override { result.emplace(fn(rx)); }
        void refuse(Error error) override { result.emplace(std::unexpected(std::move(error))); }
        F& fn;
        std::optional<std::invoke_result_t<F, Rx&>> result;
    };
    template <class F> struct Writing final : WriteJob {
        explicit Writing(F& fn) : fn(fn) {}
        bool run(Tx& tx) override { return result.emplace(fn(tx)).has_value(); }
        void refuse(Error error) override {
            if (!result || result->has_value()) result.emplace(std::unexpected(std::move(error)));
        }
        F& fn;
        std::optional<std::invoke_result_t<F, Tx&>> result;
    };
    /// Does a short read at once, on the calling thread. False: it must be awaited.
    bool point(ReadJob& job);
    void wait_here(ReadJob& job);
    Task<> await_read(ReadJob& job);
    Task<> await_write(WriteJob& job);
    Task<Result<>> put_pieces(ProjectId project, const struct Packed& packed);

    std::unique_ptr<Impl> impl_;
};

} // namespace weft::store
