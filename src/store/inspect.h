#pragma once

#include "base/result.h"
#include "base/time.h"

#include <filesystem>
#include <optional>
#include <string>

/// What can be said of a data directory from outside: nothing here takes its lock or changes what
/// it holds, so that all of it works while a server runs there.
namespace weft::store {

/// Of the SQLite that is compiled in: "3.53.1".
std::string sqlite_version();
/// The oldest that Weft starts with.
std::string sqlite_version_min();

/// The process that has a directory's lock.
struct Holder {
    int process = 0;
    std::string address; ///< where it answers: "http://127.0.0.1:8470"; empty: nowhere
};
/// None: nobody has it, or there is no directory.
std::optional<Holder> holder_of(const std::filesystem::path& directory);

struct Facts {
    std::optional<Instant> newest; ///< when the newest row was made
    std::int64_t organizations = 0;
    std::int64_t keys = 0;
    std::int64_t keys_valid = 0; ///< that have not expired
};
/// Reads the database. not_found: there is none. unavailable: it cannot be read; says why.
Result<Facts> facts_of(const std::filesystem::path& directory, Instant now);

/// Reads every page of the database and compares its structure: "ok", or the first faults. Takes
/// time in proportion to its size. Errors as facts_of.
Result<std::string> integrity_of(const std::filesystem::path& directory);

} // namespace weft::store
