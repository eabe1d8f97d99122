#pragma once

#include "base/time.h"

#include <cstdint>

namespace weft::sim {

/// All chance of one seed (SplitMix64). The same seed gives the same numbers on every machine.
class Random {
public:
    explicit Random(std::uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15ULL + 1) {}

    std::uint64_t next() {
        std::uint64_t mixed = (state_ += 0x9E3779B97F4A7C15ULL);
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9ULL;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBULL;
        return mixed ^ (mixed >> 31);
    }
    /// From `least` to `most`, both included.
    std::int64_t between(std::int64_t least, std::int64_t most) {
        const auto range = static_cast<std::uint64_t>(most - least) + 1;
        return least + static_cast<std::int64_t>(next() % range);
    }
    bool chance(int percent) { return between(1, 100) <= percent; }
    /// Mostly short, sometimes up to `most`.
    microseconds duration(microseconds most) {
        const int shift = static_cast<int>(between(0, 10));
        return microseconds(between(0, std::max<std::int64_t>(1, most.count() >> shift)));
    }
    template <class Items> auto& pick(Items& items) {
        return items[static_cast<std::size_t>(between(0, std::ssize(items) - 1))];
    }

private:
    std::uint64_t state_;
};

/// From now on ids and all else that asks libsodium for random bytes draws from this seed. Before
/// the first use of libsodium in the process once, afterwards for each seed.
void seed_random_bytes(std::uint64_t seed);

} // namespace weft::sim
