#pragma once

#include "domain/execution.h"

#include <map>
#include <string>
#include <vector>

namespace weft::sim {

/// One beginning of an effect on the outside.
struct Began {
    std::int64_t seq = 0; ///< of its intent
    std::string key;
    int attempt = 1;
};

/// What people and the outside know of one execution: what was acknowledged to them, and what they
/// saw. Survives every fall of the server, which must agree with it.
struct Known {
    ExecutionId id;
    TaskId task;
    std::vector<std::uint64_t> row_sums;        ///< of the journal rows that were told as durable
    std::optional<ExecutionState> final_state;  ///< seen once, so it stays
    std::int64_t ended_at = 0;                  ///< the moment when it was seen
    std::optional<std::int64_t> stopped_at_seq; ///< next_seq when a stop was acknowledged
    std::optional<std::int64_t> paused_at_seq;  ///< the same of a pause that nobody lifted since
    /// Requests to resume it that are not answered: a fall may leave them done and unacknowledged.
    int resumes_under_way = 0;
    std::vector<Began> began;
};

/// Everything that outlives a process. Plain data.
struct Book {
    std::map<ExecutionId, Known> executions;
    std::vector<ExecutionId> order;   ///< as they were made
    std::map<std::string, int> acts;  ///< by effect key: how often it happened outside
    std::map<std::string, int> calls; ///< by effect key and attempt

    /// Of executions whose creation was not acknowledged, until somebody finds them.
    std::map<ExecutionId, std::vector<Began>> unknown;
    std::map<std::string, int> under_way; ///< by effect key: performances that have not ended

    /// Counts what people see. What was asked for before an end was seen may be answered with what
    /// was so before it.
    std::int64_t moment = 0;

    bool empty() const { return order.empty(); }
};

} // namespace weft::sim
