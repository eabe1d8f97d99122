#include "tests/support/hanging_dns.h"

#include "base/mutex.h"

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

extern "C" __attribute__((visibility("default"))) int
getaddrinfo(const char* node, const char* service, const addrinfo* hints, addrinfo** out) {
    using Real = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
    static const auto real = reinterpret_cast<Real>(dlsym(RTLD_NEXT, "getaddrinfo"));
    if (node && std::string_view(node).ends_with(".hang.test")) {
        weft::testing::hang();
        return real("127.0.0.1", service, hints, out);
    }
    return real(node, service, hints, out);
}
