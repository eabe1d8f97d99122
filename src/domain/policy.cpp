#include "domain/policy.h"

#include <cmath>

namespace weft {

namespace {

constexpr std::pair<std::string_view, FailureClass> failure_names[] = {
    {"rate_limited", FailureClass::rate_limited},
    {"unavailable", FailureClass::unavailable},
    {"timed_out", FailureClass::timed_out},
    {"invalid_output", FailureClass::invalid_output},
};
constexpr std::string_view retry_members[] = {"attempts", "first_s", "factor",
                                              "max_s",    "jitter",  "on"};

double seconds_of(milliseconds ms) { return static_cast<double>(ms.count()) / 1e3; }

milliseconds milliseconds_of(double seconds) {
    return milliseconds(static_cast<std::int64_t>(std::llround(seconds * 1e3)));
}

void read_seconds(Members& members, std::string_view name, milliseconds& out, double min,
                  double max) {
    double seconds = seconds_of(out);
    members.number(name, seconds, min, max);
    out = milliseconds_of(seconds);
}

std::optional<FailureClass> failure_from(std::string_view text) {
    for (const auto& [name, failure] : failure_names)
        if (name == text) return failure;
    return std::nullopt;
}

void read_on(Members& members, std::set<FailureClass>& on) {
    if (!members.has("on")) return;
    on.clear();
    members.each("on", std::size(failure_names), [&](const json::value& item, const auto& at) {
        const json::string* text = item.if_string();
        if (const auto failure = text ? failure_from(*text) : std::nullopt)
            on.insert(*failure);
        else
            members.faults().add(
                at, "must be one of rate_limited, unavailable, timed_out, invalid_output");
    });
}

RetryPolicy read_retry(const json::value& value, const std::string& at, Faults& faults) {
    RetryPolicy policy;
    Members members(value, at, faults);
    std::int64_t attempts = policy.attempts_max;
    members.integer("attempts", attempts, 1, limits::attempts_max);
    policy.attempts_max = static_cast<int>(attempts);
    read_seconds(members, "first_s", policy.first, 0, limits::retry_wait_s_max);
    members.number("factor", policy.factor, 1, limits::retry_factor_max);
    read_seconds(members, "max_s", policy.max, 0, limits::retry_wait_s_max);
    members.number("jitter", policy.jitter, 0, 1);
    read_on(members, policy.on);
    if (members.has("max_s") && policy.max < policy.first)
        faults.add(members.path("max_s"), "must not be less than first_s");
    if (const json::object* object = value.if_object())
        for (const auto& [name, ignored] : *object)
            if (std::ranges::find(retry_members, std::string_view(name)) == std::end(retry_members))
                faults.add(members.path(name), "is no member of a retry policy: there are "
                                               "attempts, first_s, factor, max_s, jitter and on");
    return policy;
}

/// From 0 to below 1, evenly, by the key and the attempt (FNV-1a, then the finisher of MurmurHash3,
/// since the upper bits decide).
double chance(std::string_view key, int attempt) {
    std::uint64_t hash = 0xcbf29ce484222325ULL + static_cast<std::uint64_t>(attempt);
    for (const char c : key) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccdULL;
    hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53ULL;
    hash ^= hash >> 33;
    return std::ldexp(static_cast<double>(hash >> 11), -53);
}

json::object retry_json(const RetryPolicy& policy) {
    json::array on;
    for (const FailureClass each : policy.on) on.push_back(json::value(to_text(each)));
    return {{"attempts", policy.attempts_max}, {"first_s", seconds_of(policy.first)},
            {"factor", policy.factor},         {"max_s", seconds_of(policy.max)},
            {"jitter", policy.jitter},         {"on", std::move(on)}};
}

} // namespace

std::string_view to_text(FailureClass failure) {
    for (const auto& [name, known] : failure_names)
        if (known == failure) return name;
    return "unavailable";
}

microseconds wait_after(const RetryPolicy& policy, int attempt,
                        std::optional<milliseconds> retry_after, std::string_view key) {
    const double grown = static_cast<double>(policy.first.count()) *
                         std::pow(policy.factor, std::max(0, attempt - 1));
    const double wait_ms = std::min(grown, static_cast<double>(policy.max.count()));
    const double part_ms = wait_ms * policy.jitter * chance(key, attempt);
    const auto in_us = [](double ms) {
        return microseconds(static_cast<std::int64_t>(std::llround(ms * 1e3)));
    };
    const microseconds own = in_us(wait_ms - part_ms);
    return retry_after ? std::max(own, *retry_after + in_us(part_ms)) : own;
}

void read_timeout(Members& members, std::string_view name, std::optional<milliseconds>& out) {
    const json::value* value = members.get(name);
    if (!value) return;
    out.reset();
    if (value->is_null()) return;
    milliseconds read{};
    read_seconds(members, name, read, limits::timeout_s_min, limits::timeout_s_max);
    out = read;
}

void read_call_rules(Members& members, CallRules& out) {
    if (const json::value* value = members.get("retry")) {
        out.retry.reset();
        if (!value->is_null())
            out.retry = read_retry(*value, members.path("retry"), members.faults());
    }
    read_timeout(members, "call_timeout_s", out.timeout);
}

void add_timeout(json::object& to, std::string_view name,
                 const std::optional<milliseconds>& timeout) {
    if (timeout) to[name] = seconds_of(*timeout);
}

void add_call_rules(json::object& to, const CallRules& rules) {
    if (rules.retry) to["retry"] = retry_json(*rules.retry);
    add_timeout(to, "call_timeout_s", rules.timeout);
}

} // namespace weft
