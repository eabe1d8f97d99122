#pragma once

#include "base/check.h"
#include "domain/ids.h"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <sqlite3.h>

namespace weft::testing {

/// Looks into a data directory that a server may be using: what is left of a project in any table
/// of the schema, whichever there are, and in files/.
class ProjectRows {
public:
    explicit ProjectRows(const std::filesystem::path& data) : data_(data) {
        CHECK(sqlite3_open_v2((data / "weft.db").c_str(), &database_, SQLITE_OPEN_READONLY,
                              nullptr) == SQLITE_OK);
        sqlite3_busy_timeout(database_, 10'000);
    }
    ~ProjectRows() { sqlite3_close(database_); }
    ProjectRows(const ProjectRows&) = delete;

    /// By table: "files" are those on the disk, "project" is its own row.
    std::map<std::string, std::int64_t> of(const std::string& project) const {
        std::map<std::string, std::int64_t> rows;
        for (const std::string& table : texts("SELECT name FROM sqlite_schema WHERE type='table'"))
            if (!texts(fmt::format(
                           "SELECT name FROM pragma_table_info('{}') WHERE name = 'project_id'",
                           table))
                     .empty())
                add(rows, table, "project_id", project);
        add(rows, "project", "id", project);
        std::int64_t files = 0;
        if (std::filesystem::exists(data_ / "files"))
            for (const auto& each : std::filesystem::recursive_directory_iterator(data_ / "files"))
                files += each.path().filename().string().starts_with(project) ? 1 : 0;
        if (files > 0) rows["files"] = files;
        return rows;
    }
    /// Whether nothing of it was left before a minute had passed.
    bool wait_until_gone(const std::string& project) const {
        for (int i = 0; i < 6'000; ++i) {
            if (of(project).empty()) return true;
            usleep(10'000);
        }
        return false;
    }

private:
    void add(std::map<std::string, std::int64_t>& rows, const std::string& table,
             const char* column, const std::string& project) const {
        const std::int64_t count = std::stoll(texts(
            fmt::format("SELECT count(*) FROM {} WHERE {} = x'{}'", table, column, project))[0]);
        if (count > 0) rows[table] = count;
    }
    std::vector<std::string> texts(const std::string& sql) const {
        sqlite3_stmt* statement = nullptr;
        CHECK(sqlite3_prepare_v2(database_, sql.c_str(), -1, &statement, nullptr) == SQLITE_OK);
        std::vector<std::string> all;
        while (sqlite3_step(statement) == SQLITE_ROW)
            all.emplace_back(reinterpret_cast<const char*>(sqlite3_column_text(statement, 0)));
        sqlite3_finalize(statement);
        return all;
    }

    std::filesystem::path data_;
    sqlite3* database_ = nullptr;
};

} // namespace weft::testing
