#pragma once

#include "http/tls.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace weft::http {

/// One connection's TLS over its socket, which does not block and outlives it. Where a call says
/// would_block, wait until the socket is as waits_for() says, and call again. On the thread of the
/// connection's lane.
class TlsStream {
public:
    using Socket = boost::asio::ip::tcp::socket;
    using ErrorCode = boost::system::error_code;

    TlsStream(const TlsIdentity& identity, Socket& socket);
    TlsStream(const TlsStream&) = delete;
    TlsStream& operator=(const TlsStream&) = delete;

    void handshake(ErrorCode& error);
    /// eof: the client has said that it is done, or is gone.
    std::size_t read_some(boost::asio::mutable_buffer into, ErrorCode& error);
    /// At most one record of the first bytes. After would_block the same bytes must come again.
    std::size_t write_some(const std::array<boost::asio::const_buffer, 2>& from, ErrorCode& error);
    /// Whether the client has said that it is done. What it has sent else stays to be read; so only
    /// where nobody waits for that.
    bool has_ended();
    /// Tells the client that nothing more comes, if the socket takes that now.
    void close();

    Socket::wait_type waits_for() const { return waits_for_; }

private:
    struct Free {
        void operator()(SSL* ssl) const { SSL_free(ssl); }
    };
    static BIO_METHOD* socket_method();
    static int write_bytes(BIO* bio, const char* bytes, int count);
    static int read_bytes(BIO* bio, char* bytes, int count);
    static long control(BIO* bio, int command, long number, void* pointer);

    ErrorCode outcome(int returned);

    Socket& socket_;
    std::unique_ptr<SSL, Free> ssl_;
    ErrorCode of_socket_; ///< what the socket said last
    Socket::wait_type waits_for_ = Socket::wait_read;
    std::string gathered_; ///< the record in hand, when it comes from two places
};

} // namespace weft::http
