#include "tests/support/hanging_dns.h"

#include "base/mutex.h"
#include "tests/support/scripted_dns.h"

#include <arpa/inet.h>
#include <array>
#include <dlfcn.h>
#include <netdb.h>
#include <string_view>

namespace weft::testing {

namespace {

struct State {
    Mutex mutex;
    Condition changed;
    bool hanging GUARDED_BY(mutex) = false;
    int waiting GUARDED_BY(mutex) = 0;
};

State& state() {
    static State one;
    return one;
}

void hang() {
    State& s = state();
    const Lock lock(s.mutex);
    ++s.waiting;
    s.changed.notify_all();
    while (s.hanging) s.changed.wait(s.mutex);
    --s.waiting;
    s.changed.notify_all();
}

} // namespace

HangingDns::HangingDns() {
    State& s = state();
    const Lock lock(s.mutex);
    s.hanging = true;
}

HangingDns::~HangingDns() {
    release();
    State& s = state();
    const Lock lock(s.mutex);
    while (s.waiting > 0) s.changed.wait(s.mutex);
}

void HangingDns::release() {
    State& s = state();
    const Lock lock(s.mutex);
    s.hanging = false;
    s.changed.notify_all();
}

int HangingDns::waiting() const {
    State& s = state();
    const Lock lock(s.mutex);
    return s.waiting;
}

} // namespace weft::testing

namespace {

using Real = int (*)(const char*, const char*, const addrinfo*, addrinfo**);

/// Not a name: read without asking anybody.
bool is_local(const char* node) {
    std::array<unsigned char, 16> bytes{};
    return inet_pton(AF_INET, node, bytes.data()) == 1 || std::string_view(node) == "localhost" ||
           std::string_view(node).contains(':');
}

/// One list of all addresses; glibc frees it entry by entry.
int chain(Real real, const std::vector<std::string>& addresses, const char* service,
          const addrinfo* hints, addrinfo** out) {
    *out = nullptr;
    addrinfo** end = out;
    for (const std::string& address : addresses) {
        addrinfo* found = nullptr;
        if (real(address.c_str(), service, hints, &found) != 0) continue;
        *end = found;
        while (*end) end = &(*end)->ai_next;
    }
    return *out ? 0 : EAI_NONAME;
}

} // namespace

extern "C" __attribute__((visibility("default"))) int
getaddrinfo(const char* node, const char* service, const addrinfo* hints, addrinfo** out) {
    static const auto real = reinterpret_cast<Real>(dlsym(RTLD_NEXT, "getaddrinfo"));
    if (!node || is_local(node)) return real(node, service, hints, out);
    if (std::string_view(node).ends_with(".hang.test")) {
        weft::testing::hang();
        return real("127.0.0.1", service, hints, out);
    }
    if (const auto scripted = weft::testing::scripted_answer(node))
        return chain(real, *scripted, service, hints, out);
    return real(node, service, hints, out);
}
