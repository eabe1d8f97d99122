#pragma once

#include <string>

namespace weft::cli {

/// Written at each build by tools/write_commit.cmake.
extern const char* const commit;     ///< 12 digits, or "unknown"
extern const char* const build_type; ///< of CMake, with the sanitizers

/// The command and what it was built from, as --version prints it.
std::string version_text();

} // namespace weft::cli
