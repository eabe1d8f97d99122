#pragma once

#include <filesystem>
#include <string>

namespace weft::store {

/// Whether this run of the tests is the one on PostgreSQL (WEFT_TEST_STORE=postgres).
bool on_postgres();

/// What Options::url is for a test's data directory: nothing on SQLite, else a database of its own
/// for each directory, the same one each time. Any thread.
std::string store_url(const std::filesystem::path& directory);

/// The same for a process that a test starts: this in its environment, its store_url() of that
/// directory is this program's.
std::string store_environment(const std::filesystem::path& directory);

/// All rows of all tables of a database as text, but for what the store writes of itself and its
/// nodes (`node`, `batch`, `budget_slice`, `budget_revision`). Bytes are hex digits in it.
std::string everything_in(const std::string& url);

/// Drops the databases of a directory and of those in it. Whoever removes a test's directory calls
/// it; those that are left go when the program ends.
void drop_databases_of(const std::filesystem::path& directory);

/// The directory and what is in it, and their databases.
void remove_test_directory(const std::filesystem::path& directory);

/// A database of PostgreSQL with all tables and no row, whatever this run is on; gone with this.
class OwnDatabase {
public:
    OwnDatabase();
    ~OwnDatabase();
    OwnDatabase(const OwnDatabase&) = delete;

    const std::string url;
};

/// A database with all tables and no row, for a user that commits nothing: the next one gets the
/// same. On SQLite it is none, and `url` is empty.
class BorrowedDatabase {
public:
    BorrowedDatabase();
    ~BorrowedDatabase();
    BorrowedDatabase(const BorrowedDatabase&) = delete;

    std::string url;
};

} // namespace weft::store
