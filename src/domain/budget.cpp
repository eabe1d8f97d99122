#include "domain/budget.h"

#include <fmt/format.h>

#include <chrono>

namespace weft {

namespace {

constexpr std::pair<BudgetLevel, std::string_view> levels[] = {
    {BudgetLevel::execution, "execution"},
    {BudgetLevel::agentflow, "agentflow"},
    {BudgetLevel::project, "project"},
    {BudgetLevel::organization, "organization"}};
constexpr std::pair<BudgetWindow, std::string_view> windows[] = {{BudgetWindow::run, "run"},
                                                                 {BudgetWindow::day, "day"},
                                                                 {BudgetWindow::month, "month"},
                                                                 {BudgetWindow::cycle, "cycle"}};
constexpr std::pair<BudgetPolicy, std::string_view> policies[] = {
    {BudgetPolicy::refuse, "refuse"}, {BudgetPolicy::shrink, "shrink"}, {BudgetPolicy::ask, "ask"}};

template <class T, std::size_t n>
std::string_view word_of(const std::pair<T, std::string_view> (&words)[n], T value) {
    for (const auto& [each, word] : words)
        if (each == value) return word;
    return {};
}
template <class T, std::size_t n>
std::optional<T> value_of(const std::pair<T, std::string_view> (&words)[n], std::string_view word) {
    for (const auto& [each, name] : words)
        if (name == word) return each;
    return std::nullopt;
}

using Days = std::chrono::sys_days;

Instant midnight(Days day) {
    return {std::chrono::duration_cast<microseconds>(day.time_since_epoch()).count()};
}

} // namespace

std::string_view to_text(BudgetLevel level) { return word_of(levels, level); }
std::string_view to_text(BudgetWindow window) { return word_of(windows, window); }
std::string_view to_text(BudgetPolicy policy) { return word_of(policies, policy); }
std::string_view to_text(BudgetUnit unit) {
    return unit == BudgetUnit::credits ? "credits" : "cost_usd";
}
std::optional<BudgetLevel> budget_level_from(std::string_view word) {
    return value_of(levels, word);
}
std::optional<BudgetWindow> budget_window_from(std::string_view word) {
    return value_of(windows, word);
}
std::optional<BudgetPolicy> budget_policy_from(std::string_view word) {
    return value_of(policies, word);
}

Period period_of(BudgetWindow window, Instant now) {
    namespace chr = std::chrono;
    const Days today = chr::floor<chr::days>(chr::sys_time<microseconds>(microseconds(now.us)));
    if (window == BudgetWindow::day) return {midnight(today), midnight(today + chr::days(1))};
    if (window != BudgetWindow::month) return {{}, {std::numeric_limits<std::int64_t>::max()}};
    const chr::year_month_day date(today);
    const chr::year_month month(date.year(), date.month());
    return {midnight(month / 1), midnight((month + chr::months(1)) / 1)};
}

std::string amount_text(std::int64_t micro, BudgetUnit unit) {
    const double amount = static_cast<double>(micro) / 1e6;
    if (unit == BudgetUnit::credits) return fmt::format("{:.6g} credits", amount);
    return fmt::format("{:.6g} USD", amount);
}

std::string name_of(const Budget& budget) {
    const std::string_view unit = budget.unit == BudgetUnit::credits ? "credits" : "money";
    if (budget.level == BudgetLevel::execution) return fmt::format("this run's budget of {}", unit);
    std::string_view when = "today's";
    if (budget.window == BudgetWindow::month) when = "this month's";
    if (budget.window == BudgetWindow::cycle) when = "this billing cycle's";
    return fmt::format("{} budget of {} for this {}", when, unit, to_text(budget.level));
}

} // namespace weft
