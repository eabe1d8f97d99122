// `weft serve` on a PostgreSQL that crashes again and again, also while it recovers; and a node
// that its database no longer hears.
#include "crash_world.h"
#include "support/fault_proxy.h"
#include "support/postgres_cluster.h"

#include <gmock/gmock.h>

namespace weft {

namespace {

using testing::CrashWorld;
using testing::FaultProxy;
using testing::FaultServer;
using testing::number_from;
using testing::PostgresCluster;
using testing::Reply;
using testing::Scripted;
using testing::SeenConnection;
using testing::SeenRequest;
using testing::TestClient;
using testing::WeftProcess;

constexpr int looks_max = 6'000; ///< of 10 ms

#if __has_feature(address_sanitizer)
constexpr int rounds_default = 3;
#else
constexpr int rounds_default = 10;
#endif

/// What befalls the database in one round, in microseconds.
struct Harm {
    int after = 0;                  ///< of requests
    std::vector<int> recovery = {}; ///< how long each recovery but the last goes on
    std::optional<int> kill = {};   ///< of the server, so long after the database
    int away = 0;                   ///< in addition
};

class DatabaseCrash : public CrashWorld {
protected:
    std::string store() const override { return database_; }
    bool may_refuse() const override { return true; }
    bool may_die() const override { return may_die_; }
    json::object inputs(const Started& run) const override {
        return {{"run", run.name},
                {"table", table_},
                {"records", json::array{json::object{{"name", run.name}}}}};
    }

    /// One that puts a record into a table beside the others.
    void found_all() {
        found_flows();
        const Reply table = client_->post(
            "/create/table?projectID=" + project_,
            {{"table_name", "records"}, {"columns", json::array{{{"column_name", "name"}}}}});
        EXPECT_EQ(table.status, 200) << table.text;
        table_ = table.at("_id");
        record_flow_ = flows_.emplace_back(flow({look_, insertion(), send_}));
    }
    std::string insertion() {
        const Reply all =
            client_->get("/skills/category?projectId=" + project_ + "&category=tables&limit=50");
        for (const json::value& each : all.body.as_array())
            if (text_or(each.at("actions").at(0), "sort") == "insert_records")
                return std::string(text_or(each, "_id"));
        ADD_FAILURE() << all.text;
        return {};
    }

    Harm next_harm() {
        Harm harm{.after = dice(300'000), .away = dice(150'000)};
        for (int i = dice(3); i > 0; --i) harm.recovery.push_back(dice(4) * dice(2'000));
        if (dice(3) == 0) harm.kill = dice(50'000);
        return harm;
    }
    /// Everything that a round does to the database and the server, in a thread of its own.
    void do_harm(const Harm& harm) {
        usleep(static_cast<useconds_t>(harm.after));
        cluster_.stop(PostgresCluster::Stop::immediate);
        ++crashes_;
        away_ = true;
        if (harm.kill) {
            usleep(static_cast<useconds_t>(*harm.kill));
            process_->kill(SIGKILL);
        }
        usleep(static_cast<useconds_t>(harm.away));
        for (const int each : harm.recovery) break_recovery_off(each);
        away_ = false;
        cluster_.start();
        count_interrupted();
        over_ = true;
    }
    void break_recovery_off(int after_us) {
        cluster_.begin_start();
        for (int look = 0; look < 10 * looks_max; ++look, usleep(100)) {
            const std::string said = cluster_.log(); // one that was just through has no other
            if (said.contains("automatic recovery in progress") || said.contains("ready to accept"))
                break;
        }
        usleep(static_cast<useconds_t>(after_us));
        cluster_.stop(PostgresCluster::Stop::immediate);
        count_interrupted();
    }
    void count_interrupted() {
        if (cluster_.log().contains("interrupted while in recovery")) ++interrupted_;
    }

    /// A crash of the database with requests of all kinds until it is there again, and the server
    /// with it.
    void live_through_a_crash() {
        if (!process_ || !process_->running()) {
            ASSERT_TRUE(start()) << process_->errors();
        }
        if (flows_.empty()) found_all();
        const Harm harm = next_harm();
        may_die_ = harm.kill.has_value();
        over_ = false;
        std::thread harming([this, &harm] { do_harm(harm); });
        std::thread looking([this] { look_on(); });
        while (!over_) {
            if (dice(3) > 0)
                begin_one();
            else
                disturb();
            usleep(static_cast<useconds_t>(dice(away_ ? 20'000 : 3'000)));
        }
        harming.join();
        looking.join();
        EXPECT_FALSE(process_->errors().contains("invariant")) << process_->errors();
        if (may_die_)
            await_death();
        else
            await_back();
        may_die_ = false;
    }
    /// One that was under way when the database crashed is answered when it is known what became of
    /// it.
    void begin_one() {
        const int crashes = crashes_;
        const int refused = refused_starts_;
        if (begin() && refused_starts_ == refused && crashes_ != crashes) ++cleared_up_;
    }
    /// While the database is away every read is refused, at once and with the time to try again.
    void look_on() {
        TestClient client(client_->base_url(), key, TestClient::Answers::unchecked);
        while (!over_) {
            const bool before = away_;
            const int crashes = crashes_;
            const Reply reply = client.get("/agentflow/" + flows_.front());
            if (before && away_ && crashes_ == crashes) { // and not back in between
                EXPECT_TRUE(reply.status == 503 || (reply.status == 0 && may_die_))
                    << reply.status << " " << reply.text.substr(0, shown_bytes_max);
                ++refused_reads_;
            }
            expect_plain(reply, {200});
            usleep(1'000);
        }
    }
    /// By itself.
    void await_back() {
        Reply reply;
        for (int look = 0; look < looks_max && reply.status != 200; ++look, usleep(10'000)) {
            reply = client_->get("/agentflow/" + flows_.front());
            expect_plain(reply, {200});
        }
        EXPECT_EQ(reply.status, 200) << "it does not come back";
    }
    /// It says why and ends.
    void expect_no_start_without_it() {
        cluster_.stop(PostgresCluster::Stop::immediate);
        EXPECT_FALSE(start());
        EXPECT_TRUE(process_->errors().contains("The database does not answer"))
            << process_->errors();
        cluster_.start();
    }

    /// Every start that was acknowledged, and no other; a record for each run that has put it in.
    void expect_each_in_the_database() {
        std::multiset<std::string> wanted;
        std::multiset<std::string> recorded;
        for (const Started& run : runs_) {
            wanted.insert(run.name);
            if (run.flow == record_flow_ && status_.at(run.name) == "completed")
                recorded.insert(run.name);
        }
        EXPECT_EQ(lines("SELECT inputs::json ->> 'run' FROM execution_start"), wanted);
        auto records = lines("SELECT body::json ->> 'name' FROM record");
        const std::set<std::string> distinct(records.begin(), records.end());
        EXPECT_EQ(distinct.size(), records.size()) << "put in twice";
        EXPECT_TRUE(std::ranges::includes(distinct, recorded)) << "a record is gone";
        std::printf("%d crashes, %d more while it recovered; %zu records, %d reads refused, %d "
                    "starts acknowledged after a crash in their middle\n",
                    crashes_.load(), interrupted_.load(), records.size(), refused_reads_.load(),
                    cleared_up_);
    }
    std::multiset<std::string> lines(const std::string& sql) const {
        std::multiset<std::string> all;
        std::istringstream in(cluster_.psql(database_, sql));
        for (std::string line; std::getline(in, line);) all.insert(line);
        return all;
    }

    PostgresCluster cluster_{{.settings = {{"full_page_writes", "on"}}}};
    std::string database_ = cluster_.create_database();
    std::string table_;
    std::string record_flow_;
    std::atomic<bool> may_die_ = false;
    std::atomic<bool> away_ = false; ///< certainly
    std::atomic<bool> over_ = false; ///< what is done to it in this round
    std::atomic<int> crashes_ = 0;
    std::atomic<int> interrupted_ = 0; ///< recoveries
    int cleared_up_ = 0;
    std::atomic<int> refused_reads_ = 0;
};

TEST_F(DatabaseCrash, at_random_moments_and_while_it_recovers_loses_nothing_and_doubles_nothing) {
    const int count = number_from("WEFT_CRASH_ROUNDS", rounds_default);
    const auto enough = [&](int round) { // at least one that came in the middle of a recovery
        return round >= count && (interrupted_ > 0 || round >= 5 * count);
    };
    for (int round = 0; !enough(round) && !HasFailure(); ++round) live_through_a_crash();
    process_->kill(SIGKILL);
    await_death();
    expect_no_start_without_it();
    let_all_end();
    expect_each_once();
    cluster_.psql(database_, "ANALYZE"); // each crash came before autovacuum did it
    expect_sound_store();
    expect_each_in_the_database();
    EXPECT_GT(refused_reads_, 0);
    EXPECT_GT(interrupted_, 0);
}

/// Two nodes on one database. What the first one says to it, and to the model, goes through
/// proxies.
class Fence : public ::testing::Test {
protected:
    static constexpr const char* key = "0f0e0d0c-0b0a-4908-8706-050403020100";
    static constexpr int runs = 6; ///< that the first node begins
    const std::string master_key_ = std::string(64, 'a');

    ~Fence() override {
        nodes_.clear();
        cluster_.drop_database(database_);
    }

    /// Every other run is silent when it is asked about the first time.
    Scripted answer(const SeenRequest& seen) {
        const std::string name = name_in(seen);
        const Lock lock(mutex_);
        const bool again = !asked_.insert(name).second;
        if (!again && is_silent(name)) return {.fault = Scripted::Fault::never_answers};
        return {.text = "Done."};
    }
    static std::string name_in(const SeenRequest& seen) {
        const auto from = seen.body.find("about ");
        return from == std::string::npos ? "" : seen.body.substr(from + 6, 5);
    }
    static bool is_silent(const std::string& name) {
        return name.starts_with("run-") && name.back() % 2 == 0;
    }

    void start_node(const std::string& store, const std::string& model) {
        const auto file = [&](const char* name) {
            return (directory_.path() / fmt::format("{}{}", name, nodes_.size())).string();
        };
        nodes_.push_back(std::make_unique<WeftProcess>(
            std::vector<std::string>{"serve", "--data", file("data"), "--store", store, "--listen",
                                     "127.0.0.1:0", "--allow-private-network", "--log-level",
                                     "error"},
            file("out"),
            std::vector<std::string>{fmt::format("WEFT_BOOTSTRAP_API_KEY={}", key),
                                     "WEFT_MASTER_KEY=" + master_key_, "OPENAI_BASE_URL=" + model,
                                     "OPENAI_API_KEY=sk-test-not-a-real-key"}));
        clients_.push_back(std::make_unique<TestClient>(nodes_.back()->url(), key));
    }
    std::string begin(const std::string& name) {
        const Reply run = clients_[0]->post(
            "/execute_flow", {{"agentflow_id", flow_}, {"input_variables", {{"run", name}}}});
        EXPECT_EQ(run.status, 200) << run.text;
        return run.at("_id");
    }
    /// Runs of one agent that asks the model, all of them waiting for it at the first node.
    void begin_all() {
        const json::object agent{{"title", "Ask"},
                                 {"llm", {{"model", "openai/gpt-4o-mini"}}},
                                 {"prompt", {{"template", "Say something about {{run}}."}}}};
        flow_ = clients_[0]
                    ->post("/agentflow",
                           {{"name", "asks"}, {"agents", json::array{json::value(agent)}}})
                    .at("_id");
        for (int i = 0; i < runs; ++i) ids_.push_back(begin(fmt::format("run-{}", i)));
        comes([this] { return model_.requests().size() == runs; });
        owner_ = ask("SELECT string_agg(DISTINCT owner::text, ' ') FROM execution");
    }
    std::string ask(const std::string& sql) const { return cluster_.psql(database_, sql); }
    static void comes(const std::function<bool()>& holds) {
        for (int look = 0; look < looks_max && !holds(); ++look) usleep(10'000);
        EXPECT_TRUE(holds());
    }
    void await_completed(int node, const std::string& id) {
        comes([&] {
            return clients_[static_cast<std::size_t>(node)]
                       ->get("/execute_flow/" + id)
                       .at("status") == "completed";
        });
    }
    void expect_refused_at_first_node() {
        const Reply refused = clients_[0]->get("/execute_flow/" + ids_.front());
        EXPECT_EQ(refused.status, 503) << refused.text;
        EXPECT_NE(refused.header("retry-after"), "");
    }

    /// Each run was asked about twice: by the first node, and again by the second only after the
    /// first had broken off, which it did before its lease ended, by the database's clock.
    void expect_broken_off_in_time(std::int64_t lease_until_us) {
        const std::int64_t apart_us = SystemClock().now().us - monotonic_us();
        const auto connections = model_.connections();
        const auto all = model_.requests();
        for (int i = 0; i < runs; ++i) {
            const std::string name = fmt::format("run-{}", i);
            SCOPED_TRACE(name);
            std::vector<SeenRequest> of;
            std::ranges::copy_if(all, std::back_inserter(of),
                                 [&](const SeenRequest& each) { return name_in(each) == name; });
            ASSERT_EQ(of.size(), 2U);
            if (!is_silent(name)) continue;
            const auto hung = std::ranges::find(connections, of[0].connection, &SeenConnection::id);
            ASSERT_NE(hung, connections.end());
            ASSERT_NE(hung->closed_us, 0) << "never broken off";
            EXPECT_LT(hung->closed_us, of[1].at_us) << "two nodes at once";
            EXPECT_LT(hung->closed_us + apart_us, lease_until_us) << "after its lease";
            std::printf("%s: broken off %.1f s before its lease ended, asked again %.1f s later\n",
                        name.c_str(),
                        static_cast<double>(lease_until_us - hung->closed_us - apart_us) / 1e6,
                        static_cast<double>(of[1].at_us - hung->closed_us) / 1e6);
        }
    }
    /// All that is kept of the runs begun so far.
    std::string kept() const {
        std::string all;
        for (const char* table : {"execution", "journal", "ledger"})
            all += ask(fmt::format(
                       "SELECT t::text FROM {} t WHERE {} IN "
                       "(SELECT id FROM execution_start WHERE inputs LIKE '%run-_\"%') "
                       "ORDER BY 1",
                       table, table == std::string_view("execution") ? "id" : "execution_id")) +
                   "\n";
        return all;
    }
    void end_node(int number) {
        WeftProcess& node = *nodes_[static_cast<std::size_t>(number)];
        node.kill(SIGTERM);
        EXPECT_EQ(node.wait_a_minute(), 0) << node.errors();
    }
    void expect_sound_store() {
        SystemClock clock;
        IdMinter minter{clock};
        const auto opened = store::Store::open(
            {.directory = directory_.path() / "data1", .url = database_, .master_key = master_key_},
            clock, minter);
        ASSERT_TRUE(opened) << opened.error().message;
        const auto broken =
            (*opened)->read_here([](store::Rx& rx) { return store::violations(rx); });
        ASSERT_TRUE(broken) << broken.error().log_text;
        EXPECT_THAT(*broken, ::testing::IsEmpty());
    }

    PostgresCluster& cluster_ = PostgresCluster::shared();
    std::string database_ = cluster_.create_database();
    Mutex mutex_;
    std::set<std::string> asked_ GUARDED_BY(mutex_);
    FaultServer model_{[this](const SeenRequest& seen) { return answer(seen); }};
    FaultProxy to_database_{cluster_.port()};
    FaultProxy to_model_{model_.port()};
    testing::TemporaryDirectory directory_;
    std::vector<std::unique_ptr<WeftProcess>> nodes_;
    std::vector<std::unique_ptr<TestClient>> clients_;
    std::string flow_;
    std::string owner_;
    std::vector<std::string> ids_;
};

TEST_F(Fence, a_node_that_its_database_does_not_hear_lets_go_before_another_takes_over) {
    start_node(to_database_.url_through(cluster_.url(database_)),
               fmt::format("http://127.0.0.1:{}/v1", to_model_.port()));
    to_model_.half_open(FaultProxy::Direction::to_client);
    begin_all();
    start_node(database_, model_.base_url());
    EXPECT_EQ(owner_.find(' '), std::string::npos) << owner_;
    to_database_.black_hole();
    const std::int64_t lease_until_us =
        std::stoll(ask("SELECT lease_until FROM node WHERE id = " + owner_));
    EXPECT_TRUE(nodes_[0]->wait_output("The database is away."));
    expect_refused_at_first_node();
    // What half of its runs have waited for arrives, and cannot be kept.
    to_model_.pass();
    for (const std::string& id : ids_) await_completed(1, id);
    expect_broken_off_in_time(lease_until_us);
    const std::string before = kept();
    expect_refused_at_first_node();

    to_database_.pass();
    comes([this] { return clients_[0]->get("/execute_flow/" + ids_.front()).status == 200; });
    end_node(1);
    for (int i = 0; i < runs; ++i) await_completed(0, begin(fmt::format("new-{}", i)));
    EXPECT_THAT(nodes_[0]->errors(), ::testing::HasSubstr(R"("message":"This node's lease)"));
    EXPECT_THAT(nodes_[0]->output(), ::testing::Not(::testing::HasSubstr("lease")));
    end_node(0); // when all that it was doing has ended
    EXPECT_EQ(kept(), before) << "written by who had let go";
    EXPECT_EQ(ask("SELECT count(*) FROM execution WHERE state = 4"), std::to_string(2 * runs));
    EXPECT_EQ(model_.requests().size(), std::size_t{3 * runs});
    expect_sound_store();
}

} // namespace
} // namespace weft
