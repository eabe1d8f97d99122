#pragma once

// A model's server for many connections at once: silent, busy or quick, and that may change. One
// thread, epoll.

#include "load.h"

#include <atomic>
#include <thread>

namespace weft::bench {

class Model {
public:
    enum class Mood {
        silent, ///< takes the question and says nothing
        busy,   ///< 429, to be asked again in a day
        quick,  ///< answers at once
    };

    explicit Model(Mood mood) : mood_(mood), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        sockaddr_in address{.sin_family = AF_INET};
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        CHECK(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
        CHECK(::listen(listener_, 4'096) == 0);
        socklen_t size = sizeof address;
        CHECK(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
        port_ = ntohs(address.sin_port);
        watch(listener_);
        thread_ = std::thread([this] { serve(); });
    }
    ~Model() {
        ending_ = true;
        thread_.join();
        for (const auto& [socket, text] : open_) ::close(socket);
        ::close(listener_);
        ::close(epoll_);
    }
    Model(const Model&) = delete;

    void be(Mood mood) { mood_ = mood; }
    std::int64_t asked() const { return asked_; }

    /// With which a server asks this model under the name `model`.
    static constexpr const char* name = "openai/gpt-4o-mini";
    std::vector<std::string> environment() const {
        return model_environment(fmt::format("http://127.0.0.1:{}/v1", port_));
    }

private:
    static constexpr std::string_view busy_answer =
        "HTTP/1.1 429 Too Many Requests\r\nretry-after: 86400\r\ncontent-type: application/json\r\n"
        "content-length: 38\r\n\r\n{\"error\":{\"message\":\"Come tomorrow.\"}}";
    static constexpr std::string_view stream =
        R"(data: {"id":"c1","object":"chat.completion.chunk","model":"m","choices":[{"index":0,)"
        R"("delta":{"role":"assistant","content":"Some words of a model."},"finish_reason":null}]})"
        "\n\n"
        R"(data: {"id":"c1","object":"chat.completion.chunk","model":"m","choices":[{"index":0,)"
        R"("delta":{},"finish_reason":"stop"}],)"
        R"("usage":{"prompt_tokens":11,"completion_tokens":7,"total_tokens":18}})"
        "\n\ndata: [DONE]\n\n";

    void watch(int socket) const {
        epoll_event event{.events = EPOLLIN, .data = {.fd = socket}};
        CHECK(::epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &event) == 0);
    }

    void serve() {
        constexpr int look_ms = 100; // at whether it is to end
        std::array<epoll_event, 256> events{};
        while (!ending_) {
            const int count =
                ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), look_ms);
            for (int i = 0; i < count; ++i) {
                const int socket = events[static_cast<std::size_t>(i)].data.fd;
                if (socket == listener_)
                    accept();
                else
                    receive(socket);
            }
        }
    }

    void accept() {
        for (;;) {
            const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
            if (socket < 0) return;
            const int on = 1;
            ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            open_[socket];
            watch(socket);
        }
    }

    void receive(int socket) {
        const ssize_t size = ::recv(socket, buffer_.data(), buffer_.size(), 0);
        if (size <= 0) {
            ::close(socket);
            open_.erase(socket);
            return;
        }
        std::string& text = open_[socket];
        text.append(buffer_.data(), static_cast<std::size_t>(size));
        const auto head_end = text.find("\r\n\r\n");
        if (head_end == text.npos) return;
        if (text.size() < head_end + 4 + body_bytes(text.substr(0, head_end))) return;
        text.clear();
        text.shrink_to_fit();
        ++asked_;
        answer(socket);
    }

    static std::size_t body_bytes(std::string head) {
        for (char& each : head) each = static_cast<char>(::tolower(each));
        const auto at = head.find("\r\ncontent-length:");
        return at == head.npos ? 0 : std::strtoull(head.c_str() + at + 17, nullptr, 10);
    }

    void answer(int socket) const {
        const Mood mood = mood_;
        if (mood == Mood::silent) return;
        const std::string quick = fmt::format("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream"
                                              "\r\ncontent-length: {}\r\n\r\n{}",
                                              stream.size(), stream);
        const std::string_view said = mood == Mood::busy ? busy_answer : std::string_view(quick);
        ::send(socket, said.data(), said.size(), MSG_NOSIGNAL);
    }

    std::atomic<Mood> mood_;
    std::atomic<std::int64_t> asked_{0};
    std::atomic<bool> ending_{false};
    int epoll_;
    int listener_ = -1;
    int port_ = 0;
    std::unordered_map<int, std::string> open_; ///< by socket: what has come of a question
    std::vector<char> buffer_ = std::vector<char>(65'536);
    std::thread thread_;
};

} // namespace weft::bench
