#include "models/caller.h"

#include "models/prices.h"
#include "models/tokens.h"
#include "json/schema.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

namespace weft::models {

namespace {

constexpr int doublings_max = 10;

bool may_pass(const ModelFailure& failure) {
    return failure.error_class == ErrorClass::retry ||
           failure.error_class == ErrorClass::retry_after;
}

/// The key was at its limit.
bool was_not_sent(const ModelFailure& failure) {
    return failure.error_class == ErrorClass::retry_after && failure.http_status == 0;
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

/// As far as can be told beforehand.
bool fits(const ModelRequest& request, const ModelLimits& limits) {
    return count_input_tokens(request) + request.max_tokens <= limits.window_tokens;
}

CallFailure unusable(const Call& call, const Error& why) {
    const bool may_pass = why.code == Code::unavailable || why.code == Code::timed_out;
    return {.model = call.models.empty() ? "" : call.models.front(),
            .failure = {.error_class = may_pass ? ErrorClass::retry : ErrorClass::refused,
                        .message = why.message},
            .spent = {},
            .unusable = true};
}

Result<> can_ask(const Result<std::shared_ptr<const Registry>>& registry,
                 const std::vector<std::string>& models) {
    if (models.empty())
        return fail(Code::invalid, "Name a model as provider/name, such as openai/gpt-4o-mini.");
    if (!registry) return std::unexpected(registry.error());
    TRY((*registry)->find(models.front()));
    return {};
}

bool is_built_in(std::string_view model) { return model.starts_with("weft/"); }

/// Models like to put JSON into a fence.
std::string_view without_fence(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n";
    constexpr std::string_view fence = "```";
    const auto trim = [&] {
        text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
        text = text.substr(0, text.find_last_not_of(blanks) + 1);
    };
    trim();
    if (!text.starts_with(fence) || !text.ends_with(fence) || text.size() < 2 * fence.size())
        return text;
    text.remove_suffix(fence.size());
    text.remove_prefix(std::min(text.find('\n'), text.size()));
    trim();
    return text;
}

Result<json::value> read_answer(const Completion& answer, const AnswerForm& form) {
    if (answer.stop == StopReason::length)
        return fail(Code::invalid, "It was cut off because it was too long: write less.");
    auto value = parse_json(without_fence(answer.text));
    if (!value) return fail(Code::invalid, "It is not JSON: " + value.error().message);
    TRY(check_against(form.schema, *value));
    return value;
}

std::string repair_text(const std::string& faults, const AnswerForm& form) {
    return fmt::format("That answer does not fit. {}\n\nAnswer again with nothing but JSON of this "
                       "schema:\n{}",
                       faults, to_text(form.schema));
}

/// Its tokens are counted already.
ModelFailure unfit(const std::string& model, int times, const Completion& answer,
                   const std::string& faults) {
    return {.error_class = ErrorClass::retry,
            .message = fmt::format("The model {} did not answer in the form that was asked for, "
                                   "{} times. Lastly: {}",
                                   model, times, faults),
            .http_status = 200,
            .partial_text = answer.text};
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
    std::string model = {};    ///< the one being asked
    ModelRequest request = {}; ///< what it is asked
    bool streamed = false;
    json::value value = {}; ///< of an answer in a form
    Spent spent = {};

    /// Begins with another model: another request has another key.
    void turn_to(const std::string& name) {
        model = name;
        request = call.request;
        request.model = name_within(name);
        if (!request.idempotency_key.empty() && name != call.models.front())
            request.idempotency_key += "/" + name;
        if (call.on_turn) call.on_turn(model, request);
    }
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

Task<Result<std::shared_ptr<const Registry>>>
Caller::models_for(const std::vector<std::string>& models, const Scope& scope) const {
    const std::shared_ptr<const Registry> servers(std::shared_ptr<void>(), &registry_);
    if (!rules_.models || !scope.project || std::ranges::all_of(models, is_built_in))
        co_return servers;
    auto own = co_await rules_.models(scope);
    if (!own || *own) co_return own;
    co_return servers;
}

Task<Result<>> Caller::check(std::vector<std::string> models, Scope scope) const {
    co_return can_ask(co_await models_for(models, scope), models);
}

/// Behind the gates of the project, where it has some.
Task<ModelAnswer> Caller::complete(Model& model, const Progress& progress, ChunkSink sink) const {
    const Scope& scope = progress.call.scope;
    Gates gates;
    if (rules_.gates && scope.project && !is_built_in(progress.model)) {
        const std::string provider = progress.model.substr(0, progress.model.find('/'));
        auto found = co_await rules_.gates(scope, {progress.model, provider});
        if (!found) co_return std::unexpected(ModelFailure{.message = found.error().message});
        gates = *std::move(found);
    }
    if (gates.empty()) co_return co_await model.complete(progress.request, std::move(sink));
    const auto pass = co_await enter(std::move(gates), progress.request.idempotency_key);
    if (!pass)
        co_return std::unexpected(ModelFailure{.error_class = ErrorClass::cancelled,
                                               .message = "The call to the model was stopped."});
    co_return co_await model.complete(progress.request, std::move(sink));
}

/// One model, as often as the policy allows.
Task<ModelAnswer> Caller::ask(Model& model, Progress& progress) const {
    const CallPolicy& policy = progress.call.policy;
    ChunkSink sink;
    if (progress.on_text && !progress.request.form)
        sink = [&progress](std::string_view text) {
            progress.streamed |= !text.empty();
            progress.on_text(text);
        };
    const ModelLimits limits = model.limits(progress.request.model);
    for (int attempt = 1;; ++attempt) {
        ModelAnswer answer = co_await complete(model, progress, sink);
        if (answer) {
            progress.add(limits, answer->input_tokens, answer->output_tokens);
            co_return answer;
        }
        ModelFailure& failure = answer.error();
        progress.add(limits, failure.input_tokens, failure.output_tokens);
        progress.spent.cut_off |= failure.http_status < 400 && !was_not_sent(failure);
        if (was_not_sent(failure) && policy.attempts_max > 1) --attempt;
        if (!may_pass(failure) || progress.streamed || attempt >= policy.attempts_max)
            co_return answer;
        const milliseconds wait = wait_before(std::max(1, attempt), failure, policy);
        if (wait > policy.wait_max || clock_.now() + wait > progress.no_later) co_return answer;
        if (!co_await wait_(wait)) {
            failure.error_class = ErrorClass::cancelled;
            failure.message = "The call to the model was stopped.";
            co_return answer;
        }
    }
}

/// The same, until the answer fits the form or the model has been told its faults often enough.
Task<ModelAnswer> Caller::ask_in_form(Model& model, Progress& progress) const {
    const AnswerForm& form = *progress.request.form;
    const std::string key = progress.request.idempotency_key;
    for (int repairs = 0;; ++repairs) {
        ModelAnswer answer = co_await ask(model, progress);
        if (!answer || !answer->calls.empty() || answer->stop == StopReason::refused)
            co_return answer;
        auto read = read_answer(*answer, form);
        if (read) {
            progress.value = *std::move(read);
            if (progress.on_text) progress.on_text(answer->text);
            co_return answer;
        }
        if (repairs >= progress.call.repairs_max)
            co_return std::unexpected(
                unfit(progress.model, repairs + 1, *answer, read.error().message));
        progress.request.messages.push_back({Message::Role::assistant, answer->text});
        progress.request.messages.push_back(
            {Message::Role::user, repair_text(read.error().message, form)});
        if (!key.empty())
            progress.request.idempotency_key = key + "/repair" + std::to_string(repairs + 1);
    }
}

Task<CallAnswer> Caller::call(Call call, ChunkSink on_text) const {
    co_await asio::this_coro::throw_if_cancelled(false);
    const auto registry = co_await models_for(call.models, call.scope);
    if (const auto usable = can_ask(registry, call.models); !usable)
        co_return std::unexpected(unusable(call, usable.error()));
    Progress progress{call, on_text, clock_.now() + call.policy.total_max};
    std::optional<CallFailure> failed; ///< what is told when nobody answers
    std::optional<ModelFailure> last;
    std::int64_t window = 0; ///< of the model asked last
    for (const std::string& name : call.models) {
        const auto model = (*registry)->find(name);
        if (!model) continue;
        const ModelLimits limits = (*model)->limits(name_within(name));
        if (last && !another_may_help(*last, window, limits.window_tokens)) continue;
        if (last && limits.window_tokens < window && !fits(call.request, limits)) continue;
        progress.turn_to(name);
        window = limits.window_tokens;
        ModelAnswer answer = call.request.form ? co_await ask_in_form(**model, progress)
                                               : co_await ask(**model, progress);
        if (answer)
            co_return Answered{name, *std::move(answer), std::move(progress.value), progress.spent};
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
