#pragma once

#include "base/time.h"
#include "server/settings.h"

namespace weft::server {

/// A master key as settings or options give it; each may be empty, and at most one is not.
struct MasterKeySource {
    std::string digits;  ///< 64 hexadecimal digits
    std::string file;    ///< a file with them, or with 32 bytes, that nobody but its owner may read
    std::string command; ///< a program that prints them: words between blanks, or a JSON array
    /// How people know the three: "WEFT_MASTER_KEY", "master-key-file", "master-key-command".
    const char* names[3];
};

MasterKeySource master_key_source(const Settings& settings);

/// The key as 64 hexadecimal digits; empty: none is given. invalid: more than one is given, a file
/// that others may read, anything else than a key. unavailable: the file cannot be read; the
/// program cannot be started, fails or takes longer than `command_ms_max`. What a program prints is
/// in no error.
Result<std::string> read_master_key(const MasterKeySource& source);

inline constexpr milliseconds command_ms_max{30'000};

} // namespace weft::server
