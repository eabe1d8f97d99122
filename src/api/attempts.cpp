#include "api/attempts.h"

#include <algorithm>

namespace weft::api {

namespace {

bool is_young(const Attempt& attempt, std::int64_t now_us) {
    return now_us - attempt.received_us < Attempts::young.count();
}

} // namespace

Attempts::Seen Attempts::of(const std::string& name, std::int64_t now_us) {
    const Lock lock(mutex_);
    forget_old(now_us);
    const auto found = by_name_.find(name);
    if (found == by_name_.end()) return {};
    Seen& there = found->second;
    std::erase_if(there, [&](const auto& each) { return each->kept && !is_young(*each, now_us); });
    Seen seen = there;
    if (there.empty()) by_name_.erase(found);
    return seen;
}

bool Attempts::enter(const std::string& name, const std::shared_ptr<Attempt>& attempt,
                     const Seen& seen) {
    const Lock lock(mutex_);
    Seen& there = by_name_[name];
    for (const auto& other : there)
        if (std::ranges::find(seen, other) == seen.end()) return false;
    for (const auto& other : there) // in the order of arrived_at
        if (other->arrived_at >= attempt->arrived_at)
            attempt->arrived_at = other->arrived_at + microseconds(1);
    there.push_back(attempt);
    return true;
}

void Attempts::leave(const std::string& name, const std::shared_ptr<Attempt>& attempt, bool kept) {
    attempt->kept = kept;
    {
        const Lock lock(mutex_);
        if (kept)
            kept_.emplace_back(name, attempt);
        else
            forget(name, attempt.get());
    }
    attempt->done.open();
}

std::size_t Attempts::size() const {
    const Lock lock(mutex_);
    return by_name_.size();
}

void Attempts::forget(const std::string& name, const Attempt* attempt) {
    const auto found = by_name_.find(name);
    if (found == by_name_.end()) return;
    std::erase_if(found->second, [&](const auto& each) { return each.get() == attempt; });
    if (found->second.empty()) by_name_.erase(found);
}

/// In the order in which they left, so that one waits for those before it: 100 ms at the most.
void Attempts::forget_old(std::int64_t now_us) {
    while (!kept_.empty() && !is_young(*kept_.front().second, now_us)) {
        forget(kept_.front().first, kept_.front().second.get());
        kept_.pop_front();
    }
}

} // namespace weft::api
