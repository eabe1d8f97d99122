#pragma once

#include "http/credentials.h"
#include "http/message.h"
#include "http/server.h"

namespace weft::http {

/// Which resolved addresses may be connected to; decided when the socket is opened, after name
/// resolution.
enum class Reach {
    public_only, ///< private, loopback, link-local, mapped, multicast and metadata addresses are
                 ///< refused
    anywhere,
};

struct ClientRequest {
    Method method = Method::get;
    std::string url; ///< http or https
    Headers headers; ///< keys and tokens go into `credentials`
    std::string body;
    Reach reach = Reach::public_only;
    milliseconds connect_ms_max{10'000}; ///< resolving, connecting and the TLS handshake together
    milliseconds first_byte_ms_max{120'000};
    milliseconds silence_ms_max{60'000}; ///< between two pieces of the answer
    milliseconds total_ms_max{600'000};
    std::size_t answer_bytes_max = 64 * 1024 * 1024;
    std::string ca_file = {}; ///< PEM; empty = the system's
    Credentials credentials = {};
};

struct ClientResponse {
    int status = 0;
    Headers headers;
    std::string body; ///< empty when a sink took it
};

/// How far a failed exchange had got.
enum class ClientFailure {
    refused_address,
    resolve,
    connect,
    tls,
    timed_out,
    cut_off,
    too_large,
    cancelled,
    other
};

struct ClientError {
    ClientFailure failure = ClientFailure::other;
    std::string message; ///< a plain sentence; no credential, no header
    int status = 0;      ///< when a status line had arrived
};

/// Gets the status and headers once, then the body in pieces as they arrive.
struct ClientSink {
    std::function<void(int status, const Headers&)> on_head;
    std::function<void(std::string_view piece)> on_body;
};

/// The only HTTP client in the program: libcurl's multi interface, one per io thread, driven by
/// that thread's io_context. HTTP/1.1, no redirects, no proxy; a kept connection is used again.
/// Cancelling the awaiting coroutine removes the handle at once: the socket is reset and not a byte
/// more is sent (CURLOPT_QUICK_EXIT: also in the middle of name resolution). What a sink throws is
/// thrown by fetch. A POST or PATCH without an Idempotency-Key is never sent twice. The process
/// ignores SIGPIPE from the first Client on.
class Client {
public:
    explicit Client(IoThreads& threads);
    ~Client(); ///< after every fetch has ended, before the threads' contexts go
    /// Must be awaited on one of the io threads.
    Task<std::expected<ClientResponse, ClientError>> fetch(ClientRequest request,
                                                           ClientSink sink = {});
    void stop(); ///< cancels what is in flight

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace weft::http
