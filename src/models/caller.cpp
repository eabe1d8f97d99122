#include "models/caller.h"

#include "models/prices.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace weft::models {

namespace {

constexpr int doublings_max = 10;

bool may_pass(const ModelFailure& failure) {
    return failure.error_class == ErrorClass::retry ||
           failure.error_class == ErrorClass::retry_after;
}

bool another_may_help(const ModelFailure& failure, std::int64_t window, std::int64_t next_window) {
    if (failure.error_class == ErrorClass::out_of_context) return next_window > window;
    return may_pass(failure) || failure.out_of_credit;
}

milliseconds wait_before(int attempt, const ModelFailure& failure, const CallPolicy& policy) {
    const int doublings = std::min(attempt - 1, doublings_max);
    return std::max(policy.wait_first * (1 << doublings),
                    failure.retry_after.value_or(milliseconds(0)));
}

ModelFailure unusable(const Error& why) {
    return {.error_class = ErrorClass::refused, .message = why.message};
}

std::string name_within(const std::string& provider_and_name) {
    return provider_and_name.substr(
        std::min(provider_and_name.find('/') + 1, provider_and_name.size()));
}

/// What to say when several models failed: one that a later attempt may mend rather than one that
/// it cannot, and of two such the one that is over sooner.
bool matters_more(const ModelFailure& failure, const ModelFailure& earlier) {
    if (may_pass(failure) != may_pass(earlier)) return may_pass(failure);
    return !may_pass(failure) || failure.retry_after.value_or(milliseconds(0)) <=
                                     earlier.retry_after.value_or(milliseconds(0));
}

} // namespace

/// Of one call. Lives in the coroutine that carries it out.
struct Caller::Progress {
    const Call& call;
    const ChunkSink& on_text;
    Instant no_later;
    std::string model = {}; ///< the one being asked
    bool streamed = false;
    Spent spent = {};

    void add(const ModelLimits& limits, std::int64_t input_tokens, std::int64_t output_tokens) {
        spent.input_tokens += input_tokens;
        spent.output_tokens += output_tokens;
        spent.cost_micro_usd += cost_micro_usd(limits, input_tokens, output_tokens);
    }
};

Task<bool> wait_on_timer(milliseconds how_long) {
    co_await asio::this_coro::throw_if_cancelled(false);
    asio::steady_timer timer(co_await asio::this_coro::executor, how_long);
    const auto [failed] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    co_return !failed;
}

Result<> Caller::check(const std::vector<std::string>& models) const {
    if (models.empty())
        return fail(Code::invalid, "Name a model as provider/name, such as openai/gpt-4o-mini.");
    TRY(registry_.find(models.front()));
    return {};
}

/// One model, as often as the policy allows.
Task<ModelAnswer> Caller::ask(Model& model, Progress& progress) const {
    const CallPolicy& policy = progress.call.policy;
    ChunkSink sink;
    if (progress.on_text)
        sink = [&progress](std::string_view text) {
            progress.streamed |= !text.empty();
            progress.on_text(text);
        };
    ModelRequest request = progress.call.request;
    request.model = name_within(progress.model);
    if (!request.idempotency_key.empty() && progress.model != progress.call.models.front())
        request.idempotency_key += "/" + progress.model; // another request, another key
    const ModelLimits limits = model.limits(request.model);
    for (int attempt = 1;; ++attempt) {
        ModelAnswer answer = co_await model.complete(request, sink);
        if (answer) {
            progress.add(limits, answer->input_tokens, answer->output_tokens);
            co_return answer;
        }
        ModelFailure& failure = answer.error();
        progress.add(limits, failure.input_tokens, failure.output_tokens);
        if (!may_pass(failure) || progress.streamed || attempt >= policy.attempts_max)
            co_return answer;
        const milliseconds wait = wait_before(attempt, failure, policy);
        if (wait > policy.wait_max || clock_.now() + wait > progress.no_later) co_return answer;
        if (!co_await wait_(wait)) {
            failure.error_class = ErrorClass::cancelled;
            failure.message = "The call to the model was stopped.";
            co_return answer;
        }
    }
}

Task<CallAnswer> Caller::call(Call call, ChunkSink on_text) const {
    co_await asio::this_coro::throw_if_cancelled(false);
    if (const auto usable = check(call.models); !usable)
        co_return std::unexpected(CallFailure{
            call.models.empty() ? "" : call.models.front(), unusable(usable.error()), {}});
    Progress progress{call, on_text, clock_.now() + call.policy.total_max};
    std::optional<CallFailure> failed; ///< what is told when nobody answers
    std::optional<ModelFailure> last;
    std::int64_t window = 0; ///< of the model asked last
    for (const std::string& name : call.models) {
        const auto model = registry_.find(name);
        if (!model) continue;
        const ModelLimits limits = (*model)->limits(name_within(name));
        if (last && !another_may_help(*last, window, limits.window_tokens)) continue;
        progress.model = name;
        window = limits.window_tokens;
        ModelAnswer answer = co_await ask(**model, progress);
        if (answer) co_return Answered{name, *std::move(answer), progress.spent};
        last = std::move(answer).error();
        const bool ends = last->error_class == ErrorClass::cancelled || progress.streamed;
        if (!failed || ends || matters_more(*last, failed->failure))
            failed = CallFailure{name, *last, {}};
        if (ends || clock_.now() >= progress.no_later) break;
    }
    failed->spent = progress.spent;
    co_return std::unexpected(*std::move(failed));
}

} // namespace weft::models
