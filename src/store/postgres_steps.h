#pragma once

#include "store/postgres_lanes.h"

namespace weft::store {

/// The common steps of executions (a live execution that goes on), merged: up to 256 of them in one
/// statement and one transaction, with a verdict for each. A step that is not common, or that the
/// statement did not take, goes to the writer, which finds out why.
///
/// What steps spend is counted in memory, under a lock on the budgets' rows, before the statement;
/// what the statement did not take is taken back, and the sums are written, in the same
/// transaction.
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
    Result<std::vector<bool>> commit(const std::deque<StepJob*>& jobs);
    /// The same where some of them count against budgets.
    Result<std::vector<bool>> commit_counted(const std::deque<StepJob*>& jobs);
    Result<std::vector<bool>> write_counted(const std::deque<StepJob*>& jobs);
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
    Lane<StepJob> lane_; ///< goes first
};

} // namespace weft::store
