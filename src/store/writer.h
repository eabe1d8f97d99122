#pragma once

#include "base/mutex.h"
#include "store/budget_book.h"
#include "store/sqlite.h"
#include "store/store.h"

#include <atomic>
#include <deque>
#include <thread>

namespace weft::store {

/// The one thread that writes. Drains its queue into group commits: one transaction for what has
/// gathered while the last one was synced, a savepoint for each job, one COMMIT, then all are
/// acknowledged. After a failed COMMIT nobody is, and new jobs are refused until a probe write
/// works. It alone checkpoints the write-ahead log.
///
/// Owned by the Store. submit() from any thread; stop() ends what was accepted, then the thread.
class Writer {
public:
    Writer(std::unique_ptr<SqliteConnection> connection, Clock& clock, IdMinter& minter,
           Hands hands);
    ~Writer();

    /// Runs the job and calls its `done`. The job must live until then.
    void submit(WriteJob& job);
    void stop();
    microseconds age() const;
    WriterStats stats() const;
    std::int64_t statements() const { return connection_->statements(); }

    // With Hands::caller; see Store.
    bool work();
    bool has_work() const;
    void abandon();

private:
    void loop();
    bool take();
    void linger() const;
    bool gather() REQUIRES(mutex_);
    void run_batch();
    std::size_t run_some(Tx& tx, std::size_t from, std::int64_t until_us);
    bool run_one(Tx& tx, WriteJob& job);
    Result<> run_alone(Tx& tx);
    bool attempt(Tx& tx, WriteJob& job);
    Result<> commit(Tx& tx);
    void settle(std::size_t count, const Result<>& committed);
    Result<> begin();
    Result<> probe();
    void checkpoint_when_large();
    void checkpoint(int mode);
    void statement(const char* sql);

    const std::unique_ptr<SqliteConnection> connection_;
    Clock& clock_;
    IdMinter& minter_;

    mutable Mutex mutex_;
    Condition work_;
    std::deque<WriteJob*> queue_ GUARDED_BY(mutex_);
    bool sleeping_ GUARDED_BY(mutex_) = false;
    bool stopping_ GUARDED_BY(mutex_) = false;
    std::int64_t
        oldest_us_ GUARDED_BY(mutex_) = 0; ///< of the batch that is being written; 0 = none is
    WriterStats stats_ GUARDED_BY(mutex_);
    std::atomic<bool> filled_{false}; ///< the queue; a hint

    // The writer's thread alone:
    std::deque<WriteJob*> batch_;
    BudgetBook book_; ///< of the transaction
    WriterStats done_;
    int log_frames_ = 0;       ///< in the write-ahead log; set by SQLite's hook
    int looked_at_frames_ = 0; ///< when the last checkpoint was tried
    bool broken_ = false;
    bool abandoned_ = false;
    std::int64_t probed_us_ = 0;

    std::thread thread_;
};

} // namespace weft::store
