#pragma once

#include "base/time.h"

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>

/// What an organization may have. Plans are compiled in; the operator gives one to an organization
/// and may set single limits differently (store/plans.h, docs/credits.md).
namespace weft {

/// What is counted over all projects of an organization. The numbers index `Quotas`.
enum class Quota {
    projects,
    members,
    agentflows,
    connectors, ///< without those that every project has from the start
    tables,
    files,
    storage_mb, ///< of files; a begun MB counts as a whole one
    executions, ///< that were started in the billing cycle, children too
};
inline constexpr std::size_t quota_count = 8;

/// Stands for "no limit" where the API has a whole number: clients compare it and make shares of
/// it, which they could not with -1.
inline constexpr std::int64_t no_limit = 1'000'000'000;

using Quotas = std::array<std::int64_t, quota_count>;

struct QuotaWords {
    Quota quota;
    const char* name;   ///< in the API: "number_of_projects"
    const char* things; ///< after a number: "projects"
    const char* remedy; ///< what makes room: "delete one"
};
std::span<const QuotaWords> quota_words(); ///< in the order of `Quota`
const QuotaWords& words_of(Quota quota);
inline std::int64_t& of(Quotas& quotas, Quota quota) {
    return quotas[static_cast<std::size_t>(quota)];
}
inline std::int64_t of(const Quotas& quotas, Quota quota) {
    return quotas[static_cast<std::size_t>(quota)];
}

struct Plan {
    const char* name = "";
    const char* sentence = "";
    Quotas quotas{};
    std::int64_t credits = 0; ///< whole ones, a billing cycle; no_limit: credits are not counted
    int trial_days = 0;       ///< after which the subscription's credits end; 0: it is no trial
};
std::span<const Plan> plans();
/// nullptr: there is none of that name.
const Plan* find_plan(std::string_view name);
/// Of organizations that were given none: nothing is limited.
const Plan& default_plan();

/// A month, from midnight to midnight UTC.
struct BillingCycle {
    Instant begins_at;
    Instant ends_at; ///< the next one begins then

    friend bool operator==(const BillingCycle&, const BillingCycle&) = default;
};
/// The one that `at` lies in, of those that follow one another from `from` on: each begins on
/// `from`'s day of the month, or on the month's last day where it has no such day. Times before
/// `from` lie in the first one.
BillingCycle cycle_at(Instant from, Instant at);
/// The beginning of its day, UTC.
Instant midnight_before(Instant at);

} // namespace weft
