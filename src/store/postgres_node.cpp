#include "store/postgres_node.h"

#include <libpq-fe.h>
#include <spdlog/spdlog.h>

namespace weft::store {

namespace {

constexpr milliseconds beat_ms{2'000};
constexpr std::int64_t lease_us = 8'000'000;
/// What begins before this has time to be broken off before the lease ends.
constexpr std::int64_t fence_us = 6'000'000;
constexpr milliseconds first_try_ms{100}; ///< after the database was lost; then twice as long, to
constexpr milliseconds last_try_ms{2'000};

/// The database's clock, as one of ours.
constexpr const char* now_sql = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint";

} // namespace

PostgresNode::PostgresNode(Reach& reach, std::int64_t id, std::string instance)
    : reach_(reach), id_(id), instance_(std::move(instance)), connection_(reach) {}

Result<> PostgresNode::start() {
    TRY(connection_.begin_writing());
    TRY(connection_.ask(fmt::format("DELETE FROM node WHERE instance = '{}'", instance_)));
    TRY(connection_.ask(enter_sql()));
    const std::int64_t sent_us = monotonic_us();
    TRY(connection_.commit());
    fence_at_us_ = sent_us + fence_us;
    thread_ = std::thread([this] { loop(); });
    return {};
}

void PostgresNode::stop() {
    {
        const Lock lock(mutex_);
        stopping_ = true;
        watch_ = {};
    }
    changed_.notify_all();
    if (!thread_.joinable()) return;
    thread_.join();
    if (reach_.away() || !connection_.begin_writing()) return;
    if (connection_.ask(fmt::format("DELETE FROM node WHERE id = {}", id_)))
        (void)connection_.commit();
}

void PostgresNode::watch(NodeWatch watch) {
    const Lock lock(mutex_);
    watch_ = std::move(watch);
}

bool PostgresNode::holds_lease() const { return monotonic_us() < fence_at_us_.load(); }

void PostgresNode::loop() {
    pthread_setname_np(pthread_self(), "weft-lease");
    milliseconds next_ms = beat_ms;
    milliseconds try_ms = first_try_ms;
    bool fenced = false;
    while (rest(next_ms)) {
        const std::int64_t sent_us = monotonic_us();
        const auto seen = beat();
        if (seen) {
            fence_at_us_ = sent_us + fence_us;
            fenced = false;
            reach_.note_back();
            after_beat(*seen);
            next_ms = beat_ms;
            try_ms = first_try_ms;
            continue;
        }
        reach_.note_away(seen.error());
        next_ms = try_ms;
        try_ms = std::min(try_ms * 2, last_try_ms);
        if (fenced || holds_lease()) continue;
        fenced = true;
        spdlog::error("this node's lease may have ended: what it was doing is broken off");
        const Lock lock(mutex_);
        if (watch_.lease_ended) watch_.lease_ended();
    }
}

/// One statement, which is all that a node at rest asks of its database.
Result<NodeWatch::Seen> PostgresNode::beat() {
    const auto renewed = TRY(connection_.ask(fmt::format(
        "UPDATE node SET lease_until = {0} + {1} WHERE id = {2} RETURNING "
        "EXISTS (SELECT 1 FROM node o WHERE o.lease_until < {0}), EXISTS (SELECT 1 FROM ready), "
        "EXISTS (SELECT 1 FROM execution WHERE settling = 1 AND owner = {2})",
        now_sql, lease_us, id_)));
    if (PQntuples(renewed.get()) == 0) {
        TRY(connection_.ask(enter_sql()));
        return NodeWatch::Seen{};
    }
    const auto yes = [&renewed](int column) { return *PQgetvalue(renewed.get(), 0, column) == 1; };
    return NodeWatch::Seen{.lost = yes(0), .ready = yes(1), .stops = yes(2)};
}

std::string PostgresNode::enter_sql() const {
    return fmt::format(
        "INSERT INTO node (id, instance, started_at, lease_until) VALUES ({0}, '{1}', "
        "{2}, {2} + {3})",
        id_, instance_, now_sql, lease_us);
}

/// Forgets nodes whose runs have all been taken over, and asks that the others' are.
void PostgresNode::after_beat(const NodeWatch::Seen& seen) {
    if (seen.lost)
        (void)connection_.ask(
            fmt::format("DELETE FROM node n WHERE n.lease_until < {} AND NOT EXISTS (SELECT 1 FROM "
                        "execution e WHERE e.owner = n.id AND e.owner <> 0)",
                        now_sql));
    const Lock lock(mutex_);
    if (watch_.beat) watch_.beat(seen);
}

/// False: stopping.
bool PostgresNode::rest(milliseconds for_ms) {
    const std::int64_t until_us = monotonic_us() + microseconds(for_ms).count();
    const Lock lock(mutex_);
    while (!stopping_) {
        const std::int64_t left_us = until_us - monotonic_us();
        // Before the lease ends it is looked at in time.
        if (left_us <= 0) return true;
        changed_.wait_for(mutex_, milliseconds(left_us / 1'000 + 1));
        if (reach_.away() && for_ms == beat_ms) return !stopping_;
    }
    return false;
}

} // namespace weft::store
