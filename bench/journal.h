#pragma once

// The database of a data directory, read beside the server or after it.

#include "harness.h"

#include <functional>

#include <sqlite3.h>

namespace weft::bench {

class Journal {
public:
    explicit Journal(const std::filesystem::path& data) {
        CHECK(sqlite3_open_v2((data / "weft.db").c_str(), &database_, SQLITE_OPEN_READONLY,
                              nullptr) == SQLITE_OK);
        sqlite3_busy_timeout(database_, 10'000);
    }
    ~Journal() { sqlite3_close(database_); }
    Journal(const Journal&) = delete;

    /// Calls `each` with every row; `?1` is `parameter`.
    void rows(const char* sql, std::int64_t parameter,
              const std::function<void(sqlite3_stmt*)>& each) const {
        sqlite3_stmt* statement = nullptr;
        CHECK(sqlite3_prepare_v2(database_, sql, -1, &statement, nullptr) == SQLITE_OK);
        if (sqlite3_bind_parameter_count(statement) > 0)
            sqlite3_bind_int64(statement, 1, parameter);
        int rc = SQLITE_ROW;
        while ((rc = sqlite3_step(statement)) == SQLITE_ROW) each(statement);
        CHECK(rc == SQLITE_DONE);
        sqlite3_finalize(statement);
    }
    std::int64_t number(const char* sql) const {
        std::int64_t found = 0;
        rows(sql, 0, [&](sqlite3_stmt* row) { found = sqlite3_column_int64(row, 0); });
        return found;
    }
    static std::string bytes(sqlite3_stmt* row, int column) {
        return {static_cast<const char*>(sqlite3_column_blob(row, column)),
                static_cast<std::size_t>(sqlite3_column_bytes(row, column))};
    }

private:
    sqlite3* database_ = nullptr;
};

} // namespace weft::bench
