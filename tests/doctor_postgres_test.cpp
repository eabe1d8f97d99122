// `weft doctor` against PostgreSQL databases with something wrong each: what it finds, and what it
// says to do.
#include "doctor_world.h"
#include "support/pgbouncer.h"

#include <set>

#include <gmock/gmock.h>

namespace weft {

using ::testing::AllOf;
using testing::Diagnosis;
using testing::examine;
using ::testing::HasSubstr;
using testing::PgBouncer;
using testing::PostgresCluster;
using testing::PostgresOptions;
using testing::WeftProcess;

namespace {

/// A cluster as production has it, whose settings a test may change.
class DoctorPostgres : public ::testing::Test {
protected:
    static PostgresCluster& sound() {
        static PostgresCluster cluster({.fsync = PostgresOptions::Fsync::on,
                                        .settings = {{"max_prepared_transactions", "2"}}});
        return cluster;
    }
    Diagnosis of(const std::string& url, std::vector<std::string> environment = {}) {
        std::vector<std::string> flags;
        if (!url.empty()) flags = {"--store", url};
        return examine((directory_.path() / "data").string(), flags, std::move(environment));
    }
    /// Which checks say that something is wrong, as "problem: database fsync".
    static std::set<std::string> wrong(const Diagnosis& diagnosis) {
        std::set<std::string> all;
        for (const auto& [name, check] : diagnosis.checks) {
            if (check.health == "ok" || !name.starts_with("database")) continue;
            all.insert(check.health + ": " + name);
            EXPECT_FALSE(check.mend.empty()) << name;
        }
        return all;
    }

    const testing::TemporaryDirectory directory_;
};

using Wrong = std::set<std::string>;

} // namespace

TEST_F(DoctorPostgres, a_sound_database_is_told_in_lines_and_not_changed) {
    const std::string url = sound().create_database();
    const Diagnosis empty = of(url);
    EXPECT_EQ(wrong(empty), Wrong{});
    EXPECT_EQ(empty.exit, 0);
    EXPECT_THAT(empty.of("database schema").sentence, HasSubstr("nothing of Weft's is there yet"));
    EXPECT_EQ(sound().psql(url, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), "0");
    EXPECT_THAT(empty.of("database fsync").sentence, HasSubstr("on: "));
    EXPECT_THAT(empty.of("database synchronous_commit").sentence, HasSubstr("on: a commit is"));
    EXPECT_THAT(empty.of("database disk").sentence, AllOf(HasSubstr("used"), HasSubstr("free")));
    EXPECT_THAT(empty.of("database pooler").sentence, HasSubstr("none"));
    {
        WeftProcess server({"serve", "--data", (directory_.path() / "data").string(), "--listen",
                            "127.0.0.1:0", "--store", url},
                           directory_.path() / "serve");
        ASSERT_TRUE(server.answers()) << server.errors();
        const Diagnosis served = of(url);
        EXPECT_EQ(wrong(served), Wrong{});
        EXPECT_THAT(served.of("database connections").sentence, HasSubstr("by 1 Weft nodes"));
        EXPECT_THAT(served.of("database schema").sentence, HasSubstr("version "));
        EXPECT_EQ(served.of("keys").sentence, "1 of 1 API keys have not expired");
        server.kill(SIGTERM);
        server.wait();
    }
    const PgBouncer pooler(sound());
    EXPECT_THAT(of(pooler.url(url)).of("database pooler").sentence,
                HasSubstr("a pooler stands between"));
    sound().drop_database(url);
}

TEST_F(DoctorPostgres, what_is_risky_is_a_problem_with_what_to_do) {
    PostgresCluster risky({.settings = {{"synchronous_commit", "off"},
                                        {"autovacuum", "off"},
                                        {"wal_level", "minimal"},
                                        {"max_wal_senders", "0"},
                                        {"superuser_reserved_connections", "3"},
                                        {"max_connections", "8"}}});
    const std::string url = risky.create_database();
    const Diagnosis diagnosis = of(url);
    EXPECT_EQ(diagnosis.exit, 1);
    const Wrong expected{"problem: database fsync", "problem: database synchronous_commit",
                         "problem: database vacuum", "problem: database connections",
                         "warning: database wal_level"};
    for (const std::string& each : expected) EXPECT_TRUE(wrong(diagnosis).contains(each)) << each;
    EXPECT_THAT(diagnosis.of("database synchronous_commit").sentence,
                HasSubstr("may be lost when the database crashes"));
    EXPECT_THAT(diagnosis.of("database synchronous_commit").mend,
                HasSubstr("SET synchronous_commit = on"));
    EXPECT_THAT(diagnosis.of("database fsync").mend, HasSubstr("ALTER SYSTEM SET fsync = on"));
}

TEST_F(DoctorPostgres, finds_what_one_database_has_of_its_own) {
    struct Case {
        std::string sql;
        Wrong wrong;
        std::string check;
        std::string says;
    };
    const Case cases[] = {
        {"ALTER DATABASE $ SET synchronous_commit = local",
         {},
         "database synchronous_commit",
         "local: a commit is on this server's disk"},
        {"ALTER DATABASE $ SET synchronous_commit = remote_apply",
         {},
         "database synchronous_commit",
         "remote_apply: "},
        {"ALTER DATABASE $ SET default_transaction_isolation = 'serializable'",
         {},
         "database isolation",
         "the default is serializable"},
        {"ALTER DATABASE $ SET default_transaction_read_only = on",
         {"problem: database role"},
         "database role",
         "it takes no writes"},
        {"CREATE TABLE schema_version (number bigint); INSERT INTO schema_version VALUES (999)",
         {"problem: database schema"},
         "database schema",
         "version 999"},
    };
    for (const Case& each : cases) {
        const std::string url = sound().create_database();
        std::string sql = each.sql;
        if (const auto at = sql.find('$'); at != sql.npos)
            sql.replace(at, 1, url.substr(url.rfind('/') + 1));
        sound().psql(url, sql);
        const Diagnosis diagnosis = of(url);
        EXPECT_EQ(wrong(diagnosis), each.wrong) << sql;
        EXPECT_THAT(diagnosis.of(each.check).sentence, HasSubstr(each.says));
        sound().drop_database(url);
    }
    const std::string url = sound().create_database();
    sound().psql(url, "CREATE TABLE t (n int)");
    sound().psql(url, "BEGIN; INSERT INTO t VALUES (1); PREPARE TRANSACTION 'left'");
    EXPECT_EQ(wrong(of(url)), Wrong{"warning: database vacuum"});
    EXPECT_THAT(of(url).of("database vacuum").sentence, HasSubstr("1 prepared transactions"));
    sound().psql(url, "ROLLBACK PREPARED 'left'");
    sound().drop_database(url);
}

TEST_F(DoctorPostgres, one_that_does_not_answer_is_a_problem_and_its_password_is_not_told) {
    for (const std::string url :
         {"postgres://weft:canary@127.0.0.1:9/x", "postgres://weft:canary%zz@127.0.0.1/x"}) {
        const Diagnosis diagnosis = of("", {"WEFT_STORE=" + url});
        EXPECT_EQ(diagnosis.exit, 1);
        EXPECT_THAT(diagnosis.of("database").sentence, HasSubstr("it cannot be looked at"));
        for (const auto& [name, check] : diagnosis.checks)
            EXPECT_EQ((check.sentence + check.mend).find("canary"), std::string::npos) << name;
    }
    const std::string encoded = "ENCODING 'LATIN1' TEMPLATE template0";
    sound().psql("postgres", "CREATE DATABASE latin " + encoded);
    EXPECT_EQ(wrong(of(sound().url("latin"))), Wrong{"problem: database encoding"});
    sound().drop_database("latin");
}

} // namespace weft
