#pragma once

#include <filesystem>
#include <string>

namespace weft::store {

/// Whether this run of the tests is the one on PostgreSQL (WEFT_TEST_STORE=postgres).
bool on_postgres();

/// The URL of a fresh, empty database that lasts as long as the tests' cluster.
std::string fresh_database();

/// What Options::url is for a test's data directory: nothing on SQLite, else a database of its own
/// for each directory, the same one each time.
std::string store_url(const std::filesystem::path& directory);

} // namespace weft::store
