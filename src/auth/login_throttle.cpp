#include "auth/login_throttle.h"

namespace weft::auth {

namespace {

std::string account_name(const LoginThrottle::Attempt& attempt) {
    return (attempt.knows_device ? "device\n" : attempt.address + "\n") + attempt.email;
}

} // namespace

std::optional<int> LoginThrottle::refuse(const Attempt& attempt, Instant now) {
    if (const auto wait_s = accounts_.refuse(account_name(attempt), now)) return wait_s;
    if (attempt.knows_device) return std::nullopt;
    return addresses_.refuse(attempt.address, now);
}

void LoginThrottle::succeeded(const Attempt& attempt) {
    accounts_.forget(account_name(attempt));
    if (!attempt.knows_device) addresses_.take_back(attempt.address);
}

void LoginThrottle::forget(const std::string& email) { accounts_.forget_ending_in("\n" + email); }

} // namespace weft::auth
