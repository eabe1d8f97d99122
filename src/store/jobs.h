#pragma once

#include "base/result.h"
#include "base/task.h"

#include <functional>

namespace weft::store {

class Rx;
class Tx;

/// What the writer is asked to do. Lives in the frame of the coroutine that waits for it; the
/// writer touches it from submit() until it calls `done`, once.
class WriteJob {
public:
    virtual ~WriteJob() = default;

    /// On the writer's thread, inside a savepoint. False: the savepoint is undone.
    virtual bool run(Tx& tx) = 0;
    /// Called instead of, or after, run(): nothing of it happened.
    virtual void refuse(Error error) = 0;
    /// Whether run() may be called again after its savepoint was undone. Such neighbours share a
    /// savepoint.
    virtual bool repeatable() const { return false; }

    std::int64_t queued_us = 0;           ///< monotonic
    std::move_only_function<void()> done; ///< resumes the waiting coroutine on its own executor
};

/// Runs the job; false: it did not succeed. The border at which a broken invariant becomes the
/// failure of one write: the one catch of this folder's writers.
bool run_guarded(WriteJob& job, Tx& tx);

/// What a reader is asked to do; the same rules.
class ReadJob {
public:
    virtual ~ReadJob() = default;
    virtual void run(Rx& rx) = 0;
    virtual void refuse(Error error) = 0;

    std::int64_t deadline_us = 0; ///< monotonic
    std::move_only_function<void()> done;
};

/// Tells whoever waits for the job, which may be gone afterwards.
template <class Job> void finish(Job& job) {
    auto done = std::exchange(job.done, nullptr);
    done();
}

/// Of a job that will not be run.
template <class Job> void turn_away(Job& job, Error why) {
    job.refuse(std::move(why));
    finish(job);
}

Error shutting_down();

} // namespace weft::store
