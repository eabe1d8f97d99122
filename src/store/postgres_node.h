#pragma once

#include "store/postgres.h"
#include "store/store.h"

#include <thread>

namespace weft::store {

/// This process among those that use the database: a row with a lease, which a beat every two
/// seconds makes longer. Runs belong to nodes, and those of a node whose lease has ended may be
/// taken over. While the database is away it tries to reach it again; it alone says that it is
/// back.
class PostgresNode {
public:
    /// `instance` is the data directory's own id: it is locked, so that what an earlier process
    /// left under it may be taken over at once.
    PostgresNode(Reach& reach, std::int64_t id, std::string instance);
    ~PostgresNode() { stop(); }

    /// Takes the lease and begins to renew it.
    Result<> start();
    /// Gives the lease back.
    void stop();
    void watch(NodeWatch watch);
    /// False once the lease may have ended: by then nothing new may begin.
    bool holds_lease() const;
    std::int64_t statements() const { return connection_.statements(); }

private:
    void loop();
    Result<NodeWatch::Seen> beat();
    void after_beat(const NodeWatch::Seen& seen);
    std::string enter_sql() const;
    bool rest(milliseconds for_ms);

    Reach& reach_;
    const std::int64_t id_;
    const std::string instance_;
    PostgresConnection connection_;
    std::atomic<std::int64_t> fence_at_us_{0}; ///< monotonic
    mutable Mutex mutex_;
    Condition changed_;
    NodeWatch watch_ GUARDED_BY(mutex_);
    bool stopping_ GUARDED_BY(mutex_) = false;
    std::thread thread_;
};

} // namespace weft::store
