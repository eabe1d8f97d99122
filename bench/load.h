#pragma once

// A load generator: some keep-alive connections, one request in flight on each, one thread, epoll.

#include "harness.h"
#include "json/json.h"

#include <functional>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

namespace weft::bench {

struct Answered {
    int status = 0;
    std::string_view body;
    std::string_view whole; ///< with its head
    std::int64_t took_us = 0;
};

/// A whole HTTP request with the key.
inline std::string request(std::string_view method, std::string_view target,
                           std::string_view body = {}) {
    return fmt::format(
        "{} {} HTTP/1.1\r\nhost: 127.0.0.1\r\nx-api-key: {}\r\ncontent-type: application/json\r\n"
        "content-length: {}\r\n\r\n{}",
        method, target, api_key, body.size(), body);
}

/// Connections to one server on the loopback interface.
class Connections {
public:
    /// Puts the next request into `out`. False: nothing more to send on this connection.
    using Next = std::function<bool(std::string& out)>;
    using OnAnswer = std::function<void(const Answered& answered)>;

    Connections(int port, int count)
        : epoll_(::epoll_create1(EPOLL_CLOEXEC)), sockets_(static_cast<std::size_t>(count)) {
        CHECK(epoll_ >= 0);
        for (Socket& socket : sockets_) open(socket, port);
    }
    ~Connections() {
        for (const Socket& socket : sockets_) ::close(socket.fd);
        ::close(epoll_);
    }
    Connections(const Connections&) = delete;

    /// Keeps every connection busy until `next` has nothing more for it and all answers are here.
    /// `on_answer` is called for each answer before `next` is asked again for its connection.
    void drive(const Next& next, const OnAnswer& on_answer) {
        int busy = 0;
        for (Socket& socket : sockets_) busy += send(socket, next) ? 1 : 0;
        std::array<epoll_event, 64> events{};
        while (busy > 0) {
            const int count =
                ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), patience_ms);
            CHECK(count > 0); // the server has stopped answering
            for (int i = 0; i < count; ++i) {
                auto& socket = *static_cast<Socket*>(events[static_cast<std::size_t>(i)].data.ptr);
                if (receive(socket, on_answer) && !send(socket, next)) --busy;
            }
        }
    }

    /// One request on the first connection, and its answer as JSON. The status must be 200.
    json::value ask(std::string_view method, std::string_view target, std::string_view body = {}) {
        const std::string whole = bytes_of(request(method, target, body));
        return parse_json(std::string_view(whole).substr(whole.find("\r\n\r\n") + 4)).value();
    }

    /// One request on the first connection, and its answer as it came. The status must be 200.
    std::string bytes_of(const std::string& what) {
        Socket& first = sockets_.front();
        std::string whole;
        int status = 0;
        send(first, [&](std::string& out) {
            out = what;
            return true;
        });
        std::array<epoll_event, 1> events{};
        do {
            CHECK(::epoll_wait(epoll_, events.data(), 1, patience_ms) == 1);
        } while (!receive(first, [&](const Answered& answered) {
            status = answered.status;
            whole = answered.whole;
        }));
        if (status != 200) fmt::print(stderr, "{}: {}\n", what, whole);
        CHECK(status == 200);
        return whole;
    }

private:
    static constexpr int patience_ms = 30'000;

    struct Socket {
        int fd = -1;
        std::string out;
        std::string in;
        std::int64_t sent_us = 0;
    };

    void open(Socket& socket, int port) const {
        socket.fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{.sin_family = AF_INET};
        address.sin_port = htons(static_cast<std::uint16_t>(port));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        CHECK(::connect(socket.fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
        const int on = 1;
        ::setsockopt(socket.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        epoll_event event{.events = EPOLLIN, .data = {.ptr = &socket}};
        CHECK(::epoll_ctl(epoll_, EPOLL_CTL_ADD, socket.fd, &event) == 0);
    }

    static bool send(Socket& socket, const Next& next) {
        if (!next(socket.out)) return false;
        socket.sent_us = monotonic_us();
        CHECK(::send(socket.fd, socket.out.data(), socket.out.size(), MSG_NOSIGNAL) ==
              static_cast<ssize_t>(
                  socket.out.size())); // requests are small: they fit the socket's buffer
        return true;
    }

    /// True: the answer is complete.
    bool receive(Socket& socket, const OnAnswer& on_answer) {
        const ssize_t size = ::recv(socket.fd, buffer_.data(), buffer_.size(), 0);
        CHECK(size > 0);
        socket.in.append(buffer_.data(), static_cast<std::size_t>(size));
        const auto head_end = socket.in.find("\r\n\r\n");
        if (head_end == std::string::npos) return false;
        const std::string_view head = std::string_view(socket.in).substr(0, head_end);
        const std::size_t body_bytes = content_length(head);
        if (socket.in.size() < head_end + 4 + body_bytes) return false;
        on_answer({.status = std::atoi(socket.in.c_str() + std::string_view("HTTP/1.1 ").size()),
                   .body = std::string_view(socket.in).substr(head_end + 4, body_bytes),
                   .whole = socket.in,
                   .took_us = monotonic_us() - socket.sent_us});
        socket.in.clear();
        return true;
    }

    static std::size_t content_length(std::string_view head) {
        for (const std::string_view name : {"\r\ncontent-length: ", "\r\nContent-Length: "})
            if (const auto at = head.find(name); at != head.npos)
                return std::strtoull(head.data() + at + name.size(), nullptr, 10);
        CHECK(!"an answer without content-length");
        return 0;
    }

    int epoll_;
    std::vector<Socket> sockets_;
    std::vector<char> buffer_ = std::vector<char>(65'536);
};

/// Answers per second over `for_s`; every one must be 200.
inline double rate(Connections& to, const std::string& what, double for_s) {
    const std::int64_t started = monotonic_us();
    std::int64_t count = 0;
    to.drive(
        [&](std::string& out) {
            out = what;
            return seconds_since(started) < for_s;
        },
        [&](const Answered& answered) {
            CHECK(answered.status == 200);
            ++count;
        });
    return static_cast<double>(count) / seconds_since(started);
}

/// One of the counters of GET /metrics.
inline double metric(Connections& to, std::string_view name) {
    const std::string text = to.bytes_of(request("GET", "/metrics"));
    const auto at = text.find(fmt::format("\n{} ", name));
    CHECK(at != text.npos);
    return std::strtod(text.c_str() + at + 2 + name.size(), nullptr);
}

/// How many executions of the project have run to their end; asked for without any of them.
inline std::int64_t completed(Connections& to, std::string_view project) {
    return int_or(
        to.ask("GET",
               fmt::format("/{}/execution_flows?status=completed&limit=1&skip=1000000", project)),
        "total_count");
}

/// The project of the first start and a flow in it with `agents` agents of the rehearsal model,
/// none of which has a tool, each going on to the next.
struct Flow {
    std::string project;
    std::string id;

    Flow(Connections& to, int agents, std::string_view model = "weft/rehearsal") {
        const json::value made = to.ask(
            "POST", "/agentflow/", R"({"name": "Measured", "default_goal": "To be measured"})");
        id = text_or(made, "_id");
        project = text_or(made, "projectID");
        add_agents(to, agents, model);
    }
    void add_agents(Connections& to, int count, std::string_view model) {
        for (int i = 1; i <= count; ++i)
            to.ask("POST", fmt::format("/agentflow/{}/skilled", id),
                   fmt::format(R"({{"title": "Agent {}", "llm": {{"model": "{}"}},
                                    "prompt": {{"template": "Do part {} of: {{{{ goal }}}}"}}}})",
                               i, model, i));
    }
    std::string start_request(std::string_view goal = "To be measured") const {
        return request("POST", "/execute_flow?projectID=" + project,
                       fmt::format(R"({{"agentflow_id": "{}", "goal": "{}"}})", id, goal));
    }
};

/// Starts so many executions of the flow, as fast as the connections take them. A server that lags
/// behind is asked again, as its 429 says.
inline void start_all(Connections& to, const Flow& flow, int count) {
    constexpr useconds_t before_again_us = 10'000;
    const std::string start = flow.start_request();
    int sent = 0;
    to.drive(
        [&](std::string& out) {
            if (sent == count) return false;
            ++sent;
            out = start;
            return true;
        },
        [&](const Answered& answered) {
            CHECK(answered.status == 200 || answered.status == 429);
            if (answered.status == 200) return;
            --sent;
            ::usleep(before_again_us);
        });
}

/// How many executions are run to their end at once, and when that is looked for.
struct Wave {
    int executions = 0;
    double first_look_s = 0; ///< reads take the cores of what is measured
    useconds_t between_looks_us = 2'000;
    double patience_s = 60;
};

/// Starts them all and looks until as many more have completed; seconds.
inline double run_wave(Connections& starting, Connections& reading, const Flow& flow,
                       const Wave& wave) {
    const std::int64_t before = completed(reading, flow.project);
    const std::int64_t started = monotonic_us();
    start_all(starting, flow, wave.executions);
    const double left_s = wave.first_look_s - seconds_since(started);
    if (left_s > 0) ::usleep(static_cast<useconds_t>(left_s * 1e6));
    while (completed(reading, flow.project) < before + wave.executions) {
        CHECK(seconds_since(started) < wave.patience_s);
        ::usleep(wave.between_looks_us);
    }
    return seconds_since(started);
}

/// With which a server asks the models of `openai/` at `base_url`, on this machine.
inline std::vector<std::string> model_environment(std::string_view base_url) {
    return {fmt::format("OPENAI_BASE_URL={}", base_url), "OPENAI_API_KEY=sk-measured",
            "WEFT_ALLOW_PRIVATE_NETWORK=true"};
}

} // namespace weft::bench
