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

/// Who watches what, by a key.
template <class Key> class Watchers {
public:
    void add(const Key& key, Watcher watcher) {
        Shard& of = shard(key);
        Lock lock(of.mutex);
        of.watchers[key].push_back(std::move(watcher));
        total_.fetch_add(1);
    }

    void remove(const Key& key, std::int64_t number) {
        Shard& of = shard(key);
        Lock lock(of.mutex);
        const auto found = of.watchers.find(key);
        if (found == of.watchers.end()) return;
        total_.fetch_sub(static_cast<std::int64_t>(std::erase_if(
            found->second, [&](const Watcher& each) { return each.number == number; })));
        if (found->second.empty()) of.watchers.erase(found);
    }

    /// Copied out, so that no listener is called under a lock.
    std::vector<Watcher> of(const Key& key) {
        if (total_.load() == 0) return {};
        Shard& of = shard(key);
        Lock lock(of.mutex);
        const auto found = of.watchers.find(key);
        return found == of.watchers.end() ? std::vector<Watcher>{} : found->second;
    }

private:
    struct Shard {
        Mutex mutex;
        std::unordered_map<Key, std::vector<Watcher>> watchers GUARDED_BY(mutex);
    };
    Shard& shard(const Key& key) { return shards_[std::hash<Key>{}(key) % shard_count]; }

    std::array<Shard, shard_count> shards_;
    std::atomic<std::int64_t> total_{0};
};

} // namespace

struct EventHub::Impl {
    Watchers<ExecutionId> of_executions;
    Watchers<std::uint32_t> of_projects;
    std::atomic<std::int64_t> number{0};
};

EventHub::EventHub() : impl_(std::make_shared<Impl>()) {}
EventHub::~EventHub() = default;

EventHub::Subscription EventHub::subscribe(const ExecutionId& execution, Listener listener) {
    const std::int64_t number = ++impl_->number;
    impl_->of_executions.add(execution,
                             {number, std::make_shared<const Listener>(std::move(listener))});
    const auto leave = [impl = impl_, execution, number](void*) {
        impl->of_executions.remove(execution, number);
    };
    return Subscription(std::shared_ptr<void>(impl_.get(), leave));
}

EventHub::Subscription EventHub::subscribe(std::uint32_t project_ordinal,
                                           std::function<void()> changed) {
    const std::int64_t number = ++impl_->number;
    impl_->of_projects.add(project_ordinal, {number, std::make_shared<const Listener>(
                                                         Listener{std::move(changed), {}})});
    const auto leave = [impl = impl_, project_ordinal, number](void*) {
        impl->of_projects.remove(project_ordinal, number);
    };
    return Subscription(std::shared_ptr<void>(impl_.get(), leave));
}

void EventHub::changed(const ExecutionId& execution) {
    for (const Watcher& each : impl_->of_executions.of(execution))
        if (each.listener->changed) each.listener->changed();
    for (const Watcher& each : impl_->of_projects.of(execution.ordinal())) each.listener->changed();
}

void EventHub::live_text(const ExecutionId& execution, const LiveText& text) {
    for (const Watcher& each : impl_->of_executions.of(execution))
        if (each.listener->live_text) each.listener->live_text(text);
}

} // namespace weft::engine
