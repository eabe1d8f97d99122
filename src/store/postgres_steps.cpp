#include "store/postgres_steps.h"

#include <libpq-fe.h>

namespace weft::store {

namespace {

constexpr std::size_t merged_max = 256;
constexpr std::int64_t steps_lane = 2;
/// Ordinary writes wait for what it holds: see lone_sql in postgres_lanes.cpp.
constexpr const char* share_sql =
    "SELECT set_config('idle_in_transaction_session_timeout', '5s', true) FROM store_info WHERE "
    "name = 'writer' FOR SHARE";

constexpr Query<std::int64_t, ProjectId, ExecutionId, std::int64_t, std::int64_t> stands_sql{
    "postgres_steps.stands", R"sql(
    SELECT 1 FROM execution
     WHERE project_id = $1 AND id = $2 AND epoch = $3
       AND $4 = 1 + coalesce((SELECT max(seq) FROM journal
                               WHERE project_id = $1 AND execution_id = $2), 0))sql"};

/// Which of `count` steps the statement says it has written.
std::vector<bool> moved(const PGresult* found, std::size_t count) {
    std::vector<bool> all(count, false);
    for (int row = 0; row < PQntuples(found); ++row) {
        std::uint64_t number = 0;
        std::memcpy(&number, PQgetvalue(found, row, 0), sizeof number);
        all.at(std::byteswap(number) - 1) = true;
    }
    return all;
}

/// It goes on, or ends without a word to others.
bool is_common(const StepCommit& step) {
    if (step.wake_at || step.waiting || step.child || step.ask || step.progress) return false;
    if (step.next_state == ExecutionState::running) return !step.release;
    return is_final(step.next_state) && step.answer_for_parent.empty();
}

bool counts(const StepJob* job) { return job->packed.step.reserve || job->packed.step.settle; }

} // namespace

PostgresSteps::PostgresSteps(Reach& reach, WriterTally& tally, PostgresWriter& writer,
                             std::int64_t node, Clock& clock, IdMinter& minter)
    : reach_(reach), tally_(tally), writer_(writer), clock_(clock), minter_(minter),
      connection_(reach), marks_(node, steps_lane), slices_(node) {
    lane_.start(merged_max, [this](std::deque<StepJob*> jobs) { work(std::move(jobs)); });
}

bool PostgresSteps::submit(StepJob& job) {
    return is_common(job.packed.step) ? lane_.submit(job) : writer_.submit(job);
}

void PostgresSteps::work(std::deque<StepJob*> jobs) {
    const std::int64_t started = monotonic_us();
    const auto taken = commit(jobs);
    if (taken) {
        tally_.note_commit(jobs.size());
        tally_.note_hold(monotonic_us() - started, MergedSteps::sql().name);
    }
    for (std::size_t i = 0; i < jobs.size(); ++i) {
        StepJob& job = *jobs[i];
        // What one step of many may have spoilt is tried again by itself.
        const bool alone = !taken && taken.error().code != Code::unavailable;
        if (alone || (taken && !(*taken)[i])) {
            pass_on(job);
            continue;
        }
        if (taken)
            job.result = Verdict::committed;
        else
            job.refuse(taken.error());
        finish(job);
    }
}

void PostgresSteps::pass_on(StepJob& job) {
    if (!writer_.submit(job)) turn_away(job, shutting_down());
}

/// Which of the jobs are written and committed. What is not taken goes on to the writer: also a
/// step that does not fit into this node's slices of budgets.
Result<std::vector<bool>> PostgresSteps::commit(const std::deque<StepJob*>& jobs) {
    if (reach_.away()) return std::unexpected(database_away("it is away"));
    TRY(connection_.begin_writing());
    // Perhaps to another server, which has taken over and does not know all of what this one did.
    if (std::exchange(openings_, connection_.openings()) != connection_.openings())
        slices_.forget_all();
    connection_.post(share_sql);
    connection_.post(marks_.next());
    if (const auto ready = prepare_slices(jobs); !ready) {
        slices_.forget_all();
        connection_.roll_back();
        return std::unexpected(ready.error());
    }
    const Sent sent = gather(jobs);
    const auto found = connection_.run_last(MergedSteps::sql(), sent.steps.parameters());
    if (found) return note_written(jobs, sent, moved(found->get(), sent.jobs.size()));
    slices_.forget_all();
    if (connection_.in_doubt()) return settle_doubt(jobs, found.error());
    return std::unexpected(found.error());
}

Result<> PostgresSteps::prepare_slices(const std::deque<StepJob*>& jobs) {
    std::vector<const StepCommit*> counted;
    for (const StepJob* job : jobs)
        if (counts(job)) counted.push_back(&job->packed.step);
    if (counted.empty()) return {};
    Tx tx(connection_, clock_.now(), minter_);
    return slices_.prepare(tx, counted);
}

PostgresSteps::Sent PostgresSteps::gather(const std::deque<StepJob*>& jobs) {
    Sent sent{MergedSteps(slices_.node()), {}, {}};
    for (std::size_t i = 0; i < jobs.size(); ++i) {
        const PackedStep& packed = jobs[i]->packed;
        std::optional<BudgetSlices::Taken> taken;
        if (counts(jobs[i]) && !(taken = slices_.take(packed.step, clock_.now()))) continue;
        sent.steps.add(packed, taken, clock_.now(), minter_);
        sent.jobs.push_back(i);
        sent.taken.push_back(std::move(taken));
    }
    return sent;
}

/// Which of the jobs the statement has written, by what it says of those that were sent.
std::vector<bool> PostgresSteps::note_written(const std::deque<StepJob*>& jobs, const Sent& sent,
                                              const std::vector<bool>& moved) {
    std::vector<bool> written(jobs.size(), false);
    for (std::size_t i = 0; i < sent.jobs.size(); ++i) {
        written[sent.jobs[i]] = moved[i];
        if (moved[i] && sent.taken[i]) slices_.note_written(*sent.taken[i]);
    }
    for (std::size_t i = 0; i < jobs.size(); ++i)
        if (!written[i] && counts(jobs[i])) slices_.forget(jobs[i]->packed.step.organization);
    return written;
}

/// After a commit that nobody answered: which of the jobs it wrote, if it took place.
Result<std::vector<bool>> PostgresSteps::settle_doubt(const std::deque<StepJob*>& jobs,
                                                      const Error& why) {
    if (!marks_.find_out(reach_, connection_).value_or(false)) return std::unexpected(why);
    while (reach_.wait_back())
        if (auto written = find_written(jobs)) return written;
    return std::unexpected(why);
}

/// Only the owner's steps move an execution on within an epoch.
Result<std::vector<bool>> PostgresSteps::find_written(const std::deque<StepJob*>& jobs) {
    TRY(connection_.begin_reading());
    std::vector<bool> written;
    for (const StepJob* job : jobs) {
        const StepCommit& step = job->packed.step;
        const auto rows = static_cast<std::int64_t>(step.results.size() + (step.intent ? 1 : 0));
        const auto found = connection_.maybe<std::int64_t>(
            stands_sql.text(), step.project, step.execution, step.epoch, step.expected_seq + rows);
        if (!found) {
            connection_.end_reading();
            return std::unexpected(found.error());
        }
        written.push_back(found->has_value());
    }
    connection_.end_reading();
    return written;
}

} // namespace weft::store
