#pragma once

#include "sim/machine.h"

namespace weft::sim {

struct Outcome {
    std::uint64_t sum = 0; ///< of everything that happened
    std::vector<std::string> failures;
    int falls = 0; ///< kills, power cuts and restarts
    int other_faults = 0;
    std::int64_t handlers = 0;
    std::int64_t effects = 0;
    std::int64_t rows = 0;
    std::int64_t executions = 0;
    std::int64_t taken_over = 0; ///< executions of the failover
    std::int64_t timed_out = 0;  ///< calls, steps and runs whose time was up
    std::int64_t virtual_us = 0;
};

enum class Loud { no, yes };

/// One history of a server under one seed: a random flow, people and an outside world; every odd
/// seed also has faults. First all of them are at work, then faults and people cease, what rests is
/// told to go on, and every execution must reach its end.
Outcome simulate(std::uint64_t seed, const Template& on, Loud loud);

} // namespace weft::sim
