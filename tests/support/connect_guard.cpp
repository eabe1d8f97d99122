#include "tests/support/connect_guard.h"

#include "base/mutex.h"
#include "http/address_policy.h"

#include <cerrno>
#include <dlfcn.h>
#include <string_view>
#include <sys/socket.h>

namespace weft::testing {

namespace {

struct State {
    Mutex mutex;
    bool guarding GUARDED_BY(mutex) = false;
    std::vector<std::string> destinations GUARDED_BY(mutex);
};

State& state() {
    static State one;
    return one;
}

/// False: must not be called.
bool note(const sockaddr* address) {
    const auto bytes = http::address_bytes(address);
    State& s = state();
    const Lock lock(s.mutex);
    if (!s.guarding || bytes.empty()) return true;
    s.destinations.push_back(http::address_text(bytes));
    const char* range = http::special_range(bytes);
    return range && std::string_view(range) == "loopback";
}

} // namespace

ConnectGuard::ConnectGuard() {
    State& s = state();
    const Lock lock(s.mutex);
    s.guarding = true;
    s.destinations.clear();
}

ConnectGuard::~ConnectGuard() {
    State& s = state();
    const Lock lock(s.mutex);
    s.guarding = false;
}

std::vector<std::string> ConnectGuard::destinations() const {
    State& s = state();
    const Lock lock(s.mutex);
    return s.destinations;
}

} // namespace weft::testing

extern "C" __attribute__((visibility("default"))) int connect(int socket, const sockaddr* address,
                                                              socklen_t size) {
    using Real = int (*)(int, const sockaddr*, socklen_t);
    static const auto real = reinterpret_cast<Real>(dlsym(RTLD_NEXT, "connect"));
    if (weft::testing::note(address)) return real(socket, address, size);
    errno = ENETUNREACH;
    return -1;
}
