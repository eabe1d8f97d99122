#include "http/server.h"

#include "base/ids.h"
#include "base/log.h"
#include "http/connection.h"
#include "http/response_head.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <charconv>

namespace weft::http {

namespace {

constexpr int backlog = 4'096;
constexpr milliseconds accept_pause{50};
constexpr microseconds accept_log_pause{60'000'000};

std::uint64_t random_20_bits() {
    std::array<std::uint8_t, 3> bytes{};
    fill_random(bytes);
    return (std::uint64_t{bytes[0]} << 16 | std::uint64_t{bytes[1]} << 8 | bytes[2]) & 0xF'FFFF;
}

/// "127.0.0.1:8470" or "[::1]:8470".
std::optional<tcp::endpoint> endpoint_from(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    std::string_view host = text.substr(0, colon);
    const std::string_view port_text = text.substr(colon + 1);
    const bool bracketed = host.starts_with('[') && host.ends_with(']');
    if (bracketed) host = host.substr(1, host.size() - 2);
    std::uint16_t port = 0;
    const auto [end, port_error] = std::from_chars(port_text.begin(), port_text.end(), port);
    if (port_error != std::errc() || end != port_text.end()) return std::nullopt;
    ErrorCode error;
    const auto address = asio::ip::make_address(std::string(host), error);
    if (error || address.is_v6() != bracketed) return std::nullopt;
    return tcp::endpoint(address, port);
}

/// Says why connections cannot be taken, once a minute at most: trying again goes on all the time.
void log_accept_failure(const ErrorCode& error, std::int64_t& logged_us) {
    const std::int64_t now_us = monotonic_us();
    if (logged_us != 0 && now_us - logged_us < accept_log_pause.count()) return;
    logged_us = now_us;
    const bool files = error == asio::error::no_descriptors;
    log_warning(files ? "New connections wait: this process may open no more files. Close some, or "
                        "raise its limit (ulimit -n, LimitNOFILE)."
                      : "A connection could not be accepted.",
                {{"reason", error.message()}});
}

/// Answers 503 as far as the socket takes it, unless only TLS is understood there, and closes it.
void turn_away(ServerState& server, tcp::socket& socket, const Entrance& entrance) {
    ErrorCode ignored;
    if (entrance.tls) {
        socket.close(ignored);
        return;
    }
    const std::string id(15, '0');
    const Response response =
        server.hooks.refuse(503, "The server has too many connections. Try again.", id);
    std::string head;
    write_head(head, response, server.hooks, id, {.framing = Framing::length, .close = true});
    socket.write_some(Buffers{asio::buffer(head), asio::buffer(response.body)}, ignored);
    socket.close(ignored);
}

/// Gives an accepted socket to the lane.
void admit(const std::shared_ptr<ServerState>& server, tcp::socket socket,
           const std::shared_ptr<const Entrance>& entrance, Lane& lane) {
    ErrorCode ignored;
    socket.non_blocking(true, ignored);
    socket.set_option(tcp::no_delay(true), ignored);
    socket.set_option(asio::socket_base::keep_alive(true), ignored);
    if (server->connections >= server->limits.connections_max)
        return turn_away(*server, socket, *entrance);
    ErrorCode error;
    const tcp::endpoint peer = socket.remote_endpoint(error);
    if (error) return; // it has gone already
    auto connection = std::make_shared<Connection>(std::move(socket), peer, entrance, server);
    server->gate.spawn(lane.context.get_executor(), serve_connection(std::move(connection), lane));
}

} // namespace

ServerState::ServerState(IoThreads& on, Handler answers, ServerLimits with, ServerHooks and_hooks)
    : threads(on), handler(std::move(answers)), limits(with), hooks(std::move(and_hooks)),
      id_base(random_20_bits()) {
    for (int i = 0; i < on.count(); ++i) lanes.push_back(std::make_unique<Lane>(on.at(i), i));
}

std::string to_text(const tcp::endpoint& endpoint) {
    const std::string host = endpoint.address().to_string();
    return endpoint.address().is_v6() ? fmt::format("[{}]:{}", host, endpoint.port())
                                      : fmt::format("{}:{}", host, endpoint.port());
}

Task<> accept_connections(std::shared_ptr<ServerState> server,
                          std::shared_ptr<tcp::acceptor> acceptor,
                          std::shared_ptr<const Entrance> entrance) {
    co_await asio::this_coro::throw_if_cancelled(false);
    asio::steady_timer pause(acceptor->get_executor());
    std::int64_t logged_us = 0;
    for (std::size_t turn = 0; acceptor->is_open(); ++turn) {
        Lane& lane = *server->lanes[turn % server->lanes.size()];
        tcp::socket socket(lane.context);
        const auto [error] =
            co_await acceptor->async_accept(socket, asio::as_tuple(asio::deferred));
        if (server->stopping) co_return;
        if (!error) {
            admit(server, std::move(socket), entrance, lane);
        } else if (error != asio::error::connection_aborted) {
            // Out of descriptors or memory: waiting connections stay in the backlog meanwhile.
            log_accept_failure(error, logged_us);
            pause.expires_after(accept_pause);
            co_await pause.async_wait(asio::as_tuple(asio::deferred));
        }
    }
}

Server::Server(IoThreads& threads, Handler handler, ServerLimits limits, ServerHooks hooks)
    : state_(std::make_shared<ServerState>(threads, std::move(handler), limits, std::move(hooks))) {
}

Server::~Server() { stop(); }

Result<std::string> Server::listen(std::string address, Entrance entrance) {
    const auto wanted = endpoint_from(address);
    if (!wanted)
        return fail(Code::invalid,
                    "\"" + address + "\" is not an address to listen on, such as 127.0.0.1:8470.");
    auto acceptor = std::make_shared<tcp::acceptor>(state_->threads.at(0));
    ErrorCode error;
    acceptor->open(wanted->protocol(), error);
    if (!error) acceptor->set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor->bind(*wanted, error);
    if (!error) acceptor->listen(backlog, error);
    if (error == asio::error::address_in_use)
        return fail(Code::conflict, "Another program already listens on " + address +
                                        ". Stop it, or choose another port with --listen.");
    if (error == asio::error::access_denied)
        return fail(Code::unavailable, "This user may not listen on " + address +
                                           ". Choose a port from 1024 on with --listen.");
    if (error == boost::system::errc::address_not_available)
        return fail(Code::unavailable,
                    "This machine has no address " + address +
                        ". Listen on 127.0.0.1, on 0.0.0.0, or on an address of its own.");
    if (error)
        return fail(Code::unavailable,
                    "Listening on " + address + " failed: " + error.message() + ".");
    const tcp::endpoint bound = acceptor->local_endpoint(error);
    if (error || state_->stopping)
        return fail(Code::unavailable, "Listening on " + address + " failed.");
    state_->acceptors.push_back(acceptor);
    state_->gate.spawn(acceptor->get_executor(),
                       accept_connections(state_, acceptor,
                                          std::make_shared<const Entrance>(std::move(entrance))));
    return to_text(bound);
}

void Server::stop(milliseconds grace) {
    const bool first = !state_->stopping.exchange(true);
    if (!state_->threads.running()) {
        state_->acceptors.clear();
        state_->gate.abandon();
        return;
    }
    if (first) {
        for (const auto& acceptor : state_->acceptors)
            asio::post(acceptor->get_executor(), [acceptor] {
                ErrorCode ignored;
                acceptor->close(ignored);
            });
        for (const auto& lane : state_->lanes)
            asio::post(lane->context, [state = state_, lane = lane.get()] { lane->stop(); });
    }
    if (!state_->gate.wait_for(grace))
        log_warning("Requests still ran when the server stopped; they are cancelled.",
                    {{"count", state_->gate.size()}});
    state_->gate.close();
    state_->acceptors.clear();
}

int Server::connections() const { return state_->connections; }

} // namespace weft::http
