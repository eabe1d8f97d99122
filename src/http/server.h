#pragma once

#include "base/time.h"
#include "http/message.h"

#include <boost/asio/io_context.hpp>

#include <memory>
#include <vector>

namespace weft::http {

class TlsIdentity;
class TrustedProxies;

/// The io threads: one io_context each, started by run(), stopped and joined by stop(). A coroutine
/// stays on the context it was spawned on.
class IoThreads {
public:
    explicit IoThreads(int count);
    ~IoThreads();
    int count() const;
    asio::io_context& at(int thread);
    asio::io_context& next(); ///< round robin
    void run();
    /// Ends and joins all threads; what they had not done yet is dropped when this object goes.
    /// Safe to call twice.
    void stop();
    bool running() const;
    /// Index of the calling io thread, or -1 elsewhere.
    static int current();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

struct ServerLimits {
    std::size_t header_bytes_max = 32 * 1024;      ///< request line and fields; 431 beyond it
    std::size_t header_fields_max = 128;           ///< 431 beyond it
    std::size_t body_bytes_max = 64 * 1024 * 1024; ///< 413 beyond it, before the body is read
    int connections_max = 20'000;                  ///< 503 beyond it
    milliseconds handshake_ms_max{10'000};         ///< of TLS
    milliseconds header_ms_max{15'000};            ///< to receive a whole header; then 408
    milliseconds body_ms_max{120'000};             ///< to receive a whole body; then 408
    milliseconds idle_ms_max{75'000};              ///< between requests of one connection
    milliseconds write_ms_max{60'000}; ///< without the client taking a byte of an answer
    /// After a refusal, to let a client that is still sending read it.
    milliseconds linger_ms_max{1'000};
};

/// Answers a request. Runs on the connection's io thread; a throw is a 500. Cancelled (terminal)
/// only when the grace of Server::stop() has passed.
using Handler = std::function<Task<Response>(Request)>;

/// The error answer of this layer: {"detail": sentence, "code": a word for the status,
/// "request_id": id, "errors": []}.
Response refusal(int status, std::string_view sentence, const std::string& request_id);

/// What the application may replace. Called on io threads; must not block.
struct ServerHooks {
    /// Makes the answer to a request that is refused before it reaches the handler, or whose
    /// handler threw.
    std::function<Response(int status, std::string_view sentence, const std::string& request_id)>
        refuse = refusal;
    /// Asked when a header is there and a body follows it, before that is read: `head` has no body
    /// yet, and outlives the task. Empty: ServerLimits::body_bytes_max.
    std::function<Task<BodyRule>(const Request& head)> body_rule_of = {};
    /// Fields of every answer, refusals too, that has none of that name; those over TLS only of
    /// answers to what came by TLS.
    Headers fields = {};
    Headers fields_over_tls = {};
};

/// How connections come in at one address.
struct Entrance {
    std::shared_ptr<TlsIdentity> tls = {};              ///< none: in clear
    std::shared_ptr<const TrustedProxies> proxies = {}; ///< none: no peer speaks for others
};

/// HTTP/1.1 over TCP or TLS. Each connection is one coroutine on one of the io threads; all belong
/// to the server, and stop() refuses new ones, lets running requests end (at most `grace`), wakes
/// and awaits every one. Must be stopped before the io threads are, from a thread that is none of
/// them.
class Server {
public:
    Server(IoThreads& threads, Handler handler, ServerLimits limits = {}, ServerHooks hooks = {});
    ~Server(); ///< stops it
    /// "127.0.0.1:8470", "[::1]:8470", port 0 = any free one. Answers the address really bound.
    /// conflict: the port is in use. invalid: not an address. unavailable: the system refused
    /// otherwise.
    Result<std::string> listen(std::string address, Entrance entrance = {});
    /// Streams are told at once (closed() becomes true), idle connections closed at once.
    void stop(milliseconds grace = seconds(5));
    int connections() const; ///< open now

private:
    std::shared_ptr<struct ServerState> state_;
};

} // namespace weft::http
