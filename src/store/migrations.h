#pragma once

#include <string>
#include <vector>

namespace weft::store {

/// One file of migrations/: "0001_init.sql". Words substituted when it is run: @id @blob @i64 @f64 @text @strict.
struct Migration {
    std::string name;
    std::string sql;
};

/// In the order in which they apply; compiled in from migrations/.
const std::vector<Migration>& migrations();

} // namespace weft::store
