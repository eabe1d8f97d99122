#pragma once

#include "base/check.h"
#include "store/database_testing.h"
#include "support/postgres_cluster.h"

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sqlite3.h>

namespace weft::testing {

/// Every row of a database that a server is using, as text.
class AllRows {
public:
    using Rows = std::map<std::string, std::multiset<std::string>>; ///< by table

    explicit AllRows(const std::filesystem::path& data) : url_(store::store_url(data)) {
        if (!url_.empty()) return;
        CHECK(sqlite3_open_v2((data / "weft.db").c_str(), &database_, SQLITE_OPEN_READONLY,
                              nullptr) == SQLITE_OK);
        sqlite3_busy_timeout(database_, 10'000);
    }
    ~AllRows() { sqlite3_close(database_); }
    AllRows(const AllRows&) = delete;

    /// Without what nodes write of themselves, and the bytes of files, which in a data directory
    /// are no rows.
    Rows read() {
        if (select_.empty()) make_select();
        Rows rows;
        for (const std::string& line : texts(select_)) {
            const auto tab = line.find('\t');
            rows[line.substr(0, tab)].insert(line.substr(tab + 1));
        }
        return rows;
    }

private:
    void make_select() {
        const bool sqlite = url_.empty();
        static const std::set<std::string> of_nodes{"node", "batch", "file_piece", "budget_slice",
                                                    "budget_revision"};
        for (const std::string& table :
             texts(sqlite ? "SELECT name FROM sqlite_schema WHERE type = 'table'"
                            " AND name NOT LIKE 'sqlite_%' ORDER BY name"
                          : "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")) {
            if (of_nodes.contains(table)) continue;
            std::string row = "replace(t::text, chr(10), ' ')";
            if (sqlite) {
                std::vector<std::string> columns;
                for (const std::string& column :
                     texts("SELECT name FROM pragma_table_info('" + table + "')"))
                    columns.push_back("quote(t." + column + ")");
                row = fmt::format("lower({})", fmt::join(columns, " || ',' || "));
            }
            select_ += fmt::format("{}SELECT '{}' || {} || {} FROM {} t",
                                   select_.empty() ? "" : " UNION ALL ", table,
                                   sqlite ? "char(9)" : "chr(9)", row, table);
        }
    }
    std::vector<std::string> texts(const std::string& sql) const {
        std::vector<std::string> all;
        if (!url_.empty()) {
            std::istringstream in(PostgresCluster::shared().psql(url_, sql));
            for (std::string line; std::getline(in, line);) all.push_back(line);
            return all;
        }
        sqlite3_stmt* statement = nullptr;
        CHECK(sqlite3_prepare_v2(database_, sql.c_str(), -1, &statement, nullptr) == SQLITE_OK);
        while (sqlite3_step(statement) == SQLITE_ROW)
            all.emplace_back(reinterpret_cast<const char*>(sqlite3_column_text(statement, 0)));
        sqlite3_finalize(statement);
        return all;
    }

    std::string url_; ///< empty: SQLite
    std::string select_;
    sqlite3* database_ = nullptr;
};

/// What became of the rows: how many are new, are gone, and have others in their place.
struct RowChanges {
    std::set<std::string> words; ///< "record+1", "task~1", "ready-1"
    std::vector<std::string> rows;

    RowChanges(const AllRows::Rows& before, const AllRows::Rows& after) {
        std::set<std::string> tables;
        for (const auto* side : {&before, &after})
            for (const auto& [table, rows] : *side) tables.insert(table);
        for (const std::string& table : tables) compare(table, before, after);
    }

private:
    static std::vector<std::string> missing(const AllRows::Rows& in, const AllRows::Rows& of,
                                            const std::string& table) {
        static const std::multiset<std::string> none;
        const auto rows = [&](const AllRows::Rows& all) -> const std::multiset<std::string>& {
            const auto found = all.find(table);
            return found == all.end() ? none : found->second;
        };
        std::vector<std::string> found;
        std::ranges::set_difference(rows(of), rows(in), std::back_inserter(found));
        return found;
    }
    void compare(const std::string& table, const AllRows::Rows& before,
                 const AllRows::Rows& after) {
        const auto added = missing(before, after, table);
        const auto removed = missing(after, before, table);
        const std::size_t changed = std::min(added.size(), removed.size());
        if (changed > 0) words.insert(fmt::format("{}~{}", table, changed));
        if (added.size() > changed)
            words.insert(fmt::format("{}+{}", table, added.size() - changed));
        if (removed.size() > changed)
            words.insert(fmt::format("{}-{}", table, removed.size() - changed));
        for (const auto* side : {&added, &removed})
            for (const std::string& row : *side) rows.push_back(table + ": " + row);
    }
};

} // namespace weft::testing
