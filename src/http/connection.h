#pragma once

#include "base/gate.h"
#include "http/server.h"
#include "http/tls_stream.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <atomic>
#include <limits>
#include <vector>

// What the parts of the server share. Nothing outside src/http includes it.
namespace weft::http {

using boost::asio::ip::tcp;
using ErrorCode = boost::system::error_code;

struct ServerState;

inline constexpr std::int64_t no_deadline = std::numeric_limits<std::int64_t>::max();

/// An accepted socket. Owned by its session's coroutine and, during a stream, its watcher's;
/// touched only on the thread of its lane. Its deadline is a number that the lane looks at a few
/// times in its shortest limit: setting it costs nothing, where a timer for each read would cost
/// more than the read.
struct Connection {
    enum class Phase { idle, receiving, answering, streaming };

    Connection(tcp::socket of, const tcp::endpoint& from,
               std::shared_ptr<const Entrance> by_entrance, std::shared_ptr<ServerState> of_server);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    void set_deadline(std::int64_t at_us) {
        deadline_us = at_us;
        expired = false;
    }
    /// The deadline has passed: whatever waits for the socket ends.
    void expire() {
        deadline_us = no_deadline;
        expired = true;
        abort_waits();
    }
    void abort_waits() {
        ErrorCode ignored;
        socket.cancel(ignored);
    }
    /// Nothing more is to be waited for, although a wait has just succeeded.
    bool is_given_up() const;
    /// Only of a stream: nobody reads it any more, or the server is stopping.
    void end_stream() {
        if (stream_ended) return;
        stream_ended = true;
        if (writing) abort_waits();
        if (auto wake = std::exchange(on_stream_end, nullptr)) wake();
    }

    const std::shared_ptr<ServerState> server; ///< which counts it
    const std::shared_ptr<const Entrance> entrance;
    tcp::socket socket;
    std::unique_ptr<TlsStream> tls; ///< from its handshake on; none: in clear
    const std::string peer;
    const std::string address; ///< the peer's, without the port
    Phase phase = Phase::idle;
    std::int64_t deadline_us = no_deadline; ///< monotonic
    bool expired = false;
    bool writing = false; ///< a write waits for the socket
    bool stream_ended = false;
    std::function<void()> on_stream_end;
    std::size_t index = 0; ///< in Lane::connections
};

/// The connections of one io thread; touched only there.
struct Lane {
    Lane(asio::io_context& of, int its_index) : context(of), index(its_index) {}

    asio::io_context& context;
    std::vector<Connection*> connections;
    bool sweeping = false;
    asio::steady_timer* sweep_timer = nullptr; ///< in the sweep's frame while it runs
    bool stopping = false;
    int index;
    std::uint64_t requests = 0;

    void add(Connection& connection);
    void remove(Connection& connection);
    /// Ends what only waits: idle connections and streams.
    void stop();
    void end_sweep();
};

/// All of a Server. Shared with its coroutines; so it holds no object of one io_context, which
/// another might outlive.
struct ServerState {
    ServerState(IoThreads& on, Handler answers, ServerLimits with, ServerHooks and_hooks);

    IoThreads& threads;
    const Handler handler;
    const ServerLimits limits;
    const ServerHooks hooks;
    std::vector<std::unique_ptr<Lane>> lanes;              ///< one for each io thread
    std::vector<std::shared_ptr<tcp::acceptor>> acceptors; ///< of listen() and stop() alone
    std::atomic<bool> stopping = false;
    std::atomic<int> connections = 0;
    const std::uint64_t id_base; ///< random: the upper 20 of a request id's 60 bits
    Gate gate;                   ///< every coroutine below
};

using Buffers = std::array<asio::const_buffer, 2>;

/// Reads what has come, or waits for it. An error: there is nothing more, or the wait was broken
/// off.
Task<std::pair<ErrorCode, std::size_t>> read_some(Connection& connection,
                                                  asio::mutable_buffer into);
/// Writes what the kernel takes at once, off the front of `rest`. False: the client is gone.
bool write_now(Connection& connection, Buffers& rest);
/// Writes the rest. False: the client is gone, or took nothing for `silence_max`.
Task<bool> write_rest(Connection& connection, Buffers rest, milliseconds silence_max);
inline bool is_empty(const Buffers& rest) { return rest[0].size() + rest[1].size() == 0; }

/// Accepts until the acceptor is closed, each socket for the next lane in turn.
Task<> accept_connections(std::shared_ptr<ServerState> server,
                          std::shared_ptr<tcp::acceptor> acceptor,
                          std::shared_ptr<const Entrance> entrance);

/// One connection, from its first byte to its last. On the lane's thread.
Task<> serve_connection(std::shared_ptr<Connection> connection, Lane& lane);

/// Looks at the deadlines of a lane for as long as it has connections.
Task<> sweep(std::shared_ptr<ServerState> server, Lane& lane);

/// "127.0.0.1:51234", "[::1]:51234".
std::string to_text(const tcp::endpoint& endpoint);

} // namespace weft::http
