#include "http/delivery.h"

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cerrno>

#include <sys/socket.h>

namespace weft::http {

ConnectionDelivery::Peer ConnectionDelivery::peer_of(tcp::socket& socket) {
    char next = 0;
    const auto bytes = ::recv(socket.native_handle(), &next, 1, MSG_PEEK | MSG_DONTWAIT);
    if (bytes == 0) return Peer::closed;
    const bool there = bytes > 0 || errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
    return there ? Peer::there : Peer::reset;
}

ConnectionDelivery::Peer ConnectionDelivery::peer_of(Connection& connection) {
    const Peer peer = peer_of(connection.socket);
    // Over TLS a farewell stands before the end of the bytes.
    return peer == Peer::there && connection.tls && connection.tls->has_ended() ? Peer::closed
                                                                                : peer;
}

/// An answer is lost when the connection ended before it was written, or was reset upon it.
void ConnectionDelivery::look_here() {
    const auto connection = connection_.lock();
    const bool open = connection && connection->socket.is_open();
    if (fate_ == Fate::waiting && (!open || peer_of(*connection) != Peer::there))
        fate_ = Fate::lost;
    if (fate_ == Fate::answered && open && peer_of(connection->socket) == Peer::reset)
        fate_ = Fate::lost;
}

Task<Delivery::Fate> ConnectionDelivery::look() {
    if (fate_ == Fate::lost) co_return Fate::lost;
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(
        [this](auto handler) {
            asio::post(executor_, [this, handler = std::move(handler)]() mutable {
                look_here();
                const auto back = asio::get_associated_executor(handler);
                asio::post(back, std::move(handler));
            });
        },
        asio::use_awaitable);
    co_return fate_.load();
}

} // namespace weft::http
