#include "sim/random.h"

#include <sodium.h>

#include <cstring>

namespace weft::sim {

namespace {

// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): libsodium knows no context
Random bytes{0};

const char* name() { return "seeded"; }
std::uint32_t word() { return static_cast<std::uint32_t>(bytes.next()); }
void fill(void* const to, const std::size_t size) {
    auto* out = static_cast<unsigned char*>(to);
    for (std::size_t at = 0; at < size; at += 8) {
        const std::uint64_t drawn = bytes.next();
        std::memcpy(out + at, &drawn, std::min<std::size_t>(8, size - at));
    }
}

// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): libsodium takes no const
randombytes_implementation seeded{name, word, nullptr, nullptr, fill, nullptr};

} // namespace

void seed_random_bytes(std::uint64_t seed) {
    static const int set = randombytes_set_implementation(&seeded);
    (void)set;
    bytes = Random(seed);
}

} // namespace weft::sim
