#pragma once

#include "base/mutex.h"
#include "domain/agentflow.h"

#include <deque>
#include <memory>
#include <unordered_map>

namespace weft::engine {

/// Flow versions that runs use just now, parsed once. They never change, so nothing is ever refreshed; the oldest go
/// when there are too many. Thread-safe.
class VersionCache {
public:
    explicit VersionCache(std::size_t kept_max) : kept_max_(kept_max) {}

    std::shared_ptr<const Agentflow> find(const VersionId& version) {
        Lock lock(mutex_);
        const auto found = flows_.find(version);
        return found == flows_.end() ? nullptr : found->second;
    }

    void keep(const VersionId& version, std::shared_ptr<const Agentflow> flow) {
        Lock lock(mutex_);
        if (!flows_.emplace(version, std::move(flow)).second) return;
        order_.push_back(version);
        if (order_.size() <= kept_max_) return;
        flows_.erase(order_.front());
        order_.pop_front();
    }

private:
    const std::size_t kept_max_;
    Mutex mutex_;
    std::unordered_map<VersionId, std::shared_ptr<const Agentflow>> flows_ GUARDED_BY(mutex_);
    std::deque<VersionId> order_ GUARDED_BY(mutex_);
};

} // namespace weft::engine
