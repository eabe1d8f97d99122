#include "http/request_parser.h"

#include "http/text.h"

#include <boost/beast/http/basic_parser.hpp>

#include <algorithm>
#include <limits>
#include <optional>

namespace weft::http {

namespace {

namespace beast = boost::beast::http;
using ErrorCode = boost::beast::error_code;
using BeastText = boost::beast::string_view;

constexpr std::size_t chunk_line_bytes_max = 4 * 1024;
constexpr std::size_t last_chunk_bytes = 5; ///< "0\r\n\r\n"

/// Beast reports a refusal of ours as this; the reason stands in the parser.
const ErrorCode refused_by_us = make_error_code(beast::error::bad_field);

std::string_view view(BeastText text) { return {text.data(), text.size()}; }

std::optional<Method> method_of(beast::verb verb) {
    switch (verb) {
    case beast::verb::get: return Method::get;
    case beast::verb::post: return Method::post;
    case beast::verb::put: return Method::put;
    case beast::verb::patch: return Method::patch;
    case beast::verb::delete_: return Method::delete_;
    case beast::verb::head: return Method::head;
    case beast::verb::options: return Method::options;
    default: return std::nullopt;
    }
}

/// "name", "name:port", "[::1]:port"; empty is allowed (RFC 9110, 7.2; RFC 3986, 3.2.2).
bool is_host(std::string_view text) {
    constexpr std::string_view others = "-._~!$&'()*+,;=%:[]";
    return std::all_of(text.begin(), text.end(), [&](char c) {
        const bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
        return letter || (c >= '0' && c <= '9') || others.find(c) != std::string_view::npos;
    });
}

/// Finds the end of a header and what Beast would accept but must not be: lines that do not end in
/// CRLF, folded lines.
class HeadScanner {
public:
    enum class Found { nothing, end, bare_line_end, folded_line };

    /// `bytes` begins with the header; looks at what was not seen before.
    Found scan(std::string_view bytes) {
        while (line_ < bytes.size()) {
            const std::size_t at = bytes.find('\n', seen_);
            if (at == std::string_view::npos) {
                seen_ = bytes.size();
                return Found::nothing;
            }
            const std::string_view line = bytes.substr(line_, at - line_);
            if (line.empty() || line.find('\r') != line.size() - 1) return Found::bare_line_end;
            if (line.front() == ' ' || line.front() == '\t') return Found::folded_line;
            line_ = seen_ = at + 1;
            if (line.size() == 1) return Found::end;
        }
        return Found::nothing;
    }
    std::size_t end() const { return line_; }

private:
    std::size_t line_ = 0; ///< where the current line begins
    std::size_t seen_ = 0;
};

/// Fills a Request from what Beast's parser finds; and checks what Beast leaves to its user.
class Parser final : public beast::basic_parser<true> {
public:
    explicit Parser(std::size_t fields_max) : fields_max_(fields_max) {
        header_limit((std::numeric_limits<std::uint32_t>::max)()); // counted by us
        body_limit(boost::none);                                   // the same
    }

    Request request;
    RequestParser::Refusal refusal{400, "This is not a valid HTTP request."};
    bool refused = false;
    bool expects_continue = false;
    bool old_version = false;
    BodyRule body_rule;

    void refuse(int status, std::string_view sentence) {
        refusal = {status, sentence};
        refused = true;
    }

private:
    void refuse(int status, std::string_view sentence, ErrorCode& error) {
        refuse(status, sentence);
        error = refused_by_us;
    }

    void on_request_impl(beast::verb verb, BeastText, BeastText target, int version,
                         ErrorCode& error) override {
        old_version = version == 10;
        const auto method = method_of(verb);
        if (!method) return refuse(501, "This server does not know that HTTP method.", error);
        request.method = *method;
        if (!take_target(view(target)))
            refuse(400, "The address of the request is not valid.", error);
    }

    /// "/path?query", "http://host/path?query" or, for OPTIONS, "*".
    bool take_target(std::string_view target) {
        for (const std::string_view scheme : {"http://", "https://"}) {
            if (!equal_without_case(target.substr(0, scheme.size()), scheme)) continue;
            const std::size_t end =
                std::min(target.find_first_of("/?", scheme.size()), target.size());
            authority_ = target.substr(scheme.size(), end - scheme.size());
            if (authority_.empty()) return false;
            target.remove_prefix(end);
            if (!target.starts_with('/')) request.path = "/";
            break;
        }
        const std::size_t mark = std::min(target.find('?'), target.size());
        request.path += target.substr(0, mark);
        request.query = target.substr(std::min(mark + 1, target.size()));
        if (request.path == "*") return request.method == Method::options;
        return request.path.starts_with('/') && target.find('#') == std::string_view::npos;
    }

    void on_field_impl(beast::field field, BeastText name, BeastText value,
                       ErrorCode& error) override {
        if (is_header_done())
            return; // trailers are dropped: nothing may enter a request behind its header
        if (request.headers.fields.size() == fields_max_)
            return refuse(431, "The request has too many header fields.", error);
        switch (field) {
        case beast::field::content_length:
            if (lengths_++ > 0) return refuse(400, "The request has two lengths.", error);
            if (!is_digits(view(value)))
                return refuse(400, "The length of the request is no number.", error);
            break;
        case beast::field::transfer_encoding:
            if (codings_++ > 0)
                return refuse(400, "The request has two transfer encodings.", error);
            if (!equal_without_case(view(value), "chunked"))
                return refuse(501, "The only transfer encoding known here is chunked.", error);
            break;
        case beast::field::host:
            if (hosts_++ == 0 && !is_host(view(value)))
                return refuse(400, "The Host header is no name or address of a server.", error);
            break;
        case beast::field::expect:
            expects_continue = equal_without_case(view(value), "100-continue");
            if (!expects_continue)
                return refuse(417, "The only expectation known here is 100-continue.", error);
            break;
        default: break;
        }
        request.headers.fields.emplace_back(view(name), view(value));
    }

    void on_header_impl(ErrorCode& error) override {
        if (codings_ > 0 && (lengths_ > 0 || old_version))
            return refuse(400, "The request says in two ways where its body ends.", error);
        if (hosts_ > 1 || (hosts_ == 0 && !old_version))
            return refuse(400, "The request must have one Host header.", error);
        if (old_version) expects_continue = false;
        // RFC 9112, 3.2.2: what the address names counts, whatever the Host header says.
        if (!authority_.empty()) {
            if (!is_host(authority_))
                return refuse(400, "The address of the request is not valid.", error);
            request.headers.set("host", authority_);
        }
    }

    void on_body_init_impl(boost::optional<std::uint64_t> const& length,
                           ErrorCode& error) override {
        error = {};
        request.body.reserve(length ? std::min<std::size_t>(*length, 64 * 1024) : 0);
    }

    std::size_t take_body(BeastText bytes, ErrorCode& error) {
        error = {};
        const std::size_t most = body_rule.bytes_max;
        if (bytes.size() > most - std::min(request.body.size(), most)) {
            refuse(body_rule.status, body_rule.sentence, error);
            return 0;
        }
        request.body.append(bytes.data(), bytes.size());
        return bytes.size();
    }
    std::size_t on_body_impl(BeastText bytes, ErrorCode& error) override {
        return take_body(bytes, error);
    }
    void on_chunk_header_impl(std::uint64_t, BeastText, ErrorCode& error) override { error = {}; }
    std::size_t on_chunk_body_impl(std::uint64_t, BeastText bytes, ErrorCode& error) override {
        return take_body(bytes, error);
    }
    void on_response_impl(int, BeastText, int, ErrorCode& error) override { error = {}; }
    void on_finish_impl(ErrorCode& error) override { error = {}; }

    std::size_t fields_max_;
    std::string authority_; ///< of an address with a scheme
    int lengths_ = 0;
    int codings_ = 0;
    int hosts_ = 0;
};

/// The first line ends in "HTTP/" and a version that is not ours, but is one.
bool names_other_version(std::string_view head) {
    const std::string_view line = head.substr(0, head.find("\r\n"));
    const std::string_view version = line.substr(line.find_last_of(' ') + 1);
    return version.size() == 8 && version.starts_with("HTTP/") && is_digits(version.substr(5, 1)) &&
           version[6] == '.' && is_digits(version.substr(7));
}

} // namespace

struct RequestParser::Impl {
    std::size_t header_bytes_max;
    std::size_t header_fields_max;
    std::optional<Parser> parser;
    HeadScanner scanner;

    Step refuse(int status, std::string_view sentence) {
        parser->refuse(status, sentence);
        return Step::refused;
    }

    Step feed_head(std::string_view bytes, std::size_t& used) {
        while (used + 1 < bytes.size() && bytes.substr(used, 2) == "\r\n")
            used += 2; // RFC 9112, 2.2
        bytes.remove_prefix(used);
        if (bytes.empty() || bytes == "\r") return Step::need_more;
        if (!is_token(bytes.substr(0, 1))) return refuse(400, "This is not an HTTP request.");

        switch (scanner.scan(bytes)) {
        case HeadScanner::Found::bare_line_end:
            return refuse(400, "A line of the request's header does not end in CR LF.");
        case HeadScanner::Found::folded_line:
            return refuse(400, "The request's header has a folded line.");
        case HeadScanner::Found::nothing:
            if (bytes.size() <= header_bytes_max) return Step::need_more;
            return refuse(431, "The request's header is too long.");
        case HeadScanner::Found::end: break;
        }
        if (scanner.end() > header_bytes_max)
            return refuse(431, "The request's header is too long.");
        ErrorCode error;
        used += parser->put(boost::asio::const_buffer(bytes.data(), scanner.end()), error);
        if (error == beast::error::bad_version && names_other_version(bytes))
            return refuse(505, "This server speaks HTTP/1.1.");
        return error ? Step::refused : Step::head;
    }

    Step feed_body(std::string_view bytes, std::size_t& used) {
        while (!parser->is_done() && used < bytes.size()) {
            const std::string_view rest = bytes.substr(used);
            // Beast asserts this where a body's first chunk is its last; no chunked body ends with
            // less.
            if (parser->chunked() && rest.size() < last_chunk_bytes) return Step::need_more;
            ErrorCode error;
            parser->eager(true);
            used += parser->put(boost::asio::const_buffer(rest.data(), rest.size()), error);
            if (error == beast::error::need_more) {
                if (bytes.size() - used <= chunk_line_bytes_max) return Step::need_more;
                return refuse(400,
                              "A chunk of the request's body has too long a header or trailer.");
            }
            if (error) {
                if (!parser->refused)
                    parser->refuse(400, "The request's body is not encoded as it should be.");
                return Step::refused;
            }
        }
        return parser->is_done() ? Step::done : Step::need_more;
    }
};

RequestParser::RequestParser(std::size_t header_bytes_max, std::size_t header_fields_max)
    : impl_(std::make_unique<Impl>(header_bytes_max, header_fields_max)) {
    reset();
}

RequestParser::~RequestParser() = default;

void RequestParser::reset() {
    impl_->parser.emplace(impl_->header_fields_max);
    impl_->scanner = {};
}

RequestParser::Step RequestParser::feed(std::string_view bytes, std::size_t& used) {
    used = 0;
    return head_done() ? impl_->feed_body(bytes, used) : impl_->feed_head(bytes, used);
}

bool RequestParser::accept_body(const BodyRule& rule) {
    impl_->parser->body_rule = rule;
    if (impl_->parser->content_length().value_or(0) <= rule.bytes_max) return true;
    impl_->parser->refuse(rule.status, rule.sentence);
    return false;
}

const RequestParser::Refusal& RequestParser::refusal() const { return impl_->parser->refusal; }
Request& RequestParser::request() { return impl_->parser->request; }
bool RequestParser::keep_alive() const { return impl_->parser->keep_alive(); }
bool RequestParser::old_version() const { return impl_->parser->old_version; }
bool RequestParser::has_body() const { return !impl_->parser->is_done(); }
std::uint64_t RequestParser::body_bytes_left() const {
    return impl_->parser->content_length_remaining().value_or(
        std::numeric_limits<std::uint64_t>::max());
}
bool RequestParser::expects_continue() const { return impl_->parser->expects_continue; }
bool RequestParser::head_done() const { return impl_->parser->is_header_done(); }

} // namespace weft::http
