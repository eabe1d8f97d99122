#pragma once

#include "auth/counts.h"

namespace weft::auth {

/// Slows down whoever guesses passwords, and nobody else: failures count for an account and the
/// address they come from, so that no stranger locks anybody out. A browser in which the account
/// was signed in before (a signed cookie) has a count of its own, so not even one behind the same
/// address does. An address that fails at many accounts is slowed down as a whole, but for such
/// browsers. Any thread.
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
    /// The account has another password: what failed at the old one says nothing.
    void forget(const std::string& email);

private:
    Counts accounts_{failures_max, window};
    Counts addresses_{failures_of_address_max, window};
};

} // namespace weft::auth
