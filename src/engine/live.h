#pragma once

#include "base/gate.h"
#include "base/mutex.h"
#include "domain/ids.h"

#include <boost/asio/post.hpp>

#include <atomic>
#include <memory>
#include <unordered_map>
#include <vector>

namespace weft::engine {

/// One run that this process carries out. Shared by its coroutine and the table.
struct Live {
    Live(ExecutionId id, asio::any_io_executor on) : execution(id), executor(std::move(on)) {}

    ExecutionId execution;
    asio::any_io_executor executor;
    /// A person asked for it: what happened is recorded, nothing is begun. Set from any thread, so
    /// that nothing begins once LiveTable::stop has returned.
    std::atomic<bool> stop = false;
    bool performing = false; ///< an effect is in flight and may be cancelled; only on its thread
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
    /// Cancels every effect in flight.
    void shut_down() {
        Lock lock(mutex_);
        for (const auto& [execution, entry] : entries_) interrupt(entry);
    }

private:
    struct Entry {
        std::shared_ptr<Live> live;
        Background background;
    };

    /// On the run's own thread, so that it comes before or after an effect and never in between.
    static void interrupt(const Entry& entry) {
        asio::post(entry.live->executor, [live = entry.live, background = entry.background] {
            if (live->performing) background.cancel();
        });
    }

    Mutex mutex_;
    std::unordered_map<ExecutionId, Entry> entries_ GUARDED_BY(mutex_);
};

} // namespace weft::engine
