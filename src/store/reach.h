#pragma once

#include "base/mutex.h"
#include "base/result.h"
#include "base/time.h"

#include <atomic>
#include <functional>
#include <string>

namespace weft::store {

/// Whether a text is meant as the URL of a PostgreSQL database (Options::url).
bool is_database_url(std::string_view text);

/// Whether the database answers, as all threads of a backend see it. While it is away new work is
/// refused at once.
class Reach {
public:
    static constexpr seconds silence_max{20};

    explicit Reach(std::string url, milliseconds silence = silence_max)
        : url_(std::move(url)), silence_(silence) {}

    bool away() const { return away_.load(std::memory_order_relaxed); }
    /// Who looks whether it is back. Called before any other thread uses this.
    void on_away(std::function<void()> rouse) { rouse_ = std::move(rouse); }
    /// The first of these after a good time says so in the log, and rouses.
    void note_away(const Error& why);
    void note_back();
    /// Sleeps until it is back; false: stop() was called. Any thread.
    bool wait_back();
    void stop();

    const std::string& url() const { return url_; }
    /// A connection that does not answer for so long is given up.
    milliseconds silence() const { return silence_; }

private:
    const std::string url_;
    const milliseconds silence_;
    std::function<void()> rouse_ = [] {};
    std::atomic<bool> away_{false};
    Mutex mutex_;
    Condition changed_;
    bool stopping_ GUARDED_BY(mutex_) = false;
};

/// The database does not answer: 503, to be tried again.
Error database_away(std::string log_text);

} // namespace weft::store
