#include "store/migrations.h"

#include "base/log.h"
#include "store/connection.h"

namespace weft::store {

namespace {

constexpr SystemQuery<std::int64_t> newest_sql{"migrate.newest", R"sql(
    SELECT coalesce(max(number), 0) FROM schema_version)sql"};

constexpr SystemQuery<void, std::int64_t, std::string, Instant> record_sql{"migrate.record", R"sql(
    INSERT INTO schema_version (number, name, applied_at) VALUES ($1, $2, $3)
    ON CONFLICT (number) DO NOTHING)sql"};

/// A word of the migrations and what it is in each dialect. Texts compare byte by byte in both.
struct Word {
    std::string_view word;
    std::string_view sqlite;
    std::string_view postgres;
};
constexpr Word words[] = {
    {"@clustered", "STRICT, WITHOUT ROWID", ""},
    {"@strict", "STRICT", ""},
    {"@blob", "BLOB", "BYTEA"},
    {"@text", "TEXT", "TEXT COLLATE \"C\""},
    {"@i64", "INTEGER", "BIGINT"},
    {"@f64", "REAL", "DOUBLE PRECISION"},
    {"@id", "BLOB", "BYTEA"},
};

std::string translated(std::string text, Dialect dialect) {
    for (const Word& each : words) {
        const std::string_view meaning = dialect == Dialect::sqlite ? each.sqlite : each.postgres;
        for (std::size_t at = text.find(each.word); at != std::string::npos;
             at = text.find(each.word, at))
            text.replace(at, each.word.size(), meaning);
    }
    return text;
}

/// In one transaction, its record first: another node that is at the same one waits there, and then
/// finds it done.
Result<> apply(Connection& connection, const Migration& migration, Instant now) {
    TRY(connection.begin_writing());
    Result<> done;
    const auto recorded =
        connection.run(record_sql.text(), number_of(migration), migration.name, now);
    if (!recorded)
        done = std::unexpected(recorded.error());
    else if (recorded->count > 0)
        done = connection.execute(translated(migration.sql, connection.dialect()));
    if (done) done = connection.commit();
    if (done) return {};
    connection.roll_back();
    if (done.error().code == Code::internal)
        done.error().message =
            "The database could not be brought up to date (" + migration.name + ").";
    return done;
}

bool is_for(const Migration& migration, Dialect dialect) {
    return !migration.name.ends_with(dialect == Dialect::sqlite ? ".postgres.sql" : ".sqlite.sql");
}

} // namespace

std::int64_t number_of(const Migration& migration) {
    std::int64_t number = 0;
    for (const char c : migration.name) {
        if (c < '0' || c > '9') break;
        number = number * 10 + (c - '0');
    }
    return number;
}

std::string in_sqlite(const std::string& sql) { return translated(sql, Dialect::sqlite); }
std::string in_postgres(const std::string& sql) { return translated(sql, Dialect::postgres); }

std::int64_t newest_number(const std::vector<Migration>& all, Dialect dialect) {
    std::int64_t newest = 0;
    for (const Migration& each : all)
        if (is_for(each, dialect)) newest = std::max(newest, number_of(each));
    return newest;
}

Result<> migrate(Connection& connection, const std::vector<Migration>& all, Instant now) {
    TRY(connection.execute(
        translated("CREATE TABLE IF NOT EXISTS schema_version (number @i64 NOT NULL PRIMARY KEY, "
                   "name @text NOT NULL, applied_at @i64 NOT NULL) @strict",
                   connection.dialect())));
    const auto newest = TRY(connection.maybe<std::int64_t>(newest_sql.text()))
    .value_or(0);
    if (newest > newest_number(all, connection.dialect()))
        return fail(Code::conflict,
                    "A newer version of Weft has written this database: use that version.");
    for (const Migration& migration : all) {
        if (number_of(migration) <= newest || !is_for(migration, connection.dialect())) continue;
        TRY(apply(connection, migration, now));
        log_debug("A migration is applied.", {{"name", migration.name}});
    }
    return {};
}

} // namespace weft::store
