#pragma once

#include "http/connection.h"

namespace weft::http {

/// The writing side of one stream. Lives in its session's coroutine, on the lane's thread; one send
/// at a time.
class ConnectionEvents final : public EventStream {
public:
    /// The head has been written.
    ConnectionEvents(Connection& connection, bool chunked)
        : connection_(connection), chunked_(chunked) {}

    Task<bool> send(std::string id, std::string event, std::string data) override;
    Task<bool> write(std::string bytes) override;
    void cut_off() override { broken_ = true; }
    Task<bool> keep_alive() override;
    bool closed() const override { return connection_.stream_ended; }
    void on_close(std::function<void()> wake) override;

    /// Ends the body as its framing asks, unless an event was cut off.
    Task<> finish();

private:
    Task<bool> write_out();

    Connection& connection_;
    const bool chunked_;
    bool broken_ = false; ///< a write failed, or the rest does: what follows would not be framed
    std::string size_;    ///< of the chunk
    std::string out_;
};

/// Reads and drops what the client sends, until it goes; then the stream has ended. Runs beside the
/// session.
Task<> watch_client(std::shared_ptr<Connection> connection);

} // namespace weft::http
