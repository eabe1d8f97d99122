#pragma once

#include "base/mutex.h"
#include "store/backend.h"
#include "store/postgres.h"

#include <atomic>
#include <deque>
#include <functional>
#include <thread>

namespace weft::store {

/// A queue with the thread that works it off.
template <class Job> class Lane {
public:
    ~Lane() { stop(); }
    /// Begins to call `work` for what has gathered, at most `most` jobs at once.
    void start(std::size_t most, std::function<void(std::deque<Job*>)> work) {
        most_ = most;
        work_ = std::move(work);
        thread_ = std::thread([this] { loop(); });
    }
    /// False: it is stopping, and the job is not taken.
    bool submit(Job& job) {
        {
            const Lock lock(mutex_);
            if (stopping_) return false;
            job.queued_us = monotonic_us();
            queue_.push_back(&job);
        }
        filled_.notify_one();
        return true;
    }
    /// Before what waits: it has waited already.
    void submit_first(const std::deque<Job*>& jobs) {
        const Lock lock(mutex_);
        queue_.insert(queue_.begin(), jobs.begin(), jobs.end());
    }
    /// Ends what was accepted, then the thread.
    void stop() {
        {
            const Lock lock(mutex_);
            stopping_ = true;
        }
        filled_.notify_all();
        if (thread_.joinable()) thread_.join();
    }
    /// Since when, on the monotonic clock, the oldest job waits; 0 = none does.
    std::int64_t oldest_us() const {
        const Lock lock(mutex_);
        return worked_on_us_ != 0 ? worked_on_us_ : queue_.empty() ? 0 : queue_.front()->queued_us;
    }

private:
    void loop() {
        for (;;) {
            std::deque<Job*> taken;
            {
                const Lock lock(mutex_);
                worked_on_us_ = 0;
                while (queue_.empty() && !stopping_) filled_.wait(mutex_);
                if (queue_.empty()) return;
                while (!queue_.empty() && taken.size() < most_) {
                    taken.push_back(queue_.front());
                    queue_.pop_front();
                }
                worked_on_us_ = taken.front()->queued_us;
            }
            work_(std::move(taken));
        }
    }

    std::size_t most_ = 1;
    std::function<void(std::deque<Job*>)> work_;
    mutable Mutex mutex_;
    Condition filled_;
    std::deque<Job*> queue_ GUARDED_BY(mutex_);
    std::int64_t worked_on_us_ GUARDED_BY(mutex_) = 0;
    bool stopping_ GUARDED_BY(mutex_) = false;
    std::thread thread_;
};

/// What both writing lanes have done. Any thread.
class WriterTally {
public:
    void note_commit(std::size_t writes);
    void note_hold(std::int64_t held_us, const char* at);
    WriterStats stats() const;

private:
    mutable Mutex mutex_;
    WriterStats stats_ GUARDED_BY(mutex_);
};

/// Numbers the transactions of one writing connection. Each leaves a row, so that after a broken
/// connection it can be found out whether the transaction was committed: putting the row in waits
/// for the old transaction to end, and then finds it or takes its place for good. Who takes it
/// leaves another with the number below zero, so that whoever asks again is not misled by it.
class BatchMarks {
public:
    BatchMarks(std::int64_t node, std::int64_t lane) : node_(node), lane_(lane) {}
    /// The statement for the next transaction.
    std::string next();
    /// Of the transaction last numbered. True: it was committed.
    Result<bool> was_committed(PostgresConnection& connection) const;
    /// The same as soon as the database is back; none: the store is closed first.
    std::optional<bool> find_out(Reach& reach, PostgresConnection& connection) const;

private:
    Result<bool> find(PostgresConnection& connection) const;

    std::int64_t node_;
    std::int64_t lane_;
    std::int64_t number_ = 0;
};

/// Carries out ordinary writes, many in one transaction, each in a savepoint of its own. One
/// transaction of this kind runs at a time, over all nodes: it holds the row 'writer' of
/// store_info, which the common steps of engines share (PostgresSteps).
class PostgresWriter {
public:
    PostgresWriter(Reach& reach, WriterTally& tally, std::int64_t node, Clock& clock,
                   IdMinter& minter);
    ~PostgresWriter() { stop(); }

    /// False: it is stopping, and the job is not taken.
    bool submit(WriteJob& job) { return lane_.submit(job); }
    void stop() { lane_.stop(); }
    std::int64_t oldest_us() const { return lane_.oldest_us(); }
    std::int64_t statements() const { return connection_.statements(); }

private:
    void work(std::deque<WriteJob*> jobs);
    Result<> begin();
    std::size_t run_jobs(const std::deque<WriteJob*>& jobs);
    bool attempt(Tx& tx, WriteJob& job);
    Result<> commit();

    Reach& reach_;
    WriterTally& tally_;
    Clock& clock_;
    IdMinter& minter_;
    PostgresConnection connection_;
    BatchMarks marks_;
    Lane<WriteJob> lane_; ///< goes first
};

} // namespace weft::store
