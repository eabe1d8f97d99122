#pragma once

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

namespace weft::testing {

inline int number_from(const char* variable, int otherwise) {
    const char* given = std::getenv(variable);
    return given ? std::atoi(given) : otherwise;
}

/// `weft serve` with flows that act on a service outside, which remembers each request; a client
/// that starts, stops, pauses and resumes runs while something or other is killed; and what must be
/// true at the end. Everything by one seed. The test's thread alone uses it.
class CrashWorld : public ::testing::Test {
protected:
    static constexpr const char* key = "0f0e0d0c-0b0a-4908-8706-050403020100";
    static constexpr int wait_ms_max = 60'000;
    static constexpr std::size_t shown_bytes_max = 300;

    /// One run as this client knows it.
    struct Started {
        std::string name; ///< in the path of each of its requests
        std::string flow;
        std::string id;          ///< empty: its start has not been acknowledged yet
        bool unanswered = false; ///< a start of it, which may have happened
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

    CrashWorld()
        : seed_(static_cast<unsigned>(
              number_from("WEFT_CRASH_SEED", static_cast<int>(std::random_device{}() >> 1)))),
          dice_(seed_), service_([this](const SeenRequest& seen) { return answer(seen); }) {
        std::printf("WEFT_CRASH_SEED=%u\n", seed_);
    }

    /// The store's URL; empty: it is in the data directory.
    virtual std::string store() const { return store::store_url(data()); }
    /// Whether a request may be refused because the database is away.
    virtual bool may_refuse() const { return false; }
    /// Whether the process may be killed during a request.
    virtual bool may_die() const { return true; }

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
        std::vector<std::string> all{"serve",       "--data",      data(),
                                     "--listen",    "127.0.0.1:0", "--allow-private-network",
                                     "--log-level", "error"};
        if (const std::string url = store(); !url.empty()) all.insert(all.end(), {"--store", url});
        return all;
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
        look_ = action(connector, "look", "GET", "");
        send_ = action(connector, "send", "POST", "Idempotency-Key");
        const std::string once = action(connector, "once", "POST", "");
        flows_.push_back(flow({look_, send_}));
        for (const std::vector<std::string>& skills :
             {std::vector{send_, once}, std::vector{look_, send_, once}})
            once_flows_.insert(flows_.emplace_back(flow(skills)));
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
        project_ = made.at("projectID");
        return made.at("_id");
    }

    /// Any answer must be one of these: yes, no for a plain reason, or that the database is away.
    void expect_plain(const Reply& reply, std::initializer_list<int> wanted) const {
        if (reply.status == 503 && may_refuse())
            EXPECT_NE(reply.header("retry-after"), "") << reply.text;
        else if (reply.status == 0)
            EXPECT_TRUE(may_die()) << reply.text;
        else
            EXPECT_NE(std::ranges::find(wanted, reply.status), wanted.end())
                << reply.status << " " << reply.text.substr(0, shown_bytes_max);
    }

    /// Starts a run, or again the one whose start was not answered. One whose start was refused is
    /// forgotten: nobody must ever hear of it. False: no answer came.
    bool begin() {
        if (runs_.empty() || !runs_.back().id.empty())
            runs_.push_back(
                {.name = fmt::format("r{}", named_++),
                 .flow =
                     flows_[static_cast<std::size_t>(dice(static_cast<int>(std::ssize(flows_))))]});
        Started& run = runs_.back();
        http::Headers headers;
        headers.set("Idempotency-Key", run.name);
        const Reply reply = client_->send(
            http::Method::post, "/execute_flow",
            weft::to_text(json::object{
                {"agentflow_id", run.flow}, {"goal", "Do it."}, {"input_variables", inputs(run)}}),
            headers);
        expect_plain(reply, {200});
        if (reply.status == 200) run.id = reply.at("_id");
        if (reply.status == 0) run.unanswered = true;
        if (reply.status == 503 && !run.unanswered) {
            runs_.pop_back();
            ++refused_starts_;
        }
        return reply.status != 0;
    }
    virtual json::object inputs(const Started& run) const { return {{"run", run.name}}; }

    /// Stops, pauses or resumes one of the latest runs. False: no answer came.
    bool disturb() {
        const int back = dice(6);
        if (back >= std::ssize(runs_)) return true;
        Started& run = runs_[runs_.size() - 1 - static_cast<std::size_t>(back)];
        if (run.id.empty()) return true;
        const char* verb = run.paused ? "resume" : dice(2) == 0 ? "pause" : "cancel";
        const Reply reply = client_->post("/execute_flow/" + run.id + "/" + verb);
        expect_plain(reply, {200, 409});
        if (reply.status == 200 && std::string_view(verb) == "cancel" &&
            reply.at("status") == "cancelled" && run.stopped_us == 0)
            run.stopped_us = monotonic_us();
        // Without an answer it may be paused: the next round resumes it.
        if (*verb == 'p' && (reply.status == 200 || reply.status == 0)) run.paused = true;
        if (*verb == 'r' && (reply.status == 200 || reply.status == 409)) run.paused = false;
        return reply.status != 0;
    }

    /// Undisturbed until each run has ended, or only a person can say how it goes on: who then
    /// stops it.
    void let_all_end() {
        ASSERT_TRUE(start()) << process_->errors();
        if (!runs_.empty() && runs_.back().id.empty()) begin();
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
            if (each.target.ends_with("/fence")) continue;
            Seen& seen = all[each.target.substr(each.target.rfind('/') + 1)];
            if (each.target.contains("/send/"))
                seen.send_keys.insert(each.header("idempotency-key"));
            if (each.target.contains("/once/")) ++seen.once;
            seen.at_us.push_back(each.at_us);
        }
        return all;
    }
    void expect_each_once() {
        auto seen = seen_by_run();
        int late = 0;
        int stopped = 0;
        std::set<std::string> ids;
        for (const Started& run : runs_) {
            const Seen of = std::exchange(seen[run.name], {});
            seen.erase(run.name);
            EXPECT_TRUE(ids.insert(run.id).second) << "two starts became one run: " << run.id;
            expect_once(run, of);
            if (run.stopped_us == 0) continue;
            ++stopped;
            late += expect_stopped(run, of);
        }
        for (const auto& [name, of] : seen)
            ADD_FAILURE() << name << " acted, and its start was never acknowledged";
        std::printf(
            "%zu runs, %d starts refused, %d uncertain, %d stopped; %zu requests, %d of them on "
            "their way when a stop was acknowledged\n",
            runs_.size(), refused_starts_, uncertain_, stopped, service_.requests().size(), late);
    }
    void expect_once(const Started& run, const Seen& of) const {
        const std::string& status = status_.at(run.name);
        SCOPED_TRACE(run.name + " " + run.id + " " + status);
        EXPECT_TRUE(status == "completed" || status == "cancelled");
        EXPECT_LE(of.send_keys.size(), 1U) << "one effect under two keys";
        EXPECT_FALSE(of.send_keys.contains("")) << "a keyed effect without its key";
        EXPECT_LE(of.once, 1) << "done a second time";
        if (status != "completed") return;
        EXPECT_EQ(of.send_keys.size(), 1U);
        EXPECT_EQ(of.once, once_flows_.contains(run.flow) ? 1 : 0);
    }
    /// How many of its requests were on their way when the stop was acknowledged.
    int expect_stopped(const Started& run, const Seen& of) const {
        SCOPED_TRACE(run.name + " " + run.id);
        EXPECT_EQ(status_.at(run.name), "cancelled");
        const auto on_their_way = std::ranges::count_if(
            of.at_us, [&](std::int64_t at_us) { return at_us > run.stopped_us; });
        EXPECT_LE(on_their_way, 1) << "a run does one thing at a time";
        for (const std::int64_t at_us : of.at_us) {
            EXPECT_LE(at_us, run.dead_us) << "begun after the stop was acknowledged";
        }
        return static_cast<int>(on_their_way);
    }
    /// The server is stopped; its store is looked at.
    void expect_sound_store() {
        process_->kill(SIGTERM);
        EXPECT_EQ(process_->wait_a_minute(), 0) << process_->errors();
        store::Home home(store::Options{
            .directory = data(), .url = store(), .read_ms_max = milliseconds(wait_ms_max)});
        const auto broken =
            home.store->read_here([](store::Rx& rx) { return store::violations(rx); });
        ASSERT_TRUE(broken) << broken.error().log_text;
        EXPECT_EQ(*broken, std::vector<std::string>{});
        EXPECT_EQ(process_->errors(), "");
    }

    unsigned seed_;
    std::mt19937 dice_;
    Mutex mutex_;
    std::mt19937 service_dice_ GUARDED_BY(mutex_){1};
    std::set<std::string> refused_ GUARDED_BY(mutex_);
    TemporaryDirectory directory_;
    FaultServer service_;
    std::unique_ptr<WeftProcess> process_;
    std::unique_ptr<TestClient> client_;
    std::string project_;
    std::string look_;
    std::string send_;
    std::vector<std::string> flows_;
    std::set<std::string> once_flows_;
    std::vector<Started> runs_;
    std::map<std::string, std::string> status_;
    int named_ = 0;
    int refused_starts_ = 0;
    int uncertain_ = 0;
};

} // namespace weft::testing
