#include "models/key_limiter.h"

#include <charconv>

#include <fmt/format.h>

namespace weft::models {

namespace {

constexpr microseconds minute = std::chrono::minutes(1);
constexpr std::size_t booked_max = 10'000;
constexpr microseconds told_max = std::chrono::hours(24);

/// Digits, or nothing for 0.
bool read_number(std::string_view text, std::int64_t& number) {
    if (text.empty()) return true;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() && number >= 0;
}

std::optional<std::int64_t> number_in(const http::Headers& headers, std::string_view name) {
    const std::string* text = headers.find(name);
    std::int64_t number = 0;
    if (!text || text->empty() || !read_number(*text, number)) return std::nullopt;
    return number;
}

/// "1s", "6m0s", "20ms", "1h2m3.5s": how OpenAI and Groq write a time.
std::optional<microseconds> span_from(std::string_view text) {
    double total_s = 0;
    while (!text.empty()) {
        double number = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (error != std::errc()) return std::nullopt;
        text.remove_prefix(static_cast<std::size_t>(end - text.data()));
        if (text.starts_with("ms")) {
            total_s += number / 1'000;
            text.remove_prefix(2);
        } else if (text.starts_with('h') || text.starts_with('m') || text.starts_with('s')) {
            total_s += number * (text[0] == 'h' ? 3'600 : text[0] == 'm' ? 60 : 1);
            text.remove_prefix(1);
        } else {
            return std::nullopt;
        }
    }
    if (total_s < 0 || total_s > 86'400) return std::nullopt;
    return microseconds(static_cast<std::int64_t>(total_s * 1e6));
}

/// How long until one more request fits, when the provider says that none does now: its limit
/// refills evenly and would be full after the time it tells.
std::optional<microseconds> wait_told(const http::Headers& headers) {
    if (number_in(headers, "x-ratelimit-remaining-requests") != 0) return std::nullopt;
    const std::string* reset = headers.find("x-ratelimit-reset-requests");
    const auto until_full = reset ? span_from(*reset) : std::nullopt;
    const auto limit = number_in(headers, "x-ratelimit-limit-requests").value_or(1);
    if (!until_full) return std::nullopt;
    return *until_full / std::max<std::int64_t>(1, limit);
}

} // namespace

Result<RateLimits> rate_limits_from(std::string_view text) {
    RateLimits out;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find_first_of(" ,"), text.size());
        const std::string_view word = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (word.empty()) continue;
        const std::size_t equals = word.find('=');
        const std::string_view numbers =
            equals == std::string_view::npos ? "" : word.substr(equals + 1);
        const std::size_t slash = std::min(numbers.find('/'), numbers.size());
        RateLimit limit;
        if (equals == 0 || numbers.empty() ||
            !read_number(numbers.substr(0, slash), limit.requests_per_minute) ||
            !read_number(numbers.substr(std::min(slash + 1, numbers.size())),
                         limit.tokens_per_minute))
            return fail(Code::invalid,
                        fmt::format("\"{}\" is no limit: write provider=requests/tokens a minute, "
                                    "such as openai=500/200000.",
                                    word));
        out[std::string(word.substr(0, equals))] = limit;
    }
    return out;
}

/// More than a minute's worth costs a whole minute's: else it could never go.
microseconds KeyLimiter::Bucket::price(std::int64_t units) const {
    if (per_minute == 0) return microseconds(0);
    return minute * std::min(units, per_minute) / per_minute;
}

Instant KeyLimiter::Bucket::ready(std::int64_t units, Instant now) const {
    if (per_minute == 0) return now;
    return std::max(now, full + price(units) + -minute);
}

void KeyLimiter::Bucket::take(std::int64_t units, Instant now) {
    full = std::max(full, now) + price(units);
}

milliseconds KeyLimiter::admit(const std::string& who, std::int64_t tokens) {
    const Instant now = clock_.now();
    const auto wait_until = [now](Instant at) {
        return at <= now ? milliseconds(0) : std::chrono::ceil<milliseconds>(at - now);
    };
    Lock lock(mutex_);
    if (const auto booked = booked_.find(who); booked != booked_.end()) {
        const Instant at = std::max(booked->second, told_);
        if (at <= now) booked_.erase(booked);
        return wait_until(at);
    }
    const Instant at = std::max({told_, requests_.ready(1, now), tokens_.ready(tokens, now)});
    const bool goes = at <= now;
    if (!goes) {
        forget_old(now);
        if (who.empty() || booked_.size() >= booked_max) return wait_until(at);
        booked_[who] = at;
    }
    requests_.take(1, now);
    tokens_.take(tokens, now);
    return wait_until(at);
}

void KeyLimiter::forget_old(Instant now) {
    std::erase_if(booked_, [now](const auto& each) { return each.second + minute < now; });
}

void KeyLimiter::settle(std::int64_t counted, std::int64_t used) {
    Lock lock(mutex_);
    const microseconds more = tokens_.price(used) - tokens_.price(counted);
    tokens_.full = tokens_.full + more;
}

void KeyLimiter::heard(const http::Headers& headers) {
    if (const auto wait = wait_told(headers)) must_wait(std::chrono::ceil<milliseconds>(*wait));
}

void KeyLimiter::must_wait(milliseconds how_long) {
    const Instant until = clock_.now() + std::min<microseconds>(how_long, told_max);
    Lock lock(mutex_);
    told_ = std::max(told_, until);
}

} // namespace weft::models
