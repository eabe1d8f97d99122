// What POST /llm/execute/calls adds to a direct call to the same model, and how soon the first
// token of a stream is passed on. The models are local: bare servers.
//   bench_llm [SECONDS of each turn [TURNS]]
#include "load.h"

#include <fstream>
#include <thread>

namespace weft::bench {

constexpr int connections = 50;
constexpr int model_ms = 20; ///< a quick model
constexpr int streams = 200;
constexpr useconds_t before_token_us = 5'000;

constexpr std::string_view chunks =
    R"(data: {"id":"c1","object":"chat.completion.chunk","model":"local","choices":[{"index":0,)"
    R"("delta":{"role":"assistant","content":"Some words of a model."},"finish_reason":null}]})"
    "\n\n"
    R"(data: {"id":"c1","object":"chat.completion.chunk","model":"local","choices":[{"index":0,)"
    R"("delta":{},"finish_reason":"stop"}],)"
    R"("usage":{"prompt_tokens":11,"completion_tokens":7,"total_tokens":18}})"
    "\n\ndata: [DONE]\n\n";

std::vector<std::string> environment_for(int model_port) {
    return model_environment(fmt::format("http://127.0.0.1:{}/v1", model_port));
}

std::string question(std::string_view model, bool stream) {
    constexpr std::string_view messages = R"([{"role":"user","content":"Say some words."}])";
    return fmt::format(R"({{"model":"{}","messages":{},"stream":{}}})", model, messages, stream);
}

std::string direct_call() {
    return request("POST", "/v1/chat/completions", question("local", true));
}

std::string call(bool stream) {
    return request("POST", "/llm/execute/calls", question("openai-compatible/local", stream));
}

/// Milliseconds that each call of a turn took.
std::vector<double> latencies(Connections& to, const std::string& what, double for_s) {
    const std::int64_t started = monotonic_us();
    std::vector<double> took_ms;
    to.drive(
        [&](std::string& out) {
            out = what;
            return seconds_since(started) < for_s;
        },
        [&](const Answered& answered) {
            if (answered.status != 200) fmt::print(stderr, "{}\n", answered.whole);
            CHECK(answered.status == 200);
            took_ms.push_back(static_cast<double>(answered.took_us) / 1e3);
        });
    return took_ms;
}

/// Directly and through Weft by turns: a turn's overhead is the difference of its percentiles.
void measure_overhead(const std::string& name, const std::filesystem::path& folder, int takes_ms,
                      double for_s, int turns) {
    const std::filesystem::path answer = folder / "model.answer";
    std::ofstream(answer, std::ios::binary)
        << fmt::format("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
                       "content-length: {}\r\n\r\n{}",
                       chunks.size(), chunks);
    std::vector<std::string> command{(own_folder() / "bench_bare").string(), "1", answer.string()};
    if (takes_ms > 0) command.insert(command.end(), {"after", std::to_string(takes_ms)});
    const ServerProcess model(std::move(command));
    const ServerProcess weft = serve(folder / name, environment_for(model.port()));
    Connections direct(model.port(), connections);
    Connections through(weft.port(), connections);
    latencies(through, call(false), for_s / 4); // connections to the model are made
    for (int i = 0; i < turns; ++i) {
        const auto alone = latencies(direct, direct_call(), for_s);
        const double cpu_before_s = weft.cpu_s();
        const auto ours = latencies(through, call(false), for_s);
        sample(name + ".cpu_us",
               (weft.cpu_s() - cpu_before_s) / static_cast<double>(ours.size()) * 1e6);
        sample(name + ".per_s", static_cast<double>(ours.size()) / for_s);
        for (const auto& [part, label] : {std::pair{0.5, "p50"}, {0.99, "p99"}}) {
            sample(fmt::format("{}.direct.{}_ms", name, label), percentile(alone, part));
            sample(fmt::format("{}.{}_ms", name, label),
                   percentile(ours, part) - percentile(alone, part));
        }
    }
}

/// A model that notes when it sends its first token. One call at a time, each on a connection of
/// its own, in a thread of its own.
class StreamingModel {
public:
    StreamingModel() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{.sin_family = AF_INET};
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        CHECK(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
        CHECK(::listen(listener_, 16) == 0);
        CHECK(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this] { serve_all(); });
    }
    ~StreamingModel() {
        ::shutdown(listener_, SHUT_RDWR);
        thread_.join();
        ::close(listener_);
    }
    StreamingModel(const StreamingModel&) = delete;

    int port() const { return port_; }
    std::int64_t token_us() const { return token_us_; } ///< of the last call

private:
    void serve_all() {
        for (int peer = 0; (peer = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0;
             ::close(peer)) {
            const int on = 1;
            ::setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            std::string in;
            std::array<char, 4096> buffer{};
            while (!in.ends_with("}")) { // the body is an object
                const ssize_t size = ::recv(peer, buffer.data(), buffer.size(), 0);
                if (size <= 0) break;
                in.append(buffer.data(), static_cast<std::size_t>(size));
            }
            const std::string_view token = chunks.substr(0, chunks.find("\n\n") + 2);
            write(peer, "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
                        "connection: close\r\n\r\n");
            ::usleep(before_token_us);
            token_us_ = monotonic_us();
            write(peer, token);
            ::usleep(before_token_us);
            write(peer, chunks.substr(token.size()));
        }
    }
    static void write(int peer, std::string_view bytes) {
        ::send(peer, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    }

    int listener_;
    int port_ = 0;
    std::atomic<std::int64_t> token_us_ = 0;
    std::thread thread_;
};

/// From the moment at which the model sent its first token to the one at which the client has it.
double token_ms(const StreamingModel& model, int port, const std::string& what) {
    const int peer = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{.sin_family = AF_INET};
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(::connect(peer, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    CHECK(::send(peer, what.data(), what.size(), MSG_NOSIGNAL) ==
          static_cast<ssize_t>(what.size()));
    std::string in;
    std::array<char, 4096> buffer{};
    std::int64_t seen_us = 0;
    for (ssize_t size = 0; (size = ::recv(peer, buffer.data(), buffer.size(), 0)) > 0;) {
        in.append(buffer.data(), static_cast<std::size_t>(size));
        if (seen_us == 0 && in.contains("Some words")) seen_us = monotonic_us();
    }
    ::close(peer);
    if (seen_us == 0) fmt::print(stderr, "{}\n", in);
    CHECK(seen_us != 0 && in.contains("[DONE]"));
    return static_cast<double>(seen_us - model.token_us()) / 1e3;
}

void measure_first_token(const std::filesystem::path& folder) {
    const StreamingModel model;
    const ServerProcess weft = serve(folder / "streams", environment_for(model.port()));
    std::vector<double> direct_ms;
    std::vector<double> through_ms;
    for (int i = 0; i < streams; ++i) {
        direct_ms.push_back(token_ms(model, model.port(), direct_call()));
        through_ms.push_back(token_ms(model, weft.port(), call(true)));
    }
    sample("token.direct.p99_ms", percentile(direct_ms, 0.99));
    sample("token.p50_ms", percentile(through_ms, 0.5));
    sample("token.p99_ms", percentile(through_ms, 0.99));
}

} // namespace weft::bench

int main(int count, char** arguments) {
    using namespace weft::bench;
    const ScratchDirectory scratch;
    const double for_s = count > 1 ? std::atof(arguments[1]) : 1.5;
    const int turns = count > 2 ? std::atoi(arguments[2]) : 3;
    measure_overhead("llm", scratch.path(), model_ms, for_s, turns);
    measure_overhead("llm_at_once", scratch.path(), 0, for_s, turns);
    measure_first_token(scratch.path());
}
