#pragma once

#include "http/message.h"

#include <boost/asio/io_context.hpp>

#include <memory>
#include <vector>

namespace weft::http {

/// The io threads: one io_context each, started by run(), stopped and joined by stop(). A coroutine stays on the
/// context it was spawned on.
class IoThreads {
public:
    explicit IoThreads(int count);
    ~IoThreads();
    int count() const;
    asio::io_context& at(int thread);
    asio::io_context& next(); ///< round robin
    void run();
    void stop(); ///< lets no new work in, wakes and joins all threads; safe to call twice
    /// Index of the calling io thread, or -1 elsewhere.
    static int current();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

struct ServerLimits {
    std::size_t header_bytes_max = 32 * 1024;
    std::size_t body_bytes_max = 64 * 1024 * 1024; ///< 413 beyond it
    int connections_max = 20'000;
    seconds header_s_max{15};   ///< to receive a whole header
    seconds body_s_max{120};
    seconds idle_s_max{75};     ///< between requests of one connection
};

using Handler = std::function<Task<Response>(Request)>;

/// HTTP/1.1 over TCP. Each connection is one coroutine on one of the io threads; all belong to the server, and
/// stop() refuses new ones, lets running requests end (at most `grace`), wakes and awaits every one.
/// `body_max_of` lets the application give a smaller or larger limit by method and path before the body is read.
class Server {
public:
    Server(IoThreads& threads, Handler handler, ServerLimits limits = {});
    ~Server();
    /// "127.0.0.1:8470", "[::1]:8470", port 0 = any free one. Answers the address really bound.
    /// conflict: the port is in use. invalid: not an address.
    Result<std::string> listen(std::string address);
    void stop(seconds grace = seconds(5));

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

} // namespace weft::http
