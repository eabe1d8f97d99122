#pragma once

#include "http/client.h"
#include "http/phase_timer.h"

#include <curl/curl.h>

#include <exception>

namespace weft::http {

using FetchOutcome = std::expected<ClientResponse, ClientError>;

/// How an exchange ended: `thrown` is what a sink threw, carried past curl's C frames to the
/// awaiting coroutine. `request` and `sink` are given back for a redirect.
struct Settled {
    std::exception_ptr thrown;
    FetchOutcome outcome;
    ClientRequest request;
    ClientSink sink;
    std::size_t bytes = 0; ///< of the answer's unpacked body, with those before it
};

/// What one hop of a call is told about the whole call.
struct Hop {
    std::int64_t call_started_us = 0; ///< monotonic
    std::size_t bytes_before = 0;     ///< that the redirects before it took of answer_bytes_max
    std::shared_ptr<const AllowedAddresses> allowed;
};

/// One exchange: the easy handle, what it sends and what has arrived. Owned by its thread's
/// CurlDriver; every member is touched on that thread alone.
class Transfer : public std::enable_shared_from_this<Transfer> {
public:
    using Done = std::move_only_function<void(Settled)>;

    Transfer(asio::io_context& context, ClientRequest request, ClientSink sink, Hop hop, Done done);
    ~Transfer();
    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;

    CURL* easy() const { return easy_; }

    /// Sets all options; false when the request cannot be sent at all (then failure() says why).
    bool prepare();

    /// Watches the phases' time-outs; `expired` is called once, on the io thread.
    void watch_time(std::function<void()> expired);

    /// What curl's result means. `code` is ignored when the transfer was ended by a time-out or a
    /// limit of ours.
    FetchOutcome outcome(CURLcode code);
    static FetchOutcome cancelled();

    /// Hands the outcome to the waiting coroutine, through its executor, never from inside this
    /// call.
    void complete(FetchOutcome outcome);

private:
    using Phase = PhaseTimer::Phase;

    static curl_socket_t open_socket(void* self, curlsocktype, curl_sockaddr* address);
    static int before_request(void* self, char* peer, char*, int, int);
    static int on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t sent);
    static std::size_t take_header(char* data, std::size_t, std::size_t size, void* self);
    static std::size_t take_body(char* data, std::size_t, std::size_t size, void* self);
    static CURLcode tune_tls(CURL*, void* context, void*);

    bool prepare_url();
    Headers bound_headers();
    bool prepare_headers();
    void prepare_method();
    void prepare_callbacks();
    const char* refused_range(std::span<const std::uint8_t> address, int port) const;
    void take_header_line(std::string_view line);
    void end_of_head();
    bool head_within_limits();
    bool take_piece(std::string_view piece);
    bool body_within_limits();
    void answer_too_long();
    ClientError fail_with(ClientFailure failure, std::string message) const;
    ClientError error_of(CURLcode code) const;
    bool may_repeat() const;

    ClientRequest request_;
    ClientSink sink_;
    Hop hop_;
    Done done_;
    CURL* easy_;
    curl_slist* header_list_ = nullptr;
    std::optional<Url> url_; ///< what is called: with the credentials of the query
    std::string host_;       ///< for messages; with the port when it is not the scheme's own
    std::array<char, CURL_ERROR_SIZE> curl_text_{};

    PhaseTimer timer_;
    curl_off_t sent_bytes_ = 0; ///< of the request's body

    ClientResponse response_;
    std::size_t header_bytes_ = 0;
    std::size_t body_bytes_ = 0; ///< unpacked
    bool head_done_ = false;
    bool packed_ = false;   ///< the body arrives compressed
    bool followed_ = false; ///< a redirect: the sink does not hear of it, its body is dropped
    bool sent_once_ = false;
    std::optional<ClientError> failure_; ///< our own reason, stronger than curl's
    std::string refused_;                ///< the sentence about the last refused address
    std::exception_ptr thrown_;          ///< by a sink
};

} // namespace weft::http
