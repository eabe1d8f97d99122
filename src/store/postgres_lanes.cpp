#include "store/postgres_lanes.h"

#include <libpq-fe.h>

namespace weft::store {

namespace {

/// The server keeps so many savepoints of a transaction at hand, and looks the others up.
constexpr std::size_t batch_max = 60;
constexpr std::int64_t hold_us_max = 10'000; ///< of one transaction before its COMMIT
constexpr std::int64_t marks_kept = 1'000;   ///< rows that no one asks about any more, at most
constexpr std::int64_t writer_lane = 1;

/// Others wait for what a transaction holds: one whose node has fallen silent is broken off.
constexpr const char* lone_sql =
    "SELECT set_config('idle_in_transaction_session_timeout', '5s', true) FROM store_info WHERE "
    "name = 'writer' FOR UPDATE";
constexpr const char* brief_sql = "SET LOCAL idle_in_transaction_session_timeout = '5s'";

} // namespace

// --- BatchMarks
// --------------------------------------------------------------------------------------

std::string BatchMarks::next() {
    ++number_;
    const std::string mark = fmt::format(
        "INSERT INTO batch (node, lane, number) VALUES ({}, {}, {})", node_, lane_, number_);
    if (number_ % marks_kept != 0) return mark;
    return fmt::format("WITH old AS (DELETE FROM batch WHERE node = {} AND lane = {} AND number < "
                       "{}) {}",
                       node_, lane_, number_ - 1, mark);
}

Result<bool> BatchMarks::was_committed(PostgresConnection& connection) const {
    TRY(connection.begin_writing());
    connection.post(brief_sql);
    const auto found = find(connection);
    if (!found)
        connection.roll_back();
    else
        TRY(connection.commit());
    return found;
}

Result<bool> BatchMarks::find(PostgresConnection& connection) const {
    const auto put = [&](std::int64_t number) -> Result<bool> {
        const auto done = TRY(
            connection.ask(fmt::format("INSERT INTO batch (node, lane, number) VALUES ({}, {}, {}) "
                                       "ON CONFLICT DO NOTHING",
                                       node_, lane_, number)));
        return std::string_view(PQcmdTuples(done.get())) == "1";
    };
    if (TRY(put(number_))) {
        TRY(put(-number_));
        return false;
    }
    const auto taken = TRY(connection.ask(
        fmt::format("SELECT 1 FROM batch WHERE node = {} AND lane = {} AND number = {}", node_,
                    lane_, -number_)));
    return PQntuples(taken.get()) == 0;
}

std::optional<bool> BatchMarks::find_out(Reach& reach, PostgresConnection& connection) const {
    while (reach.wait_back())
        if (const auto was = was_committed(connection)) return *was;
    return std::nullopt;
}

// --- WriterTally
// -------------------------------------------------------------------------------------

void WriterTally::note_commit(std::size_t writes) {
    const Lock lock(mutex_);
    ++stats_.commits;
    stats_.writes += static_cast<std::int64_t>(writes);
}

void WriterTally::note_hold(std::int64_t held_us, const char* at) {
    const Lock lock(mutex_);
    if (held_us <= stats_.longest_hold_us) return;
    stats_.longest_hold_us = held_us;
    stats_.longest_hold_at = at;
}

WriterStats WriterTally::stats() const {
    const Lock lock(mutex_);
    return stats_;
}

// --- PostgresWriter
// ----------------------------------------------------------------------------------

PostgresWriter::PostgresWriter(Reach& reach, WriterTally& tally, std::int64_t node, Clock& clock,
                               IdMinter& minter)
    : reach_(reach), tally_(tally), clock_(clock), minter_(minter), connection_(reach),
      marks_(node, writer_lane) {
    lane_.start(batch_max, [this](std::deque<WriteJob*> jobs) { work(std::move(jobs)); });
}

/// One transaction over the first of the jobs; what does not fit into its time waits for the next.
void PostgresWriter::work(std::deque<WriteJob*> jobs) {
    std::size_t ran = jobs.size();
    Result<> committed = begin();
    if (committed) {
        ran = run_jobs(jobs);
        committed = commit();
    }
    if (ran < jobs.size())
        lane_.submit_first({jobs.begin() + static_cast<std::ptrdiff_t>(ran), jobs.end()});
    if (committed) tally_.note_commit(ran);
    for (std::size_t i = 0; i < ran; ++i) {
        if (!committed) jobs[i]->refuse(committed.error());
        finish(*jobs[i]);
    }
}

Result<> PostgresWriter::begin() {
    if (reach_.away()) return std::unexpected(database_away("it is away"));
    TRY(connection_.begin_writing());
    connection_.post(lone_sql);
    connection_.post(marks_.next());
    return {};
}

/// How many were run; fewer than there are when the time was up.
std::size_t PostgresWriter::run_jobs(const std::deque<WriteJob*>& jobs) {
    const std::int64_t until_us = monotonic_us() + hold_us_max;
    Tx tx(connection_, clock_.now(), minter_);
    std::size_t ran = 0;
    while (ran < jobs.size() && (ran == 0 || monotonic_us() < until_us) && connection_.is_open())
        attempt(tx, *jobs[ran++]);
    return ran;
}

bool PostgresWriter::attempt(Tx& tx, WriteJob& job) {
    const std::int64_t started = monotonic_us();
    connection_.post("SAVEPOINT job");
    bool good = run_guarded(job, tx);
    if (good) connection_.post("RELEASE job");
    if (const auto settled = connection_.settle(); good && !settled) {
        job.refuse(settled.error());
        good = false;
    }
    if (!good) {
        connection_.post("ROLLBACK TO job");
        connection_.post("RELEASE job");
    }
    tally_.note_hold(monotonic_us() - started, connection_.last_statement());
    return good;
}

Result<> PostgresWriter::commit() {
    auto committed = connection_.commit();
    if (connection_.in_doubt() && marks_.find_out(reach_, connection_).value_or(false)) return {};
    return committed;
}

} // namespace weft::store
