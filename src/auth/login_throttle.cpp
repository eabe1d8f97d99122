#include "auth/login_throttle.h"

#include <algorithm>

namespace weft::auth {

namespace {

std::string account_name(const LoginThrottle::Attempt& attempt) {
    return (attempt.knows_device ? "device\n" : attempt.address + "\n") + attempt.email;
}
std::string address_name(const LoginThrottle::Attempt& attempt) { return attempt.address; }

int seconds_until(Instant until, Instant now) {
    constexpr std::int64_t second_us = 1'000'000;
    return static_cast<int>((until.us - now.us + second_us - 1) / second_us);
}

} // namespace

LoginThrottle::Count& LoginThrottle::count_of(const std::string& name, Instant now) {
    if (counts_.size() >= counted_max) {
        std::erase_if(counts_, [now](const auto& each) { return each.second.until <= now; });
        if (counts_.size() >= counted_max) counts_.clear();
    }
    Count& count = counts_[name];
    if (count.until <= now) count = {.until = now + microseconds(window)};
    return count;
}

std::optional<int> LoginThrottle::refuse(const Attempt& attempt, Instant now) {
    const Lock lock(mutex_);
    Count& account = count_of(account_name(attempt), now);
    if (account.failures >= failures_max) return seconds_until(account.until, now);
    ++account.failures;
    if (attempt.knows_device) return std::nullopt;
    Count& address = count_of(address_name(attempt), now);
    if (address.failures >= failures_of_address_max) return seconds_until(address.until, now);
    ++address.failures;
    return std::nullopt;
}

void LoginThrottle::succeeded(const Attempt& attempt) {
    const Lock lock(mutex_);
    counts_.erase(account_name(attempt));
    if (attempt.knows_device) return;
    const auto address = counts_.find(address_name(attempt));
    if (address != counts_.end())
        address->second.failures = std::max(0, address->second.failures - 1);
}

} // namespace weft::auth
