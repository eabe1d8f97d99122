#pragma once

#include "base/check.h"
#include "base/result.h"
#include "base/time.h"
#include "domain/ids.h"
#include "store/query.h"
#include "json/json.h"

#include <boost/pfr/core.hpp>

#include <array>
#include <atomic>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

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

/// What a parameter or a column is to the database.
enum class ParameterKind { integer, real, text, bytes };

/// One run of a prepared statement: bind, step, read. Bound text and blobs must outlive it, except
/// those bound by `bind_copy`.
class Cursor {
public:
    virtual void bind(int n, std::int64_t value) = 0;
    virtual void bind(int n, double value) = 0;
    virtual void bind(int n, std::string_view text) = 0;
    virtual void bind(int n, BytesView bytes) = 0;
    virtual void bind_copy(int n, std::string text) = 0;
    virtual void bind_null(int n) = 0;
    /// Before the first step: rows come as they are asked for, however many there are.
    virtual void in_pieces() {}

    /// True: a row is there to be read.
    virtual Result<bool> step() = 0;

    virtual bool is_null(int column) const = 0;
    virtual std::int64_t integer(int column) = 0;
    virtual double real(int column) = 0;
    virtual std::string_view text(int column) = 0; ///< valid until the next step
    virtual BytesView blob(int column) = 0;        ///< valid until the next step
    virtual int columns() const = 0;

    void fixed(int column, std::span<std::uint8_t> out);
    /// Notes that the row does not fit what it is read into; `fault` then tells.
    void wrong(int column, const char* wanted);
    Result<> fault() const;

protected:
    ~Cursor() = default;
    void begin(const char* name);
    const char* name() const { return name_; }

private:
    const char* name_ = "";
    std::string wrong_;
};

/// How a C++ type is bound and read. An id that is none and an empty optional are NULL, and NULL is
/// read back as that.
template <class T> struct Column;

template <class T>
requires(std::is_integral_v<T> || std::is_enum_v<T>) struct Column<T> {
    static constexpr ParameterKind kind = ParameterKind::integer;
    static void bind(Cursor& to, int n, T value) { to.bind(n, static_cast<std::int64_t>(value)); }
    static void read(Cursor& from, int column, T& out) {
        if constexpr (std::is_same_v<T, bool>)
            out = from.integer(column) != 0;
        else
            out = static_cast<T>(from.integer(column));
    }
};

template <> struct Column<double> {
    static constexpr ParameterKind kind = ParameterKind::real;
    static void bind(Cursor& to, int n, double value) { to.bind(n, value); }
    static void read(Cursor& from, int column, double& out) { out = from.real(column); }
};

template <> struct Column<Instant> {
    static constexpr ParameterKind kind = ParameterKind::integer;
    static void bind(Cursor& to, int n, Instant at) { to.bind(n, at.us); }
    static void read(Cursor& from, int column, Instant& out) { out.us = from.integer(column); }
};

template <> struct Column<std::string_view> {
    static constexpr ParameterKind kind = ParameterKind::text;
    static void bind(Cursor& to, int n, std::string_view text) { to.bind(n, text); }
};

template <> struct Column<std::string> {
    static constexpr ParameterKind kind = ParameterKind::text;
    static void bind(Cursor& to, int n, const std::string& text) {
        to.bind(n, std::string_view(text));
    }
    static void read(Cursor& from, int column, std::string& out) { out = from.text(column); }
};

template <> struct Column<BytesView> {
    static constexpr ParameterKind kind = ParameterKind::bytes;
    static void bind(Cursor& to, int n, BytesView bytes) { to.bind(n, bytes); }
};

template <> struct Column<Blob> {
    static constexpr ParameterKind kind = ParameterKind::bytes;
    static void bind(Cursor& to, int n, const Blob& blob) { to.bind(n, BytesView(blob.bytes)); }
    static void read(Cursor& from, int column, Blob& out) {
        const BytesView bytes = from.blob(column);
        out.bytes.assign(bytes.begin(), bytes.end());
    }
};

/// Ids and UUIDs.
template <class T> struct FixedColumn {
    static constexpr ParameterKind kind = ParameterKind::bytes;
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
    static constexpr ParameterKind kind = ParameterKind::text;
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
    static constexpr ParameterKind kind = Column<T>::kind;
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

/// One connection to a database, with its cache of prepared statements. Used by one thread at a
/// time, for one statement at a time.
///
/// Errors of all verbs: timed_out (the deadline passed), unavailable (the disk refused, the
/// database is away), conflict (a unique key is taken), too_large (a value or an answer beyond its
/// limit), invalid (a text that the database cannot keep), internal (the query is wrong).
class Connection {
public:
    virtual ~Connection() = default;
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// The texts must be string literals: the cache is keyed by the pointer.
    template <class Row, class... Params>
    Result<std::vector<Row>> all(const Sql& sql, const Params&... params) {
        const Run run(*this, sql, params...);
        Cursor& cursor = *TRY(run.begun());
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
        const Run run(*this, sql, params...);
        Cursor& cursor = *TRY(run.begun());
        cursor.in_pieces();
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
        const Run run(*this, sql, params...);
        Cursor& cursor = *TRY(run.begun());
        std::optional<Row> row;
        while (TRY(cursor.step()))
            if (!row) read_row(cursor, row.emplace());
        TRY(cursor.fault());
        return row;
    }

    template <class... Params> Result<Changes> run(const Sql& sql, const Params&... params) {
        const Run run(*this, sql, params...);
        Cursor& cursor = *TRY(run.begun());
        while (TRY(cursor.step())) {}
        return Changes{changes()};
    }

    /// `run` for whom it is of no interest how many rows that changed. Another machine is not
    /// waited for: its error is that of the next statement, or of settle().
    template <class... Params> Result<> put(const Sql& sql, const Params&... params) {
        const Run run(*this, sql, params...);
        return later(*TRY(run.begun()));
    }
    /// Waits for what was put.
    virtual Result<> settle() { return {}; }

    /// Runs any number of statements without parameters or rows (pragmas, migrations, BEGIN …).
    virtual Result<> execute(const std::string& sql) = 0;

    /// BEGIN, COMMIT, … : one statement without parameters or rows, compiled once. `sql` must be a
    /// string literal.
    Result<> statement(const char* sql) {
        TRY(run(Sql{sql, sql}));
        return {};
    }

    /// Statements that run past this monotonic time end with timed_out; 0 = none.
    virtual void set_deadline(std::int64_t monotonic_us) = 0;
    /// One view of the database for the reads between the two.
    virtual Result<> begin_reading() = 0;
    virtual void end_reading() = 0;
    /// Nothing that another writer commits changes what is read between this and COMMIT.
    virtual Result<> begin_writing() = 0;
    virtual Result<> commit() = 0;
    virtual void roll_back() = 0; ///< of nothing, too
    virtual bool in_transaction() const = 0;
    virtual Dialect dialect() const = 0;

    /// How many statements it has run, BEGIN and COMMIT among them. From any thread.
    std::int64_t statements() const { return ran_.load(std::memory_order_relaxed); }
    /// The name of the last one; "" before the first.
    const char* last_statement() const { return last_; }

protected:
    Connection() = default;
    /// One more; without a name the last one keeps its.
    void count(const char* name = nullptr) {
        if (name) last_ = name;
        ran_.store(ran_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    }

    /// The statement, ready to be bound; compiled at most once. internal: it does not compile, or
    /// its parameters are not exactly $1 … $n.
    virtual Result<Cursor*> begin(const Sql& sql, std::span<const ParameterKind> parameters) = 0;
    virtual void end() = 0;
    virtual Result<> later(Cursor& cursor) {
        while (TRY(cursor.step())) {}
        return {};
    }
    virtual std::int64_t changes() const = 0; ///< rows, by the last statement

private:
    /// One statement from binding to its end.
    class Run {
    public:
        template <class... Params> Run(Connection& of, const Sql& sql, const Params&... params)
            : of_(of) {
            static constexpr std::array<ParameterKind, sizeof...(Params)> kinds{
                Column<Params>::kind...};
            begun_ = of.begin(sql, kinds);
            if (!begun_) return;
            int n = 0;
            (Column<Params>::bind(**begun_, ++n, params), ...);
        }
        ~Run() {
            if (begun_) of_.end();
        }
        Run(const Run&) = delete;
        const Result<Cursor*>& begun() const { return begun_; }

    private:
        Connection& of_;
        Result<Cursor*> begun_;
    };
    static std::unexpected<Error> too_many(const char* name);

    std::atomic<std::int64_t> ran_{0}; ///< written by its user alone
    const char* last_ = "";
};

} // namespace weft::store
