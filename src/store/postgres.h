#pragma once

#include "store/connection.h"
#include "store/reach.h"

#include <deque>
#include <map>
#include <memory>
#include <set>

struct pg_conn;
struct pg_result;

namespace weft::store {

struct EndResult {
    void operator()(pg_result* result) const;
};
using PostgresResult = std::unique_ptr<pg_result, EndResult>;

/// A field as it was sent: the bytes of a text. Row and column count from 0.
std::string field(const PostgresResult& answer, int row, int column);

class PostgresConnection;

/// A statement as libpq wants it.
struct PostgresStatement {
    enum class Keep { prepared, no };
    const char* name;
    const char* text;
    Keep keep = Keep::no;
    int count = 0;
    const unsigned* types = nullptr;
    const char* const* values = nullptr;
    const int* lengths = nullptr;
    const int* formats = nullptr;
};

/// Parameters in binary, results in binary, rows of one statement.
class PostgresCursor final : public Cursor {
public:
    explicit PostgresCursor(PostgresConnection& connection) : connection_(connection) {}
    void begin(const Sql& sql, std::span<const ParameterKind> parameters);
    void end();

    void bind(int n, std::int64_t value) override;
    void bind(int n, double value) override;
    void bind(int n, std::string_view text) override;
    void bind(int n, BytesView bytes) override;
    void bind_copy(int n, std::string text) override;
    void bind_null(int n) override;
    void in_pieces() override { in_pieces_ = true; }
    Result<bool> step() override;
    bool is_null(int column) const override;
    std::int64_t integer(int column) override;
    double real(int column) override;
    std::string_view text(int column) override;
    BytesView blob(int column) override;
    int columns() const override;

    std::int64_t changes() const;

private:
    friend class PostgresConnection;
    struct Value {
        const char* bytes = nullptr; ///< none: NULL
        std::size_t size = 0;
        std::array<char, 8> number{};
        std::string kept;
    };

    bool is(int column, std::initializer_list<unsigned> types, const char* wanted);
    Result<> ask();
    Result<> ask_later();
    PostgresStatement statement();
    Result<> fetch();

    PostgresConnection& connection_;
    Sql sql_{};
    std::span<const ParameterKind> kinds_;
    // Kept from statement to statement.
    std::vector<Value> values_;
    std::vector<unsigned> types_;
    std::vector<const char*> pointers_;
    std::vector<int> lengths_;
    std::vector<int> formats_;
    PostgresResult result_;
    int row_ = -1;
    bool asked_ = false;
    bool open_ = false; ///< a statement is being run
    bool in_pieces_ = false;
    Result<> refused_;
};

/// A connection to PostgreSQL through libpq. Statements are prepared once per server process, also
/// behind a pooler that gives each transaction another one. No wait outlasts its deadline or
/// `silence` (usually Reach's): a connection that does not answer is given up.
///
/// All of it happens in transactions: begin_reading or begin_writing first.
class PostgresConnection final : public Connection {
public:
    /// Closed; the first transaction opens it, and each that finds it closed. `reach` hears of it
    /// when the database does not answer.
    explicit PostgresConnection(Reach& reach) : PostgresConnection(reach, reach.silence()) {}
    PostgresConnection(Reach& reach, milliseconds silence);
    ~PostgresConnection() override;

    /// Closes it and connects anew. unavailable: it cannot be reached; the log text says why.
    Result<> open();

    Result<> execute(const std::string& sql) override;
    void set_deadline(std::int64_t monotonic_us) override { deadline_us_ = monotonic_us; }
    Result<> begin_reading() override;
    void end_reading() override;
    Result<> begin_writing() override;
    bool in_transaction() const override { return begun_; }
    Dialect dialect() const override { return Dialect::postgres; }

    /// Sent with the next statement, whose error is also its own. No parameters, no rows.
    void post(std::string sql);
    /// Ends the transaction. unavailable with `in_doubt()`: whether it did is not known.
    Result<> commit() override;
    void roll_back() override;
    Result<> settle() override;
    /// The last commit was sent and not answered.
    bool in_doubt() const { return in_doubt_; }

    /// One statement that is not kept, after what was posted; a transaction of its own outside of
    /// one.
    Result<PostgresResult> ask(const std::string& sql);
    /// A parameter in the server's binary form of its type.
    struct Parameter {
        unsigned type = 0;
        std::string bytes;
    };
    /// One statement, after what was posted.
    Result<PostgresResult> run_arrays(const Sql& sql, const std::vector<Parameter>& parameters);
    /// The transaction's last statement and its COMMIT, sent together: one wait for both. What it
    /// found; errors as those of commit().
    Result<PostgresResult> run_last(const Sql& sql, const std::vector<Parameter>& parameters);

    /// False: it is of no use any more.
    bool is_open() const { return connection_ != nullptr; }
    /// Whether the transaction may go on: no statement of it has failed.
    bool is_sound() const;
    /// Whether the server has closed it meanwhile.
    bool was_closed();
    bool is_pooled() const { return pooled_; }
    int openings() const { return openings_; } ///< how often it was opened
    int socket() const;                        ///< to be polled for notices; -1: it is not open
    /// Whether other sessions have notified since the last time.
    bool take_notices();

private:
    friend class PostgresCursor;
    enum class Await { command, answer, sync };
    using Statement = PostgresStatement;
    using Keep = PostgresStatement::Keep;

    Result<Cursor*> begin(const Sql& sql, std::span<const ParameterKind> parameters) override;
    void end() override { cursor_.end(); }
    Result<> later(Cursor&) override { return cursor_.ask_later(); }
    std::int64_t changes() const override { return cursor_.changes(); }

    /// Begun, but the server has not heard of it yet.
    bool is_begin_unsent() const;
    Result<> begin_as(const char* words);
    Result<> learn_server();
    Result<> look_whose_process();
    void cancel();
    Result<PostgresResult> exchange(const Statement& statement);
    Result<PostgresResult> plain(const char* text) {
        count();
        return exchange({.name = text, .text = text});
    }
    bool send_posted();
    bool send(const Statement& statement, Await awaited = Await::answer);
    bool send(const Sql& sql, const std::vector<Parameter>& parameters);
    Result<> send_later(const Statement& statement);
    bool send_sync();
    bool prepare(const Statement& statement, const std::string& as);
    Result<PostgresResult> answer(const char* name);
    Result<PostgresResult> next(const char* name);
    Result<> flush(const char* name);
    Result<> wait(short events, const char* name);
    std::unexpected<Error> lost(const char* name, const std::string& why);
    void close();

    Reach& reach_;
    const milliseconds silence_;
    pg_conn* connection_ = nullptr;
    int openings_ = 0;
    std::int64_t deadline_us_ = 0;
    bool pooled_ = false;  ///< each transaction may have another server process
    bool unnamed_ = false; ///< a pooler forgets what was prepared
    bool begun_ = false;
    bool in_doubt_ = false;
    // The plan of a prepared statement stays as it was made, perhaps when the tables were empty and
    // each index as good as another. So plans are made anew, ever more seldom.
    static constexpr std::int64_t first_plans = 64; ///< transactions
    static constexpr std::int64_t plan_growth = 4;
    std::int64_t transactions_ = 0;
    std::int64_t plan_at_ = first_plans;
    std::deque<std::string> posted_;
    std::deque<Await> awaited_; ///< of what was sent, in order
    std::string mark_;          ///< of the names of our prepared statements
    int named_ = 0;
    std::map<const char*, std::string> names_;
    std::vector<const char*> preparing_; ///< since the last sync
    bool unsettled_ = false;             ///< something was put, and no answer read since
    std::map<std::string, std::set<const char*>> prepared_; ///< by server process
    std::string process_;
    PostgresCursor cursor_{*this};
};

/// The error that stands for a result or, without one, for the connection's own state.
Error postgres_error(pg_conn* connection, const pg_result* result, const char* name);

} // namespace weft::store
