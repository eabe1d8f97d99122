#pragma once

#include "domain/ids.h"

#include <cstdint>
#include <tuple>
#include <type_traits>

namespace weft::store {

enum class Dialect { sqlite, postgres };

/// A statement in the words of each kind of database.
struct Sql {          // NOLINT(*-member-init): each gives its first two
    const char* name; ///< for logs, metrics and the plan test
    const char* sqlite;
    const char* postgres = nullptr; ///< none: the same

    const char* in_postgres() const { return postgres ? postgres : sqlite; }
};

// For a page, or a look at few rows, "x OR 1 = (SELECT 1 …)" and not "x OR EXISTS (SELECT 1 …)":
// PostgreSQL may answer the latter from a table of all rows that the subquery has. By a whole key,
// or with LIMIT 1: of two rows it makes an error.

/// A query that belongs to a project or an organization: that id is its first parameter, `$1`, and
/// stands in its WHERE. `Row` is an aggregate whose members are the columns in order (void: no
/// rows). Parameters are bound by name ($1, $2, …): SQLite numbers `$n` by order of appearance and
/// would swap values silently.
template <class Row, class... Params> struct Query { // NOLINT(*-member-init): as above
    const char* name;
    const char* sql;
    const char* postgres = nullptr; ///< only where PostgreSQL needs other words

    constexpr Sql text() const { return {name, sql, postgres}; }

    using First = std::tuple_element_t<0, std::tuple<Params...>>;
    static_assert(std::is_same_v<First, ProjectId> || std::is_same_v<First, OrganizationId>,
                  "A query's first parameter is the project or organization it is confined to.");
};

/// A query over all tenants: claiming, recovery, keys, start-up. Only src/store uses it; a test
/// lists them.
template <class Row, class... Params> struct SystemQuery { // NOLINT(*-member-init)
    const char* name;
    const char* sql;
    const char* postgres = nullptr;

    constexpr Sql text() const { return {name, sql, postgres}; }
};

/// How many rows a statement changed.
struct Changes {
    std::int64_t count = 0;
};

} // namespace weft::store
