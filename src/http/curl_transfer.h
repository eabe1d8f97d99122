#pragma once

#include "http/client.h"

#include <boost/asio/steady_timer.hpp>
#include <curl/curl.h>

#include <exception>

namespace weft::http {

using FetchOutcome = std::expected<ClientResponse, ClientError>;

/// How an exchange ended: `thrown` is what a sink threw, carried past curl's C frames to the
/// awaiting coroutine.
struct Settled {
    std::exception_ptr thrown;
    FetchOutcome outcome;
};

/// One exchange: the easy handle, what it sends and what has arrived. Owned by its thread's
/// CurlDriver; every member is touched on that thread alone.
class Transfer : public std::enable_shared_from_this<Transfer> {
public:
    using Done = std::move_only_function<void(Settled)>;

    Transfer(asio::io_context& context, ClientRequest request, ClientSink sink, Done done);
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
    enum class Phase { connecting, waiting, receiving };

    static curl_socket_t open_socket(void* self, curlsocktype, curl_sockaddr* address);
    static int before_request(void* self, char* peer, char*, int, int);
    static std::size_t take_header(char* data, std::size_t, std::size_t size, void* self);
    static std::size_t take_body(char* data, std::size_t, std::size_t size, void* self);
    static CURLcode tune_tls(CURL*, void* context, void*);

    bool prepare_url();
    void add_credentials();
    bool prepare_headers();
    void prepare_method();
    void prepare_callbacks();
    bool address_allowed(std::span<const std::uint8_t> address);
    void enter(Phase phase);
    void end_of_head();
    void arm();
    std::int64_t deadline_us() const;
    std::string timeout_message() const;
    ClientError fail_with(ClientFailure failure, std::string message) const;
    ClientError error_of(CURLcode code) const;
    bool may_repeat() const;

    ClientRequest request_;
    ClientSink sink_;
    Done done_;
    CURL* easy_;
    curl_slist* header_list_ = nullptr;
    std::optional<Url> url_; ///< what is called: with the credentials of the query
    std::string host_;       ///< for messages; with the port when it is not the scheme's own
    std::array<char, CURL_ERROR_SIZE> curl_text_{};

    Phase phase_ = Phase::connecting;
    std::int64_t started_us_ = 0;
    std::int64_t progress_us_ = 0; ///< when the phase began, or the latest piece came
    asio::steady_timer timer_;
    std::function<void()> expired_;

    ClientResponse response_;
    std::size_t header_bytes_ = 0;
    std::size_t body_bytes_ = 0;
    bool head_done_ = false;
    bool sent_once_ = false;
    std::optional<ClientError> failure_; ///< our own reason, stronger than curl's
    std::string refused_;                ///< the sentence about the last refused address
    std::exception_ptr thrown_;          ///< by a sink
};

} // namespace weft::http
