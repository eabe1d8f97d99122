#pragma once

#include "store/inspect.h"

/// What can be said of a PostgreSQL database from outside, in one look that changes nothing and
/// takes part in nothing.
namespace weft::store {

struct PostgresFacts {
    std::string place; ///< without a secret
    std::string version;
    int version_number = 0; ///< 150008
    std::int64_t round_trip_us = 0;
    std::string encoding;
    // Settings as a session of ours has them.
    std::string fsync;
    std::string full_page_writes;
    std::string synchronous_commit;
    std::string synchronous_standbys; ///< names; empty: none is waited for
    std::string wal_level;
    std::string isolation;
    std::string read_only;
    std::string autovacuum;
    bool is_standby = false;
    std::int64_t connections_max = 0; ///< that an ordinary user may have
    std::int64_t connections_now = 0;
    bool is_pooled = false;                  ///< a pooler stands between
    std::int64_t clock_ahead_us = 0;         ///< of this machine's
    std::int64_t bytes = 0;                  ///< of the database
    std::optional<std::uint64_t> bytes_free; ///< on its disk; none: not known from here
    std::int64_t transaction_s = 0;          ///< age of the oldest that vacuum waits for
    std::int64_t transaction_process = 0;
    std::int64_t prepared = 0;               ///< prepared transactions that nobody has ended
    std::optional<std::int64_t> schema = {}; ///< none: nothing of ours is there yet
    std::int64_t nodes = 0;                  ///< that are alive
    bool is_half_moved = false;              ///< see store/move.h
    std::optional<Facts> content = {};
};

/// unavailable: the database does not answer; says why.
Result<PostgresFacts> postgres_facts(const std::string& url, Clock& clock);

inline constexpr int postgres_version_least = 150'000;
/// Connections that one node has open at once.
std::int64_t postgres_connections_of_node();

} // namespace weft::store
