#include "store/oracle_testing.h"

#include "store/journal.h"
#include "store/test_world.h"

#include <random>

namespace weft::store {

namespace {

std::string outcome(const Error& error) {
    switch (error.code) {
    case Code::not_found: return "not_found";
    case Code::conflict: return "conflict";
    default: return error.message + " " + error.log_text;
    }
}

/// The column of the real one: SQLite's tables and the functions of src/store over them.
class SqliteStore final : public EngineStore {
public:
    explicit SqliteStore(FakeClock& clock) : clock_(clock) {}

    std::string create(int parent, bool at_once) override {
        ExecutionStart start;
        start.agentflow = world_.minter.mint<AgentflowTag>(1);
        start.version = world_.minter.mint<VersionTag>(1);
        if (parent != 0) start.parent = id_of(parent);
        return change([&](Tx& tx) {
            return executions::create(tx, world_.scope, start, "flow",
                                      at_once ? executions::Start::now
                                              : executions::Start::when_told);
        });
    }
    std::string start(int execution) override { return verb(executions::start, execution); }
    std::string claim(std::int64_t node, int max, std::vector<PlainClaim>& claims) override {
        claims::Turn turn;
        std::string told = "claimed";
        Tx tx = this->tx();
        for (const Claim& each : must(claims::claim(tx, node, max, turn))) {
            claims.push_back({number_of(each.execution), each.epoch});
            told += fmt::format(" {}", claims.back().execution);
        }
        return told;
    }
    std::string commit(const PlainStep& plain) override;
    std::string let_go(const PlainClaim& claim) override {
        Tx tx = this->tx();
        must(claims::let_go(tx, {world_.scope.project, {}, id_of(claim.execution), claim.epoch}));
        return "";
    }
    std::string recover(std::int64_t node) override {
        Tx tx = this->tx();
        return std::to_string(must(claims::recover(tx, node, 1'000)));
    }
    std::string wake_due() override {
        Tx tx = this->tx();
        return std::to_string(must(claims::wake_due(tx, 1'000)));
    }
    std::string settle_overdue(Instant stopped_before) override {
        Tx tx = this->tx();
        return std::to_string(must(claims::settle_overdue(tx, stopped_before, 1'000)).size());
    }
    std::string pause(int execution) override { return verb(executions::request_pause, execution); }
    std::string resume(int execution) override {
        return verb(executions::request_resume, execution);
    }
    std::string stop(int execution) override { return verb(executions::request_stop, execution); }
    std::string pause_task(int execution) override {
        return task_verb(tasks::request_pause, execution);
    }
    std::string resume_task(int execution) override {
        return task_verb(tasks::request_resume, execution);
    }
    std::string stop_task(int execution) override {
        return task_verb(tasks::request_stop, execution);
    }
    std::string answer(int execution, WaitReason reason, std::string name) override {
        return change([&](Tx& tx) {
            return waits::answer(tx, world_.scope, {id_of(execution), reason, name}, {});
        });
    }
    std::string decide_fate(int execution, waits::Fate fate) override {
        return change([&](Tx& tx) {
            return waits::decide_fate(tx, world_.scope, id_of(execution), {}, fate, {});
        });
    }
    std::int64_t next_seq(int execution) override {
        Tx tx = this->tx();
        const auto found = executions::find(tx, world_.scope, id_of(execution));
        return found ? found->next_seq : 1;
    }
    std::string state() override {
        std::string all;
        for (int number = 1; number <= std::ssize(ids_); ++number) all += shown(number);
        return all;
    }

private:
    Tx tx() {
        world_.clock = clock_;
        return world_.tx();
    }
    ExecutionId id_of(int number) const {
        if (number >= 1 && number <= std::ssize(ids_))
            return ids_[static_cast<std::size_t>(number) - 1];
        ExecutionId stranger;
        stranger.bytes.fill(0xEE);
        return stranger;
    }
    int number_of(const ExecutionId& id) const {
        return static_cast<int>(std::ranges::find(ids_, id) - ids_.begin()) + 1;
    }
    void take_in_new() {
        Tx tx = this->tx();
        const auto page = must(executions::list(tx, world_.scope, {.limit = 500}));
        for (auto each = page.executions.rbegin(); each != page.executions.rend(); ++each)
            if (number_of(each->id) > std::ssize(ids_)) ids_.push_back(each->id);
    }
    /// As the writer does it: what failed leaves nothing behind.
    template <class F> std::string change(F fn) {
        world_.execute("SAVEPOINT verb");
        Tx tx = this->tx();
        const auto done = fn(tx);
        if (!done) world_.execute("ROLLBACK TO verb");
        world_.execute("RELEASE verb");
        take_in_new();
        return done ? one_line(done->state) : outcome(done.error());
    }
    template <class F> std::string verb(F fn, int execution) {
        return change([&](Tx& tx) { return fn(tx, world_.scope, id_of(execution)); });
    }
    template <class F> std::string task_verb(F fn, int execution) {
        Tx tx = this->tx();
        const auto found = executions::find(tx, world_.scope, id_of(execution));
        const auto done = fn(tx, world_.scope, found ? found->task : TaskId{});
        return done ? "" : outcome(done.error());
    }
    std::string shown(int number);

    FakeClock& clock_;
    World world_;
    std::vector<ExecutionId> ids_;
};

std::string SqliteStore::commit(const PlainStep& plain) {
    const auto row = [&](JournalKind kind) { return JournalRow{0, kind, clock_.now(), "{}"}; };
    StepCommit step{.project = world_.scope.project,
                    .execution = id_of(plain.execution),
                    .epoch = plain.epoch,
                    .expected_seq = plain.expected_seq};
    for (const JournalKind kind : plain.results) step.results.push_back(row(kind));
    if (plain.intent) step.intent = row(*plain.intent);
    step.usage = plain.usage;
    step.next_state = plain.next_state;
    step.wake_at = plain.wake_at;
    step.waiting = plain.waiting;
    step.release = plain.release;
    step.progress = plain.progress;
    if (plain.child) {
        step.child.emplace();
        step.child->agentflow = world_.minter.mint<AgentflowTag>(1);
        step.child->version = world_.minter.mint<VersionTag>(1);
    }
    Tx tx = this->tx();
    const PackedStep packed = must(pack(std::move(step)));
    const Verdict verdict = must(apply(tx, packed));
    take_in_new();
    static constexpr const char* words[] = {"committed", "fenced", "stopped", "paused", "no_child"};
    return words[static_cast<int>(verdict)];
}

std::string SqliteStore::shown(int number) {
    const auto seen = [](const std::optional<Instant>& at) {
        return at ? std::to_string(at->us) : "-";
    };
    Tx tx = this->tx();
    const ExecutionId id = id_of(number);
    const Execution one = must(executions::find(tx, world_.scope, id));
    const auto task = must(tasks::find(tx, world_.scope, one.task)).task;
    std::string line = fmt::format(
        "{} {} from {} want {} task {} {} owner {} epoch {} wake {} ended {} {} usage {}/{}/{}/{}:",
        number, to_text(one.state), static_cast<int>(one.paused_from), static_cast<int>(one.want),
        static_cast<int>(task.want), one.settling ? "settling" : "settled", one.owner, one.epoch,
        seen(one.wake_at), seen(one.ended_at), world_.ready(id) > 0 ? "ready" : "-",
        one.usage.input_tokens, one.usage.output_tokens, one.usage.cost_micro_usd,
        one.usage.credits_micro);
    for (const JournalRow& row : must(journal::read(tx, world_.scope, id, 1)))
        line += fmt::format(" {}", static_cast<int>(row.kind));
    if (const auto wait = must(waits::find(tx, world_.scope, id)))
        line +=
            fmt::format("; waits {} {} {}", static_cast<int>(wait->reason), wait->name, wait->seq);
    return line + "\n";
}

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
        made_ = static_cast<int>(std::ranges::count(state, '\n'));
    }

    void one(Counts& counts);
    void make_step(Counts& counts);
    void claim(Counts& counts);
    PlainStep draw_step(const PlainClaim& claim);

    std::mt19937_64 dice_;
    std::vector<std::unique_ptr<EngineStore>> columns_;
    FakeClock& clock_;
    int made_ = 0;
    std::vector<PlainClaim> claims_; ///< whether or not they still stand
    std::string log_;
};

/// One of the shapes that the engine commits.
PlainStep Differential::draw_step(const PlainClaim& claim) {
    PlainStep step{.execution = claim.execution, .epoch = claim.epoch};
    if (chance(80)) step.results.push_back(JournalKind::result);
    if (chance(20)) step.results.push_back(JournalKind::branch);
    step.usage = {below(9), below(9), below(9), below(9)};
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
    const int node = 1 + below(2);
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
        const int node = 1 + below(3);
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
                   [&](EngineStore& store) { return store.answer(which, reason, name); });
    }
    const auto fate = static_cast<waits::Fate>(below(3));
    all("decide_fate", counts, [&](EngineStore& store) { return store.decide_fate(which, fate); });
}

} // namespace

/// Every verb, on every column, until each has succeeded and failed.
TEST(Differential, all_stores_keep_the_same_rules) {
    Differential::Counts counts;
    constexpr int histories = 30;
    for (std::uint64_t seed = 1; seed <= histories && !HasFailure(); ++seed) {
        SCOPED_TRACE(fmt::format("seed {}", seed));
        FakeClock clock;
        std::vector<std::unique_ptr<EngineStore>> columns;
        columns.push_back(std::make_unique<Oracle>(clock));
        columns.push_back(std::make_unique<SqliteStore>(clock));
        Differential(seed, std::move(columns), clock).run(250, counts);
    }
    std::string told;
    for (const auto& [outcome, count] : counts) told += fmt::format("{} {}\n", outcome, count);
    for (const char* wanted : {"create: ready",
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
                               "decide_fate: not_found"})
        EXPECT_GT(counts[wanted], 0) << wanted << " never came\n" << told;
}

} // namespace weft::store
