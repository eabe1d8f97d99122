// The engine's verbs on the oracle, on SQLite and on PostgreSQL, whose answers must be the same.
#include "store/test_sql_columns.h"

#include <random>
#include <sstream>

namespace weft::store {

namespace {

/// Of the nodes that claim: none of them has a lease, so that any other may take over.
constexpr int first_node = 11;

/// Random verbs, the same on every column.
class Differential {
public:
    Differential(std::uint64_t seed, std::vector<std::unique_ptr<EngineStore>> columns,
                 FakeClock& clock)
        : dice_(seed), columns_(std::move(columns)), clock_(clock) {}

    /// How often each outcome was seen, by verb and outcome.
    using Counts = std::map<std::string, int>;

    void run(int verbs, Counts& counts) {
        for (int i = 0; i < verbs; ++i) {
            one(counts);
            if (testing::Test::HasFailure()) return;
        }
    }

private:
    int below(int n) { return static_cast<int>(dice_() % static_cast<unsigned>(n)); }
    bool chance(int percent) { return below(100) < percent; }
    /// Sometimes a stranger.
    int some() { return below(made_ + 1) + 1; }
    int some_waiting() {
        if (waiting_.empty() || chance(30)) return some();
        return waiting_[static_cast<std::size_t>(below(static_cast<int>(waiting_.size())))];
    }

    template <class F> void all(const std::string& name, Counts& counts, F verb) {
        const std::string told = verb(*columns_.front());
        std::string word = told.substr(0, told.find(' '));
        if (name == "claim") word = told == "claimed" ? "nothing" : "claimed";
        ++counts[name + ": " + (word.empty() ? "done" : word)];
        log_ += name + " -> " + told + "\n";
        const std::string state = columns_.front()->state();
        for (std::size_t i = 1; i < columns_.size(); ++i) {
            ASSERT_EQ(verb(*columns_[i]), told) << name << " on column " << i << "\n" << log_;
            ASSERT_EQ(columns_[i]->state(), state) << "after " << name << "\n" << log_;
        }
        made_ = 0;
        waiting_.clear();
        std::istringstream lines(state);
        for (std::string line; std::getline(lines, line);) {
            ++made_;
            if (line.contains("; waits")) waiting_.push_back(made_);
        }
    }

    void one(Counts& counts);
    void make_step(Counts& counts);
    void claim(Counts& counts);
    PlainStep draw_step(const PlainClaim& claim);

    std::mt19937_64 dice_;
    std::vector<std::unique_ptr<EngineStore>> columns_;
    FakeClock& clock_;
    int made_ = 0;
    std::vector<int> waiting_;       ///< of those that were made
    std::vector<PlainClaim> claims_; ///< whether or not they still stand
    std::string log_;
};

/// One of the shapes that the engine commits.
PlainStep Differential::draw_step(const PlainClaim& claim) {
    PlainStep step{.execution = claim.execution, .epoch = claim.epoch};
    if (chance(80)) step.results.push_back(JournalKind::result);
    if (chance(20)) step.results.push_back(JournalKind::branch);
    if (!step.results.empty()) step.usage = {below(9), below(9), below(9), below(9)};
    const int shape = below(100);
    const auto soon = [&] { return clock_.now() + microseconds(below(3'000'000)); };
    if (shape < 35) {
        step.intent = JournalKind::intent;
    } else if (shape < 50) {
        step.intent = JournalKind::finished;
        step.next_state = chance(50) ? ExecutionState::completed : ExecutionState::failed;
        step.release = true;
    } else if (shape < 60) {
        step.results.push_back(JournalKind::wait);
        step.wake_at = soon();
        step.release = true;
    } else if (shape < 78) {
        step.intent = JournalKind::intent;
        step.release = true;
        const int kind = below(3);
        step.waiting = Waiting{kind == 0   ? WaitReason::event
                               : kind == 1 ? WaitReason::person
                                           : WaitReason::child,
                               kind == 0 ? "go" : "", "\"s\":0"};
        step.child = kind == 2;
        if (kind == 1) step.next_state = ExecutionState::input_required;
        if (chance(40)) step.wake_at = soon();
    } else if (shape < 86) {
        step.results.push_back(JournalKind::wait);
        step.waiting = Waiting{WaitReason::uncertain_effect, "", "\"s\":0"};
        step.next_state = ExecutionState::input_required;
        step.release = true;
    } else if (shape < 94) {
        step.results = {JournalKind::partial};
        step.progress = true;
    } else {
        step.release = true;
        step.next_state = ExecutionState::ready;
    }
    return step;
}

void Differential::make_step(Counts& counts) {
    if (claims_.empty()) return;
    const bool newest = chance(70);
    const PlainClaim claim =
        newest ? claims_.back()
               : claims_[static_cast<std::size_t>(below(static_cast<int>(claims_.size())))];
    PlainStep step = draw_step(claim);
    step.expected_seq = columns_.front()->next_seq(claim.execution);
    if (chance(5)) ++step.expected_seq;
    all("commit", counts, [&](EngineStore& store) { return store.commit(step); });
}

void Differential::claim(Counts& counts) {
    const int node = first_node + below(2);
    const int max = 1 + below(3);
    std::vector<PlainClaim> claims;
    all("claim", counts, [&](EngineStore& store) {
        claims.clear();
        return store.claim(node, max, claims);
    });
    claims_.insert(claims_.end(), claims.begin(), claims.end());
}

void Differential::one(Counts& counts) {
    clock_.advance(microseconds(1 + below(400'000)));
    const int dice = below(100);
    const int which = some();
    const int waiting = some_waiting();
    const auto on = [&](const char* name, auto verb) {
        all(name, counts, [&](EngineStore& store) { return (store.*verb)(which); });
    };
    if (dice < 8) {
        const int parent = chance(40) ? which : 0;
        const bool at_once = chance(80);
        return all("create", counts,
                   [&](EngineStore& store) { return store.create(parent, at_once); });
    }
    if (dice < 22) return claim(counts);
    if (dice < 55) return make_step(counts);
    if (dice < 58) return on("start", &EngineStore::start);
    if (dice < 63) return on("pause", &EngineStore::pause);
    if (dice < 70) return on("resume", &EngineStore::resume);
    if (dice < 73) return on("stop", &EngineStore::stop);
    if (dice < 75) return on("pause_task", &EngineStore::pause_task);
    if (dice < 79) return on("resume_task", &EngineStore::resume_task);
    if (dice < 80) return on("stop_task", &EngineStore::stop_task);
    if (dice < 83 && !claims_.empty()) {
        const PlainClaim claim =
            claims_[static_cast<std::size_t>(below(static_cast<int>(claims_.size())))];
        return all("let_go", counts, [&](EngineStore& store) { return store.let_go(claim); });
    }
    if (dice < 85) {
        const int node = first_node + below(3);
        return all("recover", counts, [&](EngineStore& store) { return store.recover(node); });
    }
    if (dice < 88)
        return all("wake_due", counts, [&](EngineStore& store) { return store.wake_due(); });
    if (dice < 90) {
        const Instant before = clock_.now() + microseconds(-500'000);
        return all("settle_overdue", counts,
                   [&](EngineStore& store) { return store.settle_overdue(before); });
    }
    if (dice < 96) {
        const WaitReason reason = chance(50) ? WaitReason::event : WaitReason::person;
        const std::string name = reason == WaitReason::event ? "go" : "";
        return all("answer", counts,
                   [&](EngineStore& store) { return store.answer(waiting, reason, name); });
    }
    const auto fate = static_cast<waits::Fate>(below(3));
    all("decide_fate", counts,
        [&](EngineStore& store) { return store.decide_fate(waiting, fate); });
}

/// What must have come at least once.
constexpr const char* wanted[] = {"create: ready",
                                  "create: paused",
                                  "create: conflict",
                                  "create: not_found",
                                  "start: ready",
                                  "start: not_found",
                                  "claim: claimed",
                                  "claim: nothing",
                                  "commit: committed",
                                  "commit: fenced",
                                  "commit: stopped",
                                  "commit: paused",
                                  "let_go: done",
                                  "recover: 0",
                                  "recover: 1",
                                  "wake_due: 0",
                                  "wake_due: 1",
                                  "settle_overdue: 0",
                                  "settle_overdue: 1",
                                  "pause: paused",
                                  "pause: conflict",
                                  "pause: not_found",
                                  "resume: running",
                                  "resume: conflict",
                                  "resume: not_found",
                                  "stop: cancelled",
                                  "stop: completed",
                                  "stop: not_found",
                                  "pause_task: done",
                                  "pause_task: conflict",
                                  "pause_task: not_found",
                                  "resume_task: done",
                                  "resume_task: conflict",
                                  "resume_task: not_found",
                                  "stop_task: done",
                                  "stop_task: not_found",
                                  "answer: running",
                                  "answer: paused",
                                  "answer: conflict",
                                  "answer: not_found",
                                  "decide_fate: running",
                                  "decide_fate: cancelled",
                                  "decide_fate: conflict",
                                  "decide_fate: not_found"};

std::vector<std::string> not_seen(const Differential::Counts& counts) {
    std::vector<std::string> missing;
    for (const char* each : wanted)
        if (!counts.contains(each)) missing.emplace_back(each);
    return missing;
}

} // namespace

/// Every verb, on every column, until each has succeeded and failed. PostgreSQL, where a history
/// takes a second, is a column until then; SQLite has some more.
TEST(Differential, all_stores_keep_the_same_rules) {
    constexpr std::uint64_t histories = 30;
    Differential::Counts counts;
    for (std::uint64_t seed = 1; seed <= histories && !HasFailure(); ++seed) {
        SCOPED_TRACE(fmt::format("seed {}", seed));
        const bool all_seen = not_seen(counts).empty();
        FakeClock clock;
        std::vector<std::unique_ptr<EngineStore>> columns;
        columns.push_back(std::make_unique<Oracle>(clock));
        columns.push_back(std::make_unique<SqliteColumn>(clock));
        if (!all_seen) columns.push_back(std::make_unique<PostgresColumn>(clock));
        Differential(seed, std::move(columns), clock).run(250, counts);
        if (!all_seen && not_seen(counts).empty())
            std::printf("each outcome was seen on each store after %d histories\n",
                        static_cast<int>(seed));
    }
    EXPECT_EQ(not_seen(counts), std::vector<std::string>{}) << "never came";
}

} // namespace weft::store
