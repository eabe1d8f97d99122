#pragma once

#include "store/store.h"

#include <algorithm>

namespace weft::server {

/// How often to look for work that nobody announces: each second, but not when nothing can have
/// come. Of a store of its own this process knows whether anything was written; on a database that
/// nodes share each look is a query, and soon comes only every `longest` while there is nothing.
class Pace {
public:
    Pace(const store::Store& store, seconds longest) : store_(store), longest_(longest) {}

    /// Before a look: whether anything may have come since the last one.
    bool may_find(Instant now) {
        const std::int64_t commits = std::exchange(commits_, store_.stats().commits);
        return store_.is_shared() || commits != commits_ || (next_ && *next_ <= now);
    }
    /// After a look. `next`: when there will be work although nobody writes; in the past: at once.
    void looked(bool found, std::optional<Instant> next) {
        rest_ = found ? seconds(1) : std::min(4 * rest_, longest_);
        next_ = next;
    }
    microseconds rest(Instant now) const {
        microseconds rest = store_.is_shared() ? rest_ : seconds(1);
        if (next_) rest = std::min(rest, *next_ - now);
        return std::max<microseconds>(rest, seconds(1));
    }

private:
    const store::Store& store_;
    const seconds longest_;
    seconds rest_{1};
    std::optional<Instant> next_;
    std::int64_t commits_ = -1;
};

} // namespace weft::server
