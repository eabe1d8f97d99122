#pragma once

#include <source_location>
#include <stdexcept>
#include <string>

namespace weft {

/// An invariant did not hold. Fails the request, the step or the background round it happens in
/// (each of those has the one `catch`), never the process.
struct InvariantBroken : std::logic_error {
    using std::logic_error::logic_error;
};

[[noreturn]] inline void check_failed(const char* what, std::source_location at) {
    throw InvariantBroken(std::string(at.file_name()) + ":" + std::to_string(at.line()) + ": " +
                          what);
}

} // namespace weft

#define CHECK(condition)                                                                           \
    ((condition) ? void() : ::weft::check_failed(#condition, std::source_location::current()))
