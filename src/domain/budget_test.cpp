#include "domain/budget.h"

#include <gtest/gtest.h>

namespace weft {

namespace {

constexpr std::int64_t day_us = 86'400'000'000;

} // namespace

TEST(Budget, days_and_months_begin_at_midnight_utc) {
    const Instant at{1'709'251'199'999'999}; // 2024-02-29T23:59:59.999999Z
    const Period day = period_of(BudgetWindow::day, at);
    EXPECT_EQ(to_iso8601(day.from), "2024-02-29T00:00:00.000000Z");
    EXPECT_EQ(to_iso8601(day.until), "2024-03-01T00:00:00.000000Z");
    EXPECT_TRUE(day.has(at));
    EXPECT_FALSE(day.has(day.until));
    const Period month = period_of(BudgetWindow::month, at);
    EXPECT_EQ(to_iso8601(month.from), "2024-02-01T00:00:00.000000Z");
    EXPECT_EQ(month.until, day.until);
    const Period december = period_of(BudgetWindow::month, {at.us + 290 * day_us});
    EXPECT_EQ(to_iso8601(december.from), "2024-12-01T00:00:00.000000Z");
    EXPECT_EQ(to_iso8601(december.until), "2025-01-01T00:00:00.000000Z");
    EXPECT_TRUE(period_of(BudgetWindow::run, at).has({0}));
}

TEST(Budget, amounts_and_names_read_well) {
    EXPECT_EQ(amount_text(1'500'000, BudgetUnit::money), "1.5 USD");
    EXPECT_EQ(amount_text(30'000, BudgetUnit::credits), "0.03 credits");
    Budget budget;
    EXPECT_EQ(name_of(budget), "this month's budget of money for this project");
    budget.level = BudgetLevel::execution;
    budget.unit = BudgetUnit::credits;
    EXPECT_EQ(name_of(budget), "this run's budget of credits");
}

} // namespace weft
