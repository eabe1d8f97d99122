#include "tests/support/fault_server.h"

#include "base/check.h"
#include "tests/support/hanging_dns.h"

#include <fmt/format.h>
#include <fstream>
#include <optional>
#include <thread>

namespace weft::testing {

std::string_view to_text(Phase phase) {
    switch (phase) {
    case Phase::dns: return "dns";
    case Phase::connect: return "connect";
    case Phase::tls_handshake: return "tls handshake";
    case Phase::headers: return "headers";
    case Phase::mid_stream: return "mid stream";
    }
    return "";
}

namespace {

FaultServer::Listen listen_of(Phase phase) {
    if (phase == Phase::connect) return FaultServer::Listen::full_backlog;
    if (phase == Phase::tls_handshake) return FaultServer::Listen::tls_silence;
    return FaultServer::Listen::http;
}

Scripted answer_of(Phase phase) {
    Scripted out{.text = "one two three four five six seven eight", .chunks = 8};
    if (phase == Phase::headers) out.fault = Scripted::Fault::never_answers;
    if (phase == Phase::mid_stream) out.fault = Scripted::Fault::hangs;
    out.fault_after = 3;
    return out;
}

/// How many of this machine's sockets are trying to connect to 127.0.0.1:`port`, as the kernel
/// lists them.
int connecting(int port) {
    std::ifstream table("/proc/self/net/tcp");
    CHECK(table.good());
    const std::string remote = fmt::format(" 0100007F:{:04X} 02 ", port); // 02: SYN sent
    int count = 0;
    for (std::string line; std::getline(table, line);)
        count += line.find(remote) != std::string::npos;
    return count;
}

template <class Holds> bool wait_for(const Holds& holds) {
    const std::int64_t end_us = monotonic_us() + 20'000'000;
    while (!holds()) {
        if (monotonic_us() >= end_us) return false;
        std::this_thread::sleep_for(milliseconds(2));
    }
    return true;
}

} // namespace

struct HangingServer::Impl {
    Phase phase;
    FaultServer server;
    mutable std::optional<HangingDns> dns;

    explicit Impl(Phase which)
        : phase(which), server(std::vector{answer_of(which)}, listen_of(which)) {
        if (which == Phase::dns) dns.emplace();
    }
};

HangingServer::HangingServer(Phase phase) : impl_(std::make_unique<Impl>(phase)) {}
HangingServer::~HangingServer() = default;

const FaultServer& HangingServer::server() const { return impl_->server; }

std::string HangingServer::base_url() const {
    return impl_->server.base_url(impl_->phase == Phase::dns ? "model.hang.test" : "127.0.0.1");
}

bool HangingServer::wait_reached() const {
    switch (impl_->phase) {
    case Phase::dns: return wait_for([this] { return impl_->dns->waiting() > 0; });
    case Phase::connect: return wait_for([this] { return connecting(impl_->server.port()) > 0; });
    case Phase::tls_handshake:
        return impl_->server.wait_until(
            [](const auto& all) { return !all.empty() && all.back().bytes > 0; });
    case Phase::headers:
    case Phase::mid_stream: return impl_->server.wait_hanging();
    }
    return false;
}

bool HangingServer::wait_released() const {
    if (impl_->phase == Phase::connect)
        return wait_for([this] { return connecting(impl_->server.port()) == 0; });
    if (impl_->phase == Phase::dns) {
        // The name is known now; nobody may use it. (The look-up's thread has ended when this
        // returns.)
        impl_->dns->release();
        if (!wait_for([this] { return impl_->dns->waiting() == 0; })) return false;
        return impl_->server.connections().empty();
    }
    return impl_->server.wait_all_closed();
}

std::int64_t HangingServer::bytes() const {
    std::int64_t sum = 0;
    for (const SeenConnection& each : impl_->server.connections()) sum += each.bytes;
    return sum;
}

std::int64_t HangingServer::closed_us() const {
    std::int64_t latest = 0;
    for (const SeenConnection& each : impl_->server.connections())
        latest = std::max(latest, each.closed_us);
    return latest;
}

} // namespace weft::testing
