#pragma once

// For tests of the server: a client that writes any bytes and reads what comes back.
#include "http/server.h"
#include "http/text.h"
#include "http/tls.h"
#include "tests/support/certificate.h"

#include <gtest/gtest.h>

#include <charconv>
#include <csignal>
#include <cstring>
#include <mutex>
#include <span>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace weft::http {

/// How a test's client and server speak.
enum class Over { clear, tls };
constexpr std::string_view tls_scheme =
    "tls://"; ///< before an address: the client speaks TLS there

/// Where the server now listens, for a RawClient.
inline std::string listen_over(Over over, Server& server) {
    if (over == Over::clear) return server.listen("127.0.0.1:0").value();
    const auto& own = weft::testing::Certificate::loopback();
    const auto identity = TlsIdentity::load(own.ca_file, own.key_file).value();
    return std::string(tls_scheme) + server.listen("127.0.0.1:0", {.tls = identity}).value();
}
inline std::string over_name(const ::testing::TestParamInfo<Over>& info) {
    return info.param == Over::clear ? "clear" : "tls";
}

struct Answer {
    int status = 0; ///< 0: the connection ended before a whole answer
    Headers headers;
    std::string body;

    std::string header(std::string_view name) const {
        const std::string* value = headers.find(name);
        return value ? *value : "";
    }
};

/// A blocking socket. A read that gets nothing for a minute fails its test.
class RawClient {
public:
    /// `address`: "127.0.0.1:51234", or "tls://127.0.0.1:51234".
    explicit RawClient(const std::string& address, int receive_buffer_bytes = 0) {
        fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const timeval patience{patience_ms / 1'000, 0};
        ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        const int on = 1;
        ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (receive_buffer_bytes > 0)
            ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes,
                         sizeof receive_buffer_bytes);
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        to.sin_port =
            htons(static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))));
        connected_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
        if (connected_ && address.starts_with(tls_scheme)) connected_ = open_tls();
    }
    ~RawClient() { close(); }
    RawClient(RawClient&& other) noexcept
        : fd_(std::exchange(other.fd_, -1)), connected_(other.connected_),
          ssl_(std::move(other.ssl_)), ssl_in_use_(std::move(other.ssl_in_use_)),
          read_(std::move(other.read_)) {}
    RawClient& operator=(RawClient&&) = delete;

    bool connected() const { return connected_; }
    /// Over TLS with its farewell, as browsers and curl do.
    void close() {
        if (ssl_ && fd_ >= 0) SSL_shutdown(ssl_.get());
        if (fd_ >= 0) ::close(std::exchange(fd_, -1));
    }
    /// False: the other side has closed.
    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t sent = write(bytes);
            if (sent <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }
    /// Everything up to the end of the connection.
    std::string read_all() {
        while (read_more()) {}
        return std::exchange(read_, {});
    }
    /// Up to and with `end`; less when the connection ended.
    std::string read_until(std::string_view end) {
        std::size_t at = 0;
        while ((at = read_.find(end)) == std::string::npos)
            if (!read_more()) return std::exchange(read_, {});
        return take(at + end.size());
    }
    /// One answer with a content-length; `of_head`: it has no body.
    Answer read_answer(bool of_head = false) {
        Answer answer;
        const std::string head = read_until("\r\n\r\n");
        if (!head.ends_with("\r\n\r\n")) return answer;
        std::size_t line = head.find("\r\n") + 2;
        for (std::size_t end = 0; (end = head.find("\r\n", line)) != line; line = end + 2) {
            const std::size_t colon = head.find(": ", line);
            answer.headers.fields.emplace_back(head.substr(line, colon - line),
                                               head.substr(colon + 2, end - colon - 2));
        }
        const std::string length = answer.header("content-length");
        const std::size_t bytes = of_head || length.empty() ? 0 : std::stoul(length);
        while (read_.size() < bytes)
            if (!read_more()) return answer;
        answer.body = take(bytes);
        answer.status = std::stoi(head.substr(9, 3));
        return answer;
    }
    /// Nothing is left to read and the other side has closed, not reset: what it sent has arrived.
    bool at_end() { return is_closed() && !reset_; }
    /// The same, or the connection was reset.
    bool is_closed() { return read_.empty() && !read_more(); }
    /// What stands in the certificate that the server has shown.
    std::int64_t serial_number() const {
        return ASN1_INTEGER_get(X509_get0_serialNumber(SSL_get0_peer_certificate(ssl_.get())));
    }

private:
    static constexpr int patience_ms = 60'000;

    struct Free {
        void operator()(SSL* ssl) const { SSL_free(ssl); }
    };

    /// Trusts whatever certificate there is.
    bool open_tls() {
        static SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
        static const auto ignored = std::signal(SIGPIPE, SIG_IGN);
        static_cast<void>(ignored);
        ssl_.reset(SSL_new(context));
        SSL_set_fd(ssl_.get(), fd_);
        const bool open = SSL_connect(ssl_.get()) == 1;
        ::fcntl(fd_, F_SETFL, ::fcntl(fd_, F_GETFL) | O_NONBLOCK);
        return open;
    }
    /// Calls until it is done; one thread may read meanwhile and another write.
    template <class F> ssize_t over_tls(F call) {
        for (;;) {
            pollfd ready{fd_, POLLIN, 0};
            {
                const std::scoped_lock lock(*ssl_in_use_);
                ERR_clear_error();
                const int done = call(ssl_.get());
                const int state = SSL_get_error(ssl_.get(), done);
                if (done > 0) return done;
                if (state == SSL_ERROR_ZERO_RETURN) return 0;
                if (state == SSL_ERROR_WANT_WRITE)
                    ready.events = POLLOUT;
                else if (state != SSL_ERROR_WANT_READ)
                    return -1;
            }
            if (::poll(&ready, 1, patience_ms) == 0) {
                errno = EAGAIN;
                return -1;
            }
        }
    }
    ssize_t write(std::string_view bytes) {
        if (!ssl_) return ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        return over_tls(
            [&](SSL* ssl) { return SSL_write(ssl, bytes.data(), static_cast<int>(bytes.size())); });
    }
    /// 0: the other side has closed, over TLS with its farewell.
    ssize_t read(std::span<char> into) {
        if (!ssl_) return ::recv(fd_, into.data(), into.size(), 0);
        return over_tls(
            [&](SSL* ssl) { return SSL_read(ssl, into.data(), static_cast<int>(into.size())); });
    }
    bool read_more() {
        char bytes[16 * 1024];
        errno = 0;
        const ssize_t got = read(bytes);
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            ADD_FAILURE() << "nothing came for a minute";
        reset_ = got < 0;
        if (got <= 0) return false;
        read_.append(bytes, static_cast<std::size_t>(got));
        return true;
    }
    std::string take(std::size_t bytes) {
        std::string taken = read_.substr(0, bytes);
        read_.erase(0, bytes);
        return taken;
    }

    int fd_ = -1;
    bool connected_ = false;
    bool reset_ = false;
    std::unique_ptr<SSL, Free> ssl_;
    std::unique_ptr<std::mutex> ssl_in_use_ = std::make_unique<std::mutex>();
    std::string read_;
};

} // namespace weft::http
