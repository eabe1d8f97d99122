#pragma once

#include "base/result.h"
#include "base/time.h"
#include "store/query.h"

#include <string>
#include <vector>

namespace weft::store {

class Connection;

/// One file of migrations/: "0001_init.sql", or "0002_search.sqlite.sql" for one that only SQLite
/// runs. Words substituted when it is run: @id @blob @i64 @f64 @text @strict, and @clustered (the
/// table is stored in the order of its key).
struct Migration {
    std::string name;
    std::string sql;
};

/// 12 of "0012_name.sql"; 0 when the name does not begin with a number.
std::int64_t number_of(const Migration& migration);

/// In the order in which they apply; compiled in from migrations/.
const std::vector<Migration>& migrations();

/// The SQL of a migration in SQLite's words.
std::string in_sqlite(const std::string& sql);
/// The same in PostgreSQL's.
std::string in_postgres(const std::string& sql);

/// The number of the newest migration for these databases; 0: there is none.
std::int64_t newest_number(const std::vector<Migration>& all, Dialect dialect);

/// Brings the database to the newest version, each migration in its own transaction; table
/// `schema_version` says which ran. conflict: the database was written by a newer program.
/// internal: names the migration that fails; it and those after it have not happened.
Result<> migrate(Connection& connection, const std::vector<Migration>& all, Instant now);

} // namespace weft::store
