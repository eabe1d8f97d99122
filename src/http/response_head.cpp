#include "http/response_head.h"

#include "base/check.h"
#include "http/text.h"

#include <algorithm>
#include <array>
#include <iterator>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace weft::http {

namespace {

struct Status {
    int number;
    std::string_view reason;
    std::string_view code; ///< stable word of a refusal
};

constexpr Status statuses[] = {
    {200, "OK", ""},
    {201, "Created", ""},
    {202, "Accepted", ""},
    {204, "No Content", ""},
    {206, "Partial Content", ""},
    {301, "Moved Permanently", ""},
    {302, "Found", ""},
    {303, "See Other", ""},
    {304, "Not Modified", ""},
    {307, "Temporary Redirect", ""},
    {308, "Permanent Redirect", ""},
    {400, "Bad Request", "malformed"},
    {401, "Unauthorized", "unauthenticated"},
    {402, "Payment Required", "payment_required"},
    {403, "Forbidden", "forbidden"},
    {404, "Not Found", "not_found"},
    {405, "Method Not Allowed", "method_not_allowed"},
    {406, "Not Acceptable", "not_acceptable"},
    {408, "Request Timeout", "timed_out"},
    {409, "Conflict", "conflict"},
    {410, "Gone", "gone"},
    {412, "Precondition Failed", "precondition_failed"},
    {413, "Content Too Large", "too_large"},
    {415, "Unsupported Media Type", "media_type"},
    {416, "Range Not Satisfiable", "range"},
    {417, "Expectation Failed", "expectation"},
    {422, "Unprocessable Content", "invalid"},
    {428, "Precondition Required", "precondition_required"},
    {429, "Too Many Requests", "rate_limited"},
    {431, "Request Header Fields Too Large", "header_too_large"},
    {500, "Internal Server Error", "internal"},
    {501, "Not Implemented", "not_implemented"},
    {502, "Bad Gateway", "bad_gateway"},
    {503, "Service Unavailable", "unavailable"},
    {504, "Gateway Timeout", "timed_out"},
    {505, "HTTP Version Not Supported", "http_version"},
};

const Status* find_status(int number) {
    const auto at =
        std::lower_bound(std::begin(statuses), std::end(statuses), number,
                         [](const Status& status, int wanted) { return status.number < wanted; });
    return at != std::end(statuses) && at->number == number ? at : nullptr;
}

bool is_clean(std::string_view text) {
    return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

/// The server's own business.
bool is_ours(std::string_view name, bool head) {
    switch (name.size()) {
    case 10:
        return equal_without_case(name, "connection") || equal_without_case(name, "keep-alive");
    case 12: return equal_without_case(name, "x-request-id");
    case 14: return !head && equal_without_case(name, "content-length");
    case 17: return equal_without_case(name, "transfer-encoding");
    default: return false;
    }
}

void append_missing(std::string& out, const Response& response, const Headers& fields) {
    for (const auto& [name, value] : fields.fields)
        if (!response.headers.find(name))
            out.append(name).append(": ").append(value).append("\r\n");
}

} // namespace

Framing framing_of(const Response& response, bool old_version) {
    if (response.stream) return old_version ? Framing::until_closed : Framing::chunked;
    return response.status == 204 || response.status == 304 ? Framing::no_body : Framing::length;
}

void write_head(std::string& out, const Response& response, const ServerHooks& hooks,
                const std::string& request_id, Sending sending) {
    const Status* status = find_status(response.status);
    const auto add = std::back_inserter(out);
    out.clear();
    CHECK(response.status >= 200 && response.status <= 599);
    fmt::format_to(add, "HTTP/1.1 {} {}\r\n", response.status, status ? status->reason : "Other");
    bool has_length = false;
    for (const auto& [name, value] : response.headers.fields) {
        if (is_ours(name, sending.head)) continue;
        CHECK(is_token(name) && is_clean(value));
        has_length = has_length || equal_without_case(name, "content-length");
        out.append(name).append(": ").append(value).append("\r\n");
    }
    append_missing(out, response, hooks.fields);
    if (sending.over_tls) append_missing(out, response, hooks.fields_over_tls);
    out.append("x-request-id: ").append(request_id).append("\r\n");
    if (sending.framing == Framing::length && !has_length)
        fmt::format_to(add, "content-length: {}\r\n", response.body.size());
    if (sending.framing == Framing::chunked) out.append("transfer-encoding: chunked\r\n");
    if (sending.close) out.append("connection: close\r\n");
    out.append("\r\n");
}

Response refusal(int status, std::string_view sentence, const std::string& request_id) {
    const Status* known = find_status(status);
    const std::string_view code = known && !known->code.empty() ? known->code : "refused";
    Response response{.status = status};
    response.headers.fields.emplace_back("content-type", "application/json");
    response.body = boost::json::serialize(boost::json::object{{"detail", sentence},
                                                               {"code", code},
                                                               {"request_id", request_id},
                                                               {"errors", boost::json::array()}});
    return response;
}

} // namespace weft::http
