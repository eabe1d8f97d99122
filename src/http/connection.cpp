#include "http/connection.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>

#include <algorithm>

namespace weft::http {

namespace {

void take(Buffers& rest, std::size_t bytes) {
    for (asio::const_buffer& buffer : rest) {
        const std::size_t of_this = std::min(bytes, buffer.size());
        buffer += of_this;
        bytes -= of_this;
    }
}

/// How often a lane looks at its deadlines: four times in the shortest of them.
milliseconds tick_of(const ServerLimits& limits) {
    const milliseconds shortest = std::min(
        {limits.header_ms_max, limits.body_ms_max, limits.idle_ms_max, limits.write_ms_max});
    return std::clamp(shortest / 4, milliseconds(2), milliseconds(500));
}

} // namespace

Connection::Connection(tcp::socket of, std::string of_peer, std::shared_ptr<ServerState> of_server)
    : server(std::move(of_server)), socket(std::move(of)), peer(std::move(of_peer)) {
    ++server->connections;
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
        const auto [error] = co_await timer.async_wait(asio::as_tuple(asio::deferred));
        if (error) break;
        const std::int64_t now_us = monotonic_us();
        for (std::size_t i = lane.connections.size(); i-- > 0;)
            if (lane.connections[i]->deadline_us <= now_us) lane.connections[i]->expire();
    }
    lane.sweep_timer = nullptr;
    lane.sweeping = false;
}

bool write_now(Connection& connection, Buffers& rest) {
    ErrorCode error;
    take(rest, connection.socket.write_some(rest, error));
    return !error || error == asio::error::would_block || error == asio::error::try_again;
}

Task<bool> write_rest(Connection& connection, Buffers rest, milliseconds silence_max) {
    while (!is_empty(rest)) {
        connection.set_deadline(monotonic_us() + microseconds(silence_max).count());
        connection.writing = true;
        const auto [error, bytes] =
            co_await connection.socket.async_write_some(rest, asio::as_tuple(asio::deferred));
        connection.writing = false;
        if (error) co_return false;
        take(rest, bytes);
    }
    connection.set_deadline(no_deadline);
    co_return true;
}

} // namespace weft::http
