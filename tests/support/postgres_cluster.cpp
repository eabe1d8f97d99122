#include "tests/support/postgres_cluster.h"

#include "base/check.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <libpq-fe.h>
#include <random>
#include <sstream>

namespace weft::testing {

namespace {

using Connection = std::shared_ptr<PGconn>;
using Answer = std::unique_ptr<PGresult, decltype(&PQclear)>;

[[noreturn]] void fail_with(const std::string& what,
                            std::source_location at = std::source_location::current()) {
    check_failed(what.c_str(), at);
}

Connection connect_to(const std::string& url) {
    Connection connection(PQconnectdb(url.c_str()), &PQfinish);
    if (PQstatus(connection.get()) != CONNECTION_OK)
        fail_with("no connection to " + url + ": " + PQerrorMessage(connection.get()));
    return connection;
}

std::string text_of(const PGresult* answer) {
    if (PQresultStatus(answer) != PGRES_TUPLES_OK)
        return PQcmdStatus(const_cast<PGresult*>(answer));
    std::string text;
    for (int row = 0; row < PQntuples(answer); ++row) {
        if (row > 0) text += '\n';
        for (int column = 0; column < PQnfields(answer); ++column) {
            if (column > 0) text += '|';
            text += PQgetvalue(answer, row, column);
        }
    }
    return text;
}

std::string run_sql(const Connection& connection, const std::string& sql) {
    const Answer answer(PQexec(connection.get(), sql.c_str()), &PQclear);
    const ExecStatusType status = PQresultStatus(answer.get());
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK && status != PGRES_EMPTY_QUERY)
        fail_with(PQerrorMessage(connection.get()) + ("in: " + sql));
    return text_of(answer.get());
}

/// The name in a URL, or the name that it is.
std::string name_of(std::string_view database) {
    if (database.find("://") != std::string_view::npos) {
        database = database.substr(database.rfind('/') + 1);
        database = database.substr(0, database.find('?'));
    }
    return std::string(database);
}

std::string literal(std::string_view database) { return "'" + name_of(database) + "'"; }
std::string identifier(std::string_view database) { return "\"" + name_of(database) + "\""; }

std::string fresh_name() {
    std::random_device random;
    return "weft_" + std::to_string(random()) + "_" + std::to_string(random());
}

std::vector<std::string> command_for(const std::string& folder, const PostgresOptions& options) {
    std::vector<std::string> command{WEFT_SOURCE_DIR "/tools/postgres.sh", "cluster", folder};
    if (options.fsync == PostgresOptions::Fsync::off) command.emplace_back("fsync=off");
    for (const auto& [name, value] : options.settings) {
        command.push_back(name);
        command.back() += '=';
        command.back() += value;
    }
    return command;
}

std::string content_of(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return std::move(text).str();
}

} // namespace

PostgresCluster::PostgresCluster(const PostgresOptions& options)
    : folder_(fresh_folder("postgres")), socket_folder_(folder_) {
    constexpr std::size_t folder_bytes_max = 85; // a socket's path has 107 at most
    if (folder_.size() > folder_bytes_max)
        fail_with("the path of the temporary folder is too long for a Unix socket: set TMPDIR to "
                  "a shorter one");
    program_ = std::make_unique<KeptProgram>(command_for(folder_, options));
    take_answer();
}

PostgresCluster::PostgresCluster(const std::string& url) {
    const Connection connection = connect_to(url);
    user_ = PQuser(connection.get());
    port_ = std::atoi(run_sql(connection, "SHOW port").c_str());
    socket_folder_ = run_sql(connection, "SHOW unix_socket_directories");
    socket_folder_ = socket_folder_.substr(0, socket_folder_.find(','));
    if (run_sql(connection, "SHOW is_superuser") != "on")
        fail_with("WEFT_TEST_POSTGRES must name a superuser: " + user_ + " is none");
}

PostgresCluster::~PostgresCluster() = default;

PostgresCluster& PostgresCluster::shared() {
    const char* url = std::getenv("WEFT_TEST_POSTGRES");
    static PostgresCluster one =
        url && *url ? PostgresCluster(std::string(url)) : PostgresCluster();
    return one;
}

/// What the script says after a start.
void PostgresCluster::take_answer() {
    const std::string answer = program_->answer();
    if (answer.starts_with("ready ")) {
        port_ = std::atoi(answer.c_str() + 6);
        return;
    }
    fail_with("PostgreSQL does not start; if it is missing, run ./dev setup. It says: " +
              content_of(folder_ + "/log"));
}

std::string PostgresCluster::url(std::string_view database) const {
    return "postgres://" + user_ + "@127.0.0.1:" + std::to_string(port_) + "/" + name_of(database);
}

std::string PostgresCluster::socket_url(std::string_view database) const {
    std::string host;
    for (const char c : socket_folder_)
        if (c == '/')
            host += "%2F";
        else
            host += c;
    return "postgres://" + user_ + "@" + host + ":" + std::to_string(port_) + "/" +
           name_of(database);
}

std::string PostgresCluster::create_database(std::string_view model) {
    const std::string name = fresh_name();
    std::string sql = "CREATE DATABASE " + identifier(name) + " STRATEGY = wal_log";
    if (!model.empty()) sql += " TEMPLATE = " + identifier(model);
    manage(sql);
    return socket_url(name);
}

void PostgresCluster::drop_database(std::string_view database) {
    manage("DROP DATABASE " + identifier(database) + " WITH (FORCE)");
}

int PostgresCluster::kill_backends(std::string_view database) {
    const std::string killed =
        manage("SELECT count(*) FILTER (WHERE pg_terminate_backend(pid, 20000)) "
               "FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
               "AND backend_type = 'client backend' AND datname = " +
               literal(database));
    return std::atoi(killed.c_str());
}

std::string PostgresCluster::psql(std::string_view database, const std::string& sql) const {
    return run_sql(connect_to(socket_url(database)), sql);
}

/// Runs what is done to the cluster. Its connection may have ended with the server since.
std::string PostgresCluster::manage(const std::string& sql) {
    const Lock lock(mutex_);
    if (!manager_ || PQsocket(manager_.get()) < 0 || !PQconsumeInput(manager_.get()))
        manager_ = connect_to(socket_url("postgres"));
    return run_sql(manager_, sql);
}

void PostgresCluster::stop(Stop how) {
    if (!program_) fail_with("this cluster is not this program's: make a PostgresCluster to stop");
    program_->send(how == Stop::fast ? "stop INT" : "stop QUIT");
    if (program_->answer() != "stopped") fail_with("PostgreSQL does not stop");
}

void PostgresCluster::start() {
    if (!program_) fail_with("this cluster is not this program's: make a PostgresCluster to start");
    program_->send("start");
    take_answer();
}

void PostgresCluster::begin_start() {
    if (!program_) fail_with("this cluster is not this program's: make a PostgresCluster to start");
    program_->send("launch");
    if (program_->answer() != "launched") fail_with("PostgreSQL is not launched");
}

std::string PostgresCluster::log() const { return content_of(folder_ + "/run.log"); }

} // namespace weft::testing
