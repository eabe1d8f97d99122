#pragma once

#include "base/mutex.h"
#include "base/time.h"

#include <optional>
#include <string>
#include <unordered_map>

namespace weft::auth {

/// Slows down whoever guesses passwords, and nobody else: failures count for an account and the
/// address they come from, so that no stranger locks anybody out. A browser in which the account
/// was signed in before (a signed cookie) has a count of its own, so not even one behind the same
/// address does. An address that fails at many accounts is slowed down as a whole, but for such
/// browsers. Counts live in this process. Any thread.
class LoginThrottle {
public:
    static constexpr int failures_max = 10;             ///< of an account from one address
    static constexpr int failures_of_address_max = 100; ///< at whatever accounts
    static constexpr seconds window{900};               ///< from the first of them

    /// One who wants in.
    struct Attempt {
        std::string email;
        std::string address; ///< without the port
        bool knows_device = false;
    };

    /// Counts the attempt as failed until succeeded() takes that back, so that many at once are no
    /// way around. Set: refused, with the seconds until another one may be made.
    std::optional<int> refuse(const Attempt& attempt, Instant now);
    void succeeded(const Attempt& attempt);

private:
    struct Count {
        int failures = 0;
        Instant until;
    };
    static constexpr std::size_t counted_max = 100'000; ///< beyond it, those that are over go

    Count& count_of(const std::string& name, Instant now) REQUIRES(mutex_);

    Mutex mutex_;
    std::unordered_map<std::string, Count> counts_ GUARDED_BY(mutex_);
};

} // namespace weft::auth
