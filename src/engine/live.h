#pragma once

#include "base/gate.h"
#include "base/mutex.h"
#include "store/store.h"

#include <boost/asio/post.hpp>

#include <atomic>
#include <limits>
#include <memory>
#include <unordered_map>
#include <vector>

namespace weft::engine {

/// One run that this process carries out. Shared by its coroutine and the table.
struct Live {
    Live(store::Claim of, asio::any_io_executor on)
        : claim(of), execution(claim.execution), executor(std::move(on)) {}

    const store::Claim claim;
    const ExecutionId execution;
    asio::any_io_executor executor;
    /// A person asked for it: what happened is recorded, nothing is begun. Set from any thread; an
    /// effect that looked here just before is cut off at its first wait.
    std::atomic<bool> stop = false;
    /// This node's lease may have ended: nothing is begun, what is under way is broken off and the
    /// run let go, as when the server is shut down.
    std::atomic<bool> leave = false;
    bool performing = false; ///< an effect is in flight and may be cancelled; only on its thread

    /// By its coroutine, around each effect, which must have ended at `deadline`.
    void begin(Instant deadline) {
        late_ = false;
        performing = true;
        deadline_us_ = deadline.us;
    }
    enum class Ended { in_time, late };
    Ended end() {
        deadline_us_ = never_us;
        performing = false;
        return late_ ? Ended::late : Ended::in_time;
    }
    /// never_us: nothing is in flight. Any thread.
    std::int64_t deadline_us() const { return deadline_us_; }

    static constexpr std::int64_t never_us = std::numeric_limits<std::int64_t>::max();

private:
    friend class LiveTable;
    std::atomic<std::int64_t> deadline_us_{never_us};
    bool late_ = false; ///< cancelled because its time was up
};

/// All of them, so that a stop finds its coroutine. Thread-safe.
class LiveTable {
public:
    /// Starts `body` in `gate` and keeps `live` until remove(). False: the gate is closed.
    bool start(Gate& gate, const std::shared_ptr<Live>& live, Task<> body) {
        Lock lock(mutex_);
        const Background background = gate.spawn(live->executor, std::move(body));
        if (background) entries_[live->execution] = {live, background};
        return static_cast<bool>(background);
    }

    /// How many there were before.
    std::size_t remove(const Live& live) {
        Lock lock(mutex_);
        const std::size_t before = entries_.size();
        const auto found = entries_.find(live.execution);
        if (found != entries_.end() && found->second.live.get() == &live) entries_.erase(found);
        return before;
    }

    std::size_t size() {
        Lock lock(mutex_);
        return entries_.size();
    }

    /// Cancels the effect that the run has in flight and lets it know why.
    void stop(const ExecutionId& execution) {
        Lock lock(mutex_);
        const auto found = entries_.find(execution);
        if (found == entries_.end()) return;
        found->second.live->stop = true;
        interrupt(found->second);
    }
    /// What the clock has to say to effects in flight.
    struct Expiry {
        std::int64_t next_us = Live::never_us;   ///< when there is more to do
        std::vector<std::shared_ptr<Live>> deaf; ///< did not end: to be overruled
    };
    /// Cancels effects whose time is up, and names those that have been told so for `grace`.
    Expiry expire(Instant now, microseconds grace) {
        Expiry expiry;
        Lock lock(mutex_);
        for (auto& [execution, entry] : entries_) {
            const std::int64_t deadline_us = entry.live->deadline_us();
            std::int64_t next_us = deadline_us;
            if (deadline_us <= now.us) {
                if (entry.told_us != deadline_us) {
                    entry.told_us = deadline_us;
                    entry.overrule_us = now.us + grace.count();
                    expire(entry, deadline_us);
                }
                next_us = entry.overrule_us;
            }
            if (next_us <= now.us)
                expiry.deaf.push_back(entry.live);
            else
                expiry.next_us = std::min(expiry.next_us, next_us);
        }
        return expiry;
    }
    /// Breaks off all that is here now.
    void leave() {
        Lock lock(mutex_);
        for (const auto& [execution, entry] : entries_) {
            entry.live->leave = true;
            interrupt(entry);
        }
    }
    /// Cancels every effect in flight.
    void shut_down() {
        Lock lock(mutex_);
        for (const auto& [execution, entry] : entries_) interrupt(entry);
    }

private:
    struct Entry {
        std::shared_ptr<Live> live;
        Background background;
        std::int64_t told_us = 0;     ///< the deadline about which its effect was told
        std::int64_t overrule_us = 0; ///< until when it may take to end
    };

    /// On the run's own thread, so that it comes before or after an effect and never in between.
    static void interrupt(const Entry& entry) {
        asio::post(entry.live->executor, [live = entry.live, background = entry.background] {
            if (live->performing) background.cancel();
        });
    }

    static void expire(const Entry& entry, std::int64_t deadline_us) {
        asio::post(entry.live->executor,
                   [live = entry.live, background = entry.background, deadline_us] {
                       if (live->deadline_us() != deadline_us) return; // it ended just in time
                       live->late_ = true;
                       background.cancel();
                   });
    }

    Mutex mutex_;
    std::unordered_map<ExecutionId, Entry> entries_ GUARDED_BY(mutex_);
};

} // namespace weft::engine
