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

    /// What is known of the other side, while nobody waits for what it sends. On the connection's
    /// thread.
    enum class Peer { there, closed, reset };
    static Peer peer_of(Connection& connection);

    void settle(Fate fate) { fate_ = fate; }

private:
    static Peer peer_of(tcp::socket& socket); ///< what the kernel knows
    void look_here();

    const asio::any_io_executor executor_;
    const std::weak_ptr<Connection> connection_;
    std::atomic<Fate> fate_ = Fate::waiting;
};

} // namespace weft::http
