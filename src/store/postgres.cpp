#include "store/postgres.h"

#include <libpq-fe.h>
#include <poll.h>
#include <sodium.h>

#include <cerrno>
#include <cstring>

namespace weft::store {

namespace {

constexpr std::size_t processes_max = 64; ///< behind a pooler, whose statements are remembered
constexpr std::int64_t cancel_us_max = 1'000'000;

/// Defaults that the URL may override: a dead network is noticed in seconds.
constexpr const char* defaults[][2] = {
    {"application_name", "weft"}, {"connect_timeout", "2"},  {"keepalives_idle", "5"},
    {"keepalives_interval", "2"}, {"keepalives_count", "3"}, {"tcp_user_timeout", "10000"},
    {"client_encoding", "UTF8"},
};

bool is_command(const PGresult* result) {
    const auto status = PQresultStatus(result);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

std::string_view state_of(const PGresult* result) {
    const char* state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : nullptr;
    return state ? state : "";
}

bool ends_connection(std::string_view state) {
    return state.starts_with("08") || state == "57P01" || state == "57P02" || state == "57P03";
}

Error error_for(std::string_view state, std::string log_text) {
    if (state == "23505")
        return {Code::conflict, "There is already one with that name or id.", std::move(log_text)};
    if (state == "57014")
        return {Code::timed_out, "Reading took too long and was given up.", std::move(log_text)};
    if (state == "22021" || state == "22P05")
        return {Code::invalid, "A text holds a character that cannot be stored.",
                std::move(log_text)};
    if (state.starts_with("54"))
        return {Code::too_large, "A value is too large to be stored.", std::move(log_text)};
    if (state == "53100")
        return {Code::unavailable, "The disk of the database is full: nothing more can be saved.",
                std::move(log_text)};
    if (state == "25006")
        return {Code::unavailable, "The database takes no writes at the moment.",
                std::move(log_text)};
    if (state == "40001" || state == "40P01" || state == "55P03" || state == "26000" ||
        state.starts_with("53"))
        return {Code::unavailable, "The store is busy; try again.", std::move(log_text), {}, 1};
    if (ends_connection(state)) return database_away(std::move(log_text));
    return {Code::internal, "The store could not do this.", std::move(log_text)};
}

} // namespace

void EndResult::operator()(pg_result* result) const { PQclear(result); }

std::string field(const PostgresResult& answer, int row, int column) {
    return {PQgetvalue(answer.get(), row, column),
            static_cast<std::size_t>(PQgetlength(answer.get(), row, column))};
}

Error postgres_error(pg_conn* connection, const pg_result* result, const char* name) {
    const char* said = result ? PQresultErrorMessage(result) : PQerrorMessage(connection);
    std::string text(said ? said : "");
    while (text.ends_with('\n')) text.pop_back();
    const std::string_view state = state_of(result);
    if (connection && PQstatus(connection) == CONNECTION_BAD)
        return database_away(fmt::format("{}: {}", name, text));
    return error_for(state, fmt::format("{}: {} ({})", name, text, state));
}

PostgresConnection::PostgresConnection(Reach& reach, milliseconds silence)
    : reach_(reach), silence_(silence) {
    std::array<unsigned char, 6> mark{};
    randombytes_buf(mark.data(), mark.size());
    mark_ = "weft_" + to_hex(mark);
}

PostgresConnection::~PostgresConnection() { close(); }

void PostgresConnection::close() {
    if (connection_) PQfinish(std::exchange(connection_, nullptr));
    begun_ = false;
    posted_.clear();
    awaited_.clear();
    preparing_.clear();
    unsettled_ = false;
    transactions_ = 0;
    plan_at_ = first_plans;
}

Result<> PostgresConnection::open() {
    close();
    ++openings_;
    std::vector<const char*> names;
    std::vector<const char*> values;
    for (const auto& [name, value] : defaults) {
        names.push_back(name);
        values.push_back(value);
    }
    names.push_back("dbname"); // the whole URL: it is taken apart, and what it says wins
    values.push_back(reach_.url().c_str());
    names.push_back(nullptr);
    values.push_back(nullptr);
    connection_ = PQconnectdbParams(names.data(), values.data(), 1);
    if (PQstatus(connection_) != CONNECTION_OK)
        return lost("connect", std::string(PQerrorMessage(connection_)));
    PQsetNoticeReceiver(connection_, [](void*, const PGresult*) {}, nullptr);
    PQsetnonblocking(connection_, 1);
    if (PQenterPipelineMode(connection_) != 1) return lost("connect", "no pipeline mode");
    return learn_server();
}

/// A pooler has made up the number that libpq knows for the server's process. The server, too, is
/// to notice a dead network in seconds: what it holds for us, others wait for.
Result<> PostgresConnection::learn_server() {
    const auto answer =
        TRY(ask("SELECT pg_catalog.pg_backend_pid()::text, set_config('tcp_keepalives_idle', '5', "
                "false), set_config('tcp_keepalives_interval', '2', false), "
                "set_config('tcp_keepalives_count', '3', false), "
                "set_config('tcp_user_timeout', '10000', false)"));
    prepared_.clear();
    names_.clear();
    process_ = field(answer, 0, 0);
    pooled_ = process_ != std::to_string(PQbackendPID(connection_));
    return {};
}

/// Which server process this transaction has: what was prepared is there or not.
Result<> PostgresConnection::look_whose_process() {
    if (!pooled_ || unnamed_) return {};
    const auto answer = ask("SELECT pid::text || ' ' || backend_start::text FROM "
                            "pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid())");
    if (!answer) {
        close(); // nor is the transaction begun
        return std::unexpected(answer.error());
    }
    process_ = field(*answer, 0, 0);
    if (prepared_.size() > processes_max && !prepared_.contains(process_)) prepared_.clear();
    return {};
}

bool PostgresConnection::is_sound() const {
    return connection_ && PQtransactionStatus(connection_) != PQTRANS_INERROR;
}

bool PostgresConnection::was_closed() {
    if (!connection_) return true;
    pollfd look{.fd = PQsocket(connection_), .events = POLLIN, .revents = 0};
    while (::poll(&look, 1, 0) > 0) { // its last words come before its end
        if (PQconsumeInput(connection_) == 1 && PQstatus(connection_) == CONNECTION_OK) continue;
        close();
        return true;
    }
    return false;
}

int PostgresConnection::socket() const { return connection_ ? PQsocket(connection_) : -1; }

bool PostgresConnection::take_notices() {
    bool any = false;
    while (connection_) {
        PGnotify* notice = PQnotifies(connection_);
        if (!notice) break;
        any = any || notice->be_pid != PQbackendPID(connection_);
        PQfreemem(notice);
    }
    return any;
}

Result<> PostgresConnection::begin_as(const char* words) {
    if (was_closed()) TRY(open());
    CHECK(!begun_);
    posted_.emplace_back(words);
    begun_ = true;
    if (++transactions_ == plan_at_) {
        post("DISCARD PLANS");
        plan_at_ *= plan_growth;
    }
    return look_whose_process();
}

Result<> PostgresConnection::begin_reading() {
    return begin_as("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
}

bool PostgresConnection::is_begin_unsent() const {
    return !posted_.empty() && posted_.front().starts_with("BEGIN");
}

/// The answer is not waited for: it is read before the next one.
void PostgresConnection::end_reading() {
    if (!begun_) return;
    begun_ = false;
    if (is_begin_unsent()) return posted_.clear();
    post("COMMIT");
    if (!send_posted() || !send_sync() || PQflush(connection_) < 0) close();
}

Result<> PostgresConnection::begin_writing() {
    in_doubt_ = false;
    return begin_as("BEGIN ISOLATION LEVEL READ COMMITTED");
}

void PostgresConnection::post(std::string sql) { posted_.push_back(std::move(sql)); }

Result<> PostgresConnection::commit() {
    if (!connection_) return std::unexpected(database_away("the connection is closed"));
    begun_ = false;
    in_doubt_ = true;
    auto answer = plain("COMMIT"); // and never on a new connection
    if (!answer) {
        in_doubt_ = in_doubt_ && !connection_;    // an answer that says no is an answer
        if (connection_) (void)plain("ROLLBACK"); // what was sent with it failed: it was not begun
        return std::unexpected(std::move(answer).error());
    }
    in_doubt_ = false;
    if (std::string_view(PQcmdStatus(answer->get())) == "COMMIT") return {};
    return fail(Code::unavailable, "The store could not save this; try again.",
                "commit: a statement of it had failed");
}

void PostgresConnection::roll_back() {
    if (!begun_) return;
    begun_ = false;
    if (is_begin_unsent()) return posted_.clear();
    posted_.clear();
    if (connection_) (void)plain("ROLLBACK");
}

/// Many statements in one text: libpq does that outside of pipelines only.
Result<> PostgresConnection::execute(const std::string& sql) {
    if (!begun_ && was_closed()) TRY(open());
    if (!connection_) return std::unexpected(database_away("the connection is closed"));
    TRY(ask("SELECT")); // whatever was sent before is answered
    if (PQexitPipelineMode(connection_) != 1) return lost("execute", "pipeline");
    Result<> done;
    if (PQsendQuery(connection_, sql.c_str()) != 1) return lost("execute", "send");
    TRY(flush("execute"));
    for (;;) {
        const auto result = TRY(next("execute"));
        if (!result) break;
        if (!is_command(result.get()) && done)
            done = std::unexpected(
                postgres_error(connection_, result.get(), sql.substr(0, 60).c_str()));
    }
    if (PQenterPipelineMode(connection_) != 1) return lost("execute", "pipeline");
    return done;
}

Result<PostgresResult> PostgresConnection::ask(const std::string& sql) {
    if (!begun_ && was_closed()) TRY(open());
    count();
    return exchange({.name = "ask", .text = sql.c_str()});
}

bool PostgresConnection::send(const Sql& sql, const std::vector<Parameter>& parameters) {
    std::vector<unsigned> types;
    std::vector<const char*> values;
    std::vector<int> lengths;
    const std::vector<int> formats(parameters.size(), 1);
    for (const Parameter& each : parameters) {
        types.push_back(each.type);
        values.push_back(each.bytes.data());
        lengths.push_back(static_cast<int>(each.bytes.size()));
    }
    count(sql.name);
    return send_posted() && send(Statement{.name = sql.name,
                                           .text = sql.in_postgres(),
                                           .keep = Keep::prepared,
                                           .count = static_cast<int>(parameters.size()),
                                           .types = types.data(),
                                           .values = values.data(),
                                           .lengths = lengths.data(),
                                           .formats = formats.data()});
}

Result<PostgresResult> PostgresConnection::run_arrays(const Sql& sql,
                                                      const std::vector<Parameter>& parameters) {
    if (!connection_) return std::unexpected(database_away("the connection is closed"));
    if (!send(sql, parameters) || !send_sync()) return lost(sql.name, "send");
    TRY(flush(sql.name));
    return answer(sql.name);
}

Result<PostgresResult> PostgresConnection::run_last(const Sql& sql,
                                                    const std::vector<Parameter>& parameters) {
    if (!connection_) return std::unexpected(database_away("the connection is closed"));
    in_doubt_ = true;
    if (!send(sql, parameters)) return lost(sql.name, "send");
    post("COMMIT");
    if (!send_posted() || !send_sync()) return lost(sql.name, "send");
    TRY(flush(sql.name));
    auto found = answer(sql.name);
    if (!connection_) return found; // whether it was committed is not known
    in_doubt_ = false;
    if (!found) {
        roll_back();
        return found;
    }
    begun_ = false;
    return found;
}

Result<Cursor*> PostgresConnection::begin(const Sql& sql,
                                          std::span<const ParameterKind> parameters) {
    count(sql.name);
    if (!connection_) return std::unexpected(database_away("the connection is closed"));
    cursor_.begin(sql, parameters);
    return &cursor_;
}

// --- the wire
// ----------------------------------------------------------------------------------------

/// Sends what was posted and the statement, and waits for the statement's result.
Result<PostgresResult> PostgresConnection::exchange(const Statement& statement) {
    if (!connection_) return std::unexpected(database_away("the connection is closed"));
    if (!send_posted() || !send(statement) || !send_sync()) return lost(statement.name, "send");
    TRY(flush(statement.name));
    return answer(statement.name);
}

bool PostgresConnection::send_posted() {
    for (const std::string& sql : posted_) {
        if (PQsendQueryParams(connection_, sql.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 1) !=
            1)
            return false;
        awaited_.push_back(Await::command);
        count();
    }
    posted_.clear();
    return true;
}

Result<> PostgresConnection::send_later(const Statement& statement) {
    if (!connection_) return std::unexpected(database_away("the connection is closed"));
    if (!send_posted() || !send(statement, Await::command)) return lost(statement.name, "send");
    unsettled_ = true;
    return {};
}

Result<> PostgresConnection::settle() {
    if (!unsettled_) return {};
    if (!connection_) return std::unexpected(database_away("the connection is closed"));
    if (!send_posted() || !send_sync()) return lost("settle", "send");
    TRY(flush("settle"));
    TRY(answer("settle"));
    return {};
}

bool PostgresConnection::send(const Statement& statement, Await awaited) {
    int sent = 0;
    const bool known_process = begun_ || !pooled_;
    if (statement.keep == Keep::no || unnamed_ || !known_process) {
        sent = PQsendQueryParams(connection_, statement.text, statement.count, statement.types,
                                 statement.values, statement.lengths, statement.formats, 1);
    } else {
        std::string& as = names_[statement.text];
        if (as.empty()) as = fmt::format("{}_{}", mark_, ++named_);
        if (!prepare(statement, as)) return false;
        sent = PQsendQueryPrepared(connection_, as.c_str(), statement.count, statement.values,
                                   statement.lengths, statement.formats, 1);
    }
    awaited_.push_back(awaited);
    return sent == 1;
}

bool PostgresConnection::prepare(const Statement& statement, const std::string& as) {
    if (!prepared_[process_].insert(statement.text).second) return true;
    preparing_.push_back(statement.text);
    awaited_.push_back(Await::command);
    return PQsendPrepare(connection_, as.c_str(), statement.text, statement.count,
                         statement.types) == 1;
}

bool PostgresConnection::send_sync() {
    awaited_.push_back(Await::sync);
    return PQpipelineSync(connection_) == 1;
}

/// Reads up to the result that is waited for, and what comes with it. An error before it, since the
/// last sync, is its error: the server has not run it then.
Result<PostgresResult> PostgresConnection::answer(const char* name) {
    PostgresResult wanted;
    std::optional<Error> error;
    while (!awaited_.empty()) {
        const Await awaited = awaited_.front();
        awaited_.pop_front();
        auto result = TRY(next(name));
        if (!result) return lost(name, "an answer is missing");
        if (awaited == Await::sync) {
            if (PQresultStatus(result.get()) != PGRES_PIPELINE_SYNC) return lost(name, "no sync");
            if (!awaited_.empty()) error.reset(); // of an earlier exchange, that nobody waits for
            continue;
        }
        const auto state = state_of(result.get());
        if (!is_command(result.get()) && !error) {
            error = postgres_error(connection_, result.get(), name);
            if (state == "26000") unnamed_ = true;
            if (ends_connection(state)) return lost(name, error->log_text);
        }
        if (awaited == Await::answer) wanted = std::move(result);
        if (TRY(next(name))) return lost(name, "an answer too many");
    }
    unsettled_ = false;
    const auto prepared = std::exchange(preparing_, {});
    if (!error) return wanted;
    for (const char* each : prepared) { // there or not: the next time it gets another name
        names_.erase(each);
        for (auto& [process, known] : prepared_) known.erase(each);
    }
    return std::unexpected(*std::move(error));
}

/// The next result; none: the end of one statement's.
Result<PostgresResult> PostgresConnection::next(const char* name) {
    while (PQisBusy(connection_) == 1) {
        TRY(wait(POLLIN, name));
        if (PQconsumeInput(connection_) != 1) return lost(name, PQerrorMessage(connection_));
    }
    PostgresResult result(PQgetResult(connection_));
    if (PQstatus(connection_) == CONNECTION_BAD) return lost(name, PQerrorMessage(connection_));
    return result;
}

Result<> PostgresConnection::flush(const char* name) {
    for (;;) {
        const int left = PQflush(connection_);
        if (left == 0) return {};
        if (left < 0) return lost(name, PQerrorMessage(connection_));
        TRY(wait(POLLIN | POLLOUT, name));
        if (PQconsumeInput(connection_) != 1) return lost(name, PQerrorMessage(connection_));
    }
}

/// timed_out: the deadline passed; what was asked is given up, and the connection with it.
Result<> PostgresConnection::wait(short events, const char* name) {
    const std::int64_t now_us = monotonic_us();
    const std::int64_t silent_us = now_us + microseconds(silence_).count();
    const bool hurried = deadline_us_ != 0 && deadline_us_ < silent_us;
    const std::int64_t until_us = hurried ? deadline_us_ : silent_us;
    pollfd look{.fd = PQsocket(connection_), .events = events, .revents = 0};
    const auto ms = std::max<std::int64_t>(0, (until_us - now_us + 999) / 1'000);
    const int ready = ::poll(&look, 1, static_cast<int>(ms));
    if (ready > 0 || (ready < 0 && errno == EINTR)) return {};
    if (!hurried) return lost(name, "no answer for too long");
    cancel();
    close();
    return fail(Code::timed_out, "Reading took too long and was given up.", name);
}

/// Of a transaction's statement. On a connection of its own: libpq's PQcancel waits without end for
/// a server that says nothing.
void PostgresConnection::cancel() {
    if (!begun_ || (pooled_ && unnamed_)) return;
    PostgresConnection other(reach_);
    other.set_deadline(monotonic_us() + cancel_us_max);
    (void)other.ask("SELECT pg_cancel_backend(" + process_.substr(0, process_.find(' ')) + ")");
}

std::unexpected<Error> PostgresConnection::lost(const char* name, const std::string& why) {
    Error error = database_away(fmt::format("{}: {}", name, why));
    reach_.note_away(error);
    close();
    return std::unexpected(std::move(error));
}

} // namespace weft::store
