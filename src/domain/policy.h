#pragma once

#include "base/time.h"
#include "domain/members.h"

#include <optional>
#include <set>

namespace weft {

/// Why a call of a model or a tool failed, as far as trying again goes. What is none of these is
/// never tried again: the same call would fail the same way, or may have happened.
enum class FailureClass : int {
    rate_limited = 1,   ///< too many calls; mostly with Retry-After
    unavailable = 2,    ///< no answer, or a fault of the other side: network, 5xx
    timed_out = 3,      ///< no answer in time, here or there
    invalid_output = 4, ///< an answer that is not of the form that was asked for
};
std::string_view to_text(FailureClass failure);

/// How often and when a failed call is tried again. Every attempt is journalled.
struct RetryPolicy {
    int attempts_max = 3;        ///< the first one included
    milliseconds first{1'000};   ///< before the second attempt
    double factor = 2;           ///< each further wait is so many times as long
    milliseconds max{3'600'000}; ///< no wait grows longer; a Retry-After may
    /// The share of a wait that chance decides, so that calls that failed together do not come back
    /// together.
    double jitter = 0.25;
    std::set<FailureClass> on{FailureClass::rate_limited, FailureClass::unavailable,
                              FailureClass::timed_out, FailureClass::invalid_output};

    bool operator==(const RetryPolicy&) const = default;
};

/// When the attempt after number `attempt` is due, counted from that one's end. Never before
/// `retry_after`. The same for the same `key`, which names the call.
microseconds wait_after(const RetryPolicy& policy, int attempt,
                        std::optional<milliseconds> retry_after, std::string_view key);

/// What an agent or an action says of its calls; what it does not say is the next one's to say: the
/// action's, then the agent's, then the engine's.
struct CallRules {
    std::optional<RetryPolicy> retry;
    std::optional<milliseconds> timeout; ///< of one attempt
};

/// `retry` {attempts, first_s, factor, max_s, jitter, on} and `call_timeout_s`, as the API has
/// them. null takes one out again. A policy is read as a whole: what it leaves out is the default.
void read_call_rules(Members& members, CallRules& out);
/// A time-out in seconds; null takes it out.
void read_timeout(Members& members, std::string_view name, std::optional<milliseconds>& out);
/// Adds those that are set.
void add_call_rules(json::object& to, const CallRules& rules);
void add_timeout(json::object& to, std::string_view name,
                 const std::optional<milliseconds>& timeout);

} // namespace weft
