#pragma once

#include "http/connection.h"

namespace weft::http {

/// The fate of one answer. Made by the session, which says how it ended; whoever keeps it longer
/// may still ask.
class ConnectionDelivery final : public Delivery {
public:
    explicit ConnectionDelivery(const std::shared_ptr<Connection>& connection)
        : executor_(connection->socket.get_executor()), connection_(connection) {}

    Task<Fate> look() override;

    /// What the kernel knows of the other side. On the connection's thread.
    enum class Peer { there, closed, reset };
    static Peer peer_of(tcp::socket& socket);

    void settle(Fate fate) { fate_ = fate; }

private:
    void look_here();

    const asio::any_io_executor executor_;
    const std::weak_ptr<Connection> connection_;
    std::atomic<Fate> fate_ = Fate::waiting;
};

} // namespace weft::http
