// `weft serve` killed again and again while it runs flows that act on a service outside, which
// remembers each request: at random moments, and at its writes and syncs.
#include "store/invariants_testing.h"
#include "store/test_home.h"
#include "support/fault_server.h"
#include "weft_process.h"
#include "whole_server.h"

#include <atomic>
#include <map>
#include <random>
#include <set>
#include <thread>

namespace weft {

using testing::FaultServer;
using testing::Reply;
using testing::Scripted;
using testing::SeenRequest;
using testing::TestClient;
using testing::WeftProcess;

namespace {

constexpr const char* key = "0f0e0d0c-0b0a-4908-8706-050403020100";
constexpr int starts_per_round_max = 6;
constexpr int life_us_max = 80'000; // of a process, after it answers
constexpr int wait_ms_max = 60'000;

int number_from(const char* variable, int otherwise) {
    const char* given = std::getenv(variable);
    return given ? std::atoi(given) : otherwise;
}

/// Of random lives; and the writes and syncs of which some are chosen: opening the store, and some
/// steps. Fewer where a sanitizer makes everything slow.
#if __has_feature(address_sanitizer)
constexpr int rounds_default = 5;
constexpr int positions_sampled = 40;
#else
constexpr int rounds_default = 50;
constexpr int positions_sampled = 120;
#endif

/// One run as this client knows it.
struct Started {
    std::string name; ///< in the path of each of its requests
    std::string flow;
    std::string id; ///< empty: its start has not been acknowledged yet
    bool paused = false;
    std::int64_t stopped_us = 0; ///< when a stop was acknowledged; 0 = never
    std::int64_t dead_us = 0;    ///< when the process of that moment was gone, sockets and all
};

/// What the service has seen of one run.
struct Seen {
    std::set<std::string> send_keys;
    int once = 0;
    std::vector<std::int64_t> at_us;
};

class CrashLoop : public ::testing::Test {
protected:
    CrashLoop()
        : seed_(static_cast<unsigned>(
              number_from("WEFT_CRASH_SEED", static_cast<int>(std::random_device{}() >> 1)))),
          dice_(seed_), service_([this](const SeenRequest& seen) { return answer(seen); }) {
        std::printf("WEFT_CRASH_SEED=%u\n", seed_);
    }

    int dice(int below) { return static_cast<int>(dice_() % static_cast<unsigned>(below)); }

    /// Some milliseconds late, and the first look of some runs is refused for a moment.
    Scripted answer(const SeenRequest& seen) {
        Scripted out;
        const Lock lock(mutex_);
        const auto luck = service_dice_();
        out.pause_before_head = milliseconds(luck % 6);
        out.raw_body = R"({"fine":true})";
        if (seen.target.contains("/look/") && luck % 8 == 0 && refused_.insert(seen.target).second)
            out.status = 503;
        return out;
    }

    std::vector<std::string> serve() const {
        return {"serve",       "--data",      data(),
                "--listen",    "127.0.0.1:0", "--allow-private-network",
                "--log-level", "error"};
    }
    std::string data() const { return (directory_.path() / "data").string(); }
    std::string output() const { return (directory_.path() / "out").string(); }

    /// False: it was dead before it could answer.
    bool start(std::vector<std::string> launcher = {}) {
        process_ = std::make_unique<WeftProcess>(
            serve(), output(),
            std::vector<std::string>{fmt::format("WEFT_BOOTSTRAP_API_KEY={}", key)},
            std::move(launcher));
        if (!process_->answers()) return false;
        client_ =
            std::make_unique<TestClient>(process_->url(), key, TestClient::Answers::unchecked);
        return true;
    }
    /// Gone, and all that it had sent has arrived: what it connected to is accepted in its turn, so
    /// that whoever is answered now comes after it.
    void await_death() {
        if (process_->running()) process_->wait();
        EXPECT_EQ(TestClient(service_.base_url(), "", TestClient::Answers::unchecked)
                      .get("/fence")
                      .status,
                  200);
        EXPECT_TRUE(service_.wait_all_closed());
        for (Started& run : runs_)
            if (run.stopped_us != 0 && run.dead_us == 0) run.dead_us = monotonic_us();
    }

    /// Flows of agents that look (pure), send (keyed) and act once, and of all three.
    void found_flows() {
        const std::string connector =
            client_
                ->post("/actions/restful/config",
                       {{"name", "Service"}, {"config", {{"base_url", service_.base_url()}}}})
                .at("_id");
        const std::string look = action(connector, "look", "GET", "");
        const std::string send = action(connector, "send", "POST", "Idempotency-Key");
        const std::string once = action(connector, "once", "POST", "");
        for (const std::vector<std::string>& skills :
             {std::vector{look, send}, std::vector{send, once}, std::vector{look, send, once}})
            flows_.push_back(flow(skills));
    }
    std::string action(const std::string& connector, const std::string& name,
                       const std::string& method, const std::string& header) {
        json::object body{
            {"name", name},
            {"connector_id", connector},
            {"method", method},
            {"url", "/" + name + "/{{run}}"},
            {"input_schema", {{"fields", json::array{{{"field_id", "run"}, {"required", true}}}}}}};
        if (!header.empty()) body["idempotency_header"] = header;
        const Reply made = client_->post("/action", body);
        EXPECT_EQ(made.status, 200) << made.text;
        return made.at("skill_id");
    }
    std::string flow(const std::vector<std::string>& skills) {
        json::array agents;
        for (std::size_t i = 0; i < skills.size(); ++i) {
            json::object agent{{"title", fmt::format("agent {}", i)},
                               {"prompt", {{"template", "Do it."}}},
                               {"skills", json::array{json::value(skills[i])}}};
            if (i + 1 < skills.size()) agent["next_agent"] = fmt::format("agent {}", i + 1);
            agents.push_back(std::move(agent));
        }
        const Reply made = client_->post("/agentflow/", {{"name", "flow"}, {"agents", agents}});
        EXPECT_EQ(made.status, 200) << made.text;
        return made.at("_id");
    }

    /// Starts a run, or again the one whose start nobody has acknowledged. False: no answer came.
    bool begin() {
        if (runs_.empty() || !runs_.back().id.empty())
            runs_.push_back({.name = fmt::format("r{}", runs_.size()),
                             .flow = flows_[static_cast<std::size_t>(dice(3))]});
        Started& run = runs_.back();
        http::Headers headers;
        headers.set("Idempotency-Key", run.name);
        const Reply reply = client_->send(
            http::Method::post, "/execute_flow",
            to_text(json::object{{"agentflow_id", run.flow},
                                 {"goal", "Do it."},
                                 {"input_variables", json::object{{"run", run.name}}}}),
            headers);
        if (reply.status == 200) run.id = reply.at("_id");
        EXPECT_TRUE(reply.status == 200 || reply.status == 0) << reply.text;
        return reply.status != 0;
    }
    /// Stops, pauses or resumes one of the latest runs. False: no answer came.
    bool disturb() {
        const int back = dice(6);
        if (back >= std::ssize(runs_)) return true;
        Started& run = runs_[runs_.size() - 1 - static_cast<std::size_t>(back)];
        if (run.id.empty()) return true;
        const char* verb = run.paused ? "resume" : dice(2) == 0 ? "pause" : "cancel";
        const Reply reply = client_->post("/execute_flow/" + run.id + "/" + verb);
        if (reply.status == 200 && std::string_view(verb) == "cancel" &&
            reply.at("status") == "cancelled" && run.stopped_us == 0)
            run.stopped_us = monotonic_us();
        // Without an answer it may be paused: the next round resumes it.
        if (*verb == 'p' && (reply.status == 200 || reply.status == 0)) run.paused = true;
        if (*verb == 'r' && (reply.status == 200 || reply.status == 409)) run.paused = false;
        return reply.status != 0;
    }
    /// One life of the process, with requests of all kinds until it is dead.
    void live_and_die() {
        ASSERT_TRUE(start()) << process_->errors();
        if (flows_.empty()) found_flows();
        const int life_us = dice(life_us_max);
        std::thread killer([this, life_us] {
            usleep(static_cast<useconds_t>(life_us));
            process_->kill(SIGKILL);
        });
        bool alive = true;
        for (int begun = 0; alive;) {
            const bool may_begin = begun < starts_per_round_max;
            if (may_begin && dice(3) > 0) {
                alive = begin();
                ++begun;
            } else {
                alive = disturb() && client_->get("/health").status != 0;
            }
            usleep(static_cast<useconds_t>(dice(3'000)));
        }
        killer.join();
        await_death();
    }

    /// One life that ends with its write or sync of this number. False: it never came to it.
    bool live_until(int write_or_sync) {
        bool alive =
            start({"strace", "-D", "-f", "-qq", "-o", "/dev/null", "-e",
                   fmt::format("inject=pwrite64,fdatasync:signal=KILL:when={}", write_or_sync)});
        const std::size_t first = runs_.size();
        for (int begun = 0; alive && begun < 2; ++begun) alive = begin();
        for (std::size_t i = first; alive && i < runs_.size(); ++i) alive = await_rest(runs_[i]);
        process_->kill(SIGKILL);
        await_death();
        return !alive;
    }
    /// Until it has ended or waits for a person. False: no answer came.
    bool await_rest(const Started& run) {
        for (int waited = 0; waited < wait_ms_max; ++waited) {
            const Reply reply = client_->get("/execute_flow/" + run.id);
            if (reply.status == 0) return false;
            if (reply.at("status") != "running" && reply.at("status") != "ready") return true;
            usleep(1'000);
        }
        return true;
    }

    /// Undisturbed until each run has ended, or only a person can say how it goes on: who then
    /// stops it.
    void let_all_end() {
        ASSERT_TRUE(start()) << process_->errors();
        if (runs_.back().id.empty()) begin();
        for (Started& run : runs_) {
            if (run.paused) client_->post("/execute_flow/" + run.id + "/resume");
            status_[run.name] = end_of(run);
        }
    }
    std::string end_of(const Started& run) {
        std::string status;
        for (int waited = 0; waited < wait_ms_max; waited += 5) {
            const Reply reply = client_->get("/execute_flow/" + run.id);
            status = reply.at("status");
            if (status == "completed" || status == "failed" || status == "cancelled") return status;
            if (status == "input_required") {
                ++uncertain_;
                client_->post("/execute_flow/" + run.id + "/cancel");
            }
            usleep(5'000);
        }
        return status;
    }

    std::map<std::string, Seen> seen_by_run() const {
        std::map<std::string, Seen> all;
        for (const SeenRequest& each : service_.requests()) {
            Seen& seen = all[each.target.substr(each.target.rfind('/') + 1)];
            if (each.target.contains("/send/"))
                seen.send_keys.insert(each.header("idempotency-key"));
            if (each.target.contains("/once/")) ++seen.once;
            seen.at_us.push_back(each.at_us);
        }
        return all;
    }
    void expect_each_once() {
        const auto seen = seen_by_run();
        int late = 0;
        int stopped = 0;
        std::set<std::string> ids;
        for (const Started& run : runs_) {
            const std::string& status = status_.at(run.name);
            const Seen& of = seen.contains(run.name) ? seen.at(run.name) : Seen{};
            SCOPED_TRACE(run.name + " " + run.id + " " + status);
            EXPECT_TRUE(ids.insert(run.id).second) << "two starts became one run";
            EXPECT_TRUE(status == "completed" || status == "cancelled");
            EXPECT_LE(of.send_keys.size(), 1U) << "one effect under two keys";
            EXPECT_FALSE(of.send_keys.contains("")) << "a keyed effect without its key";
            EXPECT_LE(of.once, 1) << "done a second time";
            if (status == "completed") {
                EXPECT_EQ(of.send_keys.size(), 1U);
                EXPECT_EQ(of.once, run.flow == flows_[0] ? 0 : 1);
            }
            if (run.stopped_us == 0) continue;
            ++stopped;
            EXPECT_EQ(status, "cancelled");
            const auto on_their_way = std::ranges::count_if(
                of.at_us, [&](std::int64_t at_us) { return at_us > run.stopped_us; });
            EXPECT_LE(on_their_way, 1) << "a run does one thing at a time";
            late += static_cast<int>(on_their_way);
            for (const std::int64_t at_us : of.at_us) {
                EXPECT_LE(at_us, run.dead_us) << "begun after the stop was acknowledged";
            }
        }
        std::printf(
            "%zu runs, %d uncertain, %d stopped; %zu requests, %d of them on their way when "
            "a stop was acknowledged\n",
            runs_.size(), uncertain_, stopped, service_.requests().size(), late);
    }
    /// The server is stopped; its store is looked at.
    void expect_sound_store() {
        process_->kill(SIGTERM);
        EXPECT_EQ(process_->wait_a_minute(), 0) << process_->errors();
        store::Home home(data());
        const auto broken = home.wait(home.store->read(store::violations));
        ASSERT_TRUE(broken);
        EXPECT_EQ(*broken, std::vector<std::string>{});
        EXPECT_EQ(process_->errors(), "");
    }

    unsigned seed_;
    std::mt19937 dice_;
    Mutex mutex_;
    std::mt19937 service_dice_ GUARDED_BY(mutex_){1};
    std::set<std::string> refused_ GUARDED_BY(mutex_);
    testing::TemporaryDirectory directory_;
    FaultServer service_;
    std::unique_ptr<WeftProcess> process_;
    std::unique_ptr<TestClient> client_;
    std::vector<std::string> flows_;
    std::vector<Started> runs_;
    std::map<std::string, std::string> status_;
    int uncertain_ = 0;
};

} // namespace

TEST_F(CrashLoop, killed_at_random_moments_nothing_is_lost_and_nothing_is_done_twice) {
    const int count = number_from("WEFT_CRASH_ROUNDS", rounds_default);
    for (int round = 0; round < count && !HasFailure(); ++round) live_and_die();
    let_all_end();
    expect_each_once();
    expect_sound_store();
}

TEST_F(CrashLoop, killed_at_its_writes_and_syncs_nothing_is_lost_and_nothing_is_done_twice) {
    if (std::system("strace -qq -o /dev/null true 2>/dev/null") != 0)
        GTEST_SKIP() << "strace is not here, or this process may not trace another";
    ASSERT_TRUE(start()) << process_->errors();
    found_flows();
    process_->kill(SIGKILL);
    await_death();
    // Some of them, or with WEFT_CRASH_ALL each until a life goes by without coming to it.
    const bool all = std::getenv("WEFT_CRASH_ALL") != nullptr;
    int lives = 0;
    for (int at = 1; all || at <= positions_sampled; at += all ? 1 : 1 + dice(16)) {
        if (HasFailure() || !live_until(at)) break;
        ++lives;
    }
    std::printf("%d lives ended at a write or a sync\n", lives);
    EXPECT_GT(lives, 0);
    let_all_end();
    expect_each_once();
    expect_sound_store();
}

} // namespace weft
