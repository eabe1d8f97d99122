// Durable steps a second of Restate's server with a service of ten steps that do nothing, driven as
// ours is: so many executions at once. bench/run puts the two packages where this looks for them.
//   bench_restate SERVER NODE SERVICE [EXECUTIONS at once [SECONDS]]
//   the programs and ten_steps.mjs beside the node_modules with the SDK
#include "load.h"

namespace weft::bench {

constexpr int steps = 10;
constexpr int patience_tries = 300;
constexpr useconds_t between_tries_us = 100'000;

/// A port that was free a moment ago.
int free_port() {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{.sin_family = AF_INET};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    socklen_t size = sizeof address;
    CHECK(::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    ::close(socket);
    return ntohs(address.sin_port);
}

bool answers(int port) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{.sin_family = AF_INET};
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool open = ::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    ::close(socket);
    return open;
}

void wait_for(int port) {
    for (int i = 0; i < patience_tries; ++i) {
        if (answers(port)) return;
        ::usleep(between_tries_us);
    }
    CHECK(!"a server that answers");
}

/// Registers the service; until then, and for a moment after, the ingress does not know it.
void introduce(int admin_port, int service_port) {
    const std::string what =
        request("POST", "/deployments",
                fmt::format(R"({{"uri": "http://127.0.0.1:{}", "force": true}})", service_port));
    for (int i = 0; i < patience_tries; ++i) {
        Connections to(admin_port, 1);
        int status = 0;
        bool sent = false;
        to.drive(
            [&](std::string& out) {
                out = what;
                return !std::exchange(sent, true);
            },
            [&](const Answered& answered) { status = answered.status; });
        if (status == 200 || status == 201) return;
        ::usleep(between_tries_us);
    }
    CHECK(!"a server that takes the service");
}

void measure(const std::string& program, const std::string& node, const std::string& script,
             int at_once, double for_s) {
    const ScratchDirectory scratch;
    const int service_port = free_port();
    const int ingress_port = free_port();
    const int admin_port = free_port();
    ServerProcess service({node, script, std::to_string(service_port)});
    Background server({program, "--no-logo", "--listen-mode", "tcp", "--bind-ip", "127.0.0.1",
                       "--bind-port", std::to_string(free_port()), "--base-dir",
                       scratch.path().string()},
                      {"DO_NOT_TRACK=1", "RESTATE_DISABLE_TELEMETRY=true", "RUST_LOG=error",
                       fmt::format("RESTATE_ADMIN__BIND_PORT={}", admin_port),
                       fmt::format("RESTATE_INGRESS__BIND_PORT={}", ingress_port)});
    wait_for(admin_port);
    introduce(admin_port, service_port);
    wait_for(ingress_port);
    Connections to(ingress_port, at_once);
    const std::string run = request("POST", "/measured/tenSteps");
    rate(to, run, for_s / 4);
    sample("restate.steps_per_s", rate(to, run, for_s) * steps);
    server.stop(SIGKILL);
    service.stop(SIGKILL);
}

} // namespace weft::bench

int main(int count, char** arguments) {
    CHECK(count > 3);
    weft::bench::measure(arguments[1], arguments[2], arguments[3],
                         count > 4 ? std::atoi(arguments[4]) : 256,
                         count > 5 ? std::atof(arguments[5]) : 4);
}
