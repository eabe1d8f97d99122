#pragma once

#include "base/time.h"

namespace weft::engine {

/// What one run, and all of them together, may use. Going over one ends the run with a plain
/// sentence.
struct Limits {
    int runs_live_max = 10'000; ///< coroutines at once; the rest wait as rows
    int steps_max = 1'000;      ///< visits to agents per execution
    int effects_max = 5'000;    ///< per execution, each attempt counted
    int attempts_max = 3;       ///< of one effect
    milliseconds backoff_first{1'000};
    double backoff_jitter = 0.25;
    milliseconds call_timeout{3'600'000}; ///< of one attempt that nobody gave another
    milliseconds stream_beat{100};   ///< how often what models stream is journalled (streams.h)
    bool counts_plan_credits = true; ///< false: the credits of plans limit nobody
    seconds settle_s_max{5};         ///< after a stop, or a time-out, before the owner is overruled
};

} // namespace weft::engine
