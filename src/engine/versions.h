#pragma once

#include "base/mutex.h"
#include "domain/agentflow.h"

#include <deque>
#include <map>
#include <memory>

namespace weft::engine {

/// Flow versions that runs use just now, parsed once. They never change, so nothing is ever
/// refreshed; the oldest go when there are too many. Thread-safe.
class VersionCache {
public:
    explicit VersionCache(std::size_t kept_max) : kept_max_(kept_max) {}

    std::shared_ptr<const Agentflow> find(const ProjectId& project, const VersionId& version) {
        Lock lock(mutex_);
        const auto found = flows_.find({project, version});
        return found == flows_.end() ? nullptr : found->second;
    }

    void keep(const ProjectId& project, const VersionId& version,
              std::shared_ptr<const Agentflow> flow) {
        Lock lock(mutex_);
        if (!flows_.emplace(Key{project, version}, std::move(flow)).second) return;
        order_.push_back({project, version});
        if (order_.size() <= kept_max_) return;
        flows_.erase(order_.front());
        order_.pop_front();
    }

private:
    using Key =
        std::pair<ProjectId, VersionId>; // who asks for a version of another project finds nothing

    const std::size_t kept_max_;
    Mutex mutex_;
    std::map<Key, std::shared_ptr<const Agentflow>> flows_ GUARDED_BY(mutex_);
    std::deque<Key> order_ GUARDED_BY(mutex_);
};

} // namespace weft::engine
