#pragma once

#include "base/check.h"
#include "domain/ids.h"
#include "store/database_testing.h"
#include "support/postgres_cluster.h"

#include <filesystem>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <sqlite3.h>

namespace weft::testing {

/// Looks into a data directory that a server may be using: what is left of a project in any table
/// of the schema, whichever there are, and in files/.
class ProjectRows {
public:
    explicit ProjectRows(const std::filesystem::path& data)
        : data_(data), url_(store::store_url(data)) {
        if (!url_.empty()) return;
        CHECK(sqlite3_open_v2((data / "weft.db").c_str(), &database_, SQLITE_OPEN_READONLY,
                              nullptr) == SQLITE_OK);
        sqlite3_busy_timeout(database_, 10'000);
    }
    ~ProjectRows() { sqlite3_close(database_); }
    ProjectRows(const ProjectRows&) = delete;

    /// By table: "files" are those on the disk, on PostgreSQL their pieces, "project" is its own
    /// row.
    std::map<std::string, std::int64_t> of(const std::string& project) const {
        std::map<std::string, std::int64_t> rows;
        for (const std::string& table :
             texts(url_.empty() ? "SELECT t.name FROM sqlite_schema t, pragma_table_info(t.name) c "
                                  "WHERE t.type = 'table' AND c.name = 'project_id'"
                                : "SELECT table_name FROM information_schema.columns "
                                  "WHERE table_schema = 'public' AND column_name = 'project_id'"))
            if (table != "audit") // which outlives what it tells of
                add(rows, table, "project_id", project);
        add(rows, "project", "id", project);
        if (!url_.empty()) {
            const auto pieces = rows.extract("file_piece");
            if (!pieces.empty()) rows["files"] = pieces.mapped();
            return rows;
        }
        std::int64_t files = 0;
        if (std::filesystem::exists(data_ / "files"))
            for (const auto& each : std::filesystem::recursive_directory_iterator(data_ / "files"))
                files += each.path().filename().string().starts_with(project) ? 1 : 0;
        if (files > 0) rows["files"] = files;
        return rows;
    }
    /// All rows of a table, whosever they are.
    std::int64_t in(const std::string& table) const {
        return std::stoll(texts("SELECT count(*) FROM " + table)[0]);
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
        const std::string id = url_.empty() ? "x'" + project + "'" : "'\\x" + project + "'::bytea";
        const std::int64_t count = std::stoll(
            texts(fmt::format("SELECT count(*) FROM {} WHERE {} = {}", table, column, id))[0]);
        if (count > 0) rows[table] = count;
    }
    std::vector<std::string> texts(const std::string& sql) const {
        if (!url_.empty()) return lines_of(PostgresCluster::shared().psql(url_, sql));
        sqlite3_stmt* statement = nullptr;
        CHECK(sqlite3_prepare_v2(database_, sql.c_str(), -1, &statement, nullptr) == SQLITE_OK);
        std::vector<std::string> all;
        while (sqlite3_step(statement) == SQLITE_ROW)
            all.emplace_back(reinterpret_cast<const char*>(sqlite3_column_text(statement, 0)));
        sqlite3_finalize(statement);
        return all;
    }

    static std::vector<std::string> lines_of(const std::string& text) {
        std::vector<std::string> lines;
        std::istringstream in(text);
        for (std::string line; std::getline(in, line);) lines.push_back(line);
        return lines;
    }

    std::filesystem::path data_;
    std::string url_; ///< empty: SQLite
    sqlite3* database_ = nullptr;
};

} // namespace weft::testing
