#pragma once

#include "base/result.h"
#include "domain/ids.h"

#include <optional>
#include <string>
#include <string_view>

/// What coworkers may spend. Amounts are millionths: of a credit, or of a US dollar.
namespace weft {

/// Whose spending a budget limits. Stored as these numbers.
enum class BudgetLevel : int {
    execution = 0, ///< each run of its subject, a project or an agentflow
    agentflow = 1,
    project = 2,
    organization = 3,
};
/// Over which time. Days and months begin at midnight UTC. Stored as these numbers.
enum class BudgetWindow : int {
    run = 0, ///< of level execution, and only of that
    day = 1,
    month = 2,
    cycle = 3, ///< the organization's billing cycle: whoever sets the budget says when it began
};
enum class BudgetUnit : int { credits = 0, money = 1 }; ///< stored as these numbers
/// What happens to a call of a model that may cost more than is left. Stored as these numbers.
enum class BudgetPolicy : int {
    refuse = 0, ///< the run fails
    shrink = 1, ///< the model may answer with as many tokens as are left; none: the run fails
    ask = 2,    ///< the run waits until a person lets it go on, or stops it
};

std::string_view to_text(BudgetLevel level);
std::string_view to_text(BudgetWindow window);
std::string_view to_text(BudgetUnit unit);
std::string_view to_text(BudgetPolicy policy);
std::optional<BudgetLevel> budget_level_from(std::string_view word);
std::optional<BudgetWindow> budget_window_from(std::string_view word);
std::optional<BudgetPolicy> budget_policy_from(std::string_view word);

/// An agentflow's, a project's or an organization's id.
using BudgetSubjectId = Id<struct BudgetSubjectTag>;
template <class Tag> BudgetSubjectId subject_of(const Id<Tag>& id) { return {id.bytes}; }

struct Budget {
    BudgetLevel level = BudgetLevel::project;
    BudgetSubjectId subject;
    BudgetWindow window = BudgetWindow::month;
    BudgetUnit unit = BudgetUnit::money;
    std::int64_t ceiling = 0;
    BudgetPolicy policy = BudgetPolicy::refuse;
    bool operator==(const Budget&) const = default;
};

/// The same spending in both units.
struct Amount {
    std::int64_t micro_usd = 0;
    std::int64_t micro_credits = 0;

    std::int64_t in(BudgetUnit unit) const {
        return unit == BudgetUnit::money ? micro_usd : micro_credits;
    }
    Amount& operator+=(const Amount& other) {
        micro_usd += other.micro_usd;
        micro_credits += other.micro_credits;
        return *this;
    }
    friend Amount operator-(const Amount& a, const Amount& b) {
        return {a.micro_usd - b.micro_usd, a.micro_credits - b.micro_credits};
    }
    explicit operator bool() const { return micro_usd != 0 || micro_credits != 0; }
    bool operator==(const Amount&) const = default;
};

/// From the first instant, up to and without the second.
struct Period {
    Instant from;
    Instant until;
    bool has(Instant at) const { return from <= at && at < until; }
};
/// The UTC day or month that `now` lies in; of the other windows all of time.
Period period_of(BudgetWindow window, Instant now);

/// A budget that has no room for a call.
struct Shortage {
    Budget budget;
    std::int64_t used = 0; ///< of its ceiling
    std::int64_t left() const { return used < budget.ceiling ? budget.ceiling - used : 0; }
};

/// "0.25 credits", "1.5 USD".
std::string amount_text(std::int64_t micro, BudgetUnit unit);
/// "today's budget of this project", "this run's budget".
std::string name_of(const Budget& budget);

} // namespace weft
