// `weft migrate`: a directory with something of everything, and open runs, goes to PostgreSQL and
// on from there; also when the move is killed, again and again. And what it refuses.
#include "migrate_world.h"

#include "store/invariants_testing.h"
#include "support/fault_proxy.h"

#include <random>

namespace weft {

using testing::compare_rows;
using ::testing::HasSubstr;
using testing::MoveSource;
using ::testing::Not;
using testing::Outcome;
using testing::PostgresCluster;
using testing::Reply;
using testing::run_sql;
using testing::TestClient;
using testing::WeftProcess;

namespace {

class Migrate : public ::testing::Test {
protected:
    Migrate() : url_(new_database()) { copy_source(); }
    ~Migrate() override {
        for (const std::string& each : databases_) PostgresCluster::shared().drop_database(each);
    }

    std::string new_database() {
        return databases_.emplace_back(PostgresCluster::shared().create_database());
    }
    void copy_source() {
        std::filesystem::remove_all(data_);
        std::filesystem::copy(MoveSource::shared().path(), data_,
                              std::filesystem::copy_options::recursive);
    }
    std::unique_ptr<WeftProcess> begin(const std::string& url,
                                       std::vector<std::string> environment = {}) {
        return std::make_unique<WeftProcess>(
            std::vector<std::string>{"migrate", "--from", data_.string(), "--to", url, "--json"},
            (directory_.path() / "migrate").string(), std::move(environment));
    }
    std::string through_proxy(const std::string& url) const {
        return proxy_.url_through(PostgresCluster::shared().url(url));
    }
    /// A move that loses the database when the records have arrived and the skills have not.
    Outcome broken_off(const std::string& url) {
        proxy_.cut_before("INSERT INTO \"skill\"");
        return move(through_proxy(url));
    }
    Outcome move(const std::string& url, std::vector<std::string> environment = {}) {
        const auto process = begin(url, std::move(environment));
        const int exit = process->wait();
        return {exit, process->output(), process->errors()};
    }
    void expect_refused(const std::string& url, int exit, const std::string& says) {
        const Outcome outcome = move(url);
        EXPECT_EQ(outcome.exit, exit) << outcome.output;
        EXPECT_THAT(outcome.errors, HasSubstr(says));
        EXPECT_EQ(outcome.output, "");
    }
    std::vector<std::string> serve_arguments(const std::string& url) {
        std::vector<std::string> all{"serve",       "--data",      data_.string(),
                                     "--listen",    "127.0.0.1:0", "--allow-private-network",
                                     "--log-level", "error"};
        if (!url.empty()) all.insert(all.end(), {"--store", url});
        return all;
    }
    Outcome serve(const std::string& url) {
        WeftProcess process(serve_arguments(url), directory_.path() / "refused");
        return {process.wait_a_minute().value_or(-1), process.output(), process.errors()};
    }
    std::string mark(const std::string& url) {
        PostgresCluster& cluster = PostgresCluster::shared();
        if (cluster.psql(url, "SELECT to_regclass('store_info') IS NULL") == "t") return {};
        return cluster.psql(url, "SELECT value FROM store_info WHERE name = 'moved_from'");
    }

    testing::FaultProxy proxy_{PostgresCluster::shared().port()};
    const testing::TemporaryDirectory directory_;
    const std::filesystem::path data_ = directory_.path() / "data";
    std::vector<std::string> databases_;
    std::string url_;
};

/// The moved store behind a server of its own.
struct Served {
    WeftProcess process;
    TestClient client;

    Served(std::vector<std::string> arguments, const std::string& output)
        : process(std::move(arguments), output), client(process.url(), MoveSource::key) {}

    Reply until(const std::string& run, const std::string& status) {
        Reply reply;
        for (int i = 0; i < 6'000; ++i, usleep(5'000)) {
            reply = client.get("/execute_flow/" + run);
            if (reply.at("status") == status) return reply;
        }
        ADD_FAILURE() << "not " << status << ": " << reply.text;
        return reply;
    }
    void event(const std::string& run, const std::string& name) {
        const Reply taken = client.post("/execute_flow/" + run + "/event", {{"name", name}});
        EXPECT_EQ(taken.status, 200) << taken.text;
        until(run, "completed");
    }
};

} // namespace

TEST_F(Migrate, everything_arrives_and_open_runs_go_on_to_their_end) {
    const MoveSource& source = MoveSource::shared();
    const Outcome moved = move(url_);
    ASSERT_EQ(moved.exit, 0) << moved.errors;
    const auto report = parse_json(moved.output);
    ASSERT_TRUE(report) << moved.output;
    EXPECT_FALSE(report->at("was_done_before").as_bool());
    EXPECT_TRUE(report->at("files_without_bytes").as_array().empty());
    EXPECT_GT(compare_rows(data_, url_), 6'000U);
    EXPECT_THAT(mark(url_), ::testing::StartsWith("finished "));
    WeftProcess verify({"audit", "verify", "--data", data_.string(), "--store", url_},
                       directory_.path() / "verify");
    EXPECT_EQ(verify.wait(), 0) << verify.errors(); // the keys are the same there
    {
        Served served(serve_arguments(url_), directory_.path() / "served");
        for (const auto& [path, answer] : source.answers)
            EXPECT_TRUE(served.client.get(path).text == answer) << path;
        served.event(source.event, "paid");
        served.until(source.timed, "completed");
        EXPECT_EQ(served.client.post("/execute_flow/" + source.paused + "/resume").status, 200);
        served.event(source.paused, "later");
        const Reply items = served.client.get("/inbox?status=pending");
        std::string item_id;
        for (const json::value& each : items.body.at("inbox_requests").as_array())
            if (text_or(each, "type") == "preview") item_id = text_or(each, "_id");
        const Reply item = served.client.get("/inbox/" + item_id);
        ASSERT_EQ(item.status, 200) << items.text;
        const Reply approved = served.client.post(
            "/inbox/update/preview/" + item.at("execution_id"),
            {{"is_approved", true}, {"preview_input", testing::edited(item, "Yes.")}});
        EXPECT_EQ(approved.status, 200) << approved.text;
        served.until(source.asked, "completed");
        served.until(source.half, "input_required");
        const Reply half = served.client.get("/execute_flow/" + source.half);
        const Reply said = served.client.post(
            "/inbox/update/uncertain_effect/" + half.at("execution_id"), {{"outcome", "done"}});
        EXPECT_EQ(said.status, 200) << said.text;
        served.until(source.half, "completed");
        // The connector's secret opens with the directory's master key.
        const json::object agent{{"title", "Doer"},
                                 {"prompt", {{"template", "Do it."}}},
                                 {"skills", json::array{json::value(source.echo_skill)}}};
        const std::string flow =
            served.client.post("/agentflow/", {{"name", "new"}, {"agents", json::array{agent}}})
                .at("_id");
        const Reply run = served.client.post("/execute_flow", {{"agentflow_id", flow}});
        served.until(run.at("_id"), "completed");
        EXPECT_EQ(source.service().requests().back().header("authorization"),
                  std::string("Bearer ") + MoveSource::token);
        served.process.kill(SIGTERM);
        EXPECT_EQ(served.process.wait(), 0);
    }
    SystemClock clock;
    IdMinter minter{clock};
    const auto opened = store::Store::open({.directory = data_, .url = url_}, clock, minter);
    ASSERT_TRUE(opened) << opened.error().message;
    const auto broken = (*opened)->read_here([](store::Rx& rx) { return store::violations(rx); });
    ASSERT_TRUE(broken) << broken.error().log_text;
    EXPECT_THAT(*broken, ::testing::IsEmpty());
}

TEST_F(Migrate, a_move_that_is_done_is_told_and_the_directory_is_not_served_by_itself) {
    ASSERT_EQ(move(url_).exit, 0);
    const std::string before = mark(url_);
    const Outcome again = move(url_);
    EXPECT_EQ(again.exit, 0) << again.errors;
    EXPECT_THAT(again.output, HasSubstr("\"was_done_before\":true"));
    EXPECT_EQ(mark(url_), before);
    const Outcome alone = serve("");
    EXPECT_EQ(alone.exit, 3);
    EXPECT_THAT(alone.errors, HasSubstr("This directory's data was moved to postgres://"));
    expect_refused(new_database(), 3, "This directory's data was moved to postgres://");
    // Back to the state of that time; then both sides go on, and no move brings them together.
    std::filesystem::remove(data_ / "moved-to-postgres");
    {
        WeftProcess back(serve_arguments(""), directory_.path() / "back");
        EXPECT_TRUE(back.answers()) << back.errors();
        back.kill(SIGTERM);
        back.wait();
    }
    expect_refused(url_, 3, "has been used since");
    EXPECT_FALSE(std::filesystem::exists(data_ / "moved-to-postgres"));
    EXPECT_EQ(move(databases_.back()).exit, 0) << "into an empty database it may go";
}

// How far each life comes is counted in the bytes that it sends, so that a fast machine kills as
// often as a slow one.
TEST_F(Migrate, killed_at_any_moment_it_goes_on_and_ends_alike) {
    const auto sent = [&] { return proxy_.counts().to_server.passed; };
    ASSERT_EQ(move(through_proxy(url_)).exit, 0);
    const std::int64_t whole = sent();
    std::mt19937_64 dice(7);
    for (int round = 0; round < 6; ++round) {
        std::filesystem::remove(data_ / "moved-to-postgres");
        const std::string url = new_database();
        for (int life = 0; life < 3; ++life) {
            const std::int64_t last = life < 2 ? whole / 3 : whole; // the third may come to the end
            const std::int64_t enough =
                sent() + static_cast<std::int64_t>(dice() % static_cast<std::uint64_t>(last));
            const auto process = begin(through_proxy(url));
            while (sent() < enough && process->running()) usleep(200);
            EXPECT_TRUE(process->running() || life == 2);
            process->kill(SIGKILL);
            if (process->running()) process->wait();
            // What it sent last would take place beside the next life, which then says so.
            PostgresCluster::shared().kill_backends(url);
            if (!mark(url).starts_with("copying")) continue;
            const Outcome half = serve(url); // nobody is served from what is not all there
            EXPECT_EQ(half.exit, 3);
            EXPECT_THAT(half.errors, HasSubstr("Run `weft migrate` again"));
        }
        const Outcome last = move(through_proxy(url));
        ASSERT_EQ(last.exit, 0) << last.errors;
        compare_rows(data_, url);
        EXPECT_THAT(mark(url), ::testing::StartsWith("finished "));
        PostgresCluster::shared().drop_database(url);
        databases_.pop_back();
    }
}

TEST_F(Migrate, a_database_that_goes_away_is_told_and_the_next_move_goes_on) {
    const Outcome half = broken_off(url_);
    EXPECT_EQ(half.exit, 3) << half.errors;
    EXPECT_THAT(half.errors, HasSubstr("run the same command again"));
    EXPECT_THAT(mark(url_), ::testing::StartsWith("copying "));
    const Outcome moved = move(url_);
    ASSERT_EQ(moved.exit, 0) << moved.errors;
    compare_rows(data_, url_);
}

TEST_F(Migrate, a_directory_that_was_used_in_between_is_moved_anew) {
    ASSERT_EQ(broken_off(url_).exit, 3);
    ASSERT_THAT(mark(url_), ::testing::StartsWith("copying "));
    {
        WeftProcess used(serve_arguments(""), directory_.path() / "used");
        TestClient client(used.url(), MoveSource::key);
        EXPECT_EQ(client.post("/agentflow/", {{"name", "made in between"}}).status, 200);
        used.kill(SIGTERM);
        used.wait();
    }
    const Outcome moved = move(url_);
    ASSERT_EQ(moved.exit, 0) << moved.errors;
    compare_rows(data_, url_);
}

TEST_F(Migrate, refuses_what_it_cannot_move_in_a_sentence) {
    PostgresCluster& cluster = PostgresCluster::shared();
    expect_refused("mysql://here", 2, "Say where to: --to postgres://");
    expect_refused("postgres://weft:can%zzary@127.0.0.1/x", 2, "cannot be read");
    expect_refused("postgres://weft@127.0.0.1:9/x", 3, "does not answer");
    {
        WeftProcess server(serve_arguments(""), directory_.path() / "holder");
        ASSERT_TRUE(server.answers());
        expect_refused(url_, 3, "Another process uses the data directory");
    }
    ASSERT_TRUE(run_sql(data_, "UPDATE project SET description = 'a' || char(0) || 'b'"));
    const Outcome unfit = move(url_);
    EXPECT_EQ(unfit.exit, 1);
    EXPECT_THAT(unfit.errors, HasSubstr("U+0000"));
    EXPECT_THAT(unfit.errors,
                ::testing::ContainsRegex("project x[0-9a-f]{24}, column description"));
    ASSERT_TRUE(run_sql(data_, "UPDATE project SET description = ''"));
    ASSERT_TRUE(run_sql(data_, "UPDATE schema_version SET number = -number WHERE number = (SELECT "
                               "max(number) FROM schema_version)"));
    expect_refused(url_, 3, "An older version of Weft has written");
    ASSERT_TRUE(run_sql(data_, "UPDATE schema_version SET number = -number WHERE number < 0"));
    const std::string empty = cluster.psql(
        url_, "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'");
    EXPECT_EQ(empty, "0") << "nothing was made there so far";
    const Outcome nothing = [&] {
        WeftProcess process({"migrate", "--from", directory_.path() / "absent", "--to", url_},
                            directory_.path() / "nothing");
        const int exit = process.wait();
        return Outcome{exit, process.output(), process.errors()};
    }();
    EXPECT_EQ(nothing.exit, 3);
    EXPECT_THAT(nothing.errors, HasSubstr("There is no Weft data in"));
    EXPECT_FALSE(std::filesystem::exists(directory_.path() / "absent"));
}

TEST_F(Migrate, refuses_a_database_that_is_not_its_own) {
    PostgresCluster& cluster = PostgresCluster::shared();
    const std::string other = new_database();
    const std::string other_data = (directory_.path() / "other").string();
    {
        WeftProcess server(
            {"serve", "--data", other_data, "--listen", "127.0.0.1:0", "--store", other},
            directory_.path() / "other.out");
        ASSERT_TRUE(server.answers()) << server.errors();
        expect_refused(other, 3, "made with another master key");
        server.kill(SIGTERM);
        server.wait();
    }
    cluster.psql(other, "DELETE FROM store_info WHERE name = 'root_key'");
    expect_refused(other, 3, "That database has data already");
    // A move that was begun, and a node that is alive there.
    ASSERT_EQ(move(url_).exit, 0);
    std::filesystem::remove(data_ / "moved-to-postgres");
    std::filesystem::remove(data_ / "instance");
    expect_refused(url_, 3, "holds the data of another directory");
    const std::string busy = new_database();
    ASSERT_EQ(move(busy).exit, 0);
    cluster.psql(busy, "UPDATE store_info SET value = replace(value, 'finished', 'copying') WHERE "
                       "name = 'moved_from'");
    cluster.psql(busy, "INSERT INTO node VALUES (9, 'x', 1, 9000000000000000)");
    expect_refused(busy, 3, "A Weft server uses that database");
}

TEST_F(Migrate, finds_rows_that_are_not_what_they_were_and_keeps_passwords_to_itself) {
    PostgresCluster& cluster = PostgresCluster::shared();
    std::string with_password = cluster.url(url_);
    with_password.insert(with_password.find('@'), ":canary-of-the-password");
    std::string said;
    const auto listen = [&](const Outcome& outcome) {
        said += outcome.output + outcome.errors;
        return outcome.exit;
    };
    ASSERT_EQ(listen(move("", {"WEFT_STORE=" + with_password})), 0) << said;
    // As if the move had been killed before its last words, and somebody had changed a row.
    std::filesystem::remove(data_ / "moved-to-postgres");
    cluster.psql(url_, "UPDATE store_info SET value = replace(value, 'finished', 'copying') WHERE "
                       "name = 'moved_from'");
    const std::string last = cluster.psql(
        url_,
        "SELECT encode(project_id, 'hex') || ' x' || encode(table_id, 'hex') || ' x' || "
        "encode(id, 'hex') FROM record ORDER BY project_id DESC, table_id DESC, id DESC LIMIT 1");
    for (const std::string& table :
         testing::sqlite_lines(data_, "SELECT name FROM sqlite_schema WHERE type = 'table' AND "
                                      "name NOT IN ('store_info', 'schema_version', 'record')"))
        cluster.psql(url_, "TRUNCATE \"" + table + "\" CASCADE");
    cluster.psql(url_, "TRUNCATE file_piece");
    const std::string one = "(SELECT id FROM record ORDER BY id LIMIT 1)";
    cluster.psql(url_, "INSERT INTO store_info VALUES ('moved table record', 'x" + last + "')");
    cluster.psql(url_, "UPDATE record SET body = body || ' ' WHERE id = " + one);
    EXPECT_EQ(listen(move(with_password)), 1);
    EXPECT_THAT(said, HasSubstr("The rows of record behind \"\" are not the same"));
    EXPECT_FALSE(std::filesystem::exists(data_ / "moved-to-postgres"));
    cluster.psql(url_, "UPDATE record SET body = rtrim(body) WHERE id = " + one);
    EXPECT_EQ(listen(move(with_password)), 0) << said;
    compare_rows(data_, url_);
    listen(serve(""));
    WeftProcess settings({"settings", "--json", "--data", data_.string(), "--store", with_password},
                         directory_.path() / "settings");
    listen({settings.wait(), settings.output(), settings.errors()});
    EXPECT_THAT(said, Not(HasSubstr("canary-of-the-password")));
    EXPECT_EQ(cluster.psql(url_, "SELECT count(*) FROM store_info WHERE value LIKE '%canary%'"),
              "0");
}

} // namespace weft
