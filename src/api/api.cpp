#include "api/api.h"

#include "api/audited.h"
#include "api/credential.h"
#include "base/log.h"

namespace weft::api {

namespace {

bool is_json(std::string_view media_type) {
    return media_type == "application/json" || media_type.ends_with("+json");
}

/// An empty body is no body. media_type, malformed, too_large.
Result<json::value> read_json(const http::Request& request, const std::string& media_type) {
    if (request.body.empty()) return nullptr;
    if (!media_type.empty() && !is_json(media_type))
        return fail(Code::media_type,
                    "Send the body as application/json, not as " + media_type + ".");
    return parse_json(request.body);
}

/// Takes a form apart into `rq.form`. Its projectID stands in for the body's, since it says who may
/// ask; every other field is the handler's.
Result<json::value> read_form(Request& rq) {
    rq.form = TRY(http::parse_multipart(*rq.http.headers.find("content-type"), rq.http.body));
    for (const http::Part& part : rq.form)
        if (part.name == "projectID" && part.file_name.empty())
            return json::object{{"projectID", part.body}};
    return nullptr;
}

/// Path, query and, where the route reads one, the body. malformed: the query.
Result<RawInput> read_input(Request& rq, Match& match) {
    RawInput raw;
    raw.path = std::move(match.params);
    raw.query = TRY(http::parse_query(rq.http.query));
    const Media media = match.route->media;
    if (media == Media::bytes) return raw;
    const std::string media_type = media_type_of(rq.http);
    const bool is_form = media == Media::json_or_form && media_type == form_media_type;
    auto body = is_form ? read_form(rq) : read_json(rq.http, media_type);
    if (body)
        raw.body = std::move(*body);
    else
        raw.body_status = std::unexpected(std::move(body.error()));
    return raw;
}

/// Decodes, authorizes and runs the operation.
Task<Result<http::Response>> run(Request& rq, Match& match) {
    const RawInput raw = CO_TRY(ready(read_input(rq, match)));
    prepare_audit(rq, match, raw);
    auto answered = co_await match.route->operation.run(rq, match.route->access, raw);
    CHECK(!answered || !rq.audited.what || rq.audited.is_written);
    co_return answered;
}

http::Response method_not_allowed(const std::string& allowed, const std::string& request_id) {
    auto response = json_response(405, {{"detail", "This path answers only to " + allowed + "."},
                                        {"code", "method_not_allowed"},
                                        {"request_id", request_id},
                                        {"errors", json::array()}});
    response.headers.set("allow", allowed);
    return response;
}

bool is_our_fault(Code code) {
    return http_status_of(code) >= 500 && code != Code::not_implemented && code != Code::cancelled;
}

} // namespace

Api::Api(Services services, ApiSettings settings)
    : services_(services), settings_(std::move(settings)), router_(route_tables()),
      retries_(services.store, services.clock) {}

Task<Result<auth::KeyHolder>> Api::authenticate(const http::Request& http) const {
    auto shown = CO_TRY(ready(credential_of(http, settings_.key_in_query)));
    if (shown.kind == Credential::Kind::key)
        co_return co_await services_.authenticator.by_key(std::move(shown.secret));
    if (shown.kind == Credential::Kind::cookie) {
        CO_TRY(ready(settings_.origins.check_change(http)));
        CO_TRY(ready(check_csrf(http, services_.store.vault(), shown.secret)));
    }
    co_return co_await services_.authenticator.by_session(std::move(shown.secret));
}

Task<Result<http::Response>> Api::answer(Request& rq) {
    if (auto preflight = settings_.origins.preflight(rq.http)) co_return std::move(*preflight);
    std::string allowed;
    const auto method = rq.http.method == http::Method::head ? http::Method::get : rq.http.method;
    Match match = CO_TRY(ready(router_.match(method, rq.http.path, allowed)));
    if (!match.route) co_return method_not_allowed(allowed, rq.request_id);
    const Route& route = *match.route;
    if (route.access.kind == Access::Kind::everybody) {
        CO_TRY(ready(settings_.origins.check_change(rq.http))); // who signs in gets a cookie
    } else {
        rq.holder = CO_TRY(authenticate(rq.http));
        rq.scope.organization = rq.holder.organization;
        rq.scope.principal = rq.holder.principal;
    }
    if (auto name = co_await retries_.name_of(rq))
        co_return co_await answer_once(rq, std::move(match), *std::move(name));
    co_return co_await run(rq, match);
}

/// Does it, unless this is a retry of what was done.
Task<Result<http::Response>> Api::answer_once(Request& rq, Match match, RetryName name) {
    auto turn_or_answer = CO_TRY(retries_.take_turn(std::move(name), rq.http));
    if (auto* kept = std::get_if<http::Response>(&turn_or_answer)) co_return std::move(*kept);
    Turn& turn = std::get<Turn>(turn_or_answer);
    rq.turn = &turn;
    auto answered = co_await run(rq, match);
    http::Response response =
        answered ? std::move(*answered) : error_response(answered.error(), rq.request_id);
    if (!turn.is_kept() && Retries::is_keepable(response))
        co_await retries_.keep_afterwards(turn, response);
    rq.turn = nullptr;
    if (!answered && !Retries::is_keepable(response)) co_return std::unexpected(answered.error());
    co_return response;
}

Task<http::BodyRule> Api::body_rule(const http::Request& head) const {
    const std::string* length = head.headers.find("content-length");
    std::int64_t bytes = 0;
    const bool is_small =
        length && from_text(*length, bytes) && std::size_t(bytes) <= nobodys_body_bytes_max;
    if (is_small) co_return http::BodyRule{nobodys_body_bytes_max};
    std::string allowed;
    const auto match = router_.match(head.method, head.path, allowed);
    const Route* route = match ? match->route : nullptr;
    if (!route) co_return http::BodyRule{nobodys_body_bytes_max};
    const bool keyless = route->access.kind == Access::Kind::everybody;
    if (!keyless && !co_await authenticate(head))
        co_return http::BodyRule{
            nobodys_body_bytes_max, 401,
            "Send a valid API key in the header x-api-key. The body was not read."};
    if (route->media == Media::json)
        co_return http::BodyRule{
            json_body_bytes_max, 413,
            "The body is too large: at most 16 MiB are read as JSON. Send files to POST "
            "/files/upload."};
    co_return http::BodyRule{
        file_body_bytes_max, 413,
        "The body is too large: at most 64 MiB are read in one request. Send large files one "
        "by one."};
}

Task<http::Response> Api::handle(http::Request request) {
    Request rq(request, services_, request.id);
    auto answered = co_await answer(rq);
    if (!answered && is_our_fault(answered.error().code))
        log_error("request failed", {{"request_id", rq.request_id},
                                     {"path", request.path},
                                     {"why", answered.error().message},
                                     {"detail", answered.error().log_text}});
    http::Response response =
        answered ? std::move(*answered) : error_response(answered.error(), rq.request_id);
    settings_.origins.allow(request, response);
    co_return response;
}

} // namespace weft::api
