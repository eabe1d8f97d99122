#include "store/postgres_inspect.h"

#include "store/migrations.h"
#include "store/move.h"
#include "store/postgres.h"
#include "store/postgres_backend.h"

#include <cstdlib>
#include <map>

#include <libpq-fe.h>
#include <sys/statvfs.h>

namespace weft::store {

namespace {

constexpr int round_trips = 5;

using Values = std::map<std::string, std::string>;

/// The first row by the names of its columns, which are all text.
Result<Values> values_of(PostgresConnection& connection, const std::string& sql) {
    TRY(connection.begin_reading());
    auto answer = connection.ask(sql);
    connection.end_reading();
    const auto found = TRY(std::move(answer));
    Values values;
    for (int i = 0; PQntuples(found.get()) > 0 && i < PQnfields(found.get()); ++i)
        values[PQfname(found.get(), i)] = field(found, 0, i);
    return values;
}

std::int64_t number(const Values& values, const char* name) {
    const auto found = values.find(name);
    return found == values.end() ? 0 : std::atoll(found->second.c_str());
}

constexpr const char* settings_sql = R"sql(
    SELECT current_setting('server_version') AS version,
           current_setting('server_version_num') AS version_number,
           current_setting('server_encoding') AS encoding,
           current_setting('fsync') AS fsync,
           current_setting('full_page_writes') AS full_page_writes,
           current_setting('synchronous_commit') AS synchronous_commit,
           current_setting('synchronous_standby_names') AS synchronous_standbys,
           current_setting('wal_level') AS wal_level,
           current_setting('default_transaction_isolation') AS isolation,
           current_setting('default_transaction_read_only') AS read_only,
           current_setting('autovacuum') AS autovacuum,
           pg_is_in_recovery()::text AS is_standby,
           (current_setting('max_connections')::int -
            current_setting('superuser_reserved_connections')::int)::text AS connections_max)sql";

/// The data directory is told to few users, and is of use only on the database's own machine.
constexpr const char* state_sql = R"sql(
    SELECT (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend')::text
               AS connections_now,
           pg_database_size(current_database())::text AS bytes,
           coalesce((SELECT setting FROM pg_settings WHERE name = 'data_directory'), '')
               AS directory,
           coalesce(inet_server_addr() IS NULL OR inet_server_addr() = inet_client_addr(), true)
               ::text AS is_here,
           (SELECT count(*) FROM pg_prepared_xacts)::text AS prepared,
           (to_regclass('schema_version') IS NOT NULL)::text AS has_schema)sql";

constexpr const char* oldest_sql = R"sql(
    SELECT pid::text AS process,
           (extract(epoch FROM clock_timestamp() - xact_start))::bigint::text AS age
      FROM pg_stat_activity
     WHERE xact_start IS NOT NULL AND backend_xmin IS NOT NULL AND pid <> pg_backend_pid()
     ORDER BY xact_start LIMIT 1)sql";

constexpr const char* content_sql = R"sql(
    SELECT coalesce((SELECT max(number) FROM schema_version), 0)::text AS schema,
           (SELECT count(*) FROM organization)::text AS organizations,
           (SELECT count(*) FROM api_key)::text AS keys,
           (SELECT count(*) FROM api_key WHERE expires_at IS NULL OR expires_at >
                   (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)::text AS keys_valid,
           greatest((SELECT max(created_at) FROM execution), (SELECT max(created_at) FROM api_key),
                    (SELECT max(created_at) FROM project), 0)::text AS newest,
           (SELECT count(*) FROM node WHERE lease_until >
                   (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)::text AS nodes,
           (SELECT count(*) FROM store_info
             WHERE name = 'moved_from' AND value LIKE 'copying %')::text AS half_moved)sql";

/// The quickest of a few, and what the clocks say in it.
Result<> measure(PostgresConnection& connection, Clock& clock, PostgresFacts& facts) {
    facts.round_trip_us = std::numeric_limits<std::int64_t>::max();
    for (int i = 0; i < round_trips; ++i) {
        const std::int64_t begun_us = monotonic_us();
        const auto values = TRY(values_of(
            connection,
            "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint::text AS clock"));
        const std::int64_t took_us = monotonic_us() - begun_us;
        if (took_us >= facts.round_trip_us) continue;
        facts.round_trip_us = took_us;
        facts.clock_ahead_us = number(values, "clock") - (clock.now().us - took_us / 2);
    }
    return {};
}

std::optional<std::uint64_t> free_bytes(const std::string& directory) {
    struct statvfs space{};
    if (directory.empty() || statvfs(directory.c_str(), &space) != 0) return std::nullopt;
    return std::uint64_t(space.f_bavail) * space.f_frsize;
}

Result<> read_settings(PostgresConnection& connection, PostgresFacts& facts) {
    Values values = TRY(values_of(connection, settings_sql));
    facts.version = values["version"];
    facts.version_number = static_cast<int>(number(values, "version_number"));
    facts.encoding = values["encoding"];
    facts.fsync = values["fsync"];
    facts.full_page_writes = values["full_page_writes"];
    facts.synchronous_commit = values["synchronous_commit"];
    facts.synchronous_standbys = values["synchronous_standbys"];
    facts.wal_level = values["wal_level"];
    facts.isolation = values["isolation"];
    facts.read_only = values["read_only"];
    facts.autovacuum = values["autovacuum"];
    facts.is_standby = values["is_standby"] == "true";
    facts.connections_max = number(values, "connections_max");
    return {};
}

/// What the database holds, in the tables of a version that this program knows.
Result<> read_content(PostgresConnection& connection, PostgresFacts& facts) {
    const auto values = values_of(connection, content_sql);
    if (!values) { // of an older version, or somebody else's tables
        const Values schema = TRY(values_of(
            connection, "SELECT coalesce(max(number), 0)::text AS schema FROM schema_version"));
        facts.schema = number(schema, "schema");
        return {};
    }
    facts.schema = number(*values, "schema");
    facts.nodes = number(*values, "nodes");
    facts.is_half_moved = number(*values, "half_moved") > 0;
    Facts& content = facts.content.emplace();
    if (number(*values, "newest") > 0) content.newest = Instant{number(*values, "newest")};
    content.organizations = number(*values, "organizations");
    content.keys = number(*values, "keys");
    content.keys_valid = number(*values, "keys_valid");
    return {};
}

} // namespace

Result<PostgresFacts> postgres_facts(const std::string& url, Clock& clock) {
    PostgresFacts facts;
    facts.place = place_of(url);
    TRY(check_url(url));
    Reach reach(url);
    PostgresConnection connection(reach);
    if (auto opened = connection.open(); !opened)
        return fail(Code::unavailable, opened.error().log_text);
    facts.is_pooled = connection.is_pooled();
    TRY(measure(connection, clock, facts));
    TRY(read_settings(connection, facts));
    Values state = TRY(values_of(connection, state_sql));
    facts.connections_now = number(state, "connections_now");
    facts.bytes = number(state, "bytes");
    facts.prepared = number(state, "prepared");
    if (state["is_here"] == "true") facts.bytes_free = free_bytes(state["directory"]);
    const Values oldest = TRY(values_of(connection, oldest_sql));
    facts.transaction_s = number(oldest, "age");
    facts.transaction_process = number(oldest, "process");
    if (state["has_schema"] == "true") TRY(read_content(connection, facts));
    return facts;
}

} // namespace weft::store
