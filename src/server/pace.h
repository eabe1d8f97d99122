#pragma once

#include "store/store.h"

namespace weft::server {

/// When to look into the inbox for work that nobody announces: each second, but only when some can
/// have come. Of a store of its own this process knows whether anything was written; of a database
/// that nodes share the node's beat tells.
class Pace {
public:
    static constexpr seconds rest{1}; ///< between two looks

    explicit Pace(const store::Store& store) : store_(store) {}

    /// Before a look: whether anything may have come since the last one.
    bool may_find(Instant now) {
        if (store_.is_shared()) return store_.inbox_due();
        const std::int64_t commits = std::exchange(commits_, store_.stats().commits);
        return commits != commits_ || (next_ && *next_ <= now);
    }
    /// After a look: when there will be work although nobody writes; in the past: at once.
    void looked(std::optional<Instant> next) { next_ = next; }

private:
    const store::Store& store_;
    std::optional<Instant> next_;
    std::int64_t commits_ = -1;
};

} // namespace weft::server
