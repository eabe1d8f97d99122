// Another master key, and other data keys, under a store that is in use: what must outlive that,
// and what the old key opens afterwards.
#include "store/audit.h"
#include "store/bootstrap.h"
#include "store/data_keys.h"
#include "store/key_renewal.h"
#include "store/postgres.h"
#include "store/projects.h"
#include "store/root_key.h"
#include "store/sqlite.h"
#include "store/test_home.h"
#include "store/test_world.h"

#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

namespace weft::store {

namespace {

using testing::HasSubstr;

const std::string key_a(64, 'a');
const std::string key_b(64, 'b');
constexpr const char* api_key = "0f0e0d0c-0b0a-4908-8706-050403020100";

std::string bytes_in(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return std::move(text).str();
}

/// A start of a process on a directory.
struct Process : Home {
    Scope scope;

    explicit Process(const std::filesystem::path& path, const std::string& key,
                     const std::string& url)
        : Home(Options{.directory = path, .url = url, .master_key = key}) {
        const auto made = must(wait(store->write(
            [&](Tx& tx) { return bootstrap(tx, store->vault(), {.api_key = api_key}, {}); })));
        if (made) scope = {made->organization.id, made->project.id, {}};
    }

    Result<> put(const Scope& of, const std::string& name, const std::string& value) {
        return wait(store->write(
            [&](Tx& tx) { return secrets::put(tx, store->vault(), of, name, value); }));
    }
    std::string get(const Scope& of, const std::string& name) {
        auto found =
            wait(store->read([&](Rx& rx) { return secrets::get(rx, store->vault(), of, name); }));
        return found ? found->value_or("(none)") : "(" + found.error().message + ")";
    }
    bool knows(const std::string& secret) {
        return wait(store->read([&](Rx& rx) {
                   return api_keys::find_by_secret(rx, store->vault(), secret, clock.now());
               }))
            .has_value();
    }
    bool is_log_whole() {
        audit::Walk walk;
        for (const auto& chain : must(store->read_here([](Rx& rx) { return audit::chains(rx); })))
            for (walk = {}; !walk.is_done && !walk.fault;)
                must(store->read_here(
                    [&](Rx& rx) { return audit::verify(rx, store->vault(), chain, walk); }));
        return !walk.fault && walk.seq > 0;
    }
    /// Without what comes after the commit.
    Result<std::int64_t> replace_only(const MasterKey& next, KeyPlace place) {
        must(store->vault().prepare(next, place));
        return wait(store->write(
            [&](Tx& tx) { return root_key::replace(tx, store->vault(), next, place); }));
    }
    Result<> settle() {
        return wait(store->read([&](Rx& rx) { return root_key::settle(rx, store->vault()); }));
    }
    std::int64_t replace(const MasterKey& next, KeyPlace place) {
        const std::int64_t count = must(replace_only(next, place));
        must(settle());
        return count;
    }
    data_keys::Count count() {
        return must(wait(store->read([](Rx& rx) { return data_keys::count(rx); })));
    }
    Scope new_project() {
        return must(wait(store->write([&](Tx& tx) -> Result<Scope> {
            Scope made = scope;
            made.project = TRY(projects::create(tx, scope, {.name = "another"}))
            .id;
            return made;
        })));
    }
};

class KeyRotation : public ::testing::Test {
protected:
    Process start(const std::string& key) { return Process(path(), key, url()); }
    std::filesystem::path path() const { return temporary_.path / "data"; }
    std::string url() const { return store_url(path()); }
    Result<std::unique_ptr<Store>> open(const std::string& key) {
        return Store::open({.directory = path(), .url = url(), .master_key = key}, clock_, minter_);
    }
    /// Runs SQL on the database that no process holds.
    void execute(const std::string& sql) {
        if (on_postgres()) {
            Reach reach(url());
            PostgresConnection connection(reach);
            must(connection.open());
            must(connection.execute(sql));
        } else {
            auto connection = must(SqliteConnection::open((path() / "weft.db").string(),
                                                          SqliteConnection::Access::write));
            must(connection->execute(sql));
        }
    }

    TemporaryDirectory temporary_;
    SystemClock clock_;
    IdMinter minter_{clock_};
    const MasterKey b_ = *MasterKey::from_hex(key_b);
};

} // namespace

TEST_F(KeyRotation, what_was_made_before_outlives_it_and_the_old_key_opens_nothing) {
    Scope scope;
    {
        Process process = start(key_a);
        scope = process.scope;
        must(process.put(scope, "token", "canary"));
        EXPECT_EQ(process.replace(b_, KeyPlace::elsewhere), 1);
        EXPECT_EQ(process.get(scope, "token"), "canary");
        must(process.put(scope, "later", "more"));
        must(process.put(process.new_project(), "first of its project", "x"));
        EXPECT_TRUE(process.knows(api_key));
        EXPECT_EQ(process.replace_only(b_, KeyPlace::elsewhere).error().code, Code::conflict);
        EXPECT_FALSE(std::filesystem::exists(path() / "master.key"));
    }
    const auto refused = open(key_a);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::invalid);
    EXPECT_THAT(refused.error().message, HasSubstr("it was replaced on 20"));
    Process process = start(key_b);
    EXPECT_EQ(process.get(scope, "token"), "canary");
    EXPECT_EQ(process.get(scope, "later"), "more");
    EXPECT_EQ(process.count().all, 2);
    EXPECT_TRUE(process.knows(api_key));
    EXPECT_TRUE(process.is_log_whole());
}

TEST_F(KeyRotation, a_key_in_the_directory_is_one_of_two_files_whenever_the_process_ends) {
    Scope scope;
    const auto key_file = path() / "master.key";
    {
        Process process = start("");
        scope = process.scope;
        must(process.put(scope, "token", "canary"));
        must(process.store->vault().prepare(MasterKey::fresh(), KeyPlace::file));
    }
    const std::string first = bytes_in(key_file);
    const auto next_file = path() / "master.key.next";
    EXPECT_TRUE(std::filesystem::exists(next_file)) << "it ended before the commit";
    const MasterKey next = MasterKey::fresh();
    {
        Process process = start("");
        EXPECT_EQ(bytes_in(key_file), first);
        EXPECT_FALSE(std::filesystem::exists(next_file));
        must(process.replace_only(next, KeyPlace::file));
    }
    EXPECT_EQ(bytes_in(key_file), first) << "it ended before the file was replaced";
    {
        Process process = start("");
        EXPECT_EQ(bytes_in(key_file), next.key.view());
        EXPECT_EQ(process.get(scope, "token"), "canary");
        process.replace(b_, KeyPlace::file);
        EXPECT_EQ(bytes_in(key_file), b_.key.view());
    }
    EXPECT_EQ(start("").get(scope, "token"), "canary");
}

TEST_F(KeyRotation, a_directory_from_before_there_were_root_keys_keeps_its_hashes) {
    start(key_a);
    const Vault before = must(Vault::open(-1, key_a));
    execute("DELETE FROM store_info WHERE name = 'root_key'");
    execute("INSERT INTO store_info (name, value) VALUES ('master_key_check', '" +
            to_hex(before.sign("check", "master key").bytes) + "')");
    EXPECT_EQ(open(key_b).error().code, Code::invalid);
    for (const std::string& key : {key_a, key_a, key_b}) {
        if (key == key_b) start(key_a).replace(b_, KeyPlace::elsewhere);
        Process process = start(key);
        EXPECT_EQ(process.store->vault().hash_api_key("k"), before.hash_api_key("k"));
        EXPECT_EQ(process.store->vault().sign("session", "t"), before.sign("session", "t"));
        EXPECT_EQ(must(process.store->vault().open(before.seal("kept", "c"), "c")), "kept");
        EXPECT_FALSE(before.open(process.store->vault().seal("new", "c"), "c"))
            << "the first master key opens what was kept later";
    }
}

TEST_F(KeyRotation, nothing_that_the_old_key_sealed_is_left_in_the_files_of_sqlite) {
    if (on_postgres()) GTEST_SKIP() << "PostgreSQL keeps old versions of rows: docs/secrets.md";
    const auto sealed = [this] {
        std::vector<std::string> all;
        auto connection = must(
            SqliteConnection::open((path() / "weft.db").string(), SqliteConnection::Access::read));
        must(connection->begin_reading());
        const auto root = must(connection->maybe<std::string>(
            Sql{"root", "SELECT value FROM store_info WHERE name = 'root_key'"}));
        const auto data = must(connection->maybe<Blob>(Sql{"data", "SELECT sealed FROM data_key"}));
        return std::vector<std::string>{*root, {data->bytes.begin(), data->bytes.end()}};
    };
    {
        Process process = start(key_a);
        must(process.put(process.scope, "token", "canary"));
    }
    const auto old = sealed();
    const auto all_bytes = [this] {
        return bytes_in(path() / "weft.db") + bytes_in(path() / "weft.db-wal");
    };
    for (const std::string& each : old) EXPECT_THAT(all_bytes(), HasSubstr(each));
    { start(key_a).replace(b_, KeyPlace::elsewhere); }
    for (const std::string& each : old) EXPECT_THAT(all_bytes(), testing::Not(HasSubstr(each)));
    for (const std::string& each : sealed()) EXPECT_THAT(all_bytes(), HasSubstr(each));
}

TEST_F(KeyRotation, a_secret_that_was_removed_is_left_in_no_file_of_sqlite) {
    if (on_postgres()) GTEST_SKIP() << "PostgreSQL keeps old versions of rows: docs/secrets.md";
    const auto sealed = [this](const char* sql) {
        auto connection = must(
            SqliteConnection::open((path() / "weft.db").string(), SqliteConnection::Access::read));
        must(connection->begin_reading());
        const auto blob = must(connection->maybe<Blob>(Sql{"sealed", sql}));
        return std::string(blob->bytes.begin(), blob->bytes.end());
    };
    Scope scope;
    {
        Process process = start(key_a);
        scope = process.scope;
        for (const char* name : {"first", "second", "third"})
            must(process.put(scope, name, std::string(200, 'x')));
    }
    const std::string removed = sealed("SELECT sealed FROM secret WHERE name = 'second'");
    EXPECT_THAT(bytes_in(path() / "weft.db"), HasSubstr(removed));
    {
        Process process = start(key_a);
        must(process.wait(
            process.store->write([&](Tx& tx) { return secrets::remove(tx, scope, "second"); })));
    }
    EXPECT_THAT(bytes_in(path() / "weft.db") + bytes_in(path() / "weft.db-wal"),
                testing::Not(HasSubstr(removed)));
}

TEST_F(KeyRotation, another_process_on_the_database_needs_no_restart) {
    if (!on_postgres()) GTEST_SKIP() << "a directory has one process";
    Process here = start(key_a);
    must(here.put(here.scope, "token", "canary"));
    const Scope empty = here.new_project();
    const auto there_path = temporary_.path / "there";
    std::filesystem::create_directories(there_path);
    std::ofstream(there_path / "instance") << std::string(32, '1');
    std::ofstream(there_path / "master.key") << MasterKey::from_hex(key_a)->key.view();
    Process there(there_path, "", url());
    Process idle(temporary_.path / "idle", key_a, url());
    EXPECT_EQ(there.get(here.scope, "token"), "canary");

    here.replace(b_, KeyPlace::file);
    EXPECT_EQ(there.get(here.scope, "token"), "canary");
    EXPECT_EQ(bytes_in(there_path / "master.key"), b_.key.view());
    must(idle.put(empty, "first of its project", "sealed with the new key"));
    const MasterKey third = MasterKey::fresh();
    there.replace(third, KeyPlace::file);
    EXPECT_EQ(here.get(here.scope, "token"), "canary");
    EXPECT_EQ(idle.get(empty, "first of its project"), "sealed with the new key");
    must(idle.settle());
    // A mailbox that somebody made who can write to the database and no more gets no letter.
    execute("INSERT INTO store_info (name, value) VALUES ('mailbox " + std::string(64, '9') +
            "', '1 " + std::string(64, '0') + "')");
    there.replace(b_, KeyPlace::file);
    execute("DO $$ BEGIN ASSERT (SELECT length(value) FROM store_info WHERE name = 'mailbox " +
            std::string(64, '9') + "') < 70; END $$");
    EXPECT_EQ(here.get(here.scope, "token"), "canary");
}

TEST_F(KeyRotation, data_keys_are_renewed_a_little_at_a_time_and_again_after_a_crash) {
    constexpr int secrets_count = 250;
    Scope scope;
    {
        Process process = start(key_a);
        scope = process.scope;
        must(process.wait(process.store->write([&](Tx& tx) -> Result<> {
            for (int i = 0; i < secrets_count; ++i)
                TRY(secrets::put(tx, process.store->vault(), scope, fmt::format("n{:03}", i),
                                 fmt::format("value {}", i)));
            return {};
        })));
        const Scope other = process.new_project();
        must(process.put(other, "other", "x"));
        const auto renew = [&](const ProjectId& only) {
            return must(process.wait(process.store->write(
                [&](Tx& tx) { return data_keys::renew(tx, process.store->vault(), only); })));
        };
        EXPECT_EQ(renew(scope.project), 1);
        EXPECT_EQ(renew({}), 1) << "the one that is in the midst of it keeps its new key";
        EXPECT_EQ(process.count().renewing, 2);
        std::string after;
        EXPECT_TRUE(must(process.wait(process.store->write([&](Tx& tx) {
            return secrets::renew_some(tx, process.store->vault(), scope.project, after, 100);
        }))));
        EXPECT_EQ(process.get(scope, "n000"), "value 0");
        EXPECT_EQ(process.get(scope, "n249"), "value 249");
        must(process.put(scope, "n150", "changed meanwhile"));
        process.replace(b_, KeyPlace::elsewhere);
    }
    Process process = start(key_b);
    must(process.wait(finish_key_renewal(*process.store)));
    EXPECT_EQ(process.count().all, 2);
    EXPECT_EQ(process.count().renewing, 0);
    for (int i = 0; i < secrets_count; ++i)
        EXPECT_EQ(process.get(scope, fmt::format("n{:03}", i)),
                  i == 150 ? "changed meanwhile" : fmt::format("value {}", i));
}

TEST_F(KeyRotation, secrets_under_a_renewed_key_do_not_open_with_the_former_one) {
    Process process = start(key_a);
    must(process.put(process.scope, "token", "canary"));
    const auto key_of = [&] {
        return must(process.store->read_here([&](Rx& rx) {
                   return data_keys::find(rx, process.store->vault(), process.scope.project);
               }))
            ->key;
    };
    const SecretKey former = key_of();
    must(process.wait(process.store->write(
        [&](Tx& tx) { return data_keys::renew(tx, process.store->vault(), {}); })));
    must(process.wait(finish_key_renewal(*process.store)));
    EXPECT_FALSE(key_of() == former);
    EXPECT_EQ(process.get(process.scope, "token"), "canary");
}

} // namespace weft::store
