// The program that libFuzzer drives: WEFT_FUZZ_TARGET names the target.
#include "fuzz/targets.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace {

const weft::fuzz::Target* chosen = nullptr;

} // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
    const char* name = std::getenv("WEFT_FUZZ_TARGET");
    chosen = weft::fuzz::find_target(name ? name : "");
    if (chosen) return 0;
    std::fputs("WEFT_FUZZ_TARGET must be one of:", stderr);
    for (const auto& each : weft::fuzz::targets()) std::fprintf(stderr, " %s", each.name);
    std::fputs("\n", stderr);
    std::exit(2);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    chosen->run({reinterpret_cast<const char*>(data), size});
    return 0;
}
