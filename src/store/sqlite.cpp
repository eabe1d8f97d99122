#include "store/sqlite.h"

#include "base/log.h"

#include <sqlite3.h>

#include <cstdlib>

namespace weft::store {

namespace {

/// How many steps of SQLite's machine lie between two looks at the clock: some tens of
/// microseconds.
constexpr int steps_between_looks = 2'000;

int deadline_passed(void* deadline_us) {
    const std::int64_t at = *static_cast<const std::int64_t*>(deadline_us);
    return at != 0 && monotonic_us() > at ? 1 : 0;
}

constexpr int exit_unavailable = 3; ///< as `weft` ends when it cannot serve

/// Ends the process without a clean-up, which could write. No signal: nothing is wrong with the
/// program, and a core file would help nobody.
[[noreturn]] void end_corrupt(sqlite3* database, const char* name, const char* what) {
    const char* path = database ? sqlite3_db_filename(database, "main") : nullptr;
    log_error(
        fmt::format("The database {} is damaged ({}: {}). Weft stops so that nothing is written "
                    "over it. Keep a copy of the data directory, and put a backup in its place.",
                    path ? path : "", name, what));
    std::_Exit(exit_unavailable);
}

Error disk_error(int rc, std::string log_text) {
    if (rc == SQLITE_FULL)
        return {Code::unavailable,
                "The disk of the data directory is full: nothing more can be saved.",
                std::move(log_text)};
    if (rc == SQLITE_READONLY)
        return {Code::unavailable, "The data directory cannot be written.", std::move(log_text)};
    return {Code::unavailable, "The disk of the data directory does not answer as it should.",
            std::move(log_text)};
}

} // namespace

Error error_of(sqlite3* database, int rc, const char* name) {
    const char* what = database ? sqlite3_errmsg(database) : sqlite3_errstr(rc);
    const int extended = database ? sqlite3_extended_errcode(database) : rc;
    std::string log_text = fmt::format("{}: {} ({})", name, what, extended);
    switch (rc & 0xFF) {
    case SQLITE_CORRUPT: end_corrupt(database, name, what);
    case SQLITE_INTERRUPT:
        return {Code::timed_out, "Reading took too long and was given up.", std::move(log_text)};
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN: return disk_error(rc & 0xFF, std::move(log_text));
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return {Code::unavailable, "The store is busy; try again.", std::move(log_text)};
    case SQLITE_NOTADB:
        return {Code::unavailable,
                "The file weft.db in the data directory is not a Weft database. Choose another "
                "directory with --data, or put a backup in its place.",
                std::move(log_text)};
    case SQLITE_TOOBIG:
        return {Code::too_large, "A value is too large to be stored.", std::move(log_text)};
    case SQLITE_CONSTRAINT:
        if (extended == SQLITE_CONSTRAINT_UNIQUE || extended == SQLITE_CONSTRAINT_PRIMARYKEY ||
            extended == SQLITE_CONSTRAINT_ROWID)
            return {Code::conflict, "There is already one with that name or id.",
                    std::move(log_text)};
        [[fallthrough]];
    default: return {Code::internal, "The store could not do this.", std::move(log_text)};
    }
}

// --- Cursor
// ------------------------------------------------------------------------------------------

void SqliteCursor::begin(sqlite3* database, Prepared& prepared, const char* name) {
    CHECK(!prepared_);
    Cursor::begin(name);
    database_ = database;
    prepared_ = &prepared;
    too_large_ = false;
}

void SqliteCursor::end() {
    sqlite3_reset(statement());
    sqlite3_clear_bindings(statement());
    prepared_ = nullptr;
}

void SqliteCursor::bind(int n, std::int64_t value) {
    sqlite3_bind_int64(statement(), prepared_->positions[n], value);
}

void SqliteCursor::bind(int n, double value) {
    sqlite3_bind_double(statement(), prepared_->positions[n], value);
}

void SqliteCursor::bind(int n, std::string_view text) {
    if (text.size() > value_bytes_max)
        too_large_ = true;
    else // an empty view may point nowhere, which SQLite would take for NULL
        sqlite3_bind_text64(statement(), prepared_->positions[n], text.data() ? text.data() : "",
                            text.size(), SQLITE_STATIC, SQLITE_UTF8);
}

void SqliteCursor::bind_copy(int n, std::string text) {
    if (text.size() > value_bytes_max)
        too_large_ = true;
    else
        sqlite3_bind_text64(statement(), prepared_->positions[n], text.data(), text.size(),
                            SQLITE_TRANSIENT, SQLITE_UTF8);
}

void SqliteCursor::bind(int n, BytesView bytes) {
    if (bytes.size() > value_bytes_max)
        too_large_ = true;
    else
        sqlite3_bind_blob64(statement(), prepared_->positions[n],
                            bytes.data() ? static_cast<const void*>(bytes.data()) : "",
                            bytes.size(), SQLITE_STATIC);
}

void SqliteCursor::bind_null(int n) { sqlite3_bind_null(statement(), prepared_->positions[n]); }

Result<bool> SqliteCursor::step() {
    if (too_large_)
        return fail(Code::too_large, "A value is too large to be stored.",
                    std::string(name()) + ": parameter");
    const int rc = sqlite3_step(statement());
    if (rc == SQLITE_ROW) return true;
    if (rc == SQLITE_DONE) return false;
    return std::unexpected(error_of(database_, rc, name()));
}

int SqliteCursor::columns() const { return sqlite3_column_count(statement()); }

bool SqliteCursor::is_null(int column) const {
    return sqlite3_column_type(statement(), column) == SQLITE_NULL;
}

bool SqliteCursor::is(int column, int type, const char* wanted) {
    if (sqlite3_column_type(statement(), column) == type) return true;
    wrong(column, wanted);
    return false;
}

std::int64_t SqliteCursor::integer(int column) {
    return is(column, SQLITE_INTEGER, "an integer") ? sqlite3_column_int64(statement(), column) : 0;
}

double SqliteCursor::real(int column) {
    if (sqlite3_column_type(statement(), column) == SQLITE_INTEGER)
        return static_cast<double>(sqlite3_column_int64(statement(), column));
    return is(column, SQLITE_FLOAT, "a number") ? sqlite3_column_double(statement(), column) : 0;
}

std::string_view SqliteCursor::text(int column) {
    if (!is(column, SQLITE_TEXT, "text")) return {};
    const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement(), column));
    return {text, static_cast<std::size_t>(sqlite3_column_bytes(statement(), column))};
}

BytesView SqliteCursor::blob(int column) {
    if (!is(column, SQLITE_BLOB, "bytes")) return {};
    const auto* bytes = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement(), column));
    return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement(), column))};
}

// --- Connection
// --------------------------------------------------------------------------------------

SqliteConnection::SqliteConnection(sqlite3* database) : database_(database) {
    sqlite3_extended_result_codes(database_, 0);
    sqlite3_limit(database_, SQLITE_LIMIT_LENGTH, static_cast<int>(value_bytes_max + 1024));
    // Without it SQLite looks at what is bound to LIMIT and compiles the statement anew each time.
    sqlite3_db_config(database_, SQLITE_DBCONFIG_ENABLE_QPSG, 1, nullptr);
    sqlite3_progress_handler(database_, steps_between_looks, deadline_passed, &deadline_us_);
}

SqliteConnection::~SqliteConnection() {
    for (auto& [sql, prepared] : statements_) sqlite3_finalize(prepared.statement);
    sqlite3_close(database_);
}

Result<std::unique_ptr<SqliteConnection>>
SqliteConnection::open(const std::string& path, Access access, const std::string& vfs) {
    const int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE |
                      (access == Access::write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                                               : SQLITE_OPEN_READONLY);
    sqlite3* database = nullptr;
    const int rc =
        sqlite3_open_v2(path.c_str(), &database, flags, vfs.empty() ? nullptr : vfs.c_str());
    if (rc != SQLITE_OK) {
        Error error = error_of(database, rc, "open");
        sqlite3_close(database);
        return std::unexpected(std::move(error));
    }
    return std::unique_ptr<SqliteConnection>(new SqliteConnection(database));
}

Result<> SqliteConnection::execute(const std::string& sql) {
    const int rc = sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr);
    if (rc != SQLITE_OK) return std::unexpected(error_of(database_, rc, sql.substr(0, 60).c_str()));
    return {};
}

Result<Prepared*> SqliteConnection::prepare(const char* name, const char* sql, std::size_t count) {
    const auto found = statements_.find(sql);
    if (found != statements_.end()) return &found->second;
    sqlite3_stmt* statement = nullptr;
    const char* rest = nullptr;
    const int rc =
        sqlite3_prepare_v3(database_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, &rest);
    if (rc != SQLITE_OK) return std::unexpected(error_of(database_, rc, name));

    std::vector<int> positions(count + 1, 0);
    bool exact = static_cast<std::size_t>(sqlite3_bind_parameter_count(statement)) == count;
    for (std::size_t n = 1; n <= count; ++n) {
        positions[n] = sqlite3_bind_parameter_index(statement, fmt::format("${}", n).c_str());
        exact = exact && positions[n] != 0;
    }
    const bool alone =
        std::string_view(rest).find_first_not_of(" \t\r\n;") == std::string_view::npos;
    if (!exact || !alone) {
        sqlite3_finalize(statement);
        return fail(
            Code::internal, "The store could not do this.",
            fmt::format("{}: {}", name, exact ? "more than one statement" : "wrong parameters"));
    }
    return &statements_.emplace(sql, Prepared{statement, std::move(positions)}).first->second;
}

Result<Cursor*> SqliteConnection::begin(const Sql& sql, std::span<const ParameterKind> parameters) {
    count(sql.name);
    cursor_.begin(database_, *TRY(prepare(sql.name, sql.sqlite, parameters.size())), sql.name);
    return &cursor_;
}

void SqliteConnection::end_reading() {
    if (in_transaction()) (void)statement("ROLLBACK");
}

bool SqliteConnection::in_transaction() const { return sqlite3_get_autocommit(database_) == 0; }

std::int64_t SqliteConnection::changes() const { return sqlite3_changes64(database_); }

} // namespace weft::store
