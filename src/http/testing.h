#pragma once

// For the tests of this folder: a client that writes any bytes and reads what comes back.
#include "http/server.h"
#include "http/text.h"

#include <gtest/gtest.h>

#include <charconv>
#include <cstring>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace weft::http {

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
    /// `address`: "127.0.0.1:51234".
    explicit RawClient(const std::string& address, int receive_buffer_bytes = 0) {
        fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const timeval patience{60, 0};
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
    }
    ~RawClient() { close(); }
    RawClient(RawClient&& other) noexcept
        : fd_(std::exchange(other.fd_, -1)), connected_(other.connected_),
          read_(std::move(other.read_)) {}
    RawClient& operator=(RawClient&&) = delete;

    bool connected() const { return connected_; }
    void close() {
        if (fd_ >= 0) ::close(std::exchange(fd_, -1));
    }
    /// False: the other side has closed.
    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
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
    bool at_end() { return read_.empty() && !read_more() && !reset_; }

private:
    bool read_more() {
        char bytes[16 * 1024];
        const ssize_t got = ::recv(fd_, bytes, sizeof bytes, 0);
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
    std::string read_;
};

} // namespace weft::http
