#pragma once

#include "domain/ids.h"
#include "domain/members.h"

#include <map>
#include <optional>
#include <string>

namespace weft {

namespace limits {
inline constexpr std::int64_t runs_at_once_max = 100'000;
inline constexpr std::int64_t per_minute_max = 1'000'000;
inline constexpr std::size_t limited_things_max = 200; ///< flows, models or connectors of a project
} // namespace limits

/// What becomes of a run that is asked for when as many go as may.
enum class WhenFull {
    queue,   ///< it waits for its turn
    skip,    ///< it is refused
    replace, ///< the oldest that goes is stopped, and it starts
};

/// Of runs that somebody starts; what they start themselves is part of them.
struct RunLimit {
    std::optional<std::int64_t> concurrent_runs = {};
    std::optional<std::int64_t> starts_per_minute = {};
    WhenFull when_full = WhenFull::queue;

    bool limits() const { return concurrent_runs || starts_per_minute; }
    bool operator==(const RunLimit&) const = default;
};

/// Of calls of a model or a connector, each server's by itself. One that would be too much waits.
struct CallLimit {
    std::optional<std::int64_t> concurrent_calls = {};
    std::optional<std::int64_t> calls_per_minute = {};

    bool operator==(const CallLimit&) const = default;
};
using CallLimits = std::map<std::string, CallLimit, std::less<>>;

/// The section `limits` of a project's settings.
struct ProjectLimits {
    RunLimit project = {}; ///< of all runs together
    std::map<AgentflowId, RunLimit> agentflows = {};
    CallLimits models = {};     ///< by provider/name, or by provider: all its models together
    CallLimits connectors = {}; ///< by category, or by id

    const RunLimit* of(const AgentflowId& flow) const;
    /// Whether runs of the flow are limited at all.
    bool limits_runs_of(const AgentflowId& flow) const;
    bool operator==(const ProjectLimits&) const = default;
};

/// null: as nobody has set it. What is wrong goes into `faults`.
ProjectLimits read_project_limits(const json::value& section, Faults& faults);
/// What was stored.
ProjectLimits project_limits_from_json(const json::value& section);
json::value to_json(const ProjectLimits& limits);

} // namespace weft
