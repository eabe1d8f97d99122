#pragma once

#include "store/store.h"
#include "store/waits.h"

#include <map>
#include <memory>

/// The engine's verbs as a store offers them, so that stores can be held against each other. An
/// execution is named by a number, in the order in which they were made; 0 is none, and one beyond
/// the last is a stranger.
namespace weft::store {

/// A StepCommit whose execution is a number and whose payloads do not matter.
struct PlainStep {
    int execution = 0;
    std::int64_t epoch = 0;
    std::int64_t expected_seq = 0;
    std::vector<JournalKind> results;
    std::optional<JournalKind> intent;
    Usage usage;
    ExecutionState next_state = ExecutionState::running;
    std::optional<Instant> wake_at;
    std::optional<Waiting> waiting;
    bool release = false;
    bool progress = false;
    bool child = false;
};

struct PlainClaim {
    int execution = 0;
    std::int64_t epoch = 0;
};

class EngineStore {
public:
    virtual ~EngineStore() = default;

    /// Each verb answers with one line: how it ended, and what it found.
    virtual std::string create(int parent, bool at_once) = 0;
    virtual std::string start(int execution) = 0;
    virtual std::string claim(std::int64_t node, int max, std::vector<PlainClaim>& claims) = 0;
    virtual std::string commit(const PlainStep& step) = 0;
    virtual std::string let_go(const PlainClaim& claim) = 0;
    virtual std::string recover(std::int64_t node) = 0;
    virtual std::string wake_due() = 0;
    virtual std::string settle_overdue(Instant stopped_before) = 0;
    virtual std::string pause(int execution) = 0;
    virtual std::string resume(int execution) = 0;
    virtual std::string stop(int execution) = 0;
    virtual std::string pause_task(int execution) = 0; ///< the task of that execution
    virtual std::string resume_task(int execution) = 0;
    virtual std::string stop_task(int execution) = 0;
    virtual std::string answer(int execution, WaitReason reason, std::string name) = 0;
    virtual std::string decide_fate(int execution, waits::Fate fate) = 0;

    /// Of the journal; 1 for a stranger.
    virtual std::int64_t next_seq(int execution) = 0;
    /// All that anybody can see, one line for each execution.
    virtual std::string state() = 0;
};

/// The rules in plain structs, written from the headers' words and not from any SQL.
class Oracle final : public EngineStore {
public:
    explicit Oracle(Clock& clock) : clock_(clock) {}

    std::string create(int parent, bool at_once) override;
    std::string start(int execution) override;
    std::string claim(std::int64_t node, int max, std::vector<PlainClaim>& claims) override;
    std::string commit(const PlainStep& step) override;
    std::string let_go(const PlainClaim& claim) override;
    std::string recover(std::int64_t node) override;
    std::string wake_due() override;
    std::string settle_overdue(Instant stopped_before) override;
    std::string pause(int execution) override;
    std::string resume(int execution) override;
    std::string stop(int execution) override;
    std::string pause_task(int execution) override;
    std::string resume_task(int execution) override;
    std::string stop_task(int execution) override;
    std::string answer(int execution, WaitReason reason, std::string name) override;
    std::string decide_fate(int execution, waits::Fate fate) override;
    std::int64_t next_seq(int execution) override;
    std::string state() override;

private:
    struct Wait {
        std::int64_t seq = 0;
        Waiting what;
        int child = 0;
    };
    struct One {
        int number = 0;
        int task = 0;
        ExecutionState state = ExecutionState::ready;
        ExecutionState paused_from = ExecutionState::ready;
        Want want = Want::run;
        bool settling = false;
        bool started = false;
        std::int64_t owner = 0;
        std::int64_t epoch = 0;
        std::vector<JournalKind> journal;
        std::optional<Instant> wake_at;
        std::optional<Instant> ended_at;
        std::optional<Instant> ready_since;
        std::optional<Wait> wait;
        Usage usage;

        std::int64_t next_seq() const { return std::ssize(journal) + 1; }
        bool waits() const { return wait && wait->seq + 1 == next_seq() && !is_final(state); }
    };

    One* find(int number);
    One& add(int task, Want want, bool at_once);
    void make_ready(One& one, Instant since);
    void ready_if_idle(One& one);
    void disown(One& one);
    void record(One& one, const PlainStep& step, bool with_intent);
    void begin_wait(One& one, const PlainStep& step, int child);
    std::string after_stop(One& one, const PlainStep& step);
    std::string at_pause(One& one, const PlainStep& step);
    std::string go_on(One& one, const PlainStep& step);
    void answer_wait(One& one);
    void ended(const One& child);
    void end_by_stop(One& one);
    void pause_one(One& one);
    std::string shown(const One& one) const;

    Clock& clock_;
    std::map<int, One> all_;    ///< by number
    std::map<int, Want> tasks_; ///< by number of the first execution
};

std::string one_line(ExecutionState state);

} // namespace weft::store
