#include "domain/plan.h"

#include <gtest/gtest.h>

namespace weft {

namespace {

std::string text(Instant at) { return to_iso8601(at).substr(0, 10); }
Instant day(int year, unsigned month, unsigned day_of_month, std::int64_t hours = 0) {
    const std::chrono::sys_days days{std::chrono::year{year} / static_cast<int>(month) /
                                     static_cast<int>(day_of_month)};
    return {days.time_since_epoch().count() * 86'400'000'000 + hours * 3'600'000'000};
}
std::string cycle(Instant from, Instant at) {
    const BillingCycle found = cycle_at(from, at);
    return text(found.begins_at) + " " + text(found.ends_at);
}

} // namespace

TEST(Plan, cycles_begin_on_the_same_day_of_each_month) {
    const Instant from = day(2026, 11, 15);
    EXPECT_EQ(cycle(from, from), "2026-11-15 2026-12-15");
    EXPECT_EQ(cycle(from, day(2026, 12, 14, 23)), "2026-11-15 2026-12-15");
    EXPECT_EQ(cycle(from, day(2026, 12, 15)), "2026-12-15 2027-01-15");
    EXPECT_EQ(cycle(from, day(2028, 3, 1)), "2028-02-15 2028-03-15");
    EXPECT_EQ(cycle(from, day(2020, 1, 1)), "2026-11-15 2026-12-15") << "before the first";
}

TEST(Plan, a_short_month_ends_a_cycle_on_its_last_day) {
    const Instant from = day(2027, 1, 31);
    EXPECT_EQ(cycle(from, day(2027, 2, 27)), "2027-01-31 2027-02-28");
    EXPECT_EQ(cycle(from, day(2027, 2, 28)), "2027-02-28 2027-03-31");
    EXPECT_EQ(cycle(from, day(2027, 3, 30, 12)), "2027-02-28 2027-03-31");
    EXPECT_EQ(cycle(from, day(2028, 2, 29)), "2028-02-29 2028-03-31");
}

// Each instant lies in exactly one cycle, and the next begins where one ends.
TEST(Plan, cycles_leave_no_gap) {
    for (unsigned first = 1; first <= 31; ++first) {
        const Instant from = day(2026, 1, first);
        BillingCycle now = cycle_at(from, from);
        EXPECT_EQ(now.begins_at, from);
        for (int i = 0; i < 30; ++i) {
            const BillingCycle next = cycle_at(from, now.ends_at);
            EXPECT_EQ(next.begins_at, now.ends_at) << first << " " << i;
            EXPECT_EQ(cycle_at(from, Instant{now.ends_at.us - 1}), now) << first << " " << i;
            now = next;
        }
    }
}

TEST(Plan, the_default_limits_nothing_and_every_quota_has_its_words) {
    for (const std::int64_t each : default_plan().quotas) EXPECT_EQ(each, no_limit);
    EXPECT_EQ(default_plan().credits, no_limit);
    EXPECT_EQ(find_plan("self_hosted"), &default_plan());
    EXPECT_EQ(find_plan("gold"), nullptr);
    for (const QuotaWords& each : quota_words()) EXPECT_EQ(words_of(each.quota).name, each.name);
}

} // namespace weft
