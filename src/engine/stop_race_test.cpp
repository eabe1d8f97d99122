// Stops, pauses and resumes of many runs at once, on all threads of the engine and of the store:
// asked for at each commit of a run, they race with its next one, with its end and with each other.
// (stop_storm_test.cpp does the same turn by turn.)
#include "base/log.h"
#include "engine/storm_testing.h"
#include "engine/world_testing.h"
#include "store/invariants_testing.h"
#include "tests/support/fault_proxy.h"
#include "tests/support/postgres_cluster.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <deque>
#include <map>
#include <set>

namespace weft::engine {

namespace {

using weft::testing::FaultProxy;
using weft::testing::PostgresCluster;

constexpr milliseconds tick{5};
constexpr milliseconds clock_tick{50}; ///< of the clock of the runs, each tick
constexpr milliseconds before_next_try{10};

/// Asked for at the same time, on different threads.
using Together = std::vector<Verb>;

struct Plan {
    int at = 0;                 ///< asked for after so many commits of the run
    bool held = false;          ///< until the first are answered effects stay and the clock stands
    std::vector<Together> asks; ///< each when the one before is answered
};

/// All the ways at one commit. The last resume is for a run that would rest for ever.
std::vector<Plan> plans_at(int commits) {
    constexpr Verb pause = Verb::pause;
    constexpr Verb resume = Verb::resume;
    constexpr Verb stop = Verb::stop;
    return {{commits, true, {{stop}}},
            {commits, false, {{stop}}},
            {commits, commits % 2 == 0, {{stop, stop, stop}, {pause}, {resume}, {stop}}},
            {commits, commits % 2 != 0, {{pause}, {resume}}},
            {commits, commits % 2 == 0, {{pause}, {resume}, {stop}}},
            {commits, commits % 2 != 0, {{pause, stop}}},
            {commits, commits % 2 == 0, {{pause}, {stop}}},
            {commits, commits % 2 != 0, {{pause, resume}, {resume}}},
            {commits, false, {{pause, resume, stop}}}};
}

/// When something came, in an order over everything in the process.
using Order = std::int64_t;

struct Answer {
    Verb verb;
    Order order = 0;           ///< of the transactions
    std::int64_t next_seq = 0; ///< of the journal at it
    bool was_final = false;    ///< before it
    bool done = false;         ///< and not refused, as to what has ended
};

struct Begun {
    Order at = 0;
    bool cut = false;
};

struct Followed {
    ExecutionId id;
    Plan plan;
    int commits = 0;
    std::size_t asked = 0; ///< of the plan
    int open = 0;          ///< verbs without an answer
    bool holding = false;
    std::vector<Answer> answers;
    std::optional<Order> stopped; ///< acknowledged
    std::deque<Begun> begun;      ///< effects
    EventHub::Subscription watching = {};
};

class Race {
public:
    explicit Race(const std::string& url = {})
        : world_(storm_script, {.backoff_first = milliseconds(600), .stream_beat = milliseconds(1)},
                 nullptr, {.url = url}) {
        world_.executor.performing = [this](const TheRun& run, std::string, LiveSink live) {
            return perform(run, std::move(live));
        };
    }
    ~Race() { world_.close(); }

    void add(Plan plan) {
        const ExecutionId id = world_.create();
        const Lock lock(mutex_);
        Followed& run = runs_.emplace_back();
        run.id = id;
        run.plan = std::move(plan);
        by_id_[id] = &run;
        run.watching = world_.events.subscribe(id, {[this, &run] { note_commit(run); }, {}});
    }
    /// What is asked for before the first commit comes in part before the engine starts.
    void start() {
        ask_first(true);
        await_answers();
        ask_first(false);
        world_.start();
    }
    /// Until nothing goes on any more. `harms` are done on the way, spread over the answers.
    void play_out(const std::vector<std::function<void()>>& harms = {}) {
        const std::int64_t until_us = monotonic_us() + 240'000'000;
        const std::size_t answers_at = runs_.size() / (harms.size() + 1);
        std::size_t harmed = 0;
        while (!at_rest()) {
            ASSERT_LT(monotonic_us(), until_us) << "it does not come to rest" << restless();
            let_time_pass();
            if (harmed < harms.size() && answered() >= (harmed + 1) * answers_at) harms[harmed++]();
        }
        EXPECT_EQ(harmed, harms.size());
        was_harmed_ = harmed > 0;
        EXPECT_EQ(world_.read(store::violations), std::vector<std::string>{});
        for (const Followed& run : runs_) check(run);
    }
    /// How often somebody was told of the one run. Ends the engine: it tells after it commits.
    int commits() {
        world_.close();
        return runs_.front().commits;
    }
    void expect_every_place_met();
    void tell() const;

private:
    void note_commit(Followed& run) {
        Together verbs;
        {
            const Lock lock(mutex_);
            if (++run.commits == run.plan.at) verbs = take_next(run);
        }
        ask(run, verbs);
    }
    void ask_first(bool held) {
        for (Followed& run : runs_) {
            if (run.plan.at != 0 || run.plan.held != held) continue;
            Together verbs;
            {
                const Lock lock(mutex_);
                verbs = take_next(run);
            }
            ask(run, verbs);
        }
    }
    Together take_next(Followed& run) REQUIRES(mutex_) {
        if (run.asked == run.plan.asks.size()) return {};
        if (run.asked == 0 && run.plan.held) run.holding = true, ++holding_;
        const Together& verbs = run.plan.asks[run.asked++];
        run.open = static_cast<int>(verbs.size());
        open_ += run.open;
        return verbs;
    }
    void ask(Followed& run, const Together& verbs) {
        for (const Verb verb : verbs)
            asio::co_spawn(people_[next_person_++ % people_.size()], carry_out(run, verb),
                           [](const std::exception_ptr& broken) {
                               if (broken) std::rethrow_exception(broken);
                           });
    }
    /// As a person at the API does it: what is refused for a while is asked for again.
    Task<> carry_out(Followed& run, Verb verb) {
        for (;;) {
            Answer answer{.verb = verb};
            const auto asked =
                co_await world_.store->write([&](store::Tx& tx) -> Result<store::tasks::Changed> {
                    const Execution root = TRY(store::executions::find(tx, world_.scope, run.id));
                    answer.order = ++order_; // one transaction of this kind at a time
                    answer.next_seq = root.next_seq;
                    answer.was_final = is_final(root.state);
                    return ask_for(tx, world_.scope, root.task, verb);
                });
            if (!asked && asked.error().code == Code::unavailable) {
                ++refused_;
                asio::steady_timer timer(co_await asio::this_coro::executor, before_next_try);
                co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
                continue;
            }
            if (!asked) {
                EXPECT_EQ(asked.error().code, Code::conflict) << asked.error().log_text;
            }
            if (asked && verb == Verb::stop) world_.engine->cancel(asked->execution_ids);
            if (asked && verb == Verb::resume) world_.engine->wake();
            answer.done = asked.has_value();
            const bool stops = asked && verb == Verb::stop &&
                               asked->view.nodes.front().state == ExecutionState::cancelled;
            co_return note_answer(run, answer, stops);
        }
    }
    void note_answer(Followed& run, const Answer& answer, bool stops) {
        Together next;
        {
            const Lock lock(mutex_);
            run.answers.push_back(answer);
            ++answered_;
            if (stops && !run.stopped) run.stopped = ++order_;
            if (--run.open == 0) {
                if (std::exchange(run.holding, false)) --holding_;
                next = take_next(run);
            }
            --open_;
            changed_.notify_all();
        }
        ask(run, next);
    }

    Begun& note_begun(Followed& run) {
        const Lock lock(mutex_);
        return run.begun.emplace_back(++order_);
    }
    bool is_held(const Followed& run) {
        const Lock lock(mutex_);
        return run.holding;
    }
    Followed& followed(const TheRun& run) {
        const Lock lock(mutex_);
        return *by_id_.at(root_of(run));
    }
    Task<EffectOutcome> perform(const TheRun& run, LiveSink live) {
        co_await asio::this_coro::throw_if_cancelled(false);
        Followed& of = followed(run);
        Begun& begun = note_begun(of);
        measure_bytes(live);
        asio::steady_timer timer(co_await asio::this_coro::executor);
        do {
            if (is_streamed(run) && !of.plan.held) live("half"); // more commits, as they come
            timer.expires_after(milliseconds(1));
            co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
            begun.cut = (co_await asio::this_coro::cancellation_state).cancelled() !=
                        asio::cancellation_type::none;
        } while (!begun.cut && is_held(of));
        co_return begun.cut ? cut_outcome() : whole_outcome(run);
    }

    void let_time_pass() {
        {
            const Lock lock(mutex_);
            if (holding_ == 0) world_.clock.advance(clock_tick);
            changed_.wait_for(mutex_, tick);
        }
        world_.engine->wake();
    }
    std::size_t answered() {
        const Lock lock(mutex_);
        return answered_;
    }
    void await_answers() {
        const Lock lock(mutex_);
        while (open_ > 0) changed_.wait_for(mutex_, seconds(1));
    }
    bool at_rest() {
        {
            const Lock lock(mutex_);
            if (open_ > 0) return false;
        }
        const auto seen = await(world_.store->read([this](store::Rx& rx) {
            return store::executions::list(rx, world_.scope,
                                           {.limit = store::executions::page_max});
        }));
        if (!seen) return false;
        EXPECT_LE(seen->total, store::executions::page_max);
        return std::ranges::all_of(seen->executions, [](const Execution& each) {
            return is_final(each.state) && each.owner == 0;
        });
    }

    std::string restless();
    void check(const Followed& run);
    void check_pauses(const Followed& run, const std::vector<JournalRow>& rows);
    void check_stopped(const Followed& run, const std::vector<JournalRow>& rows);

    Mutex mutex_;
    Condition changed_;
    std::deque<Followed> runs_; ///< the runs' own members under the mutex until all is at rest
    std::map<ExecutionId, Followed*> by_id_ GUARDED_BY(mutex_);
    int holding_ GUARDED_BY(mutex_) = 0;
    int open_ GUARDED_BY(mutex_) = 0;
    std::size_t answered_ GUARDED_BY(mutex_) = 0;
    std::atomic<Order> order_ = 0;
    std::atomic<std::size_t> next_person_ = 0;
    std::atomic<int> refused_ = 0;
    std::set<int> places_; ///< commits before a stop
    bool was_harmed_ = false;
    int cancelled_ = 0;
    int completed_ = 0;
    int late_ = 0; ///< effects
    Threads two_{2};
    std::vector<asio::any_io_executor> people_ = two_.executors();
    World world_;
};

/// What still goes on, a line for each.
std::string Race::restless() {
    const auto listed = world_.read([this](store::Rx& rx) {
        return store::executions::list(rx, world_.scope, {.limit = store::executions::page_max});
    });
    std::string text;
    for (const Execution& each : listed.executions)
        if (!is_final(each.state) || each.owner != 0)
            text += fmt::format(
                "\n{}: {}, want {}, owner {}, epoch {}, due in {} us, {}: {}", each.id.hex(),
                to_text(each.state), static_cast<int>(each.want), each.owner, each.epoch,
                each.wake_at ? each.wake_at->us - world_.clock.now().us : 0,
                each.settling ? "settling" : "settled", kinds_of(world_.journal(each.id)));
    const Lock lock(mutex_);
    return text + fmt::format("\n{} verbs without an answer, {} runs held", open_, holding_);
}

/// How many of the engine's commits wrote these rows, up to row `end`.
int place_of_row(const std::vector<JournalRow>& rows, std::int64_t end) {
    return static_cast<int>(std::ranges::count_if(rows, [end](const JournalRow& row) {
        return row.seq < end && (row.kind == JournalKind::intent || row.kind == JournalKind::wait);
    }));
}

void Race::check(const Followed& run) {
    const Execution execution = world_.find(run.id);
    const auto rows = world_.journal(run.id);
    SCOPED_TRACE(
        fmt::format("{} at commit {}: {}", execution.id.hex(), run.plan.at, kinds_of(rows)));
    check_pauses(run, rows);
    const auto nodes = world_
                           .read([&](store::Rx& rx) {
                               return store::tasks::find(rx, world_.scope, execution.task);
                           })
                           .nodes;
    for (const TaskNode& node : nodes)
        if (node.id != run.id) check_invariants(world_, node.id);
    if (run.stopped) return check_stopped(run, rows);
    check_invariants(world_, run.id);
    EXPECT_EQ(execution.state, ExecutionState::completed);
    ++completed_;
}

/// Between the commits of a pause and of the next resume or stop nothing new is begun.
void Race::check_pauses(const Followed& run, const std::vector<JournalRow>& rows) {
    std::vector<Answer> answers = run.answers;
    std::ranges::sort(answers, {}, &Answer::order);
    std::optional<std::int64_t> paused;
    const auto expect_none = [&](std::int64_t until) {
        for (const JournalRow& row : rows)
            if (paused && row.seq >= *paused && row.seq < until)
                EXPECT_NE(row.kind, JournalKind::intent) << "row " << row.seq << " while paused";
    };
    for (const Answer& answer : answers) {
        EXPECT_TRUE(answer.done || answer.was_final) << "refused to one that lives";
        if (!answer.done) continue;
        if (answer.verb == Verb::pause && !paused) paused = answer.next_seq;
        if (answer.verb == Verb::pause) continue;
        expect_none(answer.next_seq);
        paused.reset();
    }
    expect_none(std::ssize(rows) + 1);
}

void Race::check_stopped(const Followed& run, const std::vector<JournalRow>& rows) {
    std::vector<Answer> answers = run.answers;
    std::ranges::sort(answers, {}, &Answer::order);
    const auto first = std::ranges::find_if(answers, [](const Answer& answer) {
        return answer.verb == Verb::stop && answer.done && !answer.was_final;
    });
    ASSERT_NE(first, answers.end());
    check_invariants(world_, run.id, first->next_seq,
                     was_harmed_ ? LateResult::may_be_lost : LateResult::there);
    const auto kept = world_.read(
        [&](store::Rx& rx) { return store::executions::find_stopped(rx, world_.scope, run.id); });
    ASSERT_TRUE(kept);
    EXPECT_EQ(kept->next_seq, first->next_seq) << "the first stop is the one";
    for (const Begun& begun : run.begun) {
        if (begun.at < *run.stopped) continue;
        // It was on its way, past its last look; what it heard of the stop it heard at once.
        EXPECT_TRUE(begun.cut) << "begun after the stop was acknowledged, and not cut";
        ++late_;
    }
    places_.insert(place_of_row(rows, first->next_seq));
    ++cancelled_;
}

void Race::expect_every_place_met() {
    const auto rows = world_.journal(runs_.front().id);
    const int places = place_of_row(rows, std::ssize(rows) + 1);
    EXPECT_GT(places, 10);
    for (int place = 0; place <= places; ++place)
        EXPECT_TRUE(places_.contains(place)) << "no stop came after commit " << place;
}

void Race::tell() const {
    std::printf(
        "%d stopped, %d completed, %d requests refused, %d effects on their way at a stop\n",
        cancelled_, completed_, refused_.load(), late_);
}

/// After how many commits a run that nobody touches has ended.
int commits_of_a_run() {
    Race race;
    race.add({.at = -1, .held = true});
    race.start();
    race.play_out();
    return race.commits();
}

void add_plans(Race& race, int commits) {
    race.add({.at = -1});
    for (int at = 0; at <= commits; ++at)
        for (Plan& plan : plans_at(at)) race.add(std::move(plan));
}

class StopRace : public ::testing::Test {
protected:
    StopRace() {
        spdlog::set_level(spdlog::level::off);
        set_log_level(LogLevel::off);
    }
    ~StopRace() override {
        spdlog::set_level(spdlog::level::info);
        set_log_level(LogLevel::info);
    }
};

} // namespace

TEST_F(StopRace, at_every_commit_of_hundreds_of_runs_at_once) {
    const int commits = commits_of_a_run();
    Race race;
    for (int round = 0; round < 2; ++round) add_plans(race, commits);
    race.start();
    race.play_out();
    race.expect_every_place_met();
    race.tell();
}

/// On PostgreSQL, whatever the others are on.
TEST_F(StopRace, while_the_way_to_the_database_is_cut) {
    PostgresCluster& cluster = PostgresCluster::shared();
    const std::string commit("COMMIT\0", 7);
    const int commits = commits_of_a_run();
    const std::string database = cluster.create_database();
    {
        FaultProxy proxy(cluster.port());
        Race race(proxy.url_through(cluster.url(database)));
        add_plans(race, commits);
        race.start();
        race.play_out({[&] { proxy.cut_after(commit, commit); }, [&] { proxy.cut(); },
                       [&] { proxy.cut_before(commit); }, [&] { cluster.kill_backends(database); },
                       [&] { proxy.cut_after(commit, commit); }});
        EXPECT_GE(proxy.counts().cut, 4);
        race.tell();
    }
    cluster.drop_database(database);
}

} // namespace weft::engine
