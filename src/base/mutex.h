#pragma once

#include <condition_variable>
#include <mutex>

// std::mutex carries no annotations that -Wthread-safety could read; these do. Nothing else uses
// std::mutex.
#define GUARDED_BY(x) __attribute__((guarded_by(x)))
#define REQUIRES(...) __attribute__((requires_capability(__VA_ARGS__)))

namespace weft {

class __attribute__((capability("mutex"))) Mutex {
public:
    void lock() __attribute__((acquire_capability())) { mutex_.lock(); }
    void unlock() __attribute__((release_capability())) { mutex_.unlock(); }

private:
    friend class Condition;
    std::mutex mutex_;
};

/// Holds a Mutex for a block. Never across a co_await.
class __attribute__((scoped_lockable)) Lock {
public:
    explicit Lock(Mutex& mutex) __attribute__((acquire_capability(mutex))) : mutex_(mutex) {
        mutex_.lock();
    }
    ~Lock() __attribute__((release_capability())) { mutex_.unlock(); }
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;

private:
    Mutex& mutex_;
};

/// A condition variable for Mutex; the caller holds the lock and checks its predicate in a loop.
class Condition {
public:
    void wait(Mutex& mutex) REQUIRES(mutex) {
        std::unique_lock held(mutex.mutex_, std::adopt_lock);
        condition_.wait(held);
        held.release();
    }
    template <class Duration> void wait_for(Mutex& mutex, Duration at_most) REQUIRES(mutex) {
        std::unique_lock held(mutex.mutex_, std::adopt_lock);
        condition_.wait_for(held, at_most);
        held.release();
    }
    void notify_one() { condition_.notify_one(); }
    void notify_all() { condition_.notify_all(); }

private:
    std::condition_variable condition_;
};

} // namespace weft
