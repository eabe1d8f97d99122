// `weft doctor` against directories with one thing wrong each: what it finds, and what it says to
// do.
#include "doctor_world.h"
#include "support/certificate.h"

#include <set>

#include <gmock/gmock.h>
#include <sqlite3.h>
#include <sys/stat.h>

namespace weft {

using testing::Diagnosis;
using testing::examine;
using testing::WeftProcess;

namespace {

/// Changes a database that no server holds.
bool run_sql(const std::string& file, const std::string& sql) {
    sqlite3* database = nullptr;
    const bool done = sqlite3_open(file.c_str(), &database) == SQLITE_OK &&
                      sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK;
    sqlite3_close(database);
    return done;
}

/// A data directory that a server has used.
class Doctor : public ::testing::Test {
protected:
    Doctor() : data_(directory_.path() / "data") {}

    void use_once() {
        WeftProcess server({"serve", "--data", data_, "--listen", "127.0.0.1:0"},
                           directory_.path() / "serve");
        server.url();
        server.kill(SIGTERM);
        EXPECT_EQ(server.wait(), 0);
    }

    const testing::TemporaryDirectory directory_;
    const std::string data_;
};

} // namespace

TEST_F(Doctor, finds_nothing_wrong_with_what_is_well_and_changes_nothing) {
    Diagnosis before = examine(data_);
    EXPECT_EQ(before.exit, 0);
    EXPECT_FALSE(std::filesystem::exists(data_));
    EXPECT_NE(before.of("data directory").sentence.find("not there yet"), std::string::npos);
    use_once();
    const Diagnosis after = examine(data_, {"--deep"});
    EXPECT_EQ(after.exit, 0);
    for (const auto& [name, check] : after.checks)
        EXPECT_NE(check.health, "problem") << name << ": " << check.sentence;
    EXPECT_EQ(after.of("database").sentence, "all of it was read and is whole");
    EXPECT_EQ(after.of("keys").sentence, "1 of 1 API keys have not expired");
    EXPECT_NE(after.of("versions").sentence.find("OpenSSL/3"), std::string::npos);
}

TEST_F(Doctor, works_while_a_server_runs_there) {
    WeftProcess server({"serve", "--data", data_, "--listen", "127.0.0.1:0"},
                       directory_.path() / "serve");
    const std::string address = server.url().substr(7);
    const Diagnosis diagnosis = examine(data_, {"--listen", address, "--deep"});
    EXPECT_EQ(diagnosis.exit, 0);
    EXPECT_NE(diagnosis.of("data directory").sentence.find("answers at http://" + address),
              std::string::npos);
    EXPECT_EQ(diagnosis.of("port").sentence,
              address + " is answered by the Weft that holds the data directory");
    // Another directory cannot have this port.
    const Diagnosis other = examine(directory_.path() / "other", {"--listen", address});
    EXPECT_EQ(other.exit, 1);
    EXPECT_EQ(other.of("port").sentence, "another Weft answers at " + address);
}

TEST_F(Doctor, looks_at_the_certificate_and_at_who_may_read_along) {
    const auto& own = testing::Certificate::loopback(); // for a day
    const auto entrance = [&](const std::vector<std::string>& flags) {
        return examine(data_, flags).of("entrance");
    };
    EXPECT_EQ(entrance({}).health, "ok");
    const auto ending = entrance({"--tls-certificate", own.ca_file, "--tls-key", own.key_file});
    EXPECT_EQ(ending.health, "warning") << ending.sentence;
    EXPECT_NE(ending.sentence.find("HTTPS; the certificate ends on 20"), std::string::npos);
    EXPECT_EQ(entrance({"--tls-certificate", own.key_file, "--tls-key", own.key_file}).health,
              "problem");
    const auto open = entrance({"--listen", "0.0.0.0:0"});
    EXPECT_EQ(open.health, "problem");
    EXPECT_NE(open.sentence.find("--insecure-listen"), std::string::npos);
}

TEST_F(Doctor, names_what_others_may_reach) {
    use_once();
    chmod(data_.c_str(), 0755);
    chmod((data_ + "/master.key").c_str(), 0644);
    const Diagnosis diagnosis = examine(data_);
    EXPECT_EQ(diagnosis.exit, 1);
    std::set<std::string> mends;
    for (auto [at, end] = diagnosis.checks.equal_range("permissions"); at != end; ++at)
        mends.insert(at->second.mend);
    EXPECT_EQ(mends, (std::set<std::string>{"chmod 0700 " + data_,
                                            "chmod 0600 " + data_ + "/master.key"}));
}

TEST_F(Doctor, finds_a_damaged_database) {
    use_once();
    std::fstream file(data_ + "/weft.db", std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(4096 * 3);
    file << std::string(4096 * 4, 'x');
    file.close();
    const Diagnosis diagnosis = examine(data_, {"--deep"});
    EXPECT_EQ(diagnosis.exit, 1);
    EXPECT_EQ(diagnosis.of("database").health, "problem");
    EXPECT_FALSE(diagnosis.of("database").mend.empty());
}

TEST_F(Doctor, explains_wrong_settings_and_unknown_variables) {
    const Diagnosis wrong = examine(data_, {}, {"WEFT_THREADS=many"});
    EXPECT_EQ(wrong.exit, 1);
    EXPECT_EQ(wrong.of("settings").sentence,
              "The setting threads (environment variable WEFT_THREADS) is \"many\" but must be a "
              "whole number from 0 to 64.");
    const Diagnosis unknown = examine(data_, {}, {"WEFT_LISTN=127.0.0.1:1"});
    EXPECT_EQ(unknown.exit, 0);
    EXPECT_EQ(unknown.of("environment").sentence, "there is no setting WEFT_LISTN");
}

TEST_F(Doctor, looks_at_models_and_tries_them_only_when_asked) {
    const std::vector<std::string> local{"OLLAMA_BASE_URL=http://127.0.0.1:9"};
    const Diagnosis offline = examine(data_, {}, local);
    EXPECT_EQ(offline.exit, 0);
    EXPECT_EQ(offline.of("models").sentence,
              "ollama is on this machine, which models may not reach");
    EXPECT_EQ(offline.of("models").mend, "Set allow-address to its address and port.");
    const Diagnosis online = examine(data_, {"--online"}, local);
    EXPECT_EQ(online.exit, 1);
    EXPECT_NE(online.of("models").sentence.find("http://127.0.0.1:9 does not answer"),
              std::string::npos);
    const Diagnosis half = examine(data_, {}, {"AZURE_OPENAI_API_KEY=sk-canary"});
    EXPECT_THAT(half.of("models").sentence,
                ::testing::StartsWith("azure cannot be used: it needs an address: set "
                                      "AZURE_OPENAI_ENDPOINT"));
    for (const auto& [name, check] : examine(data_, {}, {"OPENAI_API_KEY=sk-canary"}).checks)
        EXPECT_EQ(check.sentence.find("sk-canary"), std::string::npos);
}

TEST_F(Doctor, finds_a_clock_behind_the_data) {
    use_once();
    // The clock is what the process sees; faking it needs a library, so the data is moved instead.
    const std::string move = "UPDATE api_key SET created_at = created_at + 86400000000";
    ASSERT_TRUE(run_sql(data_ + "/weft.db", move));
    const Diagnosis diagnosis = examine(data_);
    EXPECT_EQ(diagnosis.exit, 1);
    EXPECT_EQ(diagnosis.of("clock").health, "problem");
    EXPECT_NE(diagnosis.of("clock").sentence.find("but the newest data was made at"),
              std::string::npos);
}

TEST_F(Doctor, finds_that_no_key_is_left) {
    use_once();
    ASSERT_TRUE(run_sql(data_ + "/weft.db", "UPDATE api_key SET expires_at = 1"));
    const Diagnosis diagnosis = examine(data_);
    EXPECT_EQ(diagnosis.exit, 1);
    EXPECT_EQ(diagnosis.of("keys").sentence, "0 of 1 API keys have not expired");
    EXPECT_NE(diagnosis.of("keys").mend.find("weft apikey create"), std::string::npos);
}

TEST_F(Doctor, tells_that_the_data_lies_elsewhere) {
    use_once();
    std::ofstream(data_ + "/moved-to-postgres") << "postgres://there/weft\n2026-11-29T12:00:00Z\n";
    const Diagnosis diagnosis = examine(data_);
    EXPECT_EQ(diagnosis.exit, 1);
    EXPECT_THAT(diagnosis.of("database").sentence,
                ::testing::StartsWith("This directory's data was moved to postgres://there/weft on "
                                      "2026-11-29T12:00:00Z. Start with --store"));
}

} // namespace weft
