#pragma once

#include "http/curl_transfer.h"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <unordered_map>

namespace weft::http {

/// libcurl's multi interface on one io thread: curl says which sockets and which time-out it waits
/// for, Asio waits. Curl owns the sockets; Asio only borrows them between two calls of the socket
/// callback. All but post_* runs on the io thread. Kept alive by its handlers; close() ends it.
class CurlDriver : public std::enable_shared_from_this<CurlDriver> {
public:
    explicit CurlDriver(asio::io_context& context);
    ~CurlDriver();
    CurlDriver(const CurlDriver&) = delete;
    CurlDriver& operator=(const CurlDriver&) = delete;

    asio::io_context& context() { return context_; }

    void start(const std::shared_ptr<Transfer>& transfer);
    /// Removes the handle at once and closes its socket; nothing happens when it has ended already.
    void cancel(const std::shared_ptr<Transfer>& transfer);
    /// Cancels all transfers and refuses new ones.
    void stop();
    /// Frees everything; on the io thread, or on any thread when that one has ended.
    void close();

private:
    /// A socket as Asio sees it: released, not closed, when curl loses interest.
    struct Watch {
        explicit Watch(asio::io_context& context) : descriptor(context) {}
        asio::posix::stream_descriptor descriptor;
        int wanted = 0; ///< CURL_POLL_IN | CURL_POLL_OUT
        bool reading = false;
        bool writing = false;
        bool alive = true;
    };
    class Inside;

    static int on_socket(CURL*, curl_socket_t socket, int what, void* self, void*);
    static int on_timer(CURLM*, long timeout_ms, void* self);
    static int on_close_socket(void* self, curl_socket_t socket);

    void forget(curl_socket_t socket);
    void wait(curl_socket_t socket, const std::shared_ptr<Watch>& watch);
    void ready(curl_socket_t socket, const std::shared_ptr<Watch>& watch, int events);
    void act(curl_socket_t socket, int events);
    void collect();
    void clean_up();
    enum class Socket { keep, abort };
    void finish(const std::shared_ptr<Transfer>& transfer, FetchOutcome outcome, Socket socket);

    asio::io_context& context_;
    CURLM* multi_;
    asio::steady_timer timer_;
    std::unordered_map<curl_socket_t, std::shared_ptr<Watch>> watches_;
    std::unordered_map<CURL*, std::shared_ptr<Transfer>> transfers_;
    bool stopped_ = false;
    bool inside_ = false; ///< a call into curl is on the stack: no other may begin
    bool aborting_ =
        false; ///< sockets that curl closes now are reset, so that nothing queued is sent
};

} // namespace weft::http
