#include "http/curl_transfer.h"

#include "base/time.h"
#include "http/address_policy.h"
#include "http/text.h"

#include <openssl/ssl.h>
#include <sys/socket.h>

namespace weft::http {

namespace {

constexpr std::size_t header_bytes_max = 256 * 1024;

std::string_view without_line_end(std::string_view line) {
    while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

std::string seconds_text(milliseconds time) {
    return fmt::format("{:g} s", static_cast<double>(time.count()) / 1000);
}

} // namespace

Transfer::Transfer(asio::io_context& context, ClientRequest request, ClientSink sink, Done done)
    : request_(std::move(request)), sink_(std::move(sink)), done_(std::move(done)),
      easy_(curl_easy_init()), timer_(context) {}

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
                             "The address to call is not a valid http or https URL.");
        return false;
    }
    host_ = url_->shown_host();
    if (url_->has_user_or_password()) {
        failure_ = fail_with(ClientFailure::other,
                             "The URL holds a user name or password; give credentials separately.");
        return false;
    }
    add_credentials();
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

void Transfer::add_credentials() {
    if (!request_.credentials.belong_to(url_->origin())) return;
    for (const auto& [name, value] : request_.credentials.headers)
        request_.headers.set(name, value);
    for (const auto& [name, value] : request_.credentials.query) url_->add_query(name, value);
}

bool Transfer::prepare_headers() {
    if (!request_.headers.find("user-agent"))
        request_.headers.set("User-Agent", "weft/" WEFT_VERSION);
    for (const auto& [name, value] : request_.headers.fields) {
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
    if (!request_.headers.find("content-type"))
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
    curl_easy_setopt(easy_, CURLOPT_SSL_CTX_FUNCTION, &Transfer::tune_tls);
}

bool Transfer::address_allowed(std::span<const std::uint8_t> address) {
    if (request_.reach == Reach::anywhere) return true;
    const char* range = special_range(address);
    if (!range) return true;
    const std::string shown = address_text(address);
    refused_ = fmt::format(
        "{}{} is not a public address ({}), and only public addresses may be called.",
        host_.starts_with(shown) || host_.starts_with("[" + shown) ? "" : host_ + " leads to ",
        shown, range);
    return false;
}

curl_socket_t Transfer::open_socket(void* transfer, curlsocktype, curl_sockaddr* address) {
    auto& self = *static_cast<Transfer*>(transfer);
    const auto bytes = address_bytes(&address->addr);
    if (bytes.empty() || !self.address_allowed(bytes)) return CURL_SOCKET_BAD;
    return ::socket(address->family, address->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
                    address->protocol);
}

/// Called with the connection ready, fresh or kept from an earlier request, which may have been
/// allowed more.
int Transfer::before_request(void* transfer, char* peer, char*, int, int) {
    auto& self = *static_cast<Transfer*>(transfer);
    if (const char* range = special_range(std::string_view(peer));
        range && self.request_.reach != Reach::anywhere) {
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
    self.enter(Phase::waiting);
    return CURL_PREREQFUNC_OK;
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
    const std::string_view line(data, size);
    self.header_bytes_ += size;
    if (self.header_bytes_ > header_bytes_max) {
        self.failure_ =
            self.fail_with(ClientFailure::too_large, self.host_ + " sent headers without end.");
        return 0;
    }
    self.progress_us_ = monotonic_us();
    if (self.head_done_) return size; // trailers
    if (line.starts_with("HTTP/")) {
        self.response_.headers.fields.clear();
        long status = 0;
        curl_easy_getinfo(self.easy_, CURLINFO_RESPONSE_CODE, &status);
        self.response_.status = static_cast<int>(status);
    } else if (without_line_end(line).empty()) {
        if (self.response_.status >= 200) self.end_of_head();
    } else if (const auto colon = line.find(':'); colon != std::string_view::npos) {
        self.response_.headers.fields.emplace_back(
            line.substr(0, colon), trimmed(without_line_end(line.substr(colon + 1))));
    }
    return self.thrown_ ? 0 : size;
}

void Transfer::end_of_head() {
    head_done_ = true;
    enter(Phase::receiving);
    if (!sink_.on_head) return;
    try { // what a sink throws must not unwind through libcurl's frames; the awaiting coroutine
          // gets it
        sink_.on_head(response_.status, response_.headers);
    } catch (...) {
        thrown_ = std::current_exception();
    }
}

std::size_t Transfer::take_body(char* data, std::size_t, std::size_t size, void* transfer) {
    auto& self = *static_cast<Transfer*>(transfer);
    self.body_bytes_ += size;
    if (self.body_bytes_ > self.request_.answer_bytes_max) {
        self.failure_ = self.fail_with(ClientFailure::too_large,
                                       fmt::format("The answer of {} is longer than {} bytes.",
                                                   self.host_, self.request_.answer_bytes_max));
        return 0;
    }
    self.progress_us_ = monotonic_us();
    if (!self.sink_.on_body) {
        self.response_.body.append(data, size);
        return size;
    }
    try { // as in end_of_head
        self.sink_.on_body({data, size});
    } catch (...) {
        self.thrown_ = std::current_exception();
        return 0;
    }
    return size;
}

void Transfer::watch_time(std::function<void()> expired) {
    started_us_ = progress_us_ = monotonic_us();
    expired_ = std::move(expired);
    arm();
}

void Transfer::enter(Phase phase) {
    phase_ = phase;
    progress_us_ = monotonic_us();
    arm();
}

std::int64_t Transfer::deadline_us() const {
    const milliseconds patience = phase_ == Phase::connecting ? request_.connect_ms_max
                                  : phase_ == Phase::waiting  ? request_.first_byte_ms_max
                                                              : request_.silence_ms_max;
    const std::int64_t from = phase_ == Phase::connecting ? started_us_ : progress_us_;
    return std::min(from + microseconds(patience).count(),
                    started_us_ + microseconds(request_.total_ms_max).count());
}

void Transfer::arm() {
    timer_.expires_after(microseconds(std::max<std::int64_t>(0, deadline_us() - monotonic_us())));
    timer_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
        const auto self = weak.lock();
        if (error || !self || !self->expired_) return;
        if (monotonic_us() < self->deadline_us())
            return self->arm(); // something has come meanwhile
        std::exchange(self->expired_, nullptr)();
    });
}

std::string Transfer::timeout_message() const {
    if (monotonic_us() - started_us_ >= microseconds(request_.total_ms_max).count())
        return fmt::format("{} did not finish its answer within {}.", host_,
                           seconds_text(request_.total_ms_max));
    if (phase_ == Phase::connecting)
        return fmt::format("No connection to {} within {}.", host_,
                           seconds_text(request_.connect_ms_max));
    if (phase_ == Phase::waiting)
        return fmt::format("{} did not begin to answer within {}.", host_,
                           seconds_text(request_.first_byte_ms_max));
    return fmt::format("{} fell silent for {} in the middle of its answer.", host_,
                       seconds_text(request_.silence_ms_max));
}

ClientError Transfer::fail_with(ClientFailure failure, std::string message) const {
    return {failure, std::move(message), response_.status};
}

FetchOutcome Transfer::cancelled() {
    return std::unexpected(ClientError{ClientFailure::cancelled, "The call was stopped.", 0});
}

FetchOutcome Transfer::outcome(CURLcode code) {
    if (failure_) return std::unexpected(*failure_);
    if (code == CURLE_OK) return std::move(response_);
    return std::unexpected(error_of(code));
}

ClientError Transfer::error_of(CURLcode code) const {
    const std::string detail = curl_text_[0] ? curl_text_.data() : curl_easy_strerror(code);
    switch (code) {
    case CURLE_OPERATION_TIMEDOUT: return fail_with(ClientFailure::timed_out, timeout_message());
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
        if (phase_ == Phase::connecting)
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
    expired_ = nullptr;
    timer_.cancel();
    sink_ = {};
    done_({std::exchange(thrown_, nullptr), std::move(outcome)});
}

} // namespace weft::http
