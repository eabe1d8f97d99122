#include "store/plans.h"

#include "store/budgets.h"
#include "store/organizations.h"
#include "store/usage.h"

namespace weft::store::plans {

namespace {

constexpr std::int64_t micro = 1'000'000;
constexpr const char* subscription_name = "subscription_credits";
constexpr std::size_t words_bytes_max = 200; ///< of a subscription's id or a top-up's note

struct Row {
    std::string plan;
    json::object overrides;
    Instant cycles_from;
    std::optional<Instant> trial_ends_at;
    std::optional<Instant> support_ends_at;
    std::string subscription_id;
};
constexpr Query<Row, OrganizationId> find_sql{"plans.find", R"sql(
    SELECT plan, overrides, cycles_from, trial_ends_at, support_ends_at, subscription_id
      FROM organization_plan WHERE organization_id = $1)sql"};

constexpr Query<std::int64_t, OrganizationId> any_sql{"plans.any", R"sql(
    SELECT 1 FROM organization_plan WHERE organization_id = $1)sql"};

constexpr Query<void, OrganizationId, std::string, json::object, Instant, std::optional<Instant>,
                std::optional<Instant>, std::string, Instant>
    put_sql{"plans.put", R"sql(
    INSERT INTO organization_plan (organization_id, plan, overrides, cycles_from, trial_ends_at,
                                   support_ends_at, subscription_id, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)
    ON CONFLICT (organization_id) DO UPDATE SET
        plan = excluded.plan, overrides = excluded.overrides, cycles_from = excluded.cycles_from,
        trial_ends_at = excluded.trial_ends_at, support_ends_at = excluded.support_ends_at,
        subscription_id = excluded.subscription_id, updated_at = excluded.updated_at)sql"};

constexpr Query<void, OrganizationId, TopUpId, std::int64_t, std::string, Instant> add_top_up_sql{
    "plans.add_top_up", R"sql(
    INSERT INTO credit_top_up (organization_id, id, credits_micro, note, created_at)
    VALUES ($1, $2, $3, $4, $5) ON CONFLICT (organization_id, id) DO NOTHING)sql"};

constexpr Query<std::int64_t, OrganizationId, Instant> top_ups_sql{"plans.top_ups", R"sql(
    SELECT CAST(coalesce(sum(credits_micro), 0) AS BIGINT) FROM credit_top_up
     WHERE organization_id = $1 AND created_at < $2)sql"};

/// Cycles that are over and written down.
struct Settled {
    Instant until; ///< 0: there are none
    std::int64_t top_up_micro = 0;
};
constexpr Query<Settled, OrganizationId> settled_sql{"plans.settled", R"sql(
    SELECT coalesce(max(ends_at), 0), CAST(coalesce(sum(top_up_micro), 0) AS BIGINT)
      FROM credit_cycle WHERE organization_id = $1)sql"};

constexpr Query<void, OrganizationId, Instant, Instant, std::int64_t, std::int64_t, std::int64_t>
    add_cycle_sql{"plans.add_cycle", R"sql(
    INSERT INTO credit_cycle (organization_id, begins_at, ends_at, subscription_micro, used_micro,
                              top_up_micro)
    VALUES ($1, $2, $3, $4, $5, $6))sql"};

constexpr SystemQuery<OrganizationId> all_sql{"plans.all", R"sql(
    SELECT organization_id FROM organization_plan)sql"};

constexpr SystemQuery<Listed, std::string> list_sql{"plans.list", R"sql(
    SELECT o.id, o.name, coalesce(p.plan, $1)
      FROM organization o LEFT JOIN organization_plan p ON p.organization_id = o.id
     ORDER BY o.created_at, o.id)sql"};

/// What stands in a row, in the words of the plans that are compiled in.
Result<Terms> terms_of(Row row) {
    const Plan* plan = find_plan(row.plan);
    if (!plan) return fail(Code::internal, "This version has no plan named " + row.plan + ".");
    Terms terms{.plan = std::move(row.plan),
                .quotas = plan->quotas,
                .cycles_from = row.cycles_from,
                .trial_ends_at = row.trial_ends_at,
                .support_ends_at = row.support_ends_at,
                .subscription_id = std::move(row.subscription_id)};
    for (const QuotaWords& each : quota_words())
        if (row.overrides.contains(each.name))
            of(terms.quotas, each.quota) = int_or(row.overrides, each.name);
    const std::int64_t credits = int_or(row.overrides, subscription_name, plan->credits);
    if (credits < no_limit) terms.subscription_micro = credits * micro;
    return terms;
}

/// What the subscription grants in a cycle.
std::int64_t grant(const Terms& terms, const BillingCycle& cycle) {
    const bool over = terms.trial_ends_at && *terms.trial_ends_at <= cycle.begins_at;
    return over ? 0 : terms.subscription_micro.value_or(0);
}

/// A walk over the cycles that are not yet written down, the oldest first.
struct Walk {
    BillingCycle cycle;
    std::int64_t top_up_spent_micro = 0; ///< by all cycles before it
    std::int64_t used_micro = 0;
    std::int64_t top_up_micro = 0; ///< how much of `used_micro` the top-ups bear
};

Result<Walk> begin(Rx& rx, const OrganizationId& organization, const Terms& terms) {
    const auto settled = TRY(rx.maybe(settled_sql, organization))
    .value_or(Settled{});
    const Instant from = std::max(settled.until, terms.cycles_from);
    return Walk{.cycle = cycle_at(terms.cycles_from, from),
                .top_up_spent_micro = settled.top_up_micro};
}

/// Of a cycle that is over: what it leaves to the top-ups, but not more than there were.
Result<> close(Rx& rx, const OrganizationId& organization, const Terms& terms, Walk& at) {
    at.used_micro = TRY(usage::credits(rx, organization, at.cycle.begins_at, at.cycle.ends_at));
    at.top_up_micro = 0;
    if (!terms.subscription_micro) return {};
    const std::int64_t bought = TRY(rx.maybe(top_ups_sql, organization, at.cycle.ends_at))
    .value_or(0);
    const std::int64_t beyond = std::max<std::int64_t>(0, at.used_micro - grant(terms, at.cycle));
    at.top_up_micro = std::min(beyond, std::max<std::int64_t>(0, bought - at.top_up_spent_micro));
    return {};
}

void next(const Terms& terms, Walk& at) {
    at.top_up_spent_micro += at.top_up_micro;
    at.cycle = cycle_at(terms.cycles_from, at.cycle.ends_at);
}

Result<> write_down(Tx& tx, const OrganizationId& organization, const Terms& terms,
                    const Walk& at) {
    TRY(tx.run(add_cycle_sql, organization, at.cycle.begins_at, at.cycle.ends_at,
               grant(terms, at.cycle), at.used_micro, at.top_up_micro));
    return {};
}

/// Writes down each cycle that ended at `before` or earlier; the first that did not is left in
/// what it returns.
Result<Walk> settle_with(Tx& tx, const OrganizationId& organization, const Terms& terms,
                         Instant before) {
    Walk at = TRY(begin(tx, organization, terms));
    while (at.cycle.ends_at <= before) {
        TRY(close(tx, organization, terms, at));
        TRY(write_down(tx, organization, terms, at));
        next(terms, at);
    }
    return at;
}

std::string date_text(Instant at) { return to_iso8601(at).substr(0, 10); }

std::string refusal(const Terms& terms, Quota quota, Instant now) {
    const QuotaWords& words = words_of(quota);
    std::string remedy = words.remedy;
    if (quota == Quota::executions)
        remedy += ", which begins on " + date_text(terms.cycle(now).ends_at);
    return fmt::format("Your plan \"{}\" allows {} {} ({}), and this would be more: {}, or ask "
                       "whoever runs this server for a larger plan.",
                       terms.plan, of(terms.quotas, quota), words.things, words.name, remedy);
}

Result<> check_number(const char* name, const json::value& value) {
    if (value.is_null()) return {};
    const std::int64_t* number = value.if_int64();
    if (number && *number >= 0 && *number <= no_limit) return {};
    return fail_field(
        name, fmt::format("Must be a whole number from 0 to {}, which is no limit.", no_limit));
}

Result<> apply_overrides(const json::object& changes, json::object& overrides) {
    for (const auto& [key, value] : changes) {
        const std::string name(key);
        const bool known = name == subscription_name ||
                           std::ranges::any_of(quota_words(), [&](const QuotaWords& each) {
                               return name == each.name;
                           });
        if (!known) return fail_field(name, "There is no limit of this name.");
        TRY(check_number(name.c_str(), value));
        if (value.is_null())
            overrides.erase(key);
        else
            overrides[key] = value;
    }
    return {};
}

/// Ends the cycle that runs where another one is to begin.
Result<> start_cycle(Tx& tx, const OrganizationId& organization, const Terms& terms, Walk at,
                     Instant starts) {
    if (starts < at.cycle.begins_at || starts > tx.now())
        return fail_field("cycle_start",
                          fmt::format("Must be from {} to today.", date_text(at.cycle.begins_at)));
    if (starts == at.cycle.begins_at) return {};
    at.cycle.ends_at = starts;
    TRY(close(tx, organization, terms, at));
    return write_down(tx, organization, terms, at);
}

Result<> check_words(const char* name, const std::string& words) {
    if (words.size() <= words_bytes_max) return {};
    return fail_field(name, fmt::format("Is longer than {} bytes.", words_bytes_max));
}

/// A plan that is new to the organization sets what it brings with it.
Result<> take_plan(Row& row, const std::string& name, Instant now) {
    const Plan* plan = find_plan(name);
    if (!plan) {
        std::string known;
        for (const Plan& each : weft::plans())
            known += std::string(known.empty() ? "" : ", ") + each.name;
        return fail_field("plan", fmt::format("Must be one of: {}.", known));
    }
    if (row.plan == name) return {};
    row.plan = name;
    row.trial_ends_at.reset();
    if (plan->trial_days > 0) row.trial_ends_at = now + std::chrono::hours(24 * plan->trial_days);
    return {};
}

Result<> take(Row& row, const Change& change, Instant now) {
    if (change.plan) TRY(take_plan(row, *change.plan, now));
    TRY(apply_overrides(change.overrides, row.overrides));
    if (change.trial_ends_at) row.trial_ends_at = *change.trial_ends_at;
    if (change.support_ends_at) row.support_ends_at = *change.support_ends_at;
    if (change.subscription_id) row.subscription_id = *change.subscription_id;
    return check_words("subscription_id", row.subscription_id);
}

} // namespace

Result<std::optional<Terms>> find(Rx& rx, const OrganizationId& organization) {
    auto row = TRY(rx.maybe(find_sql, organization));
    if (!row) return std::nullopt;
    return TRY(terms_of(*std::move(row)));
}

Result<bool> is_limited(Rx& rx, const OrganizationId& organization) {
    return TRY(rx.maybe(any_sql, organization))
    .has_value();
}

Terms default_terms(Instant made_at) {
    return {.plan = default_plan().name,
            .quotas = default_plan().quotas,
            .cycles_from = midnight_before(made_at)};
}

Result<Credits> credits_left(Rx& rx, const OrganizationId& organization, Instant now) {
    const auto terms = TRY(find(rx, organization));
    if (!terms || !terms->subscription_micro) return Credits{};
    return credits_left(rx, organization, *terms, now);
}

Result<Credits> credits_left(Rx& rx, const OrganizationId& organization, const Terms& terms,
                             Instant now) {
    const BillingCycle current = terms.cycle(now);
    Credits credits{.is_limited = terms.subscription_micro.has_value(), .cycle = current};
    credits.used_micro = TRY(usage::credits(rx, organization, current.begins_at, current.ends_at));
    if (!credits.is_limited) return credits;
    Walk at = TRY(begin(rx, organization, terms));
    while (at.cycle.ends_at <= current.begins_at) {
        TRY(close(rx, organization, terms, at));
        next(terms, at);
    }
    credits.subscription_micro = grant(terms, current);
    const std::int64_t covered = std::min(credits.used_micro, credits.subscription_micro);
    const bool is_over = terms.trial_ends_at && *terms.trial_ends_at <= now;
    credits.subscription_left_micro = is_over ? 0 : credits.subscription_micro - covered;
    credits.top_up_micro = TRY(rx.maybe(top_ups_sql, organization, current.ends_at))
    .value_or(0) - at.top_up_spent_micro;
    credits.top_up_left_micro = credits.top_up_micro - (credits.used_micro - covered);
    return credits;
}

Result<Room> room_for(Rx& rx, const OrganizationId& organization, const Terms& terms, Quota quota,
                      std::int64_t more, Instant now) {
    Room room{.quota = of(terms.quotas, quota)};
    room.used = TRY(usage::count(rx, organization, quota, terms.cycle(now).begins_at));
    room.is_allowed = room.quota == no_limit || room.used + more <= room.quota;
    if (!room.is_allowed) room.reason = refusal(terms, quota, now);
    return room;
}

Result<> check(Tx& tx, const OrganizationId& organization, std::span<const Quota> grown) {
    const auto terms = TRY(find(tx, organization));
    if (!terms) return {};
    const Instant since = terms->cycle(tx.now()).begins_at;
    for (const Quota quota : grown) {
        const std::int64_t limit = of(terms->quotas, quota);
        if (limit == no_limit) continue;
        const std::int64_t now_there = TRY(usage::count(tx, organization, quota, since, limit));
        if (now_there <= limit) continue;
        return std::unexpected(exceeded(quota, refusal(*terms, quota, tx.now())));
    }
    return {};
}

Error exceeded(Quota quota, std::string reason) {
    Error error{Code::payment_required, std::move(reason)};
    error.fields.push_back({words_of(quota).name, error.message});
    return error;
}

Error out_of_credits(const Credits& credits) {
    Error error{Code::payment_required,
                fmt::format("No credits are left: {:.2f} were used in the billing cycle that ends "
                            "on {}, of which the subscription bears {:.2f}. Wait for the next "
                            "cycle, or ask whoever runs this server for a top-up.",
                            static_cast<double>(credits.used_micro) / micro,
                            date_text(credits.cycle.ends_at),
                            static_cast<double>(credits.subscription_micro) / micro)};
    error.fields.push_back({"credits", error.message});
    return error;
}

Result<Terms> change(Tx& tx, const OrganizationId& organization, const Change& change) {
    TRY(organizations::find(tx, {organization, {}, {}}));
    auto row = TRY(tx.maybe(find_sql, organization));
    const Instant starts = midnight_before(change.cycle_starts.value_or(tx.now()));
    if (row) {
        const Terms before = TRY(terms_of(*row));
        const Walk at = TRY(settle_with(tx, organization, before, tx.now()));
        if (change.cycle_starts) {
            TRY(start_cycle(tx, organization, before, at, starts));
            row->cycles_from = starts;
        }
    } else {
        if (starts > tx.now()) return fail_field("cycle_start", "Must not be after today.");
        row = Row{.plan = default_plan().name, .cycles_from = starts};
    }
    TRY(take(*row, change, tx.now()));
    TRY(tx.run(put_sql, organization, row->plan, row->overrides, row->cycles_from,
               row->trial_ends_at, row->support_ends_at, row->subscription_id, tx.now()));
    TRY(set_budget(tx, organization));
    return terms_of(*std::move(row));
}

Result<bool> top_up(Tx& tx, const OrganizationId& organization, const TopUpId& id,
                    std::int64_t credits, const std::string& note) {
    TRY(organizations::find(tx, {organization, {}, {}}));
    if (credits < 1 || credits > no_limit)
        return fail_field("credits", fmt::format("Must be a whole number from 1 to {}.", no_limit));
    TRY(check_words("note", note));
    const auto added =
        TRY(tx.run(add_top_up_sql, organization, id, credits * micro, note, tx.now()));
    if (added.count > 0) TRY(set_budget(tx, organization));
    return added.count > 0;
}

Result<> set_budget(Tx& tx, const OrganizationId& organization) {
    const Credits credits = TRY(credits_left(tx, organization, tx.now()));
    const Period period{credits.cycle.begins_at, credits.cycle.ends_at};
    const Budget budget{.level = BudgetLevel::organization,
                        .subject = subject_of(organization),
                        .window = BudgetWindow::cycle,
                        .unit = BudgetUnit::credits,
                        .ceiling =
                            credits.used_micro + std::max<std::int64_t>(credits.left_micro(), 0),
                        .policy = BudgetPolicy::ask};
    bool is_there = false;
    for (const auto& each : TRY(budgets::list(tx, {organization, {}, {}})))
        is_there |= each.budget.window == BudgetWindow::cycle && each.period.from == period.from;
    if (!is_there) TRY(budgets::remove(tx, organization, budget));
    if (!credits.is_limited) return budgets::remove(tx, organization, budget);
    budgets::Spent spent;
    if (!is_there) spent = TRY(budgets::spent(tx, organization, {}, budget, period, tx.now()));
    return budgets::set(tx, organization, {}, budget, period, spent);
}

Result<> settle(Tx& tx, const OrganizationId& organization, Instant before) {
    const auto terms = TRY(find(tx, organization));
    if (!terms) return {};
    TRY(settle_with(tx, organization, *terms, before));
    return set_budget(tx, organization);
}

Result<std::vector<OrganizationId>> unsettled(Rx& rx, Instant before) {
    std::vector<OrganizationId> found;
    for (const OrganizationId& each : TRY(rx.all(all_sql))) {
        const auto terms = TRY(find(rx, each));
        if (terms && TRY(begin(rx, each, *terms)).cycle.ends_at <= before) found.push_back(each);
    }
    return found;
}

Result<std::vector<Listed>> list(Rx& rx) { return rx.all(list_sql, default_plan().name); }

} // namespace weft::store::plans
