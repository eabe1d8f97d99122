#pragma once

#include "store/directory.h"
#include "store/postgres.h"
#include "store/store.h"

#include <thread>

namespace weft::store {

/// This process among those that use the database: a row with a lease, which a beat every two
/// seconds makes longer. Runs belong to nodes, and those of a node whose lease has ended may be
/// taken over. While the database is away it tries to reach it again; it alone says that it is
/// back. A second thread tells in time that the lease ends: the first may be waiting for the
/// network just then.
///
/// Nodes give each other hints by NOTIFY, at most one in 25 ms, that something is to be looked at:
/// a hint brings the beat forward. Where hints do not arrive (a pooler is in between) the beat
/// comes sooner while there is something to see, and then ever more slowly.
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
    /// Something was made ready or stopped that may be another node's to see. Any thread, cheap.
    void hint();
    /// False once the lease may have ended: by then nothing new may begin.
    bool holds_lease() const;
    bool inbox_due() const { return inbox_due_; } ///< Store::inbox_due
    std::int64_t statements() const { return connection_.statements(); }

private:
    void loop();
    void wait();
    void give_hint();
    bool hear_hint();
    void beat_once();
    Result<NodeWatch::Seen> renew();
    void after_beat(const NodeWatch::Seen& seen);
    void note_renewed();
    void watch_fence();
    std::string enter_sql() const;

    Reach& reach_;
    const std::int64_t id_;
    const std::string instance_;
    PostgresConnection connection_;
    std::atomic<std::int64_t> fence_at_us_{0}; ///< monotonic
    std::atomic<bool> hinted_{false};
    std::atomic<bool> inbox_due_{true};
    std::atomic<bool> lost_{false}; ///< the database, just now
    std::atomic<bool> stopping_{false};
    Descriptor roused_; ///< an eventfd
    Mutex mutex_;
    NodeWatch watch_ GUARDED_BY(mutex_);
    bool fenced_ GUARDED_BY(mutex_) = false; ///< and told so
    Condition roused_fence_;

    // The thread's alone; times are monotonic.
    std::int64_t beat_at_us_ = 0;
    std::int64_t beaten_us_ = 0;
    std::int64_t hint_at_us_ = 0; ///< the next one not before
    microseconds pace_{};
    bool has_others_ = false;

    std::thread thread_;
    std::thread fence_;
};

} // namespace weft::store
