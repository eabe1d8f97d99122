#include "store/writer.h"

#include "base/log.h"

#include <sqlite3.h>

namespace weft::store {

namespace {

constexpr std::size_t batch_max = 1'024;
constexpr std::int64_t hold_us_max = 10'000; ///< of one transaction before its COMMIT
constexpr std::int64_t linger_us_max = 50;   ///< about what being put to sleep and woken takes
constexpr std::int64_t probe_us = 200'000;   ///< between two probes of a disk that refused
constexpr milliseconds idle_before_truncate{1'000};
constexpr int frames_large = 4'000; ///< 16 MiB of log: time for a checkpoint
constexpr int frames_again = 1'000; ///< after one that readers kept from finishing
constexpr int frames_huge = 65'536; ///< 256 MiB: wait for readers
constexpr int wait_for_readers_ms = 50;
constexpr int busy_ms = 1'000; ///< should something else than this process have the database open

constexpr SystemQuery<void, std::int64_t> probe_sql{"writer.probe", R"sql(
    INSERT INTO store_info (name, value) VALUES ('probe', CAST($1 AS TEXT))
    ON CONFLICT (name) DO UPDATE SET value = excluded.value)sql"};

int note_frames(void* frames, sqlite3*, const char*, int count) {
    *static_cast<int*>(frames) = count;
    return SQLITE_OK;
}

Error lost() {
    return {Code::unavailable,
            "The disk of the data directory refused the write: nothing of it was saved."};
}

} // namespace

Writer::Writer(std::unique_ptr<SqliteConnection> connection, Clock& clock, IdMinter& minter,
               Hands hands)
    : connection_(std::move(connection)), clock_(clock), minter_(minter) {
    sqlite3_busy_timeout(connection_->handle(), busy_ms);
    sqlite3_wal_hook(connection_->handle(), note_frames, &log_frames_);
    if (hands == Hands::own) thread_ = std::thread([this] { loop(); });
}

Writer::~Writer() { stop(); }

void Writer::submit(WriteJob& job) {
    bool accepted = true;
    bool wake = false;
    {
        const Lock lock(mutex_);
        accepted = !stopping_;
        if (accepted) {
            job.queued_us = monotonic_us();
            queue_.push_back(&job);
            filled_.store(true, std::memory_order_relaxed);
            wake = std::exchange(sleeping_, false);
        }
    }
    if (wake) work_.notify_one();
    if (!accepted) turn_away(job, shutting_down());
}

void Writer::stop() {
    {
        const Lock lock(mutex_);
        stopping_ = true;
        sleeping_ = false;
    }
    work_.notify_one();
    if (thread_.joinable()) thread_.join();
    while (work()) {}
    if (!abandoned_) checkpoint(SQLITE_CHECKPOINT_TRUNCATE); // also what was written at opening
}

bool Writer::work() {
    {
        const Lock lock(mutex_);
        if (!gather()) return false;
    }
    run_batch();
    checkpoint_when_large();
    const Lock lock(mutex_);
    oldest_us_ = batch_.empty() ? 0 : batch_.front()->queued_us;
    return true;
}

bool Writer::has_work() const {
    const Lock lock(mutex_);
    return !queue_.empty() || !batch_.empty();
}

void Writer::abandon() {
    abandoned_ = true;
    std::deque<WriteJob*> forgotten = std::move(batch_);
    batch_.clear();
    {
        const Lock lock(mutex_);
        stopping_ = true;
        forgotten.insert(forgotten.end(), queue_.begin(), queue_.end());
        queue_.clear();
    }
    // The waiting coroutine, and with it the job, goes with the function that would resume it.
    for (WriteJob* job : forgotten) std::exchange(job->done, nullptr) = nullptr;
}

microseconds Writer::age() const {
    const Lock lock(mutex_);
    const std::int64_t since = oldest_us_ != 0  ? oldest_us_
                               : queue_.empty() ? 0
                                                : queue_.front()->queued_us;
    return microseconds(since == 0 ? 0 : monotonic_us() - since);
}

WriterStats Writer::stats() const {
    const Lock lock(mutex_);
    return stats_;
}

/// A run that was told of its commit asks for the next one at once: awake, that is found without
/// the system's help.
void Writer::linger() const {
    const std::int64_t until_us = monotonic_us() + linger_us_max;
    while (batch_.empty() && !filled_.load(std::memory_order_relaxed) && monotonic_us() < until_us)
        std::this_thread::yield();
}

/// Gathers; waits while there is nothing. False: stopping, and all is done.
bool Writer::take() {
    bool idle = false;
    for (;;) {
        if (idle && log_frames_ > 0) checkpoint(SQLITE_CHECKPOINT_TRUNCATE);
        linger();
        const Lock lock(mutex_);
        stats_ = done_;
        if (gather()) return true;
        oldest_us_ = 0;
        if (stopping_) return false;
        sleeping_ = true;
        if (log_frames_ > 0)
            work_.wait_for(mutex_, idle_before_truncate);
        else
            work_.wait(mutex_);
        idle = std::exchange(sleeping_, false) && queue_.empty();
    }
}

/// Moves the queue into the batch. False: there is nothing to do.
bool Writer::gather() {
    filled_.store(false, std::memory_order_relaxed);
    if (batch_.empty())
        batch_.swap(queue_);
    else if (batch_.size() < batch_max)
        while (!queue_.empty()) {
            batch_.push_back(queue_.front());
            queue_.pop_front();
        }
    if (batch_.empty()) return false;
    oldest_us_ = batch_.front()->queued_us;
    return true;
}

void Writer::loop() {
    pthread_setname_np(pthread_self(), "weft-writer");
    while (take()) {
        run_batch();
        checkpoint_when_large();
    }
    log_info("The store is closed.", {{"writes", done_.writes},
                                      {"longest_hold_us", done_.longest_hold_us},
                                      {"longest_hold_at", done_.longest_hold_at}});
}

/// One transaction over the front of the batch; what does not fit into its time stays for the next.
void Writer::run_batch() {
    if (auto begun = begin(); !begun) return settle(batch_.size(), begun);
    book_.clear();
    Tx tx(*connection_, clock_.now(), minter_, &book_);
    const std::int64_t until_us = monotonic_us() + hold_us_max;
    const std::int64_t changes_before = sqlite3_total_changes64(connection_->handle());
    std::size_t ran = 0;
    Result<> committed;
    if (batch_.size() == 1) {
        ran = 1;
        committed = run_alone(tx);
    } else {
        while (ran < batch_.size() && ran < batch_max && (ran == 0 || monotonic_us() < until_us)) {
            ran += run_some(tx, ran, until_us);
            if (!connection_->in_transaction()) break;
        }
        committed = commit(tx);
    }
    if (committed && sqlite3_total_changes64(connection_->handle()) != changes_before)
        ++done_.commits;
    settle(ran, committed);
}

/// The batch's only job: the transaction is its savepoint.
Result<> Writer::run_alone(Tx& tx) {
    book_.begin_job();
    if (attempt(tx, *batch_.front())) return commit(tx);
    if (!connection_->in_transaction()) return std::unexpected(lost());
    return connection_->statement("ROLLBACK");
}

/// unavailable: nothing of the transaction is saved, also where SQLite rolled it back by itself.
Result<> Writer::commit(Tx& tx) {
    if (!connection_->in_transaction()) return std::unexpected(lost());
    auto committed = book_.flush(tx);
    if (committed) committed = connection_->statement("COMMIT");
    if (!committed && connection_->in_transaction()) (void)connection_->execute("ROLLBACK");
    return committed;
}

/// Runs the job at `from`, and with it the repeatable ones that follow, in one savepoint. How many
/// were run.
std::size_t Writer::run_some(Tx& tx, std::size_t from, std::int64_t until_us) {
    if (!batch_[from]->repeatable()) {
        run_one(tx, *batch_[from]);
        return 1;
    }
    statement("SAVEPOINT job");
    book_.begin_job();
    std::size_t end = from;
    bool good = true;
    while (good && end < batch_.size() && end < batch_max && batch_[end]->repeatable() &&
           (end == from || monotonic_us() < until_us))
        good = attempt(tx, *batch_[end++]);
    if (!connection_->in_transaction()) return end - from;
    if (good) {
        statement("RELEASE job");
        return end - from;
    }
    statement("ROLLBACK TO job");
    statement("RELEASE job");
    book_.undo_job();
    for (std::size_t each = from; each < end && connection_->in_transaction(); ++each)
        run_one(tx, *batch_[each]);
    return end - from;
}

/// In a savepoint of its own.
bool Writer::run_one(Tx& tx, WriteJob& job) {
    statement("SAVEPOINT job");
    book_.begin_job();
    const bool good = attempt(tx, job);
    if (!connection_->in_transaction()) return false;
    if (!good) {
        statement("ROLLBACK TO job");
        book_.undo_job();
    }
    statement("RELEASE job");
    return good;
}

bool Writer::attempt(Tx& tx, WriteJob& job) {
    const std::int64_t started = monotonic_us();
    const bool good = run_guarded(job, tx);
    const std::int64_t held_us = monotonic_us() - started;
    if (held_us > done_.longest_hold_us) {
        done_.longest_hold_us = held_us;
        done_.longest_hold_at = connection_->last_statement();
    }
    return good;
}

/// Tells the first `count` jobs of the batch how the transaction ended, and forgets them.
void Writer::settle(std::size_t count, const Result<>& committed) {
    if (committed) {
        done_.writes += static_cast<std::int64_t>(count);
    } else {
        if (!broken_) {
            log_error("A commit failed.", {{"message", committed.error().message},
                                           {"reason", committed.error().log_text}});
            probed_us_ = monotonic_us();
        }
        broken_ = true;
    }
    {
        // Published before the first caller runs on, so that it finds itself counted.
        const Lock lock(mutex_);
        stats_ = done_;
    }
    for (std::size_t each = 0; each < count; ++each) {
        WriteJob& job = *batch_[each];
        if (!committed) job.refuse(committed.error());
        finish(job);
    }
    batch_.erase(batch_.begin(), batch_.begin() + static_cast<std::ptrdiff_t>(count));
}

/// Opens the transaction; after a failure only once a probe has been written.
Result<> Writer::begin() {
    if (broken_) {
        if (monotonic_us() - probed_us_ < probe_us) return std::unexpected(lost());
        probed_us_ = monotonic_us();
        TRY(probe());
        log_info("The data directory takes writes again.");
        broken_ = false;
    }
    return connection_->statement("BEGIN IMMEDIATE");
}

Result<> Writer::probe() {
    TRY(connection_->execute("BEGIN IMMEDIATE"));
    const auto written = connection_->run(probe_sql.text(), clock_.now().us);
    Result<> done =
        written ? connection_->execute("COMMIT") : Result<>(std::unexpected(written.error()));
    if (!done && connection_->in_transaction()) (void)connection_->execute("ROLLBACK");
    return done;
}

void Writer::checkpoint_when_large() {
    if (log_frames_ < looked_at_frames_) looked_at_frames_ = 0; // the log began anew
    if (log_frames_ < std::max(frames_large, looked_at_frames_ + frames_again)) return;
    checkpoint(log_frames_ < frames_huge ? SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_RESTART);
    looked_at_frames_ = log_frames_;
}

void Writer::checkpoint(int mode) {
    int frames = 0;
    int moved = 0;
    sqlite3_busy_timeout(connection_->handle(),
                         mode == SQLITE_CHECKPOINT_PASSIVE ? 0 : wait_for_readers_ms);
    const int rc = sqlite3_wal_checkpoint_v2(connection_->handle(), nullptr, mode, &frames, &moved);
    sqlite3_busy_timeout(connection_->handle(), busy_ms);
    if (rc == SQLITE_OK) {
        ++done_.checkpoints;
        if (mode == SQLITE_CHECKPOINT_TRUNCATE) log_frames_ = looked_at_frames_ = 0;
    } else if (rc != SQLITE_BUSY) {
        const Error error = error_of(connection_->handle(), rc, "checkpoint");
        log_warning("The write-ahead log could not be moved into the database.",
                    {{"reason", error.log_text}});
    }
}

/// A savepoint's verb; when it fails the whole transaction goes, which its jobs are then told.
void Writer::statement(const char* sql) {
    const auto done = connection_->statement(sql);
    if (!done && connection_->in_transaction()) (void)connection_->execute("ROLLBACK");
}

} // namespace weft::store
