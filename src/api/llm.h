#pragma once

#include "api/route.h"
#include "models/caller.h"

namespace weft::api {

/// What a call cost, as the ledger counts it.
struct CallCharge : LedgerRow {
    bool cut_off = false; ///< it may have cost more
};

/// What an answered or failed call of POST /llm/execute/calls costs, and to whom.
struct CallBill {
    store::Store& store;
    const models::Registry& models;
    Scope scope;
    /// In budgets, until it is charged; none: nothing is limited.
    std::optional<store::Reservation> held = {};
    Instant held_at = {};

    /// Holds what the call may cost at most. payment_required: a budget has no room for it.
    Task<Result<>> hold(const models::Call& call, bool counts_credits, Instant now);
    CallCharge row(const std::string& model, const models::Spent& spent) const;
    /// Whether there is anything to write.
    bool is_due(const LedgerRow& row) const;
    /// Writes the charge, and gives back what was held beyond it.
    Result<> charge(store::Tx& tx, const CallCharge& row) const;
};

/// The text of an answer; of one in a form, its JSON and nothing around it.
std::string content_of(const models::Answered& answered);

/// {prompt_tokens, completion_tokens, total_tokens, credits, cost_usd}; the credits and the money
/// are those of all attempts.
json::object usage_view(const LedgerRow& row);

/// OpenAI's words: "stop", "length", "tool_calls", "content_filter".
std::string_view finish_reason_of(models::StopReason stop);

/// What the client is told of a call that failed. invalid: the provider will refuse it again, or
/// the messages are too long. payment_required: the provider's account is empty. rate_limited,
/// unavailable: later it may work.
Error error_of(const models::CallFailure& failure);

/// Writes the charge of a call that nothing waits for. Free calls leave none.
void charge_later(Gate& gate, asio::any_io_executor executor, const CallBill& bill,
                  const CallCharge& row);

/// The answer as server-sent events: asks the model, waits for its first piece of text (or its
/// failure, which is then an ordinary error), and hands over a stream of what follows.
Task<Result<http::Response>> stream_call(Request& rq, models::Call call, CallBill bill);

} // namespace weft::api
