#pragma once

#include "store/connection.h"

#include <memory>
#include <unordered_map>

struct sqlite3;
struct sqlite3_stmt;

namespace weft::store {

/// A statement as the cache keeps it. `positions[n]` is SQLite's own number of `$n`.
struct Prepared {
    sqlite3_stmt* statement = nullptr;
    std::vector<int> positions;
};

class SqliteCursor final : public Cursor {
public:
    void begin(sqlite3* database, Prepared& prepared, const char* name);
    void end();

    void bind(int n, std::int64_t value) override;
    void bind(int n, double value) override;
    void bind(int n, std::string_view text) override;
    void bind(int n, BytesView bytes) override;
    void bind_copy(int n, std::string text) override;
    void bind_null(int n) override;
    Result<bool> step() override;
    bool is_null(int column) const override;
    std::int64_t integer(int column) override;
    double real(int column) override;
    std::string_view text(int column) override;
    BytesView blob(int column) override;
    int columns() const override;

private:
    bool is(int column, int type, const char* wanted);
    sqlite3_stmt* statement() const { return prepared_->statement; }

    sqlite3* database_ = nullptr;
    Prepared* prepared_ = nullptr; ///< none: no statement is being run
    bool too_large_ = false;
};

/// A connection to a SQLite file. A corrupt database aborts the process.
class SqliteConnection final : public Connection {
public:
    enum class Access { read, write };
    /// `path` must exist for Access::read. `vfs`: see Options. unavailable: it cannot be opened;
    /// says why.
    static Result<std::unique_ptr<SqliteConnection>> open(const std::string& path, Access access,
                                                          const std::string& vfs = {});
    ~SqliteConnection() override;

    Result<> execute(const std::string& sql) override;
    void set_deadline(std::int64_t monotonic_us) override { deadline_us_ = monotonic_us; }
    Result<> begin_reading() override { return statement("BEGIN"); }
    void end_reading() override;
    Result<> begin_writing() override { return statement("BEGIN IMMEDIATE"); }
    Result<> commit() override { return statement("COMMIT"); }
    void roll_back() override { end_reading(); }
    bool in_transaction() const override;
    Dialect dialect() const override { return Dialect::sqlite; }
    sqlite3* handle() { return database_; }

    /// The statement of `sql`, compiled at most once. internal: it does not compile, or its
    /// parameters are not exactly $1 … $count.
    Result<Prepared*> prepare(const char* name, const char* sql, std::size_t count);

private:
    explicit SqliteConnection(sqlite3* database);

    Result<Cursor*> begin(const Sql& sql, std::span<const ParameterKind> parameters) override;
    void end() override { cursor_.end(); }
    std::int64_t changes() const override;

    sqlite3* database_;
    std::int64_t deadline_us_ = 0;
    std::unordered_map<const char*, Prepared> statements_;
    SqliteCursor cursor_;
};

/// The Error that stands for SQLite's result code `rc`. Aborts the process when the database is
/// corrupt.
Error error_of(sqlite3* database, int rc, const char* name);

} // namespace weft::store
