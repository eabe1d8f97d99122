#pragma once

#include "store/postgres_lanes.h"
#include "store/postgres_merged.h"

namespace weft::store {

/// The common steps of executions (a live execution that goes on), merged: up to 256 of them in one
/// statement and one transaction, with a verdict for each. A step that is not common, or that the
/// statement did not take, goes to the writer, which finds out why.
///
/// What steps spend is counted against this node's slices of budgets, in the same statement.
///
/// The transaction shares the row that a PostgresWriter's holds alone, so that a stop and an intent
/// come one after the other.
class PostgresSteps {
public:
    PostgresSteps(Reach& reach, WriterTally& tally, PostgresWriter& writer, std::int64_t node,
                  Clock& clock, IdMinter& minter);
    ~PostgresSteps() { stop(); }

    /// False: it is stopping, and the job is not taken.
    bool submit(StepJob& job);
    void stop() { lane_.stop(); }
    std::int64_t oldest_us() const { return lane_.oldest_us(); }
    std::int64_t statements() const { return connection_.statements(); }

private:
    void work(std::deque<StepJob*> jobs);
    /// What a transaction is about to write.
    struct Sent {
        MergedSteps steps;
        std::vector<std::size_t> jobs; ///< their places
        std::vector<std::optional<BudgetSlices::Taken>> taken;
    };
    Result<std::vector<bool>> commit(const std::deque<StepJob*>& jobs);
    Result<> prepare_slices(const std::deque<StepJob*>& jobs);
    Sent gather(const std::deque<StepJob*>& jobs);
    std::vector<bool> note_written(const std::deque<StepJob*>& jobs, const Sent& sent,
                                   const std::vector<bool>& moved);
    Result<std::vector<bool>> settle_doubt(const std::deque<StepJob*>& jobs, const Error& why);
    Result<std::vector<bool>> find_written(const std::deque<StepJob*>& jobs);
    void pass_on(StepJob& job);

    Reach& reach_;
    WriterTally& tally_;
    PostgresWriter& writer_;
    Clock& clock_;
    IdMinter& minter_;
    PostgresConnection connection_;
    BatchMarks marks_;
    BudgetSlices slices_; ///< the lane's thread alone
    int openings_ = 0;    ///< of the connection over which they were learnt
    Lane<StepJob> lane_;  ///< goes first
};

} // namespace weft::store
