#pragma once

#include "base/check.h"
#include "base/result.h"
#include "base/time.h"
#include "domain/ids.h"
#include "store/query.h"
#include "json/json.h"

#include <boost/pfr/core.hpp>

#include <atomic>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace weft::store {

/// Bytes as a BLOB column or parameter.
struct Blob {
    std::vector<std::uint8_t> bytes;

    friend bool operator==(const Blob&, const Blob&) = default;
};

using BytesView = std::span<const std::uint8_t>;

inline constexpr std::size_t value_bytes_max =
    72 * 1024 * 1024; ///< of one text or blob, with room for 64 MiB of payload
inline constexpr std::size_t rows_max = 10'000; ///< that one `all` may answer

/// A statement as the cache keeps it. `positions[n]` is SQLite's own number of `$n`.
struct Prepared {
    sqlite3_stmt* statement = nullptr;
    std::vector<int> positions;
    bool used = false;
};

/// One run of a prepared statement: bind, step, read; gives the statement back when it goes. Bound
/// text and blobs must outlive it, except those bound by `bind_copy`.
class Cursor {
public:
    Cursor(sqlite3* database, Prepared& prepared, const char* name);
    ~Cursor();
    Cursor(const Cursor&) = delete;
    Cursor& operator=(const Cursor&) = delete;

    void bind(int n, std::int64_t value);
    void bind(int n, double value);
    void bind(int n, std::string_view text);
    void bind(int n, BytesView bytes);
    void bind_copy(int n, const std::string& text);
    void bind_null(int n);

    /// True: a row is there to be read.
    Result<bool> step();

    bool is_null(int column) const;
    std::int64_t integer(int column);
    double real(int column);
    std::string_view text(int column); ///< valid until the next step
    BytesView blob(int column);        ///< valid until the next step
    void fixed(int column, std::span<std::uint8_t> out);
    int columns() const;

    /// Notes that the row does not fit what it is read into; `fault` then tells.
    void wrong(int column, const char* wanted);
    Result<> fault() const;

private:
    bool is(int column, int type, const char* wanted);

    sqlite3* database_;
    Prepared& prepared_;
    const char* name_;
    bool too_large_ = false;
    std::string wrong_;
};

/// How a C++ type is bound and read. An id that is none and an empty optional are NULL, and NULL is
/// read back as that.
template <class T> struct Column;

template <class T>
requires(std::is_integral_v<T> || std::is_enum_v<T>) struct Column<T> {
    static void bind(Cursor& to, int n, T value) { to.bind(n, static_cast<std::int64_t>(value)); }
    static void read(Cursor& from, int column, T& out) {
        if constexpr (std::is_same_v<T, bool>)
            out = from.integer(column) != 0;
        else
            out = static_cast<T>(from.integer(column));
    }
};

template <> struct Column<double> {
    static void bind(Cursor& to, int n, double value) { to.bind(n, value); }
    static void read(Cursor& from, int column, double& out) { out = from.real(column); }
};

template <> struct Column<Instant> {
    static void bind(Cursor& to, int n, Instant at) { to.bind(n, at.us); }
    static void read(Cursor& from, int column, Instant& out) { out.us = from.integer(column); }
};

template <> struct Column<std::string_view> {
    static void bind(Cursor& to, int n, std::string_view text) { to.bind(n, text); }
};

template <> struct Column<std::string> {
    static void bind(Cursor& to, int n, const std::string& text) {
        to.bind(n, std::string_view(text));
    }
    static void read(Cursor& from, int column, std::string& out) { out = from.text(column); }
};

template <> struct Column<BytesView> {
    static void bind(Cursor& to, int n, BytesView bytes) { to.bind(n, bytes); }
};

template <> struct Column<Blob> {
    static void bind(Cursor& to, int n, const Blob& blob) { to.bind(n, BytesView(blob.bytes)); }
    static void read(Cursor& from, int column, Blob& out) {
        const BytesView bytes = from.blob(column);
        out.bytes.assign(bytes.begin(), bytes.end());
    }
};

/// Ids and UUIDs.
template <class T> struct FixedColumn {
    static void bind(Cursor& to, int n, const T& id) {
        if (id)
            to.bind(n, BytesView(id.bytes));
        else
            to.bind_null(n);
    }
    static void read(Cursor& from, int column, T& out) {
        out = T{};
        if (!from.is_null(column)) from.fixed(column, out.bytes);
    }
};
template <class Tag> struct Column<Id<Tag>> : FixedColumn<Id<Tag>> {};
template <> struct Column<Uuid> : FixedColumn<Uuid> {};

/// JSON as text.
template <class T>
requires(std::is_same_v<T, json::value> || std::is_same_v<T, json::object> ||
         std::is_same_v<T, json::array>) struct Column<T> {
    static void bind(Cursor& to, int n, const T& value) {
        to.bind_copy(n, to_text(json::value(value)));
    }
    static void read(Cursor& from, int column, T& out) {
        auto parsed = parse_json(from.text(column));
        if (!parsed) return from.wrong(column, "JSON");
        if constexpr (std::is_same_v<T, json::value>) {
            out = std::move(*parsed);
        } else if constexpr (std::is_same_v<T, json::object>) {
            if (!parsed->is_object()) return from.wrong(column, "a JSON object");
            out = std::move(parsed->as_object());
        } else {
            if (!parsed->is_array()) return from.wrong(column, "a JSON array");
            out = std::move(parsed->as_array());
        }
    }
};

template <class T> struct Column<std::optional<T>> {
    static void bind(Cursor& to, int n, const std::optional<T>& value) {
        if (value)
            Column<T>::bind(to, n, *value);
        else
            to.bind_null(n);
    }
    static void read(Cursor& from, int column, std::optional<T>& out) {
        if (from.is_null(column))
            out.reset();
        else
            Column<T>::read(from, column, out.emplace());
    }
};

template <class T>
concept ReadableColumn = requires(Cursor& from, T& out) { Column<T>::read(from, 0, out); };

/// Reads the current row: a single column into a `Row` that is a column type itself, else the
/// columns in order into the members of an aggregate.
template <class Row> void read_row(Cursor& from, Row& row) {
    if constexpr (ReadableColumn<Row>) {
        if (from.columns() != 1) return from.wrong(0, "a row of one column");
        Column<Row>::read(from, 0, row);
    } else {
        if (from.columns() != static_cast<int>(boost::pfr::tuple_size_v<Row>))
            return from.wrong(0, "as many columns as the row has members");
        boost::pfr::for_each_field(row, [&](auto& field, std::size_t column) {
            Column<std::remove_cvref_t<decltype(field)>>::read(from, static_cast<int>(column),
                                                               field);
        });
    }
}

/// One SQLite connection with its cache of prepared statements. Used by one thread at a time.
///
/// Errors of all verbs: timed_out (the deadline passed), unavailable (the disk refused), conflict
/// (a unique key is taken), too_large (a value or an answer beyond its limit), internal (the query
/// is wrong). A corrupt database aborts the process.
class Connection {
public:
    enum class Access { read, write };
    /// `path` must exist for Access::read. `vfs`: see Options. unavailable: it cannot be opened;
    /// says why.
    static Result<Connection> open(const std::string& path, Access access,
                                   const std::string& vfs = {});
    Connection(Connection&& other) noexcept;
    Connection& operator=(Connection&&) = delete;
    ~Connection();

    /// The texts must be string literals: the cache is keyed by the pointer.
    template <class Row, class... Params>
    Result<std::vector<Row>> all(const Sql& sql, const Params&... params) {
        Prepared& prepared = *TRY(prepare(sql.name, sql.sqlite, sizeof...(Params)));
        Cursor cursor(database_, prepared, sql.name);
        bind_all(cursor, params...);
        std::vector<Row> rows;
        while (TRY(cursor.step())) {
            if (rows.size() == rows_max) return too_many(sql.name);
            read_row(cursor, rows.emplace_back());
        }
        TRY(cursor.fault());
        return rows;
    }

    /// One row after the other, until `see(Row&) -> bool` answers false.
    template <class Row, class See, class... Params>
    Result<> each(const Sql& sql, See& see, const Params&... params) {
        Prepared& prepared = *TRY(prepare(sql.name, sql.sqlite, sizeof...(Params)));
        Cursor cursor(database_, prepared, sql.name);
        bind_all(cursor, params...);
        while (TRY(cursor.step())) {
            Row row;
            read_row(cursor, row);
            TRY(cursor.fault());
            if (!see(row)) return {};
        }
        return {};
    }

    /// The first row; the statement still runs to its end, so that RETURNING has its whole effect.
    template <class Row, class... Params>
    Result<std::optional<Row>> maybe(const Sql& sql, const Params&... params) {
        Prepared& prepared = *TRY(prepare(sql.name, sql.sqlite, sizeof...(Params)));
        Cursor cursor(database_, prepared, sql.name);
        bind_all(cursor, params...);
        std::optional<Row> row;
        while (TRY(cursor.step()))
            if (!row) read_row(cursor, row.emplace());
        TRY(cursor.fault());
        return row;
    }

    template <class... Params> Result<Changes> run(const Sql& sql, const Params&... params) {
        Prepared& prepared = *TRY(prepare(sql.name, sql.sqlite, sizeof...(Params)));
        Cursor cursor(database_, prepared, sql.name);
        bind_all(cursor, params...);
        while (TRY(cursor.step())) {}
        return Changes{changes()};
    }

    /// Runs any number of statements without parameters or rows (pragmas, migrations, BEGIN …).
    Result<> execute(const std::string& sql);

    /// BEGIN, COMMIT, … : one statement without parameters or rows, compiled once. `sql` must be a
    /// string literal.
    Result<> statement(const char* sql) {
        TRY(run(Sql{sql, sql}));
        return {};
    }

    /// The statement of `sql`, compiled at most once. internal: it does not compile, or its
    /// parameters are not exactly $1 … $count.
    Result<Prepared*> prepare(const char* name, const char* sql, std::size_t count);

    /// Statements that run past this monotonic time end with timed_out; 0 = none.
    void set_deadline(std::int64_t monotonic_us);
    bool in_transaction() const;
    sqlite3* handle() { return database_; }

    /// How many statements it has run, BEGIN and COMMIT among them. From any thread.
    std::int64_t statements() const { return ran_->load(std::memory_order_relaxed); }
    /// The name of the last one; "" before the first.
    const char* last_statement() const { return last_; }

private:
    explicit Connection(sqlite3* database);

    template <class... Params> static void bind_all(Cursor& cursor, const Params&... params) {
        int n = 0;
        (Column<Params>::bind(cursor, ++n, params), ...);
    }
    static std::unexpected<Error> too_many(const char* name);
    std::int64_t changes() const;

    sqlite3* database_;
    std::unique_ptr<std::int64_t> deadline_us_; ///< its address is the progress handler's argument
    std::unordered_map<const char*, Prepared> statements_;
    std::unique_ptr<std::atomic<std::int64_t>> ran_; ///< written by its user alone
    const char* last_ = "";
};

/// The Error that stands for SQLite's result code `rc`. Aborts the process when the database is
/// corrupt.
Error error_of(sqlite3* database, int rc, const char* name);

} // namespace weft::store
