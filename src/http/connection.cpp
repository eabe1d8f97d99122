#include "http/connection.h"

#include "http/forwarded.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>

#include <algorithm>

namespace weft::http {

namespace {

constexpr auto as_result = asio::as_tuple(asio::deferred);

bool would_block(const ErrorCode& error) {
    return error == asio::error::would_block || error == asio::error::try_again;
}

void take(Buffers& rest, std::size_t bytes) {
    for (asio::const_buffer& buffer : rest) {
        const std::size_t of_this = std::min(bytes, buffer.size());
        buffer += of_this;
        bytes -= of_this;
    }
}

/// How often a lane looks at its deadlines: four times in the shortest of them.
milliseconds tick_of(const ServerLimits& limits) {
    const milliseconds shortest =
        std::min({limits.handshake_ms_max, limits.header_ms_max, limits.body_ms_max,
                  limits.idle_ms_max, limits.write_ms_max});
    return std::clamp(shortest / 4, milliseconds(2), milliseconds(500));
}

} // namespace

Connection::Connection(tcp::socket of, const tcp::endpoint& from,
                       std::shared_ptr<const Entrance> by_entrance,
                       std::shared_ptr<ServerState> of_server)
    : server(std::move(of_server)), entrance(std::move(by_entrance)), socket(std::move(of)),
      peer(to_text(from)), address(plain_address(peer)) {
    ++server->connections;
}

bool Connection::is_given_up() const {
    return expired || (phase == Phase::idle && server->stopping);
}

Connection::~Connection() { --server->connections; }

void Lane::add(Connection& connection) {
    connection.index = connections.size();
    connections.push_back(&connection);
}

void Lane::remove(Connection& connection) {
    connections[connection.index] = connections.back();
    connections[connection.index]->index = connection.index;
    connections.pop_back();
    if (stopping && connections.empty()) end_sweep();
}

void Lane::stop() {
    stopping = true;
    for (std::size_t i = connections.size(); i-- > 0;) {
        if (connections[i]->phase == Connection::Phase::idle) connections[i]->abort_waits();
        if (connections[i]->phase == Connection::Phase::streaming) connections[i]->end_stream();
    }
    if (connections.empty()) end_sweep();
}

void Lane::end_sweep() {
    if (sweep_timer) sweep_timer->cancel();
}

Task<> sweep(std::shared_ptr<ServerState> server, Lane& lane) {
    co_await asio::this_coro::throw_if_cancelled(false);
    const milliseconds tick = tick_of(server->limits);
    asio::steady_timer timer(lane.context);
    lane.sweep_timer = &timer;
    while (!lane.connections.empty()) {
        timer.expires_after(tick);
        const auto [error] = co_await timer.async_wait(as_result);
        if (error) break;
        const std::int64_t now_us = monotonic_us();
        for (std::size_t i = lane.connections.size(); i-- > 0;)
            if (lane.connections[i]->deadline_us <= now_us) lane.connections[i]->expire();
    }
    lane.sweep_timer = nullptr;
    lane.sweeping = false;
}

Task<std::pair<ErrorCode, std::size_t>> read_some(Connection& connection,
                                                  asio::mutable_buffer into) {
    if (!connection.tls) {
        const auto [error, bytes] = co_await connection.socket.async_read_some(into, as_result);
        co_return std::pair(error, bytes);
    }
    for (;;) {
        ErrorCode error;
        const std::size_t bytes = connection.tls->read_some(into, error);
        if (!would_block(error)) co_return std::pair(error, bytes);
        const auto [broken_off] =
            co_await connection.socket.async_wait(connection.tls->waits_for(), as_result);
        if (broken_off || connection.is_given_up())
            co_return std::pair(ErrorCode(asio::error::operation_aborted), std::size_t{0});
    }
}

bool write_now(Connection& connection, Buffers& rest) {
    ErrorCode error;
    if (!connection.tls) {
        take(rest, connection.socket.write_some(rest, error));
    } else {
        while (!error && !is_empty(rest)) take(rest, connection.tls->write_some(rest, error));
    }
    return !error || would_block(error);
}

Task<bool> write_rest(Connection& connection, Buffers rest, milliseconds silence_max) {
    while (!is_empty(rest)) {
        connection.set_deadline(monotonic_us() + microseconds(silence_max).count());
        const auto ready = connection.tls ? connection.tls->waits_for() : tcp::socket::wait_write;
        connection.writing = true;
        const auto [error] = co_await connection.socket.async_wait(ready, as_result);
        connection.writing = false;
        if (error || !write_now(connection, rest)) co_return false;
    }
    connection.set_deadline(no_deadline);
    co_return true;
}

} // namespace weft::http
