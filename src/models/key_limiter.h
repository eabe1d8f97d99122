#pragma once

#include "base/mutex.h"
#include "base/result.h"
#include "base/time.h"
#include "http/message.h"

#include <map>
#include <string>
#include <unordered_map>

namespace weft::models {

/// What one key may use; 0 = no limit of ours.
struct RateLimit {
    std::int64_t requests_per_minute = 0;
    std::int64_t tokens_per_minute = 0; ///< input as counted before the call, and max_tokens

    friend bool operator==(const RateLimit&, const RateLimit&) = default;
};

using RateLimits = std::map<std::string, RateLimit, std::less<>>; ///< by provider

/// From "openai=500/200000 groq=30 mistral=/50000": requests, then tokens, a minute.
/// invalid: says how it is written.
Result<RateLimits> rate_limits_from(std::string_view text);

/// Says when a provider's key may be used again: by the limits that were set, and by what the
/// provider told (Retry-After, used-up request limits). One per key; used from all io threads;
/// never waits itself.
///
/// A full minute's worth may go at once, and it refills evenly. Who is told to wait has a place
/// booked under its name until a minute after that time, so that it gets its turn however many
/// others come meanwhile.
class KeyLimiter {
public:
    /// `clock` outlives it.
    KeyLimiter(RateLimit limit, Clock& clock) : limit_(limit), clock_(clock) {}

    bool counts_tokens() const { return limit_.tokens_per_minute > 0; }

    /// Zero: go ahead, it is counted. Else how long to wait before asking again. `who` names the
    /// request over its repetitions; empty: nothing is booked.
    milliseconds admit(const std::string& who, std::int64_t tokens);
    /// What the tokens were really.
    void settle(std::int64_t counted, std::int64_t used);
    /// The head of an answer: it may say that the limit is used up.
    void heard(const http::Headers& headers);
    /// The provider asked for it.
    void must_wait(milliseconds how_long);

private:
    /// When a bucket would be full again. It holds a minute's worth.
    struct Bucket {
        std::int64_t per_minute = 0;
        Instant full;

        microseconds price(std::int64_t units) const;
        Instant ready(std::int64_t units, Instant now) const;
        void take(std::int64_t units, Instant now);
    };
    void forget_old(Instant now) REQUIRES(mutex_);

    RateLimit limit_;
    Clock& clock_;
    Mutex mutex_;
    Bucket requests_ GUARDED_BY(mutex_){limit_.requests_per_minute, {}};
    Bucket tokens_ GUARDED_BY(mutex_){limit_.tokens_per_minute, {}};
    Instant told_ GUARDED_BY(mutex_); ///< not before, says the provider
    std::unordered_map<std::string, Instant> booked_ GUARDED_BY(mutex_);
};

} // namespace weft::models
