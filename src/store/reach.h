#pragma once

#include "base/mutex.h"
#include "base/result.h"

#include <atomic>
#include <string>

namespace weft::store {

/// Whether the database answers, as all threads of a backend see it. While it is away new work is
/// refused at once.
class Reach {
public:
    explicit Reach(std::string url) : url_(std::move(url)) {}

    bool away() const { return away_.load(std::memory_order_relaxed); }
    /// The first of these after a good time says so in the log.
    void note_away(const Error& why);
    void note_back();
    /// Sleeps until it is back; false: stop() was called. Any thread.
    bool wait_back();
    void stop();

    const std::string& url() const { return url_; }

private:
    const std::string url_;
    std::atomic<bool> away_{false};
    Mutex mutex_;
    Condition changed_;
    bool stopping_ GUARDED_BY(mutex_) = false;
};

/// The database does not answer: 503, to be tried again.
Error database_away(std::string log_text);

} // namespace weft::store
