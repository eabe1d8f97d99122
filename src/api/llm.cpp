#include "api/llm.h"

#include "agents/pricing.h"
#include "api/quotas.h"
#include "api/routes.h"
#include "base/log.h"
#include "domain/limits.h"
#include "domain/members.h"
#include "store/ledger.h"

#include <boost/asio/this_coro.hpp>
#include <boost/json/array.hpp>

#include <cmath>

namespace weft::api {

namespace {

constexpr std::size_t messages_max = 1'000;
constexpr std::size_t message_bytes_max = 4 * 1024 * 1024;
constexpr std::size_t fallbacks_max = 8;
constexpr std::size_t schema_bytes_max = 64 * 1024;
constexpr std::size_t form_name_bytes_max = 64;
constexpr double micro = 1e6;

struct CallModel {
    ProjectId project;
    std::string model;
    json::array messages;
    double temperature = 0;
    std::int64_t max_tokens = 4096;
    std::vector<std::string> fallbacks;
    json::object response_format;
    bool stream = false;
    static constexpr auto params() {
        using In = CallModel;
        return std::tuple{
            query_or_body("projectID", &In::project,
                          "The project whose call it is; without it the oldest that the key sees"),
            body("model", &In::model, "provider/name, such as openai/gpt-4o-mini").required(),
            body("messages", &In::messages, "The conversation so far, the newest message last")
                .required()
                .shaped(R"({"type":"array","minItems":1,
                            "items":{"$ref":"#/components/schemas/ModelMessage"}})"),
            body("temperature", &In::temperature, "From 0 to 2; 0 when absent"),
            body("maxTokens", &In::max_tokens,
                 "The longest answer, from 1 to 1000000 tokens; 4096 when absent"),
            body("fallbacks", &In::fallbacks,
                 "Models that are asked in turn when the first cannot answer"),
            body("response_format", &In::response_format,
                 "Ask for JSON: {type: json_object}, or {type: json_schema, json_schema: {name, "
                 "schema}}. What does not fit is shown to the model and asked for again, twice; "
                 "nothing is streamed before it fits")
                .shaped(R"({"$ref":"#/components/schemas/ModelResponseFormat"})"),
            body("stream", &In::stream,
                 "true: server-sent events with OpenAI's chunks, then [DONE]; a failure after the "
                 "first piece of text is an event named error"),
        };
    }
};

using CallAnswer = AnswerOrStream<"ModelAnswer">;

constexpr std::pair<std::string_view, models::Message::Role> roles[] = {
    {"system", models::Message::Role::system},
    {"developer", models::Message::Role::system},
    {"user", models::Message::Role::user},
    {"assistant", models::Message::Role::assistant},
};

/// A text, or OpenAI's array of parts {type: "text", text}.
void read_content(const json::value* content, const std::string& at, std::string& out,
                  Faults& faults) {
    const json::array* parts = content ? content->if_array() : nullptr;
    if (content && content->is_string()) out = content->get_string();
    if (!content || (!content->is_string() && !parts))
        return faults.add(at, "Must be text, or an array of parts of type text.");
    for (std::size_t i = 0; parts && i < parts->size(); ++i) {
        const json::value* text = find((*parts)[i], "text");
        if (text_or((*parts)[i], "type") != "text" || !text || !text->is_string())
            return faults.add(join_path(at, i), "Must be a part of type text: {type, text}.");
        out += text->get_string();
    }
    if (out.size() > message_bytes_max)
        faults.add(at, fmt::format("Is longer than {} bytes.", message_bytes_max));
}

models::Message read_message(const json::value& given, const std::string& at, Faults& faults) {
    models::Message message;
    if (!given.is_object()) {
        faults.add(at, "Must be an object {role, content}.");
        return message;
    }
    const std::string_view role = text_or(given, "role");
    const auto* known = std::ranges::find(roles, role, [](const auto& each) { return each.first; });
    if (known == std::end(roles))
        faults.add(join_path(at, "role"), "Must be system, user or assistant.");
    else
        message.role = known->second;
    read_content(find(given, "content"), join_path(at, "content"), message.text, faults);
    return message;
}

/// Letters, digits, "_" and "-", as providers ask for it.
bool is_form_name(std::string_view name) {
    const auto fits = [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-';
    };
    return !name.empty() && name.size() <= form_name_bytes_max && std::ranges::all_of(name, fits);
}

void read_schema(const json::value& given, models::AnswerForm& form, Faults& faults) {
    const std::string at = "response_format.json_schema";
    if (!given.is_object()) return faults.add(at, "Must be an object {name, schema}.");
    const json::value* schema = find(given, "schema");
    if (!schema || !schema->is_object())
        faults.add(join_path(at, "schema"), "Must be an object.");
    else if (to_text(*schema).size() > schema_bytes_max)
        faults.add(join_path(at, "schema"),
                   fmt::format("Is longer than {} bytes.", schema_bytes_max));
    else
        form.schema = schema->get_object();
    const json::value* name = find(given, "name");
    if (!name || name->is_null()) return;
    form.name = name->is_string() ? std::string(name->get_string()) : "";
    if (!is_form_name(form.name))
        faults.add(join_path(at, "name"), "Must be 1 to 64 letters, digits, _ and -.");
}

/// As OpenAI writes it.
void read_format(const json::object& given, std::optional<models::AnswerForm>& out,
                 Faults& faults) {
    if (given.empty()) return;
    const std::string_view type = text_or(given, "type");
    if (type != "text" && type != "json_object" && type != "json_schema")
        faults.add("response_format.type", "Must be text, json_object or json_schema.");
    models::AnswerForm form{.schema = {{"type", "object"}}};
    const json::value* described = given.if_contains("json_schema");
    if (described && !described->is_null())
        read_schema(*described, form, faults);
    else if (type == "json_schema")
        faults.add("response_format.json_schema", "Is required.");
    if (type != "text") out = std::move(form);
}

/// invalid: every field that is not as it must be.
Result<models::Call> call_of(const CallModel& in) {
    Faults faults;
    models::Call call;
    if (in.messages.empty() || in.messages.size() > messages_max)
        faults.add("messages", fmt::format("Must be 1 to {} messages.", messages_max));
    else
        for (std::size_t i = 0; i < in.messages.size(); ++i)
            call.request.messages.push_back(
                read_message(in.messages[i], join_path("messages", i), faults));
    if (in.temperature < 0 || in.temperature > limits::temperature_max)
        faults.add("temperature", fmt::format("Must be 0 to {}.", limits::temperature_max));
    if (in.max_tokens < 1 || in.max_tokens > limits::max_tokens_max)
        faults.add("maxTokens", fmt::format("Must be 1 to {}.", limits::max_tokens_max));
    if (in.fallbacks.size() > fallbacks_max)
        faults.add("fallbacks", fmt::format("At most {} models.", fallbacks_max));
    read_format(in.response_format, call.request.form, faults);
    TRY(faults.result());
    call.request.temperature = in.temperature;
    call.request.max_tokens = in.max_tokens;
    call.models.push_back(in.model);
    call.models.insert(call.models.end(), in.fallbacks.begin(), in.fallbacks.end());
    return call;
}

/// Shaped as OpenAI's chat completion, with `response` beside it for clients that want the text.
json::object answer_view(const models::Answered& answered, const LedgerRow& row) {
    const std::string text = content_of(answered);
    json::object choice{{"index", 0},
                        {"message", {{"role", "assistant"}, {"content", text}}},
                        {"finish_reason", finish_reason_of(answered.completion.stop)}};
    return {{"choices", json::array{std::move(choice)}},
            {"usage", usage_view(row)},
            {"response", text},
            {"model", answered.model}};
}

/// A retry is to find the answer, so that it is kept with the charge before it is told; without a
/// name for the retry nothing waits for the disk.
Task<Result<CallAnswer>> settle(Request& rq, const CallBill& bill, json::object view,
                                const CallCharge& row) {
    if (!rq.turn) {
        charge_later(rq.services.background, co_await asio::this_coro::executor, bill, row);
        co_return CallAnswer{{std::move(view)}};
    }
    auto answer = CO_TRY(rq.commit([&](store::Tx & tx) -> Result<Answer<"ModelAnswer">> {
        if (bill.is_due(row)) TRY(bill.charge(tx, row));
        return Answer<"ModelAnswer">{std::move(view)};
    }));
    co_return CallAnswer{std::move(answer)};
}

Task<Result<CallAnswer>> call_model(Request& rq, CallModel in) {
    models::Call call = CO_TRY(ready(call_of(in)));
    call.scope = rq.scope;
    if (const auto usable = co_await rq.services.caller.check(call.models, rq.scope); !usable)
        co_return fail_field("model", usable.error().message);
    CO_TRY(check_credits(rq));
    if (rq.turn) call.request.idempotency_key = rq.turn->effect_key();
    CallBill bill{rq.store, rq.services.caller.registry(), rq.scope};
    CO_TRY(bill.hold(call, rq.services.counts_credits, rq.services.clock.now()));
    if (in.stream) co_return CallAnswer {
            .stream = CO_TRY(stream_call(rq, std::move(call), bill))
        };
    const auto answered = co_await rq.services.caller.call(std::move(call));
    if (!answered) {
        const auto& failure = answered.error();
        charge_later(rq.services.background, co_await asio::this_coro::executor, bill,
                     bill.row(failure.model, failure.spent));
        co_return std::unexpected(error_of(failure));
    }
    const CallCharge row = bill.row(answered->model, answered->spent);
    co_return co_await settle(rq, bill, answer_view(*answered, row), row);
}

constexpr Route routes[] = {
    {http::Method::post, "/llm/execute/calls", "llm.call", in_some_project(Role::operator_),
     "Ask a language model; answers whole, or as server-sent events", handler<&call_model>,
     Audit::data},
};
static_assert(consistent(routes));

} // namespace

std::string content_of(const models::Answered& answered) {
    return answered.value.is_null() ? answered.completion.text : to_text(answered.value);
}

json::object usage_view(const LedgerRow& row) {
    const Usage& usage = row.usage;
    return {{"prompt_tokens", usage.input_tokens},
            {"completion_tokens", usage.output_tokens},
            {"total_tokens", usage.input_tokens + usage.output_tokens},
            {"credits", static_cast<double>(usage.credits_micro) / micro},
            {"cost_usd", static_cast<double>(usage.cost_micro_usd) / micro}};
}

std::string_view finish_reason_of(models::StopReason stop) {
    switch (stop) {
    case models::StopReason::finished: return "stop";
    case models::StopReason::length: return "length";
    case models::StopReason::tool_calls: return "tool_calls";
    case models::StopReason::refused: return "content_filter";
    }
    return "stop";
}

Error error_of(const models::CallFailure& failure) {
    const models::ModelFailure& why = failure.failure;
    Error error{Code::unavailable, why.message};
    switch (why.error_class) {
    case models::ErrorClass::retry: break;
    case models::ErrorClass::retry_after:
        error.code = Code::rate_limited;
        error.retry_after_s = static_cast<int>(
            std::chrono::ceil<seconds>(why.retry_after.value_or(seconds(1))).count());
        break;
    case models::ErrorClass::refused:
        error.code = why.out_of_credit ? Code::payment_required : Code::invalid;
        if (!why.out_of_credit) error.fields.push_back({"model", why.message});
        break;
    case models::ErrorClass::out_of_context:
        error.code = Code::invalid;
        error.fields.push_back({"messages", why.message});
        break;
    case models::ErrorClass::cancelled: error.code = Code::cancelled; break;
    }
    return error;
}

std::span<const Route> llm_routes() { return routes; }

} // namespace weft::api
