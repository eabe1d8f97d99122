#include "base/check.h"
#include "fuzz/input.h"
#include "fuzz/targets.h"
#include "http/redirect.h"
#include "http/request_parser.h"
#include "http/retry_after.h"
#include "http/sse_parser.h"
#include "http/url.h"

namespace weft::fuzz {

namespace {

constexpr std::size_t header_bytes_max = 4096;
constexpr std::size_t header_fields_max = 32;
constexpr std::size_t body_bytes_max = 4096;

std::string described(const http::Request& request) {
    std::string out =
        std::string(to_text(request.method)) + " " + request.path + "?" + request.query + "\n";
    for (const auto& [name, value] : request.headers.fields) out += name + ": " + value + "\n";
    return out + "\n" + request.body + "\n";
}

/// Everything that a connection would be told by these bytes in pieces of `size`.
std::string requests_in(std::string_view wire, std::size_t size) {
    using Step = http::RequestParser::Step;
    http::RequestParser parser(header_bytes_max, header_fields_max);
    std::string buffer;
    std::string out;
    bool over = false;
    in_pieces(wire, size, [&](std::string_view piece) {
        buffer += piece;
        for (Step step = Step::done; !over && step != Step::need_more;) {
            std::size_t used = 0;
            step = parser.feed(buffer, used);
            CHECK(used <= buffer.size());
            buffer.erase(0, used);
            const bool taken =
                step != Step::head || parser.accept_body({.bytes_max = body_bytes_max});
            if (step == Step::refused || !taken) {
                over = true; // when, depends on how much is there to judge by
            } else if (step == Step::done) {
                CHECK(parser.request().body.size() <= body_bytes_max);
                out += described(parser.request());
                out += parser.keep_alive() ? "kept\n" : "closed\n";
                parser.reset();
                if (buffer.empty()) step = Step::need_more;
            }
        }
    });
    return out;
}

} // namespace

/// The first byte is the size of the pieces.
void http_request(std::string_view bytes) {
    const std::size_t size = take_piece_size(bytes);
    CHECK(requests_in(bytes, size) == requests_in(bytes, std::max<std::size_t>(1, bytes.size())));
}

/// The first line is the content-type.
void multipart(std::string_view bytes) {
    const std::string_view type = take_until(bytes, '\n');
    const http::MultipartLimits limits{
        .parts_max = 16, .part_header_bytes_max = 512, .part_bytes_max = 4096};
    const auto parts = http::parse_multipart(type, bytes, limits);
    if (!parts) return;
    std::size_t size = 0;
    for (const http::Part& part : *parts) {
        CHECK(part.body.size() <= limits.part_bytes_max);
        CHECK(part.file_name.find_first_of("/\\") == std::string::npos);
        size += part.body.size();
    }
    CHECK(parts->size() <= limits.parts_max && size <= bytes.size());
}

void query(std::string_view bytes) {
    if (const auto decoded = http::percent_decode(bytes, false)) {
        const auto again = http::percent_decode(http::percent_encode(*decoded), false);
        CHECK(again && *again == *decoded);
    }
    const auto pairs = http::parse_query(bytes);
    if (!pairs) return;
    std::string written;
    for (const auto& [name, value] : *pairs)
        written += http::percent_encode(name) + "=" + http::percent_encode(value) + "&";
    const auto again = http::parse_query(written);
    CHECK(again && *again == *pairs);
}

/// The first byte is the size of the pieces.
void sse(std::string_view bytes) {
    constexpr std::size_t event_bytes_max = 1024;
    const std::size_t size = take_piece_size(bytes);
    http::SseParser whole(event_bytes_max);
    http::SseParser cut(event_bytes_max);
    std::vector<http::SseEvent> of_whole;
    std::vector<http::SseEvent> of_cut;
    const bool whole_fits = whole.feed(bytes, of_whole).has_value();
    bool cut_fits = true;
    in_pieces(bytes, size, [&](std::string_view piece) {
        cut_fits = cut_fits && cut.feed(piece, of_cut).has_value();
    });
    CHECK(whole_fits == cut_fits && of_whole.size() == of_cut.size());
    for (std::size_t at = 0; at < of_whole.size(); ++at) {
        const auto& [id, event, data] = of_whole[at];
        CHECK(id == of_cut[at].id && event == of_cut[at].event && data == of_cut[at].data);
        CHECK(data.size() <= event_bytes_max);
    }
    if (!whole_fits) return;
    CHECK(whole.inside_event() == cut.inside_event());
    CHECK(whole.retry_ms() == cut.retry_ms());
}

/// Lines: Retry-After, retry-after-ms, Date.
void retry_after(std::string_view bytes) {
    constexpr milliseconds day{24 * 3600 * 1000};
    http::Headers headers;
    for (const char* name : {"Retry-After", "retry-after-ms", "Date"})
        if (const auto value = take_until(bytes, '\n'); !value.empty())
            headers.set(name, std::string(value));
    const auto wait = http::retry_after(headers, {1'785'000'000'000'000});
    CHECK(!wait || (wait->count() >= 0 && *wait <= day));
}

/// Lines: a URL, and a Location or a list of addresses.
void url(std::string_view bytes) {
    const std::string first(take_until(bytes, '\n'));
    const std::string second(take_until(bytes, '\n'));
    std::ignore = http::AllowedAddresses::parse(second);
    const auto from = http::Url::parse(first);
    if (!from) return;
    const auto again = http::Url::parse(from->text());
    CHECK(again && again->origin() == from->origin());
    CHECK(from->shown_host().find_first_of("@/?#") == std::string::npos);

    http::ClientRequest request{.url = from->text()};
    request.headers.set("Authorization", "secret");
    http::ClientResponse answer{.status = 307};
    answer.headers.set("Location", second);
    const auto next = http::redirected(request, answer);
    if (!next) return;
    const auto to = http::origin_of(next->url);
    CHECK(to && (to->scheme == "https" || from->origin().scheme == "http"));
    CHECK((next->headers.find("authorization") != nullptr) == (*to == from->origin()));
}

} // namespace weft::fuzz
