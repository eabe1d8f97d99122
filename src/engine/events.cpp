#include "engine/events.h"

#include "base/mutex.h"

#include <atomic>
#include <unordered_map>
#include <vector>

namespace weft::engine {

namespace {

constexpr std::size_t shard_count = 64;

struct Watcher {
    std::int64_t number = 0;
    std::shared_ptr<const EventHub::Listener> listener;
};

struct Shard {
    Mutex mutex;
    std::unordered_map<ExecutionId, std::vector<Watcher>> watchers GUARDED_BY(mutex);
};

} // namespace

struct EventHub::Impl {
    Shard& shard(const ExecutionId& execution) {
        return shards[std::hash<ExecutionId>{}(execution) % shard_count];
    }

    void add(const ExecutionId& execution, Watcher watcher) {
        Shard& of = shard(execution);
        Lock lock(of.mutex);
        of.watchers[execution].push_back(std::move(watcher));
        total.fetch_add(1);
    }

    void remove(const ExecutionId& execution, std::int64_t number) {
        Shard& of = shard(execution);
        Lock lock(of.mutex);
        const auto found = of.watchers.find(execution);
        if (found == of.watchers.end()) return;
        total.fetch_sub(static_cast<std::int64_t>(std::erase_if(
            found->second, [&](const Watcher& each) { return each.number == number; })));
        if (found->second.empty()) of.watchers.erase(found);
    }

    /// Copied out, so that no listener is called under a lock.
    std::vector<Watcher> of(const ExecutionId& execution) {
        if (total.load() == 0) return {};
        Shard& of = shard(execution);
        Lock lock(of.mutex);
        const auto found = of.watchers.find(execution);
        return found == of.watchers.end() ? std::vector<Watcher>{} : found->second;
    }

    std::array<Shard, shard_count> shards;
    std::atomic<std::int64_t> total{0};
    std::atomic<std::int64_t> number{0};
};

EventHub::EventHub() : impl_(std::make_shared<Impl>()) {}
EventHub::~EventHub() = default;

EventHub::Subscription EventHub::subscribe(const ExecutionId& execution, Listener listener) {
    const std::int64_t number = ++impl_->number;
    impl_->add(execution, {number, std::make_shared<const Listener>(std::move(listener))});
    const auto leave = [impl = impl_, execution, number](void*) {
        impl->remove(execution, number);
    };
    return Subscription(std::shared_ptr<void>(impl_.get(), leave));
}

void EventHub::changed(const ExecutionId& execution) {
    for (const Watcher& each : impl_->of(execution))
        if (each.listener->changed) each.listener->changed();
}

void EventHub::live_text(const ExecutionId& execution, const LiveText& text) {
    for (const Watcher& each : impl_->of(execution))
        if (each.listener->live_text) each.listener->live_text(text);
}

} // namespace weft::engine
