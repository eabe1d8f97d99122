#pragma once

#include "base/time.h"

#include <algorithm>

namespace weft::server {

/// How long to rest before looking again for work that nobody announces: a second; on a database
/// that nodes share, where each look is a query, ever longer while there is none.
class Pace {
public:
    explicit Pace(bool is_shared) : longest_(is_shared ? 30 : 1) {}

    seconds after(bool found) {
        rest_ = found ? seconds(1) : std::min(2 * rest_, longest_);
        return rest_;
    }

private:
    const seconds longest_;
    seconds rest_{1};
};

} // namespace weft::server
