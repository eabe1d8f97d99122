// What the tests of the PostgreSQL store stand on: a cluster, a proxy with faults, pgbouncer.

#include "base/check.h"
#include "base/time.h"
#include "tests/support/fault_proxy.h"
#include "tests/support/pgbouncer.h"
#include "tests/support/postgres_cluster.h"

#include <gmock/gmock.h>

#include <fcntl.h>
#include <filesystem>
#include <libpq-fe.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace weft::testing {
namespace {

using ::testing::HasSubstr;
using Which = FaultProxy::Which;
using Direction = FaultProxy::Direction;

/// A connection of libpq, as the store has them.
class Client {
public:
    explicit Client(const std::string& url) : connection_(PQconnectdb(url.c_str())) {}
    ~Client() { PQfinish(connection_); }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    bool connected() const { return PQstatus(connection_) == CONNECTION_OK; }
    std::string error() const { return PQerrorMessage(connection_); }
    /// The first field, or the server's word; empty: the connection is gone.
    std::string ask(const std::string& sql) {
        PGresult* answer = PQexec(connection_, sql.c_str());
        std::string text;
        if (PQresultStatus(answer) == PGRES_TUPLES_OK) text = PQgetvalue(answer, 0, 0);
        if (PQresultStatus(answer) == PGRES_COMMAND_OK) text = PQcmdStatus(answer);
        PQclear(answer);
        return text;
    }
    bool send(const std::string& sql) { return PQsendQuery(connection_, sql.c_str()) == 1; }
    /// Bytes, or the end of the connection, arrive within that time.
    bool hears(milliseconds at_most) const {
        pollfd waits{.fd = PQsocket(connection_), .events = POLLIN, .revents = 0};
        return ::poll(&waits, 1, static_cast<int>(at_most.count())) > 0;
    }
    std::string answer() {
        std::string text;
        while (PGresult* each = PQgetResult(connection_)) {
            if (PQresultStatus(each) == PGRES_TUPLES_OK) text = PQgetvalue(each, 0, 0);
            PQclear(each);
        }
        return text;
    }

private:
    PGconn* connection_;
};

/// A database with the table `t`, behind a proxy.
struct Proxied {
    std::string database = PostgresCluster::shared().create_database();
    FaultProxy proxy{PostgresCluster::shared().port()};
    std::string url = proxy.url_through(PostgresCluster::shared().url(database));

    Proxied() { PostgresCluster::shared().psql(database, "CREATE TABLE t (n int)"); }
    ~Proxied() { PostgresCluster::shared().drop_database(database); }
    std::string rows() const {
        return PostgresCluster::shared().psql(database, "SELECT count(*) FROM t");
    }
};

constexpr milliseconds silence{150}; // in which nothing must arrive
constexpr milliseconds soon{20'000}; // in which something must

milliseconds time_of(const std::function<void()>& action) {
    const std::int64_t from_us = monotonic_us();
    action();
    return milliseconds((monotonic_us() - from_us) / 1000);
}

TEST(PostgresCluster, makes_and_drops_databases) {
    PostgresCluster& cluster = PostgresCluster::shared();
    const std::string model = cluster.create_database();
    EXPECT_EQ(cluster.psql(model, "CREATE TABLE t AS SELECT 1 AS a, 'x' AS b UNION SELECT 2, 'y'"),
              "SELECT 2");
    const std::string copy = cluster.create_database(model);
    EXPECT_NE(copy, model);
    EXPECT_EQ(cluster.psql(copy, "SELECT * FROM t ORDER BY a"), "1|x\n2|y");
    EXPECT_EQ(cluster.psql(copy, "SHOW server_encoding; SHOW lc_collate"), "C");
    EXPECT_EQ(Client(cluster.url(copy)).ask("SELECT count(*) FROM t"), "2");
    cluster.drop_database(copy);
    cluster.drop_database(model);
    EXPECT_FALSE(Client(copy).connected());
    EXPECT_THROW(cluster.psql("postgres", "SELECT no_such_column"), InvariantBroken);
}

TEST(PostgresCluster, makes_a_database_quickly) {
    PostgresCluster& cluster = PostgresCluster::shared();
    milliseconds best = soon;
    for (int times = 0; times < 10; ++times) {
        std::string database;
        best = std::min(best, time_of([&] { database = cluster.create_database(); }));
        cluster.drop_database(database);
    }
    RecordProperty("create_database_ms", static_cast<int>(best.count()));
    std::printf("a database in %d ms\n", static_cast<int>(best.count()));
}

TEST(PostgresCluster, kills_the_backends_of_one_database) {
    PostgresCluster& cluster = PostgresCluster::shared();
    const std::string one = cluster.create_database();
    const std::string other = cluster.create_database();
    Client first(one);
    Client second(cluster.url(one));
    Client third(other);
    EXPECT_EQ(cluster.kill_backends(one), 2);
    EXPECT_EQ(first.ask("SELECT 1"), "");
    EXPECT_EQ(second.ask("SELECT 1"), "");
    EXPECT_EQ(third.ask("SELECT 1"), "1");
    cluster.drop_database(one);
    cluster.drop_database(other); // with a user in it
}

TEST(PostgresCluster, stops_and_starts_on_the_same_port_with_what_was_committed) {
    PostgresCluster cluster({.settings = {{"application_name", "it's mine"}}});
    EXPECT_EQ(cluster.psql("postgres", "SHOW application_name"), "it's mine");
    EXPECT_EQ(cluster.psql("postgres", "SHOW fsync"), "off");
    const std::string database = cluster.create_database();
    const std::string url = cluster.url(database);
    cluster.psql(database, "CREATE TABLE t (n int)");
    Client client(url);
    for (const auto how : {PostgresCluster::Stop::immediate, PostgresCluster::Stop::fast}) {
        cluster.psql(database, "INSERT INTO t VALUES (1)");
        cluster.stop(how);
        EXPECT_EQ(client.ask("SELECT 1"), "");
        EXPECT_THAT(Client(url).error(), HasSubstr("Connection refused"));
        EXPECT_THROW(cluster.psql(database, "SELECT 1"), InvariantBroken);
        cluster.start();
    }
    EXPECT_EQ(Client(url).ask("SELECT count(*) FROM t"), "2");
}

TEST(PostgresCluster, of_somebody_else_is_used_and_not_stopped) {
    PostgresCluster own({.fsync = PostgresOptions::Fsync::on});
    EXPECT_EQ(own.psql("postgres", "SHOW fsync"), "on");
    std::string database;
    {
        PostgresCluster same(own.url());
        EXPECT_EQ(same.port(), own.port());
        EXPECT_EQ(same.socket_url("x"), own.socket_url("x"));
        database = same.create_database();
        EXPECT_THROW(same.stop(), InvariantBroken);
    }
    EXPECT_EQ(own.psql(database, "SELECT 1"), "1");
}

TEST(PostgresCluster, that_cannot_start_says_why_and_leaves_nothing) {
    try {
        const PostgresCluster cluster({.settings = {{"no_such_setting", "1"}}});
        FAIL() << "it started";
    } catch (const InvariantBroken& broken) {
        EXPECT_THAT(broken.what(), HasSubstr("no_such_setting"));
        EXPECT_THAT(broken.what(), HasSubstr("./dev setup"));
    }
}

/// Waits, up to a minute, until nothing listens on the port and the folder is gone.
bool gone(int port, const std::string& folder) {
    const std::string url = "postgres://postgres@127.0.0.1:" + std::to_string(port) + "/postgres";
    for (int times = 0; times < 3000; ++times) {
        if (!std::filesystem::exists(folder) &&
            Client(url).error().find("Connection refused") != std::string::npos)
            return true;
        ::usleep(20'000);
    }
    return false;
}

TEST(PostgresCluster, is_gone_with_its_object) {
    int port = 0;
    std::string folder;
    try {
        const PostgresCluster cluster;
        const PgBouncer bouncer(cluster);
        port = cluster.port();
        folder = cluster.socket_folder();
        EXPECT_TRUE(Client(bouncer.url("postgres")).connected());
        throw std::runtime_error("a test that fails");
    } catch (const std::runtime_error&) {
        EXPECT_TRUE(std::filesystem::exists(folder) == false);
    }
    EXPECT_THAT(Client("postgres://postgres@127.0.0.1:" + std::to_string(port)).error(),
                HasSubstr("Connection refused"));
}

TEST(PostgresCluster, is_gone_when_its_process_is_killed) {
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        const PostgresCluster cluster;
        const PgBouncer bouncer(cluster);
        const std::string line = std::to_string(cluster.port()) + " " +
                                 std::to_string(bouncer.port()) + " " + cluster.socket_folder();
        (void)!::write(ends[1], line.data(), line.size());
        for (;;) ::pause();
    }
    std::array<char, 512> buffer{};
    ASSERT_GT(::read(ends[0], buffer.data(), buffer.size() - 1), 0);
    std::istringstream line(buffer.data());
    int port = 0;
    int bouncer_port = 0;
    std::string folder;
    line >> port >> bouncer_port >> folder;
    const std::string url = "postgres://postgres@127.0.0.1:" + std::to_string(port) + "/postgres";
    Client user(url); // does not hold it up
    EXPECT_EQ(user.ask("SELECT 1"), "1");
    EXPECT_TRUE(std::filesystem::exists(folder));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    EXPECT_TRUE(gone(port, folder));
    EXPECT_TRUE(gone(bouncer_port, folder));
    ::close(ends[0]);
    ::close(ends[1]);
}

TEST(PgBouncer, gives_each_transaction_a_backend) {
    PostgresCluster& cluster = PostgresCluster::shared();
    const std::string database = cluster.create_database();
    {
        const PgBouncer bouncer(cluster, {{"default_pool_size", "1"}});
        Client one(bouncer.url(database));
        Client two(bouncer.url(database));
        const std::string backend = one.ask("SELECT pg_backend_pid()");
        EXPECT_NE(backend, "");
        EXPECT_EQ(two.ask("SELECT pg_backend_pid()"), backend);
        EXPECT_EQ(one.ask("BEGIN"), "BEGIN");
        ASSERT_TRUE(two.send("SELECT 5"));
        EXPECT_FALSE(two.hears(silence)); // the only backend is in a transaction
        EXPECT_EQ(one.ask("COMMIT"), "COMMIT");
        EXPECT_EQ(two.answer(), "5");
    }
    cluster.drop_database(database);
}

TEST(FaultProxy, passes_and_counts) {
    Proxied world;
    {
        Client client(world.url);
        EXPECT_EQ(client.ask("SELECT length(repeat('x', 3000000))"), "3000000");
        EXPECT_EQ(client.ask("SELECT repeat('x', 3000000)").size(), 3'000'000U);
        EXPECT_EQ(client.ask("SELECT length('" + std::string(3'000'000, 'x') + "')"), "3000000");
        EXPECT_EQ(world.proxy.counts().open, 1);
    }
    EXPECT_TRUE(world.proxy.wait_until([](const ProxyCounts& c) { return c.open == 0; }));
    const ProxyCounts counts = world.proxy.counts();
    EXPECT_EQ(counts.accepted, 1);
    EXPECT_EQ(counts.cut, 0);
    EXPECT_EQ(counts.to_client.read, counts.to_client.passed);
    EXPECT_EQ(counts.to_server.read, counts.to_server.passed);
    EXPECT_GT(counts.to_client.passed, 3'000'000);
    EXPECT_GT(counts.to_server.passed, 3'000'000);
}

TEST(FaultProxy, reaches_a_unix_socket) {
    const PostgresCluster& cluster = PostgresCluster::shared();
    FaultProxy proxy(cluster.socket_folder() + "/.s.PGSQL." + std::to_string(cluster.port()));
    Client client(proxy.url_through(cluster.url()));
    EXPECT_EQ(client.ask("SELECT inet_server_port() IS NULL"), "t");
    proxy.cut();
    EXPECT_EQ(client.ask("SELECT 1"), "");
}

TEST(FaultProxy, delays_each_direction) {
    Proxied world;
    Client client(world.url);
    world.proxy.delay(milliseconds(60), milliseconds(0));
    EXPECT_GE(time_of([&] { client.ask("SELECT 1"); }), milliseconds(60));
    world.proxy.delay(milliseconds(60), milliseconds(80), Which::present);
    EXPECT_GE(time_of([&] { client.ask("SELECT 1"); }), milliseconds(140));
    world.proxy.delay(milliseconds(0), milliseconds(100), Which::future);
    world.proxy.pass(Which::present);
    EXPECT_GE(time_of([&] { Client(world.url).ask("SELECT 1"); }), milliseconds(200));
    EXPECT_EQ(client.ask("SELECT 1"), "1");
}

TEST(FaultProxy, cuts_and_refuses) {
    Proxied world;
    Client client(world.url);
    world.proxy.refuse();
    EXPECT_THAT(Client(world.url).error(), HasSubstr("Connection refused"));
    EXPECT_EQ(client.ask("SELECT 1"), "1");
    world.proxy.pass();
    Client second(world.url);
    EXPECT_EQ(second.ask("SELECT 1"), "1");
    world.proxy.cut();
    EXPECT_TRUE(client.hears(soon));
    EXPECT_EQ(client.ask("SELECT 1"), "");
    EXPECT_EQ(second.ask("SELECT 1"), "");
    EXPECT_EQ(world.proxy.counts().cut, 2);
    EXPECT_TRUE(Client(world.url).connected());
    world.proxy.cut(Which::future);
    EXPECT_FALSE(Client(world.url).connected());
    world.proxy.pass();
    EXPECT_TRUE(Client(world.url).connected());
}

TEST(FaultProxy, is_half_open_towards_the_server) {
    Proxied world;
    Client client(world.url);
    const std::int64_t before = world.proxy.counts().to_server.read;
    ASSERT_TRUE(client.send("SELECT 7 FROM pg_sleep(0.3)"));
    ASSERT_TRUE(world.proxy.wait_until([&](const ProxyCounts& c) {
        return c.to_server.read > before && c.to_server.passed == c.to_server.read;
    }));
    world.proxy.half_open(Direction::to_server);
    EXPECT_EQ(client.answer(), "7"); // what the server says still comes
    ASSERT_TRUE(client.send("INSERT INTO t VALUES (1)"));
    EXPECT_FALSE(client.hears(silence));
    EXPECT_EQ(world.rows(), "0");
    EXPECT_EQ(world.proxy.counts().open, 1);
    world.proxy.pass();
    EXPECT_TRUE(client.hears(soon));
    client.answer();
    EXPECT_EQ(world.rows(), "1");
}

TEST(FaultProxy, is_half_open_towards_the_client) {
    Proxied world;
    Client client(world.url);
    world.proxy.half_open(Direction::to_client);
    ASSERT_TRUE(client.send("INSERT INTO t VALUES (1)"));
    EXPECT_FALSE(client.hears(silence));
    while (world.rows() != "1") ::usleep(1'000);
    PostgresCluster::shared().kill_backends(world.database);
    EXPECT_FALSE(client.hears(silence)); // it does not learn that the server has gone
}

TEST(FaultProxy, is_a_black_hole) {
    Proxied world;
    Client client(world.url);
    world.proxy.black_hole();
    const std::int64_t before = world.proxy.counts().to_server.read;
    ASSERT_TRUE(client.send("INSERT INTO t VALUES (1)"));
    EXPECT_TRUE(
        world.proxy.wait_until([&](const ProxyCounts& c) { return c.to_server.read > before; }));
    EXPECT_FALSE(client.hears(silence));
    EXPECT_THAT(Client(world.url + "?connect_timeout=2").error(), HasSubstr("timeout expired"));
    PostgresCluster::shared().kill_backends(world.database);
    EXPECT_FALSE(client.hears(silence));
    world.proxy.pass();
    EXPECT_TRUE(Client(world.url).connected());
    EXPECT_EQ(world.rows(), "0");
}

TEST(FaultProxy, cuts_before_a_message_is_passed_on) {
    Proxied world;
    Client client(world.url);
    EXPECT_EQ(client.ask("BEGIN"), "BEGIN");
    EXPECT_EQ(client.ask("INSERT INTO t VALUES (1)"), "INSERT 0 1");
    world.proxy.cut_before("COMMIT");
    EXPECT_EQ(client.ask("INSERT INTO t VALUES (2)"), "INSERT 0 1");
    EXPECT_EQ(client.ask("COMMIT"), "");
    EXPECT_EQ(world.proxy.counts().cut, 1);
    EXPECT_EQ(world.rows(), "0");
    EXPECT_EQ(Client(world.url).ask("INSERT INTO t VALUES (1); COMMIT"), "COMMIT"); // once only
}

TEST(FaultProxy, cuts_after_a_message_before_its_answer) {
    Proxied world;
    Client client(world.url);
    EXPECT_EQ(client.ask("BEGIN"), "BEGIN");
    EXPECT_EQ(client.ask("INSERT INTO t VALUES (1)"), "INSERT 0 1");
    world.proxy.cut_after("COMMIT");
    EXPECT_EQ(client.ask("COMMIT"), "");
    EXPECT_EQ(world.rows(), "1"); // the server had done it when the client heard of the cut

    Client pipelined(world.url);
    world.proxy.cut_after("COMMIT", "COMMIT");
    EXPECT_EQ(pipelined.ask("BEGIN; INSERT INTO t SELECT generate_series(1, 9); SELECT "
                            "pg_sleep(0.1); COMMIT; SELECT pg_sleep(0.1)"),
              "");
    EXPECT_EQ(world.proxy.counts().cut, 2);
    EXPECT_EQ(world.rows(), "10");
}

} // namespace
} // namespace weft::testing
