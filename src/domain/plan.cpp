#include "domain/plan.h"

#include <algorithm>
#include <chrono>

namespace weft {

namespace {

constexpr QuotaWords words[] = {
    {Quota::projects, "number_of_projects", "projects", "delete one"},
    {Quota::members, "number_of_members", "members", "remove one"},
    {Quota::agentflows, "number_of_agentflows", "agentflows", "delete one"},
    {Quota::connectors, "number_of_connectors", "connectors", "remove one"},
    {Quota::tables, "number_of_tables", "tables", "delete a project that has some"},
    {Quota::files, "number_of_files", "files", "delete a project that has some"},
    {Quota::storage_mb, "storage_space_in_mb", "MB of files", "delete a project that has some"},
    {Quota::executions, "number_of_executions", "executions a billing cycle",
     "wait for the next cycle"},
};
static_assert(std::size(words) == quota_count);

constexpr Quotas unlimited() {
    Quotas all{};
    all.fill(no_limit);
    return all;
}

constexpr Plan all_plans[] = {
    {"self_hosted", "Nothing is limited: what every organization has until it is given a plan",
     unlimited(), no_limit},
    {"trial", "Two weeks to try it", {2, 3, 10, 10, 10, 100, 100, 500}, 50, 14},
    {"starter", "One team", {3, 5, 25, 25, 50, 1'000, 1'000, 5'000}, 500},
    {"team", "Several teams", {20, 50, 250, 250, 500, 20'000, 20'000, 50'000}, 5'000},
};

using Date = std::chrono::year_month_day;
using Days = std::chrono::sys_days;

constexpr std::int64_t day_us = 86'400'000'000;

Date date_of(Instant at) {
    const std::int64_t day = at.us / day_us - (at.us % day_us < 0 ? 1 : 0);
    return Date{Days{std::chrono::days{day}}};
}

Instant instant_of(Date date) { return {Days{date}.time_since_epoch().count() * day_us}; }

/// `n` months after `from`.
Instant months_after(Date from, int n) {
    Date date = from + std::chrono::months{n};
    if (!date.ok()) date = date.year() / date.month() / std::chrono::last;
    return instant_of(date);
}

} // namespace

std::span<const QuotaWords> quota_words() { return words; }

const QuotaWords& words_of(Quota quota) { return words[static_cast<std::size_t>(quota)]; }

std::span<const Plan> plans() { return all_plans; }

const Plan* find_plan(std::string_view name) {
    const Plan* found =
        std::ranges::find_if(all_plans, [name](const Plan& plan) { return plan.name == name; });
    return found == std::end(all_plans) ? nullptr : found;
}

const Plan& default_plan() { return all_plans[0]; }

BillingCycle cycle_at(Instant from, Instant at) {
    const Date first = date_of(from);
    const Date day = date_of(std::max(from, at));
    int n = (static_cast<int>(day.year()) - static_cast<int>(first.year())) * 12 +
            static_cast<int>(static_cast<unsigned>(day.month())) -
            static_cast<int>(static_cast<unsigned>(first.month()));
    if (n > 0 && months_after(first, n) > std::max(from, at)) --n;
    return {months_after(first, n), months_after(first, n + 1)};
}

Instant midnight_before(Instant at) { return instant_of(date_of(at)); }

} // namespace weft
