#include "agents/pricing.h"
#include "api/llm.h"
#include "base/log.h"
#include "models/prices.h"
#include "models/tokens.h"
#include "store/budgets.h"
#include "store/ledger.h"

namespace weft::api {

namespace {

/// Each model as often as it may be asked.
Amount worst_of(const models::Registry& registry, const models::Call& call) {
    const std::int64_t input_tokens = models::count_input_tokens(call.request);
    const std::int64_t attempts =
        call.policy.attempts_max * (call.request.form ? call.repairs_max + 1 : 1);
    Amount worst;
    for (const std::string& name : call.models) {
        const auto limits = registry.limits(name);
        if (!limits) continue;
        const Usage usage{attempts * input_tokens, attempts * call.request.max_tokens};
        worst += {models::cost_micro_usd(*limits, usage.input_tokens, usage.output_tokens),
                  agents::credits_micro(*limits, usage)};
    }
    return worst;
}

store::StepCommit step_of(const CallBill& bill) {
    return {.project = bill.scope.project, .organization = bill.scope.organization};
}

Error no_room(const Shortage& shortage, std::int64_t needed) {
    const BudgetUnit unit = shortage.budget.unit;
    Error error{Code::payment_required,
                fmt::format("This call may cost up to {}, and of {} ({}) {} is left.",
                            amount_text(needed, unit), name_of(shortage.budget),
                            amount_text(shortage.budget.ceiling, unit),
                            amount_text(shortage.left(), unit))};
    error.fields.push_back({"budget", error.message});
    return error;
}

Task<> charge(CallBill bill, CallCharge row) {
    const auto written =
        co_await bill.store.write([&](store::Tx& tx) { return bill.charge(tx, row); });
    if (!written) log_warning("a model call was not charged", {{"why", written.error().message}});
}

} // namespace

Task<Result<>> CallBill::hold(const models::Call& call, bool counts_credits, Instant now) {
    const bool limited = CO_TRY(store.read_point([&](store::Rx& rx) -> Result<bool> {
        return TRY(store::budgets::any(rx, scope.organization));
    }));
    if (!limited) co_return Result<>{};
    const store::Reservation wanted{worst_of(models, call), {}, !counts_credits};
    if (!wanted.worst) co_return Result<>{};
    store::StepCommit step = step_of(*this);
    step.reserve = wanted;
    CO_TRY(store.write([&](store::Tx& tx) -> Result<> {
        if (TRY(store::budgets::apply(tx, step, store::budgets::Take::reserve_too))) return {};
        const auto short_of = TRY(store::budgets::shortage(tx, step, tx.now()));
        if (!short_of) return fail(Code::payment_required, "No budget has room for this call.");
        return std::unexpected(no_room(*short_of, wanted.worst.in(short_of->budget.unit)));
    }));
    held = wanted;
    held_at = now;
    co_return Result<>{};
}

CallCharge CallBill::row(const std::string& model, const models::Spent& spent) const {
    CallCharge row{
        {.model = model, .usage = {spent.input_tokens, spent.output_tokens, spent.cost_micro_usd}},
        spent.cut_off};
    if (const auto limits = models.limits(model))
        row.usage.credits_micro = agents::credits_micro(*limits, row.usage);
    return row;
}

bool CallBill::is_due(const LedgerRow& row) const {
    return held || row.usage.input_tokens + row.usage.output_tokens > 0;
}

Result<> CallBill::charge(store::Tx& tx, const CallCharge& row) const {
    if (row.usage.input_tokens + row.usage.output_tokens > 0)
        TRY(store::ledger::append(tx, scope.project, {}, row));
    if (!held || row.cut_off) return {};
    store::StepCommit step = step_of(*this);
    step.settle = {held->worst, {row.usage.cost_micro_usd, row.usage.credits_micro}, held_at};
    TRY(store::budgets::apply(tx, step, store::budgets::Take::settle_only));
    return {};
}

void charge_later(Gate& gate, asio::any_io_executor executor, const CallBill& bill,
                  const CallCharge& row) {
    if (bill.is_due(row)) gate.spawn(std::move(executor), charge(bill, row));
}

} // namespace weft::api
