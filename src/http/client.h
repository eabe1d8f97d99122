#pragma once

#include "http/address_policy.h"
#include "http/credentials.h"
#include "http/message.h"
#include "http/server.h"

namespace weft::http {

/// Which resolved addresses may be connected to; decided when the socket is opened, after name
/// resolution, and again when a kept connection is used.
enum class Reach {
    public_only, ///< private, loopback, link-local, mapped, multicast and metadata addresses are
                 ///< refused, but for those that the client was told to allow
    anywhere,
};

/// Which compressed forms of the answer are asked for. An answer in another form, or compressed
/// more than once, is refused.
enum class Encoding {
    any,      ///< all that libcurl unpacks: gzip, deflate, br, zstd
    identity, ///< none: for a stream, of which a packer could hold back the latest pieces
};

struct ClientRequest {
    Method method = Method::get;
    std::string url; ///< http or https
    Headers headers; ///< keys and tokens go into `credentials`
    std::string body;
    Reach reach = Reach::public_only;
    milliseconds connect_ms_max{10'000}; ///< resolving, connecting and the TLS handshake together
    milliseconds first_byte_ms_max{120'000}; ///< from the request sent to the answer's whole head
    milliseconds silence_ms_max{60'000};     ///< between two pieces of a body, sent or received
    milliseconds total_ms_max{600'000};      ///< with all redirects
    std::size_t answer_bytes_max = 64 * 1024 * 1024; ///< unpacked; with the bodies of redirects
    std::string ca_file = {};                        ///< PEM; empty = the system's
    Credentials credentials = {};
    /// Names in `headers` that go to no other origin, beside those of is_sensitive_header.
    std::vector<std::string> sensitive_headers = {};
    int redirects_max = 0;        ///< how many are followed; 0: a redirect is an answer like others
    bool allow_downgrade = false; ///< follow from https to http
    Encoding encoding = Encoding::any;
    int expansion_max =
        100; ///< times as long as received may an unpacked answer be, from 1.6 MB on
};

struct ClientResponse {
    int status = 0;
    Headers headers;
    std::string body; ///< empty when a sink took it
    std::string url;  ///< that answered: after redirects, without credentials
};

/// How far a failed exchange had got.
enum class ClientFailure {
    refused_address,
    refused_redirect, ///< too many, or one that must not be followed
    resolve,
    connect,
    tls,
    timed_out,
    cut_off,
    too_large, ///< or unpacks to much more than was sent
    cancelled,
    other
};

struct ClientError {
    ClientFailure failure = ClientFailure::other;
    std::string message; ///< a plain sentence; no credential, no header
    int status = 0;      ///< when a status line had arrived
};

/// Gets the status and headers once, then the body in pieces as they arrive. Hears nothing of
/// redirects that are followed.
struct ClientSink {
    std::function<void(int status, const Headers&)> on_head;
    std::function<void(std::string_view piece)> on_body;
};

/// The only HTTP client in the program: libcurl's multi interface, one per io thread, driven by
/// that thread's io_context. HTTP/1.1, no proxy; a kept connection is used again. Redirects are
/// followed here, one exchange each, so that every hop is checked like a first call.
/// Cancelling the awaiting coroutine removes the handle at once: the socket is reset and not a byte
/// more is sent (CURLOPT_QUICK_EXIT: also in the middle of name resolution). What a sink throws is
/// thrown by fetch. A POST or PATCH without an Idempotency-Key is never sent twice. The process
/// ignores SIGPIPE from the first Client on.
class Client {
public:
    /// `allowed`: addresses that a request with Reach::public_only may call too.
    explicit Client(IoThreads& threads, AllowedAddresses allowed = {});
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
