#include "http/tls_stream.h"

#include "base/check.h"

#include <boost/asio/error.hpp>
#include <openssl/bio.h>
#include <openssl/err.h>

#include <algorithm>

namespace weft::http {

namespace asio = boost::asio;

namespace {

constexpr std::size_t record_bytes_max = 16 * 1024; // RFC 8446, 5.1

bool would_block(const TlsStream::ErrorCode& error) {
    return error == asio::error::would_block || error == asio::error::try_again;
}

} // namespace

/// OpenSSL's own would raise SIGPIPE, and keeps the socket's errors to itself.
BIO_METHOD* TlsStream::socket_method() {
    static BIO_METHOD* const method = [] {
        BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "asio socket");
        BIO_meth_set_write(made, write_bytes);
        BIO_meth_set_read(made, read_bytes);
        BIO_meth_set_ctrl(made, control);
        return made;
    }();
    return method;
}

int TlsStream::write_bytes(BIO* bio, const char* bytes, int count) {
    auto& self = *static_cast<TlsStream*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    const auto size = static_cast<std::size_t>(count);
    const std::size_t written = self.socket_.write_some(asio::buffer(bytes, size), self.of_socket_);
    if (would_block(self.of_socket_)) BIO_set_retry_write(bio);
    return self.of_socket_ ? -1 : static_cast<int>(written);
}

int TlsStream::read_bytes(BIO* bio, char* bytes, int count) {
    auto& self = *static_cast<TlsStream*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    const auto size = static_cast<std::size_t>(count);
    const std::size_t read = self.socket_.read_some(asio::buffer(bytes, size), self.of_socket_);
    if (would_block(self.of_socket_)) BIO_set_retry_read(bio);
    if (self.of_socket_ == asio::error::eof) return 0;
    return self.of_socket_ ? -1 : static_cast<int>(read);
}

long TlsStream::control(BIO* bio, int command, long, void*) {
    const auto& self = *static_cast<TlsStream*>(BIO_get_data(bio));
    if (command == BIO_CTRL_EOF) return self.of_socket_ == asio::error::eof ? 1 : 0;
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

TlsStream::TlsStream(const TlsIdentity& identity, Socket& socket)
    : socket_(socket), ssl_(SSL_new(identity.context().get())) {
    BIO* bio = ssl_ ? BIO_new(socket_method()) : nullptr;
    CHECK(bio);
    BIO_set_data(bio, this);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl_.get(), bio, bio);
    SSL_set_accept_state(ssl_.get());
}

/// What a call that returned this has come to; each clears the thread's errors before it calls.
TlsStream::ErrorCode TlsStream::outcome(int returned) {
    if (returned > 0) return {};
    switch (SSL_get_error(ssl_.get(), returned)) {
    case SSL_ERROR_WANT_READ: waits_for_ = Socket::wait_read; return asio::error::would_block;
    case SSL_ERROR_WANT_WRITE: waits_for_ = Socket::wait_write; return asio::error::would_block;
    case SSL_ERROR_ZERO_RETURN: return asio::error::eof;
    default: break;
    }
    if (of_socket_ && !would_block(of_socket_)) return of_socket_;
    return make_error_code(boost::system::errc::protocol_error);
}

void TlsStream::handshake(ErrorCode& error) {
    ERR_clear_error();
    error = outcome(SSL_do_handshake(ssl_.get()));
}

std::size_t TlsStream::read_some(asio::mutable_buffer into, ErrorCode& error) {
    ERR_clear_error();
    std::size_t read = 0;
    error = outcome(SSL_read_ex(ssl_.get(), into.data(), into.size(), &read));
    return read;
}

std::size_t TlsStream::write_some(const std::array<asio::const_buffer, 2>& from, ErrorCode& error) {
    const auto& [first, second] = from;
    const void* bytes = second.data();
    std::size_t size = std::min(second.size(), record_bytes_max);
    if (first.size() > 0) {
        gathered_.assign(static_cast<const char*>(first.data()),
                         std::min(first.size(), record_bytes_max));
        gathered_.append(static_cast<const char*>(second.data()),
                         std::min(second.size(), record_bytes_max - gathered_.size()));
        bytes = gathered_.data();
        size = gathered_.size();
    }
    ERR_clear_error();
    std::size_t written = 0;
    error = outcome(SSL_write_ex(ssl_.get(), bytes, size, &written));
    return written;
}

bool TlsStream::has_ended() {
    ERR_clear_error();
    char next = 0;
    std::size_t read = 0;
    const ErrorCode error = outcome(SSL_peek_ex(ssl_.get(), &next, 1, &read));
    return error && !would_block(error);
}

void TlsStream::close() {
    ERR_clear_error();
    if (SSL_is_init_finished(ssl_.get())) SSL_shutdown(ssl_.get());
    ERR_clear_error();
}

} // namespace weft::http
