#pragma once

#include "store/store.h"

namespace weft::api {

/// Whether the server can take on new runs: not while its writer lags behind or its memory is used
/// up, so that what it has taken on goes on. Owned by the Program, used from all io threads.
class Pressure {
public:
    /// `write_lag_max`: of the oldest write that is not durable. `memory_max_bytes`: of this
    /// process; 0: four fifths of the machine's. The store outlives it.
    Pressure(const store::Store& store, milliseconds write_lag_max, std::int64_t memory_max_bytes);

    /// rate_limited: later it can; says when to ask again.
    Result<> check() const;

    static std::int64_t memory_used_bytes(); ///< by this process; 0: the system does not say

private:
    std::int64_t memory_bytes() const;

    const store::Store& store_;
    const milliseconds write_lag_max_;
    const std::int64_t memory_max_bytes_;
    mutable std::atomic<std::int64_t> looked_at_us_{0}; ///< monotonic
    mutable std::atomic<std::int64_t> seen_bytes_{0};
};

} // namespace weft::api
