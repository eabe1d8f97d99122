#include "cli/api_client.h"

#include "base/ids.h"

namespace weft::cli {

namespace {

constexpr milliseconds stream_ms_max = std::chrono::hours(24 * 365);
constexpr milliseconds transfer_ms_max = std::chrono::hours(1);
constexpr std::size_t stream_bytes_max = std::size_t{1} << 40;

} // namespace

ApiClient::ApiClient(http::Client& client, std::string base_url, std::string api_key)
    : client_(client), base_url_(std::move(base_url)), api_key_(std::move(api_key)) {
    while (base_url_.ends_with('/')) base_url_.pop_back();
}

http::ClientRequest ApiClient::request(http::Method method, const std::string& path) const {
    http::ClientRequest request;
    request.method = method;
    request.url = base_url_ + path;
    request.headers.set("x-api-key", api_key_);
    request.headers.set("content-type", "application/json");
    request.reach = http::Reach::anywhere; // the person named this server
    return request;
}

Task<Result<json::value>> ApiClient::send(http::ClientRequest request) {
    const auto response = co_await client_.fetch(std::move(request));
    if (!response) co_return fail(Code::unavailable, response.error().message);
    auto value = parse_json(response->body);
    if (!value)
        co_return fail(Code::unavailable,
                       "The server's answer is not JSON: is this a Weft server?");
    if (response->status < 400) co_return std::move(*value);
    const std::string_view detail =
        text_or(*value, "detail", "The server refused without saying why.");
    co_return fail(response->status == 401 ? Code::unauthenticated : Code::invalid,
                   fmt::format("{} (HTTP {})", detail, response->status));
}

Task<Result<json::value>> ApiClient::get(std::string path) {
    co_return co_await send(request(http::Method::get, path));
}

Task<Result<json::value>> ApiClient::post(std::string path, json::value body) {
    co_return co_await call(http::Method::post, std::move(path), std::move(body));
}

Task<Result<json::value>> ApiClient::call(http::Method method, std::string path, json::value body) {
    auto outgoing = request(method, path);
    if (!body.is_null()) outgoing.body = to_text(body);
    co_return co_await send(std::move(outgoing));
}

Task<Result<json::value>> ApiClient::upload(std::string path, std::string file_name,
                                            std::string bytes) {
    std::array<std::uint8_t, 16> random{};
    fill_random(random);
    const std::string boundary = "weft-" + to_hex(random);
    std::string quoted;
    for (const char c : file_name)
        quoted += c == '"' || c == '\\' || c == '\r' || c == '\n' ? '_' : c;
    auto outgoing = request(http::Method::post, path);
    outgoing.headers.set("content-type", "multipart/form-data; boundary=" + boundary);
    outgoing.body =
        fmt::format("--{0}\r\ncontent-disposition: form-data; name=\"files\"; filename=\"{1}\"\r\n"
                    "content-type: text/plain\r\n\r\n{2}\r\n--{0}--\r\n",
                    boundary, quoted, bytes);
    co_return co_await send(std::move(outgoing));
}

Task<Result<json::value>> ApiClient::post_text(std::string path, std::string text) {
    auto outgoing = request(http::Method::post, path);
    outgoing.body = std::move(text);
    outgoing.total_ms_max = transfer_ms_max;
    co_return co_await send(std::move(outgoing));
}

Task<Result<>> ApiClient::download(std::string path,
                                   std::function<void(std::string_view)> on_piece) {
    auto outgoing = request(http::Method::get, path);
    outgoing.total_ms_max = transfer_ms_max;
    outgoing.answer_bytes_max = stream_bytes_max;
    int status = 0;
    std::string refusal;
    http::ClientSink sink;
    sink.on_head = [&](int answered, const http::Headers&) { status = answered; };
    sink.on_body = [&](std::string_view piece) {
        if (status == 200)
            on_piece(piece);
        else
            refusal += piece;
    };
    const auto response = co_await client_.fetch(std::move(outgoing), std::move(sink));
    if (!response) co_return fail(Code::unavailable, response.error().message);
    if (response->status == 200) co_return Result<>{};
    const auto body = parse_json(refusal);
    co_return fail(response->status == 401 ? Code::unauthenticated : Code::invalid,
                   fmt::format("{} (HTTP {})",
                               body ? text_or(*body, "detail") : "The server refused.",
                               response->status));
}

Task<Result<>> ApiClient::follow(std::string path, std::string last_id,
                                 std::function<void(const http::SseEvent&)> on_event) {
    auto outgoing = request(http::Method::get, path);
    outgoing.headers.set("accept", "text/event-stream");
    if (!last_id.empty()) outgoing.headers.set("last-event-id", last_id);
    outgoing.total_ms_max = stream_ms_max;
    outgoing.answer_bytes_max = stream_bytes_max;

    http::SseParser parser;
    int status = 0;
    std::string refusal;
    http::ClientSink sink;
    sink.on_head = [&](int answered, const http::Headers&) { status = answered; };
    sink.on_body = [&](std::string_view piece) {
        if (status != 200) return void(refusal += piece);
        std::vector<http::SseEvent> events;
        if (!parser.feed(piece, events)) return;
        for (const http::SseEvent& event : events) on_event(event);
    };
    const auto response = co_await client_.fetch(std::move(outgoing), std::move(sink));
    if (!response) co_return fail(Code::unavailable, response.error().message);
    if (response->status == 200) co_return Result<>{};
    const auto body = parse_json(refusal);
    co_return fail(Code::invalid,
                   std::string(body ? text_or(*body, "detail") : "The server refused."));
}

} // namespace weft::cli
