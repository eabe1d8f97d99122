// Stops and pauses at each position of many runs at once, with and without the end of the process.
// The real engine over the real store, but on one thread and turn by turn, so that each comes
// exactly where it is meant to.
#include "engine/decide.h"
#include "engine/journal.h"
#include "engine/live.h"
#include "engine/payload.h"
#include "engine/progress.h"
#include "engine/storm_testing.h"
#include "engine/world_testing.h"
#include "store/agentflows.h"
#include "store/executions.h"
#include "store/journal.h"
#include "store/organizations.h"
#include "store/projects.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <set>

namespace weft::engine {

namespace {

constexpr int turns_of_a_run = 84; ///< in which something is asked of it
constexpr int turns_max = 1'000;

/// After every how many turns the process ends: a sanitizer makes all slow.
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr int kill_stride = 17;
#else
constexpr int kill_stride = 4;
#endif
constexpr milliseconds turn_ms{200};

/// What is asked of a run, and when: before or after the run's own commits of that turn.
struct Plan {
    std::vector<std::pair<int, Verb>> asks;
    bool first = false;
};

/// When something came, in an order over everything in the process.
using Order = std::int64_t;

struct Followed {
    ExecutionId id;
    Plan plan;
    std::vector<Order> begun;     ///< effects
    std::optional<Order> stopped; ///< acknowledged
    std::vector<Verb> unanswered; ///< asked for, not acknowledged or refused yet
    std::int64_t stopped_at = 0;  ///< next row of the journal at the stop
    std::vector<std::pair<Order, Verb>> acknowledged; ///< pauses and resumes, resumes when asked
};

class Lockstep {
public:
    Lockstep() : executor_(storm_script) {
        executor_.performing = [this](const TheRun& run, std::string, LiveSink live) {
            return perform(run, std::move(live));
        };
        open();
        found();
    }
    ~Lockstep() { close(); }

    void add(Plan plan) {
        const ExecutionId id = now(store_->write([this](store::Tx& tx) {
                                   ExecutionStart start;
                                   start.agentflow = flow_.id;
                                   start.version = flow_.version;
                                   return store::executions::create(tx, scope_, start, "task",
                                                                    store::executions::Start::now);
                               })).id;
        Followed& run = runs_.emplace_back();
        run.id = id;
        run.plan = std::move(plan);
        by_id_[id] = runs_.size() - 1;
    }
    void start() { must(engine_->start()); }

    /// Lets effects that are done end, everybody go on to where they wait, and the writer do what
    /// they wait for.
    void turn(int number) {
        for (Followed& run : runs_)
            if (run.plan.first) ask(run, number);
        let_go();
        for (Followed& run : runs_)
            if (!run.plan.first) ask(run, number);
        clock_.advance(turn_ms);
        engine_->wake();
        context_->restart();
        context_->poll();
        context_->run_for(milliseconds(2)); // what streams has its own pulse
        context_->poll();
        while (store_->work_reads()) context_->poll();
        while (store_->work_writes()) {}
    }
    /// The end of the process: of what is not durable nothing happens any more.
    void kill() {
        store_->abandon();
        close();
        held_.clear();
        open();
        start();
        for (Followed& run : runs_) // whoever got no answer asks again
            for (const Verb verb : std::exchange(run.unanswered, {})) send(run, verb);
    }
    /// Turns until nothing goes on any more.
    void play_out(int number) {
        for (int idle = 0; idle < 20 && number < turns_max; ++number) {
            turn(number);
            places_.insert(find(runs_.front().id).next_seq);
            const bool busy = std::ranges::any_of(runs_, [this](const Followed& run) {
                const Execution now = find(run.id);
                return now.owner != 0 || now.wake_at || now.state < ExecutionState::input_required;
            });
            idle = busy ? 0 : idle + 1;
        }
    }
    /// Where the journal of the first run stood when it waited for something.
    const std::set<std::int64_t>& places() const { return places_; }
    std::int64_t children() const { return children_; }
    void check_all() {
        for (const Followed& run : runs_) check(run);
    }
    const std::deque<Followed>& runs() const { return runs_; }
    Execution find(const ExecutionId& id) {
        return must(store_->read_here(
            [&](store::Rx& rx) { return store::executions::find(rx, scope_, id); }));
    }

private:
    void open() {
        context_ = std::make_unique<asio::io_context>(1);
        minter_ = std::make_unique<IdMinter>(clock_);
        store_ = must(store::Store::open(
            {.directory = directory_.path, .hands = store::Hands::caller}, clock_, *minter_));
        engine_ = std::make_unique<Engine>(
            *store_, std::vector<asio::any_io_executor>{context_->get_executor()}, executor_,
            clock_, events_, Limits{.backoff_first = 3 * turn_ms, .stream_beat = milliseconds(1)});
    }
    void close() {
        engine_->ask_to_stop();
        context_->restart();
        for (int quiet = 0; quiet < 3; ++quiet) {
            if (context_->poll() > 0 || store_->work_writes() || store_->work_reads()) quiet = 0;
            context_->restart();
        }
        engine_->stop();
        engine_.reset();
        context_.reset();
        store_->drain();
        store_.reset();
    }
    void found() {
        flow_ = *executor_.flow();
        flow_.name = "scripted";
        now(store_->write([this](store::Tx& tx) -> Result<> {
            scope_.organization = TRY(store::organizations::create(tx, "Org"))
            .id;
            scope_.project = TRY(store::projects::create(tx, scope_, {.name = "Project"}))
            .id;
            flow_ = TRY(store::agentflows::save(tx, scope_, flow_));
            return {};
        }));
    }

    /// Runs one task to its end while nothing else goes on.
    template <class T> T now(Task<Result<T>> task) {
        std::optional<Result<T>> out;
        spawn(keep(std::move(task), out));
        while (!out) {
            context_->restart();
            context_->poll();
            store_->work_writes();
        }
        return must(*std::move(out));
    }

    void ask(Followed& run, int number) {
        for (const auto& [turn, verb] : run.plan.asks)
            if (turn == number) send(run, verb);
    }
    void send(Followed& run, Verb verb) {
        run.unanswered.push_back(verb);
        spawn(carry_out(run, verb));
    }
    void spawn(Task<> task) {
        asio::co_spawn(*context_, std::move(task), [](const std::exception_ptr& broken) {
            if (broken) std::rethrow_exception(broken);
        });
    }
    Task<> carry_out(Followed& run, Verb verb) {
        co_await asio::this_coro::throw_if_cancelled(false);
        if (verb == Verb::resume) run.acknowledged.emplace_back(++order_, verb);
        std::int64_t next_seq = 0;
        const auto asked =
            co_await store_->write([&](store::Tx& tx) -> Result<store::tasks::Changed> {
                const Execution root = TRY(store::executions::find(tx, scope_, run.id));
                next_seq = root.next_seq;
                return ask_for(tx, scope_, root.task, verb);
            });
        run.unanswered.erase(std::ranges::find(run.unanswered, verb));
        if (!asked) co_return; // it had ended
        const bool resumes =
            std::ranges::find(run.unanswered, Verb::resume) != run.unanswered.end();
        if (verb == Verb::pause && !resumes) run.acknowledged.emplace_back(++order_, verb);
        if (verb != Verb::stop) co_return;
        engine_->cancel(asked->execution_ids);
        if (run.stopped || asked->view.nodes.front().state != ExecutionState::cancelled) co_return;
        run.stopped = ++order_;
        run.stopped_at = next_seq;
    }

    /// Stays for two turns, streams when it is keyed, and fails the first time when it is
    /// checkable.
    Task<EffectOutcome> perform(const TheRun& run, LiveSink live) {
        co_await asio::this_coro::throw_if_cancelled(false);
        runs_[by_id_.at(root_of(run))].begun.push_back(++order_);
        measure_bytes(live);
        for (int turn = 0; turn < 2; ++turn) {
            if (is_streamed(run)) live(turn == 0 ? "half and " : "half");
            const auto here = std::make_shared<asio::steady_timer>(
                co_await asio::this_coro::executor, std::chrono::hours(1));
            held_.push_back(here);
            co_await here->async_wait(asio::as_tuple(asio::use_awaitable));
            if ((co_await asio::this_coro::cancellation_state).cancelled() !=
                asio::cancellation_type::none)
                co_return cut_outcome();
        }
        co_return whole_outcome(run);
    }
    void let_go() {
        for (const auto& each : std::exchange(held_, {})) each->cancel();
    }

    void check(const Followed& run);
    std::vector<JournalRow> check_rest(const Execution& execution);
    void check_stopped(const Followed& run, const Execution& execution,
                       const std::vector<JournalRow>& rows);
    void check_counters(const Execution& execution, const TheRun& folded,
                        const std::vector<JournalRow>& rows);
    void check_begun(const Followed& run);

    const Directory directory_;
    SharedClock clock_;
    ScriptedExecutor executor_;
    EventHub events_;
    std::unique_ptr<asio::io_context> context_;
    std::unique_ptr<IdMinter> minter_;
    std::unique_ptr<store::Store> store_;
    std::unique_ptr<Engine> engine_;
    Scope scope_;
    Agentflow flow_;
    std::deque<Followed> runs_;
    std::map<ExecutionId, std::size_t> by_id_;
    std::vector<std::shared_ptr<asio::steady_timer>> held_;
    std::set<std::int64_t> places_;
    std::int64_t children_ = 0;
    Order order_ = 0;
};

void Lockstep::check_counters(const Execution& execution, const TheRun& folded,
                              const std::vector<JournalRow>& rows) {
    Usage sum;
    for (const JournalRow& row : rows) {
        const json::object payload = read_payload(row.payload).value();
        if (const json::value* used = payload.if_contains("u"))
            sum += {used->at(0).as_int64(), used->at(1).as_int64(), used->at(2).as_int64(),
                    used->at(3).as_int64()};
        sum.credits_micro += int_member(payload, "cr");
        if (const json::value* done = payload.if_contains("d"))
            sum.credits_micro += int_member(done->as_object(), "cr");
    }
    EXPECT_EQ(execution.usage, sum);
    EXPECT_EQ(folded.usage, sum);
}

/// Nothing begins after a stop's acknowledgement, or between a pause's and the asking for a resume.
void Lockstep::check_begun(const Followed& run) {
    for (const Order begun : run.begun) {
        if (run.stopped) {
            EXPECT_LT(begun, *run.stopped);
        }
        bool paused = false;
        for (const auto& [at, verb] : run.acknowledged)
            if (at < begun) paused = verb == Verb::pause;
        EXPECT_FALSE(paused) << "begun while paused";
    }
}

/// What holds of every execution at rest.
std::vector<JournalRow> Lockstep::check_rest(const Execution& execution) {
    const auto rows = must(store_->read_here(
        [&](store::Rx& rx) { return store::journal::read(rx, scope_, execution.id, 1); }));
    TheRun folded;
    folded.flow = std::make_shared<const Agentflow>(flow_);
    for (const JournalRow& row : rows) EXPECT_TRUE(fold(folded, row)) << kinds_of(rows);
    EXPECT_EQ(execution.owner, 0) << kinds_of(rows);
    EXPECT_FALSE(execution.settling);
    EXPECT_EQ(execution.next_seq, std::ssize(rows) + 1);
    check_counters(execution, folded, rows);
    return rows;
}

void Lockstep::check(const Followed& run) {
    const Execution execution = find(run.id);
    const auto rows = check_rest(execution);
    check_begun(run);
    const auto nodes = must(store_->read_here([&](store::Rx& rx) {
                           return store::tasks::find(rx, scope_, execution.task);
                       })).nodes;
    EXPECT_LE(nodes.size(), 2U);
    children_ += std::ssize(nodes) - 1;
    for (const TaskNode& node : nodes) {
        if (node.id != run.id) check_rest(find(node.id));
        EXPECT_TRUE(is_final(node.state) || !run.stopped) << "a child outlives the stop";
    }
    if (run.stopped) return check_stopped(run, execution, rows);
    // Nobody stopped it: it came to its end, or waits for a person to say what a crash left open.
    EXPECT_TRUE(execution.state == ExecutionState::completed ||
                execution.state == ExecutionState::input_required)
        << to_text(execution.state) << " " << kinds_of(rows);
}

void Lockstep::check_stopped(const Followed& run, const Execution& execution,
                             const std::vector<JournalRow>& rows) {
    EXPECT_EQ(execution.state, ExecutionState::cancelled);
    EXPECT_TRUE(execution.ended_at);
    std::string late;
    for (const JournalRow& row : rows)
        if (row.seq >= run.stopped_at && row.kind != JournalKind::partial) late += kinds_of({row});
    if (late.ends_with("charged")) late.resize(late.size() - std::string_view("charged").size());
    EXPECT_TRUE(late.empty() || late == "result") << late;
    const auto kept = must(store_->read_here(
        [&](store::Rx& rx) { return store::executions::find_stopped(rx, scope_, run.id); }));
    ASSERT_TRUE(kept);
    EXPECT_EQ(kept->next_seq, run.stopped_at);
}

/// Stops before and after the runs' own commits, and two of the other ways in turn.
std::vector<Plan> plans_at(int turn) {
    const std::vector<std::pair<int, Verb>> others[] = {
        {{turn, Verb::stop}, {turn, Verb::stop}, {turn + 1, Verb::stop}},
        {{turn, Verb::pause}, {turn + 5, Verb::resume}},
        {{turn, Verb::pause}, {turn + 1, Verb::resume}, {turn + 2, Verb::stop}},
        {{turn, Verb::pause}, {turn, Verb::stop}},
        {{turn, Verb::pause}, {turn + 2, Verb::stop}},
        {{turn, Verb::pause}, {turn, Verb::resume}},
        {{turn, Verb::stop}, {turn, Verb::pause}, {turn + 1, Verb::resume}},
    };
    const auto at = static_cast<std::size_t>(turn);
    return {{{{turn, Verb::stop}}, true},
            {{{turn, Verb::stop}}, false},
            {others[at % std::size(others)], at % 2 == 0},
            {others[(at + 3) % std::size(others)], at % 2 != 0}};
}

/// How often the late rows of a run that was stopped began with such a number.
std::map<std::int64_t, int> positions_of(const Lockstep& world) {
    std::map<std::int64_t, int> positions;
    for (const Followed& run : world.runs())
        if (run.stopped) ++positions[run.stopped_at];
    return positions;
}

} // namespace

TEST(StopStorm, at_every_position_of_hundreds_of_runs_at_once) {
    Lockstep world;
    world.add({}); // the one that nobody touches
    for (int turn = 0; turn < turns_of_a_run; ++turn)
        for (Plan& plan : plans_at(turn)) world.add(std::move(plan));
    world.start();
    world.play_out(0);
    world.check_all();

    EXPECT_EQ(world.find(world.runs().front().id).state, ExecutionState::completed);
    const auto reached = positions_of(world);
    EXPECT_GE(world.places().size(), 15U);
    EXPECT_GT(world.children(), 100);
    for (const std::int64_t place : world.places())
        if (place != *world.places().rbegin()) // its end
            EXPECT_TRUE(reached.contains(place)) << "no stop came before row " << place;
}

TEST(StopStorm, and_the_process_ends) {
    for (int killed_at = 1; killed_at < turns_of_a_run; killed_at += kill_stride) {
        SCOPED_TRACE(killed_at);
        Lockstep world;
        for (int turn = std::max(0, killed_at - 3); turn <= killed_at + 1; ++turn)
            for (Plan& plan : plans_at(turn)) world.add(std::move(plan));
        world.start();
        for (int turn = 0; turn < killed_at; ++turn) world.turn(turn);
        world.kill();
        world.play_out(killed_at);
        // What was asked for in the last moment and not acknowledged is asked for once more.
        world.check_all();
        if (::testing::Test::HasFailure()) return;
    }
}

/// From the moment at which a stop has been handed on nothing begins, whatever the run's thread is
/// busy with.
TEST(StopStorm, is_known_to_the_run_before_the_stop_is_acknowledged) {
    asio::io_context busy; // runs nothing
    LiveTable table;
    Gate gate;
    const auto live = std::make_shared<Live>(store::Claim{}, busy.get_executor());
    ASSERT_TRUE(table.start(gate, live, []() -> Task<> { co_return; }()));
    table.stop(live->execution);
    EXPECT_TRUE(live->stop);
    gate.abandon();
}

} // namespace weft::engine
