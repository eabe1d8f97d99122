#pragma once

#include "base/latch.h"
#include "http/message.h"
#include "store/connection.h"

#include <atomic>
#include <deque>
#include <unordered_map>

namespace weft::api {

/// One request that a retry may mean: at work, or answered and kept a moment ago.
struct Attempt {
    Instant arrived_at;           ///< distinct among the attempts of one name
    std::int64_t received_us = 0; ///< monotonic
    store::Blob body_hash;
    std::shared_ptr<http::Delivery> delivery;
    Latch done;                    ///< opened when it leaves
    std::atomic<bool> kept{false}; ///< its answer is in the store; set before `done` opens
};

/// The attempts of this process by name. Any thread; no call waits.
class Attempts {
public:
    using Seen = std::vector<std::shared_ptr<Attempt>>;
    static constexpr microseconds young{100'000};

    /// What a request received at `now_us` (monotonic) may be a retry of: what is at work, and what
    /// was kept and is still young; oldest first. Whatever is older is forgotten: the store knows.
    Seen of(const std::string& name, std::int64_t now_us);

    /// Takes its place, unless another one stands there that is not in `seen`: then look again.
    /// `arrived_at` is moved by microseconds until it is distinct.
    bool enter(const std::string& name, const std::shared_ptr<Attempt>& attempt, const Seen& seen);

    /// Ends it and lets those through who wait for it. One whose answer was not kept is forgotten.
    void leave(const std::string& name, const std::shared_ptr<Attempt>& attempt, bool kept);

    std::size_t size() const; ///< remembered now

private:
    void forget(const std::string& name, const Attempt* attempt) REQUIRES(mutex_);
    void forget_old(std::int64_t now_us) REQUIRES(mutex_);

    mutable Mutex mutex_;
    std::unordered_map<std::string, Seen> by_name_ GUARDED_BY(mutex_);
    std::deque<std::pair<std::string, std::shared_ptr<Attempt>>> kept_ GUARDED_BY(mutex_);
};

} // namespace weft::api
