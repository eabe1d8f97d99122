#pragma once

#include "base/gate.h"
#include "base/mutex.h"
#include "domain/ids.h"

#include <boost/asio/post.hpp>

#include <memory>
#include <unordered_map>
#include <vector>

namespace weft::engine {

/// One run that this process carries out. Shared by its coroutine and the table; the flags are
/// touched only on its io thread.
struct Live {
    Live(ExecutionId id, asio::any_io_executor on) : execution(id), executor(std::move(on)) {}

    ExecutionId execution;
    asio::any_io_executor executor;
    bool stop = false;       ///< a person asked for it: what happened is recorded, nothing is begun
    bool performing = false; ///< an effect is in flight and may be cancelled
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
        if (const auto found = entries_.find(execution); found != entries_.end())
            interrupt(found->second, Why::stop);
    }
    /// Cancels every effect in flight.
    void shut_down() {
        Lock lock(mutex_);
        for (const auto& [execution, entry] : entries_) interrupt(entry, Why::shut_down);
    }

private:
    enum class Why { stop, shut_down };
    struct Entry {
        std::shared_ptr<Live> live;
        Background background;
    };

    /// On the run's own thread, so that it comes before or after an effect and never in between.
    static void interrupt(const Entry& entry, Why why) {
        asio::post(entry.live->executor, [live = entry.live, background = entry.background, why] {
            if (why == Why::stop) live->stop = true;
            if (live->performing) background.cancel();
        });
    }

    Mutex mutex_;
    std::unordered_map<ExecutionId, Entry> entries_ GUARDED_BY(mutex_);
};

} // namespace weft::engine
