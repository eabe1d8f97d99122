#pragma once

#include "base/mutex.h"
#include "store/store.h"

#include <deque>
#include <thread>

namespace weft::store {

/// The threads on which read() runs, each with its own read-only connection. Also the place for
/// other blocking work on the data directory. Owned by the Store; submit() from any thread; stop()
/// ends what was accepted.
class Readers {
public:
    Readers(std::vector<std::unique_ptr<Connection>> connections, Hands hands);
    ~Readers();
    void submit(ReadJob& job);
    void stop();
    /// How many statements all of them have run. From any thread.
    std::int64_t statements() const;

    // With Hands::caller; see Store.
    bool work();
    bool has_work() const;
    void abandon();

private:
    void loop(Connection& connection);
    void finish(Connection& connection, ReadJob& job);
    void run(Connection& connection, ReadJob& job);

    std::vector<std::unique_ptr<Connection>> connections_;
    mutable Mutex mutex_;
    Condition work_;
    std::deque<ReadJob*> queue_ GUARDED_BY(mutex_);
    bool stopping_ GUARDED_BY(mutex_) = false;
    std::vector<std::thread> threads_;
};

} // namespace weft::store
