#include "store/postgres_node.h"

#include "base/log.h"

#include <libpq-fe.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace weft::store {

namespace {

constexpr microseconds beat{2'000'000};
constexpr microseconds beat_least{20'000}; ///< between two, whatever hints say
constexpr microseconds hint_least{25'000};
constexpr microseconds first_try{100'000}; ///< after the database was lost; then twice as long
constexpr std::int64_t lease_us = 8'000'000;
/// What begins before this has time to be broken off before the lease ends.
constexpr std::int64_t fence_us = 6'000'000;
constexpr seconds silence{2};

/// The database's clock, as one of ours.
constexpr const char* now_sql = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint";

/// Whether inbox_notices.h or inbox_people.h would find something to do. The statement's time, not
/// the clock's, which changes within it: indexes serve.
constexpr const char* inbox_due_sql =
    "EXISTS (SELECT 1 FROM inbox_notice d JOIN project p ON p.id = d.project_id"
    " WHERE p.deleted_at IS NULL)"
    " OR EXISTS (SELECT 1 FROM inbox_call d JOIN project p ON p.id = d.project_id"
    " WHERE p.deleted_at IS NULL"
    " AND d.next_try_at <= (extract(epoch FROM statement_timestamp()) * 1000000)::bigint)"
    " OR EXISTS (SELECT 1 FROM inbox d JOIN project p ON p.id = d.project_id"
    " WHERE p.deleted_at IS NULL AND d.expires_at IS NOT NULL AND d.status < 2"
    " AND d.expires_at <= (extract(epoch FROM statement_timestamp()) * 1000000)::bigint)";

} // namespace

PostgresNode::PostgresNode(Reach& reach, std::int64_t id, std::string instance)
    : reach_(reach), id_(id), instance_(std::move(instance)), connection_(reach, silence),
      roused_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    CHECK(roused_);
    reach_.on_away([this] {
        lost_ = true;
        eventfd_write(roused_.get(), 1);
    });
}

Result<> PostgresNode::start() {
    TRY(connection_.begin_writing());
    TRY(connection_.ask(fmt::format("DELETE FROM node WHERE instance = '{}'", instance_)));
    TRY(connection_.ask(enter_sql()));
    const std::int64_t sent_us = monotonic_us();
    TRY(connection_.commit());
    fence_at_us_ = sent_us + fence_us;
    beat_at_us_ = sent_us + beat.count();
    pace_ = beat;
    thread_ = std::thread([this] { loop(); });
    fence_ = std::thread([this] { watch_fence(); });
    return {};
}

void PostgresNode::stop() {
    {
        const Lock lock(mutex_);
        watch_ = {};
        stopping_ = true;
        roused_fence_.notify_all();
    }
    eventfd_write(roused_.get(), 1);
    if (!thread_.joinable()) return;
    thread_.join();
    fence_.join();
    // The row stays while it owns anything, so that others see what is to be taken over.
    if (!reach_.away())
        (void)connection_.ask(fmt::format("UPDATE node SET lease_until = 0 WHERE id = {}", id_));
}

void PostgresNode::watch(NodeWatch watch) {
    const Lock lock(mutex_);
    watch_ = std::move(watch);
}

void PostgresNode::hint() {
    if (!hinted_.exchange(true)) eventfd_write(roused_.get(), 1);
}

bool PostgresNode::holds_lease() const { return monotonic_us() < fence_at_us_.load(); }

void PostgresNode::loop() {
    pthread_setname_np(pthread_self(), "weft-lease");
    while (!stopping_) {
        wait();
        if (stopping_) return;
        if (hear_hint()) beat_at_us_ = std::min(beat_at_us_, beaten_us_ + beat_least.count());
        if (lost_.exchange(false))
            beat_at_us_ = std::min(beat_at_us_, beaten_us_ + first_try.count());
        give_hint();
        if (monotonic_us() >= beat_at_us_) beat_once();
    }
}

/// Until the next beat, or a hint that is to be given or has come.
void PostgresNode::wait() {
    std::int64_t until_us = beat_at_us_;
    if (hinted_ && has_others_) until_us = std::min(until_us, hint_at_us_);
    const std::int64_t left_us = std::max<std::int64_t>(0, until_us - monotonic_us());
    std::array<pollfd, 2> look{pollfd{.fd = roused_.get(), .events = POLLIN, .revents = 0},
                               pollfd{.fd = connection_.socket(), .events = POLLIN, .revents = 0}};
    ::poll(look.data(), look.size(), static_cast<int>((left_us + 999) / 1'000));
    eventfd_t ignored = 0;
    eventfd_read(roused_.get(), &ignored);
}

void PostgresNode::give_hint() {
    if (!hinted_ || !has_others_ || monotonic_us() < hint_at_us_ || reach_.away()) return;
    hinted_ = false;
    hint_at_us_ = monotonic_us() + hint_least.count();
    (void)connection_.ask("NOTIFY weft");
}

bool PostgresNode::hear_hint() { return !connection_.was_closed() && connection_.take_notices(); }

void PostgresNode::beat_once() {
    beaten_us_ = monotonic_us();
    const auto seen = renew();
    if (!seen) {
        reach_.note_away(seen.error());
        pace_ = pace_ >= beat ? first_try : std::min(pace_ * 2, beat);
        beat_at_us_ = monotonic_us() + pace_.count();
        return;
    }
    note_renewed();
    inbox_due_ = seen->people;
    has_others_ = seen->others;
    if (!has_others_) hinted_ = false;
    const bool has_news = seen->lost || seen->ready || seen->stops;
    const bool deaf = has_others_ && connection_.is_pooled();
    pace_ = !deaf ? beat : has_news ? beat_least : std::min(pace_ * 2, beat);
    beat_at_us_ = beaten_us_ + pace_.count();
    reach_.note_back();
    after_beat(*seen);
}

/// One statement, which is all that a node at rest asks of its database.
Result<NodeWatch::Seen> PostgresNode::renew() {
    if (connection_.was_closed()) {
        TRY(connection_.open());
        if (!connection_.is_pooled()) TRY(connection_.ask("LISTEN weft"));
    }
    const auto renewed = TRY(connection_.ask(fmt::format(
        "UPDATE node SET lease_until = {0} + {1} WHERE id = {2} RETURNING "
        "EXISTS (SELECT 1 FROM node o WHERE o.lease_until < {0}), EXISTS (SELECT 1 FROM ready), "
        "EXISTS (SELECT 1 FROM execution WHERE settling = 1 AND owner = {2}), "
        "EXISTS (SELECT 1 FROM run_slot), EXISTS (SELECT 1 FROM uncharged), {3}, "
        "EXISTS (SELECT 1 FROM node o WHERE o.lease_until >= {0} AND o.id <> {2})",
        now_sql, lease_us, id_, inbox_due_sql)));
    if (PQntuples(renewed.get()) == 0) {
        TRY(connection_.ask(enter_sql()));
        return NodeWatch::Seen{};
    }
    const auto yes = [&renewed](int column) { return *PQgetvalue(renewed.get(), 0, column) == 1; };
    return NodeWatch::Seen{.lost = yes(0),
                           .ready = yes(1),
                           .stops = yes(2),
                           .queued = yes(3),
                           .uncharged = yes(4),
                           .people = yes(5),
                           .others = yes(6)};
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

void PostgresNode::note_renewed() {
    const Lock lock(mutex_);
    fence_at_us_ = beaten_us_ + fence_us;
    if (!fenced_ || !holds_lease()) return; // an answer may come too late to be of use
    fenced_ = false;
    roused_fence_.notify_all();
}

/// Tells once each time the lease may have ended.
void PostgresNode::watch_fence() {
    pthread_setname_np(pthread_self(), "weft-fence");
    const Lock lock(mutex_);
    while (!stopping_) {
        if (fenced_) {
            roused_fence_.wait(mutex_);
            continue;
        }
        if (const std::int64_t left_us = fence_at_us_ - monotonic_us(); left_us > 0) {
            roused_fence_.wait_for(mutex_, microseconds(left_us));
            continue;
        }
        fenced_ = true;
        log_error("This node's lease may have ended: what it was doing is broken off.");
        if (watch_.lease_ended) watch_.lease_ended();
    }
}

std::string PostgresNode::enter_sql() const {
    return fmt::format(
        "INSERT INTO node (id, instance, started_at, lease_until) VALUES ({0}, '{1}', "
        "{2}, {2} + {3})",
        id_, instance_, now_sql, lease_us);
}

} // namespace weft::store
