#include "http/curl_transfer.h"

#include "base/time.h"
#include "http/address_policy.h"
#include "http/redirect.h"
#include "http/text.h"

#include <charconv>
#include <openssl/ssl.h>
#include <sys/socket.h>

namespace weft::http {

namespace {

constexpr std::size_t header_bytes_max = 256 * 1024;
/// The body of a followed redirect is read to its end, for the connection's sake, up to here.
constexpr std::size_t redirect_body_bytes_max = 64 * 1024;
/// libcurl counts what it received up to one buffer late.
constexpr std::size_t curl_buffer_bytes = 16 * 1024;

std::string_view without_line_end(std::string_view line) {
    while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

/// The names in all fields of that name, which are lists.
std::vector<std::string_view> list_of(const Headers& headers, std::string_view name) {
    std::vector<std::string_view> out;
    for (const auto& [field, value] : headers.fields) {
        if (!equal_without_case(field, name)) continue;
        for (std::size_t at = 0; at < value.size();) {
            const std::size_t comma = std::min(value.find(',', at), value.size());
            out.push_back(trimmed(std::string_view(value).substr(at, comma - at)));
            at = comma + 1;
        }
    }
    return out;
}

/// How many packings lie over a body, whether libcurl unpacks them or not.
std::size_t packings_of(const Headers& headers) {
    std::size_t count = 0;
    for (const char* field : {"content-encoding", "transfer-encoding"})
        count += static_cast<std::size_t>(
            std::ranges::count_if(list_of(headers, field), [](std::string_view each) {
                return !each.empty() && !equal_without_case(each, "identity") &&
                       !equal_without_case(each, "chunked");
            }));
    return count;
}

} // namespace

Transfer::Transfer(asio::io_context& context, ClientRequest request, ClientSink sink, Hop hop,
                   Done done)
    : request_(std::move(request)), sink_(std::move(sink)), hop_(std::move(hop)),
      done_(std::move(done)), easy_(curl_easy_init()),
      timer_(context, {request_.connect_ms_max, request_.first_byte_ms_max, request_.silence_ms_max,
                       request_.total_ms_max}),
      body_bytes_(hop_.bytes_before) {}

Transfer::~Transfer() {
    curl_easy_cleanup(easy_);
    curl_slist_free_all(header_list_);
}

bool Transfer::prepare() {
    if (!easy_) {
        failure_ = fail_with(ClientFailure::other, "There is no memory for another connection.");
        return false;
    }
    if (!prepare_url() || !prepare_headers()) return false;
    prepare_method();
    prepare_callbacks();
    // libcurl's own limits, which only back up the ones that arm() keeps.
    const auto connect_ms = static_cast<long>(request_.connect_ms_max.count()) + 1000;
    curl_easy_setopt(easy_, CURLOPT_CONNECTTIMEOUT_MS, connect_ms);
    return true;
}

bool Transfer::prepare_url() {
    url_ = Url::parse(request_.url);
    if (!url_) {
        failure_ = fail_with(ClientFailure::other,
                             "The address to call is not a valid http or https URL (a host name "
                             "outside ASCII is written in its xn-- form).");
        return false;
    }
    host_ = url_->shown_host();
    if (url_->has_user_or_password()) {
        failure_ = fail_with(ClientFailure::other,
                             "The URL holds a user name or password; give credentials separately.");
        return false;
    }
    curl_easy_setopt(easy_, CURLOPT_CURLU, url_->handle());
    curl_easy_setopt(easy_, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy_, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy_, CURLOPT_PROXY, ""); // also: not from the environment
    curl_easy_setopt(easy_, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    // Not HTTP/2: since 7.88 libcurl queues the reset of a removed stream until the connection is
    // used again (its issue 17611), so a stopped call would go on at the server. Closing an
    // HTTP/1.1 socket is heard at once.
    curl_easy_setopt(easy_, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    curl_easy_setopt(easy_, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    if (request_.encoding == Encoding::any)
        curl_easy_setopt(easy_, CURLOPT_ACCEPT_ENCODING, ""); // all that libcurl can decode
    curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy_, CURLOPT_QUICK_EXIT, 1L);
    curl_easy_setopt(easy_, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy_, CURLOPT_ERRORBUFFER, curl_text_.data());
    // Without a directory libcurl keeps the parsed CA file for a day instead of reading it for each
    // connection.
    curl_easy_setopt(easy_, CURLOPT_CAPATH, nullptr);
    if (!request_.ca_file.empty())
        curl_easy_setopt(easy_, CURLOPT_CAINFO, request_.ca_file.c_str());
    return true;
}

/// Headers of the wire: what the request has and what is bound to where it goes.
Headers Transfer::bound_headers() {
    Headers out = request_.headers;
    if (!out.find("user-agent")) out.set("User-Agent", "weft/" WEFT_VERSION);
    if (request_.encoding == Encoding::identity) out.set("Accept-Encoding", "identity");
    if (!request_.credentials.belong_to(url_->origin())) return out;
    for (const auto& [name, value] : request_.credentials.headers) out.set(name, value);
    for (const auto& [name, value] : request_.credentials.query) url_->add_query(name, value);
    return out;
}

bool Transfer::prepare_headers() {
    const Headers headers = bound_headers();
    for (const auto& [name, value] : headers.fields) {
        if (name.empty() || has_control_character(name) || has_control_character(value) ||
            name.find_first_of(": ") != std::string::npos) {
            failure_ = fail_with(ClientFailure::other,
                                 "A header of the request holds a character that HTTP forbids.");
            return false;
        }
        const std::string line = value.empty() ? name + ";" : name + ": " + value;
        header_list_ = curl_slist_append(header_list_, line.c_str());
    }
    header_list_ =
        curl_slist_append(header_list_, "Expect:"); // libcurl's own; a round trip for nothing
    if (!headers.find("content-type"))
        header_list_ = curl_slist_append(header_list_, "Content-Type:");
    curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, header_list_);
    return true;
}

void Transfer::prepare_method() {
    if (request_.method == Method::head) {
        curl_easy_setopt(easy_, CURLOPT_NOBODY, 1L);
        return;
    }
    if (!request_.body.empty() || request_.method == Method::post ||
        request_.method == Method::put || request_.method == Method::patch) {
        curl_easy_setopt(easy_, CURLOPT_POST, 1L);
        curl_easy_setopt(easy_, CURLOPT_POSTFIELDSIZE_LARGE,
                         static_cast<curl_off_t>(request_.body.size()));
        curl_easy_setopt(easy_, CURLOPT_POSTFIELDS, request_.body.data());
    }
    curl_easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, std::string(to_text(request_.method)).c_str());
}

void Transfer::prepare_callbacks() {
    curl_easy_setopt(easy_, CURLOPT_OPENSOCKETFUNCTION, &Transfer::open_socket);
    curl_easy_setopt(easy_, CURLOPT_OPENSOCKETDATA, this);
    curl_easy_setopt(easy_, CURLOPT_PREREQFUNCTION, &Transfer::before_request);
    curl_easy_setopt(easy_, CURLOPT_PREREQDATA, this);
    curl_easy_setopt(easy_, CURLOPT_HEADERFUNCTION, &Transfer::take_header);
    curl_easy_setopt(easy_, CURLOPT_HEADERDATA, this);
    curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, &Transfer::take_body);
    curl_easy_setopt(easy_, CURLOPT_WRITEDATA, this);
    curl_easy_setopt(easy_, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(easy_, CURLOPT_XFERINFOFUNCTION, &Transfer::on_progress);
    curl_easy_setopt(easy_, CURLOPT_XFERINFODATA, this);
    curl_easy_setopt(easy_, CURLOPT_SSL_CTX_FUNCTION, &Transfer::tune_tls);
}

/// Why this address may not be called, as special_range names it; nullptr when it may.
const char* Transfer::refused_range(std::span<const std::uint8_t> address, int port) const {
    if (request_.reach == Reach::anywhere) return nullptr;
    const char* range = special_range(address);
    return range && hop_.allowed && hop_.allowed->holds(address, port) ? nullptr : range;
}

curl_socket_t Transfer::open_socket(void* transfer, curlsocktype, curl_sockaddr* address) {
    auto& self = *static_cast<Transfer*>(transfer);
    const auto bytes = address_bytes(&address->addr);
    if (const char* range = self.refused_range(bytes, address_port(&address->addr))) {
        const std::string shown = address_text(bytes);
        const bool written = self.host_.starts_with(shown) || self.host_.starts_with("[" + shown);
        self.refused_ = fmt::format(
            "{}{} is not a public address ({}), and only public addresses may be called.",
            written ? "" : self.host_ + " leads to ", shown, range);
        return CURL_SOCKET_BAD;
    }
    return ::socket(address->family, address->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
                    address->protocol);
}

/// Called with the connection ready, fresh or kept from an earlier request, which may have been
/// allowed more.
int Transfer::before_request(void* transfer, char* peer, char*, int port, int) {
    auto& self = *static_cast<Transfer*>(transfer);
    if (const char* range = self.refused_range(address_bytes(std::string_view(peer)), port)) {
        self.failure_ = self.fail_with(
            ClientFailure::refused_address,
            fmt::format("{} is not a public address ({}), and only public addresses may be called.",
                        peer, range));
        return CURL_PREREQFUNC_ABORT;
    }
    if (self.sent_once_ && !self.may_repeat()) {
        self.failure_ = self.fail_with(
            ClientFailure::cut_off, self.host_ + " closed the connection before it answered; "
                                                 "whether it acted on the request is not known.");
        return CURL_PREREQFUNC_ABORT;
    }
    self.sent_once_ = true;
    self.sent_bytes_ = 0;
    self.timer_.enter(self.request_.body.empty() ? Phase::waiting : Phase::sending);
    return CURL_PREREQFUNC_OK;
}

int Transfer::on_progress(void* transfer, curl_off_t, curl_off_t, curl_off_t, curl_off_t sent) {
    auto& self = *static_cast<Transfer*>(transfer);
    if (self.timer_.phase() != Phase::sending || sent <= self.sent_bytes_) return 0;
    self.sent_bytes_ = sent;
    if (static_cast<std::size_t>(sent) >= self.request_.body.size())
        self.timer_.enter(Phase::waiting);
    else
        self.timer_.progress();
    return 0;
}

/// libcurl sends a request again when a kept connection closes without an answer (RFC 9110, 9.2.2
/// allows that for idempotent methods alone).
bool Transfer::may_repeat() const {
    const bool once = request_.method == Method::post || request_.method == Method::patch;
    return !once || request_.headers.find("idempotency-key");
}

/// A closed socket says nothing more: OpenSSL would write a last alert.
CURLcode Transfer::tune_tls(CURL*, void* context, void*) {
    SSL_CTX_set_quiet_shutdown(static_cast<SSL_CTX*>(context), 1);
    return CURLE_OK;
}

std::size_t Transfer::take_header(char* data, std::size_t, std::size_t size, void* transfer) {
    auto& self = *static_cast<Transfer*>(transfer);
    self.header_bytes_ += size;
    if (self.header_bytes_ > header_bytes_max)
        self.failure_ =
            self.fail_with(ClientFailure::too_large, self.host_ + " sent headers without end.");
    else if (self.head_done_) // a trailer
        self.timer_.progress();
    else
        self.take_header_line({data, size});
    return self.failure_ || self.thrown_ ? 0 : size;
}

void Transfer::take_header_line(std::string_view line) {
    if (line.starts_with("HTTP/")) {
        response_.headers.fields.clear();
        long status = 0;
        curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
        response_.status = static_cast<int>(status);
    } else if (without_line_end(line).empty()) {
        if (response_.status >= 200) end_of_head();
    } else if (const auto colon = line.find(':'); colon != std::string_view::npos) {
        response_.headers.fields.emplace_back(line.substr(0, colon),
                                              trimmed(without_line_end(line.substr(colon + 1))));
    }
}

void Transfer::end_of_head() {
    head_done_ = true;
    timer_.enter(Phase::receiving);
    if (!head_within_limits()) return;
    followed_ = request_.redirects_max > 0 && is_redirect(response_.status, response_.headers);
    if (followed_ || !sink_.on_head) return;
    try { // what a sink throws must not unwind through libcurl's frames; the awaiting coroutine
          // gets it
        sink_.on_head(response_.status, response_.headers);
    } catch (...) {
        thrown_ = std::current_exception();
    }
}

/// What the head alone gives away: nothing of such a body is read.
bool Transfer::head_within_limits() {
    if (request_.method == Method::head) return true;
    const std::size_t packings = packings_of(response_.headers);
    packed_ = packings > 0;
    if (packings > 1)
        failure_ = fail_with(ClientFailure::other,
                             "The answer of " + host_ + " is compressed more than once.");
    else if (packed_ && request_.encoding == Encoding::identity)
        failure_ = fail_with(ClientFailure::other,
                             "The answer of " + host_ + " is compressed, which was not asked for.");
    curl_off_t length = -1;
    if (const auto* text = response_.headers.find("content-length"))
        std::from_chars(text->data(), text->data() + text->size(), length);
    const std::size_t left = request_.answer_bytes_max - body_bytes_;
    if (!failure_ && length > 0 && static_cast<std::size_t>(length) > left) answer_too_long();
    return !failure_;
}

void Transfer::answer_too_long() {
    failure_ =
        fail_with(ClientFailure::too_large, fmt::format("The answer of {} is longer than {} bytes.",
                                                        host_, request_.answer_bytes_max));
}

bool Transfer::body_within_limits() {
    if (body_bytes_ > request_.answer_bytes_max) {
        answer_too_long();
        return false;
    }
    if (!packed_) return true;
    curl_off_t received = 0;
    curl_easy_getinfo(easy_, CURLINFO_SIZE_DOWNLOAD_T, &received);
    const std::size_t credited = static_cast<std::size_t>(received) + curl_buffer_bytes;
    if ((body_bytes_ - hop_.bytes_before) / credited <
        static_cast<std::size_t>(request_.expansion_max))
        return true;
    failure_ = fail_with(ClientFailure::too_large,
                         fmt::format("The compressed answer of {} unpacks to more than {} times "
                                     "its size.",
                                     host_, request_.expansion_max));
    return false;
}

std::size_t Transfer::take_body(char* data, std::size_t, std::size_t size, void* transfer) {
    auto& self = *static_cast<Transfer*>(transfer);
    self.body_bytes_ += size;
    if (!self.body_within_limits()) return 0;
    self.timer_.progress();
    return self.take_piece({data, size}) ? size : 0;
}

bool Transfer::take_piece(std::string_view piece) {
    if (followed_) return body_bytes_ - hop_.bytes_before <= redirect_body_bytes_max;
    if (!sink_.on_body) {
        response_.body += piece;
        return true;
    }
    try { // as in end_of_head
        sink_.on_body(piece);
    } catch (...) {
        thrown_ = std::current_exception();
    }
    return !thrown_;
}

void Transfer::watch_time(std::function<void()> expired) {
    timer_.start(hop_.call_started_us, std::move(expired));
}

ClientError Transfer::fail_with(ClientFailure failure, std::string message) const {
    return {failure, std::move(message), response_.status};
}

FetchOutcome Transfer::cancelled() {
    return std::unexpected(ClientError{ClientFailure::cancelled, "The call was stopped.", 0});
}

FetchOutcome Transfer::outcome(CURLcode code) {
    if (failure_) return std::unexpected(*failure_);
    // The rest of a redirect's body is of no interest.
    if (code == CURLE_OK || (code == CURLE_WRITE_ERROR && followed_)) {
        response_.url = request_.url;
        return std::move(response_);
    }
    return std::unexpected(error_of(code));
}

ClientError Transfer::error_of(CURLcode code) const {
    const std::string detail = curl_text_[0] ? curl_text_.data() : curl_easy_strerror(code);
    switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
        return fail_with(ClientFailure::timed_out, timer_.message(host_));
    case CURLE_COULDNT_RESOLVE_HOST:
        return fail_with(ClientFailure::resolve, "No address is known for the host " + host_ + ".");
    case CURLE_COULDNT_CONNECT:
        if (!refused_.empty()) return fail_with(ClientFailure::refused_address, refused_);
        return fail_with(ClientFailure::connect, host_ + " cannot be reached (" + detail + ").");
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
        return fail_with(ClientFailure::tls,
                         "No secure connection to " + host_ + " (" + detail + ").");
    case CURLE_BAD_CONTENT_ENCODING:
        return fail_with(ClientFailure::cut_off,
                         "The compressed answer of " + host_ + " is damaged.");
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_PARTIAL_FILE:
        if (timer_.phase() == Phase::connecting)
            return fail_with(ClientFailure::connect,
                             host_ + " cannot be reached (" + detail + ").");
        return fail_with(ClientFailure::cut_off,
                         host_ + " broke off the connection before its answer was complete.");
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
        return fail_with(ClientFailure::other, host_ + " does not answer in HTTP.");
    default:
        return fail_with(ClientFailure::other,
                         "The call to " + host_ + " failed (" + detail + ").");
    }
}

void Transfer::complete(FetchOutcome outcome) {
    timer_.stop();
    done_({std::exchange(thrown_, nullptr), std::move(outcome), std::move(request_),
           std::exchange(sink_, {}), body_bytes_});
}

} // namespace weft::http
