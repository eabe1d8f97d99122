#include "connectors/restful.h"

#include "connectors/accounts.h"
#include "connectors/encoders.h"
#include "connectors/fields.h"
#include "connectors/file_text.h"
#include "connectors/restful_request.h"
#include "http/mask.h"
#include "http/retry_after.h"
#include "store/custom_actions.h"

namespace weft::connectors {

namespace {

constexpr std::size_t excerpt_bytes_max = 500;
constexpr int retry_after_s_default = 5; ///< of a server that refused without saying how long

constexpr std::string_view shown_headers[] = {
    "content-type", "location", "etag",         "last-modified",         "link",
    "retry-after",  "date",     "x-request-id", "x-ratelimit-remaining", "x-ratelimit-reset"};

Fields answer_fields() {
    return {field("status", "number", true, "The HTTP status."),
            field("headers", "object", true, "A few of its headers."),
            field("truncated", "boolean", true, "Whether the text is only its beginning.")};
}

std::vector<Action> restful_actions() {
    Action get{.name = "Get", .category = "restful", .sort = "get"};
    get.effect = EffectClass::pure;
    get.input = {field("path", "text", true, "Below the base URL, such as /issues/7."),
                 field("query", "object", false, "Name and value of each parameter."),
                 field("headers", "object", false, "Name and value.")};
    get.output = answer_fields();
    Action request{.name = "Request", .category = "restful", .sort = "request"};
    request.effect = EffectClass::once;
    request.input = get.input;
    request.input.insert(request.input.begin(),
                         field("method", "text", true, "GET, POST, PUT, PATCH, DELETE or HEAD."));
    request.output = answer_fields();
    std::vector<Action> actions;
    actions.push_back(std::move(get));
    actions.push_back(std::move(request));
    return actions;
}

/// One call with all that is known of it.
struct Exchange {
    ConnectorAccount account;
    EffectClass effect = EffectClass::once;
    http::ClientRequest request;
    http::Mask mask;

    std::string shown() const { return mask.text(shown_url(request)); }
};

json::object shown_of(const http::Headers& headers, const http::Mask& mask) {
    json::object shown;
    for (const std::string_view name : shown_headers)
        if (const std::string* value = headers.find(name)) shown[name] = mask.text(*value);
    return shown;
}

/// {status, headers, body, truncated}
json::object answer_of(const http::ClientResponse& response, const http::Mask& mask) {
    json::object answer{{"status", response.status},
                        {"headers", shown_of(response.headers, mask)},
                        {"body", nullptr},
                        {"truncated", false}};
    const std::string* type = response.headers.find("content-type");
    const std::string media_type = type ? lower_ascii(type->substr(0, type->find(';'))) : "";
    if (response.body.empty()) return answer;
    if (is_json_type(media_type))
        if (auto parsed = parse_json(response.body)) {
            answer["body"] = mask.value(*std::move(parsed));
            return answer;
        }
    auto text = text_of(response.body);
    if (!text) return answer;
    std::string masked = mask.text(*text);
    if (masked.size() > answer_text_bytes_max) {
        masked.resize(first_bytes(masked, answer_text_bytes_max).size());
        answer["truncated"] = true;
    }
    answer["body"] = masked;
    return answer;
}

/// The first bytes of the body, on one line.
std::string excerpt_of(const json::object& answer) {
    if (answer.at("body").is_null()) return {};
    const std::string text = plain_text(answer.at("body"));
    std::string excerpt(first_bytes(text, excerpt_bytes_max));
    for (char& c : excerpt)
        if (static_cast<unsigned char>(c) < 0x20) c = ' ';
    return ": " + excerpt + (excerpt.size() < text.size() ? " …" : "");
}

Code code_of(int status) {
    switch (status) {
    case 401:
    case 403: return Code::unauthenticated;
    case 404:
    case 410: return Code::not_found;
    case 409: return Code::conflict;
    case 413: return Code::too_large;
    case 429: return Code::rate_limited;
    case 408:
    case 425: return Code::unavailable;
    default: return status >= 500 ? Code::unavailable : Code::invalid;
    }
}

/// Of an answer with a status from 400 on.
Error refusal(const Exchange& exchange, const http::ClientResponse& response, Instant now) {
    const json::object answer = answer_of(response, exchange.mask);
    Error error{code_of(response.status), fmt::format("{} answered {}{}", exchange.shown(),
                                                      response.status, excerpt_of(answer))};
    const bool busy = response.status == 429 || response.status == 503;
    if (const auto wait = http::retry_after(response.headers, now); busy && wait)
        error.retry_after_s =
            static_cast<int>(std::chrono::ceil<seconds>(std::max(*wait, milliseconds(0))).count());
    else if (response.status == 429)
        error.retry_after_s = retry_after_s_default;
    return error;
}

/// Of a call without an answer.
Error failure_of(const Exchange& exchange, const http::ClientError& error) {
    using enum http::ClientFailure;
    const std::string message =
        exchange.mask.text(fmt::format("{}: {}", shown_url(exchange.request), error.message));
    switch (error.failure) {
    case refused_address:
    case refused_redirect: return {Code::unauthenticated, message};
    case resolve:
    case connect:
    case tls: {
        Error failed{Code::unavailable, message};
        if (exchange.effect == EffectClass::once) failed.retry_after_s = 1; // nothing was sent
        return failed;
    }
    case timed_out: return {Code::timed_out, message};
    case too_large: return {Code::too_large, message};
    case cancelled: return {Code::cancelled, "This was stopped."};
    case cut_off:
    case other: break;
    }
    return {Code::unavailable, message};
}

class Restful final : public Connector {
public:
    Restful(store::Store& store, http::Client& client, Clock& clock, RestfulSettings settings)
        : store_(store), client_(client), clock_(clock), settings_(std::move(settings)),
          actions_(restful_actions()) {}

    std::string_view category() const override { return "restful"; }
    std::string_view display_name() const override { return "RESTful"; }
    std::string_view description() const override {
        return "Calls a web service over HTTP, below one base URL.";
    }
    const std::vector<Action>& actions() const override { return actions_; }
    std::vector<FormField> form() const override { return restful_form(); }
    std::vector<std::string> auth() const override {
        return {"none", "api_key", "bearer", "basic"};
    }
    Result<Setup> set_up(const json::object& config, const Setup& before) const override {
        return set_up_restful(config, before);
    }
    bool takes_custom_actions() const override { return true; }

    Task<Result<json::value>> run(ActionCall call) override {
        const Exchange exchange = CO_TRY(exchange_for(call, Ask::act));
        if (call.repeated && exchange.effect == EffectClass::checkable) {
            auto answer = co_await check(call);
            if (!answer) co_return std::unexpected(std::move(answer).error());
            if (*answer) co_return **std::move(answer);
        }
        http::ClientRequest request = exchange.request;
        auto response = co_await client_.fetch(std::move(request));
        if (!response) co_return std::unexpected(failure_of(exchange, response.error()));
        if (response->status < 400) co_return answer_of(*response, exchange.mask);
        Error error = refusal(exchange, *response, clock_.now());
        if (error.code == Code::unauthenticated)
            CO_TRY(mark_failed(call.scope, exchange.account, error.message));
        co_return std::unexpected(std::move(error));
    }

private:
    enum class Ask { act, whether_it_happened };

    /// What a checkable action answered when it happened; none: it has not. unavailable: nobody
    /// can tell right now.
    Task<Result<std::optional<json::value>>> check(const ActionCall& call) {
        const Exchange exchange = CO_TRY(exchange_for(call, Ask::whether_it_happened));
        http::ClientRequest request = exchange.request;
        const auto response = co_await client_.fetch(std::move(request));
        if (!response) co_return std::unexpected(failure_of(exchange, response.error()));
        if (response->status < 400) co_return answer_of(*response, exchange.mask);
        if (response->status == 404 || response->status == 410) co_return std::nullopt;
        Error error = refusal(exchange, *response, clock_.now());
        error.code = Code::unavailable;
        co_return std::unexpected(std::move(error));
    }

    Task<Result<Exchange>> exchange_for(const ActionCall& call, Ask ask) {
        auto secrets = CO_TRY(secrets_of(call));
        RestfulAccount account{.config = restful_config(call.account.config),
                               .secrets = std::move(secrets),
                               .now = clock_.now()};
        std::vector<std::string> hidden;
        for (const auto& [name, value] : account.secrets) hidden.push_back(value);
        if (account.config.auth_type == "basic")
            hidden.push_back(account.config.username + ":" + account.secrets["auth.password"]);
        Exchange exchange{.account = call.account,
                          .mask = http::Mask(hidden, std::string(secret_mask))};
        auto request = co_await request_of(call, account, ask, exchange.effect);
        if (!request) co_return std::unexpected(masked_error(exchange.mask, request.error()));
        exchange.request = *std::move(request);
        exchange.request.reach =
            settings_.allow_private_network ? http::Reach::anywhere : http::Reach::public_only;
        exchange.request.ca_file = settings_.ca_file;
        exchange.request.answer_bytes_max = answer_bytes_max;
        const http::Method method = exchange.request.method;
        if (method == http::Method::get || method == http::Method::head)
            exchange.request.redirects_max = redirects_max;
        co_return exchange;
    }

    Task<Result<http::ClientRequest>> request_of(const ActionCall& call,
                                                 const RestfulAccount& account, Ask ask,
                                                 EffectClass& effect) {
        if (call.sort == "get") {
            effect = EffectClass::pure;
            co_return request_for(account, call.input, "GET");
        }
        if (call.sort == "request")
            co_return request_for(account, call.input, text_or(call.input, "method"));
        CustomAction custom = CO_TRY(store_.read_point([&](store::Rx& rx) {
            return store::custom_actions::find_by_sort(rx, call.scope, call.account.id, call.sort);
        }));
        effect = custom.action.effect;
        if (ask == Ask::whether_it_happened) {
            custom.method = "GET";
            custom.url = custom.check_url;
            custom.query = {};
            custom.body = nullptr;
        }
        co_return request_for(account, custom, call.input, call.effect_key);
    }

    Task<Result<store::connectors::Secrets>> secrets_of(const ActionCall& call) {
        return store_.read_point([this, &call](store::Rx& rx) {
            return store::connectors::open_secrets(rx, store_.vault(), call.scope, call.account.id);
        });
    }

    static Error masked_error(const http::Mask& mask, Error error) {
        error.message = mask.text(error.message);
        for (FieldError& each : error.fields) each.message = mask.text(each.message);
        return error;
    }

    /// Unless somebody has configured it meanwhile.
    Task<Result<>> mark_failed(Scope scope, ConnectorAccount account, std::string reason) {
        co_return co_await store_.write([&](store::Tx& tx) -> Result<> {
            const auto now = store::connectors::find(tx, scope, account.id);
            if (!now || now->updated_at != account.updated_at) return {};
            return store::connectors::set_status(tx, scope, account.id, "failed", reason + ".");
        });
    }

    store::Store& store_;
    http::Client& client_;
    Clock& clock_;
    RestfulSettings settings_;
    std::vector<Action> actions_;
};

} // namespace

std::unique_ptr<Connector> make_restful(store::Store& store, http::Client& client, Clock& clock,
                                        RestfulSettings settings) {
    return std::make_unique<Restful>(store, client, clock, std::move(settings));
}

} // namespace weft::connectors
