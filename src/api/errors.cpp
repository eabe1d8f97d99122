#include "api/route.h"

#include "domain/members.h"

namespace weft::api {

namespace {

struct Row {
    Code code;
    int status;
    std::string_view word;
};

constexpr Row rows[] = {
    {Code::malformed, 400, "malformed"},
    {Code::unauthenticated, 401, "unauthenticated"},
    {Code::payment_required, 402, "payment_required"},
    {Code::forbidden, 403, "forbidden"},
    {Code::not_found, 404, "not_found"},
    {Code::conflict, 409, "conflict"},
    {Code::too_large, 413, "too_large"},
    {Code::media_type, 415, "media_type"},
    {Code::invalid, 422, "invalid"},
    {Code::rate_limited, 429, "rate_limited"},
    {Code::internal, 500, "internal"},
    {Code::not_implemented, 501, "not_implemented"},
    {Code::unavailable, 503, "unavailable"},
    {Code::timed_out, 504, "timed_out"},
    {Code::cancelled, 503, "cancelled"},
};

const Row& row_of(Code code) {
    for (const Row& row : rows)
        if (row.code == code) return row;
    return row_of(Code::internal);
}

} // namespace

int http_status_of(Code code) { return row_of(code).status; }

std::string_view code_word(Code code) { return row_of(code).word; }

/// 402 says by its field what there is no more of: credits, room in a budget, or what a plan
/// limits.
std::string_view code_word(const Error& error) {
    if (error.code != Code::payment_required || error.fields.empty()) return code_word(error.code);
    const std::string_view field = error.fields.front().field;
    if (field == "budget") return "budget_exceeded";
    return field == "credits" ? "out_of_credits" : "quota_exceeded";
}

std::string media_type_of(const http::Request& request) {
    const std::string* header = request.headers.find("content-type");
    std::string_view bare = header ? std::string_view(*header) : std::string_view();
    bare = bare.substr(0, bare.find(';'));
    while (bare.ends_with(' ') || bare.ends_with('\t')) bare.remove_suffix(1);
    return lower_ascii(bare);
}

http::Response json_response(int status, const json::value& value) {
    return json_text_response(status, to_text(value));
}

http::Response json_text_response(int status, std::string text) {
    http::Response response{status};
    response.headers.set("content-type", "application/json");
    response.body = std::move(text);
    return response;
}

http::Response error_response(const Error& error, const std::string& request_id) {
    json::array fields;
    for (const FieldError& each : error.fields)
        fields.push_back({{"field", each.field}, {"message", each.message}});
    auto response = json_response(http_status_of(error.code), {{"detail", error.message},
                                                               {"code", code_word(error)},
                                                               {"request_id", request_id},
                                                               {"errors", std::move(fields)}});
    if (error.retry_after_s)
        response.headers.set("retry-after", std::to_string(*error.retry_after_s));
    return response;
}

Result<> Request::require_role(Role at_least) const {
    if (scope.principal.role < at_least)
        return fail(Code::forbidden, "Your role does not allow that here.");
    return {};
}

Task<Result<>> Request::enter_project(ProjectHint hint, Access access) {
    auto& places = services.authenticator;
    auto meant = hint.project   ? places.project(hint.project, holder)
                 : hint.ordinal ? places.project_of(*hint.ordinal, holder)
                                : places.only_project(holder);
    scope.project = CO_TRY(std::move(meant));
    scope.principal.role = CO_TRY(places.role_in(scope.project, holder));
    CO_TRY(ready(require_role(access.role)));
    if (access.in_trash) co_return Result<>{};
    co_return co_await places.check_in_use(scope.project, holder);
}

} // namespace weft::api
