#pragma once

#include "store/commit.h"
#include "store/store.h"

namespace weft::store {

/// A step on its way to the disk. `run` is Store::commit where each step is applied by itself.
struct StepJob final : WriteJob {
    explicit StepJob(PackedStep step) : packed(std::move(step)) {}
    bool run(Tx& tx) override { return (result = apply(tx, packed)).has_value(); }
    void refuse(Error error) override { result = std::unexpected(std::move(error)); }
    bool repeatable() const override { return true; }

    PackedStep packed;
    Result<Verdict> result = Verdict::fenced;
};

/// The database below a Store: where its three verbs are carried out. Jobs are the caller's and
/// live until their `done` has been called; it is called once for each job that was taken.
class Backend {
public:
    virtual ~Backend() = default;

    virtual void read(ReadJob& job) = 0;
    /// Runs a short read on the calling thread, without calling `done`. False: that would wait for
    /// another machine, and nothing has happened; read() it.
    virtual bool read_inline(ReadJob& job) = 0;
    virtual void write(WriteJob& job) = 0;
    virtual void commit(StepJob& job) = 0;

    /// Whether other processes may use it too. The bytes of files lie in it then.
    virtual bool is_shared() const = 0;
    virtual std::int64_t node() const = 0;
    virtual void watch_nodes(NodeWatch watch) = 0;
    virtual bool holds_lease() const = 0;
    virtual bool inbox_due() const = 0;
    virtual void hint() = 0;
    virtual microseconds writer_age() const = 0;
    virtual WriterStats stats() const = 0;
    virtual std::int64_t statements() const = 0;
    virtual void drain() = 0;

    // With Hands::caller; see Store.
    virtual bool work_writes() = 0;
    virtual bool work_reads() = 0;
    virtual bool has_writes() const = 0;
    virtual bool has_reads() const = 0;
    virtual void abandon() = 0;
};

/// What every new connection to a database of ours does first, once per start: brings the schema up
/// to date, unlocks the vault with the root key of this database. The number of this start.
Result<std::int64_t> prepare_database(Connection& connection, Vault& vault, Instant now);

} // namespace weft::store
