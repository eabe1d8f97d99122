#pragma once

#include "base/time.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace weft::testing {

/// What a FaultProxy has seen so far.
struct ProxyCounts {
    struct Bytes {
        std::int64_t read = 0;   ///< taken from the sender
        std::int64_t passed = 0; ///< given to the receiver
    };
    int accepted = 0;
    int open = 0; ///< of these, not yet over
    int cut = 0;  ///< of these, reset by the proxy
    Bytes to_server;
    Bytes to_client;
};

/// A TCP proxy on a free loopback port that does harm when it is told to, in a thread of its own.
/// It passes everything at first. Its members may be called from any thread, and what they ask for
/// holds when they return. Each of pass, delay, half_open, black_hole and cut replaces what the one
/// before said, for the connections that it is for; said of future ones, it also ends refuse().
class FaultProxy {
public:
    enum class Which { present, future, all };
    enum class Direction { to_server, to_client };

    explicit FaultProxy(int server_port);                  ///< of 127.0.0.1
    explicit FaultProxy(const std::string& server_socket); ///< the path of a Unix socket
    ~FaultProxy();
    FaultProxy(const FaultProxy&) = delete;
    FaultProxy& operator=(const FaultProxy&) = delete;

    int port() const;
    /// A "scheme://user@host:port/path" with this proxy's host and port in it.
    std::string url_through(std::string url) const;

    /// Lets bytes and ends of connections through. What a half-open one held back flows again; what
    /// vanished in a black hole is lost.
    void pass(Which which = Which::all);
    /// Each byte arrives that much later.
    void delay(milliseconds to_server, milliseconds to_client, Which which = Which::all);
    /// Nothing comes through in this direction any more, neither bytes nor the connection's end: it
    /// is not read beyond one MiB, so that its sender stands once the kernel's buffers are full.
    /// The other direction flows.
    void half_open(Direction direction, Which which = Which::all);
    /// Takes everything from both sides and passes nothing, not even the end of a connection. A
    /// future one does not reach the server at all.
    void black_hole(Which which = Which::all);
    /// Resets both sides (a Unix socket is closed); a future one as soon as it is accepted.
    void cut(Which which = Which::present);
    /// A future connect fails with "connection refused".
    void refuse();

    // Once, on whichever connection comes first; cleared by pass() and by each other.

    /// Cuts when a client has sent these bytes, without passing them on. (What it sent before them
    /// in one piece is not passed on either.)
    void cut_before(std::string bytes);
    /// Passes these bytes on and cuts when the server answers, without passing the answer on: the
    /// server has done what it was asked. When answers to something earlier may still be under
    /// way, as in a pipeline, `answer` says what the right one contains.
    void cut_after(std::string bytes, std::string answer = {});

    ProxyCounts counts() const;
    /// Waits until `holds` does; false after 20 s.
    bool wait_until(const std::function<bool(const ProxyCounts&)>& holds) const;

    struct Impl;

private:
    std::unique_ptr<Impl> impl_;
};

} // namespace weft::testing
