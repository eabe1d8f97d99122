#pragma once

#include "base/mutex.h"
#include "base/task.h"
#include "base/time.h"

#include <memory>
#include <vector>

namespace weft {

/// Opens once, and lets everybody through who waits or comes later. Any thread; each waiting
/// coroutine resumes on its own executor, an io_context run by one thread. Destroy it after those
/// that wait.
class Latch {
public:
    Latch() = default;
    Latch(const Latch&) = delete;

    void open();
    bool is_open() const;
    /// True: it is open. False: `at_most` has passed, or the waiting coroutine was cancelled.
    Task<bool> wait(milliseconds at_most);

private:
    struct Waiter;
    bool admit(const std::shared_ptr<Waiter>& waiter);

    mutable Mutex mutex_;
    bool open_ GUARDED_BY(mutex_) = false;
    std::vector<std::weak_ptr<Waiter>> waiters_ GUARDED_BY(mutex_);
};

} // namespace weft
